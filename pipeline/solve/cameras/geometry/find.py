# SPDX-License-Identifier: GPL-3.0-or-later
"""Finds where the cameras of a scene stood, their lenses and their clocks, from the people they saw.

The person is the calibration object. The skeletons solved from each camera alone give a first guess of how two cameras
stand to each other (`first_guess`), and fitting cameras and body to the landmarks gives the rest (`bundle`). What
cannot be found is said in a sentence (`failures`).

The pictures of a person do not tell how large the person is, and so not how far apart the cameras are: all distances
are those for which the people are, on average, as large as the neutral body.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot
from ....takes.geometry import CameraGeometry, Clock
from ..view import View
from . import failures
from .bundle import Bundle, Cameras, Fit, Lens
from .first_guess import Start, starts
from .moments import Moments, at_times, common_moments
from .moved_cameras import check_agreement, check_still
from .quality import CameraQuality, CamerasQuality

Array = NDArray[np.float64]

_MOMENTS: Final = 150
"""Moments from which cameras are found."""
_TRIAL: Final = 40
"""Moments by which guesses are compared."""
_TRIAL_STEPS: Final = 10
_CLOCK_ROUNDS: Final = 3
"""Times that landmarks are interpolated again at the times by the clocks found."""
_LEAST_DOUBT: Final = 0.005
"""A given focal length is not trusted more than this, as a fraction."""


@dataclass(frozen=True)
class FoundCameras:
    """The cameras of a scene, how well they were found, and what casts doubt on them, in sentences."""

    cameras: tuple[CameraGeometry, ...]
    quality: CamerasQuality
    doubt: str = ""


def find_geometry(
    people: Sequence[Sequence[View | None]],
    clocks: Sequence[Clock],
    *,
    refine_clocks: bool = True,
    moments: int = _MOMENTS,
) -> FoundCameras:
    """Find the cameras of a scene; distances are true if the people are, on average, as large as the neutral body.

    Args:
        people: what each camera saw of each person: `people[p][k]`, None where camera k never saw person p.
        clocks: how the cameras' clocks run, to within about two frames; that of the first is the take's.
        refine_clocks: whether clocks are found more exactly; otherwise they are taken as given.
        moments: number of moments to use.

    Raises:
        CamerasUnclear: the cameras cannot be found from what they saw; the message says why, and what to do.
        ValueError: there are fewer than two cameras.
    """
    if len(clocks) < 2:
        raise ValueError("one camera cannot be found from itself")
    views = failures.views_of(people, len(clocks))
    lens = Lens(
        np.array([view.focal for view in views]), np.array([max(view.focal_doubt, _LEAST_DOUBT) for view in views])
    )
    sizes = [view.size for view in views]
    seen = common_moments(people, clocks, moments)
    cameras, kept = _start(seen, lens)
    failures.check_agreeing(int(kept.sum()), len(clocks))
    seen = seen[kept]
    points = None
    found = list(clocks)
    for _ in range(_CLOCK_ROUNDS if refine_clocks else 1):
        bundle = Bundle(seen, lens, clocks=refine_clocks)
        fit = bundle.fit(cameras, points, robust=(8.0, 4.0, 2.5) if points is None else (2.5,))
        if refine_clocks:
            found = [_later(clock, late, bundle.middle) for clock, late in zip(found, fit.cameras.late, strict=True)]
            seen = at_times(people, found, seen.person, seen.time)
        cameras, points = replace(fit.cameras, late=np.zeros_like(fit.cameras.late)), fit.points
    failures.check_angles(fit)
    doubt = check_still(seen, fit, lens)
    quality = _quality(seen, fit, lens, sizes)
    return FoundCameras(_geometry(fit.cameras, found, quality, sizes), quality, doubt)


def _start(moments: Moments, lens: Lens) -> tuple[Cameras, NDArray[np.bool_]]:
    """Return a guess of all cameras, each from one that it shares most moments with, and which moments agree."""
    count = len(lens.focal)
    turn, position = np.tile(np.eye(3), (count, 1, 1)), np.zeros((count, 3))
    focal = lens.focal.copy()
    kept = np.ones(len(moments), bool)
    failures.check_motion(moments)
    shared = np.array([[int(moments.shared(a, b).sum()) for b in range(count)] for a in range(count)])
    placed = [0]
    while len(placed) < count:
        near, new = max(
            ((a, b) for a in placed for b in range(count) if b not in placed), key=lambda pair: shared[pair]
        )
        failures.check_shared(moments, near, new)
        start = _pair(moments, lens, near, new)
        turn[new] = turn[near] @ rot.to_matrix(start.rotation)
        position[new] = turn[near] @ start.position + position[near]
        kept &= start.agrees | ~moments.shared(near, new)
        placed.append(new)
    return Cameras(turn, position, focal, np.zeros((count, 2))), kept


def _pair(moments: Moments, lens: Lens, first: int, second: int) -> Start:
    """Return the best guess of how the second camera stands to the first."""
    pair = [first, second]
    two = moments.of_cameras(pair)
    pair_lens = Lens(lens.focal[pair], lens.doubt[pair])
    trials = [(start, _try(two, pair_lens, start)) for start in starts(two, 0, 1)]
    reflected = two.mirrored(1)
    mirrored = [_try(reflected, pair_lens, start).cost for start in starts(reflected, 0, 1)]
    start, fit = min(trials, key=lambda trial: trial[1].cost)
    shared = two.shared(0, 1)
    check_agreement(two.time[shared], start.agrees[shared], pair)
    failures.check_pair(pair, start, fit.cost, min(mirrored, default=np.inf))
    cameras = fit.cameras
    return replace(start, rotation=rot.from_matrix(cameras.turn[1]), position=cameras.position[1])


def _try(moments: Moments, lens: Lens, start: Start) -> Fit:
    rows = np.flatnonzero(start.agrees & moments.shared(0, 1))
    rows = rows[np.linspace(0, len(rows) - 1, min(len(rows), _TRIAL)).round().astype(np.int64)]
    cameras = Cameras(
        np.stack([np.eye(3), rot.to_matrix(start.rotation)]),
        np.stack([np.zeros(3), start.position]),
        lens.focal.copy(),
        np.zeros((2, 2)),
    )
    return Bundle(moments[rows], lens).fit(cameras, steps=_TRIAL_STEPS, robust=(8.0, 3.0))


def _later(clock: Clock, late: Array, middle: float) -> Clock:
    """Return a clock with which a camera's frames are read later, by `late` (2,) as in `Cameras`."""
    rate = 1.0 / (1.0 / clock.rate + float(late[1]))
    offset = rate * (clock.offset / clock.rate - float(late[0]) + float(late[1]) * middle)
    return Clock(offset, rate)


