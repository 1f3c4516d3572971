# SPDX-License-Identifier: GPL-3.0-or-later
"""The body of a performer: one shape for a whole take, found together with the poses of some of its frames.

Bones have the same lengths in all frames, so what the poses cannot explain is the shape's. The poses are eliminated
frame by frame, and what is left are six equations for six numbers, which stay near those of an ordinary adult unless
the take says otherwise.

Pictures do not show how large somebody is, but proportions tell something of it: heads, hands and feet of tall people
are smaller beside their limbs. So where cameras stand is known but for a factor, a seventh number is that factor.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
_SIZE_DOUBT: Final = 0.1
"""Standard deviation of the logarithm of that factor, before proportions are looked at. Adults differ by that, and on
17 people in rendered clips the factor's error falls from 10 to 7.6 % (28 November 2026); 0.3 does as well."""
_SIZE_SHARE: Final = 0.75
"""Part of its logarithm that is believed: networks may find heads of real people elsewhere than those of rendered ones,
on which all of it is hardly better (joints off by 46.6 mm, by 45.9 with all of it, by 55.7 with none, 28 November
2026)."""
_SIZE_LIMIT: Final = 0.15
"""Largest logarithm of the factor."""
_FIXED: Final = 1e-6
"""Its standard deviation where the factor is known to be 1."""
_SIZE_ROUNDS: Final = (*_ROUNDS, 3.0, 3.0, 3.0, 3.0)
"""As `_ROUNDS`, for the factor, which comes slowly to rest."""
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
    search = _search(views, cameras, np.asarray(time, dtype=float), seed, settings or FitSettings(), size_doubt=_FIXED)
    return Performer.of_shape(_found(search, _ROUNDS).shape)


def fit_size(views: Sequence[View], cameras: Sequence[CameraGeometry], time: Array, seed: BodyMotion) -> float:
    """Return by how much the cameras stand farther apart than said, as a person's proportions tell.

    1 if too little is seen. The arguments are those of `fit_performer`; what is said of the cameras is taken to be such
    that the person is as large as the neutral body.
    """
    search = _search(views, cameras, np.asarray(time, dtype=float), seed, FitSettings(), size_doubt=_SIZE_DOUBT)
    return float(np.exp(np.clip(-_SIZE_SHARE * _found(search, _SIZE_ROUNDS).shrunk, -_SIZE_LIMIT, _SIZE_LIMIT)))


@dataclass(frozen=True)
class _Found:
    """What is known of a performer: a shape (6,), and the logarithm of the factor of its size."""

    shape: Array
    shrunk: float = 0.0

    @property
    def body(self) -> Body:
        """The body, as large as it is where the cameras are said to stand."""
        natural, factor = Body.of_shape(self.shape), float(np.exp(self.shrunk))
        return replace(
            natural, rest=factor * natural.rest, landmarks=factor * natural.landmarks, ends=factor * natural.ends
        )


def _search(
    views: Sequence[View],
    cameras: Sequence[CameraGeometry],
    time: Array,
    seed: BodyMotion,
    settings: FitSettings,
    *,
    size_doubt: float,
) -> "_Search | None":
    """Return a search over the frames that tell most; None if there are none."""
    evidence = Evidence.of(views, cameras, time)
    frames = _useful(evidence)
    if not len(frames):
        return None
    root, neutral = bridged(time, seed.root), shape_space().neutral
    estimate = BodyMotion(time[frames], seed.rotations[frames], root[frames], neutral, seed.confidence[frames])
    return _Search(evidence.part(frames), estimate, settings, size_doubt)


def _found(search: "_Search | None", rounds: Sequence[float]) -> _Found:
    """Return what a search comes to."""
    found = _Found(shape_space().neutral.copy())
    pose: Pose | None = None
    if search is not None:
        for outlier in rounds:
            found, pose = search.step(found, pose, outlier)
    return found


