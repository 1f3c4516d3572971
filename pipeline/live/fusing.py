# SPDX-License-Identifier: GPL-3.0-or-later
"""One pose from what two cameras of known geometry show of a performer, frame by frame and without delay.

Each camera's own pose gives rotations; they are averaged by how sure each is, and from there the body is fitted to the
landmarks of both (`fitting`). Landmarks that both see are points in space; they give the performer's size and place the
hips. How much each camera counts changes softly, so that one may lose the performer, or stop, without a jump.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import JOINTS, PARENTS
from ...models.body.model import Body, neutral_body
from ...models.body.motion import BodyMotion
from ..solve.continuity import SignContinuity
from ..solve.points import HIPS
from ..solve.root import RunningMedian, size_ratios
from ..takes.geometry import CameraGeometry
from .fitting import FrameFit
from .rays import meeting, rays_of
from .view import SeenPose

Array = NDArray[np.float64]

SOON: Final = 0.15
"""Seconds in which most of a change of what counts is made."""

_HELD: Final = 0.07
"""Seconds for which a camera's last frame is as good as one of the moment: slow cameras have 15 frames a second."""

_SLOWLY: Final = 1.0
"""Seconds over which it is learnt how wrong a single camera's distance is."""

_SHARPNESS: Final = 6.0
"""How steeply a rotation's weight rises with its confidence."""

_LEAST: Final = 1e-9

_MISS: Final = 0.05
"""Radians between two lines of sight at which the point counts a third: a tenth of that is usual."""

_MET: Final = 0.05
"""Trust in both hips from which they place the performer."""

_SURE: Final = 0.3
"""Trust in a point from which the performer's size is measured by it."""

_DEPTHS: Final = (0.5, 2.0)
"""How wrong a single camera's distance may be held to be."""

_NARROW: Final = 0.25
"""Sine of the angle between the lines of sight below which the distance of a point is a guess."""

_PARENTS: Final = np.array(PARENTS)
_USED: Final = 33
"""Landmarks that become points in space: the body's."""


