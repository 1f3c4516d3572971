# SPDX-License-Identifier: GPL-3.0-or-later
"""What single frames show of exchanged sides, as log odds: positive where sides seem exchanged."""

import numpy as np
from numpy.typing import NDArray

from .exchange import Exchange, exchanged_points

Array = NDArray[np.float64]

_LIMIT = 0.02
"""Handedness is kept this far from 0 and 1: the network is surer than it is right."""


def right_handed_evidence(right_handed: Array) -> Array:
    """Return the log odds (n,) that the hands are exchanged, from handedness (n, 2) of left and right; 0 if unknown."""
    known = np.clip(right_handed, _LIMIT, 1.0 - _LIMIT)
    odds = np.log(known / (1.0 - known)) * [1.0, -1.0]
    return np.asarray(np.nan_to_num(odds).sum(axis=1))


_RECHECK_ODDS = 3.0
"""Log odds of a frame in which the heavy network clearly names the sides the other way round."""


def recheck_evidence(image: Array, recheck: Array) -> float:
    """Return the log odds that sides are exchanged, from points (33, 3) px and those of the heavy network."""
    same, other = (
        float(np.linalg.norm(points[11:29, :2] - recheck[11:29, :2], axis=1).mean())
        for points in (image, exchanged_points(image, Exchange.WHOLE))
    )
    return _RECHECK_ODDS * (same - other) / max(same + other, 1e-9)
