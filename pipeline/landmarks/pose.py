# SPDX-License-Identifier: GPL-3.0-or-later
"""The 33 points of the body: detect a person, track them from frame to frame, and smooth the points."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body.curves import sigmoid
from . import networks, regions
from .crops import Crop
from .data import Floats, PoseLandmarks, Region
from .names import POSE_MIRROR
from .person_detection import PersonDetector
from .settings import HolisticSettings
from .smoothing import OneEuroFilter, PoseSmoother
from .timing import StageCallback, timed

COUNT: Final = 33
INPUT: Final = 256
CENTRE: Final = 33
SCALE_POINT: Final = 34
"""Indices of the auxiliary landmarks that define the next frame's region."""


@dataclass(frozen=True)
class PoseOutput:
    """The landmark network's output for a crop, in the crop's axes.

    Attributes:
        points: (35, 3) landmarks and auxiliary points as fractions of the crop's side; x right, y down.
        certainty: (33, 2) visibility and presence, 0..1.
        world: (33, 3) m, origin mid-hip.
        score: probability 0..1 that a person is present.
    """

    points: Floats
    certainty: Floats
    world: Floats
    score: float


@dataclass(frozen=True)
class PoseResult:
    """Unsmoothed landmarks of a region in the frame's axes, and the auxiliary points (2, 3) px."""

    pose: PoseLandmarks
    auxiliary: Floats


@dataclass(frozen=True)
class TrackedPose:
    """A pose as found in a frame, and smoothed over the frames so far."""

    found: PoseLandmarks
    smoothed: PoseLandmarks


class PoseTracker:
    """Tracks one person's pose from frame to frame. Must not be used by two threads at once.

    Args:
        settings: settings of the landmark pipeline.
        threads: number of threads for the landmark network.
        on_stage: called with the seconds that the stages "detect" and "pose" took.
    """

    def __init__(self, settings: HolisticSettings, *, threads: int = 1, on_stage: StageCallback | None = None) -> None:
        self._settings = settings
        self._rules = rules = settings.pose_settings
        self._on_stage = on_stage
        self._detector = PersonDetector(settings, on_stage=on_stage)
        self._network = networks.load(f"pose_landmark_{settings.model}", provider=settings.provider, threads=threads)
        self._smoother = PoseSmoother(settings)
        self._region_filter = OneEuroFilter(rules.region_filter)
        self._region: Region | None = None
        self._shape: tuple[int, ...] = ()

    def reset(self) -> None:
        """Forget the person."""
        self._forget_region()
        self._smoother.reset()

    @property
    def region(self) -> Region | None:
        """Where the person is looked for in the next frame; None if they are not tracked."""
        return self._region

    def __call__(self, image: NDArray[np.uint8], time: float) -> TrackedPose | None:
        """Find the pose in an RGB uint8 (H, W, 3) image at a time in seconds; None if there is none.

        Whoever is detected with the highest score is tracked, as MediaPipe does.
        """
        if image.shape != self._shape:  # an unrelated picture, as in a folder of pictures
            self._shape = image.shape
            self.reset()
        tracked = self._region is not None
        result = self.estimate(image, self._region)
        if result is None and not (tracked and self._settings.parity):
            if not self._settings.parity:
                self.reset()
            people = self._detector(image)
            result, tracked = self.estimate(image, people[0].region if people else None), False
        if result is None:
            self.lose()
            return None
        return self.accept(result, time, tracked=tracked)

    def accept(self, result: PoseResult, time: float, *, tracked: bool) -> TrackedPose:
        """Take an estimate for the person's pose at a time in seconds, and follow it into the next frame.

        Args:
            result: what was estimated.
            time: seconds.
            tracked: whether it was estimated in this tracker's `region`.
        """
        found = replace(result.pose, tracked=tracked)
        if self._settings.static:
            return TrackedPose(found, found)
        self._follow(result.auxiliary, found.size, time)
        return TrackedPose(found, self._smoother.pose(found, time))

    def lose(self) -> None:
        """Take note of a frame in which the person was not found."""
        self._forget_region()
        self._smoother.lose()

    def _forget_region(self) -> None:
        self._region = None
        self._region_filter.reset()

    def estimate(self, image: NDArray[np.uint8], region: Region | None) -> PoseResult | None:
        """Run the network on a region of an RGB uint8 (H, W, 3) image; None without a region or a person in it."""
        if region is None or not regions.is_usable(region, min_side=1.0):
            return None
        with timed("pose", self._on_stage):
            crop = Crop.around(region, INPUT)
            output = self._infer(crop.extract(image, exact=self._settings.parity))
            if output is None:
                return None
            restored = crop.to_frame(output.points)
            pose = PoseLandmarks(
                image=restored[:COUNT],
                world=crop.to_frame_axes(output.world),
                visibility=output.certainty[:, 0],
                presence=output.certainty[:, 1],
                score=output.score,
                region=region,
                size=regions.square_around(*restored[[CENTRE, SCALE_POINT]], target=regions.UP).width,
            )
            return PoseResult(pose, restored[[CENTRE, SCALE_POINT]])

    def _infer(self, picture: Floats) -> PoseOutput | None:
        """Run the network on a crop (1, 256, 256, 3), and with `second_look` on its mirror image too."""
        output = self._infer_once(picture)
        if output is None or not self._settings.second_look:
            return output
        other = self._infer_once(np.ascontiguousarray(picture[:, :, ::-1]))
        return output if other is None else averaged(output, flipped_back(other))

    def _infer_once(self, picture: Floats) -> PoseOutput | None:
        outputs = self._network(picture)
        score = float(outputs["score"][0, 0])
        if not score > self._rules.min_score:
            return None
        raw = outputs["landmarks"].reshape(-1, 5)[: SCALE_POINT + 1]
        points = raw[:, :3] / np.float32(INPUT)
        points[:, :2] = refined(
            points[:, :2], outputs["heatmap"][0], kernel=self._rules.heatmap_kernel, min_heat=self._rules.min_heat
        )
        return PoseOutput(points, sigmoid(raw[:COUNT, 3:]), outputs["world"].reshape(-1, 3)[:COUNT], score)

    def _follow(self, auxiliary: Floats, size: float, time: float) -> None:
        """Compute the next frame's region from this one's auxiliary points (2, 3)."""
        centre, scale_point = self._region_filter(auxiliary, time, size=size)
        square = regions.square_around(centre, scale_point, target=regions.UP)
        self._region = regions.adjusted(square, self._rules.region)


