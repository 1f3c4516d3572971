# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a camera was moved while it filmed: then what was found does not fit before, or not after."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....errors import CamerasUnclear
from .bundle import Bundle, Cameras, Fit, Lens
from .moments import Moments

Array = NDArray[np.float64]

_PART: Final = 40
"""Moments of each part by which parts are compared."""
_FEWEST: Final = 15
"""Moments that each part needs."""
_GAIN: Final = 1.08
"""Cost of one set of cameras beside that of two, from which a camera was moved, if both parts are long.

Measured on the clips of the bench `evaluate --cameras`, 28 November 2026: at most 1.04 where no camera was moved, 1.6
where one was.
"""
_BRIEF: Final = 0.15
"""As much more is needed for a part of one second, a quarter of it for one of two seconds, and so on.

In a short part somebody stands and faces one way, and its cameras fit what networks get wrong just there. Measured on
3 and 5 s cut from those clips: up to 1.14 of which one part is of 1 s, and 1.09 of 2 s; 1.32 where a camera was moved.
"""
_SURELY: Final = 1.15
"""The same from which a camera surely was moved; below, the cameras may be of use, and people are told of the doubt.

Chosen on 28 November 2026: clips with cameras that nobody moved reach 1.08 if their parts are long, one that was moved
by 12 degrees 1.15, the clip in which one was moved by 45 degrees 1.6.
"""
_MAYBE: Final = 1.045
"""The same from which it is looked at more closely."""
_ROUNDS: Final = 3
_NEARLY_ALL: Final = 0.85
"""Fraction of moments that agree from which it does not matter which ones do not."""
_CLEARLY: Final = 0.8
"""Difference between the fractions that agree before and after a time, from which that is when a camera was moved."""
_LIMIT: Final = 2.5
_STEPS: Final = 15


def check_still(moments: Moments, fit: Fit, lens: Lens) -> str:
    """Check that no camera was moved; returns a sentence if one may have been, and nothing if all is well.

    Args:
        moments: what the cameras see.
        fit: the fit to all of them.
        lens: what is known of the focal lengths.

    Raises:
        CamerasUnclear: the cameras surely stood differently before and after some time.
    """
    order = np.argsort(moments.time, kind="stable")
    if len(order) < 2 * _FEWEST:
        return ""
    moments = moments[order]
    whole = float(_robust(fit.residual[order]).sum())
    at, gain = len(order) // 2, 1.0
    for _ in range(_ROUNDS):
        parts = [_fitted(part, fit, lens) for part in (moments[:at], moments[at:])]
        before, after = (_costs(moments, fit.points[order], part, lens) for part in parts)
        split = np.concatenate([[0.0], np.cumsum(before)]) + np.concatenate([np.cumsum(after[::-1])[::-1], [0.0]])
        at = _FEWEST + int(np.argmin(split[_FEWEST : len(split) - _FEWEST]))
        gain = whole / max(float(split[at]), 1e-9)
        if gain < _MAYBE:
            return ""
    shorter = min(moments.time[at] - moments.time[0], moments.time[-1] - moments.time[at])
    brief = _BRIEF / max(float(shorter), 1e-3) ** 2
    if gain < _GAIN + brief:
        return ""
    changes = _changes(parts[0].cameras, parts[1].cameras)
    count = len(changes)
    which = f"Camera {int(np.argmax(changes.sum(axis=1))) + 1}" if count > 2 else "Camera 1 or 2"
    when = float(moments.time[at])
    if gain >= _SURELY + brief:
        raise _moved(which, when)
    return (
        f"{which} may have been moved about {max(when, 0.0):.0f} seconds after the start of the first video: if it "
        "was, cut the videos there, and capture both parts on their own."
    )


def check_agreement(time: Array, agrees: NDArray[np.bool_], cameras: Sequence[int]) -> None:
    """Check that the moments that do not agree on how two cameras stand are not all those before, or after, some time.

    Args:
        time: (n,) seconds by the take's clock.
        agrees: (n,) whether each moment agrees.
        cameras: numbers of the cameras.

    Raises:
        CamerasUnclear: they are, so that one of the cameras was moved far.
    """
    agrees = agrees[np.argsort(time, kind="stable")]
    n = len(agrees)
    if n < 2 * _FEWEST or agrees.mean() > _NEARLY_ALL:
        return
    before = np.cumsum(agrees)[_FEWEST - 1 : n - _FEWEST]
    count = np.arange(_FEWEST, _FEWEST + len(before))
    apart = np.abs(before / count - (agrees.sum() - before) / (n - count))
    at = int(np.argmax(apart))
    if apart[at] > _CLEARLY:
        raise _moved(f"Camera {cameras[0] + 1} or {cameras[1] + 1}", float(np.sort(time)[count[at]]))


def _moved(which: str, when: float) -> CamerasUnclear:
    return CamerasUnclear(
        f"{which} was moved about {max(when, 0.0):.0f} seconds after the start of the first video: cut the videos "
        "there, and capture both parts on their own."
    )


def _fitted(moments: Moments, fit: Fit, lens: Lens) -> Fit:
    some = moments[np.unique(np.linspace(0, len(moments) - 1, min(len(moments), _PART)).round().astype(np.int64))]
    known = Lens(fit.cameras.focal, np.full(len(lens.focal), 0.02))
    return Bundle(some, known, clocks=False).fit(fit.cameras, steps=_STEPS, robust=(8.0, _LIMIT))


def _costs(moments: Moments, points: Array, part: Fit, lens: Lens) -> Array:
    """Return how badly each moment (n,) fits the cameras of a part."""
    bundle = Bundle(moments, lens, clocks=False, cameras=False)
    return _robust(bundle.fit(part.cameras, points, part.sizes, steps=_STEPS, robust=(_LIMIT,)).residual)


def _robust(residual: Array) -> Array:
    squares = np.square(np.nan_to_num(residual))
    return np.asarray((squares / (1.0 + squares / _LIMIT**2)).sum(axis=(1, 2)))


def _changes(before: Cameras, after: Cameras) -> Array:
    """Return the angles (c, c) in radians by which cameras turned against each other."""
    relative = [np.einsum("cba,dbe->cdae", cameras.turn, cameras.turn) for cameras in (before, after)]
    cosine = 0.5 * (np.einsum("cdab,cdab->cd", *relative) - 1.0)
    return np.asarray(np.arccos(np.clip(cosine, -1.0, 1.0)))
