# SPDX-License-Identifier: GPL-3.0-or-later
"""What is behind a person and before it, and what the camera does to the picture."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

_OCCLUDED: Final = 0.15
_BLURRED: Final = 0.25


def compose(rng: np.random.Generator, person: Image, mask: Image, *, background: int) -> Image:
    """The person's picture (h, w, 3), with its mask (h, w), before a background, behind things, through a camera."""
    import cv2

    picture = np.where(mask[..., None] > 0, person, _background(np.random.default_rng(background), mask.shape))
    if rng.random() < _OCCLUDED:
        _occlude(rng, picture)
    if rng.random() < _BLURRED:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.2))
    noisy = picture * rng.uniform(0.75, 1.2) + rng.uniform(-12, 12)
    noisy += rng.normal(0.0, rng.uniform(0.5, 7.0), size=(*mask.shape, 1))
    return np.ascontiguousarray(np.clip(noisy, 0, 255).astype(np.uint8))


def _background(rng: np.random.Generator, shape: tuple[int, ...]) -> Image:
    """A wall and a floor, or a blur of colours, with boxes."""
    import cv2

    height, width = shape[:2]
    cells = int(rng.choice([2, 3, 5, 9, 24]))
    light = rng.uniform(30, 225) + rng.uniform(0, 45) * rng.standard_normal((cells, cells, 1))
    colours = light + rng.uniform(0, 30) * rng.standard_normal((cells, cells, 3)) + 20 * rng.standard_normal(3)
    wall = cv2.resize(np.clip(colours, 0, 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.6:
        horizon = int(height * rng.uniform(0.5, 0.95))
        wall[horizon:] = _colour(rng)
    for _ in range(rng.integers(0, 7)):
        x, y = rng.integers(-40, width), rng.integers(-40, height)
        w, h = rng.integers(10, 160, size=2)
        cv2.rectangle(wall, (int(x), int(y)), (int(x + w), int(y + h)), _colour(rng), -1)
    if rng.random() < 0.5:
        wall = cv2.GaussianBlur(wall, (0, 0), rng.uniform(1.0, 5.0))
    return wall


def _occlude(rng: np.random.Generator, picture: Image) -> None:
    """A table across the bottom, or a box somewhere, before the person."""
    import cv2

    height, width = picture.shape[:2]
    colour = _colour(rng)
    if rng.random() < 0.5:
        cv2.rectangle(picture, (0, int(height * rng.uniform(0.55, 0.95))), (width, height), colour, -1)
        return
    x, y = rng.integers(0, width), rng.integers(0, height)
    w, h = rng.integers(15, 100, size=2)
    cv2.rectangle(picture, (int(x), int(y)), (int(x + w), int(y + h)), colour, -1)


def _colour(rng: np.random.Generator) -> list[int]:
    """Something that furniture may be: greys more often than bright colours."""
    colour = rng.uniform(10, 235) + rng.uniform(0, 60) * rng.standard_normal(3)
    return [int(c) for c in np.clip(colour, 0, 255)]
