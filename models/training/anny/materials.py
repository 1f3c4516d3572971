# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials of the dressed body."""

from enum import IntEnum
from typing import Final


class Material(IntEnum):
    """Materials and their indices."""

    SKIN = 0
    LIPS = 1
    HAIR = 2
    EYE_WHITE = 3
    IRIS = 4
    PUPIL = 5
    SHIRT = 6
    COLLAR = 7
    TROUSERS = 8
    SHOES = 9
    SOLES = 10
    NAILS = 11
    MOUTH = 12
    TEETH = 13
    TONGUE = 14


MATERIALS: Final[dict[Material, tuple[tuple[float, float, float], float]]] = {
    Material.SKIN: ((0.545, 0.318, 0.218), 0.50),
    Material.LIPS: ((0.480, 0.205, 0.165), 0.45),
    Material.HAIR: ((0.050, 0.027, 0.016), 0.60),
    Material.EYE_WHITE: ((0.800, 0.780, 0.750), 0.15),
    Material.IRIS: ((0.090, 0.045, 0.018), 0.12),
    Material.PUPIL: ((0.004, 0.004, 0.004), 0.10),
    Material.SHIRT: ((0.030, 0.265, 0.275), 0.85),
    Material.COLLAR: ((0.018, 0.160, 0.170), 0.85),
    Material.TROUSERS: ((0.038, 0.045, 0.072), 0.80),
    Material.SHOES: ((0.620, 0.110, 0.055), 0.60),
    Material.SOLES: ((0.780, 0.770, 0.740), 0.60),
    Material.NAILS: ((0.600, 0.360, 0.275), 0.35),
    Material.MOUTH: ((0.110, 0.018, 0.016), 0.60),
    Material.TEETH: ((0.720, 0.680, 0.600), 0.25),
    Material.TONGUE: ((0.420, 0.110, 0.095), 0.45),
}
"""Base colour (linear RGB) and roughness."""
