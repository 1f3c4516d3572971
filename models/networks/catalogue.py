# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks in ``catalogue.toml``: where each comes from, its input and its outputs.

The extension's zips contain exactly these networks.
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from .errors import UnknownNetwork

_FILE: Final = Path(__file__).resolve().parent / "catalogue.toml"


class Client(StrEnum):
    """The program that downloads a package."""

    PIP = "pip"
    NPM = "npm"


@dataclass(frozen=True)
class Package:
    """One release of a registry package that contains networks."""

    client: Client
    name: str
    version: str
    licence: str
    download: tuple[str, ...]
    """Additional arguments for the client, so that every machine gets the same file."""


@dataclass(frozen=True)
class Output:
    """One output of a network: its name in the TFLite file, its shape, and the kind of its values."""

    tensor: str
    shape: tuple[int, ...]
    probability: bool
    """Values are between 0 and 1, so that differences are relative to 1."""
    segmentation: bool
    """Dropped, with everything only it needs, unless requested: it takes almost half the time."""
    tolerance: float = 1e-4
    """Largest accepted relative difference from the original. TFLite's two sets of kernels differ by 1e-5."""


@dataclass(frozen=True)
class Network:
    """One network.

    Its input, of `shape`, is a picture (1, size, size, 3) float32 RGB, scaled to ``value_range``, or the points of a
    face (1, points, 2) float32 in pixels.
    """

    name: str
    package: Package
    path: str
    """Where it is in its package. A ``.task`` file in the path is an archive too."""
    sha256: str
    shape: tuple[int, ...]
    value_range: tuple[float, float]
    outputs: dict[str, Output]
    channel_block: int = 1
    """Widen inner values to multiples of this many channels: faster for small networks with odd widths."""

    @property
    def batched(self) -> bool:
        """Whether it takes any number of inputs at once."""
        return len(self.shape) == 3

    @property
    def input(self) -> str:
        """What goes in, for people."""
        return f"{self.shape[1]} points" if self.batched else f"{self.shape[1]} px"

    def wanted(self, *, with_segmentation: bool = False) -> dict[str, Output]:
        """Return the outputs of the converted network."""
        return {name: output for name, output in self.outputs.items() if with_segmentation or not output.segmentation}


@cache
def load() -> dict[str, Network]:
    """Load all networks, by name."""
    with _FILE.open("rb") as file:
        content = tomllib.load(file)
    packages = {name: _package(entry) for name, entry in content["packages"].items()}
    return {name: _network(name, entry, packages) for name, entry in content["networks"].items()}


def select(names: Iterable[str]) -> list[Network]:
    """Return the networks with these names, in the catalogue's order; all of them without names.

    Raises:
        UnknownNetwork: a name is not in the catalogue.
    """
    catalogue = load()
    wanted = set(names)
    for name in sorted(wanted):
        if name not in catalogue:
            raise UnknownNetwork(f"There is no network called {name}: choose one of {', '.join(catalogue)}.")
    return [network for name, network in catalogue.items() if name in wanted or not wanted]


def _package(entry: dict[str, Any]) -> Package:
    return Package(
        client=Client(entry["client"]),
        name=entry["name"],
        version=entry["version"],
        licence=entry["licence"],
        download=tuple(entry["download"]),
    )


def _network(name: str, entry: dict[str, Any], packages: dict[str, Package]) -> Network:
    low, high = entry["range"]
    return Network(
        name=name,
        package=packages[entry["package"]],
        path=entry["path"],
        sha256=entry["sha256"],
        shape=(1, entry["points"], 2) if "points" in entry else (1, entry["size"], entry["size"], 3),
        value_range=(low, high),
        outputs={key: _output(value) for key, value in entry["outputs"].items()},
        channel_block=entry.get("channel_block", 1),
    )


def _output(entry: dict[str, Any]) -> Output:
    return Output(
        tensor=entry["tensor"],
        shape=tuple(entry["shape"]),
        probability=entry.get("probability", False),
        segmentation=entry.get("segmentation", False),
        tolerance=entry.get("tolerance", Output.tolerance),
    )
