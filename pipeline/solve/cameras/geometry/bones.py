# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a person's landmarks beside the pictures: bones keep their lengths, near those of the body."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body.model import neutral_body
from .moments import POINTS

Array = NDArray[np.float64]

_AT: Final = {point: place for place, point in enumerate(POINTS)}

# First end, second end, number of the length (left and right have the same), error in metres of its being constant.
_RIGID, _FOOT, _HEAD, _TRUNK, _NECK = 0.02, 0.02, 0.015, 0.04, 0.06
_BONES: Final = (
    *((11 + s, 13 + s, 0, _RIGID) for s in (0, 1)),
    *((13 + s, 15 + s, 1, _RIGID) for s in (0, 1)),
    *((23 + s, 25 + s, 2, _RIGID) for s in (0, 1)),
    *((25 + s, 27 + s, 3, _RIGID) for s in (0, 1)),
    *((11 + s, 23 + s, 4, _TRUNK) for s in (0, 1)),
    *((11 + s, 24 - s, 5, _TRUNK) for s in (0, 1)),
    (11, 12, 6, _TRUNK),
    (23, 24, 7, _RIGID),
    *((27 + s, 29 + s, 8, _FOOT) for s in (0, 1)),
    *((27 + s, 31 + s, 9, _FOOT) for s in (0, 1)),
    *((29 + s, 31 + s, 10, _FOOT) for s in (0, 1)),
    *((0, 7 + s, 11, _HEAD) for s in (0, 1)),
    (7, 8, 12, _HEAD),
    *((7 + s, 11 + s, 13, _NECK) for s in (0, 1)),
)
FIRST: Final = np.array([_AT[bone[0]] for bone in _BONES])
SECOND: Final = np.array([_AT[bone[1]] for bone in _BONES])
LENGTH: Final = np.array([bone[2] for bone in _BONES])
"""Number of each bone's length."""
STIFF: Final = 1.0 / np.array([bone[3] for bone in _BONES])
"""Inverse of the error in metres of each bone's length being constant."""
LENGTHS: Final = int(LENGTH.max()) + 1
"""Lengths of a person."""

_SIZE: Final = (2, 3, 4)
"""Lengths by which a person's size is measured, as for the root: thighs, shanks, flanks."""
_SIZE_DOUBT: Final = 0.06
"""How people differ in size, as a fraction, beside the others in view."""
_GAUGE_DOUBT: Final = 0.002
"""The size of all people together is the body's, as nothing else tells it."""
_PROPORTION_DOUBT: Final = 0.04
"""How the lengths of a person's bones differ from the body's, as a fraction, beside the size."""


def rest_lengths() -> Array:
    """Return the lengths (b,) of the neutral body's bones in metres."""
    rest = neutral_body().landmarks[list(POINTS)]
    return np.asarray(np.linalg.norm(rest[SECOND] - rest[FIRST], axis=-1))


def bones(points: Array) -> tuple[Array, Array]:
    """Return the directions (n, b, 3) of the bones between points (n, j, 3), and their lengths (n, b)."""
    apart = points[:, SECOND] - points[:, FIRST]
    length = np.maximum(np.linalg.norm(apart, axis=-1), 1e-6)
    return apart / length[..., None], length


def size_rows(people: int) -> Array:
    """Return the matrix (m, p * l) from logarithms of p people's lengths to what is expected to be 0, of error 1."""
    rest = rest_lengths()
    share = np.zeros(LENGTHS)
    share[list(_SIZE)] = [rest[number == LENGTH].mean() for number in _SIZE]
    share /= share.sum()
    proportions = (np.eye(LENGTHS) - share) / _PROPORTION_DOUBT
    each = np.concatenate([proportions, share[None] / _SIZE_DOUBT])
    return np.concatenate([np.kron(np.eye(people), each), np.tile(share, people)[None] / (people * _GAUGE_DOUBT)])
