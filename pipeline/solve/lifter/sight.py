# SPDX-License-Identifier: GPL-3.0-or-later
"""Which joints a picture shows at all.

Of an arm below the edge of the picture, as of everyone's at a desk, the lifter knows nothing but what arms do as a
rule; one that hangs still is what people expect of it.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body.joints import INDEX, JOINTS
from .tokens import Points

_LEAST: Final = 0.5
"""Presence from which BlazePose takes a landmark to be in the picture, wherever it says that it is."""

# A bone is shown if any of these landmarks, left and right, is. Of the lower half of an arm below the edge nothing is
# known, but a knee in the picture tells the lifter more of its shank than rest would: on rendered people 3 degrees.
_ARM: Final = ((13, 15), (14, 16))
_WRIST: Final = ((15,), (16,))
_LEG: Final = ((25, 27), (26, 28))
_SHOWN_BY: Final = {
    **dict.fromkeys(("Shoulder", "Arm"), _ARM),
    **dict.fromkeys(("ForeArm", "Hand"), _WRIST),
    **dict.fromkeys(("UpLeg", "Leg", "Foot", "ToeBase"), _LEG),
}
_HAND: Final = ("Shoulder", "Arm", "ForeArm", "Hand")


def _tables() -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """(35, 52) which landmarks and hands show each joint, and (52,) which joints count as shown in any case."""
    table = np.zeros((35, len(JOINTS)), np.float32)
    for joint, sides in _SHOWN_BY.items():
        for side, name in enumerate(("Left", "Right")):
            by = [*sides[side], 33 + side] if joint in _HAND else list(sides[side])
            table[by, INDEX[f"{name}{joint}"]] = 1.0
    return table, ~table.any(axis=0)


_BY, _ALWAYS = _tables()


def shown(points: Points, hand_found: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether each joint (n, 52) is in the picture; fingers and the trunk count as shown.

    Args:
        points: landmarks of n frames.
        hand_found: (n, 2) whether the hand networks found the hand, left and right: its arm is in the picture then.
    """
    there = np.concatenate([points.certainty[..., 1] >= _LEAST, hand_found], axis=1)
    return (there @ _BY > 0.0) | _ALWAYS
