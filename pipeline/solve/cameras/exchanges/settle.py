# SPDX-License-Identifier: GPL-3.0-or-later
"""Left and right of what one camera saw, settled by the other cameras.

A network that exchanges sides turns the vector from each right point of a body to its left twin round in the picture,
and leaves its depth: it takes somebody who faces the camera for somebody who turns their back. Two cameras that stand
apart see that in different ways, so that their vectors agree in space only if each is turned back in the camera that
was wrong. That tells which one was. For every frame all combinations of exchanges in the views are compared, and the
cheapest sequence of them is taken (Viterbi), in which exchanges are rare and begin and end where points jump.
"""

from collections.abc import Sequence
from itertools import combinations, pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot
from .....models.body.model import neutral_body
from ....takes.geometry import CameraGeometry
from ...sides.continuity import USUAL as USUAL_MOTION
from ...sides.exchange import Exchange
from ...sides.geometry import EXCHANGED, FRAME, SPELL, across
from ..clocks import in_take, interval
from ..view import View
from .exchanged import exchanged_view

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

_TWINS: Final = (11, 23, 13, 15, 25, 27, 31)
"""Left shoulder, hip, elbow, wrist, knee, ankle and toes."""
_GROUP: Final = np.array([0, 0, 1, 1, 2, 2, 2])
"""Whether each belongs to torso, arms or legs, as in `EXCHANGED`."""
_USUAL: Final = np.array([0.06, 0.045, 0.14, 0.20, 0.09, 0.13, 0.17])
"""Metres by which vectors of two views differ usually, a little more than the median (15 pairs of rendered views)."""
_WEIGHT: Final = np.array([1.0, 1.0, 1.2, 1.2, 1.0, 0.9, 0.4])
"""How much each counts."""
_HIDDEN: Final = 0.25
"""Power of a landmark's weight: where it is guessed by the rest of its side, it still tells which side that is."""
_IMAGE: Final = np.array([-1.0, 1.0, -1.0])
"""What an exchange does to such a vector in the camera's axes: its depth, along Y, stays."""
_UP: Final = np.array([1.0, -1.0])

_RARE: Final = 0.2
"""Cost of an exchange in one view for as long as networks err alike."""
_BEGIN: Final = 3.5
_CEASE: Final = 2.5
_OTHER: Final = 5.0
_JUMP: Final = 2.5
"""What it costs beyond that to begin or to cease where no point jumps, for each part of the body."""
_SETTLED: Final = 0.5
"""Runs whose frames would be dearer by less as found are left so."""
_LASTING: Final = 3.0
"""Likewise for each second of the run: what is really exchanged shows in every frame, not at its ends alone.

On rendered clips, 28 November 2026, of 186 exchanged frames 66 are left, and 2 are made wrong; with 4, 2, 1 and 0 for
`_BEGIN`, `_JUMP`, `_SETTLED` and this, 76 and 15. Of arms or legs that are exchanged on purpose in one camera, 74 % are
undone, not 51.
"""
_STEP: Final = 1.0 / 30.0
"""Least seconds between the moments at which views are compared."""
_NEVER: Final = 1e6
_NEAR: Final = 0.1
"""Seconds between a moment and a camera's nearest frame from which that says nothing."""
_TOGETHER: Final = 3
"""Views whose exchanges are all weighed against each other; each further one only against the first two."""


def settled(views: Sequence[View], cameras: Sequence[CameraGeometry]) -> tuple[list[View], list[Integers]]:
    """Put left and right in order in views of one person, by what the others saw.

    Args:
        views: what each camera saw.
        cameras: their geometry; all that counts is how they are turned, and their clocks.

    Returns:
        The views, in which exchanges are undone in pixels and motion, and which `Exchange` it was in each frame (n,).
    """
    time = _moments(views, cameras)
    states = np.zeros((len(views), len(time)), np.int64)
    seen = [number for number, view in enumerate(views) if len(view.time)]
    if len(seen) > 1 and len(time) > 1:
        sights = [_Sight(views[number], cameras[number], time) for number in seen]
        states[seen[:_TOGETHER]] = _exchanges(sights[:_TOGETHER], time)
        for further in range(_TOGETHER, len(seen)):
            both = [*sights[:2], sights[further]]
            states[seen[further]] = _exchanges(both, time, known=states[seen[:2]])[2]
    own = [_at_frames(view, camera, time, each) for view, camera, each in zip(views, cameras, states, strict=True)]
    return [exchanged_view(view, each) for view, each in zip(views, own, strict=True)], own


