# SPDX-License-Identifier: GPL-3.0-or-later
"""When cameras cannot be found from the people they saw, and what to say then."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot
from ....errors import CamerasUnclear
from ..view import View
from .bundle import Fit
from .first_guess import Start
from .moments import Moments

Array = NDArray[np.float64]

_MIN_MOMENTS: Final = 20
"""Moments that two cameras need to share."""
_MIN_AGREEING: Final = 8
"""Moments that have to agree on where all cameras stand: two fifths of those that two need to share."""
_MIN_MOTION: Final = 2.0
"""How far landmarks have to be from their usual places now and then, in multiples of their expected error.

Of the clips of the bench `evaluate --cameras`, 28 November 2026: 1 if nobody moves, 3 of somebody who washes up.
"""
_OFTEN: Final = 90.0
"""Percentile of the landmarks' distances that counts as now and then."""
_MIN_SHARE: Final = 0.4
"""Fraction of the moments that have to agree on the rotation between two cameras.

These and the following were measured on the clips of the bench `evaluate --cameras`, 28 November 2026: at least 0.97
where all is well, 0.7 if a camera was moved by 45 degrees, 0.37 in different performances.
"""
_MAX_COST: Final = 2.0
"""Robust cost up to which two cameras show the same performance: at most 0.9 where they do, 2.9 where they do not."""
_MIRRORED_GAIN: Final = 0.6
"""Cost of the mirrored pictures beside that of the pictures as they are, below which they are mirror images.

It is 0.2 if they are, at least 1.2 if not; the least for squats, which look nearly the same in a mirror.
"""
_MIN_ANGLE: Final = 10.0
"""Degrees between the lines of sight below which two cameras see the same."""


def views_of(people: Sequence[Sequence[View | None]], count: int) -> list[View]:
    """Return a view of each of `count` cameras, `people[p][k]` being what camera k saw of person p.

    Raises:
        CamerasUnclear: one of them never saw anybody.
    """
    result = []
    for camera in range(count):
        seen = [view for view in (person[camera] for person in people) if view is not None]
        if not seen:
            raise CamerasUnclear(
                f"Nobody is seen by camera {camera + 1}, so it cannot be told where it stands: leave its video out, or "
                "film somebody who is in the pictures of all cameras at the same time."
            )
        result.append(seen[0])
    return result


def check_shared(moments: Moments, first: int, second: int) -> None:
    """Check that two cameras see the same person at enough moments.

    Raises:
        CamerasUnclear: they do not.
    """
    count = int(moments.shared(first, second).sum())
    if count < _MIN_MOMENTS:
        raise CamerasUnclear(
            f"{_named(first, second)} see the same person together in too few frames to tell where they stand: film "
            "somebody who is in both pictures at the same time, from head to foot, for ten seconds or more."
        )


def check_motion(moments: Moments) -> None:
    """Check that somebody moves.

    Raises:
        CamerasUnclear: nobody does.
    """
    most = 0.0
    for person in np.unique(moments.person):
        own = moments[moments.person == person]
        seen = own.weight > 0.0
        pixels = np.where(seen[..., None], own.pixels, np.nan)[:, seen.any(axis=0)]  # (n, m, 2)
        noise = own.noise[:, seen.any(axis=0)]
        apart = np.linalg.norm(pixels - np.nanmedian(pixels, axis=0), axis=-1) / noise
        most = max(most, float(np.nanpercentile(apart, _OFTEN)))
    if len(moments) and most < _MIN_MOTION:
        raise CamerasUnclear(
            "Nobody moves enough to tell where the cameras stand: let somebody walk about in view of all of them and "
            "move arms and legs for ten seconds, or use the cameras of another take."
        )


def check_pair(cameras: Sequence[int], start: Start, cost: float, mirrored: float) -> None:
    """Check that two cameras show the same performance, neither of them mirrored.

    Args:
        cameras: numbers of both.
        start: the best guess of how they stand.
        cost: its cost.
        mirrored: the cost of the best guess if one camera's pictures are mirror images.

    Raises:
        CamerasUnclear: they do not.
    """
    if mirrored < _MIRRORED_GAIN * cost:
        raise CamerasUnclear(
            f"Camera {cameras[1] + 1} shows the mirror image of what camera {cameras[0] + 1} shows, as the front "
            "cameras of phones record it: capture them again with the number of the selfie video under Mirror Cameras "
            f"(--mirror-cameras {cameras[1] + 1}, or {cameras[0] + 1})."
        )
    if start.share < _MIN_SHARE or cost > _MAX_COST:
        raise _different(cameras)


def check_agreeing(count: int, cameras: int) -> None:
    """Check that there are enough moments, `count`, that agree on where all the cameras stand.

    Raises:
        CamerasUnclear: there are not.
    """
    if count < _MIN_AGREEING:
        raise _different(range(cameras))


def _different(cameras: Sequence[int]) -> CamerasUnclear:
    return CamerasUnclear(
        f"{_named(*cameras)} do not show the same performance at the same time: check that the films are of the same "
        "scene, and if they are, give the second at which each shows the same moment, as Synchronise (--sync)."
    )


def check_angles(fit: Fit) -> None:
    """Check that the cameras look from different sides.

    Raises:
        CamerasUnclear: they do not.
    """
    apart = angles(fit)
    widest = float(np.max(np.minimum(apart, 180.0 - apart)[~np.eye(len(apart), dtype=bool)]))
    if widest < _MIN_ANGLE:
        raise CamerasUnclear(
            f"{_named(*range(len(apart)))} look from nearly the same side, {apart.max():.0f} degrees apart, so "
            "together they show no more than one: place one of them 45 to 90 degrees around the person."
        )


def angles(fit: Fit) -> Array:
    """Return the degrees (c, c) between the cameras' lines of sight to the people."""
    centre = fit.points.mean(axis=1)
    sight = rot.unit(centre[:, None] - fit.cameras.position)
    cosine = np.einsum("nca,nda->ncd", sight, sight)
    return np.asarray(np.degrees(np.median(np.arccos(np.clip(cosine, -1.0, 1.0)), axis=0)))


def _named(*cameras: int) -> str:
    numbers = [str(camera + 1) for camera in cameras]
    return f"Cameras {', '.join(numbers[:-1])} and {numbers[-1]}"
