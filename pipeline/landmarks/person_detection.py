# SPDX-License-Identifier: GPL-3.0-or-later
"""Detecting people in a whole picture: the regions in which the pose network then looks for their points."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from . import detection, networks, regions
from .crops import Crop
from .data import Region
from .settings import HolisticSettings
from .timing import StageCallback, timed


@dataclass(frozen=True)
class DetectedPerson:
    """A person in a picture: score 0..1, and the square region in pixels around the whole body."""

    score: float
    region: Region


class PersonDetector:
    """Finds everyone in a picture. May be called from any thread.

    Args:
        settings: settings of the landmark pipeline.
        on_stage: called with the seconds that the stage "detect" took.
    """

    def __init__(self, settings: HolisticSettings, *, on_stage: StageCallback | None = None) -> None:
        self._rules = settings.pose_settings
        self._exact = settings.parity
        self._on_stage = on_stage
        self._network = networks.load(detection.POSE_DETECTOR.network, provider=settings.provider)

    def __call__(self, image: NDArray[np.uint8], view: Region | None = None) -> list[DetectedPerson]:
        """Return the people in an RGB uint8 (H, W, 3) image, or in a square part of it, best score first."""
        with timed("detect", self._on_stage):
            detector = detection.POSE_DETECTOR
            view = view or regions.whole_frame(image.shape[1], image.shape[0])
            crop = Crop.around(view, detector.size)
            outputs = self._network(crop.extract(image, values="-1..1", zero_border=True, exact=self._exact))
            people = []
            for detected in detection.all_detections(detector, outputs, self._rules.detection):
                hips, scale_point = crop.to_frame(detected.points[:2])
                square = regions.square_around(hips, scale_point, target=regions.UP)
                people.append(DetectedPerson(detected.score, regions.adjusted(square, self._rules.region)))
            return people
