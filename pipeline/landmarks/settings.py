# SPDX-License-Identifier: GPL-3.0-or-later
"""Every threshold and filter of the landmark pipeline, by name. The defaults are MediaPipe Holistic's.

Angles are radians, lengths are fractions of a region's side, scores are 0..1, frequencies are hertz.
"""

from dataclasses import dataclass, field
from math import radians
from typing import Literal

Model = Literal["lite", "full", "heavy"]


@dataclass(frozen=True)
class OneEuro:
    """A One-Euro filter (Casiez et al., CHI 2012): the cutoff rises with speed, so rest is calm and motion quick.

    `beta` is per unit of speed; `scaled` measures that speed in sizes of the person, not in the points' own unit.
    """

    min_cutoff: float
    beta: float
    derivative_cutoff: float = 1.0
    scaled: bool = True


@dataclass(frozen=True)
class DetectionSettings:
    """Which boxes of a detector count, and how much they must overlap (over union) to be averaged into one."""

    min_score: float = 0.5
    min_overlap: float = 0.3


@dataclass(frozen=True)
class RegionAdjustment:
    """How a region is made from a tighter one: moved along its own axes, squared, then enlarged."""

    shift_y: float = 0.0
    scale: float = 1.0


@dataclass(frozen=True)
class TrackingTolerance:
    """How far the region of the last frame's landmarks may lie from this frame's own before it is dropped.

    `translation` and `scale` are fractions of the own region's sides; `margin` enlarges (or, negative, shrinks)
    the own region, inside which all the last landmarks must lie.
    """

    rotation: float
    translation: float
    scale: float
    margin: float


@dataclass(frozen=True)
class PoseSettings:
    """Finding, tracking and smoothing the body's 33 points."""

    detection: DetectionSettings = DetectionSettings()
    min_score: float = 0.5
    region: RegionAdjustment = RegionAdjustment(scale=1.25)
    heatmap_kernel: int = 7  # cells; mp.solutions of Python effectively runs 9 (it loses the option)
    min_heat: float = 0.5
    visibility_alpha: float = 0.1
    image_filter: OneEuro = OneEuro(0.05, 80.0)
    world_filter: OneEuro = OneEuro(0.1, 40.0, scaled=False)
    region_filter: OneEuro = OneEuro(0.01, 10.0)


@dataclass(frozen=True)
class HandSettings:
    """Finding and tracking the hands, each from the pose's wrist, pinky and index."""

    min_wrist_visibility: float = 0.1
    min_presence: float = 0.5
    pose_region: RegionAdjustment = RegionAdjustment(shift_y=-0.1, scale=2.7)
    recrop_region: RegionAdjustment = RegionAdjustment(shift_y=-0.1)
    landmark_region: RegionAdjustment = RegionAdjustment(shift_y=-0.1, scale=2.0)
    tracking: TrackingTolerance = TrackingTolerance(rotation=radians(40), translation=0.2, scale=0.4, margin=-0.1)
    min_region: float = 1.0  # px; a hand that points at the camera can shrink the pose's region to nothing
    same_hand_distance: float = 0.25  # two hands nearer than this (mean, of their size) are one hand found twice


@dataclass(frozen=True)
class FaceSettings:
    """Finding and tracking the face, from the pose's face points.

    A face whose points in the pose are all within `min_size` pixels is not looked for.
    """

    detection: DetectionSettings = DetectionSettings()
    min_presence: float = 0.5
    pose_region: RegionAdjustment = RegionAdjustment(scale=3.0)
    detection_region: RegionAdjustment = RegionAdjustment(shift_y=-0.1, scale=2.0)
    landmark_region: RegionAdjustment = RegionAdjustment(scale=1.5)
    tracking: TrackingTolerance = TrackingTolerance(rotation=radians(15), translation=0.1, scale=0.3, margin=-0.2)
    min_region: float = 1.0  # px
    min_size: float = 0.0


@dataclass(frozen=True)
class HolisticSettings:
    """What to look for and how.

    Attributes:
        model: which pose network: lite, full or heavy.
        hands: find the hands.
        face: find the face.
        attention: the face network with attention: 478 points with irises instead of 468.
        smooth: filter visibility and pose landmarks over time. (What tracks the region is always filtered.)
        static: frames are unrelated pictures: no tracking, no smoothing.
        second_look: show each region to the pose network once more in a mirror, and average: what it gets wrong about
            left and right, near and far it gets wrong otherwise there.
        parity: behave exactly as MediaPipe does, its known defects included: no pose in the frame where one is
            lost; the world filter and visibility live on through a loss; regions of points beyond the left or
            top edge are too large; one hand may be found twice; static keeps tracking hands and face. Crops are
            rounded as MediaPipe rounds them, which takes a little longer.
        field_of_view: degrees that the camera sees along the longer side of the picture; None if nobody knows. Only
            solvers use it; a take remembers it.
        provider: where networks run: "cpu", or another of ONNX Runtime's, such as "cuda", "directml", "coreml".
        pose_settings: thresholds and filters of the pose, likewise `hand_settings` and `face_settings`.
    """

    model: Model = "full"
    hands: bool = True
    face: bool = True
    attention: bool = True
    smooth: bool = True
    static: bool = False
    second_look: bool = False
    parity: bool = False
    field_of_view: float | None = None
    provider: str = "cpu"
    pose_settings: PoseSettings = field(default_factory=PoseSettings)
    hand_settings: HandSettings = field(default_factory=HandSettings)
    face_settings: FaceSettings = field(default_factory=FaceSettings)
