# SPDX-License-Identifier: GPL-3.0-or-later
"""The native libraries that Mimic depends on, imported on first use and checked for their version.

Blender installs the wheels of all extensions into one folder, where the newest version of a package wins, and another
add-on may already have imported its own copy. The imported version is therefore not always the one that Mimic ships.
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
    """A library that other extensions may install as well.

    Attributes:
        name: display name, used in messages.
        module: name of the module to import.
        wheels: names of the packages that contain it, as at the start of their wheels' file names.
        oldest: the oldest version that Mimic works with; `below` is the first that it does not work with.
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
    oldest=(1, 18),  # what the extension ships for Blender up to 5.0 on Windows; see .ci/wheels.toml
    below=(2,),
)

_importing: Final = Lock()


def load(library: Library) -> ModuleType:
    """Import a library. May be called from any thread.

    Raises:
        LibraryMissing: it cannot be imported.
        LibraryUnfit: Mimic does not work with the imported version.
    """
    # OpenCV removes itself from sys.modules while it is being imported; another thread would get an incomplete module.
    with _importing:
        try:
            module = import_module(library.module)
        except (ImportError, OSError) as fault:  # OSError: a system library it links to is missing
            raise LibraryMissing(_missing_sentence(library, fault)) from fault
    version = version_of(module)
    if version is None or not library.oldest <= version < library.below:
        raise LibraryUnfit(_unfit_sentence(library, module))
    return module


def version_of(module: ModuleType) -> Version | None:
    """Return the numbers at the start of a module's version.

    None if the module has no version, as when only a part of the package is left after uninstalling it.
    """
    numbers = re.match(r"\d+(\.\d+)*", str(getattr(module, "__version__", "")))
    return tuple(map(int, numbers[0].split("."))) if numbers else None


def _missing_sentence(library: Library, fault: Exception) -> str:
    if not _in_blender():
        return f"{library.name} cannot be loaded ({fault}). Install it with pip."
    others = other_extensions.with_wheel(library.wheels)
    suspects = f", or disable {_quoted(others)}, which installs it as well" if others else ""
    return (
        f"{library.name} cannot be loaded ({fault}). Restart Blender; if that does not help, reinstall Mimic{suspects}."
    )


def _unfit_sentence(library: Library, module: ModuleType) -> str:
    file, version = getattr(module, "__file__", None), getattr(module, "__version__", None)
    what = f"{library.name} {version}" if version else f"An incomplete {library.name}"
    oldest, below = (".".join(map(str, numbers)) for numbers in (library.oldest, library.below))
    needed = f"Mimic needs {oldest} or later, below {below}"
    if not _in_blender():
        return f"{what} is installed at “{file}”, but {needed}: install such a version with pip."
    origins = other_extensions.likely_origins(library.wheels, version, file)
    if origins:
        return (
            f"{what} is loaded, installed by {_quoted(origins)}, but {needed}: update or disable that extension and "
            "restart Blender."
        )
    return (
        f"{what} from “{file or 'another add-on'}” is loaded, but {needed}: disable the add-on that it belongs to and "
        "restart Blender."
    )


def _quoted(origins: Sequence[str]) -> str:
    return f"the extension {' or '.join(f'“{name}”' for name in origins)}"


def _in_blender() -> bool:
    return "bpy" in sys.modules
