# SPDX-License-Identifier: GPL-3.0-or-later
"""Random finger poses: common hand shapes and mixtures of them, within the limits of the joints."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body import rotations as rot
from ...body.joints import FINGERS, INDEX
from ...body.model import Body

Array = NDArray[np.float64]

# Curl of thumb, index, middle, ring and little finger, from 0 (flat) to 1 (fist), and spread of the fingers.
SHAPES: Final[dict[str, tuple[tuple[float, float, float, float, float], float]]] = {
    "relaxed": ((0.25, 0.25, 0.3, 0.35, 0.4), 0.2),
    "flat": ((0.0, 0.0, 0.0, 0.0, 0.0), 0.1),
    "spread": ((0.0, 0.0, 0.0, 0.0, 0.05), 1.0),
    "fist": ((0.9, 1.0, 1.0, 1.0, 1.0), 0.0),
    "pointing": ((0.8, 0.0, 1.0, 1.0, 1.0), 0.0),
    "thumb up": ((0.0, 1.0, 1.0, 1.0, 1.0), 0.0),
    "victory": ((0.9, 0.0, 0.0, 1.0, 1.0), 0.6),
    "pinch": ((0.55, 0.5, 0.4, 0.3, 0.25), 0.2),
    "claw": ((0.3, 0.55, 0.55, 0.55, 0.55), 0.5),
    "holding": ((0.5, 0.6, 0.65, 0.7, 0.7), 0.1),
    "three": ((0.8, 0.0, 0.0, 0.0, 1.0), 0.5),
    "little finger": ((0.8, 1.0, 1.0, 1.0, 0.0), 0.1),
}
_OPEN: Final = {"Thumb": (0.0, -10.0, -10.0), "finger": (-20.0, -15.0, -10.0)}
"""Degrees by which the three joints rotate from rest to a flat finger; at rest they are slightly curled."""
_CLOSED: Final = {"Thumb": (20.0, 35.0, 55.0), "finger": (65.0, 85.0, 55.0)}
_SPREAD: Final = {"Thumb": 15.0, "Index": 14.0, "Middle": 2.0, "Ring": -9.0, "Pinky": -20.0}
"""Degrees at the first joint towards the thumb when the hand is spread."""


def draw_fingers(rng: np.random.Generator, count: int, body: Body) -> Array:
    """Draw rotations (n, 2, 15, 4) of the finger joints of both hands, in the order of `joints.JOINTS`."""
    shapes = list(SHAPES.values())
    curls, spreads = np.array([s[0] for s in shapes]), np.array([s[1] for s in shapes])
    weights = rng.dirichlet(np.full(len(shapes), 0.12), size=(count, 2))
    curl = weights @ curls + 0.08 * rng.standard_normal((count, 2, 5))
    spread = weights @ spreads + 0.15 * rng.standard_normal((count, 2))
    result = rot.identity(count, 2, 15)
    for side, name in enumerate(("Left", "Right")):
        for finger, label in enumerate(FINGERS):
            kind = label if label == "Thumb" else "finger"
            hinge, spread_axis = _axes(body, name, label)
            for k in range(3):
                noise = 0.06 * rng.standard_normal(count)
                low, high = _OPEN[kind][k], _CLOSED[kind][k]
                bend = low + (high - low) * np.clip(curl[:, side, finger] + noise, -0.1, 1.1)
                turn = rot.from_axis_angle(hinge, np.radians(bend))
                if k == 0:
                    angle = np.radians(_SPREAD[label]) * np.clip(spread[:, side], -0.3, 1.2)
                    turn = rot.multiply(rot.from_axis_angle(spread_axis, angle), turn)
                result[:, side, 3 * finger + k] = turn
    return result


def _axes(body: Body, side: str, finger: str) -> tuple[Array, Array]:
    """Return the axes at rest about which a finger curls, and about which it moves towards the thumb."""
    hand = INDEX[f"{side}Hand"]
    index, pinky = (body.rest[INDEX[f"{side}Hand{name}1"]] for name in ("Index", "Pinky"))
    sign = 1.0 if side == "Left" else -1.0
    out = body.ends[hand] - body.rest[hand]
    palm = sign * np.cross(out, index - pinky)
    first, last = (INDEX[f"{side}Hand{finger}{k}"] for k in (1, 3))
    along = body.ends[first] - body.rest[first]
    hinge = np.cross(along, body.ends[last] - body.rest[last] if finger == "Thumb" else palm)
    return rot.unit(hinge), rot.unit(np.cross(along, index - pinky))
