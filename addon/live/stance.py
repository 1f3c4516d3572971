# SPDX-License-Identifier: GPL-3.0-or-later
"""Calibration of performers, and of the camera's tilt, by how they stand when a countdown is over."""

import time
from collections.abc import Callable, Sequence

from ...pipeline.live.recorder import Recorder
from ...retarget.motion.gravity.level import level_from_all
from ..notices import Notices
from .pipeline import LivePipeline

Calibrated = Callable[[tuple[float, ...], tuple[float, ...]], None]
"""Called with the quaternion (w, x, y, z) that turns the performer upright, and with the face at rest
(`Neutral.numbers`; empty if no face was seen)."""

Levelled = Callable[[tuple[float, float]], None]
"""Called with the camera's pitch and roll in degrees."""


class Stance:
    """Counts down, then takes the stance of the last second. Runs on Blender's main thread.

    Args:
        pipelines: of all characters, that of the first performer first.
        recorder: stores the calibration in takes.
        notices: where it is said that nobody was in view.
    """

    def __init__(self, pipelines: Sequence[LivePipeline], recorder: Recorder, notices: Notices) -> None:
        self._pipelines, self._recorder, self._notices = pipelines, recorder, notices
        self._calibration: tuple[float, Calibrated] | None = None
        self._levelling: tuple[float, Levelled] | None = None

    @property
    def calibrating(self) -> float | None:
        """Seconds until the calibration takes the performer's stance; None if none was requested."""
        return None if self._calibration is None else max(0.0, self._calibration[0] - time.monotonic())

    @property
    def levelling(self) -> float | None:
        """Seconds until the camera is levelled by somebody's stance; None if that was not requested."""
        return None if self._levelling is None else max(0.0, self._levelling[0] - time.monotonic())

    def calibrate(self, seconds: float, done: Calibrated) -> None:
        """Take the stance after `seconds` as upright and facing ahead, and the face as neutral, then call `done`."""
        self._calibration = time.monotonic() + seconds, done

    def level(self, seconds: float, done: Levelled) -> None:
        """Take the stance after `seconds` as upright, then call `done`."""
        self._levelling = time.monotonic() + seconds, done

    def step(self, pipelines: Sequence[LivePipeline]) -> None:
        """Do what is due, given the pipelines of all characters, as an edit of an armature replaces its own."""
        self._pipelines = pipelines
        if self._calibration is not None and self.calibrating == 0.0:
            done, self._calibration = self._calibration[1], None
            self._calibrate(done)
        if self._levelling is not None and self.levelling == 0.0:
            levelled, self._levelling = self._levelling[1], None
            self._level(levelled)

    def clear_calibration(self) -> None:
        """Follow performers as filmed, and learn faces at rest slowly, from the next pose on."""
        for each in self._pipelines:
            each.clear_calibration()
        self._recorder.turn, self._recorder.neutral = tuple(self._pipelines[0].turn.tolist()), ()

    def clear_turn(self) -> None:
        """Follow performers as filmed, but for the camera's tilt, from the next pose on; faces stay calibrated."""
        for each in self._pipelines:
            each.clear_turn()
        self._recorder.turn = tuple(self._pipelines[0].turn.tolist())

    def _calibrate(self, done: Calibrated) -> None:
        first, *others = self._pipelines
        if not first.calibrate():
            self._notices.set_error(
                "live", "Nobody was in view to calibrate with: stand upright in front of the camera and try again."
            )
            return
        for other in others:
            other.join(first.turn, first.origin)
        self._recorder.turn, self._recorder.neutral = tuple(first.turn.tolist()), first.neutral
        self._notices.clear("live")
        done(self._recorder.turn, self._recorder.neutral)

    def _level(self, done: Levelled) -> None:
        found = level_from_all(each.level() for each in self._pipelines)
        if found is None:
            self._notices.set_error(
                "live", "Nobody stood in view, with legs and feet: stand upright in front of the camera and try again."
            )
            return
        self._notices.clear("live")
        done(found)
