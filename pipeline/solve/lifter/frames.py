# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of joints from landmarks by geometry, and applying corrections to them: Y along the bone, Z beside it.

NaN in gives NaN out, except for corrections.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ....models.body import rotations as rot
from ....models.body.joints import FINGERS, INDEX, JOINTS, PARENTS
from ....models.body.joints import mirrored as mirrored_name
from ....models.body.model import Body
from ..geometry import Array, clip_to

Terms = tuple[tuple[int, float], ...]

SOLVED: Final = tuple(i for i, name in enumerate(JOINTS) if not any(c.isdigit() for c in name) or "Spine" in name)
"""The 22 joints that are solved from body landmarks: all but the fingers."""
SOLVED_PARENTS: Final = tuple(-1 if PARENTS[i] < 0 else SOLVED.index(PARENTS[i]) for i in SOLVED)
SOLVED_MIRROR: Final = tuple(SOLVED.index(INDEX[mirrored_name(JOINTS[i])]) for i in SOLVED)
FINGER_JOINTS: Final = tuple(
    tuple(INDEX[f"{side}Hand{finger}{k}"] for finger in FINGERS for k in (1, 2, 3)) for side in ("Left", "Right")
)
"""The 15 finger joints of the left and of the right hand, thumb first."""
HAND_PLACES: Final = np.array([SOLVED.index(INDEX[f"{side}Hand"]) for side in ("Left", "Right")])
REFLECT: Final = np.array([-1.0, 1.0, 1.0])
"""Signs by which coordinates change when the picture is mirrored about its middle."""
_SLOT: Final = {JOINTS[joint]: place for place, joint in enumerate(SOLVED)}
_SOLVED_MIRROR: Final = np.array(SOLVED_MIRROR)
_MAX_CORRECTION: Final = np.array(1e3)
_STRAIGHT: Final = 0.25
"""Sine of a limb's bend from which its own plane outweighs that of the rest pose."""
_BACK: Final = np.array([0.0, 1.0, 0.0])


def _rows() -> tuple[Array, Array]:
    """Return matrices (22, 33) that compute Y and Z of the joints' frames from points; the rows of limbs' Z are 0."""
    y, z = np.zeros((2, len(SOLVED), 33))
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
                rows[_SLOT[name], point] += weight
    return y, z


