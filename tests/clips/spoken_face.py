# SPDX-License-Identifier: GPL-3.0-or-later
"""What the performer's face does: sentences, blinks, glances, smiles and raised brows, as ARKit's coefficients."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mimic.models.body import rotations as rot
from mimic.models.body.curves import smoothstep
from mimic.models.body.expressions import EXPRESSION_INDEX, EXPRESSIONS

Array = NDArray[np.float64]
Weights = Mapping[str, float]

GAZE: Final = {"In": 30.0, "Out": 30.0, "Up": 22.0, "Down": 26.0}
"""Degrees that an eye turns for an expression of 1."""
_SOUNDS: Final[dict[str, Weights]] = {
    "M": {"mouthPress": 0.45, "mouthRollLower": 0.30, "mouthRollUpper": 0.20},
    "F": {"jawOpen": 0.05, "mouthRollLower": 0.45, "mouthUpperUp": 0.25},
    "T": {"jawOpen": 0.12, "mouthLowerDown": 0.25, "mouthUpperUp": 0.10},
    "S": {"jawOpen": 0.04, "mouthStretch": 0.35, "mouthLowerDown": 0.25, "mouthUpperUp": 0.15},
    "K": {"jawOpen": 0.18, "mouthLowerDown": 0.10},
    "A": {"jawOpen": 0.60, "mouthLowerDown": 0.15, "mouthUpperUp": 0.10},
    "E": {"jawOpen": 0.34, "mouthStretch": 0.25, "mouthLowerDown": 0.20},
    "I": {"jawOpen": 0.12, "mouthSmile": 0.40, "mouthStretch": 0.25, "mouthLowerDown": 0.15},
    "O": {"jawOpen": 0.36, "mouthFunnel": 0.65},
    "U": {"jawOpen": 0.10, "mouthPucker": 0.80, "mouthFunnel": 0.20},
}
"""The mouth's shape for each group of sounds; names without a side are of both."""
_SENTENCES: Final = (
    (0.35, "KETO AI MIMIK"),  # Hello, I'm Mimic.
    (2.10, "TUK MAI FEIS MUFS TU"),  # Look, my face moves too.
    (4.45, "AI SMAIT AI SPIK"),  # I smile, I speak,
    (6.05, "ENT AI SI UAT IU TU"),  # and I see what you do.
)
"""When each begins in seconds, and its sounds; a blank is a pause."""
_LENGTH: Final = {"A": 0.125, "E": 0.11, "I": 0.11, "O": 0.13, "U": 0.12, " ": 0.10}
_CONSONANT: Final = 0.085
_BLINKS: Final = (0.25, 1.72, 3.10, 4.30, 5.75, 7.15)
_GESTURES: Final[tuple[tuple[float, float, Weights], ...]] = (
    (0.30, 0.95, {"browInnerUp": 0.75, "browOuterUp": 0.65}),
    (1.35, 2.00, {"mouthSmile": 0.75, "cheekSquint": 0.45, "eyeSquint": 0.25}),
    (2.10, 2.60, {"browInnerUp": 0.5, "browOuterUp": 0.4, "eyeWide": 0.5}),
    (3.20, 4.10, {"mouthSmile": 0.85, "cheekSquint": 0.5, "eyeSquint": 0.3, "jawOpen": 0.18}),
    (4.60, 5.20, {"mouthSmile": 0.6, "cheekSquint": 0.35}),
    (5.55, 6.00, {"mouthPucker": 0.7}),
    (6.10, 6.70, {"browDown": 0.75, "noseSneer": 0.25}),
    (7.00, 7.90, {"browInnerUp": 0.8, "browOuterUp": 0.7, "mouthSmile": 0.5}),
)
"""Beginning and end in seconds of what the face does beside speaking."""
_GLANCES: Final = (
    (2.55, 3.05, 14.0, 0.0),
    (3.45, 3.95, -14.0, 2.0),
    (5.20, 5.70, 17.0, 6.0),
    (6.30, 6.75, -17.0, -4.0),
)
"""Beginning and end in seconds, degrees towards the performer's left, degrees up."""


