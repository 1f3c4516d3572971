# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lifter sees and how its answer is read: landmarks as tokens, rotations as corrections to plain geometry.

The lifter does not say how a joint is turned but how much to correct what the landmarks say: two directions for each
joint, a bone's own and one beside it, made into a frame (the 6D rotations of Zhou et al., CVPR 2019, about a base).
With no correction limbs and fingers point where the landmarks are, once those are moved onto their lines of sight.

The body is told as the camera sees it. A hand is told in the frame of its own palm, a right one mirrored: both hands
are one to the network, however they are held.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..models.body import rotations as rot
from ..models.body.joints import FINGERS, INDEX, JOINTS, PARENTS
from ..models.body.joints import mirrored as mirrored_name
from ..models.body.model import Body
from . import camera_root
from .lifter_frames import NEEDED, body_frames, palm_frames, segments
from .names import POSE_MIRROR

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

SOLVED: Final = tuple(i for i, name in enumerate(JOINTS) if not any(c.isdigit() for c in name) or "Spine" in name)
"""The 22 joints that body landmarks tell of: all but the fingers'."""
SOLVED_PARENTS: Final = tuple(-1 if PARENTS[i] < 0 else SOLVED.index(PARENTS[i]) for i in SOLVED)
SOLVED_MIRROR: Final = tuple(SOLVED.index(INDEX[mirrored_name(JOINTS[i])]) for i in SOLVED)
FINGER_JOINTS: Final = tuple(
    tuple(INDEX[f"{side}Hand{finger}{k}"] for finger in FINGERS for k in (1, 2, 3)) for side in ("Left", "Right")
)
"""The 15 finger joints of the left and of the right hand, thumb first."""
FEATURES: Final = 14
HAND_FEATURES: Final = 13
PALM_FEATURES: Final = 12
_FAR: Final = 8.0
"""Features are cut off here: people are within 3 of their middle, what is farther is no person."""
MOST: Final = 1e6
"""Coordinates beyond this count as missing."""
_POINT: Final = 1e-6
"""A spread of less is a point."""
_WIDEST: Final = 2.0
"""Tangent of the greatest angle off the camera's axis that is told."""
_SHARE: Final = 0.8
"""How far a point that is sure is moved onto its line of sight."""
REFLECT: Final = np.array([-1.0, 1.0, 1.0])
_SIDES: Final = np.array([[[1.0, 1.0, 1.0]], [REFLECT]])
_KNUCKLES: Final = [5, 9, 13, 17]


@dataclass(frozen=True)
class Points:
    """Landmarks of n frames, NaN where missing.

    Attributes:
        image: (n, 33, 3) px, and `world` (n, 33, 3) metres in Blender's axes.
        certainty: (n, 33, 2) visibility and presence, 0..1.
        hand_image: (n, 2, 21, 3) px, and `hand_world` (n, 2, 21, 3) metres in Blender's axes, left then right.
        hand_presence: (n, 2) 0..1.
        centre: (n, 2) px, the middle of the picture, and `focal` (n,) px, known or assumed.
    """

    image: Array
    world: Array
    certainty: Array
    hand_image: Array
    hand_world: Array
    hand_presence: Array
    centre: Array
    focal: Array


@dataclass(frozen=True)
class Rest:
    """Frames of a body at rest, against which all turns are measured.

    Attributes:
        frames: (22, 3, 3) of the joints `SOLVED`.
        palms: (2, 3, 3) of the hands, by their own landmarks.
        fingers: (15, 3, 3) of the left hand's finger joints; the right hand's are their mirror image.
    """

    frames: Array
    palms: Array
    fingers: Array

    @cached_property
    def signs(self) -> Array:
        """(22, 3) what a mirror does to the frames' own axes, 1 or -1."""
        other = self.frames[list(SOLVED_MIRROR)] * REFLECT[:, None]
        return np.asarray(np.diagonal(np.swapaxes(self.frames, -1, -2) @ other, axis1=-2, axis2=-1).round())

    @classmethod
    def of(cls, body: Body) -> "Rest":
        """From a body's landmarks at rest."""
        hands = body.landmarks[None, 33:].reshape(1, 2, 21, 3)
        palms = palm_frames(hands)[0]
        fingers = _finger_frames(segments(hands[0, 0]), palms[0])
        return cls(body_frames(body.landmarks[None, :33], None)[0], palms, fingers)


