# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters over time: One-Euro for coordinates, an exponential moving average for visibility."""

from dataclasses import replace
from math import pi

import numpy as np

from ...models.body import filter as one_euro
from .data import Floats, Landmarks, LandmarkTrack, PoseLandmarks, Region
from .settings import HolisticSettings, OneEuro


class OneEuroFilter:
    """MediaPipe's One-Euro filter of an array, element by element.

    Unlike in the paper, speed is measured on the raw values, and may be relative to the person's size.
    """

    def __init__(self, settings: OneEuro) -> None:
        self._scaled = settings.scaled
        self._filter = one_euro.OneEuroFilter(
            settings.min_cutoff, settings.beta, speed_cutoff=settings.derivative_cutoff, low_pass=_weight
        )
        self.reset()

    def reset(self) -> None:
        """Forget the past: the next values pass through."""
        self._filter.reset()
        self._time: float | None = None

    def __call__(self, values: Floats, time: float, *, size: float = 1.0) -> Floats:
        """Filter values at a time in seconds.

        `size` is the person's size in the values' unit, by which speeds are divided if the settings are `scaled`.
        Values that are not later than the last ones, or have a size of 0, are returned unchanged and not remembered.
        """
        unit = size if self._scaled else 1.0
        elapsed = 0.0 if self._time is None else time - self._time
        if unit < 1e-6 or (self._time is not None and elapsed <= 0):
            return values
        self._time = time
        return self._filter.step(elapsed, values, unit=unit)


def _weight(cutoff: Floats | float, elapsed: float) -> Floats:
    """Return MediaPipe's weight of a new value: the low-pass filter discretized with the Euler method."""
    return np.asarray(1 / (1 + 1 / (2 * pi * elapsed * cutoff)))


class ExponentialMean:
    """An exponential moving average: each new array has the weight `alpha`, whatever the time between them."""

    def __init__(self, alpha: float) -> None:
        self._alpha = alpha
        self._mean: Floats | None = None

    def reset(self) -> None:
        """Forget the past: the next values pass through."""
        self._mean = None

    def __call__(self, values: Floats) -> Floats:
        """Add new values and return the average."""
        if self._mean is None:
            self._mean = values
        else:
            self._mean = self._mean + self._alpha * (values - self._mean)
        return self._mean


class PoseSmoother:
    """MediaPipe's filters of one person's pose: visibility, then coordinates, in the image and in metres.

    Its state is decided by the stream alone, so that poses can be smoothed while they are found, or from a take later.

    Args:
        settings: settings of the landmark pipeline; without `smooth`, poses pass through.
    """

    def __init__(self, settings: HolisticSettings) -> None:
        rules = settings.pose_settings
        self._smooth, self._parity = settings.smooth, settings.parity
        self._visibility = ExponentialMean(rules.visibility_alpha)
        self._image_filter = OneEuroFilter(rules.image_filter)
        self._world_filter = OneEuroFilter(rules.world_filter)

    def reset(self) -> None:
        """Forget the person."""
        self._visibility.reset()
        self._image_filter.reset()
        self._world_filter.reset()

    def lose(self) -> None:
        """Take note of a frame without the person. MediaPipe then resets only the filter of the image's points."""
        self._image_filter.reset()
        if not self._parity:
            self.reset()

    def pose(self, pose: PoseLandmarks, time: float) -> PoseLandmarks:
        """Return the smoothed pose for the next pose, at a time in seconds."""
        if not self._smooth:
            return pose
        if not pose.tracked:
            self.lose()
        return replace(
            pose,
            visibility=self._visibility(pose.visibility),
            image=self._image_filter(pose.image, time, size=pose.size),
            world=self._world_filter(pose.world, time),
        )

    def frame(self, landmarks: Landmarks) -> Landmarks:
        """Return the next frame's landmarks with the pose smoothed; a frame without a pose resets the filters."""
        if landmarks.pose is None:
            self.lose()
            return landmarks
        return replace(landmarks, pose=self.pose(landmarks.pose, landmarks.time))


def smoothed_track(track: LandmarkTrack, settings: HolisticSettings) -> LandmarkTrack:
    """Return a track of poses as found with its poses smoothed, as the settings say."""
    if not settings.smooth:
        return track
    smoother, nowhere = PoseSmoother(settings), Region(np.nan, np.nan, np.nan, np.nan, np.nan)
    image, world, visibility = track.pose_image.copy(), track.pose_world.copy(), track.visibility.copy()
    for i, time in enumerate(track.time):
        if np.isnan(image[i]).all():
            smoother.lose()
            continue
        size, tracked = float(np.nan_to_num(track.person_size[i])), bool(track.tracked[i])
        found = PoseLandmarks(image[i], world[i], visibility[i], track.presence[i], 1.0, nowhere, size, tracked)
        pose = smoother.pose(found, float(time))
        image[i], world[i], visibility[i] = pose.image, pose.world, pose.visibility
    return replace(track, pose_image=image, pose_world=world, visibility=visibility)
