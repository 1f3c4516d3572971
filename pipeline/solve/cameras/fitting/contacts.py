# SPDX-License-Identifier: GPL-3.0-or-later
"""Feet that stand do not slide: heels and toes that stay where they are in all pictures are held between frames."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body.curves import smoothstep
from .evidence import Evidence
from .skeleton import LANDMARKS

Array = NDArray[np.float64]

SOLES: Final = [LANDMARKS.index(point) for point in (29, 30, 31, 32)]
"""Heels and toes among the fitted landmarks."""
_WINDOW: Final = 0.1
"""Seconds before and after a frame over which a point must stay where it is."""
_LEAST_SEEN: Final = 0.5
"""Certainty, relative to that of a point that is fully seen, from which one is looked at."""


@dataclass(frozen=True)
class ContactSettings:
    """When feet stand, and how firmly.

    Attributes:
        still: metres per second in the picture, at the person's distance, up to which a point stands.
        moving: likewise, from which it certainly moves.
        slide: metres per second by which standing points slide, one standard deviation.
        slip: expected slides from which a point is taken to move after all.
    """

    still: float = 0.1
    moving: float = 0.25
    slide: float = 0.015
    slip: float = 3.0


def standing(evidence: Evidence, time: Array, path: Array, settings: ContactSettings) -> Array:
    """Return how surely heels and toes (n, 4) stand, 0..1: as surely as in the camera in which they move most.

    Args:
        evidence: the landmarks.
        time: (n,) seconds.
        path: (n, 3) metres, about where the person is.
        settings: when feet stand.
    """
    n = len(time)
    result = np.ones((n, len(SOLES)))
    seen_at_all = np.zeros((n, len(SOLES)), dtype=bool)
    before = np.searchsorted(time, time - _WINDOW).clip(0, n - 1)
    after = (np.searchsorted(time, time + _WINDOW, side="right") - 1).clip(0, n - 1)
    lasting = np.maximum(time[after] - time[before], 1e-3)[:, None]
    for pixels, certainty, turn, place, focal in zip(
        evidence.pixels, evidence.certainty, evidence.turns, evidence.places, evidence.focals, strict=True
    ):
        points, sure = pixels[:, SOLES], certainty[:, SOLES]
        best = sure.max(axis=0, initial=0.0)
        seen = (sure > _LEAST_SEEN * best) & (sure[before] > 0.0) & (sure[after] > 0.0) & (sure > 0.0)
        away = np.maximum(((path - place) @ turn[1])[:, None], 0.1)
        # The farthest from now, not from before to after: a foot may swing out and back.
        steps = [np.linalg.norm(points[ends] - points, axis=-1) for ends in (before, after)]
        speed = (steps[0] + steps[1]) * away / focal / lasting
        result = np.where(seen, np.minimum(result, smoothstep(speed, settings.moving, settings.still)), result)
        seen_at_all |= seen
    return np.where(seen_at_all, result, 0.0)
