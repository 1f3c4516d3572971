# SPDX-License-Identifier: GPL-3.0-or-later
"""Detecting the hands in a picture at the resolution of a real camera.

The pose network's input has 256 pixels, whatever the size of the picture, so pictures of pairs are small. The hand
networks crop their regions from the full picture, in which hands have four times as many pixels. So only the part
that they need is rendered again, at a larger scale.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.landmarks.data import HandLandmarks, PoseLandmarks
from ....pipeline.landmarks.hands import WRIST_PINKY_INDEX, HandTracker, Side, same_hand
from ....pipeline.landmarks.settings import HolisticSettings
from .views import Camera, Window

Array = NDArray[np.float64]
Image = NDArray[np.uint8]

SIDES: Final[tuple[Side, Side]] = ("left", "right")
SCALES: Final = (0.95, 2.9)
"""Range of the scale of a user's picture: 350 to 1100 pixels high, with people of 250 to 1000 pixels."""
_LARGEST: Final = 512
_SMALLEST: Final = 8.0
_MARGIN: Final = 1.5  # on the region's size: it may be rotated, and the second region may extend beyond the first


@dataclass(frozen=True)
class Hands:
    """The person's left hand, then the right; NaN if not found.

    Attributes:
        image: (2, 21, 3) px of the picture.
        world: (2, 21, 3) m, with the wrist at the pose's.
        presence: (2,) the network's score.
    """

    image: Array
    world: Array
    presence: Array


def hands_of(left: HandLandmarks | None, right: HandLandmarks | None) -> Hands:
    """Combine the results for both hands."""
    result = Hands(np.full((2, 21, 3), np.nan), np.full((2, 21, 3), np.nan), np.full(2, np.nan))
    for side, hand in enumerate((left, right)):
        if hand is not None:
            result.image[side], result.world[side] = hand.image, hand.world
            result.presence[side] = hand.presence
    return result


def no_hands() -> Hands:
    """Return the result without hands."""
    return hands_of(None, None)


class HandDetector:
    """Runs the pipeline's hand networks on windows of unrelated pictures."""

    def __init__(self, settings: HolisticSettings) -> None:
        self._rules = settings.hand_settings
        self._trackers = {side: HandTracker(side, settings) for side in SIDES}

    def __call__(
        self, rng: np.random.Generator, camera: Camera, pose: PoseLandmarks, render: Callable[[Window], Image]
    ) -> Hands:
        """Detect the hands of a pose that was found in a camera's picture; `render` draws a window of it."""
        scale = float(np.exp(rng.uniform(*np.log(SCALES))))
        left, right = (self._find(side, camera, pose, render, scale) for side in SIDES)
        limit = self._rules.same_hand_distance
        if left is not None and right is not None and same_hand(left, right, max_distance=limit):
            return hands_of(None, right) if left.right_handed > 0.5 else hands_of(left, None)
        return hands_of(left, right)

    def _find(
        self, side: Side, camera: Camera, pose: PoseLandmarks, render: Callable[[Window], Image], scale: float
    ) -> HandLandmarks | None:
        wrist, pinky, index = pose.image[list(WRIST_PINKY_INDEX[side]), :2]
        window = window_about((2.0 * index + pinky) / 3.0, wrist, camera, scale, grow=self._rules.pose_region.scale)
        if window is None or not pose.visibility[WRIST_PINKY_INDEX[side][0]] > self._rules.min_wrist_visibility:
            return None
        hand = self._trackers[side](render(window), replace(pose, image=window.inward(pose.image)))
        return None if hand is None else replace(hand, image=window.outward(hand.image))


def window_about(middle: Array, wrist: Array, camera: Camera, scale: float, *, grow: float) -> Window | None:
    """Return the part of a picture that contains a hand's region; None if that is outside the picture or tiny.

    Args:
        middle: (2,) px, the centre of the hand from the pose.
        wrist: (2,) px, its wrist from the pose.
        camera: the picture's camera.
        scale: pixels of the window per pixel of the picture; reduced for large hands.
        grow: side of the region, relative to twice the distance from the centre to the wrist.
    """
    radius = _MARGIN * grow * float(np.linalg.norm(middle - wrist))
    low = np.maximum(np.floor(middle - radius), 0.0)
    size = np.minimum(np.ceil(middle + radius), [camera.width, camera.height]) - low
    if not np.isfinite(radius) or size.min() < _SMALLEST:
        return None
    scale = min(scale, _LARGEST / float(size.max()))
    width, height = (max(1, round(side * scale)) for side in size)
    return Window(float(low[0]), float(low[1]), width, height, scale)
