# SPDX-License-Identifier: GPL-3.0-or-later
"""All thresholds and filters of the landmark pipeline. The defaults are MediaPipe Holistic's.

Angles are radians, lengths are fractions of a region's side, scores are 0..1, frequencies are hertz.
"""

from dataclasses import dataclass, field
from math import radians
from typing import Literal

Model = Literal["lite", "full", "heavy"]


@dataclass(frozen=True)
class OneEuro:
    """Parameters of a One-Euro filter (Casiez et al., CHI 2012), whose cutoff frequency rises with speed.

    `beta` is the rise per unit of speed; with `scaled`, speed is relative to the person's size instead of in the
    points' own unit.
    """

    min_cutoff: float
    beta: float
    derivative_cutoff: float = 1.0
    scaled: bool = True


@dataclass(frozen=True)
class DetectionSettings:
    """The least score of a detector's boxes, and the intersection over union above which they are averaged into one."""

    min_score: float = 0.5
    min_overlap: float = 0.3


@dataclass(frozen=True)
class RegionAdjustment:
    """How a tight region becomes the one to use: shifted along its own y, made square, then scaled."""

    shift_y: float = 0.0
    scale: float = 1.0


@dataclass(frozen=True)
class TrackingTolerance:
    """How far the region of the last frame's landmarks may differ from this frame's own region before it is dropped.

    `translation` and `scale` are fractions of the own region's sides; `margin` enlarges (or, if negative, shrinks)
    the own region, which must contain all of the last landmarks.
    """

    rotation: float
    translation: float
    scale: float
    margin: float


@dataclass(frozen=True)
class PoseSettings:
    """Settings for finding, tracking and smoothing the body's 33 points."""

    detection: DetectionSettings = DetectionSettings()
    min_score: float = 0.5
    region: RegionAdjustment = RegionAdjustment(scale=1.25)
    heatmap_kernel: int = 7  # cells; Python's mp.solutions effectively uses 9 (it loses the option)
    min_heat: float = 0.5
    visibility_alpha: float = 0.1
    image_filter: OneEuro = OneEuro(0.05, 80.0)
    world_filter: OneEuro = OneEuro(0.1, 40.0, scaled=False)
    region_filter: OneEuro = OneEuro(0.01, 10.0)


@dataclass(frozen=True)
class HandSettings:
    """Settings for finding and tracking the hands, each from the pose's wrist, pinky and index."""

    min_wrist_visibility: float = 0.1
    min_presence: float = 0.5
    pose_region: RegionAdjustment = RegionAdjustment(shift_y=-0.1, scale=2.7)
    recrop_region: RegionAdjustment = RegionAdjustment(shift_y=-0.1)
    landmark_region: RegionAdjustment = RegionAdjustment(shift_y=-0.1, scale=2.0)
    tracking: TrackingTolerance = TrackingTolerance(rotation=radians(40), translation=0.2, scale=0.4, margin=-0.1)
    min_region: float = 1.0  # px; the pose's region of a hand that points at the camera can be empty
    same_hand_distance: float = 0.25  # mean distance, in hand sizes, below which two hands are one hand found twice


@dataclass(frozen=True)
class FollowingSettings:
    """When a face is followed without being detected again, which saves a third of its time.

    That is for at most `frames` frames, while the face's points in the pose move by less than `max_motion` of its size
    from one to the next, and while it is not farther than `tolerance` from them.
    """

    frames: int = 10
    max_motion: float = 0.05
    tolerance: TrackingTolerance = TrackingTolerance(rotation=radians(40), translation=0.25, scale=0.75, margin=0.1)


@dataclass(frozen=True)
class FaceSettings:
    """Settings for finding and tracking the face, from the pose's face points.

    A face whose points in the pose span less than `min_size` pixels (`PoseLandmarks.face_size`) is skipped.
    """

    detection: DetectionSettings = DetectionSettings()
    min_presence: float = 0.5
    pose_region: RegionAdjustment = RegionAdjustment(scale=3.0)
    detection_region: RegionAdjustment = RegionAdjustment(shift_y=-0.1, scale=2.0)
    landmark_region: RegionAdjustment = RegionAdjustment(scale=1.5)
    tracking: TrackingTolerance = TrackingTolerance(rotation=radians(15), translation=0.1, scale=0.3, margin=-0.2)
    following: FollowingSettings = FollowingSettings()
    min_region: float = 1.0  # px
    min_size: float = 0.0


@dataclass(frozen=True)
class HolisticSettings:
    """Settings of the whole landmark pipeline.

    Attributes:
        model: the pose network: lite, full or heavy.
        hands: find the hands.
        face: find the face.
        attention: use the face network with attention, which finds 478 points with irises instead of 468, and the
            network that reads blend shapes from them.
        smooth: filter visibility and pose landmarks over time. (The points that define the region always are.)
        static: frames are unrelated pictures: no tracking, no smoothing.
        second_look: run the pose network on each region's mirror image too, and average the results; its errors in
            left and right, near and far differ there.
        person: whom to follow first where several people are: "centre", "largest", "left" or "right" of the picture, or
            "X,Y", the person nearest to that point in pixels of the picture.
        people: how many people to follow, 0 for everyone.
        parity: behave exactly as MediaPipe does, including its known defects: no pose in the frame in which it is
            lost; the filters of world landmarks and visibility are not reset then; regions of points beyond the left
            or top edge are too large; one hand may be found twice; static still tracks hands and face. Crops are
            rounded as MediaPipe rounds them, which takes a little longer.
        field_of_view: the camera's field of view in degrees along the longer side of the picture; None if unknown.
            Only solvers use it; it is stored in takes.
        provider: ONNX Runtime's provider that runs the networks: "cpu", "cuda", "directml", "coreml" and so on.
        pose_settings: thresholds and filters of the pose; likewise `hand_settings` and `face_settings`.
    """

    model: Model = "full"
    hands: bool = True
    face: bool = True
    attention: bool = True
    smooth: bool = True
    static: bool = False
    second_look: bool = False
    person: str = "largest"
    people: int = 1
    parity: bool = False
    field_of_view: float | None = None
    provider: str = "cpu"
    pose_settings: PoseSettings = field(default_factory=PoseSettings)
    hand_settings: HandSettings = field(default_factory=HandSettings)
    face_settings: FaceSettings = field(default_factory=FaceSettings)