def _useful(evidence: Evidence) -> NDArray[np.int64]:
    """Return the numbers of up to `_FRAMES` frames that most cameras see, spread over the take."""
    seen = ((evidence.certainty > 0.0).sum(axis=2) >= _LEAST_SEEN).sum(axis=0)
    useful = np.flatnonzero((seen == seen.max()) & (seen > 0)) if len(seen) else np.empty(0, np.int64)
    return useful[np.unique(np.linspace(0, len(useful) - 1, _FRAMES).round().astype(int))] if len(useful) else useful


class _Search:
    """Steps of a shape and the factor of its size, with the poses of some frames."""

    def __init__(self, evidence: Evidence, estimate: BodyMotion, settings: FitSettings, size_doubt: float) -> None:
        self._evidence, self._estimate, self._settings = evidence, estimate, settings
        self._share = min(1.0, _INDEPENDENT / len(estimate.time))
        self._prior = np.array([*_SPREAD, size_doubt]) ** -2.0

    def step(self, found: _Found, pose: Pose | None, outlier: float) -> tuple[_Found, Pose]:
        """Return what is known, and poses, after one step."""
        body = found.body
        settings = self._settings
        equations = Equations(self._evidence, self._estimate, body, settings.doubts, landmark=settings.landmark)
        pose = pose or equations.start
        normal = equations.at(pose, outlier=outlier)
        n, count = len(pose.root), len(self._prior)
        larger = normal.points - pose.root[:, None]
        derivative = np.concatenate([self._derivative(found, pose), larger[..., None]], axis=-1)
        by_shape = derivative.reshape(n, -1, count)
        mixed = np.swapaxes(normal.pull, 1, 2) @ by_shape
        weighted = (normal.information @ derivative).reshape(by_shape.shape)
        own = np.swapaxes(by_shape, 1, 2) @ weighted
        force = (np.swapaxes(by_shape, 1, 2) @ normal.force.reshape(n, -1, 1))[..., 0]
        # Poses are eliminated: each frame's equations, solved for the pose, are put into those of the shape.
        solved = np.linalg.solve(normal.matrix, np.concatenate([mixed, normal.gradient[..., None]], axis=2))
        across = np.swapaxes(mixed, 1, 2)
        left = own - across @ solved[..., :-1]
        right = force - (across @ solved[..., -1:])[..., 0]
        beside = np.array([*(found.shape - shape_space().neutral), found.shrunk])
        matrix = self._share * left.sum(axis=0) + np.diag(self._prior)
        gradient = self._share * right.sum(axis=0) - self._prior * beside
        change = np.clip(np.linalg.solve(matrix, gradient), -_LARGEST, _LARGEST)
        moved = _Found(_plausible(found.shape + change[:-1]), found.shrunk + float(change[-1]))
        taken = np.array([*(moved.shape - found.shape), change[-1]])
        step = solved[..., -1] - (solved[..., :-1] @ taken[:, None])[..., 0]
        return moved, pose.moved(step)

    def _derivative(self, found: _Found, pose: Pose) -> Array:
        """Return how the landmarks change with the shape: (n, 43, 3, 6)."""
        rotations = with_globals(self._estimate.rotations, pose.turns)
        columns = []
        for number in range(len(PARAMETERS)):
            change = np.zeros(len(PARAMETERS))
            change[number] = _STEP
            ends = [np.clip(found.shape + sign * change, 0.0, 1.0) for sign in (1.0, -1.0)]
            after, before = (
                found_points(replace(found, shape=end).body, rotations, pose.root)[:, _LANDMARKS] for end in ends
            )
            columns.append((after - before) / (ends[0] - ends[1])[number])
        return np.stack(columns, axis=-1)


def _plausible(shape: Array) -> Array:
    """Return the shape (6,) within its limits."""
    limited = np.clip(shape, 0.0, 1.0)
    limited[PARAMETERS.index("age")] = max(limited[PARAMETERS.index("age")], _ADULT)
    return limited
