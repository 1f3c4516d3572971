# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands of a picture as the hand networks see them: at the resolution that a real camera's picture would have.

The pose network sees 256 pixels of a person however large the picture is, so pictures of pairs are small. The hand
networks cut their regions out of the whole picture, where hands have four times as many pixels. So only the part
that they look at is drawn once more, larger.
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
"""Pixels of the user's picture for each of ours: pictures of 350 to 1100 lines, people 250 to 1000 high."""
_LARGEST: Final = 512
_SMALLEST: Final = 8.0
_MARGIN: Final = 1.5  # of the region's size: it may be turned, and the second region may reach beyond the first


@dataclass(frozen=True)
class Hands:
    """The person's left hand, then the right; NaN where one was not found.

    Attributes:
        image: (2, 21, 3) px of the picture.
        world: (2, 21, 3) m, the wrist at the pose's.
        presence: (2,) the network's score.
    """

    image: Array
    world: Array
    presence: Array


def hands_of(left: HandLandmarks | None, right: HandLandmarks | None) -> Hands:
    """What was found, as arrays."""
    result = Hands(np.full((2, 21, 3), np.nan), np.full((2, 21, 3), np.nan), np.full(2, np.nan))
    for side, hand in enumerate((left, right)):
        if hand is not None:
            result.image[side], result.world[side] = hand.image, hand.world
            result.presence[side] = hand.presence
    return result


def no_hands() -> Hands:
    """No hands."""
    return hands_of(None, None)


class HandDetector:
    """Runs the pipeline's hand networks on windows of a picture. Pictures are unrelated to each other."""

    def __init__(self, settings: HolisticSettings) -> None:
        self._rules = settings.hand_settings
        self._trackers = {side: HandTracker(side, settings) for side in SIDES}

    def __call__(
        self, rng: np.random.Generator, camera: Camera, pose: PoseLandmarks, render: Callable[[Window], Image]
    ) -> Hands:
        """The hands of a pose that was found in a camera's picture; `render` draws a window of it."""
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
    """The part of a picture in which a hand's region lies; None where that is outside it, or next to nothing.

    Args:
        middle: (2,) px of the hand's middle, and `wrist` (2,), both the pose's.
        camera: whose picture it is.
        scale: pixels of the window for each of the picture; less, where the hand is large.
        grow: side of the region in twice the distance from middle to wrist.
    """
    radius = _MARGIN * grow * float(np.linalg.norm(middle - wrist))
    low = np.maximum(np.floor(middle - radius), 0.0)
    size = np.minimum(np.ceil(middle + radius), [camera.width, camera.height]) - low
    if not np.isfinite(radius) or size.min() < _SMALLEST:
        return None
    scale = min(scale, _LARGEST / float(size.max()))
    width, height = (max(1, round(side * scale)) for side in size)
    return Window(float(low[0]), float(low[1]), width, height, scale)
