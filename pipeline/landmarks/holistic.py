# SPDX-License-Identifier: GPL-3.0-or-later
"""MediaPipe Holistic in ONNX Runtime: body, hands and face of one person in each frame."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Literal

import numpy as np

from ..sources.frame import Frame
from . import networks
from .data import FaceLandmarks, HandLandmarks, Landmarks
from .face import FaceTracker
from .hands import HandTracker, same_hand
from .pose import PoseTracker, TrackedPose
from .settings import HolisticSettings
from .timing import StageCallback

PartName = Literal["left_hand", "right_hand", "face"]
PartLandmarks = HandLandmarks | FaceLandmarks | None


class Holistic:
    """Finds the landmarks of one person, frame by frame, with tracking and smoothing between frames.

    Most callers only need `process`. Its stages are public for `scheduler.run`, which distributes the stages of
    several frames over threads: `find_pose` for one frame after the other; then, once the previous frame is
    assembled, `find_part` for each of `parts`, in any order or in parallel; then `assemble`.

    Args:
        settings: settings of the landmark pipeline.
        threads: number of threads for one frame; by default as many as are useful on this machine.
        on_stage: called with the seconds that each run of the stages detect, pose, hands and face took, from any
            thread.
        on_thread: called at the start of each new thread.
        as_found: return poses as found in each frame, for a take; `smoothing.PoseSmoother` smooths them later. Hands
            and face are looked for by the smoothed pose in any case.

    Raises:
        ModelMissing, ModelAltered, ProviderUnavailable: a network cannot be loaded.
    """

    def __init__(
        self,
        settings: HolisticSettings | None = None,
        *,
        threads: int | None = None,
        on_stage: StageCallback | None = None,
        on_thread: Callable[[], None] | None = None,
        as_found: bool = False,
    ) -> None:
        self.settings = settings = settings or HolisticSettings()
        threads = threads or networks.spare_threads()
        self._as_found = as_found
        self.tracker = PoseTracker(settings, threads=threads, on_stage=on_stage)
        self._trackers: dict[PartName, HandTracker | FaceTracker] = {}
        if settings.hands:
            self._trackers["left_hand"] = HandTracker("left", settings, on_stage=on_stage)
            self._trackers["right_hand"] = HandTracker("right", settings, on_stage=on_stage)
        if settings.face:
            self._trackers["face"] = FaceTracker(settings, on_stage=on_stage)
        self.parts: tuple[PartName, ...] = tuple(self._trackers)
        # The threads start with the first frame and end with this object.
        self._pool = ThreadPoolExecutor(threads, "mimic-landmarks", initializer=on_thread) if threads > 1 else None

    def process(self, frame: Frame) -> Landmarks:
        """Find all landmarks in the next frame. Frames must be in order of time."""
        frame = contiguous(frame)
        pose = self.find_pose(frame)
        if self._pool is None or pose is None:
            found = {part: self.find_part(part, frame, pose) for part in self.parts}
        else:
            runs = {part: self._pool.submit(self.find_part, part, frame, pose) for part in self.parts}
            found = {part: run.result() for part, run in runs.items()}
        return self.assemble(frame, pose, found)

    def reset(self) -> None:
        """Forget all frames so far: the next one is unrelated to them."""
        self.tracker.reset()
        for tracker in self._trackers.values():
            tracker.forget()

    def close(self) -> None:
        """End the threads now, instead of when this object is garbage-collected."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def find_pose(self, frame: Frame) -> TrackedPose | None:
        """Find the body in a contiguous frame; None if there is none."""
        return self.tracker(frame.image, frame.time)

    def forget_part(self, part: PartName) -> None:
        """Forget where a hand or the face was: the next pose is not where the last one was."""
        self._trackers[part].forget()

    def find_part(self, part: PartName, frame: Frame, pose: TrackedPose | None) -> PartLandmarks:
        """Find a hand or the face of a pose in a contiguous frame; None if there is none."""
        return self._trackers[part](frame.image, None if pose is None else pose.smoothed)

    def assemble(self, frame: Frame, pose: TrackedPose | None, found: Mapping[PartName, PartLandmarks]) -> Landmarks:
        """Combine a frame's results; a hand that was found twice is kept once."""
        height, width = frame.image.shape[:2]
        left, right, face = found.get("left_hand"), found.get("right_hand"), found.get("face")
        left = left if isinstance(left, HandLandmarks) else None
        right = right if isinstance(right, HandLandmarks) else None
        if left is not None and right is not None and self._are_one_hand(left, right):
            if left.right_handed > 0.5:
                left = None
                self._trackers["left_hand"].forget()
            else:
                right = None
                self._trackers["right_hand"].forget()
        return Landmarks(
            time=frame.time,
            index=frame.index,
            size=(width, height),
            pose=None if pose is None else pose.found if self._as_found else pose.smoothed,
            left_hand=left,
            right_hand=right,
            face=face if isinstance(face, FaceLandmarks) else None,
        )

    def _are_one_hand(self, left: HandLandmarks, right: HandLandmarks) -> bool:
        limit = self.settings.hand_settings.same_hand_distance
        return not self.settings.parity and same_hand(left, right, max_distance=limit)


def contiguous(frame: Frame) -> Frame:
    """Return the frame with its pixels in row-major order, as cropping needs them."""
    if frame.image.flags.c_contiguous:
        return frame
    return replace(frame, image=np.ascontiguousarray(frame.image))
