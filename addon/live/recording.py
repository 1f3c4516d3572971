# SPDX-License-Identifier: GPL-3.0-or-later
"""Recording takes in a live session: countdown, start and end, and position on the timeline."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from queue import Empty

import bpy

from ...pipeline.live.recorder import FinishedRecording, Recorder
from .. import stage
from ..windows import in_a_window


@dataclass(frozen=True)
class RecordingRequest:
    """A requested recording.

    Attributes:
        path: the take's file.
        countdown: seconds for the performer to take position.
        timeline: play the timeline while recording, and end with it.
        ended: called on Blender's main thread when the take is closed, with the scene frame at which it began, or None
            if that scene is no longer open.
    """

    path: Path
    countdown: float
    timeline: bool
    ended: Callable[[FinishedRecording, float | None], None]


@dataclass
class _Take:
    """A recording in progress. Times are those of `time.monotonic`.

    Attributes:
        request: the request.
        due: when its countdown ends.
        began: when recording began; None during the countdown.
        start: scene frame at that time.
        until: when the timeline ends and the recording with it; None without timeline.
    """

    request: RecordingRequest
    due: float
    began: float | None = None
    start: float = 1.0
    until: float | None = None


class Recording:
    """Counts down to takes, starts and ends them. Runs on Blender's main thread; `step` is called from its timer.

    The worker closes an ended take a little later; the next one may have begun by then.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._take: _Take | None = None
        self._ending: dict[Path, _Take] = {}
        self._scene_is_open = True

    @property
    def requested(self) -> bool:
        """Whether a take is being recorded, or a countdown to one is running."""
        return self._take is not None

    @property
    def paths(self) -> set[Path]:
        """Files of requested takes that are not closed yet; they need not exist yet."""
        return {*self._ending, *(() if self._take is None else (self._take.request.path,))}

    @property
    def remaining(self) -> float:
        """Seconds of countdown left; 0 while recording."""
        if self._take is None or self._take.began is not None:
            return 0.0
        return max(0.0, self._take.due - time.monotonic())

    @property
    def frames(self) -> int:
        """Number of frames of the current take."""
        return (self._recorder.frames or 0) if self._is_open else 0

    @property
    def seconds(self) -> float:
        """Length of the current take in seconds."""
        return self._recorder.seconds if self._is_open else 0.0

    @property
    def _is_open(self) -> bool:
        """Whether the worker is writing the current take, and not still the previous one."""
        return self._take is not None and self._recorder.path == self._take.request.path

    def begin(self, request: RecordingRequest) -> None:
        """Start the countdown to a recording; a take that is being recorded ends."""
        self.end()
        self._take = _Take(request, time.monotonic() + request.countdown)
        self.step()

    def end(self) -> None:
        """End the take, or the countdown to it."""
        take, self._take = self._take, None
        if take is None or take.began is None:
            return
        self._ending[take.request.path] = take
        self._recorder.end()
        if take.request.timeline:
            _play(playing=False)

    def leave_scene(self) -> None:
        """End the take before its scene is closed, and do not use it in another scene."""
        self.end()
        self._scene_is_open = False

    def step(self) -> None:
        """Begin a take whose countdown is over, and hand over takes that were closed."""
        take = self._take
        if take is not None and take.began is None and time.monotonic() >= take.due:
            self._start(take)
        if take is not None and take.until is not None and time.monotonic() > take.until:
            self.end()  # The recorder ends it only when a frame arrives.
        while True:
            try:
                recorded = self._recorder.ended.get_nowait()
            except Empty:
                return
            self._hand_over(recorded)

    def _hand_over(self, recorded: FinishedRecording) -> None:
        """Call the `ended` callback of a closed take."""
        take = self._ending.pop(recorded.path, None)
        if take is None and self._take is not None and self._take.request.path == recorded.path:
            take, self._take = self._take, None  # The recorder ended it by itself.
            if take.request.timeline:
                _play(playing=False)
        if take is None or take.began is None:
            return
        if not self._scene_is_open:
            take.request.ended(recorded, None)
            return
        start = take.start
        if take.request.timeline:
            # The timeline was already playing when the first frame arrived.
            start += max(0.0, recorded.began - take.began) * stage.rate_of(stage.current_scene())
        take.request.ended(recorded, start)

    def _start(self, take: _Take) -> None:
        scene = stage.current_scene()
        take.start = scene.frame_current_final
        if take.request.timeline:
            _play(playing=True)
        take.began = time.monotonic()
        if take.request.timeline:
            take.until = take.began + max(0.0, (scene.frame_end - take.start) / stage.rate_of(scene))
        self._recorder.begin(take.request.path, until=take.until)


def _play(*, playing: bool) -> None:
    """Start playing the timeline in real time, or stop it."""
    with in_a_window() as shown:
        if not shown or bpy.context.screen is None or bpy.context.screen.is_animation_playing == playing:
            return
        if playing:
            bpy.ops.screen.animation_play(sync=True)
        else:
            bpy.ops.screen.animation_cancel(restore_frame=False)
