# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of a live stream, frame by frame."""

from collections import deque
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body.expressions import EXPRESSIONS
from ....models.body.filter import OneEuroFilter
from ...landmarks.data import Landmarks
from .correction import Correction
from .data import FacePose
from .gaps import LiveHold
from .gaze import eye_rotations, joint_gaze
from .lids import LiveLids, linked
from .neutral import Neutral, RunningNeutral, rest_of
from .observation import FaceTrack
from .shaping import LIDS, shaped, straight_gaze, with_eyes
from .solving import BLINDING, LEAST_TRUST
from .trust import TREMBLE_SECONDS, tremble, trust_of

Array = NDArray[np.float64]

CALIBRATION_SECONDS: Final = 1.0
"""Seconds of a resting face that a calibration uses."""

_CALIBRATION_FRAMES: Final = 3

_LONGEST_GAP: Final = 2.0
"""Seconds without a frame after which a stream starts anew."""

_MOST_FRAMES: Final = 200

# Chosen on 28 November 2026 for noise of 0.03 and speech of three syllables a second at 30 frames a second: noise keeps
# 0.06 of its acceleration, speech nine tenths of its height, a frame late at most.
_GROUPS: Final = {"brow": (1.2, 6.0), "cheek": (1.2, 6.0), "eyeBlink": (3.0, 10.0), "eyeSquint": (1.2, 6.0),
                  "eyeWide": (1.4, 8.0), "jaw": (1.5, 10.0), "mouth": (1.4, 10.0), "nose": (1.2, 6.0),
                  "tongue": (1.4, 10.0)}  # fmt: skip
"""Cutoff in hertz at rest, and its rise for each unit a second, by how the names of expressions begin."""

_GAZE: Final = (1.4, 8.0)
"""The same for the angles of the eyes, for each radian a second."""

_SPEED_CUTOFF: Final = 2.5
"""Cutoff in hertz for smoothing the speed."""

_FREE: Final = 0.6
"""Speed up to which everything is smoothed as at rest."""


def _constants(which: int) -> Array:
    own = [next((value[which] for start, value in _GROUPS.items() if name.startswith(start)), 0.0)
           for name in EXPRESSIONS]  # fmt: skip
    return np.array([*own, *[_GAZE[which]] * 4])


_REST: Final = _constants(0)
_GAIN: Final = _constants(1)
_FACE: Final = len(EXPRESSIONS)


class FaceSolver:
    """Turns the landmarks of one person into poses of the face. It keeps state between calls.

    Attributes:
        neutral: what the face says at rest: as calibrated, or as slowly learnt.
    """

    def __init__(self, neutral: Neutral | None = None) -> None:
        """Start with a face whose rest is known, or is to be learnt."""
        self._given = neutral
        # Two in a row tremble less than one, for the same lag.
        self._filters = tuple(OneEuroFilter(_REST, _GAIN, speed_cutoff=_SPEED_CUTOFF, free=_FREE) for _ in range(2))
        self._lids = LiveLids()
        self._hold, self._gaze_hold = LiveHold(), LiveHold()
        self.reset()

    @property
    def neutral(self) -> Neutral:
        """What the face says at rest."""
        if self._given is None or self._given.features is not None:
            return self._given or self._running.neutral
        return replace(self._given, features=self._running.features)  # settings and takes do not keep them

    def reset(self) -> None:
        """Forget all frames so far, but not a calibration."""
        self._time: float | None = None
        self._running = RunningNeutral()
        self._recent: deque[FaceTrack] = deque(maxlen=_MOST_FRAMES)
        self._pose = FacePose(np.full(_FACE, np.nan), np.full((2, 4), np.nan))
        self._hold.reset()
        self._gaze_hold.reset()
        self._restart()

    def _restart(self) -> None:
        """Begin anew with the next frame, but let a face that is lost by then come to rest."""
        for each in self._filters:
            each.reset()
        self._lids.reset()

    def update(self, landmarks: Landmarks) -> FacePose:
        """Return the face of the next frame; frames are in order of time. NaN as long as no face was seen."""
        elapsed = 0.0 if self._time is None else landmarks.time - self._time
        if self._time is not None and elapsed <= 0.0:
            return self._pose
        if elapsed > _LONGEST_GAP:
            self._recent.clear()
            self._restart()
        self._time = landmarks.time
        track = FaceTrack.of([landmarks])
        self._recent.append(track)
        while self._recent[0].time[0] < landmarks.time - TREMBLE_SECONDS:
            self._recent.popleft()
        self._pose = self._solve(track, elapsed)
        return self._pose

    def calibrate(self) -> bool:
        """Take the face of the last second as the person's rest, looking straight ahead.

        Returns:
            False if too little of a face was seen.
        """
        if self._time is None:
            return False
        frames = [part for part in self._recent if part.time[0] > self._time - CALIBRATION_SECONDS]
        recent = FaceTrack.joined(frames)
        if np.isfinite(recent.gaze).all(axis=(1, 2)).sum() < _CALIBRATION_FRAMES:
            return False
        self._given = rest_of(recent.expressions, recent.gaze, recent.features)
        return True

    def _solve(self, track: FaceTrack, elapsed: float) -> FacePose:
        shaking = tremble(np.concatenate([part.places for part in self._recent]))
        trust = trust_of(track.presence, track.scale, track.head, shaking[None])
        seen = bool(trust.seen[0])
        speaking = seen and bool(np.isfinite(track.expressions).all())
        if seen and (self._given is None or self._given.features is None):
            self._running.learn(elapsed, track.expressions[0], track.gaze[0], track.features[0])
        neutral = self.neutral
        correction = Correction.of(track.features, track.head, track.scale, neutral)
        values = shaped(track.expressions, neutral, trust, correction)[0]
        if speaking:
            values[LIDS] = self._lids.step(elapsed, linked(values[LIDS]))
        gaze, sure = joint_gaze(straight_gaze(track.gaze, neutral, correction), trust.gaze * trust.sides)
        looking = seen and sure[0] > LEAST_TRUST and values[LIDS].max() < BLINDING
        expressions = self._hold.step(elapsed, values, seen=speaking)
        angles = self._gaze_hold.step(elapsed, gaze[0].ravel(), seen=looking)
        if not seen and self._hold.empty and self._gaze_hold.empty:
            return self._pose
        moving = np.concatenate([
            np.zeros(_FACE) if expressions is None else expressions, np.zeros(4) if angles is None else angles
        ])  # fmt: skip
        smooth = moving
        for each in self._filters:
            smooth = each.step(max(elapsed, 1e-3), smooth)
        smooth = np.array(smooth)
        smooth[LIDS] = np.where(moving[LIDS] >= 1.0, 1.0, smooth[LIDS])
        turned = smooth[_FACE:].reshape(2, 2)
        face = np.full(_FACE, np.nan) if expressions is None else with_eyes(np.clip(smooth[:_FACE], 0.0, 1.0), turned)
        return FacePose(face, eye_rotations(turned))
