# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras that are known from another take, as long as nobody has moved them: only their clocks are found anew.

Lines of sight to one point of somebody meet, if both cameras saw it at the same moment. How far they miss each other
shows by how much a clock is off, and whether a camera stands where it did.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot
from ....errors import CamerasUnclear
from ....takes.geometry import CameraGeometry, Clock
from ..view import View
from .find import FoundCameras
from .moments import Moments, at_times, common_moments
from .quality import FAIR_RESIDUAL, CameraQuality, CamerasQuality

Array = NDArray[np.float64]

_MOMENTS: Final = 150
_LEAST: Final = 5
"""Moments that a camera has to share with another one, at least."""
_ROUNDS: Final = 3
"""Times that landmarks are interpolated again at the times by the clocks found."""
_STEPS: Final = 5
_OUTLIER: Final = 2.0
"""Expected errors from which a landmark counts less."""
_MOVED: Final = 2.0 * FAIR_RESIDUAL
"""Fraction of the person's height by which lines of sight miss each other, from which a camera has been moved."""
_LATEST: Final = 0.1
"""Seconds by which a clock is changed in a round at most: a camera that was moved must not go anywhere."""
_SLIGHT: Final = 1e-3
"""Seconds by which a clock is changed to see what changes with it."""
_ALONG: Final = 0.05
"""Sine of the angle between a line of sight and that between two cameras, below which lines always nearly meet."""


def known_cameras(
    known: Sequence[CameraGeometry],
    people: Sequence[Sequence[View | None]],
    clocks: Sequence[Clock],
    *,
    refine_clocks: bool = True,
) -> FoundCameras:
    """Return cameras of another take with the clocks of this one.

    Args:
        known: the cameras of the other take.
        people: what each camera saw of each person: `people[p][k]`, None where camera k never saw person p.
        clocks: how the cameras' clocks run, to within about two frames.
        refine_clocks: whether they are found more exactly.

    Raises:
        CamerasUnclear: their pictures have other proportions, or one has been moved.
        ValueError: there are not as many cameras as clocks.
    """
    cameras = _for_pictures(known, people, clocks)
    seen = common_moments(people, clocks, _MOMENTS)
    for _ in range(_ROUNDS if refine_clocks else 0):
        for number in range(1, len(cameras)):
            late = _lateness(seen, cameras, number)
            clock = cameras[number].clock
            cameras[number] = replace(cameras[number], clock=Clock(clock.offset - clock.rate * late, clock.rate))
        seen = at_times(people, [camera.clock for camera in cameras], seen.person, seen.time)
    qualities = [_quality(seen, cameras, number) for number in range(len(cameras))]
    for number, quality in enumerate(qualities):
        if quality.fraction > _MOVED:
            raise CamerasUnclear(
                f"Camera {number + 1} no longer stands where it did when the other take was recorded: landmarks are "
                f"{quality.residual:.0f} pixels beside where the others see them. Find the cameras anew from this take."
            )
    cameras = [replace(c, residual=q.residual) for c, q in zip(cameras, qualities, strict=True)]
    return FoundCameras(tuple(cameras), CamerasQuality(tuple(qualities), len(seen)))


def _for_pictures(
    known: Sequence[CameraGeometry], people: Sequence[Sequence[View | None]], clocks: Sequence[Clock]
) -> list[CameraGeometry]:
    """Return the cameras with focal lengths for the size of this take's pictures."""
    result = []
    for number, (camera, clock) in enumerate(zip(known, clocks, strict=True)):
        view = next((person[number] for person in people if person[number] is not None), None)
        size = camera.size if view is None else view.size
        scaled = camera.with_size(size)
        if scaled is None:
            raise CamerasUnclear(
                f"Camera {number + 1} has pictures of {size[0]} x {size[1]} pixels, but had some of {camera.size[0]} x "
                f"{camera.size[1]} in the other take: choose a take of the same cameras in the same order."
            )
        result.append(replace(scaled, clock=clock))
    return result