def _quality(moments: Moments, fit: Fit, lens: Lens, sizes: Sequence[tuple[int, int]]) -> CamerasQuality:
    count = len(lens.focal)
    angles = failures.angles(fit)
    result = []
    for camera in range(count):
        others = [float(angles[camera, other]) for other in range(count) if other != camera]
        residual = fit.residual[:, camera] * moments.noise[:, camera]
        result.append(
            CameraQuality(
                angle=min(others, key=lambda angle: abs(angle - 90.0)),
                residual=float(np.nanmedian(residual)),
                fraction=float(np.nanmedian(residual / moments.height[:, camera, None])),
                field_of_view=CameraGeometry(focal=float(fit.cameras.focal[camera]), size=sizes[camera]).field_of_view,
                assumed=CameraGeometry(focal=float(lens.focal[camera]), size=sizes[camera]).field_of_view,
                doubt=float(np.degrees(fit.turn_doubt[camera])),
            )
        )
    return CamerasQuality(tuple(result), len(moments))


def _geometry(
    cameras: Cameras, clocks: Sequence[Clock], quality: CamerasQuality, sizes: Sequence[tuple[int, int]]
) -> tuple[CameraGeometry, ...]:
    result = []
    for camera, clock in enumerate(clocks):
        w, x, y, z = (float(value) for value in rot.from_matrix(cameras.turn[camera]))
        east, north, up = (float(value) for value in cameras.position[camera])
        result.append(
            CameraGeometry(
                rotation=(w, x, y, z),
                position=(east, north, up),
                focal=float(cameras.focal[camera]),
                size=sizes[camera],
                clock=clock,
                residual=quality.cameras[camera].residual,
            )
        )
    return tuple(result)
