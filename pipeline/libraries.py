# SPDX-License-Identifier: GPL-3.0-or-later
"""The native libraries that Mimic brings along, imported at first use and then looked at.

Blender gives all its extensions one folder of wheels, in which the newest of a name wins, and an add-on may have
imported a copy of its own before. So what is imported need not be what Mimic came with.
"""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from threading import Lock
from types import ModuleType
from typing import Final

from . import other_extensions
from .errors import LibraryMissing, LibraryUnfit

Version = tuple[int, ...]


@dataclass(frozen=True)
class Library:
    """A library that another extension may bring, too.

    Attributes:
        name: in sentences.
        module: that is imported.
        wheels: names of the packages that hold it, as their files begin.
        oldest: version that Mimic works with, and `below` the first that it does not.
    """

    name: str
    module: str
    wheels: tuple[str, ...]
    oldest: Version
    below: Version


OPENCV: Final = Library(
    "OpenCV",
    "cv2",
    ("opencv_python", "opencv_python_headless", "opencv_contrib_python", "opencv_contrib_python_headless"),
    oldest=(4, 10),
    below=(6,),
)
ONNX_RUNTIME: Final = Library(
    "ONNX Runtime",
    "onnxruntime",
    ("onnxruntime", "onnxruntime_gpu", "onnxruntime_directml", "onnxruntime_openvino", "onnxruntime_silicon"),
    oldest=(1, 18),  # what the extension brings for Windows's Blender up to 5.0; see .ci/wheels.toml
    below=(2,),
)

_importing: Final = Lock()


def load(library: Library) -> ModuleType:
    """Import a library, from any thread.

    Raises:
        LibraryMissing: it cannot be imported.
        LibraryUnfit: it is of a version that Mimic does not work with.
    """
    # While OpenCV is imported it takes itself out of the modules for a moment; another thread would find it half made.
    with _importing:
        try:
            module = import_module(library.module)
        except (ImportError, OSError) as fault:  # OSError: a system library that it links to is missing
            raise LibraryMissing(_missing_sentence(library, fault)) from fault
    version = version_of(module)
    if version is None or not library.oldest <= version < library.below:
        raise LibraryUnfit(_unfit_sentence(library, module))
    return module


def version_of(module: ModuleType) -> Version | None:
    """The numbers that a module's version begins with; None of a module that has none, as what is left of one."""
    numbers = re.match(r"\d+(\.\d+)*", str(getattr(module, "__version__", "")))
    return tuple(map(int, numbers[0].split("."))) if numbers else None


def _missing_sentence(library: Library, fault: Exception) -> str:
    if not _in_blender():
        return f"{library.name} cannot be loaded ({fault}): install it with pip."
    others = other_extensions.with_wheel(library.wheels)
    suspects = f", or disable {_quoted(others)}, which brings one too" if others else ""
    return (
        f"{library.name} cannot be loaded ({fault}): restart Blender, and if that does not help install Mimic "
        f"again{suspects}."
    )


def _unfit_sentence(library: Library, module: ModuleType) -> str:
    file, version = getattr(module, "__file__", None), getattr(module, "__version__", None)
    what = f"{library.name} {version}" if version else f"An incomplete {library.name}"
    oldest, below = (".".join(map(str, numbers)) for numbers in (library.oldest, library.below))
    needed = f"Mimic needs {oldest} or later, below {below}"
    if not _in_blender():
        return f"{what} is installed at “{file}”, and {needed}: install such a one with pip."
    origins = other_extensions.likely_origins(library.wheels, version, file)
    if origins:
        return (
            f"{what} is loaded, which {_quoted(origins)} brings, and {needed}: update or disable what brings it, and "
            "restart Blender."
        )
    return (
        f"{what} of “{file or 'another add-on'}” is loaded, and {needed}: disable the add-on that it belongs to, and "
        "restart Blender."
    )


def _quoted(origins: Sequence[str]) -> str:
    return f"the extension {' or '.join(f'“{name}”' for name in origins)}"


def _in_blender() -> bool:
    return "bpy" in sys.modules
