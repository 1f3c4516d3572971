# SPDX-License-Identifier: GPL-3.0-or-later
"""Where networks find landmarks in pictures, compared with the body's own, and how far they scatter about that place.

Measured on the rendered clips of turning, dancing, exercising, walking and lying people, 3624 frames, full model,
28 November 2026: the offset is the robust mean of the residuals in the axes of the joint with which a landmark moves,
of both sides together; the spread is the median of what is left, at the person's distance. Shoulders lie better beside
the clavicle's end than beside that of the arm (left over: 15 mm, not 19), and elbows in the axes of the upper arm.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot
from .....models.body.joints import INDEX
from .....models.body.model import Body, neutral_body

Array = NDArray[np.float64]

_TABLE: Final = (
    # Landmarks left and right (the same number: in the middle), offset of the left one in mm, spread in mm.
    (0, 0, (0, 24, 8), 15),  # nose
    (1, 4, (2, -1, 12), 13),  # eye, inner
    (2, 5, (-2, 21, 9), 13),  # eye
    (3, 6, (-9, 16, 14), 13),  # eye, outer
    (7, 8, (-2, -9, 2), 13),  # ear
    (9, 10, (-4, 11, 8), 15),  # mouth
    (11, 12, (-6, -1, 32), 16),  # shoulder
    (13, 14, (-13, -7, 13), 17),  # elbow
    (15, 16, (-3, -12, 1), 18),  # wrist
    (17, 18, (-29, -11, 28), 21),  # little finger
    (19, 20, (-15, 34, -8), 17),  # index finger
    (21, 22, (23, 15, -21), 20),  # thumb
    (23, 24, (-19, -25, -14), 24),  # hip
    (25, 26, (-1, 8, -17), 23),  # knee
    (27, 28, (-1, -19, 21), 16),  # ankle
    (29, 30, (-3, -37, 0), 23),  # heel
    (31, 32, (12, 26, 12), 22),  # toe
    (33, 54, (7, -13, -7), 12),  # wrist of the hand
    (38, 59, (-9, 14, 1), 9),  # its index knuckle
    (42, 63, (-13, 7, 2), 9),  # middle knuckle
    (46, 67, (-13, 4, 2), 9),  # ring knuckle
    (50, 71, (-12, 1, 4), 10),  # little knuckle
)
_OTHERS: Final = 0.012
_MIRRORED: Final = np.array([-1.0, 1.0, 1.0])


def _tables() -> tuple[Array, Array]:
    offsets, spread = np.zeros((75, 3)), np.full(75, _OTHERS)
    for left, right, offset, typical in _TABLE:
        offsets[right], spread[right] = 1e-3 * np.array(offset) * _MIRRORED, 1e-3 * typical
        offsets[left], spread[left] = 1e-3 * np.array(offset), 1e-3 * typical
    return offsets, spread


def _carriers() -> NDArray[np.int64]:
    carriers = neutral_body().landmark_joints.copy()
    for i, side in enumerate(("Left", "Right")):
        carriers[11 + i], carriers[13 + i] = INDEX[f"{side}Shoulder"], INDEX[f"{side}Arm"]
    return carriers


OFFSETS, SPREAD = _tables()
"""(75, 3) metres from the body's landmarks to where networks find them, in the axes of the joints `CARRIERS`; and (75,)
metres by which landmarks that are seen typically lie beside that."""
CARRIERS: Final = _carriers()
"""(75,) the joints with which landmarks move as networks find them."""


def found_points(body: Body, rotations: Array, root: Array) -> Array:
    """Return where networks find the landmarks (..., 75, 3) of a pose: rotations (..., 52, 4), root (..., 3)."""
    turns = body.globals(rotations)[..., CARRIERS, :]
    local = body.landmarks - body.rest[CARRIERS] + OFFSETS
    return body.positions(rotations, root)[..., CARRIERS, :] + rot.rotate(turns, local)
