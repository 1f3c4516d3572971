# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lifter sees and how its answer is read: landmarks as tokens, rotations as corrections to plain geometry.

The lifter does not say how a joint is turned but how much to correct what the landmarks say: two directions for each
joint, a bone's own and one beside it, made into a frame (the 6D rotations of Zhou et al., CVPR 2019, about a base).
With no correction limbs and fingers point where the landmarks are, once those are moved onto their lines of sight.

The body is told as the camera sees it. A hand is told in the frame of its own palm, a right one mirrored: both hands
are one to the network, however they are held.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..models.body import rotations as rot
from ..models.body.joints import FINGERS, INDEX, JOINTS, PARENTS
from ..models.body.joints import mirrored as mirrored_name
from ..models.body.model import Body
from . import camera_root, lifter_hands
from .lifter_frames import NEEDED, beside_fingers, body_frames, finger_frames, hinges, palm_frames
from .lifter_hands import FAR, read_hands, within
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
HAND_FEATURES: Final = lifter_hands.HAND_FEATURES
PALM_FEATURES: Final = lifter_hands.PALM_FEATURES
MOST: Final = lifter_hands.MOST
REFLECT: Final = lifter_hands.REFLECT
_POINT: Final = 1e-6
"""A spread of less is a point."""
_WIDEST: Final = np.array(2.0)
"""Tangent of the greatest angle off the camera's axis that is told."""
_SHARE: Final = 0.8
"""How far a point that is sure is moved onto its line of sight."""
_MOST_CORRECTED: Final = np.array(1e3)
_HALVES: Final = np.repeat(np.eye(2), 3, axis=0)
"""(6, 2) image and world of six numbers."""
_DOWN: Final = np.array([1.0, -1.0])
_POINTS_OTHER: Final = np.array(POSE_MIRROR)
_SOLVED_OTHER: Final = np.array(SOLVED_MIRROR)
_TOKENS_TURN: Final = np.array([-1, 1, 1, -1, 1, -1, 1, 1, -1, 1, 1, 1, 1, 1], np.float32)
_PALMS_TURN: Final = np.array([-1, 1, 1, -1, 1, 1, -1, 1, -1, 1, 1, 1], np.float32)
"""What a mirror does to features, 1 or -1."""


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

    @cached_property
    def base_signs(self) -> NDArray[np.float32]:
        """(22, 3, 3) what a mirror does to the numbers of the frames, 1 or -1."""
        return (REFLECT[:, None] * self.signs[:, None]).astype(np.float32)

    @cached_property
    def correction_signs(self) -> Array:
        """(22, 6) what it does to those of corrections."""
        return (REFLECT * self.signs[:, 1:, None]).reshape(len(SOLVED), 6)

    @cached_property
    def hinges(self) -> Array:
        """See `lifter_frames.hinges`."""
        return hinges(self.frames)

    @cached_property
    def beside_fingers(self) -> Array:
        """(15, 3), see `lifter_frames.beside_fingers`."""
        return beside_fingers(self.palms[0])

    @cached_property
    def palms_back(self) -> Array:
        """(2, 3, 3) what turns the palms' frames into those of a body that is not turned."""
        return np.ascontiguousarray(np.swapaxes(self.palms, -1, -2))

    @classmethod
    def of(cls, body: Body) -> "Rest":
        """From a body's landmarks at rest."""
        hands = body.landmarks[33:].reshape(2, 21, 3)
        palms = palm_frames(hands)
        fingers = finger_frames(hands[0], beside_fingers(palms[0]))
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
    weight = (there / np.maximum(there.sum(axis=1), 1)[:, None])[:, None]
    mean = weight @ known
    spread = np.sqrt(weight @ np.square(known - mean) @ _HALVES)
    there &= (spread > _POINT).all(axis=2)
    middle, scale = _middle(known, there, mean), np.maximum(spread, _POINT) @ _HALVES.T
    certainty = np.fmin(np.fmax(points.certainty, 0.0), 1.0) * there[..., None]
    slopes = camera_root.slopes_of(known[..., :2], focal=points.focal, centre=points.centre)
    place, moved = _onto_rays(known, slopes, np.minimum(certainty[..., 0], certainty[..., 1]))
    tokens = np.empty((*there.shape, FEATURES), np.float32)
    near = (known - middle) / scale
    tokens[..., :3], tokens[..., 5:8] = near[..., :3], near[..., 3:]
    tokens[..., 3:5] = within(slopes[..., None].view(float), _WIDEST) * _DOWN
    centre = moved.sum(axis=1, keepdims=True) / there.shape[1]
    tokens[..., 8:11] = (moved - _middle(moved, there, centre)) / scale[..., 3:]
    tokens[..., 11:13], tokens[..., 13] = certainty, 1.0
    tokens = within(tokens, FAR) * there[..., None]
    base = body_frames(moved, rest.hinges)
    shown = np.isfinite(base).reshape(*base.shape[:2], 9).all(axis=-1) & ~(~there @ NEEDED.T)
    base = np.where(shown[..., None, None], base, rest.frames)
    hands, palms, fingers, turns = read_hands(points, rest, middle[:, 0, :2], scale[:, 0, 0])
    hand_found = palms[..., -1] > 0.0
    rough = base[:, HAND_PLACES]
    base[:, HAND_PLACES] = np.where(hand_found[..., None, None], turns @ rest.frames[HAND_PLACES], rough)
    found = there.sum(axis=1) * 2 > there.shape[1]
    place[~found] = np.nan
    return Seen(
        tokens=tokens,
        hands=hands,
        palms=palms,
        base=base.astype(np.float32),
        fingers=fingers,
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
    correction = within(np.asarray(correction, dtype=float), _MOST_CORRECTED)
    turned = rot.frame(base[..., 1] + correction[..., :3], base[..., 2] + correction[..., 3:])
    broken = ~np.isfinite(turned).all(axis=(-1, -2))
    turned[broken] = base[broken]
    return turned


def without_hands(seen: Seen, rest: Rest) -> Seen:
    """The same as if no hand had been found."""
    base, fingers = seen.base.copy(), np.empty_like(seen.fingers)
    base[:, HAND_PLACES], fingers[:] = seen.rough, rest.fingers
    nothing = np.zeros_like(seen.hands), np.zeros_like(seen.palms)
    nobody = np.zeros_like(seen.hand_found)
    return Seen(seen.tokens, *nothing, base, fingers, seen.rough, seen.place, seen.found, nobody)


def mirrored_seen(seen: Seen, rest: Rest) -> Seen:
    """The same as a mirror shows it that stands in the picture's middle."""
    tokens, palms = seen.tokens.take(_POINTS_OTHER, axis=1) * _TOKENS_TURN, seen.palms[:, ::-1] * _PALMS_TURN
    base = seen.base.take(_SOLVED_OTHER, axis=1) * rest.base_signs
    rough = seen.rough[:, ::-1] * rest.base_signs[HAND_PLACES]
    place, hand_found = seen.place * REFLECT, seen.hand_found[:, ::-1]
    return Seen(tokens, seen.hands[:, ::-1], palms, base, seen.fingers[:, ::-1], rough, place, seen.found, hand_found)


def mirrored_corrections(correction: Array, rest: Rest) -> Array:
    """Corrections (n, 22, 6) of the mirrored person, seen in the mirror."""
    return correction.take(_SOLVED_OTHER, axis=1) * rest.correction_signs


def rest_frames(body: Body) -> Array:
    """(22, 3, 3) frames of the solved joints of a body at rest."""
    return Rest.of(body).frames


HAND_PLACES: Final = np.array([SOLVED.index(INDEX[f"{side}Hand"]) for side in ("Left", "Right")])


def _onto_rays(known: Array, slopes: camera_root.Plane, sure: Array) -> tuple[Array, Array]:
    """Where the middle of the hips is (n, 3), and world landmarks about it, moved towards their lines of sight.

    `known` (n, 33, 6) are image and world, `slopes` (n, 33) of their lines of sight.
    """
    world = known[..., 3:] - 0.5 * (known[:, 23:24, 3:] + known[:, 24:25, 3:])
    place = camera_root.place_of(world, slopes, sure * camera_root.POINT_WEIGHTS)
    return place, camera_root.onto_slopes(world, slopes, place, _SHARE * sure)


def _known(image: Array, world: Array) -> tuple[Array, Bools]:
    """Image and world (..., 6) with zeros for what is missing, and which landmarks are there."""
    both = np.concatenate([image, world], axis=-1, dtype=float)
    there = (np.abs(both) < MOST).all(axis=-1)
    both[~there] = 0.0
    return both, there


def _middle(points: Array, there: Bools, mean: Array) -> Array:
    """(n, 1, c) middle of the hips of points (n, 33, c); their `mean` if the hips are not there."""
    hips = there[:, 23:24] & there[:, 24:25]
    return np.where(hips[..., None], 0.5 * (points[:, 23:24] + points[:, 24:25]), mean)
