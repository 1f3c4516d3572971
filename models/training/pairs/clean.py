# SPDX-License-Identifier: GPL-3.0-or-later
"""Samples without pictures: the true landmarks with isotropic noise.

The paper trains its lifter like this (BlazePose GHUM Holistic, section 4); here it is a baseline for training on pairs.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.solve import axes
from ...body import rotations as rot
from ...body.model import Body
from ..pictures.people import Person
from .landmark_offsets import with_offsets
from .pairs import Pairs

Array = NDArray[np.float64]

NOISE: Final = 0.05
"""Standard deviation of the noise on every coordinate, as a fraction of the person's (or the hand's) spread."""
_HANDS: Final = (slice(33, 54), slice(54, 75))
_AHEAD: Final = np.array([0.0, 1.0, 0.0])
_BATCH: Final = 2048


def clean(
    pairs: Pairs, people: Sequence[Person], offsets: Array, *, seed: int = 0, hands: float | None = None
) -> Pairs:
    """Return the people and poses of pairs with the true landmarks and noise.

    All people are placed on the camera's axis, so that there is no perspective rotation. Hands are found where those
    of `pairs` were, or at random in a fraction `hands` of all cases.
    """
    rng = np.random.default_rng(seed)
    bodies = [with_offsets(person.body, offsets) for person in people]
    made = [_observe(_part(pairs, slice(i, i + _BATCH)), bodies, rng, hands) for i in range(0, len(pairs), _BATCH)]
    return Pairs(**{name: np.concatenate([part.columns()[name] for part in made]) for name in pairs.columns()})


def _observe(pairs: Pairs, bodies: Sequence[Body], rng: np.random.Generator, part: float | None) -> Pairs:
    centred = _centred(pairs)
    points = _points(centred, bodies)
    image = _projected(points, pairs.camera.astype(float))
    pose = np.stack([_noisy(rng, p[:, :33]) for p in (image, points - _hips(points))])
    present = np.isfinite(pairs.hands_presence) if part is None else rng.random((len(pairs), 2)) < part
    hand_points = np.stack([[_noisy(rng, p[:, hand]) for hand in _HANDS] for p in (image, points)])
    # World landmarks of a hand start at the pose's wrist, as in the pipeline.
    hand_points[1] += (pose[1][:, [15, 16]].swapaxes(0, 1) - hand_points[1][:, :, 0])[:, :, None]
    hand_points = np.where(present.T[..., None, None], hand_points, np.nan).swapaxes(1, 2)
    return replace(
        centred,
        image=pose[0].astype(np.float32),
        world=axes.from_blender(pose[1]).astype(np.float32),
        hands_image=hand_points[0].astype(np.float32),
        hands_world=axes.from_blender(hand_points[1]).astype(np.float32),
        hands_presence=np.where(present, 1.0, np.nan).astype(np.float32),
    )


def _centred(pairs: Pairs) -> Pairs:
    root = pairs.root.astype(float)
    back = rot.between(root, np.broadcast_to(_AHEAD, root.shape))
    rotations = pairs.rotations.astype(float)
    rotations[:, 0] = rot.multiply(back, rotations[:, 0])
    return replace(pairs, rotations=rotations.astype(np.float32), root=rot.rotate(back, root).astype(np.float32))


def _points(pairs: Pairs, bodies: Sequence[Body]) -> Array:
    """Return the people's landmarks (n, 75, 3) in metres, with the camera at the origin."""
    points = np.empty((len(pairs), 75, 3))
    for number in np.unique(pairs.person):
        rows = pairs.person == number
        pose = pairs.rotations[rows].astype(float), pairs.root[rows].astype(float)
        points[rows] = bodies[number].landmark_positions(*pose)
    return points


def _hips(points: Array) -> Array:
    return np.asarray(points[:, 23:25].mean(axis=1, keepdims=True))


def _projected(points: Array, camera: Array) -> Array:
    """Project points (n, 75, 3) to pixels: x, y, and the depth relative to the hips at their scale."""
    width, height, focal = (column[:, None] for column in camera.T)
    hips, depth = _hips(points)[..., 1], np.maximum(points[..., 1], 0.05)
    x, y = 0.5 * width + focal * points[..., 0] / depth, 0.5 * height - focal * points[..., 2] / depth
    return np.stack([x, y, (points[..., 1] - hips) * focal / hips], axis=-1)


def _noisy(rng: np.random.Generator, points: Array) -> Array:
    """Add noise proportional to their spread to points (n, k, 3)."""
    deviations = points - points.mean(axis=1, keepdims=True)
    spread = np.sqrt((deviations**2).sum(axis=-1).mean(axis=-1))[:, None, None]
    return np.asarray(points + NOISE * spread * rng.standard_normal(points.shape))


def _part(pairs: Pairs, rows: slice) -> Pairs:
    return Pairs(**{name: values[rows] for name, values in pairs.columns().items()})
