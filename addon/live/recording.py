# SPDX-License-Identifier: GPL-3.0-or-later
"""A take of a live session: when it begins and ends, and where on the timeline it lies."""

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
    """A recording that is asked for.

    Attributes:
        path: the take's file.
        countdown: seconds to go to one's place.
        timeline: play the timeline meanwhile, and end with it.
        ended: called on Blender's thread when the take is closed, with the frame at which it began.
    """

    path: Path
    countdown: float
    timeline: bool
    ended: Callable[[FinishedRecording, float], None]


class Recording:
    """Counts down, records, ends. All on Blender's thread; `step` from its timer."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._request: RecordingRequest | None = None
        self._due = 0.0
        self._began: float | None = None
        self._start = 1.0
        self._until: float | None = None
        self._ending = False

    @property
    def requested(self) -> bool:
        """Whether a take is being counted down to, or recorded."""
        return self._request is not None and not self._ending

    @property
    def remaining(self) -> float:
        """Seconds of countdown that are left; 0 when it records."""
        if self._request is None or self._began is not None:
            return 0.0
        return max(0.0, self._due - time.monotonic())

    @property
    def frames(self) -> int:
        """How many frames the take has."""
        return self._recorder.frames or 0

    @property
    def seconds(self) -> float:
        """How long the take is."""
        return self._recorder.seconds

    def begin(self, request: RecordingRequest) -> None:
        """Record when the countdown is over."""
        self._request, self._began, self._ending = request, None, False
        self._due = time.monotonic() + request.countdown
        self.step()

    def end(self) -> None:
        """End the take, or the countdown to it."""
        if self._request is None or self._ending:
            return
        if self._began is None:
            self._request = None
            return
        self._ending = True
        self._recorder.end()
        if self._request.timeline:
            _play(playing=False)

    def step(self) -> None:
        """Go on: begin what is due, hand over what is closed."""
        if self._request is not None and self._began is None and time.monotonic() >= self._due:
            self._begin_take(self._request)
        if self._until is not None and time.monotonic() > self._until:
            self.end()  # Where no frame comes any more nobody else would.
        try:
            recorded = self._recorder.ended.get_nowait()
        except Empty:
            return
        request, began, self._request, self._began, self._until = self._request, self._began, None, None, None
        if request is None or began is None:
            return
        start = self._start
        if request.timeline:
            if not self._ending:
                _play(playing=False)
            # The timeline ran already when the first frame came.
            start += max(0.0, recorded.began - began) * stage.rate_of(stage.current_scene())
        request.ended(recorded, start)

    def _begin_take(self, request: RecordingRequest) -> None:
        scene = stage.current_scene()
        self._start = scene.frame_current_final
        if request.timeline:
            _play(playing=True)
        self._began = time.monotonic()
        if request.timeline:
            self._until = self._began + max(0.0, (scene.frame_end - self._start) / stage.rate_of(scene))
        self._recorder.begin(request.path, until=self._until)


def _play(*, playing: bool) -> None:
    """Let the timeline run in real time, or stop it."""
    with in_a_window() as shown:
        if not shown or bpy.context.screen is None or bpy.context.screen.is_animation_playing == playing:
            return
        if playing:
            bpy.ops.screen.animation_play(sync=True)
        else:
            bpy.ops.screen.animation_cancel(restore_frame=False)
