# SPDX-License-Identifier: GPL-3.0-or-later
"""The vertical of a live session, which is learnt slowly from how performers stand and walk."""

from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body import rotations as rot
from ....models.body.camera_tilt import angles_of, up_of
from ....models.body.model import Body
from ....models.body.motion import BodyMotion
from .estimate import estimated
from .evidence import INDEPENDENT, LEGS_DOUBT, Evidence
from .standing import standing_of

Array = NDArray[np.float64]

MEMORY: Final = 15.0
"""Seconds on the feet over which the vertical is averaged; those of several people are added."""

LEAST_SECONDS: Final = 2.0
"""Seconds on the feet before anything is corrected."""

LOOK_EVERY: Final = 0.3
"""Seconds from one pose that is looked at to the next: more would show the same, and cost time."""

LONGEST_STEP: Final = 0.5
"""Seconds that one pose counts at most: after a pause the performer may be anywhere."""

MOST_SWAY: Final = np.radians(20.0)
"""Standard deviation of the stance above which someone romps about, and shows no vertical."""

SPEED: Final = np.radians(2.0)
"""Radians a second at which the correction changes at most, so that nobody sees it."""

EASE: Final = 4.0
"""Seconds in which the correction comes two thirds of the way nearer to what was found."""

CALIBRATION_DOUBT: Final = np.radians(5.0)
"""Error of the vertical after a calibration, in radians."""


class LiveGravity:
    """Learns how the camera is tilted while people perform, and turns them upright without visible jumps.

    Everybody in front of one camera shares one: all of them show its tilt, and they must be turned alike to stay where
    they stand relative to each other. Only poses on the feet count; without them the last correction stays.

    Args:
        body: the body of the poses.
        calibrated: whether the poses were turned upright by a calibration, so that little is left to correct.
    """

    def __init__(self, body: Body, *, calibrated: bool = False) -> None:
        self._body = body
        self._lock = Lock()  # One thread calibrates what another one learns.
        self.reset(calibrated=calibrated)

    def reset(self, *, calibrated: bool = False) -> None:
        """Forget what was learnt: the camera was moved, or the poses are turned in another way from now on."""
        with self._lock:
            self._forget(calibrated)

    def _forget(self, calibrated: bool) -> None:
        self._calibrated = calibrated
        self._time, self._looked, self._since = np.nan, np.nan, 0.0
        self._target = np.zeros(2)
        self._seconds = 0.0
        self._mean, self._variance = np.zeros(2), np.zeros(2)
        self._angles = np.zeros(2)

    @property
    def turn(self) -> Array:
        """Rotation (4,) that brings poses upright, as far as it is known. It does not change their heading."""
        return rot.between(up_of(self._angles), [0.0, 0.0, 1.0])

    def update(self, time: float, rotations: Array, confidence: Array) -> Array:
        """Take note of a pose and return `turn`, for this pose already, and for everybody's at this time.

        Args:
            time: seconds, rising from call to call; the same one for all the people in a frame.
            rotations: (52, 4) of the body's joints, each relative to its parent, before this correction.
            confidence: (52,) of the joints.
        """
        with self._lock:
            step = _step(self._time, time)
            self._time = time
            if self._seconds >= LEAST_SECONDS and step > 0.0:  # not before each of several people
                self._approach(step)
            if not 0.0 <= time - self._looked < LOOK_EVERY:
                self._since, self._looked = _step(self._looked, time), time
            if time == self._looked:
                self._look(self._since, rotations, confidence)
            return self.turn

    def _look(self, step: float, rotations: Array, confidence: Array) -> None:
        pose = np.zeros(1), rotations[None], np.full((1, 3), np.nan), np.empty(0), np.asarray(confidence)[None]
        standing = standing_of(BodyMotion(*pose), self._body)
        if not standing.frames[0]:
            return
        self._learn(angles_of(standing.balance[0]), step)
        if self._seconds >= LEAST_SECONDS and np.sqrt(self._variance.max()) < MOST_SWAY:
            self._target = self._found()

    def _learn(self, angles: Array, step: float) -> None:
        self._seconds = min(self._seconds + step, MEMORY)
        share = step / max(self._seconds, step, 1e-9)
        away = angles - self._mean
        self._mean = self._mean + share * away
        self._variance = (1.0 - share) * (self._variance + share * away**2)

    def _found(self) -> Array:
        sway = self._variance * min(1.0, INDEPENDENT / self._seconds)
        evidence = [Evidence("legs", self._mean, np.diag(LEGS_DOUBT**2 + sway))]
        if self._calibrated:
            evidence.append(Evidence("calibration", np.zeros(2), np.eye(2) * CALIBRATION_DOUBT**2))
        found = estimated(evidence)
        return np.zeros(2) if found is None else found.angles

    def _approach(self, step: float) -> None:
        way = (self._target - self._angles) * (1.0 - np.exp(-step / EASE))
        length = float(np.linalg.norm(way))
        self._angles = self._angles + way * min(1.0, SPEED * step / max(length, 1e-12))


def _step(before: float, now: float) -> float:
    """Return the seconds between two moments as far as they count; 0 if the first is NaN."""
    return min(now - before, LONGEST_STEP) if now > before else 0.0
