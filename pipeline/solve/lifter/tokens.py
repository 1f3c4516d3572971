# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifter's input: landmarks as tokens, and the frames from geometry that it corrects.

The lifter does not output rotations, but corrections to the frames that the landmarks give: two directions for each
joint, along the bone and beside it, from which a frame is made (the 6D rotations of Zhou et al., CVPR 2019, relative
to a base). Without corrections, limbs and fingers point to where the landmarks are, after those were moved onto their
lines of sight.

The body's tokens are in camera coordinates. A hand's are in the frame of its own palm, those of the right hand
mirrored, so that both hands are alike to the network, however they are held.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...landmarks.names import POSE_MIRROR
from ..camera import POINT_WEIGHTS, Plane, locate_from_slopes, move_onto_slopes, slopes_of
from ..geometry import Array, clip_to
from ..points import MAX_COORDINATE
from .frames import HAND_PLACES, NEEDED, REFLECT, SOLVED_MIRROR, Rest, body_frames, finger_frames, palm_frames

Bools = NDArray[np.bool_]

FEATURES: Final = 14
HAND_FEATURES: Final = 13
PALM_FEATURES: Final = 12
MAX_FEATURE: Final = np.array(8.0, np.float32)
"""Limit of features, in units of the person's spread: people are within 3 of their centre."""
_SIDES: Final = np.array([[[1.0, 1.0, 1.0]], [REFLECT]])
_KNUCKLES: Final = np.array([5, 9, 13, 17])
_KNUCKLES_MEAN: Final = np.isin(np.arange(21), _KNUCKLES) / len(_KNUCKLES)
_FROM_PICTURE: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Converts row vectors from x right, y down, z away from the camera to Blender's axes."""
_MIN_SPREAD: Final = 1e-6
"""Points with a smaller spread are degenerate."""
_MAX_SLOPE: Final = np.array(2.0)
"""Limit of the tangent of the angle from the camera's axis."""
_RAY_SHARE: Final = 0.8
"""Fraction by which a point of full confidence is moved onto its line of sight."""
_HALVES: Final = np.repeat(np.eye(2), 3, axis=0)
"""(6, 2) which of six coordinates are image and which are world coordinates."""
_DOWN: Final = np.array([1.0, -1.0])
_POINT_MIRROR: Final = np.array(POSE_MIRROR)
_SOLVED_MIRROR: Final = np.array(SOLVED_MIRROR)
_TOKEN_SIGNS: Final = np.array([-1, 1, 1, -1, 1, -1, 1, 1, -1, 1, 1, 1, 1, 1], np.float32)
_PALM_SIGNS: Final = np.array([-1, 1, 1, -1, 1, 1, -1, 1, -1, 1, 1, 1], np.float32)
"""Signs by which mirroring changes features."""


