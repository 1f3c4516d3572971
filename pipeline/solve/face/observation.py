# SPDX-License-Identifier: GPL-3.0-or-later
"""What landmarks say of a face, in a few numbers for each frame, so that a long take needs little memory."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body.expressions import EXPRESSION_INDEX, EXPRESSIONS
from ....models.networks import files
from ...landmarks import coefficients
from ...landmarks.data import COEFFICIENTS, FaceLandmarks, Landmarks
from .correction import corrector_of_mimic
from .gaze import gaze_angles, head_angles
from .head_frame import HeadFrame
from .trust import steady_places

Array = NDArray[np.float64]

_CHUNK: Final = 64
"""Frames whose points are held at once."""

_NAMES: Final = COEFFICIENTS[1:]
_PLACES: Final = np.array([EXPRESSION_INDEX[name] for name in _NAMES])


@dataclass(frozen=True)
class FaceTrack:
    """A face in n frames, as landmarks say. NaN where no face was seen.

    Attributes:
        time: (n,) seconds.
        presence: (n,) 0..1, how sure the network is that there is a face.
        scale: (n,) pixels for each centimetre.
        head: (n, 2) radians at which the head looks, relative to the camera's axis: to its left, and up.
        expressions: (n, 52) 0..1.
        gaze: (n, 2, 2) radians at which the left and the right eye look in the head's frame: to the left, and up.
        places: (n, 5, 2) centimetres, see `trust.steady_places`.
        features: (n, f) of the points, see `correction.Corrector`.
    """

    time: Array
    presence: Array
    scale: Array
    head: Array
    expressions: Array
    gaze: Array
    places: Array
    features: Array

    @classmethod
    def of(cls, frames: Sequence[Landmarks]) -> "FaceTrack":
        """Observe the faces with irises in frames."""
        n = len(frames)
        corrector = corrector_of_mimic()
        seen = [
            (row, frame.face)
            for row, frame in enumerate(frames)
            if frame.face is not None and len(frame.face.image) == coefficients.MESH_WITH_IRISES
        ]
        rows, faces = [row for row, _ in seen], [face for _, face in seen]
        track = cls(
            time=np.array([frame.time for frame in frames], dtype=float),
            presence=np.full(n, np.nan),
            scale=np.full(n, np.nan),
            head=np.full((n, 2), np.nan),
            expressions=np.full((n, len(EXPRESSIONS)), np.nan),
            gaze=np.full((n, 2, 2), np.nan),
            places=np.full((n, 5, 2), np.nan),
            features=np.full((n, len(corrector.flips)), np.nan),
        )
        if faces:
            points = np.stack([face.image for face in faces])
            head = HeadFrame.of(points)
            track.presence[rows] = [face.presence for face in faces]
            track.scale[rows] = head.scale
            track.head[rows] = head_angles(head)
            track.expressions[rows] = _expressions(points, faces)
            track.gaze[rows] = gaze_angles(head, points)
            in_head = head.to_head(points)
            track.places[rows] = steady_places(in_head)
            track.features[rows] = corrector.features(in_head)
        return track

    @classmethod
    def joined(cls, parts: Sequence["FaceTrack"]) -> "FaceTrack":
        """Return consecutive tracks as one."""
        return cls(*(np.concatenate([getattr(part, item.name) for part in parts]) for item in fields(cls)))


class FaceObserver:
    """Observes the face of frames that are given one by one, without keeping all of their points."""

    def __init__(self) -> None:
        self._parts: list[FaceTrack] = [FaceTrack.of([])]
        self._waiting: list[Landmarks] = []

    def add(self, frame: Landmarks) -> None:
        """Take in the next frame."""
        self._waiting.append(frame)
        if len(self._waiting) >= _CHUNK:
            self._observe()

    def track(self) -> FaceTrack:
        """Return what was seen in all frames so far."""
        self._observe()
        return FaceTrack.joined(self._parts)

    def _observe(self) -> None:
        if self._waiting:
            self._parts.append(FaceTrack.of(self._waiting))
            self._waiting = []


def _expressions(points: Array, faces: list[FaceLandmarks]) -> Array:
    """Return the expressions (n, 52) of faces, computed where they were not recorded; without a network for it, NaN."""
    values = np.full((len(faces), len(COEFFICIENTS)), np.nan)
    for row, face in enumerate(faces):
        if face.coefficients is not None:
            values[row] = face.coefficients
    lacking = [row for row, face in enumerate(faces) if face.coefficients is None]
    # A take from before expressions is still solved for its body where this network is not installed.
    if lacking and files.onnx_path(coefficients.NETWORK).is_file():
        values[lacking] = coefficients.coefficients_of(points[lacking])
    result = np.full((len(faces), len(EXPRESSIONS)), np.nan)
    result[:, _PLACES] = np.clip(values[:, 1:], 0.0, 1.0)
    result[np.isfinite(values).all(axis=1), EXPRESSION_INDEX["tongueOut"]] = 0.0
    return result
