# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lifter sees of hands: each in the frame of its own palm, a right one in a mirror."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from .frames import finger_frames, palm_frames

if TYPE_CHECKING:
    from .tokens import Points, Rest

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]

HAND_FEATURES: Final = 13
PALM_FEATURES: Final = 12
FAR: Final = np.array(8.0, np.float32)
"""Features are cut off here: people are within 3 of their middle, what is farther is no person."""
MOST: Final = 1e6
"""Coordinates beyond this count as missing."""
REFLECT: Final = np.array([-1.0, 1.0, 1.0])
_SIDES: Final = np.array([[[1.0, 1.0, 1.0]], [REFLECT]])
_KNUCKLES: Final = np.array([5, 9, 13, 17])
_KNUCKLES_MEAN: Final = np.isin(np.arange(21), _KNUCKLES) / len(_KNUCKLES)
_FROM_PICTURE: Final = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Makes rows of x right, y down, z away from the camera those of Blender's axes."""


def read_hands(
    points: "Points", rest: "Rest", middle: Array, scale: Array
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], Array]:
    """Tokens (n, 2, 21, 13) and (n, 2, 12), finger frames (n, 2, 15, 3, 3), and palms' turns (n, 2, 3, 3), or 0."""
    n = len(scale)
    tokens, palms = np.zeros((2 * n, 21, HAND_FEATURES), np.float32), np.zeros((2 * n, PALM_FEATURES), np.float32)
    fingers, turns = np.empty((2 * n, 15, 3, 3), np.float32), np.zeros((2 * n, 3, 3))
    fingers[:] = rest.fingers
    image, world = points.hand_image.reshape(2 * n, 21, 3), points.hand_world.reshape(2 * n, 21, 3)
    # Most pictures show no hand that is found: only those that are there are read.
    there = (np.abs(image) < MOST) & (np.abs(world) < MOST)
    rows = np.flatnonzero(there.reshape(2 * n, 63).all(axis=1))
    if len(rows):
        hand = _Hand.of(image.take(rows, axis=0), world.take(rows, axis=0))
        if not hand.whole.all():
            rows, hand = rows[hand.whole], hand.part(hand.whole)
        side, frame = rows % 2, rows // 2
        presence = np.fmin(np.fmax(points.hand_presence.reshape(2 * n).take(rows), 0.0), 1.0)
        beside = within((hand.image[..., :2] - middle[frame, None]) / scale[frame, None, None], FAR)
        turn = hand.frames @ rest.palms_back[side]
        # Row vectors times a turn are turned back by it.
        back = turn * _SIDES[side]
        near = hand.world @ (back / hand.reach)
        told = np.empty((len(rows), 21, HAND_FEATURES), np.float32)
        told[..., :3], told[..., 6:9] = near, back[:, 1:2]
        told[..., 3:6] = (hand.image - hand.image[:, :1]) @ (_FROM_PICTURE @ back / hand.width)
        told[..., 9:11], told[..., 11], told[..., 12] = beside * _SIDES[side, :, :2], presence[:, None], 1.0
        tokens[rows], turns[rows] = within(told, FAR), turn
        palm = np.empty((len(rows), PALM_FEATURES), np.float32)
        palm[:, :3], palm[:, 3:6], palm[:, 6:8] = hand.frames[..., 1], hand.frames[..., 2], beside[:, 0]
        palm[:, 8:10], palm[:, 10], palm[:, 11] = _KNUCKLES_MEAN @ beside, presence, 1.0
        palms[rows] = palm
        bent = finger_frames(near, rest.beside_fingers)
        fingers[rows] = np.where(np.isfinite(bent).all(axis=(-1, -2), keepdims=True), bent, rest.fingers)
    shape = n, 2
    return (
        tokens.reshape(*shape, 21, HAND_FEATURES),
        palms.reshape(*shape, PALM_FEATURES),
        fingers.reshape(*shape, 15, 3, 3),
        turns.reshape(*shape, 3, 3),
    )


@dataclass(frozen=True)
class _Hand:
    """m hands: image and world (m, 21, 3), this about the wrist, palms' frames (m, 3, 3), width in pixels and reach in
    metres (m, 1, 1), and which (m,) are no mere points."""

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


def within(values: NDArray[Any], most: NDArray[Any]) -> NDArray[Any]:
    """Values between -`most` and `most`: numpy's own clip takes five times as long for few."""
    return np.minimum(np.maximum(values, -most), most)
