# SPDX-License-Identifier: GPL-3.0-or-later
"""The body of a performer: one shape for a whole take, found together with the poses of some of its frames.

Bones have the same lengths in all frames, so what the poses cannot explain is the shape's. The poses are eliminated
frame by frame, and what is left are six equations for six numbers, which stay near those of an ordinary adult unless
the take says otherwise.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body.model import Body, hip_height, neutral_body
from .....models.body.motion import BodyMotion
from .....models.body.shape import PARAMETERS, shape_space
from ....takes.geometry import CameraGeometry
from ..view import View
from .equations import Equations, Pose
from .evidence import Evidence
from .fit import FitSettings, bridged
from .landmark_errors import found_points
from .skeleton import LANDMARKS, with_globals

Array = NDArray[np.float64]

_LANDMARKS: Final = list(LANDMARKS)
_FRAMES: Final = 150
"""Most frames that are used."""
_LEAST_SEEN: Final = 12
"""Landmarks that a camera sees in a frame that is used, at least."""
_ROUNDS: Final = (8.0, 4.0, 3.0, 3.0, 3.0, 3.0)
"""For each step, the expected errors from which landmarks count less and less."""
_SPREAD: Final = np.array([0.3, 0.12, 0.2, 0.2, 0.25, 0.25])
"""Standard deviations of the numbers of adults about the neutral body's."""
_INDEPENDENT: Final = 6.0
"""Frames that count as independent of each other, however many there are: landmarks err alike in most of a take."""
_STEP: Final = 0.05
"""By how much a number is changed to see what depends on it."""
_LARGEST: Final = 0.2
"""By how much one step changes a number at most."""
_ADULT: Final = 0.45
"""Least age, in the numbers of a shape: about 14 years."""
_UP: Final = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class Performer:
    """Somebody in a take.

    Attributes:
        shape: (6,) in the order of `models.body.shape.PARAMETERS`.
        body: the body of this shape, in metres.
        scale: size of this body relative to the neutral one, by the height of the hips.
    """

    shape: Array
    body: Body
    scale: float

    @classmethod
    def of_shape(cls, shape: Array) -> "Performer":
        """Make it from a shape (6,); NaN means that of the neutral body."""
        known = np.where(np.isfinite(shape), shape, shape_space().neutral)
        body = Body.of_shape(known)
        return cls(known, body, hip_height(body.rest, _UP) / hip_height(neutral_body().rest, _UP))


def fit_performer(
    views: Sequence[View],
    cameras: Sequence[CameraGeometry],
    time: Array,
    seed: BodyMotion,
    *,
    settings: FitSettings | None = None,
) -> Performer:
    """Return the performer whose body fits the landmarks of all views best.

    The numbers stay at those of the neutral body if too little is seen.

    Args:
        views: what each camera saw of the person.
        cameras: their geometry and clocks; with one camera, whose distance is not known, only proportions are found.
        time: (n,) seconds of the take, those of the seed.
        seed: an estimate of the motion in the take's axes.
        settings: as for `fit.fit_body`.
    """
    settings = settings or FitSettings()
    neutral = shape_space().neutral
    evidence = Evidence.of(views, cameras, np.asarray(time, dtype=float))
    frames = _useful(evidence)
    if not len(frames):
        return Performer.of_shape(neutral)
    root = bridged(np.asarray(time, dtype=float), seed.root)
    estimate = BodyMotion(time[frames], seed.rotations[frames], root[frames], neutral, seed.confidence[frames])
    search = _Search(evidence.part(frames), estimate, settings)
    shape, pose = neutral.copy(), None
    for outlier in _ROUNDS:
        shape, pose = search.step(shape, pose, outlier)
    return Performer.of_shape(shape)


def _useful(evidence: Evidence) -> NDArray[np.int64]:
    """Return the numbers of up to `_FRAMES` frames that most cameras see, spread over the take."""
    seen = ((evidence.certainty > 0.0).sum(axis=2) >= _LEAST_SEEN).sum(axis=0)
    useful = np.flatnonzero((seen == seen.max()) & (seen > 0)) if len(seen) else np.empty(0, np.int64)
    return useful[np.unique(np.linspace(0, len(useful) - 1, _FRAMES).round().astype(int))] if len(useful) else useful


class _Search:
    """Steps of a shape, with the poses of some frames."""

    def __init__(self, evidence: Evidence, estimate: BodyMotion, settings: FitSettings) -> None:
        self._evidence, self._estimate, self._settings = evidence, estimate, settings
        self._share = min(1.0, _INDEPENDENT / len(estimate.time))

    def step(self, shape: Array, pose: Pose | None, outlier: float) -> tuple[Array, Pose]:
        """Return shape (6,) and poses after one step."""
        body = Body.of_shape(shape)
        settings = self._settings
        equations = Equations(self._evidence, self._estimate, body, settings.doubts, landmark=settings.landmark)
        pose = pose or equations.start
        normal = equations.at(pose, outlier=outlier)
        n = len(pose.root)
        by_shape = self._derivative(shape, pose).reshape(n, -1, len(PARAMETERS))
        mixed = np.swapaxes(normal.pull, 1, 2) @ by_shape
        weighted = (normal.information @ by_shape.reshape(n, -1, 3, len(PARAMETERS))).reshape(by_shape.shape)
        own = np.swapaxes(by_shape, 1, 2) @ weighted
        force = (np.swapaxes(by_shape, 1, 2) @ normal.force.reshape(n, -1, 1))[..., 0]
        # Poses are eliminated: each frame's equations, solved for the pose, are put into those of the shape.
        solved = np.linalg.solve(normal.matrix, np.concatenate([mixed, normal.gradient[..., None]], axis=2))
        across = np.swapaxes(mixed, 1, 2)
        left = own - across @ solved[..., :-1]
        right = force - (across @ solved[..., -1:])[..., 0]
        prior = _SPREAD**-2.0
        matrix = self._share * left.sum(axis=0) + np.diag(prior)
        gradient = self._share * right.sum(axis=0) - prior * (shape - shape_space().neutral)
        change = np.clip(np.linalg.solve(matrix, gradient), -_LARGEST, _LARGEST)
        moved = _plausible(shape + change)
        step = solved[..., -1] - (solved[..., :-1] @ (moved - shape)[:, None])[..., 0]
        return moved, pose.moved(step)

    def _derivative(self, shape: Array, pose: Pose) -> Array:
        """Return how the landmarks change with the shape: (n, 43, 3, 6)."""
        rotations = with_globals(self._estimate.rotations, pose.turns)
        columns = []
        for number in range(len(PARAMETERS)):
            change = np.zeros(len(PARAMETERS))
            change[number] = _STEP
            ends = [np.clip(shape + sign * change, 0.0, 1.0) for sign in (1.0, -1.0)]
            after, before = (found_points(Body.of_shape(end), rotations, pose.root)[:, _LANDMARKS] for end in ends)
            columns.append((after - before) / (ends[0] - ends[1])[number])
        return np.stack(columns, axis=-1)


def _plausible(shape: Array) -> Array:
    """Return the shape (6,) within its limits."""
    limited = np.clip(shape, 0.0, 1.0)
    limited[PARAMETERS.index("age")] = max(limited[PARAMETERS.index("age")], _ADULT)
    return limited
