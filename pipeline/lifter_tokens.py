# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lifter sees and how its answer is read: landmarks as tokens, rotations as corrections to plain geometry.

The lifter does not say how a joint is turned but how much to correct what the raw landmarks say: two directions for
each joint, a bone's own and one beside it, made into a frame (the 6D rotations of Zhou et al., CVPR 2019, about a
base). With no correction the limbs point where the landmarks are.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..models.body import rotations as rot
from ..models.body.joints import INDEX, JOINTS, PARENTS
from ..models.body.joints import mirrored as mirrored_name
from ..models.body.model import Body

Array = NDArray[np.float64]

SOLVED: Final = tuple(i for i, name in enumerate(JOINTS) if not any(c.isdigit() for c in name) or "Spine" in name)
"""The 22 joints that body landmarks tell of: all but the fingers'."""
SOLVED_PARENTS: Final = tuple(-1 if PARENTS[i] < 0 else SOLVED.index(PARENTS[i]) for i in SOLVED)
SOLVED_MIRROR: Final = tuple(SOLVED.index(INDEX[mirrored_name(JOINTS[i])]) for i in SOLVED)
POINT_MIRROR: Final = (0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, *(i + 1 if i % 2 else i - 1 for i in range(11, 33)))
"""The joint, and BlazePose's point, on the person's other side."""
FEATURES: Final = 9
_FAR: Final = 8.0
"""Features are cut off here: people are within 3 of their middle, what is farther is no person."""
_MOST: Final = 1e6
"""Coordinates beyond this count as missing."""
_STRAIGHT: Final = 0.25
"""How bent a limb must be (sine) before its plane outweighs that of the rest pose."""
_REFLECT: Final = np.array([-1.0, 1.0, 1.0])
_BACK: Final = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True)
class Seen:
    """What the lifter is given of n frames.

    Attributes:
        tokens: (n, 33, 9) float32: x, y, z in the picture and in the world, both about the hips and in units of the
            person's spread, visibility, presence, and 1 for a landmark that is there. Zeros for one that is not.
        base: (n, 22, 3, 3) frames of the joints by plain geometry, columns as in `rotations.frame`.
    """

    tokens: NDArray[np.float32]
    base: Array


def see(image: Array, world: Array, visibility: Array, presence: Array, *, rest: Array) -> Seen:
    """Tokens and base frames of landmarks.

    Args:
        image: (n, 33, 3) px.
        world: (n, 33, 3) metres in Blender's axes.
        visibility: (n, 33), and `presence` (n, 33), 0..1.
        rest: (22, 3, 3) `rest_frames` of the body that will be posed.
    """
    finite = np.isfinite(image).all(axis=-1) & np.isfinite(world).all(axis=-1)
    there = finite & (np.abs(image).max(axis=-1) < _MOST) & (np.abs(world).max(axis=-1) < _MOST)
    image, world = (np.where(there[..., None], points, 0.0) for points in (image, world))
    certainty = np.clip(np.nan_to_num(np.stack([visibility, presence], axis=-1)), 0.0, 1.0)
    there &= (_spread(image, there) > 1e-6) & (_spread(world, there) > 1e-6)
    parts = [_centred(image, there), _centred(world, there), certainty, np.ones((*there.shape, 1))]
    tokens = np.where(there[..., None], np.concatenate(parts, axis=-1), 0.0)
    base = frames(np.where(there[..., None], world, np.nan), rest)
    return Seen(tokens.astype(np.float32), base)


def frames(points: Array, rest: Array) -> Array:
    """(n, 22, 3, 3) frames of the solved joints from landmarks (n, 33, 3); those of the rest where they say nothing."""
    seen = _frames(points, rest)
    known = np.isfinite(seen).all(axis=(-1, -2), keepdims=True)
    return np.where(known, seen, rest)


def rest_frames(body: Body) -> Array:
    """(22, 3, 3) frames of the solved joints at rest."""
    return _frames(body.landmarks[None, :33], None)[0]


def rotations_of(base: Array, correction: Array, *, rest: Array) -> Array:
    """Global turns (n, 22, 4) from base frames (n, 22, 3, 3) and corrections (n, 22, 6). Always proper and finite."""
    correction = np.clip(np.nan_to_num(np.asarray(correction, dtype=float)), -1e3, 1e3)
    turned = rot.frame(base[..., 1] + correction[..., :3], base[..., 2] + correction[..., 3:])
    turned = np.where(np.isfinite(turned).all(axis=(-1, -2), keepdims=True), turned, base)
    return rot.from_matrix(turned @ np.swapaxes(rest, -1, -2))