def flipped_back(output: PoseOutput) -> PoseOutput:
    """Convert the output for a mirrored crop to that of the original: sides swapped, pixel 0 the last one."""
    across = np.array([-1.0, 1.0, 1.0])
    both = [*POSE_MIRROR, CENTRE, SCALE_POINT]
    return PoseOutput(
        points=output.points[both] * across + np.array([1.0 - 1.0 / INPUT, 0.0, 0.0]),
        certainty=output.certainty[list(POSE_MIRROR)],
        world=output.world[list(POSE_MIRROR)] * across,
        score=output.score,
    )


def averaged(one: PoseOutput, other: PoseOutput) -> PoseOutput:
    """Average the outputs for a crop and for its mirror image; the score is that of the first."""
    return PoseOutput(
        points=0.5 * (one.points + other.points),
        certainty=0.5 * (one.certainty + other.certainty),
        world=0.5 * (one.world + other.world),
        score=one.score,
    )


def refined(points: Floats, heatmap: Floats, *, kernel: int, min_heat: float) -> Floats:
    """Move points (n, 2), in fractions of the crop, to the weighted centre of the heatmap around them.

    Args:
        points: x, y; float32, because their cell is found by truncation, as in MediaPipe.
        heatmap: (h, w, m >= n) logits, one channel per point.
        kernel: odd side, in cells, of the window around a point.
        min_heat: a point is not moved if no cell of its window reaches this value (0..1).
    """
    height, width, _ = heatmap.shape
    margin = (kernel - 1) // 2
    cells = points * np.array([width, height], points.dtype)
    column, row = cells[:, 0].astype(int), cells[:, 1].astype(int)  # toward zero
    steps = np.arange(-margin, margin + 1)
    x, y = column[:, None] + steps, row[:, None] + steps
    inside = ((y >= 0) & (y < height))[:, :, None] & ((x >= 0) & (x < width))[:, None, :]
    logits = heatmap[
        np.clip(y, 0, height - 1)[:, :, None],
        np.clip(x, 0, width - 1)[:, None, :],
        np.arange(len(points))[:, None, None],
    ]
    heat = np.where(inside, sigmoid(logits), 0)
    on_map = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    hot = on_map & (heat.max(axis=(1, 2)) >= min_heat)
    columns, rows = heat.sum(axis=1), heat.sum(axis=2)
    total = np.where(hot, columns.sum(axis=1), 1)
    moved = np.stack([(columns * x).sum(axis=1) / (total * width), (rows * y).sum(axis=1) / (total * height)], axis=1)
    return np.where(hot[:, None], moved, points)
