# SPDX-License-Identifier: GPL-3.0-or-later
"""Mixtures of expressions as faces make them: in groups, mostly alike on both sides."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body.expressions import EXPRESSION_INDEX, EXPRESSIONS

Array = NDArray[np.float64]

_PAIRED: Final = {
    "browDown": 0.2,
    "browOuterUp": 0.22,
    "cheekSquint": 0.2,
    "eyeBlink": 0.3,
    "eyeSquint": 0.25,
    "eyeWide": 0.15,
    "mouthDimple": 0.15,
    "mouthFrown": 0.2,
    "mouthLowerDown": 0.2,
    "mouthPress": 0.15,
    "mouthSmile": 0.3,
    "mouthStretch": 0.15,
    "mouthUpperUp": 0.2,
    "noseSneer": 0.2,
}
"""How often each pair acts. Enough of each, or the rarest could not be measured."""
_SINGLE: Final = {
    "browInnerUp": 0.25,
    "cheekPuff": 0.15,
    "jawForward": 0.15,
    "jawOpen": 0.45,
    "mouthFunnel": 0.18,
    "mouthPucker": 0.22,
    "mouthRollLower": 0.15,
    "mouthRollUpper": 0.15,
    "mouthShrugLower": 0.15,
    "mouthShrugUpper": 0.15,
    "tongueOut": 0.1,
}
_SHARE: Final = 0.75
_SIDEWAYS: Final = {"jaw": 0.25, "mouth": 0.22}
_ONE_SIDED: Final = 0.35
_COMPANIONS: Final = {"mouthClose": {"jawOpen": 1.0}, "tongueOut": {"jawOpen": 0.4}}
"""What has to act too, for an expression to be possible at all."""


def single(name: str, value: float = 1.0) -> Array:
    """Return expressions (52,) in which one acts alone, or with those that make it possible."""
    result = np.zeros(len(EXPRESSIONS))
    for companion, share in _COMPANIONS.get(name, {}).items():
        result[EXPRESSION_INDEX[companion]] = share * value
    result[EXPRESSION_INDEX[name]] = value
    return result


def companions(name: str) -> tuple[str, ...]:
    """Return what has to act with an expression."""
    return tuple(_COMPANIONS.get(name, ()))


def draw_mixture(rng: np.random.Generator) -> Array:
    """Draw expressions (52,), each 0..1."""
    drawn = _draw_pairs(rng)
    for name, odds in _SINGLE.items():
        if rng.random() < _SHARE * odds:
            drawn[name] = _strength(rng)
    for name, odds in _SIDEWAYS.items():
        if rng.random() < _SHARE * odds:
            drawn[f"{name}{rng.choice(['Left', 'Right'])}"] = _strength(rng)
    for side in ("Left", "Right"):
        if drawn.get(f"eyeBlink{side}", 0.0) > 0.0:
            drawn.pop(f"eyeWide{side}", None)
            drawn.pop(f"eyeSquint{side}", None)
    _open_jaw(drawn, rng)
    _resolve_mouth(drawn, rng)
    drawn |= _draw_gaze(rng)
    result = np.zeros(len(EXPRESSIONS))
    for name, value in drawn.items():
        result[EXPRESSION_INDEX[name]] = min(value, 1.0)
    return result


def _draw_pairs(rng: np.random.Generator) -> dict[str, float]:
    drawn: dict[str, float] = {}
    for name, odds in _PAIRED.items():
        if rng.random() < _SHARE * odds:
            left = right = _strength(rng)
            if rng.random() < _ONE_SIDED:
                left, right = (left, right * rng.uniform(0.0, 0.4))[:: rng.choice([1, -1])]
            drawn[f"{name}Left"], drawn[f"{name}Right"] = left, right
    return drawn


def _strength(rng: np.random.Generator) -> float:
    return float(rng.uniform(0.1, 1.0))


def _open_jaw(drawn: dict[str, float], rng: np.random.Generator) -> None:
    """Let no tongue come through teeth, and close some mouths whose jaw is open."""
    if "tongueOut" in drawn:
        drawn["jawOpen"] = max(drawn.get("jawOpen", 0.0), 0.25 + 0.3 * drawn["tongueOut"])
    elif drawn.get("jawOpen", 0.0) > 0.0 and rng.random() < 0.25:
        drawn["mouthClose"] = drawn["jawOpen"] * rng.uniform(0.3, 1.0)


def _resolve_mouth(drawn: dict[str, float], rng: np.random.Generator) -> None:
    """Take away what no mouth does at once: the same lips pulled in opposite directions."""
    round_mouth = max(drawn.get("mouthPucker", 0.0), drawn.get("mouthFunnel", 0.0))
    if round_mouth > 0.0:
        for name in ("Smile", "Stretch", "Dimple", "Press"):
            for side in ("Left", "Right"):
                drawn.pop(f"mouth{name}{side}", None)
    for side in ("Left", "Right"):
        smile, frown = drawn.get(f"mouthSmile{side}", 0.0), drawn.get(f"mouthFrown{side}", 0.0)
        if smile and frown:
            drawn.pop(f"mouth{rng.choice(['Smile', 'Frown'])}{side}")
    # Strong mixtures would tear the mouth: all of it together is limited.
    total = sum(value for name, value in drawn.items() if name.startswith("mouth") and name != "mouthClose")
    if total > _MOST:
        for name in drawn:
            if name.startswith("mouth") and name != "mouthClose":
                drawn[name] *= _MOST / total


_MOST: Final = 3.0


def _draw_gaze(rng: np.random.Generator) -> dict[str, float]:
    """Draw a direction in which both eyes look, a little crossed at times."""
    if rng.random() < 0.2:
        return {}
    aside, up = np.clip(rng.normal(0.0, 0.4, 2), -1.0, 1.0)
    cross = abs(rng.normal(0.0, 0.05))
    drawn = {f"eyeLook{'Up' if up > 0 else 'Down'}{side}": abs(float(up)) for side in ("Left", "Right")}
    left, right = float(np.clip(aside - cross, -1, 1)), float(np.clip(aside + cross, -1, 1))
    drawn[f"eyeLook{'Out' if left > 0 else 'In'}Left"] = abs(left)
    drawn[f"eyeLook{'In' if right > 0 else 'Out'}Right"] = abs(right)
    return drawn