def mirrored(points: Array) -> Array:
    """Landmarks (n, 33, 3) as a mirror shows them: in the picture about its left edge, or in the world."""
    return points[:, list(POINT_MIRROR)] * _REFLECT


def mirrored_turns(turns: Array) -> Array:
    """Global turns (n, 22, 4) in a mirror."""
    return np.asarray(turns)[:, list(SOLVED_MIRROR)] * [1.0, 1.0, -1.0, -1.0]


def _frames(points: Array, rest: Array | None) -> Array:
    """Frames of the joints `SOLVED`: Y along the bone, Z beside it. With `rest` None the points are the rest's own."""
    p = points
    hips, chest = 0.5 * (p[:, 23] + p[:, 24]), 0.5 * (p[:, 11] + p[:, 12])
    up = rot.unit(chest - hips)
    result = {"Hips": rot.frame(up, p[:, 23] - p[:, 24]), "Spine2": rot.frame(up, p[:, 11] - p[:, 12])}
    result |= {"Spine": result["Hips"], "Spine1": result["Spine2"]}
    ears, face = p[:, 7] - p[:, 8], 0.5 * (p[:, 2] + p[:, 5] - p[:, 9] - p[:, 10])
    result |= {"Neck": rot.frame(face, ears), "Head": rot.frame(face, ears)}
    for i, side in enumerate(("Left", "Right")):
        result[f"{side}Shoulder"] = result["Spine2"]
        arm = [p[:, 11 + i], p[:, 13 + i], p[:, 15 + i]]
        result[f"{side}Arm"], result[f"{side}ForeArm"] = _limb(arm, result["Spine2"], rest, f"{side}Arm", "Spine2")
        knuckles = p[:, 19 + i], p[:, 17 + i]
        result[f"{side}Hand"] = rot.frame(0.5 * (knuckles[0] + knuckles[1]) - arm[2], knuckles[0] - knuckles[1])
        leg = [p[:, 23 + i], p[:, 25 + i], p[:, 27 + i]]
        result[f"{side}UpLeg"], result[f"{side}Leg"] = _limb(leg, result["Hips"], rest, f"{side}UpLeg", "Hips")
        foot = rot.frame(p[:, 31 + i] - p[:, 29 + i], p[:, 25 + i] - p[:, 27 + i])
        result[f"{side}Foot"] = result[f"{side}ToeBase"] = foot
    return np.stack([result[JOINTS[joint]] for joint in SOLVED], axis=1)


def _limb(joints: list[Array], trunk: Array, rest: Array | None, name: str, parent: str) -> tuple[Array, Array]:
    """Frames of a limb's two bones: Z is the axis about which it bends; where it is straight, as the trunk has it."""
    upper, lower = rot.unit(joints[1] - joints[0]), rot.unit(joints[2] - joints[1])
    hinge = np.cross(upper, lower)
    if rest is None and name.endswith("Leg"):
        hinge = np.cross(upper, _BACK)  # legs are straight at rest
    elif rest is not None:
        own, above = rest[SOLVED.index(INDEX[name])], rest[SOLVED.index(INDEX[parent])]
        hinge = hinge + _STRAIGHT * (trunk @ above.T @ own[:, 2])
    return rot.frame(upper, hinge), rot.frame(lower, hinge)


def _centred(points: Array, there: NDArray[np.bool_]) -> Array:
    """Points (n, k, 3) about the middle of the hips (of all that are there if the hips are not), in units of spread."""
    known = np.where(there[..., None], points, 0.0)
    count = np.maximum(there.sum(axis=1), 1)[:, None]
    middle = np.where(
        there[:, [23, 24]].all(axis=1)[:, None], known[:, [23, 24]].mean(axis=1), known.sum(axis=1) / count
    )
    spread = np.maximum(_spread(points, there), 1e-6)[..., None]
    return np.clip((known - middle[:, None]) / spread, -_FAR, _FAR)


def _spread(points: Array, there: NDArray[np.bool_]) -> Array:
    """(n, 1) root mean square distance from their mean of the points that are there."""
    known = np.where(there[..., None], points, 0.0)
    count = np.maximum(there.sum(axis=1), 1)[:, None]
    mean = known.sum(axis=1) / count
    off = np.where(there[..., None], points - mean[:, None], 0.0)
    return np.sqrt((off**2).sum(axis=(1, 2)) / count[:, 0])[:, None]