@dataclass(frozen=True)
class Points:
    """Landmarks of n frames, NaN where missing.

    Attributes:
        image: (n, 33, 3) px.
        world: (n, 33, 3) metres in Blender's axes.
        certainty: (n, 33, 2) visibility and presence, 0..1.
        hand_image: (n, 2, 21, 3) px, left then right.
        hand_world: (n, 2, 21, 3) metres in Blender's axes.
        hand_presence: (n, 2) 0..1.
        centre: (n, 2) px, the middle of the picture.
        focal: (n,) focal length in pixels, known or assumed.
    """

    image: Array
    world: Array
    certainty: Array
    hand_image: Array
    hand_world: Array
    hand_presence: Array
    centre: Array
    focal: Array

    def part(self, rows: slice) -> "Points":
        """Return some of the frames."""
        return Points(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class LifterInput:
    """The lifter's input for n frames.

    Attributes:
        tokens: (n, 33, 14) float32: image x, y, z relative to the hips in units of the person's spread; x and y
            relative to the picture's centre in focal lengths; the world landmark, and the same moved onto its line of
            sight, both relative to the hips in units of spread; visibility, presence, and 1. Zeros for a missing
            landmark.
        hands: (n, 2, 21, 13) float32: the world landmark, the image landmark and the direction into the picture, in
            the palm's frame; image x, y relative to the person's hips (mirrored for a right hand); presence, and 1.
        palms: (n, 2, 12) float32: Y and Z of the palm's frame; wrist and centre of the knuckles in the image relative
            to the person's hips; presence, and 1. Zeros for a missing hand.
        base: (n, 22, 3, 3) float32 frames of the joints from geometry, columns as in `rotations.frame`.
        fingers: (n, 2, 15, 3, 3) float32 frames of the finger joints in the palm's frame, mirrored for a right hand.
        rough: (n, 2, 3, 3) float32 base frames of the hands without their own landmarks.
        place: (n, 3) metres, position of the hips' centre relative to the camera; NaN if unknown.
        found: (n,) whether more than half of the body's landmarks were found.
        hand_found: (n, 2) whether the hand was found.
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

    def part(self, rows: slice) -> "LifterInput":
        """Return some of the frames."""
        return LifterInput(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def concat(self, other: "LifterInput") -> "LifterInput":
        """Return these frames followed by those of another input."""
        return LifterInput.joined([self, other])

    @classmethod
    def joined(cls, parts: "Sequence[LifterInput]") -> "LifterInput":
        """Return the frames of several inputs, one after the other."""
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in cls.__dataclass_fields__))


def tokenize(points: Points, rest: Rest) -> LifterInput:
    """Make tokens and base frames from landmarks, for a body with the given rest frames."""
    known, present = _known(points.image, points.world)
    weight = (present / np.maximum(present.sum(axis=1), 1)[:, None])[:, None]
    mean = weight @ known
    spread = np.sqrt(weight @ np.square(known - mean) @ _HALVES)
    present &= (spread > _MIN_SPREAD).all(axis=2)
    middle, scale = _middle(known, present, mean), np.maximum(spread, _MIN_SPREAD) @ _HALVES.T
    certainty = np.fmin(np.fmax(points.certainty, 0.0), 1.0) * present[..., None]
    slopes = slopes_of(known[..., :2], focal=points.focal, centre=points.centre)
    place, moved = _move_onto_rays(known, slopes, np.minimum(certainty[..., 0], certainty[..., 1]))
    tokens = np.empty((*present.shape, FEATURES), np.float32)
    normalized = (known - middle) / scale
    tokens[..., :3], tokens[..., 5:8] = normalized[..., :3], normalized[..., 3:]
    tokens[..., 3:5] = clip_to(slopes[..., None].view(float), _MAX_SLOPE) * _DOWN
    centre = moved.sum(axis=1, keepdims=True) / present.shape[1]
    tokens[..., 8:11] = (moved - _middle(moved, present, centre)) / scale[..., 3:]
    tokens[..., 11:13], tokens[..., 13] = certainty, 1.0
    tokens = clip_to(tokens, MAX_FEATURE) * present[..., None]
    base = body_frames(moved, rest.hinges)
    shown = np.isfinite(base).reshape(*base.shape[:2], 9).all(axis=-1) & ~(~present @ NEEDED.T)
    base = np.where(shown[..., None, None], base, rest.frames)
    hands, palms, fingers, palm_rotations = _read_hands(points, rest, middle[:, 0, :2], scale[:, 0, 0])
    hand_found = palms[..., -1] > 0.0
    rough = base[:, HAND_PLACES]
    base[:, HAND_PLACES] = np.where(hand_found[..., None, None], palm_rotations @ rest.frames[HAND_PLACES], rough)
    found = present.sum(axis=1) * 2 > present.shape[1]
    place[~found] = np.nan
    return LifterInput(
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


def without_hands(inputs: LifterInput, rest: Rest) -> LifterInput:
    """Return the input as if no hand had been found."""
    base, fingers = inputs.base.copy(), np.empty_like(inputs.fingers)
    base[:, HAND_PLACES], fingers[:] = inputs.rough, rest.fingers
    nothing = np.zeros_like(inputs.hands), np.zeros_like(inputs.palms)
    nobody = np.zeros_like(inputs.hand_found)
    return LifterInput(inputs.tokens, *nothing, base, fingers, inputs.rough, inputs.place, inputs.found, nobody)


def mirrored_input(inputs: LifterInput, rest: Rest) -> LifterInput:
    """Return the input of the picture mirrored about its middle."""
    tokens, palms = inputs.tokens.take(_POINT_MIRROR, axis=1) * _TOKEN_SIGNS, inputs.palms[:, ::-1] * _PALM_SIGNS
    base = inputs.base.take(_SOLVED_MIRROR, axis=1) * rest.base_signs
    rough = inputs.rough[:, ::-1] * rest.base_signs[HAND_PLACES]
    place, hand_found = inputs.place * REFLECT, inputs.hand_found[:, ::-1]
    return LifterInput(
        tokens, inputs.hands[:, ::-1], palms, base, inputs.fingers[:, ::-1], rough, place, inputs.found, hand_found
    )


def _move_onto_rays(known: Array, slopes: Plane, confidence: Array) -> tuple[Array, Array]:
    """Return the position (n, 3) of the hips' centre, and world landmarks about it moved towards their lines of sight.

    `known` (n, 33, 6) are image and world landmarks, `slopes` (n, 33) those of their lines of sight.
    """
    world = known[..., 3:] - 0.5 * (known[:, 23:24, 3:] + known[:, 24:25, 3:])
    place = locate_from_slopes(world, slopes, confidence * POINT_WEIGHTS)
    return place, move_onto_slopes(world, slopes, place, _RAY_SHARE * confidence)


def _known(image: Array, world: Array) -> tuple[Array, Bools]:
    """Return image and world landmarks (..., 6) with zeros where missing, and which landmarks are present."""
    both = np.concatenate([image, world], axis=-1, dtype=float)
    present = (np.abs(both) < MAX_COORDINATE).all(axis=-1)
    both[~present] = 0.0
    return both, present


def _middle(points: Array, present: Bools, mean: Array) -> Array:
    """Return the midpoint (n, 1, c) of the hips in points (n, 33, c); their `mean` if the hips are missing."""
    hips = present[:, 23:24] & present[:, 24:25]
    return np.where(hips[..., None], 0.5 * (points[:, 23:24] + points[:, 24:25]), mean)


def _read_hands(
    points: Points, rest: Rest, middle: Array, scale: Array
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], Array]:
    """Return tokens (n, 2, 21, 13) and (n, 2, 12), finger frames (n, 2, 15, 3, 3), and rotations of the palms.

    The rotations (n, 2, 3, 3) are 0 for hands that were not found.
    """
    n = len(scale)
    tokens, palms = np.zeros((2 * n, 21, HAND_FEATURES), np.float32), np.zeros((2 * n, PALM_FEATURES), np.float32)
    fingers, palm_rotations = np.empty((2 * n, 15, 3, 3), np.float32), np.zeros((2 * n, 3, 3))
    fingers[:] = rest.fingers
    image, world = points.hand_image.reshape(2 * n, 21, 3), points.hand_world.reshape(2 * n, 21, 3)
    # In most pictures no hand is found, so only the hands that were found are processed.
    present = (np.abs(image) < MAX_COORDINATE) & (np.abs(world) < MAX_COORDINATE)
    rows = np.flatnonzero(present.reshape(2 * n, 63).all(axis=1))
    if len(rows):
        hand = _Hand.of(image.take(rows, axis=0), world.take(rows, axis=0))
        if not hand.whole.all():
            rows, hand = rows[hand.whole], hand.part(hand.whole)
        side, frame = rows % 2, rows // 2
        presence = np.fmin(np.fmax(points.hand_presence.reshape(2 * n).take(rows), 0.0), 1.0)
        in_picture = clip_to((hand.image[..., :2] - middle[frame, None]) / scale[frame, None, None], MAX_FEATURE)
        rotation = hand.frames @ rest.palms_inverse[side]
        # A row vector times a rotation matrix is rotated by its inverse.
        back = rotation * _SIDES[side]
        normalized = hand.world @ (back / hand.reach)
        features = np.empty((len(rows), 21, HAND_FEATURES), np.float32)
        features[..., :3], features[..., 6:9] = normalized, back[:, 1:2]
        features[..., 3:6] = (hand.image - hand.image[:, :1]) @ (_FROM_PICTURE @ back / hand.width)
        features[..., 9:11], features[..., 11], features[..., 12] = (
            in_picture * _SIDES[side, :, :2],
            presence[:, None],
            1.0,
        )
        tokens[rows], palm_rotations[rows] = clip_to(features, MAX_FEATURE), rotation
        palm = np.empty((len(rows), PALM_FEATURES), np.float32)
        palm[:, :3], palm[:, 3:6], palm[:, 6:8] = hand.frames[..., 1], hand.frames[..., 2], in_picture[:, 0]
        palm[:, 8:10], palm[:, 10], palm[:, 11] = _KNUCKLES_MEAN @ in_picture, presence, 1.0
        palms[rows] = palm
        finger = finger_frames(normalized, rest.finger_sides)
        fingers[rows] = np.where(np.isfinite(finger).all(axis=(-1, -2), keepdims=True), finger, rest.fingers)
    shape = n, 2
    return (
        tokens.reshape(*shape, 21, HAND_FEATURES),
        palms.reshape(*shape, PALM_FEATURES),
        fingers.reshape(*shape, 15, 3, 3),
        palm_rotations.reshape(*shape, 3, 3),
    )


@dataclass(frozen=True)
class _Hand:
    """m hands: image and world landmarks (m, 21, 3), the latter relative to the wrist, palms' frames (m, 3, 3), width
    in pixels and reach in metres (m, 1, 1), and which (m,) are not degenerate."""

    image: Array
    world: Array
    frames: Array
    width: Array
    reach: Array
    whole: Bools

    @classmethod
    def of(cls, image: Array, world: Array) -> "_Hand":
        world = world - world[:, :1]
        frames = palm_frames(world)
        reach = np.sqrt(np.square(world.take(_KNUCKLES, axis=1)).sum(axis=-1)).sum(axis=-1) / len(_KNUCKLES)
        flat = image[..., :2] - image[..., :2].sum(axis=1, keepdims=True) / image.shape[1]
        width = np.sqrt(np.square(flat).sum(axis=(1, 2)) / image.shape[1])
        whole = (width > 1e-6) & (reach > 1e-4) & np.isfinite(frames).reshape(-1, 9).all(axis=1)
        return cls(image, world, frames, width[:, None, None], reach[:, None, None], whole)

    def part(self, rows: Bools) -> "_Hand":
        return _Hand(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))
