# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic doctor``: what works on this machine, what does not, and what to do about it."""

import argparse
import platform
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module

from ...errors import MimicError
from ...models.networks import catalogue, files
from ...pipeline import libraries
from ...pipeline.landmarks.networks import needed
from ...pipeline.landmarks.settings import HolisticSettings
from ...pipeline.sources import cameras
from .console import console


@dataclass(frozen=True)
class Finding:
    """One thing looked at: whether it is well, whether capture needs it, and what was seen."""

    name: str
    well: bool
    needed: bool
    seen: str


def _library(module: str, *, needed: bool, remedy: str) -> Finding:
    try:
        loaded = import_module(module)
    except (ImportError, OSError) as error:  # OSError: a system library that the wheel links to is missing
        return Finding(module, well=False, needed=needed, seen=f"{error}; {remedy}")
    version = getattr(loaded, "__version__", None) or loaded.app.version_string
    return Finding(module, well=True, needed=needed, seen=version)


def _native(library: libraries.Library) -> Finding:
    try:
        loaded = libraries.load(library)
    except MimicError as error:
        return Finding(library.module, well=False, needed=True, seen=str(error))
    return Finding(library.module, well=True, needed=True, seen=str(loaded.__version__))


def _providers() -> Finding:
    runtime = import_module("onnxruntime")
    return Finding("providers", well=True, needed=False, seen=", ".join(runtime.get_available_providers()))


def _network(name: str) -> Finding:
    default = name in needed(HolisticSettings())
    try:
        path = files.network_path(name)
    except MimicError as error:
        return Finding(name, well=False, needed=default, seen=str(error))
    return Finding(name, well=True, needed=default, seen=path.name)


def _cameras() -> Finding:
    found = cameras()
    seen = ", ".join(f"{camera.index}: {camera.name}" for camera in found) or "none found; videos work without one"
    return Finding("cameras", well=bool(found), needed=False, seen=seen)


def _npm() -> Finding:
    path = shutil.which("npm")
    seen = path or "not installed; needed once, to fetch the lite and heavy pose networks"
    return Finding("npm", well=path is not None, needed=False, seen=seen)


def _look() -> Iterator[Finding]:
    yield Finding("system", well=True, needed=False, seen=f"{platform.platform()}, Python {platform.python_version()}")
    yield _library("numpy", needed=True, remedy="install it with pip")
    yield _native(libraries.OPENCV)
    runtime = _native(libraries.ONNX_RUNTIME)
    yield runtime
    if runtime.well:
        yield _providers()
    yield _library("bpy", needed=False, remedy="needed for `mimic bake` outside Blender: pip install 'mimic[blender]'")
    for name in catalogue.load():
        yield _network(name)
    checks: tuple[Callable[[], Finding], ...] = (_cameras, _npm)
    for check in checks:
        yield check()


def run(options: argparse.Namespace) -> int:  # noqa: ARG001
    """Print the findings; status 2 if something that capture needs is not well."""
    from rich.table import Table

    table = Table(box=None, show_header=False)
    ill = 0
    for finding in _look():
        mark = "ok" if finding.well else ("MISSING" if finding.needed else "-")
        table.add_row(mark, finding.name, finding.seen)
        ill += finding.needed and not finding.well
    console().print(table)
    console().print("Capture and bake will work." if not ill else f"{ill} things that capture needs are missing.")
    return 2 if ill else 0
