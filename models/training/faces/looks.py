# SPDX-License-Identifier: GPL-3.0-or-later
"""How a face looks in one picture: skin, hair, eyes, light and where it stands before the camera."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body import rotations as rot
from ..pictures.views import Camera
from .heads import Head

Array = NDArray[np.float64]

SIZE: Final = 448
"""Side in pixels of the square pictures."""
_SKINS: Final = np.array(
    [[0.76, 0.52, 0.42], [0.68, 0.43, 0.32], [0.55, 0.33, 0.23], [0.40, 0.22, 0.14], [0.25, 0.13, 0.085]]
)
_HAIRS: Final = np.array(
    [[0.02, 0.015, 0.012], [0.05, 0.03, 0.018], [0.12, 0.07, 0.035], [0.35, 0.22, 0.10], [0.45, 0.43, 0.41]]
)
_IRISES: Final = np.array([[0.05, 0.025, 0.012], [0.11, 0.06, 0.025], [0.10, 0.12, 0.06], [0.13, 0.22, 0.32]])
_DARK: Final = 0.5
_HEAD: Final = 0.235
"""Metres from chin to crown of a head with eyes 62 mm apart."""


@dataclass(frozen=True)
class Look:
    """What does not depend on the expression. Colours are linear RGB.

    Attributes:
        skin, lips, hair, iris, shirt: colours.
        hair_thickness: metres; 0 for a shorn head.
        hairline: metres by which the hairline is moved up.
        brow: half the thickness of the brows in metres, their density 0..1, metres up.
        stubble: 0..1, strength of a beard.
        freckles: 0..1.
        redness: 0..1, of cheeks and nose.
        gloss: 0..1.
        seed: of patterns.
    """

    skin: Array
    lips: Array
    hair: Array
    iris: Array
    shirt: Array
    hair_thickness: float
    hairline: float
    brow: tuple[float, float, float]
    stubble: float
    freckles: float
    redness: float
    gloss: float
    seed: float


@dataclass(frozen=True)
class View:
    """The camera, the place of the face and the light.

    Attributes:
        camera: the picture's camera.
        turn: (4,) rotation of the head to the camera.
        body_turn: (4,) rotation of the shoulders.
        place: (3,) metres, of the point between the eyes.
        light: (3,) direction to the light; its colour is `light_color` (3,).
        ambient: (2, 3) colours of the light from below and from above.
    """

    camera: Camera
    turn: Array
    body_turn: Array
    place: Array
    light: Array
    light_color: Array
    ambient: Array


def draw_look(rng: np.random.Generator, *, man: float) -> Look:
    """Draw the look of a person; `man` is Anny's gender, 0..1."""
    skin = _mixed(rng, _SKINS)
    hair = _mixed(rng, _HAIRS)
    if skin[0] < _DARK and rng.random() < 0.8:
        hair = np.minimum(hair, rng.uniform(0.008, 0.06))
    male = man > 0.5
    return Look(
        skin=skin,
        lips=np.clip(skin * np.array([0.95, 0.62, 0.62]) * rng.uniform(0.75, 1.1) + [0.04, 0, 0.01], 0, 1)
        if male or rng.random() < 0.6
        else np.array([0.5, 0.06, 0.09]) * rng.uniform(0.5, 1.3),
        hair=hair,
        iris=_mixed(rng, _IRISES),
        shirt=np.clip(rng.random() ** 1.5 + 0.4 * (rng.random(3) - 0.5), 0.01, 0.9),
        hair_thickness=0.0 if rng.random() < 0.1 else rng.uniform(0.006, 0.03),
        hairline=rng.normal(0.0, 0.008),
        brow=(rng.uniform(0.0026, 0.005) * (1.15 if male else 0.9), rng.uniform(0.55, 1.0), rng.normal(0.0, 0.001)),
        stubble=rng.uniform(0.1, 0.8) if male and rng.random() < 0.5 else 0.0,
        freckles=rng.uniform(0.0, 0.5) ** 2,
        redness=rng.uniform(0.1, 0.8),
        gloss=rng.uniform(0.1, 0.8),
        seed=rng.uniform(0.0, 50.0),
    )


def draw_view(rng: np.random.Generator, head: Head, *, yaw: float, pitch: float, roll: float) -> View:
    """Draw a view of a head that is turned by degrees: yaw to its own left, pitch up, roll towards its left shoulder.

    The angles are those at which the camera sees the head: turned by 0 it looks into the lens.
    """
    half = np.radians(rng.uniform(12.0, 27.0))
    camera = Camera(SIZE, SIZE, 0.5 * SIZE / float(np.tan(half)))
    pixels = rng.uniform(200.0, 300.0)
    tall = _HEAD * float(np.ptp(head.eyes[:, 0])) / 0.062
    depth = camera.focal * tall / pixels
    aside, above = rng.uniform(-0.09, 0.09), rng.uniform(-0.02, 0.10)
    place = depth * np.array([2 * aside * np.tan(half), 1.0, 2 * above * np.tan(half)])
    # Seen from the side of its place, a head that faces the camera is turned.
    to_yaw, to_pitch = np.degrees(np.arctan2(place[0], place[1])), np.degrees(np.arctan2(place[2], place[1]))
    turn = _turned(yaw - to_yaw, pitch - to_pitch, roll)
    light = rng.normal(size=3) + np.array([0.0, -1.3, 0.9])
    warm = rng.normal(0.0, 0.08)
    strength = rng.uniform(0.5, 1.1)
    above_color = rng.uniform(0.3, 0.6) * (1.0 + 0.1 * rng.normal(size=3))
    return View(
        camera=camera,
        turn=turn,
        body_turn=_turned(0.5 * yaw + rng.normal(0.0, 6.0), 0.0, 0.0),
        place=place,
        light=light / np.linalg.norm(light),
        light_color=strength * np.array([1.0 + warm, 1.0, 1.0 - warm]),
        ambient=np.array([above_color * rng.uniform(0.4, 0.8), above_color]),
    )


def _turned(yaw: float, pitch: float, roll: float) -> Array:
    about_z = rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(yaw))
    about_x = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(-pitch))
    about_y = rot.from_axis_angle([0.0, 1.0, 0.0], np.radians(roll))
    return rot.multiply(about_y, rot.multiply(about_x, about_z))


def _mixed(rng: np.random.Generator, palette: Array) -> Array:
    i = rng.uniform(0.0, len(palette) - 1.001)
    low = int(i)
    mixed: Array = (palette[low] * (low + 1 - i) + palette[low + 1] * (i - low)) * rng.uniform(0.85, 1.15)
    return mixed
