# SPDX-License-Identifier: GPL-3.0-or-later
"""What several cameras add: how well they are found, and how much nearer the body is to the truth than with one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.takes.geometry import CameraGeometry
from ...body import rotations as rot
from ...body.model import Body
from ...body.motion import BodyMotion
from ..pictures.views import Camera
from ..scenes.film import Truth
from ..scenes.several import LETTERS, CamerasTruth
from . import metrics
from .people_scores import NOBODY, matched, owner

Array = NDArray[np.float64]

_OF_CAMERAS: Final = ("rotation", "position", "focal", "size", "offset", "rate", "fps")
_AHEAD: Final = np.array([0.0, 1.0, 0.0])
_SAME: Final = 1e-6
"""Seconds within which frames of two cameras are of the same moment."""


@dataclass(frozen=True)
class Filmed:
    """What is true of a clip: how its cameras stood, and what each of them shows."""

    cameras: CamerasTruth
    views: tuple[Truth, ...]

    @classmethod
    def read(cls, folder: Path, letters: str = LETTERS) -> "Filmed":
        """Read the truth of a clip from its folder; of some cameras, the first one among them, if said."""
        cameras = CamerasTruth.read(folder / "cameras.npz")
        chosen = [LETTERS.index(each) for each in letters if LETTERS.index(each) < len(cameras.fps)]
        views = tuple(Truth.read(folder / f"{LETTERS[k]}.npz") for k in chosen)
        own = {name: getattr(cameras, name)[chosen] for name in _OF_CAMERAS}
        return cls(replace(cameras, **own), views)

    def points(self, person: int, time: Array) -> Array:
        """Return BlazePose's points (n, 33, 3) of a person in the first camera's axes at times (n,) of its clock.

        NaN before the first frame of any camera and after the last.
        """
        shown = [k for k, view in enumerate(self.views) if len(view.person) == len(self.cameras.body)]
        when = np.concatenate([self.time(k) for k in shown])
        where = np.concatenate(
            [
                rot.rotate(self.cameras.rotation[k], self.views[k].points[person]) + self.cameras.position[k]
                for k in shown
            ]
        )
        order = np.argsort(when, kind="stable")
        order = order[np.diff(when[order], prepend=-np.inf) > _SAME]
        when, where = when[order], where[order]
        high = np.clip(np.searchsorted(when, time), 1, len(when) - 1)
        part = (time - when[high - 1]) / (when[high] - when[high - 1])
        found = where[high - 1] + part[:, None, None] * (where[high] - where[high - 1])
        outside = (time < when[0] - _SAME) | (time > when[-1] + _SAME)
        return np.where(outside[:, None, None], np.nan, found)

    def time(self, camera: int) -> Array:
        """Return the times (n,) of a camera's frames by the first one's clock."""
        return np.asarray(self.cameras.offset[camera] + self.cameras.rate[camera] * self.views[camera].time)


@dataclass(frozen=True)
class CameraScore:
    """How well one of several cameras was found.

    Attributes:
        rotation: degrees by which it is turned against its true axes, relative to the first camera.
        apart: true degrees between its line of sight and that of the first one.
        place: its distance from where it stands, in percent of the true distance from the first camera.
        focal: error of its focal length in percent; positive if too long.
        time: largest error of its clock while both film, in its own frames.
    """

    rotation: float
    apart: float
    place: float
    focal: float
    time: float


@dataclass(frozen=True)
class BodyScore:
    """How near the motion of a person is to the truth.

    Attributes:
        limbs: mean degrees between directions of limbs.
        millimetres: mean distance of the 12 points in mm with the hips put together, neither turned nor scaled.
        scaled: likewise, were the size of the person known: with one scale for the whole clip.
        absolute: mean distance in mm as they are in the first camera's axes.
        path: how much the hips stray from their path in mm, beside a constant offset (root mean square).
        along: likewise, along the first camera's line of sight.
        distance: error of the hips' distance from the first camera in percent; positive if too far.
        frames: frames that are compared.
    """

    limbs: float
    millimetres: float
    scaled: float
    absolute: float
    path: float
    along: float
    distance: float
    frames: int


def camera_scores(found: Sequence[CameraGeometry], filmed: Filmed) -> tuple[CameraScore, ...]:
    """Return the score of each camera; of the first one, whose axes and clock are the take's, only the lens counts."""
    true = filmed.cameras
    return tuple(_camera_score(found[k], filmed, k) for k in range(min(len(found), len(true.fps))))


