# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic doctor``: what works on this computer, what is missing, and how to install it."""

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
from .console import console, plural, say


@dataclass(frozen=True)
class Finding:
    """The result of one check: whether it passed, whether capture needs it, and details."""

    name: str
    ok: bool
    needed: bool
    detail: str


def _library(module: str, *, needed: bool, remedy: str) -> Finding:
    try:
        loaded = import_module(module)
    except (ImportError, OSError) as error:  # OSError: a system library that the wheel links to is missing
        return Finding(module, ok=False, needed=needed, detail=f"{error}; {remedy}")
    version = getattr(loaded, "__version__", None) or loaded.app.version_string
    return Finding(module, ok=True, needed=needed, detail=version)


def _native(library: libraries.Library) -> Finding:
    try:
        loaded = libraries.load(library)
    except MimicError as error:
        return Finding(library.module, ok=False, needed=True, detail=str(error))
    return Finding(library.module, ok=True, needed=True, detail=str(loaded.__version__))


def _providers() -> Finding:
    runtime = import_module("onnxruntime")
    return Finding("providers", ok=True, needed=False, detail=", ".join(runtime.get_available_providers()))


def _network(name: str) -> Finding:
    default = name in needed(HolisticSettings())
    try:
        path = files.network_path(name)
    except MimicError as error:
        return Finding(name, ok=False, needed=default, detail=str(error))
    return Finding(name, ok=True, needed=default, detail=path.name)


def _cameras() -> Finding:
    found = cameras()
    detail = (
        ", ".join(f"{camera.index}: {camera.name}" for camera in found) or "none found; videos work without a camera"
    )
    return Finding("cameras", ok=bool(found), needed=False, detail=detail)


def _npm() -> Finding:
    path = shutil.which("npm")
    detail = path or "not installed; needed once, to fetch the lite and heavy pose networks"
    return Finding("npm", ok=path is not None, needed=False, detail=detail)


def _findings() -> Iterator[Finding]:
    yield Finding("system", ok=True, needed=False, detail=f"{platform.platform()}, Python {platform.python_version()}")
    yield _library("numpy", needed=True, remedy="install it with `pip install numpy`")
    yield _native(libraries.OPENCV)
    runtime = _native(libraries.ONNX_RUNTIME)
    yield runtime
    if runtime.ok:
        yield _providers()
    yield _library("bpy", needed=False, remedy="`mimic bake` outside Blender needs it: `pip install 'mimic[blender]'`")
    for name in catalogue.load():
        yield _network(name)
    checks: tuple[Callable[[], Finding], ...] = (_cameras, _npm)
    for check in checks:
        yield check()


def run(options: argparse.Namespace) -> int:  # noqa: ARG001
    """Print the findings; status 2 if something that capture needs is missing."""
    from rich.table import Table

    table = Table(box=None, show_header=False)
    missing = 0
    for finding in _findings():
        mark = "ok" if finding.ok else ("MISSING" if finding.needed else "-")
        table.add_row(mark, finding.name, finding.detail)
        missing += finding.needed and not finding.ok
    console().print(table)
    say(
        f"Capture will not work yet: {plural(missing, 'requirement')} missing, see above."
        if missing
        else "Capture and bake will work."
    )
    return 2 if missing else 0