def _hand_rows() -> tuple[Array, Array]:
    """Return matrices from a hand's points to Y and Z of the palm's frame (2, 21), and to the finger bones (15, 21).

    The landmarks along thumb, index, middle, ring and little finger are consecutive.
    """
    palm, bones = np.zeros((2, 21)), np.zeros((15, 21))
    palm[0, [5, 9, 13, 17]], palm[0, 0] = 0.25, -1.0
    palm[1, 5], palm[1, 17] = 1.0, -1.0
    for bone in range(15):
        start = 1 + 4 * (bone // 3) + bone % 3
        bones[bone, start], bones[bone, start + 1] = -1.0, 1.0
    return palm, bones


_Y, _Z = _rows()
_STACKED_ROWS: Final = np.concatenate([_Y, _Z])
_PALM, _BONES = _hand_rows()
_UPPER: Final = np.array([_SLOT[name] for name in ("LeftArm", "RightArm", "LeftUpLeg", "RightUpLeg")])
_LOWER: Final = np.array([_SLOT[name] for name in ("LeftForeArm", "RightForeArm", "LeftLeg", "RightLeg")])
_LIMBS: Final = np.concatenate([_UPPER, _LOWER])
_ABOVE: Final = np.array([_SLOT["Spine2"], _SLOT["Hips"]])
"""The joints to which arms and legs are attached."""
_LEGS: Final = np.array([[False], [False], [True], [True]])


def _needed_landmarks() -> NDArray[np.bool_]:
    needed = (_Y != 0.0) | (_Z != 0.0)
    for upper, lower, above in zip(_UPPER, _LOWER, _ABOVE.repeat(2), strict=True):
        needed[upper] = needed[lower] = needed[upper] | needed[lower] | needed[above]
    return needed


NEEDED: Final = _needed_landmarks()
"""(22, 33) which landmarks each joint's frame depends on."""


@dataclass(frozen=True)
class Rest:
    """Frames of a body at rest, relative to which all rotations are measured.

    Attributes:
        frames: (22, 3, 3) frames of the joints `SOLVED`.
        palms: (2, 3, 3) frames of the hands, from their own landmarks.
        fingers: (15, 3, 3) frames of the left hand's finger joints; the right hand's are their mirror image.
    """

    frames: Array
    palms: Array
    fingers: Array

    @cached_property
    def signs(self) -> Array:
        """(22, 3) signs by which mirroring changes the frames' axes."""
        other = self.frames[list(SOLVED_MIRROR)] * REFLECT[:, None]
        return np.asarray(np.diagonal(np.swapaxes(self.frames, -1, -2) @ other, axis1=-2, axis2=-1).round())

    @cached_property
    def base_signs(self) -> NDArray[np.float32]:
        """(22, 3, 3) signs by which mirroring changes the frames' elements."""
        return (REFLECT[:, None] * self.signs[:, None]).astype(np.float32)

    @cached_property
    def correction_signs(self) -> Array:
        """(22, 6) signs by which mirroring changes corrections."""
        return (REFLECT * self.signs[:, 1:, None]).reshape(len(SOLVED), 6)

    @cached_property
    def hinges(self) -> Array:
        """(2, 3, 2) the Z axes of left and right arms and legs in the trunk's frame."""
        return _hinges(self.frames)

    @cached_property
    def finger_sides(self) -> Array:
        """(15, 3) the secondary direction of each finger joint of the left hand."""
        return _finger_sides(self.palms[0])

    @cached_property
    def palms_inverse(self) -> Array:
        """(2, 3, 3) the inverse of the palms' frames."""
        return np.ascontiguousarray(np.swapaxes(self.palms, -1, -2))

    @classmethod
    def of(cls, body: Body) -> "Rest":
        """Make it from a body's landmarks at rest."""
        hands = body.landmarks[33:].reshape(2, 21, 3)
        palms = palm_frames(hands)
        fingers = finger_frames(hands[0], _finger_sides(palms[0]))
        return cls(body_frames(body.landmarks[None, :33], None)[0], palms, fingers)


def body_frames(points: Array, rest: Array | None) -> Array:
    """Return the frames (n, 22, 3, 3) of the solved joints from the body's landmarks (n, 33, 3).

    The Z of a limb is the axis about which it bends; if it is straight, that at rest relative to the trunk, from
    `rest`, the `hinges` of `Rest`. If `rest` is None, the points are those of the rest pose, with straight legs.
    """
    both = _STACKED_ROWS @ points
    y, z = both[:, : len(_Y)], both[:, len(_Y) :]
    limbs = rot.unit(y.take(_LIMBS, axis=1))
    hinge = rot.cross(limbs[:, :4], limbs[:, 4:])
    if rest is None:
        hinge = np.where(_LEGS, rot.cross(limbs[:, :4], _BACK), hinge)
    else:
        trunk = rot.frame(y.take(_ABOVE, axis=1), z.take(_ABOVE, axis=1))
        hinge += np.swapaxes(trunk @ (_STRAIGHT * rest), -1, -2).reshape(hinge.shape)
    z[:, _UPPER] = z[:, _LOWER] = hinge
    return rot.frame(y, z)


def palm_frames(hands: Array) -> Array:
    """Return the palms' frames (..., 3, 3) of hands (..., 21, 3): Y to the knuckles, Z from little finger to index."""
    both = _PALM @ hands
    return rot.frame(both[..., 0, :], both[..., 1, :])


def finger_frames(hands: Array, beside: Array) -> Array:
    """Return the frames (..., 15, 3, 3) of the finger joints of left hands (..., 21, 3).

    Y is along the bone, Z near `beside` (15, 3); see `Rest.finger_sides`.
    """
    return rot.frame(_BONES @ hands, beside)


def rest_frames(body: Body) -> Array:
    """Return the frames (22, 3, 3) of the solved joints of a body at rest."""
    return Rest.of(body).frames


def corrected(base: ArrayLike, correction: ArrayLike) -> Array:
    """Return frames (..., k, 3, 3) from base frames and corrections (..., k, 6).

    They are always proper rotations and finite: a joint with an invalid correction keeps its base frame.
    """
    base = np.asarray(base, dtype=float)
    correction = clip_to(np.asarray(correction, dtype=float), _MAX_CORRECTION)
    turned = rot.frame(base[..., 1] + correction[..., :3], base[..., 2] + correction[..., 3:])
    broken = ~np.isfinite(turned).all(axis=(-1, -2))
    turned[broken] = base[broken]
    return turned


def mirrored_corrections(correction: Array, rest: Rest) -> Array:
    """Convert corrections (n, 22, 6) between a person and the mirrored person."""
    return correction.take(_SOLVED_MIRROR, axis=1) * rest.correction_signs


def _hinges(rest: Array) -> Array:
    """Return the Z axes (2, 3, 2) of left and right arms and legs in the trunk's frame, from rest frames (22, 3, 3)."""
    return np.swapaxes(rest[_ABOVE], -1, -2) @ np.swapaxes(rest[_UPPER][..., 2].reshape(2, 2, 3), -1, -2)


def _finger_sides(palm: Array) -> Array:
    """Return the secondary direction (15, 3) of each finger joint, from the left palm's frame (3, 3).

    Towards the thumb for the fingers, perpendicular to the palm for the thumb: rarely parallel to the bone.
    """
    return np.concatenate([palm[:, [0, 0, 0]], palm[:, [2] * 12]], axis=1).T
