# SPDX-License-Identifier: GPL-3.0-or-later
"""The 21 points of each hand: found near the pose's wrist, then tracked."""

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from . import networks, regions
from .crops import Crop
from .data import Floats, HandLandmarks, PoseLandmarks, Region
from .settings import HolisticSettings
from .timing import StageCallback, timed

Side = Literal["left", "right"]

WRIST_PINKY_INDEX: Final[Mapping[Side, tuple[int, int, int]]] = {
    "left": (15, 17, 19),
    "right": (16, 18, 20),
}
"""Pose landmarks of each hand: wrist, pinky and index."""
RECROP_INPUT: Final = 256
INPUT: Final = 224
DEPTH_SCALE: Final = 0.4  # the network's z is too small by this factor
PALM: Final[Sequence[int]] = [0, 1, 2, 3, 5, 6, 9, 10, 13, 14, 17, 18]
"""Hand landmarks that define the next region, without those that move when fingers bend."""


class HandTracker:
    """Tracks one hand from frame to frame. Must not be used by two threads at once; two trackers may run in parallel.

    Args:
        side: the person's own left or right.
        settings: settings of the landmark pipeline.
        on_stage: called with the seconds that the stage "hands" took.
    """

    def __init__(self, side: Side, settings: HolisticSettings, *, on_stage: StageCallback | None = None) -> None:
        self._points = WRIST_PINKY_INDEX[side]
        self._settings = settings
        self._rules = settings.hand_settings
        self._on_stage = on_stage
        self._recrop = networks.load("hand_recrop", provider=settings.provider)
        self._network = networks.load("hand_landmark_full", provider=settings.provider)
        self._last: Floats | None = None

    def forget(self) -> None:
        """Forget the hand of the last frame."""
        self._last = None

    def __call__(self, image: NDArray[np.uint8], pose: PoseLandmarks | None) -> HandLandmarks | None:
        """Find the hand of a pose in an RGB uint8 (H, W, 3) image; None if there is none."""
        if self._settings.static and not self._settings.parity:
            self.forget()
        hand = None
        if pose is not None and pose.visibility[self._points[0]] > self._rules.min_wrist_visibility:
            with timed("hands", self._on_stage):
                hand = self._find(image, pose)
        self._last = None if hand is None else hand.image
        return hand

    def _find(self, image: NDArray[np.uint8], pose: PoseLandmarks) -> HandLandmarks | None:
        rough = self._pose_region(pose)
        if not regions.is_usable(rough, min_side=self._rules.min_region):
            return None
        region = self._new_region(image, rough)
        if self._last is not None:
            last = self._landmark_region(self._last)
            if regions.agrees(last, self._last, own=region, rule=self._rules.tracking):
                region = last
        if not regions.is_usable(region, min_side=self._rules.min_region):
            return None
        return self._estimate(image, region, wrist=pose.world[self._points[0]])

    def _pose_region(self, pose: PoseLandmarks) -> Region:
        wrist, pinky, index = pose.image[list(self._points), :2]
        middle = (2 * index + pinky) / 3
        size = regions.square_around(middle, wrist, target=regions.DOWN)
        return regions.adjusted(size, self._rules.pose_region)

    def _new_region(self, image: NDArray[np.uint8], rough: Region) -> Region:
        """Return the region of the hand that the re-crop network finds in a rough region."""
        crop = Crop.around(rough, RECROP_INPUT)
        points = self._recrop(crop.extract(image, exact=self._settings.parity))["crop"].reshape(2, 2) / RECROP_INPUT
        centre, toward_wrist = crop.to_frame(points)
        square = regions.square_around(centre, toward_wrist, target=regions.DOWN)
        return regions.adjusted(square, self._rules.recrop_region)

    def _landmark_region(self, points: Floats) -> Region:
        """Return the region for tracking a hand with these landmarks."""
        fingers = ((points[5, :2] + points[13, :2]) / 2 + points[9, :2]) / 2
        rotation = regions.rotation_of(points[0], fingers, target=regions.UP)
        lowest = 0.0 if self._settings.parity else -np.inf
        around = regions.rotated_bounding_box(points[PALM], rotation=rotation, lowest_maximum=lowest)
        return regions.adjusted(around, self._rules.landmark_region)

    def _estimate(self, image: NDArray[np.uint8], region: Region, *, wrist: Floats) -> HandLandmarks | None:
        crop = Crop.around(region, INPUT)
        outputs = self._network(crop.extract(image, exact=self._settings.parity))
        presence = float(outputs["presence"][0, 0])
        if not presence > self._rules.min_presence:
            return None
        points = outputs["landmarks"].reshape(21, 3) / INPUT
        points[:, 2] /= DEPTH_SCALE
        world = crop.to_frame_axes(outputs["world"].reshape(21, 3))
        return HandLandmarks(
            image=crop.to_frame(points),
            world=world - world[0] + wrist,
            presence=presence,
            right_handed=float(outputs["right_handed"][0, 0]),
            region=region,
        )


def same_hand(left: HandLandmarks, right: HandLandmarks, *, max_distance: float) -> bool:
    """Whether one hand was found twice: both results overlap and have the same handedness.

    `max_distance` is the greatest mean distance of their points, as a fraction of the hand's size. Folded hands
    overlap too, but differ in handedness.
    """
    if (left.right_handed > 0.5) != (right.right_handed > 0.5):
        return False
    size = np.ptp(left.image[:, :2], axis=0).max()
    distance = np.linalg.norm(left.image[:, :2] - right.image[:, :2], axis=1).mean()
    return bool(distance < max_distance * size)
