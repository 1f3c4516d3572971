# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions that MediaPipe's network hardly sees, or sees where there are none.

They are read from how a face's points differ from those of the same face at rest. What that was learnt from, for which
expressions it pays and how far it can be believed, says docs/face.md.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body.curves import smoothstep
from ....models.body.expressions import EXPRESSION_INDEX, MIRROR
from .gaze import LOOK_NAMES, LOOKS
from .neutral import Neutral

Array = NDArray[np.float64]

FILE: Final = Path(__file__).resolve().parents[3] / "models" / "networks" / "face_corrector.npz"
_MIRROR: Final = list(MIRROR)
_TURNED: Final = np.array([-1.0, 1.0])


@dataclass(frozen=True)
class Corrector:
    """A small network, and how far it is believed.

    Attributes:
        basis: (478 * 3, f) from points in the head's frame to features.
        flips: (f,) signs of the features on a mirrored face.
        layers: weights (i, o) and biases (o,) of each layer; there is a SiLU between them.
        share: (52,) an expression is at least so many times what the network reads beyond its noise; 0 where nothing is
            found that MediaPipe does not say.
        limit: (52,) MediaPipe's values are believed up to so many times what the network reads, and a little more;
            infinite where they are believed whatever it reads.
        gaze: (2, 2) how much of the angles that the irises show is kept, and how much of the network's is added:
            sideways and up.
    """

    basis: NDArray[np.float32]
    flips: NDArray[np.float32]
    layers: tuple[tuple[NDArray[np.float32], NDArray[np.float32]], ...]
    share: Array
    limit: Array
    gaze: Array

    def features(self, points: Array) -> Array:
        """Return features (..., f) of points (..., 478, 3) in the head's frame; they are added and averaged freely."""
        flat = points.reshape(*points.shape[:-2], -1).astype(np.float32)
        return np.asarray(flat @ self.basis, dtype=np.float64)

    def read(self, features: Array, head: Array) -> Array:
        """Read expressions (n, 52), which may lie a little outside 0..1.

        Args:
            features: (n, f) relative to those of the person's rest.
            head: (n, 2) radians at which the head looks relative to the camera.
        """
        # Seen in a mirror, left is right: both sides are read alike.
        mirrored = np.concatenate([features * self.flips, head * _TURNED], axis=-1)
        both = self._run(np.concatenate([np.concatenate([features, head], axis=-1), mirrored]).astype(np.float32))
        seen, swapped = both[: len(features)], both[len(features) :]
        return np.asarray(0.5 * (seen + swapped[:, _MIRROR]), dtype=np.float64)

    def correct(self, expressions: Array, read: Array) -> Array:
        """Correct expressions (n, 52) that are relative to the person's rest, by what was read of the same faces."""
        limited = np.isfinite(self.limit)
        shown = np.where(limited, self.limit, 0.0) * np.maximum(read, 0.0)
        believed = np.where(limited, np.minimum(expressions, shown + _FLOOR * expressions), expressions)
        found = self.share * np.maximum(read - _NOISE, 0.0)
        return np.asarray(np.clip(np.maximum(believed, found), 0.0, 1.0))

    def correct_gaze(self, gaze: Array, read: Array) -> Array:
        """Correct the angles (n, 2, 2) of eyes relative to looking straight ahead; both by the same."""
        return np.asarray(self.gaze[0] * gaze + self.gaze[1] * angles_of_looks(read)[:, None])

    def _run(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        *hidden, (weights, bias) = self.layers
        for inner, own in hidden:
            values = values @ inner + own
            values = values / (np.float32(1.0) + np.exp(-np.maximum(values, _LEAST)))
        return values @ weights + bias


_FLOOR: Final = 0.1
"""Fraction of MediaPipe's value that stays where the points show nothing of it."""

_NOISE: Final = 0.04
"""What is read of an expression that is not there."""

_LEAST: Final = np.float32(-60.0)
"""Below it, a SiLU is 0 and the exponential of its negative would grow without need."""


def angles_of_looks(read: Array) -> Array:
    """Return the angles (n, 2) in radians, to the left and up, at which both eyes look together, of what was read."""
    turned = {name: read[:, EXPRESSION_INDEX[name]] * LOOKS[name[7:].removesuffix("Left").removesuffix("Right")]
              for name in LOOK_NAMES}  # fmt: skip
    left = turned["eyeLookOutLeft"] - turned["eyeLookInLeft"] + turned["eyeLookInRight"] - turned["eyeLookOutRight"]
    up = sum(turned[f"eyeLookUp{side}"] - turned[f"eyeLookDown{side}"] for side in ("Left", "Right"))
    return np.radians(0.5 * np.stack([left, up], axis=-1))


@dataclass(frozen=True)
class Correction:
    """What Mimic's corrector says of n faces: `read` (n, 52), and how much it counts, `weight` (n,) 0..1."""

    read: Array
    weight: Array

    @classmethod
    def of(cls, features: Array, head: Array, scale: Array, neutral: Neutral) -> "Correction | None":
        """Read faces; None if what the person's points are at rest is not known.

        Args:
            features: (n, f) of the corrector that comes with Mimic; NaN where there is no face.
            head: (n, 2) radians at which the head looks relative to the camera.
            scale: (n,) pixels for each centimetre.
            neutral: the face's rest.
        """
        if neutral.features is None:
            return None
        read = corrector_of_mimic().read(np.nan_to_num(features - neutral.features), np.nan_to_num(head))
        return cls(read, smoothstep(np.nan_to_num(scale), *_SCALE))

    def expressions(self, values: Array) -> Array:
        """Correct expressions (n, 52) that are relative to the person's rest."""
        corrected = corrector_of_mimic().correct(values, self.read)
        return np.asarray(values + self.weight[:, None] * (corrected - values))

    def gaze(self, angles: Array) -> Array:
        """Correct the angles (n, 2, 2) of eyes relative to looking straight ahead."""
        corrected = corrector_of_mimic().correct_gaze(angles, self.read)
        return np.asarray(angles + self.weight[:, None, None] * (corrected - angles))


_SCALE: Final = (3.0, 6.0)
"""Pixels for each centimetre from which faces are corrected, and at which entirely. It was learnt from faces with
8, and reads those of the repository's clip, with 6, no worse."""


def write_corrector(corrector: Corrector, path: Path) -> None:
    """Write a corrector in half precision, which is far finer than its errors."""
    layers = {
        f"{kind}{i}": part for i, layer in enumerate(corrector.layers) for kind, part in zip("wb", layer, strict=True)
    }
    small = {name: values.astype(np.float16) for name, values in layers.items()}
    with path.open("wb") as file:
        np.savez_compressed(
            file,
            basis=corrector.basis.astype(np.float16),
            flips=corrector.flips.astype(np.int8),
            share=corrector.share,
            limit=corrector.limit,
            gaze=corrector.gaze,
            **small,
        )


def read_corrector(path: Path) -> Corrector:
    """Read a file written by `write_corrector`."""
    with np.load(path) as data:
        count = sum(name.startswith("w") for name in data.files)
        layers = tuple((data[f"w{i}"].astype(np.float32), data[f"b{i}"].astype(np.float32)) for i in range(count))
        return Corrector(
            basis=data["basis"].astype(np.float32),
            flips=data["flips"].astype(np.float32),
            layers=layers,
            share=data["share"],
            limit=data["limit"],
            gaze=data["gaze"],
        )


@cache
def corrector_of_mimic() -> Corrector:
    """Return the corrector that comes with Mimic."""
    return read_corrector(FILE)
