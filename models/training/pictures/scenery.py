# SPDX-License-Identifier: GPL-3.0-or-later
"""The background and foreground of pictures, and simulation of the camera's blur, exposure and noise."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .views import Window

Image = NDArray[np.uint8]
Box = tuple[float, float, float, float]

_OCCLUDED: Final = 0.15
_BLURRED: Final = 0.25
_MIDDLE, _DEVIATION = 128.0, 40.0


@dataclass(frozen=True)
class Scene:
    """The surroundings of a person and the exposure, shared by several pictures.

    Attributes:
        behind: (h, w, 3) RGB, the background.
        before: occluding boxes: left, upper, right and lower edge in pixels, and an RGB colour.
        gain: factor on the levels due to exposure.
        offset: offset of the levels due to exposure.
        noise: standard deviation of the noise in levels.
    """

    behind: Image
    before: tuple[tuple[Box, tuple[int, int, int]], ...]
    gain: float
    offset: float
    noise: float


def draw_scene(rng: np.random.Generator, shape: tuple[int, int], *, background: int) -> Scene:
    """Draw a scene for pictures of a shape (rows, columns). `background` is the seed of the background."""
    return Scene(
        behind=_background(np.random.default_rng(background), shape),
        before=_draw_occluders(rng, shape) if rng.random() < _OCCLUDED else (),
        gain=rng.uniform(0.75, 1.2),
        offset=rng.uniform(-12, 12),
        noise=rng.uniform(0.5, 7.0),
    )


def compose(scene: Scene, person: Image, mask: Image) -> Image:
    """Composite a person's picture (h, w, 3) with its mask (h, w) into a scene of the same size, without noise."""
    import cv2

    picture: Image = np.asarray(cv2.copyTo(person, mask, scene.behind.copy()), np.uint8)
    for box, colour in scene.before:
        _fill(picture, box, colour)
    return picture


def compose_window(scene: Scene, person: Image, mask: Image, window: Window) -> Image:
    """Composite a window of the picture (height and width of the window, 3); see `compose`."""
    import cv2

    # Pixel centres: window pixel i is at (i + 0.5) / scale + x in the picture, whose pixel j has its centre at j + 0.5.
    step = 1.0 / window.scale
    to_picture = np.array([[step, 0.0, window.x + 0.5 * step - 0.5], [0.0, step, window.y + 0.5 * step - 0.5]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    behind = cv2.warpAffine(
        scene.behind, to_picture, (window.width, window.height), flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    picture: Image = np.asarray(cv2.copyTo(person, mask, behind), np.uint8)
    for (left, upper, right, lower), colour in scene.before:
        corners = window.inward(np.array([[left, upper], [right, lower]]))
        _fill(picture, tuple(corners.ravel()), colour)
    return picture


def draw_blur(rng: np.random.Generator, *, scale: float = 1.0, always: bool = False) -> float:
    """Draw the standard deviation of blur in pixels, mostly 0, for pictures scaled by `scale`."""
    return rng.uniform(0.4, 1.2) * scale if always or rng.random() < _BLURRED else 0.0


def simulate_camera(rng: np.random.Generator, scene: Scene, picture: Image, *, blur: float) -> Image:
    """Apply a camera's blur, exposure and noise to a picture."""
    import cv2

    if blur > 0.0:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), blur), np.uint8)
    height, width = picture.shape[:2]
    grain = _grain(1 << (max(height, width, 128) - 1).bit_length())
    y, x = rng.integers(len(grain) - height + 1), rng.integers(len(grain) - width + 1)
    strength = scene.noise / _DEVIATION
    exposed = cv2.addWeighted(
        picture, scene.gain, grain[y : y + height, x : x + width], strength, scene.offset - strength * _MIDDLE
    )
    return np.asarray(exposed, np.uint8)


@cache
def _grain(side: int) -> Image:
    """Return fixed grey noise (side, side, 3) about `_MIDDLE`; each picture uses a different part of it."""
    levels = _MIDDLE + _DEVIATION * np.random.default_rng(0).standard_normal((side, side, 1), dtype=np.float32)
    return np.repeat(np.clip(levels, 0, 255).astype(np.uint8), 3, axis=2)


def _background(rng: np.random.Generator, shape: tuple[int, int]) -> Image:
    """Draw a wall and a floor, or a blur of colours, with boxes."""
    import cv2

    height, width = shape
    cells = int(rng.choice([2, 3, 5, 9, 24]))
    light = rng.uniform(30, 225) + rng.uniform(0, 45) * rng.standard_normal((cells, cells, 1))
    colours = light + rng.uniform(0, 30) * rng.standard_normal((cells, cells, 3)) + 20 * rng.standard_normal(3)
    wall = cv2.resize(np.clip(colours, 0, 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.6:
        horizon = int(height * rng.uniform(0.5, 0.95))
        wall[horizon:] = _colour(rng)
    size = max(shape) / 384.0
    for _ in range(rng.integers(0, 7)):
        x, y = rng.uniform(-40 * size, width), rng.uniform(-40 * size, height)
        w, h = rng.uniform(10, 160, size=2) * size
        _fill(wall, (x, y, x + w, y + h), _colour(rng))
    if rng.random() < 0.5:
        wall = cv2.GaussianBlur(wall, (0, 0), rng.uniform(1.0, 5.0) * size)
    return wall


def _draw_occluders(rng: np.random.Generator, shape: tuple[int, int]) -> tuple[tuple[Box, tuple[int, int, int]], ...]:
    """Draw an occluder in front of the person: a table across the bottom, or a box."""
    height, width = shape
    colour = _colour(rng)
    if rng.random() < 0.5:
        return (((0.0, height * rng.uniform(0.55, 0.95), width, height), colour),)
    x, y = rng.uniform(0, width), rng.uniform(0, height)
    w, h = rng.uniform(15, 100, size=2) * max(shape) / 384.0
    return (((x, y, x + w, y + h), colour),)


def _fill(picture: Image, box: Box, colour: tuple[int, int, int]) -> None:
    left, upper, right, lower = (max(0, round(edge)) for edge in box)
    picture[upper:lower, left:right] = colour


def _colour(rng: np.random.Generator) -> tuple[int, int, int]:
    """Draw a plausible colour of furniture: greys more often than bright colours."""
    red, green, blue = np.clip(rng.uniform(10, 235) + rng.uniform(0, 60) * rng.standard_normal(3), 0, 255)
    return int(red), int(green), int(blue)