@dataclass(frozen=True)
class Seen:
    """What the lifter is given of n frames.

    Attributes:
        tokens: (n, 33, 14) float32: x, y, z in the picture about the hips in units of the person's spread, x and y
            from the picture's middle in focal lengths, the world landmark and the same moved onto its line of sight,
            both about the hips and in units of spread, visibility, presence, and 1 for a landmark that is there.
            Zeros for one that is not.
        hands: (n, 2, 21, 13) float32: the world landmark, the image landmark and the direction into the picture, in
            the palm's frame; where the landmark is in the picture about the person's hips (of a right hand, in a
            mirror); presence, and 1.
        palms: (n, 2, 12) float32: Y and Z of the palm's frame, wrist and middle of the knuckles in the picture
            about the person's hips, presence, and 1 for a hand that is there.
        base: (n, 22, 3, 3) float32 frames of the joints by plain geometry, columns as in `rotations.frame`.
        fingers: (n, 2, 15, 3, 3) float32 frames of the finger joints in the palm's frame, a right hand mirrored.
        rough: (n, 2, 3, 3) float32 base frames of the hands without their own landmarks.
        place: (n, 3) metres, where the middle of the hips is before the camera; NaN where unknown.
        found: (n,) whether most of the body's landmarks are there, and `hand_found` (n, 2).
    """

    tokens: NDArray[np.float32]
    hands: NDArray[np.float32]
    palms: NDArray[np.float32]
    base: NDArray[np.float32]
    fingers: NDArray[np.float32]
    rough: NDArray[np.float32]
    place: Array
    found: Bools
    hand_found: Bools

    def part(self, rows: slice) -> "Seen":
        """Some of the frames."""
        return Seen(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def and_also(self, other: "Seen") -> "Seen":
        """These frames, then those of another."""
        return Seen(*(np.concatenate([getattr(self, n), getattr(other, n)]) for n in self.__dataclass_fields__))


def see(points: Points, rest: Rest) -> Seen:
    """Tokens and base frames of landmarks, for the body whose `rest` it is."""
    known, there = _known(points.image, points.world)
    count = np.maximum(there.sum(axis=1), 1)[:, None]
    mean = known.sum(axis=1) / count
    square = (((known - mean[:, None]) * there[..., None]) ** 2).sum(axis=1) / count
    spread = np.sqrt(square.reshape(-1, 2, 3).sum(axis=-1))
    there &= (spread > _POINT).all(axis=1)[:, None]
    middle, scale = _middle(known, there, mean), np.maximum(spread, _POINT).repeat(3, axis=1)
    certainty = np.where(there[..., None], np.clip(np.nan_to_num(points.certainty), 0.0, 1.0), 0.0)
    place, moved = _onto_rays(known, certainty.min(axis=-1), points)
    off = (known[..., :2] - points.centre[:, None]) / points.focal[:, None, None]
    near = (known - middle[:, None]) / scale[:, None]
    also = (moved - _middle(moved, there, moved.mean(axis=1))[:, None]) / scale[:, None, 3:]
    about = [near[..., :3], np.clip(off, -_WIDEST, _WIDEST), near[..., 3:], also]
    tokens = np.clip(np.concatenate([*about, certainty, np.ones((*there.shape, 1))], axis=-1), -_FAR, _FAR)
    tokens *= there[..., None]
    base = body_frames(moved, rest.frames)
    shown = np.isfinite(base).all(axis=(-1, -2)) & ~((~there) @ NEEDED.T)
    base = np.where(shown[..., None, None], base, rest.frames)
    hands, palms, fingers, turns = _hands(points, rest, middle[:, :2], scale[:, 0])
    hand_found = turns.any(axis=(-1, -2))
    rough = base[:, HAND_PLACES]
    for side, joint in enumerate(HAND_PLACES):
        seen = turns[:, side] @ rest.frames[joint]
        base[:, joint] = np.where(hand_found[:, side, None, None], seen, base[:, joint])
    found = there.mean(axis=1) > 0.5
    place = np.where(found[:, None], place, np.nan)
    return Seen(
        tokens=tokens.astype(np.float32),
        hands=hands.astype(np.float32),
        palms=palms.astype(np.float32),
        base=base.astype(np.float32),
        fingers=fingers.astype(np.float32),
        rough=rough.astype(np.float32),
        place=place,
        found=found,
        hand_found=hand_found,
    )


def corrected(base: ArrayLike, correction: ArrayLike) -> Array:
    """Frames (..., k, 3, 3) from base frames and corrections (..., k, 6).

    Always proper and finite: a joint whose correction is broken stays as its base.
    """
    base = np.asarray(base, dtype=float)
    correction = np.clip(np.nan_to_num(np.asarray(correction, dtype=float)), -1e3, 1e3)
    turned = rot.frame(base[..., 1] + correction[..., :3], base[..., 2] + correction[..., 3:])
    return np.where(np.isfinite(turned).all(axis=(-1, -2), keepdims=True), turned, base)


def turns_of(base: ArrayLike, correction: ArrayLike, rest: Array) -> Array:
    """Turns (..., k, 3, 3) of corrected frames against frames `rest`."""
    return np.asarray(corrected(base, correction) @ np.swapaxes(rest, -1, -2))


def without_hands(seen: Seen, rest: Rest) -> Seen:
    """The same as if no hand had been found."""
    base = seen.base.copy()
    base[:, HAND_PLACES] = seen.rough
    return replace(
        seen,
        hands=np.zeros_like(seen.hands),
        palms=np.zeros_like(seen.palms),
        base=base,
        fingers=np.broadcast_to(rest.fingers, seen.fingers.shape).astype(np.float32),
        hand_found=np.zeros_like(seen.hand_found),
    )


def mirrored_seen(seen: Seen, rest: Rest) -> Seen:
    """The same as a mirror shows it that stands in the picture's middle."""
    tokens, hands, palms = seen.tokens[:, list(POSE_MIRROR)], seen.hands[:, ::-1], seen.palms[:, ::-1].copy()
    tokens[..., [0, 3, 5, 8]] *= -1.0
    palms[..., [0, 3, 6, 8]] *= -1.0
    base = seen.base[:, list(SOLVED_MIRROR)] * (REFLECT[:, None] * rest.signs[:, None]).astype(np.float32)
    rough = seen.rough[:, ::-1] * (REFLECT[:, None] * rest.signs[HAND_PLACES][:, None]).astype(np.float32)
    place, hand_found = seen.place * REFLECT, seen.hand_found[:, ::-1]
    return Seen(tokens, hands, palms, base, seen.fingers[:, ::-1], rough, place, seen.found, hand_found)


def mirrored_corrections(correction: Array, rest: Rest) -> Array:
    """Corrections (n, 22, 6) of the mirrored person, seen in the mirror."""
    signs = (REFLECT * rest.signs[:, 1:, None]).reshape(len(SOLVED), 6)
    return np.asarray(correction[:, list(SOLVED_MIRROR)] * signs)


def rest_frames(body: Body) -> Array:
    """(22, 3, 3) frames of the solved joints of a body at rest."""
    return Rest.of(body).frames


HAND_PLACES: Final = [SOLVED.index(INDEX[f"{side}Hand"]) for side in ("Left", "Right")]


def _hands(points: Points, rest: Rest, middle: Array, scale: Array) -> tuple[Array, Array, Array, Array]:
    """Tokens (n, 2, 21, 13) and (n, 2, 12), finger frames (n, 2, 15, 3, 3), and palms' turns (n, 2, 3, 3), or 0."""
    known, there = _known(points.hand_image, points.hand_world)
    image, world = known[..., :3], known[..., 3:] - known[..., :1, 3:]
    frames = palm_frames(world)
    reach = np.linalg.norm(world[..., _KNUCKLES, :], axis=-1).mean(axis=-1)
    width = np.sqrt(image[..., :2].var(axis=-2).sum(axis=-1))
    whole = there.all(axis=-1) & (width > 1e-6) & (reach > 1e-4) & np.isfinite(frames).all(axis=(-1, -2))
    turns = np.where(whole[..., None, None], frames, 0.0) @ np.swapaxes(rest.palms, -1, -2)
    width, reach = np.where(whole, width, 1.0)[..., None, None], np.where(whole, reach, 1.0)[..., None, None]
    # Row vectors times a turn are turned back by it.
    near = world @ turns * _SIDES / reach
    flat = (image - image[..., :1, :]) / width
    flat = np.stack([flat[..., 0], flat[..., 2], -flat[..., 1]], axis=-1) @ turns * _SIDES
    into = np.broadcast_to(turns[..., 1:2, :] * _SIDES, near.shape)
    beside = np.clip((image[..., :2] - middle[:, None, None]) / scale[:, None, None, None], -_FAR, _FAR)
    presence = np.clip(np.nan_to_num(points.hand_presence), 0.0, 1.0)
    sure = np.broadcast_to(presence[..., None, None], (*whole.shape, 21, 1))
    tokens = np.concatenate([near, flat, into, beside * _SIDES[..., :2], sure, np.ones_like(sure)], axis=-1)
    ends = beside[..., 0, :], beside[..., _KNUCKLES, :].mean(axis=-2)
    palms = np.concatenate(
        [frames[..., 1], frames[..., 2], *ends, presence[..., None], np.ones((*whole.shape, 1))], axis=-1
    )
    fingers = _finger_frames(segments(near), rest.palms[0])
    fingers = np.where(np.isfinite(fingers).all(axis=(-1, -2), keepdims=True), fingers, rest.fingers)
    tokens = np.where(whole[..., None, None], np.clip(tokens, -_FAR, _FAR), 0.0)
    return tokens, np.where(whole[..., None], palms, 0.0), fingers, np.asarray(turns, dtype=float)


def _finger_frames(bones: Array, palm: Array) -> Array:
    """Frames (..., 15, 3, 3) of the finger joints from directions (..., 5, 3, 3) of the left hand's bones.

    Y along the bone; Z of the fingers to the thumb's side, of the thumb square to the palm (3, 3), so that neither
    is ever along its bone for long.
    """
    z = np.broadcast_to(palm[:, 2], bones.shape).copy()
    z[..., 0, :, :] = palm[:, 0]
    return rot.frame(bones, z).reshape(*bones.shape[:-3], 15, 3, 3)


def _onto_rays(known: Array, sure: Array, points: Points) -> tuple[Array, Array]:
    """Where the middle of the hips is (n, 3), and world landmarks about it, moved towards their lines of sight.

    `known` (n, 33, 6) are image and world.
    """
    pixels, world = known[..., :2], known[..., 3:]
    world = world - world[:, [23, 24]].mean(axis=1, keepdims=True)
    camera = {"focal": points.focal, "centre": points.centre}
    place = camera_root.locate(world, pixels, sure * camera_root.POINT_WEIGHTS, **camera)
    return place, camera_root.onto_rays(world, pixels, place, _SHARE * sure, **camera)


def _known(image: Array, world: Array) -> tuple[Array, Bools]:
    """Image and world (..., 6) with zeros for what is missing, and which landmarks are there."""
    both = np.concatenate([image, world], axis=-1)
    there = (np.abs(both) < MOST).all(axis=-1)
    return np.where(there[..., None], both, 0.0), there


def _middle(points: Array, there: Bools, mean: Array) -> Array:
    """(n, c) middle of the hips of points (n, 33, c); their `mean` if the hips are not there."""
    hips = there[:, 23] & there[:, 24]
    return np.where(hips[:, None], 0.5 * (points[:, 23] + points[:, 24]), mean)