class _Sight:
    """What one camera saw of a person at n moments, of which it may have nothing.

    Attributes:
        vectors: (n, k, 2, 3) m, from right to left twins in the take's axes, as found and as if exchanged.
        pictured: (n, k, 2, 2) m, what of them is in the picture, right and up, at the person's distance; likewise.
        turn: (4,) rotation from the camera's axes into the take's.
        weight: (n, k) how sure both twins are; 0 where unknown.
        change: (n, 5, 5) cost of an exchange at the moment before being followed by one at this moment.
    """

    def __init__(self, view: View, camera: CameraGeometry, time: Array) -> None:
        body, motion, lefts = neutral_body(), view.motion, list(_TWINS)
        near, seen = _nearest(view, camera, time)
        points = body.landmark_positions(motion.rotations, np.zeros((len(view.time), 3)))[:, :33]
        found = across(points, _TWINS)
        known = np.isfinite(found).all(axis=2)
        both = np.minimum(view.weight[:, lefts], view.weight[:, [each + 1 for each in lefts]])
        vectors = np.stack([found, found * _IMAGE], axis=2)[near]
        depth = motion.root[:, 1]
        usual = float(np.median(depth[np.isfinite(depth)])) if np.isfinite(depth).any() else 1.0
        scale = np.where(np.isfinite(depth), depth, usual) / camera.focal
        flat = across(view.pixels, _TWINS) * scale[:, None, None] * _UP
        known &= np.isfinite(flat).all(axis=2)
        pictured = np.where(known[..., None], flat, 0.0)[near]
        self.turn = np.array(camera.rotation)
        self.vectors = rot.rotate(self.turn, np.where(known[near][:, :, None, None], vectors, 0.0))
        self.pictured = np.stack([pictured, -pictured], axis=2)
        self.weight = np.where(known, both**_HIDDEN, 0.0)[near] * seen[:, None]
        self.change = _change_costs(view.pixels[near, :33], time)


def _moments(views: Sequence[View], cameras: Sequence[CameraGeometry]) -> Array:
    """Return moments at which two cameras film: as many as the fastest one has frames, up to a limit."""
    times = [in_take(view.time, camera) for view, camera in zip(views, cameras, strict=True) if len(view.time)]
    if len(times) < 2:
        return np.empty(0)
    step = max(min((interval(each) for each in times if len(each) > 1), default=_STEP), _STEP)
    start, end = sorted(float(each[0]) for each in times)[1], sorted(float(each[-1]) for each in times)[-2]
    return np.asarray(start + step * np.arange(int(max(end - start, 0.0) / step) + 1))


def _nearest(view: View, camera: CameraGeometry, time: Array) -> tuple[Integers, NDArray[np.bool_]]:
    """Return the frame of a view that is nearest to each moment (n,), and whether it is near enough."""
    own = in_take(view.time, camera)
    if not len(own):
        return np.zeros(len(time), np.int64), np.zeros(len(time), bool)
    after = np.clip(np.searchsorted(own, time), min(1, len(own) - 1), len(own) - 1)
    near = np.where(time - own[after - 1] < own[after] - time, after - 1, after)
    return near, np.abs(own[near] - time) < _NEAR


def _at_frames(view: View, camera: CameraGeometry, time: Array, states: Integers) -> Integers:
    """Return the state of each frame of a view, from those of the moments (n,) of the take."""
    if len(time) < 2:
        return np.zeros(len(view.time), np.int64)
    place = np.round((in_take(view.time, camera) - time[0]) / (time[1] - time[0])).astype(np.int64)
    inside = (place >= 0) & (place < len(time))
    return np.where(inside, states[np.clip(place, 0, len(time) - 1)], int(Exchange.NONE))


def _change_costs(pixels: Array, time: Array) -> Array:
    """Return what changes of exchanges cost (n, 5, 5): little where the points of a part change places."""
    between = across(pixels, _TWINS)
    known = np.isfinite(pixels)
    low = np.where(known, pixels, np.inf).min(axis=1)
    extent = np.where(known, pixels, -np.inf).max(axis=1) - low
    size = 1.2 * np.linalg.norm(np.where(np.isfinite(extent), extent, 0.0), axis=1)
    between = between / np.maximum(size, 1.0)[:, None, None]
    gaps = np.maximum(np.diff(time), 1e-3)[:, None]
    usual = np.array([USUAL_MOTION[each] for each in _TWINS]) * np.maximum(gaps / FRAME, 1.0)
    keep, turn = (
        np.log1p(0.5 * (np.linalg.norm(between[1:] - sign * between[:-1], axis=2) / usual) ** 2) for sign in (1.0, -1.0)
    )
    gain = np.nan_to_num(turn - keep) * _WEIGHT
    parts = np.stack([gain[:, part == _GROUP].sum(axis=1) for part in range(3)], axis=1)
    parts = np.clip(parts, -_JUMP, _JUMP)  # Positive where a change would be a jump that is not seen.
    changed = (EXCHANGED[:, None] != EXCHANGED[None]).astype(np.float64)
    usually = np.full((len(Exchange), len(Exchange)), _OTHER)
    usually[0], usually[:, 0] = _BEGIN, _CEASE
    np.fill_diagonal(usually, 0.0)
    costs = np.zeros((len(time), len(Exchange), len(Exchange)))
    costs[1:] = np.maximum(usually + np.einsum("np,stp->nst", parts, changed), 0.0)
    return costs