class Fuser:
    """Fits the neutral body to what two cameras show of one performer. Used in the worker's thread.

    Args:
        cameras: both cameras.
        body: the body to pose; the neutral one unless given.
    """

    def __init__(self, cameras: tuple[CameraGeometry, CameraGeometry], *, body: Body | None = None) -> None:
        self._cameras, self._body = cameras, body or neutral_body()
        self._turns = [np.array(each.rotation) for each in cameras]
        self._places = [np.array(each.position) for each in cameras]
        self._hips = self._body.landmarks[HIPS].mean(axis=0) - self._body.rest[0]
        self._fit = FrameFit(cameras, self._body)
        self.reset()

    def reset(self) -> None:
        """Forget the performer."""
        self._motions: list[BodyMotion | None] = [None, None]
        self._globals = [rot.identity(len(JOINTS)), rot.identity(len(JOINTS))]
        self._sure = [np.zeros(len(JOINTS)), np.zeros(len(JOINTS))]
        self._depths = [1.0, 1.0]
        self._last: list[tuple[float, SeenPose] | None] = [None, None]
        self._time: float | None = None
        self._share = np.zeros(len(JOINTS))
        self._root_trust = 0.0
        self._fit.reset()
        self._signs = SignContinuity()
        self._size, self._ratios = 1.0, RunningMedian(600)

    def frame(self, time: float, seen: tuple[SeenPose | None, SeenPose | None]) -> BodyMotion | None:
        """Return the motion of a frame in the first camera's axes; None before the performer was seen.

        Args:
            time: seconds by the first camera's clock.
            seen: what each camera shows; None if it has no frame of this moment.
        """
        step = 0.0 if self._time is None else max(0.0, time - self._time)
        self._time = time
        seen = self._current(time, seen)
        for number, each in enumerate(seen):
            self._look(number, each)
        motion = self._motions[0] or self._motions[1]
        if motion is None:
            return None
        soon = float(-np.expm1(-step / SOON))
        points, trust = self._points(seen)
        turns = self._averaged(soon)
        met = self._met(turns, points, trust)
        self._root_trust += soon * (float(np.isfinite(met).all()) - self._root_trust)
        root = self._root(seen, met, slowly=float(-np.expm1(-step / _SLOWLY)))
        rotations = turns.copy()
        rotations[1:] = rot.multiply(rot.conjugate(turns[_PARENTS[1:]]), turns[1:])
        estimate = replace(
            motion,
            time=np.array([time]),
            rotations=rotations[None],
            root=root[None],
            confidence=np.maximum(*self._sure)[None],
        )
        if np.isfinite(root).all():
            rotations, root = self._fit.frame(estimate, seen, size=self._size)
        return replace(estimate, rotations=self._signs.run(rotations[None]), root=root[None])

    def _current(
        self, time: float, seen: tuple[SeenPose | None, SeenPose | None]
    ) -> tuple[SeenPose | None, SeenPose | None]:
        """Return what each camera shows, the last frame where there is none of this moment but was just before."""
        for number, each in enumerate(seen):
            if each is not None:
                self._last[number] = (time, each)
        first, second = (
            each if each is not None or last is None or time - last[0] > _HELD else last[1]
            for each, last in zip(seen, self._last, strict=True)
        )
        return first, second

    def _look(self, number: int, seen: SeenPose | None) -> None:
        """Take over a camera's pose; without a frame the last one stays, which counts no more."""
        if seen is None:
            self._sure[number] = np.zeros(len(JOINTS))
            return
        if seen.seen or self._motions[number] is not None:
            self._motions[number] = seen.motion
            self._globals[number] = rot.multiply(self._turns[number], self._body.globals(seen.motion.rotations[0]))
            self._sure[number] = seen.motion.confidence[0]

    def _averaged(self, soon: float) -> Array:
        """Return global rotations (52, 4), averaged over both cameras."""
        first, second = self._motions
        if first is None or second is None:
            self._share = np.full(len(JOINTS), 0.0 if second is None else 1.0)
            return self._globals[0] if second is None else self._globals[1]
        weights = [each**_SHARPNESS for each in self._sure]
        # Of a joint that no camera sees, the share stays as it is.
        target = (weights[1] + _LEAST * self._share) / (weights[0] + weights[1] + _LEAST)
        self._share = self._share + soon * (target - self._share)
        return rot.slerp(self._globals[0], self._globals[1], self._share)

    def _points(self, seen: tuple[SeenPose | None, SeenPose | None]) -> tuple[Array, Array]:
        """Return the points (33, 3) that both cameras see, and how far each can be trusted (33,), 0..1."""
        first, second = seen
        if first is None or second is None or not (first.seen and second.seen):
            return np.full((_USED, 3), np.nan), np.zeros(_USED)
        rays = [
            rays_of(each.pixels[:_USED], camera) for each, camera in zip((first, second), self._cameras, strict=True)
        ]
        points, gap, sine = meeting(rays[0], rays[1], self._places[1])
        sure = first.weight[:_USED] * second.weight[:_USED]
        trust = sure / (1.0 + 2.0 * np.square(gap / _MISS)) * np.minimum(1.0, np.square(sine / _NARROW))
        return points, np.where(np.isfinite(points).all(axis=1), trust, 0.0)

    def _met(self, turns: Array, points: Array, trust: Array) -> Array:
        """Return where both cameras see the hips joint (3,), with the performer scaled to the body's size; else NaN."""
        if trust[HIPS].min() <= _MET:
            return np.full(3, np.nan)
        sure = (trust[None] > _SURE).astype(float)
        self._size = self._ratios.add(size_ratios(points[None], sure, self._body.landmarks))
        met: Array = self._size * points[HIPS].mean(axis=0) - rot.rotate(turns[0], self._hips)
        return met

    def _root(self, seen: tuple[SeenPose | None, SeenPose | None], met: Array, *, slowly: float) -> Array:
        """Return the position (3,) of the hips joint: `met`, or where single cameras see it; NaN if none does."""
        alone = []
        for number, each in enumerate(seen):
            if each is None or not each.seen or not np.isfinite(each.motion.root).all():
                continue
            own, turn, base = each.motion.root[0], self._turns[number], self._size * self._places[number]
            if np.isfinite(met).all():
                true = rot.rotate(rot.conjugate(turn), met - base)
                ratio = float(np.clip(true[1] / own[1], *_DEPTHS))
                self._depths[number] += slowly * (ratio - self._depths[number])
            alone.append(base + rot.rotate(turn, self._depths[number] * own))
        if not alone:
            return met
        single: Array = np.mean(alone, axis=0)
        return single + self._root_trust * (met - single) if np.isfinite(met).all() else single
