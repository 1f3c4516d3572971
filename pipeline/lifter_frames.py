# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of joints by plain geometry on landmarks: Y along the bone, Z beside it. NaN in gives NaN out."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..models.body import rotations as rot
from ..models.body.joints import JOINTS

Array = NDArray[np.float64]
Terms = tuple[tuple[int, float], ...]

_SOLVED: Final = tuple(name for name in JOINTS if not any(c.isdigit() for c in name) or "Spine" in name)
_PLACE: Final = {name: place for place, name in enumerate(_SOLVED)}
_STRAIGHT: Final = 0.25
"""How bent a limb must be (sine) before its plane outweighs that of the rest pose."""
_BACK: Final = np.array([0.0, 1.0, 0.0])
_CHAINS: Final = np.array([[1 + 4 * f + k for k in range(4)] for f in range(5)])
"""(5, 4): the landmarks along thumb, index, middle, ring and little finger."""


def _rows() -> tuple[Array, Array]:
    """Matrices (22, 33) that make Y and Z of the joints' frames from points; rows of limbs' Z are 0."""
    y, z = np.zeros((2, len(_SOLVED), 33))
    trunk: Terms = ((11, 0.5), (12, 0.5), (23, -0.5), (24, -0.5))
    face: Terms = ((2, 0.5), (5, 0.5), (9, -0.5), (10, -0.5))
    plan: dict[str, tuple[Terms, Terms]] = {}
    plan |= dict.fromkeys(("Hips", "Spine"), (trunk, ((23, 1.0), (24, -1.0))))
    plan |= dict.fromkeys(("Spine1", "Spine2", "LeftShoulder", "RightShoulder"), (trunk, ((11, 1.0), (12, -1.0))))
    plan |= dict.fromkeys(("Neck", "Head"), (face, ((7, 1.0), (8, -1.0))))
    for i, side in enumerate(("Left", "Right")):
        hand: Terms = ((19 + i, 0.5), (17 + i, 0.5), (15 + i, -1.0))
        plan[f"{side}Hand"] = hand, ((19 + i, 1.0), (17 + i, -1.0))
        foot: tuple[Terms, Terms] = ((31 + i, 1.0), (29 + i, -1.0)), ((25 + i, 1.0), (27 + i, -1.0))
        plan |= {f"{side}Foot": foot, f"{side}ToeBase": foot}
        for bone, (start, end) in {"Arm": (11, 13), "ForeArm": (13, 15), "UpLeg": (23, 25), "Leg": (25, 27)}.items():
            plan[f"{side}{bone}"] = ((end + i, 1.0), (start + i, -1.0)), ()
    for name, (primary, secondary) in plan.items():
        for rows, terms in ((y, primary), (z, secondary)):
            for point, weight in terms:
                rows[_PLACE[name], point] += weight
    return y, z


_Y, _Z = _rows()
_UPPER: Final = [_PLACE[name] for name in ("LeftArm", "RightArm", "LeftUpLeg", "RightUpLeg")]
_LOWER: Final = [_PLACE[name] for name in ("LeftForeArm", "RightForeArm", "LeftLeg", "RightLeg")]
_ABOVE: Final = [_PLACE[name] for name in ("Spine2", "Spine2", "Hips", "Hips")]
_LEGS: Final = [False, False, True, True]


def _needed() -> NDArray[np.bool_]:
    needed = (_Y != 0.0) | (_Z != 0.0)
    for upper, lower, above in zip(_UPPER, _LOWER, _ABOVE, strict=True):
        needed[upper] = needed[lower] = needed[upper] | needed[lower] | needed[above]
    return needed


NEEDED: Final = _needed()
"""(22, 33) which landmarks each joint's frame is made from."""


def body_frames(points: Array, rest: Array | None) -> Array:
    """(n, 22, 3, 3) of the joints that the body's landmarks (n, 33, 3) tell of.

    A limb's Z is the axis about which it bends; where it is straight, as the trunk has it in the frames `rest`
    (22, 3, 3). With `rest` None the points are those of the rest itself, whose legs are straight.
    """
    y, z = _Y @ points, _Z @ points
    upper, lower = rot.unit(y[:, _UPPER]), rot.unit(y[:, _LOWER])
    hinge = rot.cross(upper, lower)
    if rest is None:
        hinge = np.where(np.array(_LEGS)[:, None], rot.cross(upper, _BACK), hinge)
    else:
        trunk = rot.frame(y[:, _ABOVE[1:3]], z[:, _ABOVE[1:3]])[:, [0, 0, 1, 1]]
        own = np.swapaxes(rest[_ABOVE], -1, -2) @ rest[_UPPER][..., 2:]
        hinge = hinge + _STRAIGHT * (trunk @ own)[..., 0]
    z[:, _UPPER] = z[:, _LOWER] = hinge
    return rot.frame(y, z)


def palm_frames(hands: Array) -> Array:
    """(..., 2, 3, 3) of palms of hands (..., 2, 21, 3): Y to the knuckles, Z from the little finger to the index."""
    knuckles = hands[..., [5, 9, 13, 17], :]
    return rot.frame(knuckles.mean(axis=-2) - hands[..., 0, :], knuckles[..., 0, :] - knuckles[..., 3, :])


def segments(hands: Array) -> Array:
    """Unit directions (..., 5, 3, 3) along each finger of hands (..., 21, 3)."""
    return rot.unit(np.diff(hands[..., _CHAINS, :], axis=-2))