def _lateness(seen: Moments, cameras: Sequence[CameraGeometry], number: int) -> float:
    """Return the seconds by which the frames of a camera should be read later."""
    others = [other for other in range(len(cameras)) if other != number]
    off, slope, weight = (
        np.concatenate([each[part] for each in (_misses(seen, cameras, number, other) for other in others)])
        for part in range(3)
    )
    late = 0.0
    for _ in range(_STEPS):
        left = off + slope * late
        counted = weight / (1.0 + np.square(left / _OUTLIER))
        total = float((counted * slope * slope).sum())
        if total <= 0.0:
            return 0.0
        late -= float((counted * slope * left).sum()) / total
    return float(np.clip(late, -_LATEST, _LATEST))


def _misses(seen: Moments, cameras: Sequence[CameraGeometry], number: int, other: int) -> tuple[Array, Array, Array]:
    """Return by how many expected errors lines of sight (m,) miss each other, the change a second, and the weights."""
    at_once = _beside(seen, cameras, number, other, 0.0)
    later = _beside(seen, cameras, number, other, _SLIGHT)
    weight = seen.weight[:, number] * seen.weight[:, other]
    usable = (weight > 0.0) & np.isfinite(at_once) & np.isfinite(later)
    return at_once[usable], ((later - at_once) / _SLIGHT)[usable], weight[usable]


def _beside(seen: Moments, cameras: Sequence[CameraGeometry], number: int, other: int, late: float) -> Array:
    """Return by how many expected errors (n, j) a camera's landmarks, read later, are beside another one's view.

    NaN where the lines of sight would meet whatever the camera saw.
    """
    base = np.array(cameras[number].position) - np.array(cameras[other].position)
    base = base / max(float(np.linalg.norm(base)), 1e-9)
    rays = []
    for camera, shift in ((number, late), (other, 0.0)):
        geometry = cameras[camera]
        pixels = seen.pixels[:, camera] + shift * seen.speed[:, camera]
        own = np.stack([pixels[..., 0], np.full(pixels.shape[:-1], geometry.focal), -pixels[..., 1]], axis=-1)
        rays.append(rot.rotate(np.array(geometry.rotation), rot.unit(own)))
    normal = rot.cross(rays[1], base)
    length = np.linalg.norm(normal, axis=-1)
    sine = (rays[0] * normal).sum(axis=-1) / np.where(length > _ALONG, length, np.nan)
    return np.asarray(sine * cameras[number].focal / seen.noise[:, number])


def _quality(seen: Moments, cameras: Sequence[CameraGeometry], number: int) -> CameraQuality:
    """Return how well a camera agrees with the others; it agrees with none if all see somebody else.

    Raises:
        CamerasUnclear: it sees nobody together with another one.
    """
    others = [other for other in range(len(cameras)) if other != number]
    shared = [other for other in others if int(seen.shared(number, other).sum()) >= _LEAST]
    if not shared:
        raise CamerasUnclear(
            f"Camera {number + 1} sees nobody together with another camera: choose videos of the same performance."
        )
    fractions, pixels = [], []
    for other in shared:
        off = np.abs(_beside(seen, cameras, number, other, 0.0))
        off[(seen.weight[:, number] <= 0.0) | (seen.weight[:, other] <= 0.0)] = np.nan
        pixels.append(off * seen.noise[:, number])
        fractions.append(pixels[-1] / seen.height[:, number, None])
    camera = cameras[number]
    return CameraQuality(
        angle=min((_angle(cameras, seen, number, other) for other in others), key=lambda angle: abs(angle - 90.0)),
        residual=float(np.nanmedian(np.concatenate(pixels))),
        fraction=float(np.nanmedian(np.concatenate(fractions))),
        field_of_view=camera.field_of_view,
        assumed=camera.field_of_view,
        doubt=0.0,
    )


def _angle(cameras: Sequence[CameraGeometry], seen: Moments, number: int, other: int) -> float:
    """Return the degrees between the directions in which two cameras see people."""
    poses = seen.poses[:, [number, other]]  # (n, 2, joints, 3)
    poses = poses[np.isfinite(poses).all(axis=-1).any(axis=-1).all(axis=-1)]
    sights = []
    for place, camera in enumerate((number, other)):
        hips = np.nanmean(poses[:, place], axis=1)
        sights.append(rot.rotate(np.array(cameras[camera].rotation), rot.unit(hips)))
    cosine = (sights[0] * sights[1]).sum(axis=-1)
    return float(np.degrees(np.arccos(np.clip(np.median(cosine), -1.0, 1.0))))
