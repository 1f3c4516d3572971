# SPDX-License-Identifier: GPL-3.0-or-later
"""Random cameras, and random positions and appearances of people."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body import rotations as rot
from ...body.joints import INDEX
from ...body.model import Body

Array = NDArray[np.float64]

SIZES: Final = ((352, 352), (384, 320), (320, 384), (272, 384), (384, 384))
"""Width and height of pictures in pixels. The network's input has 256 pixels, so larger pictures show no more."""
FRAMINGS: Final = {"whole": 0.72, "to the knees": 0.1, "to the hips": 0.13, "bust": 0.05}
_FRAMED: Final = {
    "whole": list(range(33)),
    "to the knees": list(range(27)),
    "to the hips": list(range(25)),
    "bust": list(range(13)),
}
_INSIDE_MOUTH: Final = np.array([[0.20, 0.05, 0.05], [0.80, 0.78, 0.70], [0.55, 0.22, 0.20]])
"""Colours of the mouth's inside, teeth and tongue."""
_MIN_DISTANCE: Final = 0.7
_SKINS: Final = np.array(
    [[0.85, 0.66, 0.55], [0.78, 0.55, 0.42], [0.6, 0.4, 0.28], [0.42, 0.27, 0.18], [0.25, 0.15, 0.1]]
)
_HAIRS: Final = np.array(
    [[0.05, 0.04, 0.03], [0.18, 0.1, 0.05], [0.5, 0.36, 0.18], [0.55, 0.55, 0.55], [0.35, 0.12, 0.05]]
)


@dataclass(frozen=True)
class Camera:
    """A camera at the origin that looks along +Y: width, height and focal length of its picture, in pixels."""

    width: int
    height: int
    focal: float

    def project(self, points: Array) -> Array:
        """Project points (..., 3) in metres, Blender's axes, to pixels (..., 2), x right, y down."""
        depth = np.maximum(points[..., 1], 1e-3)
        x = 0.5 * self.width + self.focal * points[..., 0] / depth
        y = 0.5 * self.height - self.focal * points[..., 2] / depth
        return np.stack([x, y], axis=-1)


@dataclass(frozen=True)
class Window:
    """A scaled part of a camera's picture.

    Attributes:
        x: left edge in pixels of the picture.
        y: upper edge in pixels of the picture.
        width: width in pixels of the window.
        height: height in pixels of the window.
        scale: pixels of the window per pixel of the picture.
    """

    x: float
    y: float
    width: int
    height: int
    scale: float

    def inward(self, points: Array) -> Array:
        """Convert points (..., 2 or 3) from the picture's pixels to the window's; depth is scaled too."""
        corner = np.zeros(points.shape[-1])
        corner[:2] = self.x, self.y
        return (points - corner) * self.scale

    def outward(self, points: Array) -> Array:
        """Convert points (..., 2 or 3) from the window's pixels to the picture's."""
        corner = np.zeros(points.shape[-1])
        corner[:2] = self.x, self.y
        return points / self.scale + corner


@dataclass(frozen=True)
class Appearance:
    """Colours (RGB 0..1), light and clothes.

    Attributes:
        colors: (15, 3) of `materials.Material`.
        light: (3,) direction to the light, Blender's axes.
        ambient: 0..1, fraction of ambient light.
        bare: (4,) 1 for bare skin on upper arm, forearm, thigh, shank.
        stripes: (4,) waves per metre along x, y, z at rest, and their strength, 0..1.
        background: seed of the picture's background.
    """

    colors: Array
    light: Array
    ambient: float
    bare: Array
    stripes: Array
    background: int


def draw_turn(rng: np.random.Generator, kind: int) -> Array:
    """Draw a person's rotation (4,) relative to the camera: mostly facing it if ordinary, sometimes lying if wild."""
    frontal = kind == 0 or rng.random() < 0.25
    yaw = rng.normal(0.0, 28.0) if frontal and rng.random() < 0.85 else rng.uniform(-180.0, 180.0)
    elevation = np.clip(rng.normal(4.0, 9.0), -25.0, 50.0) if rng.random() < 0.9 else rng.uniform(-30.0, 60.0)
    roll = rng.normal(0.0, 3.0)
    turn = rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(yaw))
    if kind == 2 and rng.random() < 0.3:
        tilt = np.radians(rng.choice([-90.0, 90.0, rng.uniform(-100.0, 100.0)]))
        turn = rot.multiply(turn, rot.from_axis_angle([1.0, 0.0, 0.0] if rng.random() < 0.7 else [0.0, 1.0, 0.0], tilt))
    # Seen by a raised camera that looks down, the person's upper end is tilted towards it.
    turn = rot.multiply(rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(elevation)), turn)
    return rot.multiply(rot.from_axis_angle([0.0, 1.0, 0.0], np.radians(roll)), turn)


