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
        ended: called on Blender's thread when the take is closed, with the frame of the scene at which it began; with
            None if that scene is not open any more.
    """

    path: Path
    countdown: float
    timeline: bool
    ended: Callable[[FinishedRecording, float | None], None]


@dataclass
class _Take:
    """A recording on its way.

    Attributes:
        request: what was asked for.
        due: when its countdown is over, by `time.monotonic`.
        began: when it was begun then; None while it is counted down to.
        start: scene frame at that time.
        until: when it ends with the timeline; None if it does not.
    """

    request: RecordingRequest
    due: float
    began: float | None = None
    start: float = 1.0
    until: float | None = None


class Recording:
    """Counts down, records, ends. All on Blender's thread; `step` from its timer.

    A take that was ended is closed by the worker a little later; the next one may have begun meanwhile.
    """

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._take: _Take | None = None
        self._ending: dict[Path, _Take] = {}
        self._scene_is_open = True

    @property
    def requested(self) -> bool:
        """Whether a take is being counted down to, or recorded."""
        return self._take is not None

    @property
    def paths(self) -> set[Path]:
        """Files of the takes that are asked for and not closed yet; they may not be there yet."""
        return {*self._ending, *(() if self._take is None else (self._take.request.path,))}

    @property
    def remaining(self) -> float:
        """Seconds of countdown that are left; 0 when it records."""
        if self._take is None or self._take.began is not None:
            return 0.0
        return max(0.0, self._take.due - time.monotonic())

    @property
    def frames(self) -> int:
        """How many frames the take has."""
        return (self._recorder.frames or 0) if self._is_open else 0

    @property
    def seconds(self) -> float:
        """How long the take is."""
        return self._recorder.seconds if self._is_open else 0.0

    @property
    def _is_open(self) -> bool:
        """Whether it is this take that the worker writes, and not still the one before."""
        return self._take is not None and self._recorder.path == self._take.request.path

    def begin(self, request: RecordingRequest) -> None:
        """Record when the countdown is over; a take that is being recorded ends."""
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
        """End the take: its scene is about to be closed, so that no other may be touched for it."""
        self.end()
        self._scene_is_open = False

    def step(self) -> None:
        """Go on: begin what is due, hand over what is closed."""
        take = self._take
        if take is not None and take.began is None and time.monotonic() >= take.due:
            self._start(take)
        if take is not None and take.until is not None and time.monotonic() > take.until:
            self.end()  # Where no frame comes any more nobody else would.
        while True:
            try:
                recorded = self._recorder.ended.get_nowait()
            except Empty:
                return
            self._hand_over(recorded)

    def _hand_over(self, recorded: FinishedRecording) -> None:
        """Tell who asked for a take that it is closed."""
        take = self._ending.pop(recorded.path, None)
        if take is None and self._take is not None and self._take.request.path == recorded.path:
            take, self._take = self._take, None  # It came to its end by itself.
            if take.request.timeline:
                _play(playing=False)
        if take is None or take.began is None:
            return
        if not self._scene_is_open:
            take.request.ended(recorded, None)
            return
        start = take.start
        if take.request.timeline:
            # The timeline ran already when the first frame came.
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
    """Let the timeline run in real time, or stop it."""
    with in_a_window() as shown:
        if not shown or bpy.context.screen is None or bpy.context.screen.is_animation_playing == playing:
            return
        if playing:
            bpy.ops.screen.animation_play(sync=True)
        else:
            bpy.ops.screen.animation_cancel(restore_frame=False)