def body_score(motion: BodyMotion, body: Body, filmed: Filmed, person: int, *, scale: float = 1.0) -> BodyScore:
    """Score the motion of a person.

    Args:
        motion: in the first camera's axes and clock.
        body: the body that moves.
        filmed: what is true.
        person: number of the person in the truth.
        scale: factor by which the motion's root is for a smaller body than `body`.
    """
    true = filmed.points(person, motion.time)[:, metrics.POINTS]
    found = body.landmark_positions(motion.rotations, scale * motion.root)[:, metrics.POINTS]
    known = np.isfinite(true).all(axis=(1, 2)) & np.isfinite(found).all(axis=(1, 2))
    true, found = true[known], found[known]
    hips = [points[:, 6:8].mean(axis=1) for points in (found, true)]
    own, expected = (points - middle[:, None] for points, middle in zip((found, true), hips, strict=True))
    size = float((own * expected).sum() / (own**2).sum())
    off = hips[0] - hips[1]
    stray = off - off.mean(axis=0)
    distance = np.linalg.norm(hips[0], axis=-1) / np.linalg.norm(hips[1], axis=-1)
    return BodyScore(
        limbs=float(np.nanmean(metrics.directions(found, true)[:, : metrics.OF_LIMBS])),
        millimetres=float(metrics.mpjpe(found, true).mean()),
        scaled=float(metrics.mpjpe(size * own, expected).mean()),
        absolute=1000.0 * float(np.linalg.norm(found - true, axis=-1).mean()),
        path=1000.0 * float(np.sqrt((stray**2).sum(axis=-1).mean())),
        along=1000.0 * float(np.sqrt((stray[:, 1] ** 2).mean())),
        distance=100.0 * float(np.median(distance) - 1.0),
        frames=int(known.sum()),
    )


def owners(images: Array, truth: Truth) -> list[int]:
    """Return which person of the truth each number of a take is, `NOBODY` if none.

    Args:
        images: (k, n, 33, 2 or more) px of k numbers in the frames of one camera.
        truth: what this camera shows.
    """
    if not len(truth.person):
        return [NOBODY] * len(images)
    who, _ = matched(images, true_pixels(truth))
    return [owner(row) for row in who]


def true_pixels(truth: Truth) -> Array:
    """Return where BlazePose's points (p, n, 33, 2) of each person are in the picture, in px."""
    return Camera(int(truth.size[0]), int(truth.size[1]), float(truth.focal[0])).project(truth.points)


def _camera_score(found: CameraGeometry, filmed: Filmed, k: int) -> CameraScore:
    true = filmed.cameras
    span = np.array([max(filmed.time(j)[0] for j in (0, k)), min(filmed.time(j)[-1] for j in (0, k))])
    own = (span - true.offset[k]) / true.rate[k]
    late = found.clock.offset + found.clock.rate * own - span
    away = float(np.linalg.norm(true.position[k]))
    return CameraScore(
        rotation=float(metrics.degrees_apart(np.array(found.rotation), true.rotation[k])),
        apart=float(np.degrees(np.arccos(np.clip(rot.rotate(true.rotation[k], _AHEAD) @ _AHEAD, -1.0, 1.0)))),
        place=100.0 * float(np.linalg.norm(np.array(found.position) - true.position[k])) / away if k else 0.0,
        focal=100.0 * (found.focal / float(true.focal[k]) - 1.0),
        time=float(np.abs(late).max() * true.fps[k]),
    )