def place(rng: np.random.Generator, body: Body, rotations: Array, *, path: Array | None = None) -> tuple[Camera, Array]:
    """Draw a camera, and the position (3,) of the hips joint of a pose (52, 4) with which the person fills the picture.

    Also for a motion (f, 52, 4), whose hips move by `path` (f, 3) from that position.
    """
    width, height = SIZES[rng.integers(len(SIZES))]
    view = np.radians(np.clip(rng.normal(60.0, 12.0), 28.0, 90.0))
    camera = Camera(width, height, 0.5 * max(width, height) / float(np.tan(0.5 * view)))
    names, odds = list(FRAMINGS), np.array(list(FRAMINGS.values()))
    framing = names[rng.choice(len(names), p=odds / odds.sum())]
    points = body.landmark_positions(rotations, np.zeros(3) if path is None else path)
    crown = points[..., [2, 5], :] + 1.6 * (points[..., [2, 5], :] - points[..., [9, 10], :])
    points = np.concatenate([points[..., _FRAMED[framing], :], crown], axis=-2).reshape(-1, 3)
    low, high = points.min(axis=0) - 0.05, points.max(axis=0) + 0.05
    fill = rng.uniform(0.62, 1.0) if framing == "whole" else rng.uniform(0.8, 1.1)
    needed = max((high[0] - low[0]) / width, (high[2] - low[2]) / height)
    distance = max(camera.focal * needed / fill - low[1] * 0.7, _MIN_DISTANCE - low[1])
    spare = np.maximum(0.0, 1.0 - camera.focal * (high - low)[[0, 2]] / distance / [width, height])
    shift = rng.uniform(-0.45, 0.45, size=2) * (0.8 * spare + 0.04) * [width, height] / camera.focal * distance
    middle = 0.5 * (low + high)
    return camera, np.array([shift[0] - middle[0], distance, shift[1] - middle[2]])


def draw_appearance(rng: np.random.Generator) -> Appearance:
    """Draw clothes, skin, hair and light."""
    grey = rng.random((12, 1)) ** 1.3
    colors = grey + rng.random((12, 1)) * (rng.random((12, 3)) - 0.5)
    skin = _mixed(rng, _SKINS)
    colors[[0, 11]] = skin
    colors[1] = skin * [0.95, 0.7, 0.7]
    colors[2] = _mixed(rng, _HAIRS)
    colors[3], colors[4], colors[5] = 0.85, [0.2, 0.13, 0.08], 0.02
    colors[7] = colors[6] * rng.uniform(0.6, 1.0)
    if rng.random() < 0.4:  # most trousers are grey, black or denim
        colors[8] = rng.uniform(0.03, 0.35) * np.array([0.8, 0.9, 1.2])
    light = rng.normal(size=3) + np.array([0.0, -0.7, 1.2])
    short, shorts = rng.random() < 0.5, rng.random() < 0.25
    bare = np.array([short and rng.random() < 0.2, short, False, shorts], dtype=float)
    waves = rng.choice([0.0, 0.0, 0.0, 1.0], size=3) * rng.uniform(60.0, 250.0)
    return Appearance(
        colors=np.clip(np.concatenate([colors, _INSIDE_MOUTH]), 0.02, 1.0),
        light=light / np.linalg.norm(light),
        ambient=rng.uniform(0.35, 0.8),
        bare=bare,
        stripes=np.append(waves, rng.uniform(0.1, 0.4)),
        background=int(rng.integers(2**31)),
    )


def rotate_poses(rotations: Array, turn: Array) -> Array:
    """Rotate whole poses (..., 52, 4) by rotations (..., 4)."""
    result = np.array(rotations)
    hips = INDEX["Hips"]
    result[..., hips, :] = rot.multiply(turn, result[..., hips, :])
    return result


def _mixed(rng: np.random.Generator, palette: Array) -> Array:
    i = rng.uniform(0.0, len(palette) - 1.001)
    low = int(i)
    return (palette[low] * (low + 1 - i) + palette[low + 1] * (i - low)) * rng.uniform(0.85, 1.15)
