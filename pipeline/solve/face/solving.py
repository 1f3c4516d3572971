# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of a whole take: each frame is solved with those before and after it. Smoothing comes later, in bakes."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

import numpy as np

from ....models.body.expressions import EXPRESSIONS
from ...landmarks.data import Landmarks
from .correction import Correction
from .data import FaceMotion
from .gaps import filled, steadied, without_glimpses
from .gaze import eye_rotations, joint_gaze
from .lids import sharpened
from .neutral import Neutral, features_at_rest, learn_neutral
from .observation import FaceObserver, FaceTrack
from .shaping import LIDS, SLOW, shaped, straight_gaze, with_eyes
from .trust import trembles, trust_of

BLINDING: Final = 0.4
"""Blink from which the irises are hidden: the eyes keep their direction meanwhile."""

LEAST_TRUST: Final = 0.1
"""Trust in the irises from which they show a direction."""


def solve_face(frames: Iterable[Landmarks], neutral: Neutral | None = None) -> FaceMotion:
    """Solve the face of frames, which are read one by one; see `solve_track`."""
    observer = FaceObserver()
    for frame in frames:
        observer.add(frame)
    return solve_track(observer.track(), neutral)


def solve_track(track: FaceTrack, neutral: Neutral | None = None) -> FaceMotion:
    """Solve a face for its expressions and eyes: without gaps, at rest where it is not seen for long.

    Args:
        track: what landmarks say.
        neutral: the face's rest; learnt from the track unless given.

    Returns:
        NaN everywhere if no face was seen; expressions are NaN everywhere if none are known of it.
    """
    n = len(track.time)
    trust = trust_of(track.presence, track.scale, track.head, trembles(track.time, track.places))
    seen = without_glimpses(trust.seen)
    if not seen.any():
        return FaceMotion(np.full((n, len(EXPRESSIONS)), np.nan), np.full((n, 2, 4), np.nan))
    if neutral is None:
        neutral = learn_neutral(track.time, track.expressions, track.gaze, track.head, seen, features=track.features)
    elif neutral.features is None:
        neutral = replace(neutral, features=features_at_rest(neutral, track.expressions[seen], track.features[seen]))
    speaking = seen & np.isfinite(track.expressions).all(axis=1)
    correction = Correction.of(track.features, track.head, track.scale, neutral)
    values = shaped(track.expressions, neutral, trust, correction)
    values[:, SLOW] = steadied(values[:, SLOW])
    expressions = filled(track.time, values, speaking)
    expressions[:, LIDS] = sharpened(track.time, expressions[:, LIDS])
    gaze, sure = joint_gaze(straight_gaze(track.gaze, neutral, correction), trust.gaze * trust.sides)
    looking = seen & (sure > LEAST_TRUST) & (expressions[:, LIDS].max(axis=1) < BLINDING)
    angles = filled(track.time, gaze.reshape(n, 4), looking) if looking.any() else np.zeros((n, 4))
    angles = steadied(angles).reshape(n, 2, 2)
    if not speaking.any():
        return FaceMotion(np.full((n, len(EXPRESSIONS)), np.nan), eye_rotations(angles))
    return FaceMotion(with_eyes(expressions, angles), eye_rotations(angles))
