# SPDX-License-Identifier: GPL-3.0-or-later
"""How much of a face its landmarks really show: masks, sunglasses, hands, small faces and profiles.

Behind a mask the network of the mesh still draws a mouth, and behind dark glasses eyes, but they tremble, and so does
what of a face never trembles: the nose relative to the head, the sockets of the eyes, and the lips sideways. Speech
does not move those to and fro, so their trembling tells a hidden mouth from one that speaks.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from ....models.body.curves import smoothstep

Array = NDArray[np.float64]

_NOSE: Final = (1, 4, 5, 195, 197, 2, 98, 327, 129, 358, 48, 278, 219, 439, 218, 438)
_SOCKETS: Final = (33, 133, 362, 263, 130, 359, 243, 463, 226, 446, 244, 464, 168, 6, 143, 372)
_LIPS: Final = (13, 14, 61, 291, 0, 17, 78, 308, 40, 270, 91, 321)
_EYES: Final = ((473, 362, 263), (468, 33, 133))
"""The left and the right iris, each with the corners of its eye."""

_LEAST_PRESENCE: Final = 0.5
"""The network's certainty below which there is no face."""

_SCALE: Final = (1.0, 2.0)
"""Pixels for each centimetre; 16 times as much is the width of a face, so that one of 16 px says nothing."""

_FLAT: Final = np.radians([55.0, 80.0])
"""Turn of the head from which its expressions become uncertain, and at which the face is lost."""

_FAR_SIDE: Final = np.radians([20.0, 45.0])
"""Turn of the head from which its far side follows the near one, and at which it does so entirely."""

# Measured on 28 November 2026, as centimetres of trembling (see `trembles`), on four clips with faces of 46 to 320 px.
# Nose and sockets: 0.01 to 0.04 where they are bare, 0.04 to 0.1 behind a mask and glasses. Lips: 0.01 to 0.1, behind
# the mask 0.12 to 0.24. Irises: 0.02 to 0.1, behind the glasses 0.2 to 0.4.
_STEADY: Final = (0.035, 0.07)
_STEADY_LIPS: Final = (0.08, 0.125)
_STEADY_IRIS: Final = (0.11, 0.26)

TREMBLE_SECONDS: Final = 3.0
"""Length of the window in which trembling is measured."""

_LEAST: Final = 5
"""Least number of frames in a window that can tell trembling."""

_MOST: Final = 60
"""Largest number of frames to either side that are looked at."""

_SLOWEST: Final = 0.1
"""Seconds between frames beyond which movement cannot be told from trembling."""

_NORMAL: Final = 0.6745
"""Median of the size of normal noise of deviation 1."""


@dataclass(frozen=True)
class Trust:
    """How much of n faces is shown, 0..1; 0 where there is no face.

    Attributes:
        seen: (n,) whether there is a face.
        mouth: (n,) mouth, jaw, cheeks and nose.
        brows: (n,).
        lids: (n, 2) left and right, and `gaze` (n, 2) the irises.
        sides: (n, 2) the left and the right side of the face, as the head turns; one of both is always 1.
    """

    seen: NDArray[np.bool_]
    mouth: Array
    brows: Array
    lids: Array
    gaze: Array
    sides: Array


def trust_of(presence: Array, scale: Array, head: Array, tremble: Array) -> Trust:
    """Return how much of faces is shown.

    Args:
        presence: (n,) 0..1.
        scale: (n,) pixels for each centimetre.
        head: (n, 2) radians at which the head looks: to its left, and up.
        tremble: (n, 5) centimetres, see `tremble`.
    """
    yaw, pitch = np.nan_to_num(head).T
    turn = np.arccos(np.clip(np.cos(yaw) * np.cos(pitch), -1.0, 1.0))
    seen = (np.nan_to_num(presence) > _LEAST_PRESENCE) & (np.nan_to_num(scale) > _SCALE[0]) & (turn < _FLAT[1])
    shown = np.where(seen, smoothstep(np.nan_to_num(scale), *_SCALE) * smoothstep(turn, *_FLAT[::-1]), 0.0)
    steady = smoothstep(tremble[:, :2], *_STEADY[::-1])
    lips = smoothstep(tremble[:, 2], *_STEADY_LIPS[::-1])
    irises = smoothstep(tremble[:, 3:], *_STEADY_IRIS[::-1])
    # Turned to its left, a head shows its right side.
    sides = np.stack([smoothstep(yaw, *_FAR_SIDE[::-1]), smoothstep(-yaw, *_FAR_SIDE[::-1])], axis=1)
    return Trust(
        seen=seen,
        mouth=shown * np.minimum(steady[:, 0], lips),
        brows=shown * steady[:, 1],
        lids=(shown * steady[:, 1])[:, None] * (0.5 + 0.5 * irises),
        gaze=shown[:, None] * irises,
        sides=sides,
    )


def steady_places(points: Array) -> Array:
    """Return what should not tremble: places (..., 5, 2) in centimetres sideways and up, in the head's frame.

    They are those of the nose, of the sockets of the eyes, of the lips relative to the nose, and of the left and the
    right iris relative to the corners of their eyes.

    Args:
        points: (..., 478, 3) centimetres in the head's frame.
    """
    flat = points[..., ::2]
    nose, sockets, lips = (flat[..., part, :].mean(axis=-2) for part in (_NOSE, _SOCKETS, _LIPS))
    irises = [flat[..., iris, :] - flat[..., corners, :].mean(axis=-2) for iris, *corners in _EYES]
    return np.stack([nose, sockets, lips - nose, *irises], axis=-2)


def tremble(places: Array) -> Array:
    """Return how much a window of frames trembles: (5,) centimetres, 0 where too few frames tell.

    Args:
        places: (m, 5, 2) of `steady_places`; NaN where there is no face.
    """
    return _typical(_bends(places)) if len(places) > _LEAST else np.zeros(places.shape[1])


def trembles(time: Array, places: Array) -> Array:
    """Return how much n frames tremble, each in the window around it: (n, 5) centimetres.

    Args:
        time: (n,) seconds.
        places: (n, 5, 2) as for `tremble`.
    """
    step = float(np.median(np.diff(time))) if len(time) > _LEAST + 1 else np.inf
    if step > _SLOWEST:
        return np.zeros(places.shape[:2])
    bends = np.pad(_bends(places), ((1, 1), (0, 0)), constant_values=np.nan)
    reach = int(np.clip(round(0.5 * TREMBLE_SECONDS / max(step, 1e-3)), _LEAST, _MOST))
    padded = np.pad(bends, ((reach, reach), (0, 0)), constant_values=np.nan)
    return np.stack([_typical(window.T) for window in sliding_window_view(padded, 2 * reach + 1, axis=0)])


def _bends(places: Array) -> Array:
    """Return the sizes (m - 2, 5) of the second differences of places, as deviations of white noise.

    Lips and irises count only sideways, because speech and blinks move them up and down.
    """
    bends = np.abs(places[2:] - 2.0 * places[1:-1] + places[:-2]) / np.sqrt(6.0)
    return np.concatenate([bends[:, :2].max(axis=-1), bends[:, 2:, 0]], axis=1)


def _typical(bends: Array) -> Array:
    """Return the typical sizes (5,) of bends (m, 5): the median, as saccades and bites are rare."""
    known = np.isfinite(bends).all(axis=1)
    if known.sum() < _LEAST:
        return np.zeros(bends.shape[1])
    return np.asarray(np.median(bends[known], axis=0) / _NORMAL)
