# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of a whole take: each frame is solved with those before and after it."""

from collections.abc import Iterable

import numpy as np

from ...landmarks.data import Landmarks
from .data import FaceMotion
from .gaze import eye_rotations
from .observation import FaceObserver, FaceTrack


def solve_face(frames: Iterable[Landmarks]) -> FaceMotion:
    """Solve the face of frames, which are read one by one. NaN everywhere if no face was seen."""
    observer = FaceObserver()
    for frame in frames:
        observer.add(frame)
    return solve_track(observer.track())


def solve_track(track: FaceTrack) -> FaceMotion:
    """Solve a face for its expressions and eyes."""
    gaze = np.broadcast_to(track.gaze.mean(axis=1, keepdims=True), track.gaze.shape)
    return FaceMotion(expressions=track.expressions, eyes=eye_rotations(gaze))
