# SPDX-License-Identifier: GPL-3.0-or-later
"""Bundle adjustment over people: cameras, lenses, clocks, and the body at some moments, fitted to 2D landmarks.

The unknowns are, for each camera but the first, rotation, position and two numbers of its clock; the focal length of
each; the lengths of each person's bones; and the landmarks in space at each moment. Moments only depend on each other
through the cameras and the lengths, so each is eliminated from the normal equations (the Schur complement), which
leaves a few dozen unknowns. Outliers are weighted down by Geman and McClure's function, at first mildly.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot
from .bones import FIRST, LENGTH, LENGTHS, SECOND, STIFF, bones, rest_lengths, size_rows
from .elimination import eliminate
from .moments import Moments

Array = NDArray[np.float64]

_OFFSET_DOUBT: Final = 0.05
"""Error in seconds of the clocks' offsets to start with."""
_RATE_DOUBT: Final = 7e-4
"""Error of the clocks' rates to start with."""
_CERTAIN: Final = 1e-6
"""Error of clocks that are not to be found."""
_NEAREST: Final = 0.1
"""Metres in front of a camera within which nothing is projected."""
_RIDGE: Final = 1e-3
"""Least stiffness of landmarks that no camera sees, so that the equations have a solution."""
_ENOUGH: Final = 1e-4
"""Gain of a step as a fraction of the cost below which the fit ends."""
_INDEPENDENT: Final = 2.3
"""As many moments have errors of their own: networks take a hip for too high in all pictures from the same side.

The more moments there are, the more they would otherwise be believed about lenses. Measured on the clips of the bench
`evaluate --cameras`, 28 November 2026: focal lengths are off by 11 % without it, by 6 % with it.
"""
_CAMERA: Final = 8
"""Unknowns of each camera but the first, beside its focal length: rotation, position, clock."""


@dataclass(frozen=True)
class Cameras:
    """Where c cameras stand, relative to the first one, and their lenses and clocks.

    Attributes:
        turn: (c, 3, 3) rotation matrices from the camera's axes to the first one's.
        position: (c, 3) metres in the first one's axes.
        focal: (c,) px.
        late: (c, 2) seconds by which the camera's frames have to be read later than at the moments' times, in the
            middle of the moments, and its change per second.
    """

    turn: Array
    position: Array
    focal: Array
    late: Array

    def moved(self, step: Array) -> "Cameras":
        """Return them after a step of the unknowns, in the order of the normal equations."""
        c = len(self.focal)
        change = np.zeros((c, _CAMERA))
        change[1:] = step[c:].reshape(c - 1, _CAMERA)
        return Cameras(
            turn=rot.to_matrix(rot.from_vector(change[:, :3])) @ self.turn,
            position=self.position + change[:, 3:6],
            focal=self.focal * np.exp(np.clip(step[:c], -0.5, 0.5)),
            late=self.late + change[:, 6:],
        )


@dataclass(frozen=True)
class Lens:
    """What is known of the focal lengths: (c,) px as assumed, and (c,) their error as a fraction."""

    focal: Array
    doubt: Array


@dataclass(frozen=True)
class Fit:
    """A fit of n moments.

    Attributes:
        cameras: the cameras.
        points: (n, j, 3) metres, the landmarks in the first camera's axes.
        sizes: (p, l) logarithms of the bones' lengths beside the body's.
        cost: the robust cost for each landmark seen, in squares of the expected error.
        residual: (n, c, j) distance of each landmark in the picture from the fit, beside the expected error; NaN where
            it is missing.
        turn_doubt: (c,) error of the cameras' rotations in radians, one standard deviation.
    """

    cameras: Cameras
    points: Array
    sizes: Array
    cost: float
    residual: Array
    turn_doubt: Array


@dataclass(frozen=True)
class _State:
    cameras: Cameras
    points: Array
    sizes: Array