def _exchanges(sights: Sequence[_Sight], time: Array, known: Integers | None = None) -> Integers:
    """Return the exchanges in each view (views, n) that fit each other best; those of the first ones may be known."""
    count, kinds = len(sights), len(Exchange)
    costs = np.zeros((len(time), *[kinds] * count))  # of each combination
    for one, other in combinations(range(count), 2):
        costs += _spread(_disagreement(sights[one], sights[other]), (one, other), count)
    for view in range(count):
        costs += _spread(np.array([[0.0, *[_RARE] * (kinds - 1)]]), (view,), count)
    costs *= min(float(time[1] - time[0]) / SPELL, 1.0)
    for view, states in enumerate([] if known is None else known):
        costs += _spread(np.where(states[:, None] == np.arange(kinds), 0.0, _NEVER), (view,), count)
    states, through = _cheapest(costs, [sight.change for sight in sights])
    least = through.reshape(len(time), -1).min(axis=1)
    for view in range(count):
        as_found = np.moveaxis(through, view + 1, 1)[:, Exchange.NONE].reshape(len(time), -1).min(axis=1)
        states[view, _unsure(states[view], as_found - least, float(time[1] - time[0]))] = Exchange.NONE
    return states


def _disagreement(one: _Sight, other: _Sight) -> Array:
    """Return how badly two views fit each other with each exchange in the one and in the other (n, 5, 5)."""
    weight = _WEIGHT * np.minimum(one.weight, other.weight)
    costs = 0.5 * weight[:, :, None, None] * (_unlike(one, other) + np.swapaxes(_unlike(other, one), 2, 3))
    total = np.zeros((len(costs), len(Exchange), len(Exchange)))
    for twin, part in enumerate(_GROUP):
        turned = EXCHANGED[:, part].astype(np.int64)
        total += costs[:, twin][:, turned[:, None], turned[None]]
    return total


def _unlike(one: _Sight, other: _Sight) -> Array:
    """Return how unlike what one camera says of twins is to the other one's picture (n, k, 2, 2), exchanged or not."""
    expected = rot.rotate(rot.conjugate(other.turn), one.vectors)[..., [0, 2]]
    apart = np.linalg.norm(expected[:, :, :, None] - other.pictured[:, :, None], axis=-1)
    return np.asarray(np.log1p(0.5 * (apart / _USUAL[:, None, None]) ** 2))


def _spread(costs: Array, views: Sequence[int], count: int) -> Array:
    """Return costs (n, 5, ...) of some views with an axis for each of `count` views."""
    return costs.reshape(len(costs), *[len(Exchange) if view in views else 1 for view in range(count)])


def _cheapest(costs: Array, changes: Sequence[Array]) -> tuple[Integers, Array]:
    """Return the cheapest sequence of exchanges (views, n), and what the cheapest one through each state costs."""
    n, count = len(costs), len(changes)
    to, onward = costs.copy(), np.zeros_like(costs)
    choices: list[list[NDArray[np.intp]]] = [[]]
    for i in range(1, n):
        passed, chosen = _passed(to[i - 1], [each[i] for each in changes])
        to[i] += passed
        choices.append(chosen)
    for i in range(n - 2, -1, -1):
        onward[i] = _passed(onward[i + 1] + costs[i + 1], [each[i + 1].T for each in changes])[0]
    states = np.zeros((count, n), np.int64)
    at = list(np.unravel_index(int(to[-1].argmin()), to[-1].shape))
    states[:, -1] = at
    for i in range(n - 1, 0, -1):
        for view in range(count - 1, -1, -1):
            at[view] = choices[i][view][tuple(at)]
        states[:, i - 1] = at
    return states, to + onward


def _passed(total: Array, changes: Sequence[Array]) -> tuple[Array, list[NDArray[np.intp]]]:
    """Return the least cost of each combination after a step, and from which exchange of each view it comes.

    Views change independently, so that one after the other is taken a step further.
    """
    choices = []
    for view, change in enumerate(changes):
        before = np.moveaxis(total, view, 0)
        options = before[:, None] + change.reshape(*change.shape, *[1] * (before.ndim - 1))
        choices.append(np.moveaxis(options.argmin(axis=0), 0, view))
        total = np.moveaxis(options.min(axis=0), 0, view)
    return total, choices


def _unsure(states: Integers, dearer: Array, step: float) -> NDArray[np.bool_]:
    """Return whether each moment (n,) is in a run of one exchange without which most would hardly be dearer."""
    unsure = np.zeros(len(states), bool)
    starts = [0, *(np.flatnonzero(np.diff(states)) + 1), len(states)]
    for start, end in pairwise(starts):
        unsure[start:end] = np.median(dearer[start:end]) < max(_SETTLED, _LASTING * step * (end - start))
    return unsure
