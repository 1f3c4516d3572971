# SPDX-License-Identifier: GPL-3.0-or-later
"""The blend shapes of faces, which MediaPipe's network reads from some points of the mesh."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from . import networks
from .data import COEFFICIENTS, Floats

NETWORK: Final = "face_blendshapes"
MESH_WITH_IRISES: Final = 478

_POINTS: Final = (
    "0 1 4 5 6 7 8 10 13 14 17 21 33 37 39 40 46 52 53 54 55 58 61 63 65 66 67 70 78 80 81 82 84 87 88 91 93 95 "
    "103 105 107 109 127 132 133 136 144 145 146 148 149 150 152 153 154 155 157 158 159 160 161 162 163 168 172 "
    "173 176 178 181 185 191 195 197 234 246 249 251 263 267 269 270 276 282 283 284 285 288 291 293 295 296 297 "
    "300 308 310 311 312 314 317 318 321 323 324 332 334 336 338 356 361 362 365 373 374 375 377 378 379 380 381 "
    "382 384 385 386 387 388 389 390 397 398 400 402 405 409 415 454 466 468 469 470 471 472 473 474 475 476 477"
)
POINTS: Final[NDArray[np.intp]] = np.array(_POINTS.split(), dtype=np.intp)
"""Indices (146,) of the mesh's points that the network sees; the last ten are the irises."""

_AT_ONCE: Final = 64
"""Faces in one run of the network, so that a long take needs little memory. One face takes as long in a run alone."""


def coefficients_of(points: Floats) -> Floats:
    """Return the blend shapes (n, 52) 0..1 of faces, in the order of `COEFFICIENTS`.

    A row is NaN where the face has none of its points, or not all that the network needs (a mesh without irises), or
    where all lie in one place. Safe to call from any thread; half a millisecond for each face.

    Args:
        points: (n, 478, 2 or 3) x, y and perhaps z in pixels of the picture, not fractions of its sides, as the
            network sees proportions. NaN where unknown.

    Raises:
        ValueError: the points have another shape.
        ModelMissing, ModelAltered, LibraryMissing, LibraryUnfit: the network cannot be loaded.
    """
    if points.ndim != 3 or points.shape[1] != MESH_WITH_IRISES or points.shape[2] not in (2, 3):
        raise ValueError(f"points of faces of the shape {points.shape} instead of (n, {MESH_WITH_IRISES}, 2 or 3)")
    seen = points[:, POINTS, :2]
    found = np.full((len(points), len(COEFFICIENTS)), np.nan)
    valid = np.flatnonzero(np.isfinite(seen).all(axis=(1, 2)) & (np.ptp(seen, axis=1) > 0).any(axis=1))
    network = networks.load(NETWORK)
    for start in range(0, len(valid), _AT_ONCE):
        rows = valid[start : start + _AT_ONCE]
        found[rows] = network(seen[rows].astype(np.float32))["coefficients"]
    found[~np.isfinite(found).all(axis=1)] = np.nan
    return found