@dataclass(frozen=True)
class _Equations:
    """Normal equations of Gauss and Newton's step.

    Attributes:
        inner: (j, j, n, 3, 3) of the points at each moment.
        mixed: (j, n, 3, g + 1) of points and globals, and the points' right-hand side.
        outer: (g, g + 1) of the globals, and their right-hand side.
    """

    inner: Array
    mixed: Array
    outer: Array


class Bundle:
    """The moments to fit, and what is known beforehand.

    Args:
        moments: what the cameras see.
        lens: what is known of the focal lengths.
        clocks: whether the clocks are unknowns.
        cameras: whether cameras and lengths are unknowns; otherwise only the landmarks in space are.
    """

    def __init__(self, moments: Moments, lens: Lens, *, clocks: bool = True, cameras: bool = True) -> None:
        self._moments = moments
        self._lens = lens
        self._free = cameras
        self._clock_doubts = (_OFFSET_DOUBT, _RATE_DOUBT) if clocks else (_CERTAIN, _CERTAIN)
        self._elapsed = moments.time - self.middle
        self._rest = rest_lengths()
        self._people = int(moments.person.max()) + 1
        self._size_rows = size_rows(self._people)
        self._count = moments.pixels.shape[1]
        self._first_size = self._count + _CAMERA * (self._count - 1)
        self._noise = moments.noise
        self._together = max(1.0, float(np.sqrt(len(moments) / _INDEPENDENT)))
        self._seen = moments.weight > 0.0

    @property
    def middle(self) -> float:
        """Time in seconds of the take's clock to which `Cameras.late` refers."""
        return float(self._moments.time.mean())

    def fit(
        self,
        cameras: Cameras,
        points: Array | None = None,
        sizes: Array | None = None,
        *,
        steps: int = 30,
        robust: tuple[float, ...] = (8.0, 4.0, 2.5),
    ) -> Fit:
        """Fit from a first guess.

        Args:
            cameras: the first guess of the cameras.
            points: (n, j, 3) metres, that of the landmarks; the mean of what each camera has solved unless given.
            sizes: (p, l) that of the lengths.
            steps: most steps for each of `robust`.
            robust: multiples of the expected error from which landmarks count as outliers, one after the other.
        """
        state = _State(
            cameras,
            self._mean_pose(cameras) if points is None else points,
            np.zeros((self._people, LENGTHS)) if sizes is None else sizes,
        )
        for limit in robust:
            state = self._minimise(state, limit, steps)
        errors = self._errors(state, self._project(state)[1])
        return Fit(
            state.cameras,
            state.points,
            state.sizes,
            self._landmark_cost(errors, robust[-1]) / max(float(self._moments.weight.sum()), 1e-9),
            np.where(self._seen, np.linalg.norm(errors, axis=-1), np.nan),
            self._turn_doubt(self._equations(state, robust[-1])),
        )

    def _mean_pose(self, cameras: Cameras) -> Array:
        poses = np.einsum("cab,ncjb->ncja", cameras.turn, self._moments.poses) + cameras.position[:, None]
        sure = np.where(np.isfinite(poses[..., 0]), self._moments.weight + 1e-3, 0.0)
        total = np.einsum("ncj,ncja->nja", sure, np.nan_to_num(poses))
        return np.asarray(total / np.maximum(sure.sum(axis=1), 1e-9)[..., None])

    def _minimise(self, state: _State, limit: float, steps: int) -> _State:
        """Levenberg and Marquardt's method."""
        damping, cost = 1e-3, self._cost(state, limit)
        for _ in range(steps):
            equations = self._equations(state, limit)
            tried = self._step(state, equations, damping)
            while (new := self._cost(tried, limit)) >= cost and damping < 1e6:
                damping *= 10.0
                tried = self._step(state, equations, damping)
            if new >= cost:
                break
            gain, state, cost, damping = cost - new, tried, new, max(damping * 0.1, 1e-7)
            if gain < _ENOUGH * cost:
                break
        return state

    def _step(self, state: _State, equations: _Equations, damping: float) -> _State:
        eliminated = eliminate(equations.inner, equations.mixed, damping)
        step = np.zeros(len(equations.outer))
        if self._free:
            reduced = equations.outer - eliminated.products()[:-1]
            reduced[np.diag_indices(len(step))] += damping * np.diag(equations.outer)
            step = np.linalg.solve(reduced[:, :-1], reduced[:, -1])
        moved = np.moveaxis(eliminated.solve(np.append(-step, 1.0)), 0, 1)
        first = self._first_size
        return _State(
            state.cameras.moved(step[:first]),
            state.points + moved,
            state.sizes + step[first:].reshape(state.sizes.shape),
        )

    def _turn_doubt(self, equations: _Equations) -> Array:
        reduced = (equations.outer - eliminate(equations.inner, equations.mixed, 0.0).products()[:-1])[:, :-1]
        variance = np.maximum(np.diag(np.linalg.pinv(reduced)), 0.0)[self._count : self._first_size]
        doubt = self._together * np.sqrt(variance.reshape(-1, _CAMERA)[:, :3].sum(axis=1))
        return np.concatenate([[0.0], doubt])

    def _project(self, state: _State) -> tuple[Array, Array]:
        """Return the points in each camera's axes (n, c, j, 3), and their pictures (n, c, j, 2) in px."""
        cameras = state.cameras
        offset = state.points[:, None] - cameras.position[:, None]
        inside = np.matmul(offset, cameras.turn)
        inside[..., 1] = np.maximum(inside[..., 1], _NEAREST)
        scale = cameras.focal[:, None] / inside[..., 1]
        return inside, np.stack([scale * inside[..., 0], -scale * inside[..., 2]], axis=-1)

    def _errors(self, state: _State, picture: Array) -> Array:
        """Return what is left of the landmarks (n, c, j, 2) beside the expected error."""
        late = state.cameras.late[:, 0] + state.cameras.late[:, 1] * self._elapsed[:, None]
        seen = self._moments.pixels + late[..., None, None] * self._moments.speed
        return np.asarray((picture - seen) / self._noise[..., None])

    def _landmark_cost(self, errors: Array, limit: float) -> float:
        squares = np.square(errors).sum(axis=-1)
        return float((self._moments.weight * squares / (1.0 + squares / limit**2)).sum())

    def _wanted(self, state: _State) -> Array:
        """Return the lengths (n, b) that the bones should have."""
        return np.asarray((self._rest * np.exp(state.sizes[:, LENGTH]))[self._moments.person])

    def _known(self, state: _State) -> tuple[Array, Array]:
        """Return what is left (m,) of what is known of lenses, clocks and sizes, and its Jacobian (m, g)."""
        c, first = self._count, self._first_size
        clocks = np.arange(c, first).reshape(c - 1, _CAMERA)[:, 6:].ravel()
        rows = np.zeros((c + len(clocks) + len(self._size_rows), first + state.sizes.size))
        rows[np.arange(c), np.arange(c)] = self._together / self._lens.doubt
        rows[c + np.arange(len(clocks)), clocks] = 1.0 / np.tile(self._clock_doubts, c - 1)
        rows[c + len(clocks) :, first:] = self._size_rows
        values = np.zeros(first + state.sizes.size)
        values[:c] = np.log(state.cameras.focal / self._lens.focal)
        values[clocks], values[first:] = state.cameras.late[1:].ravel(), state.sizes.ravel()
        return rows @ values, rows

    def _cost(self, state: _State, limit: float) -> float:
        seen = self._landmark_cost(self._errors(state, self._project(state)[1]), limit)
        lengths = STIFF * (bones(state.points)[1] - self._wanted(state))
        return float(seen + np.square(lengths).sum() + np.square(self._known(state)[0]).sum())

    def _equations(self, state: _State, limit: float) -> _Equations:
        """Return the normal equations of Gauss and Newton's step."""
        inside, picture = self._project(state)
        errors = self._errors(state, picture)
        root = np.sqrt(self._moments.weight) / (1.0 + np.square(errors).sum(axis=-1) / limit**2)
        by_point, by_camera = self._jacobians(state, inside, picture)
        by_point *= root[..., None, None]
        by_camera *= root[..., None, None]
        errors *= root[..., None]
        n, c, j = root.shape
        values, rows = self._known(state)
        outer = np.concatenate([rows.T @ rows, -rows.T @ values[:, None]], axis=1)
        inner, mixed = np.zeros((j, j, n, 3, 3)), np.zeros((j, n, 3, outer.shape[1]))
        places = np.arange(j)
        turned = np.moveaxis(by_point, 2, 0)  # (j, n, c, 2, 3)
        inner[places, places] = np.einsum("jncra,jncrb->jnab", turned, turned) + _RIDGE * np.eye(3)
        mixed[..., -1] = -np.einsum("jncra,ncjr->jna", turned, errors)
        for camera in range(c):
            start = c + _CAMERA * (camera - 1)
            at = np.array([camera, *(range(start, start + _CAMERA) if camera else ())])
            local = by_camera[:, camera, ..., : len(at)]
            backward = np.swapaxes(turned[:, :, camera], -1, -2)  # (j, n, 3, 2)
            mixed[..., at] = np.matmul(backward, np.swapaxes(local, 0, 1))
            flat = local.reshape(n, 2 * j, len(at))
            across = np.swapaxes(flat, 1, 2)
            outer[np.ix_(at, at)] += np.matmul(across, flat).sum(axis=0)
            outer[at, -1] -= np.matmul(across, errors[:, camera].reshape(n, -1, 1)).sum(axis=0)[:, 0]
        equations = _Equations(inner, mixed, outer)
        self._add_bones(state, equations)
        return equations

    def _jacobians(self, state: _State, inside: Array, picture: Array) -> tuple[Array, Array]:
        """Return how errors change with the points (n, c, j, 2, 3) and with focal length and camera (n, c, j, 2, 9)."""
        cameras, noise = state.cameras, self._noise
        x, y, z = inside[..., 0], inside[..., 1], inside[..., 2]
        scale = cameras.focal[:, None] / (y * noise)
        by_inside = np.zeros((*x.shape, 2, 3))
        by_inside[..., 0, 0], by_inside[..., 0, 1] = scale, -scale * x / y
        by_inside[..., 1, 2], by_inside[..., 1, 1] = -scale, scale * z / y
        by_point = np.matmul(by_inside, np.swapaxes(cameras.turn, -1, -2)[:, None])
        offset = state.points[:, None] - cameras.position[:, None]
        by_camera = np.zeros((*x.shape, 2, 1 + _CAMERA))
        by_camera[..., 0] = picture / noise[..., None]
        by_camera[..., 1:4] = rot.cross(by_point, offset[..., None, :])
        by_camera[..., 4:7] = -by_point
        late = -self._moments.speed / noise[..., None]
        by_camera[..., 7] = late
        by_camera[..., 8] = late * self._elapsed[:, None, None, None]
        return by_point, by_camera

    def _add_bones(self, state: _State, equations: _Equations) -> None:
        """Add what is known of the bones' lengths to equations."""
        direction, length = bones(state.points)
        wanted = self._wanted(state)
        inner, mixed, outer = equations.inner, equations.mixed, equations.outer
        rows = np.arange(len(direction))
        for bone, (a, b) in enumerate(zip(FIRST.tolist(), SECOND.tolist(), strict=True)):
            left = STIFF[bone] * (length[:, bone] - wanted[:, bone])
            along = STIFF[bone] * direction[:, bone]
            square = along[:, :, None] * along[:, None, :]
            inner[a, a] += square
            inner[b, b] += square
            inner[a, b] -= square
            inner[b, a] -= square
            mixed[a, :, :, -1] += left[:, None] * along
            mixed[b, :, :, -1] -= left[:, None] * along
            column = self._first_size + LENGTHS * self._moments.person + LENGTH[bone]
            change = -STIFF[bone] * wanted[:, bone]
            mixed[a, rows, :, column] -= change[:, None] * along
            mixed[b, rows, :, column] += change[:, None] * along
            np.add.at(outer, (column, column), change * change)
            np.add.at(outer, (column, -1), -change * left)