def face_over(time: Array) -> tuple[Array, Array]:
    """Return the expressions (n, 52) of the face at times (n,) in seconds, and its eyes (n, 2, 4).

    The eyes are rotations from looking straight ahead, of the left and the right one, in the head's axes.
    """
    result = _spoken(time)
    for begin, end, weights in _GESTURES:
        swell = _bump(time, begin, end, 0.14)
        for name, weight in _sides(weights).items():
            column = result[:, EXPRESSION_INDEX[name]]
            np.maximum(column, weight * swell, out=column)
    for side in ("Left", "Right"):
        closed = np.max([_blink(time - begin) for begin in _BLINKS], axis=0)
        result[:, EXPRESSION_INDEX[f"eyeBlink{side}"]] = closed
        for name in ("eyeWide", "eyeSquint"):
            result[:, EXPRESSION_INDEX[f"{name}{side}"]] *= 1.0 - closed
    degrees = np.zeros((len(time), 2))
    for begin, end, aside, up in _GLANCES:
        degrees += _bump(time, begin, end, 0.07)[:, None] * [aside, up]
    for name, amount in _looks(degrees).items():
        result[:, EXPRESSION_INDEX[name]] = amount
    return np.clip(result, 0.0, 1.0), np.repeat(_turned(degrees)[:, None], 2, axis=1)


def _spoken(time: Array) -> Array:
    """Return the expressions (n, 52) of the sentences: each sound's shape, blended with its neighbours'."""
    result = np.zeros((len(time), len(EXPRESSIONS)))
    for begin, sounds in _SENTENCES:
        at = begin
        for sound in sounds:
            length = _LENGTH.get(sound, _CONSONANT)
            strength = np.exp(-0.5 * ((time - at - 0.5 * length) / (0.5 * length)) ** 2)
            for name, weight in _sides(_SOUNDS.get(sound, {})).items():
                column = result[:, EXPRESSION_INDEX[name]]
                np.maximum(column, weight * strength, out=column)
            if sound in "MF":  # Lips that meet close the mouth, whatever comes before and after.
                result[:, EXPRESSION_INDEX["jawOpen"]] *= 1.0 - 0.9 * strength
            at += length
    return result


def _sides(weights: Weights) -> dict[str, float]:
    """Return the weights with both sides of names that lack one."""
    names = {n: (n,) if n in EXPRESSION_INDEX else (f"{n}Left", f"{n}Right") for n in weights}
    return {full: weights[name] for name, both in names.items() for full in both}


def _bump(time: Array, begin: float, end: float, rise: float) -> Array:
    """Return 0..1 (n,): up from `begin` and down to `end`, each in `rise` seconds."""
    return smoothstep(np.minimum(time - begin, end - time), 0.0, rise)


def _blink(since: Array) -> Array:
    """Return how far lids are closed: shut within 80 ms, for 60, and open again within 160."""
    return np.interp(since, [0.0, 0.08, 0.14, 0.30], [0.0, 1.0, 1.0, 0.0])


def _looks(degrees: Array) -> dict[str, Array]:
    """Return the expressions of eyes that look by degrees (n, 2) to the left and up."""
    aside, up = degrees.T
    left, right = np.maximum(aside, 0.0), np.maximum(-aside, 0.0)
    both = {"Up": np.maximum(up, 0.0) / GAZE["Up"], "Down": np.maximum(-up, 0.0) / GAZE["Down"]}
    return {
        "eyeLookOutLeft": left / GAZE["Out"],
        "eyeLookInRight": left / GAZE["In"],
        "eyeLookInLeft": right / GAZE["In"],
        "eyeLookOutRight": right / GAZE["Out"],
        **{f"eyeLook{way}{side}": amount for way, amount in both.items() for side in ("Left", "Right")},
    }


def _turned(degrees: Array) -> Array:
    """Return quaternions (n, 4) of an eye that looks by degrees (n, 2) to the left and up."""
    about_z = rot.from_axis_angle(np.broadcast_to([0.0, 0.0, 1.0], (len(degrees), 3)), np.radians(degrees[:, 0]))
    about_x = rot.from_axis_angle(np.broadcast_to([1.0, 0.0, 0.0], (len(degrees), 3)), np.radians(-degrees[:, 1]))
    return np.asarray(rot.multiply(about_z, about_x))
