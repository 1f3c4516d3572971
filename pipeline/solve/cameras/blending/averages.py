# SPDX-License-Identifier: GPL-3.0-or-later
"""Averages of rotations that several views show, each sure of other directions."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot

Array = NDArray[np.float64]

_ITERATIONS: Final = 3
_OUTLIER: Final = 16.0
"""Squared error, in deviations of the view, at which a view counts a quarter."""
_CONTRARY: Final = 1.0
"""Radians from which two views contradict each other altogether."""
_RIDGE: Final = 1e-9


@dataclass(frozen=True)
class ViewEvidence:
    """What one view shows of k rotations in n frames.

    Attributes:
        rotations: (n, k, 4).
        information: (n, k, 3, 3) inverse covariance of errors, as rotation vectors in radians about the common axes.
    """

    rotations: Array
    information: Array


def robust_factors(views: list[ViewEvidence], weights: Array, sure: Array) -> Array:
    """Return how much each view (views, n, k) agrees with the others, 0..1.

    Args:
        views: what each shows.
        weights: (views, n, k) 0 and more, beside its information.
        sure: (views, n, k) how much each is believed where they contradict each other; it should change slowly, as
            otherwise the motion would jump to and fro between them.
    """
    factors = np.ones_like(weights)
    if len(views) < 2:
        return factors
    rotations = np.stack([view.rotations for view in views])
    apart = np.minimum(rot.apart(rotations[:, None], rotations[None]), _CONTRARY)
    middle = np.einsum("vwnk,wnk->vnk", apart, sure) + np.where(weights > 0.0, 0.0, np.inf)
    mean = np.take_along_axis(rotations, middle.argmin(axis=0)[None, ..., None], axis=0)[0]
    for _ in range(_ITERATIONS):
        for factor, view in zip(factors, views, strict=True):
            off = rot.to_vector(rot.multiply(view.rotations, rot.conjugate(mean)))
            squared = np.einsum("...i,...ij,...j->...", off, view.information, off)
            factor[:] = np.square(1.0 / (1.0 + squared / _OUTLIER))
        mean = _step(mean, views, weights * factors)
    return factors


def average(views: list[ViewEvidence], weights: Array) -> Array:
    """Return the average rotations (n, k, 4) of views with weights (views, n, k) beside their information."""
    if len(views) == 1:
        return views[0].rotations
    mean = _start(views, weights)
    for _ in range(_ITERATIONS):
        mean = _step(mean, views, weights)
    return mean


def plain_average(rotations: Array, weights: Array) -> Array:
    """Return the average (n, k, 4) of rotations (views, n, k, 4), weighted by (views, n, k).

    The signs are those that are nearest to the view that counts most. NaN has no weight.
    """
    weights = np.where(np.isfinite(rotations).all(axis=-1), weights, 0.0)
    rotations = np.nan_to_num(rotations)
    first = np.take_along_axis(rotations, weights.argmax(axis=0)[None, ..., None], axis=0)
    signs = np.where((rotations * first).sum(axis=-1) < 0.0, -1.0, 1.0)
    return rot.unit(np.einsum("v...,v...i->...i", weights * signs, rotations))


def trust(views: list[ViewEvidence]) -> Array:
    """Return how sure each view is (views, n, k), whatever the direction."""
    return np.stack([np.trace(view.information, axis1=-2, axis2=-1) for view in views])


def _start(views: list[ViewEvidence], weights: Array) -> Array:
    return plain_average(np.stack([view.rotations for view in views]), weights * trust(views))


def _step(mean: Array, views: list[ViewEvidence], weights: Array) -> Array:
    """Return the average, one step of Gauss-Newton nearer to the weighted least squares."""
    total = np.zeros((*mean.shape[:-1], 3, 3))
    pull = np.zeros((*mean.shape[:-1], 3))
    for view, weight in zip(views, weights, strict=True):
        information = view.information * weight[..., None, None]
        off = rot.to_vector(rot.multiply(view.rotations, rot.conjugate(mean)))
        total += information
        pull += np.einsum("...ij,...j->...i", information, off)
    trace = np.trace(total, axis1=-2, axis2=-1)
    total += (_RIDGE * trace + _RIDGE)[..., None, None] * np.eye(3)
    return rot.unit(rot.multiply(rot.from_vector(np.linalg.solve(total, pull[..., None])[..., 0]), mean))
