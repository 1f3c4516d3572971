# SPDX-License-Identifier: GPL-3.0-or-later
"""Verify that converted networks give the same results as their originals."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from . import catalogue, files
from .catalogue import Network, Output
from .errors import ConversionWrong, ModelAltered, ModelMissing

Array = NDArray[np.float32]

TOLERANCE: Final = Output.tolerance
"""The tolerance of outputs that have none in the catalogue."""

GROSS_FACTOR: Final = 10.0
"""Factor on the tolerance in `check`: wrong conversions differ by far more, rounding on other processors by less."""


@dataclass(frozen=True)
class Comparison:
    """The comparison of one output of a converted network with the original, on one kind of input."""

    network: str
    output: str
    picture: str
    difference: float
    """Largest absolute difference, divided by the largest absolute value (by 1 for probabilities)."""
    largest: float
    """Largest absolute value of the original's output."""
    tolerance: float

    @property
    def ok(self) -> bool:
        """Whether the difference is within the tolerance."""
        return self.difference < self.tolerance


def can_compare() -> bool:
    """Whether TFLite's interpreter is installed, which is needed to compare."""
    return find_spec("ai_edge_litert") is not None


def verify(names: Iterable[str] = ()) -> list[Comparison]:
    """Compare installed networks (by default all of them) with their originals.

    Raises:
        UnknownNetwork: a name is not in the catalogue.
        ModelMissing: a network, its original or the interpreter is not installed.
        ModelAltered: a file has changed since it was installed.
    """
    if not can_compare():
        raise ModelMissing("Comparing needs TFLite's interpreter: install it with `pip install ai-edge-litert`.")
    names = list(names)
    networks = catalogue.select(names)
    listed = files.installed()
    chosen = networks if names else [network for network in networks if network.name in listed]
    if not chosen:
        raise ModelMissing(f"There are no networks in {files.networks_folder()}: run `mimic models fetch` first.")
    return [comparison for network in chosen for comparison in _verify(network)]


def _verify(network: Network) -> list[Comparison]:
    converted = files.network_path(network.name)
    original = files.original_path(network.name)
    if not original.is_file():
        raise ModelMissing(f"The original of {network.name} is not at {original}: run `mimic models fetch` again.")
    if files.sha256(original) != network.sha256:
        raise ModelAltered(f"The original {original} has changed: delete it and run `mimic models fetch` again.")
    return compare(network, converted=converted.read_bytes(), original=original.read_bytes())


def compare(network: Network, *, converted: bytes, original: bytes) -> list[Comparison]:
    """Run both on random and on face-like input, and compare every output of the converted network."""
    from .reference import Reference

    reference = Reference(original, network.name)
    session = _session(converted)
    names = [output.name for output in session.get_outputs()]
    comparisons = []
    for picture, values in (("random", _noise(network)), ("picture", picture_like(network))):
        expected = reference.run(values)
        for name, result in zip(names, session.run(names, {"input": values}), strict=True):
            output = network.outputs[name]
            truth = expected[output.tensor].reshape(result.shape)
            largest = float(np.abs(truth).max())
            difference = float(np.abs(result - truth).max()) / (1.0 if output.probability else largest)
            comparisons.append(Comparison(network.name, name, picture, difference, largest, output.tolerance))
    return comparisons


def check(network: Network, *, converted: bytes, original: bytes) -> None:
    """Check a conversion: shapes and finite results, and if TFLite is installed, the difference from the original.

    Raises:
        ConversionWrong: the conversion is wrong.
    """
    _check_structure(network, converted)
    if not can_compare():
        return
    for comparison in compare(network, converted=converted, original=original):
        if not comparison.difference < GROSS_FACTOR * comparison.tolerance:
            raise ConversionWrong(
                f"The converted network {network.name} differs from its original by {comparison.difference:.1e} in "
                f"{comparison.output} ({comparison.picture} input), so it was not installed: please report this."
            )


def _check_structure(network: Network, converted: bytes) -> None:
    session = _session(converted)
    names = [output.name for output in session.get_outputs()]
    for name, result in zip(names, session.run(names, {"input": picture_like(network)}), strict=True):
        expected = network.outputs[name].shape
        if result.shape != expected or not np.isfinite(result).all():
            raise ConversionWrong(
                f"The converted network {network.name} gives {name} of shape {result.shape} where {expected} finite "
                "numbers were expected, so it was not installed: please report this."
            )


def _session(model: bytes | Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _scaled(network: Network, unit: NDArray[np.floating[Any]]) -> Array:
    low, high = network.value_range
    return np.asarray(low + (high - low) * unit, np.float32)[None]


def _noise(network: Network) -> Array:
    return _scaled(network, np.random.default_rng(20).random(network.shape[1:]))


def _points_like(count: int) -> NDArray[np.float64]:
    """Return points (count, 2) in 0..1 that fill an upright oval evenly."""
    number = np.arange(count)
    distance, angle = np.sqrt((number + 0.5) / count), number * np.pi * (3 - np.sqrt(5))
    return np.stack([0.5 + 0.3 * distance * np.cos(angle), 0.5 + 0.4 * distance * np.sin(angle)], axis=-1)


@cache
def _face_like(size: int) -> NDArray[np.float64]:
    """Return a smooth picture (size, size, 3) in 0..1: a bright oval with dark spots in front of a gradient."""
    y, x = np.mgrid[0:size, 0:size] / size
    background = 0.35 + 0.25 * x + 0.15 * np.sin(9 * y + 4 * x)
    oval = 0.5 - 0.5 * np.tanh(20 * (np.hypot((x - 0.5) / 0.7, y - 0.48) - 0.33))
    spots = [(0.40, 0.42, 0.035), (0.60, 0.42, 0.035), (0.50, 0.55, 0.03), (0.50, 0.66, 0.06)]
    dark = sum(np.exp(-(((x - cx) / (1.6 * r)) ** 2 + ((y - cy) / r) ** 2)) for cx, cy, r in spots)
    face = 0.85 - 0.3 * (x - 0.4) ** 2 - 0.55 * dark
    tint = np.array([1.0, 0.82, 0.7])
    colours = np.array([0.7, 0.85, 1.0])
    picture = oval[..., None] * face[..., None] * tint + (1 - oval[..., None]) * background[..., None] * colours
    return np.asarray(np.clip(picture, 0, 1))


def picture_like(network: Network) -> Array:
    """Return a network's input like a face, for activations like those of photographs: a smooth picture, or points."""
    count = network.shape[1]
    return _scaled(network, _points_like(count) if network.batched else _face_like(count))
