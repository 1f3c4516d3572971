# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's other extensions, as their manifests tell of them: which of them brings a library. Needs no bpy."""

import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final

MANIFEST: Final = "blender_manifest.toml"
PACKAGE: Final = "bl_ext"
"""What Blender imports extensions from: `bl_ext.REPOSITORY.EXTENSION`."""
_OURSELVES: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Extension:
    """An extension that is installed.

    Attributes:
        name: as its manifest has it.
        folder: of its files.
        wheels: names of the files of its wheels, without their folder.
        enabled: whether Blender has imported it.
    """

    name: str
    folder: Path
    wheels: tuple[str, ...]
    enabled: bool


def who_brings(packages: Sequence[str]) -> list[str]:
    """Names of the other extensions that are enabled and have a wheel of any of these packages."""
    found = [each for each in installed(repositories(sys.modules)) if each.enabled and _wheels_of(each, packages)]
    return sorted({each.name for each in found})


def who_brought(packages: Sequence[str], version: object, file: str | None) -> list[str]:
    """Names of the extensions or add-ons that a library comes from; empty if nobody can tell.

    Args:
        packages: that hold such a library.
        version: that was imported.
        file: of the module that was imported.
    """
    if file is not None and (owner := owner_of(Path(file))) is not None:
        return [owner]
    found = [
        each
        for each in installed(repositories(sys.modules))
        if any(_is_of_version(wheel, str(version)) for wheel in _wheels_of(each, packages))
    ]
    # Of a disabled one the wheel may lie there still, but most likely it is not to blame.
    blamed = [each for each in found if each.enabled] or found
    return sorted({each.name for each in blamed})


def repositories(modules: Mapping[str, ModuleType]) -> dict[str, Path]:
    """Folders of Blender's repositories of extensions, by the names of the packages that stand for them."""
    return {
        name: Path(place)
        for name, module in list(modules.items())
        if name.startswith(f"{PACKAGE}.") and name.count(".") == 1
        for place in list(getattr(module, "__path__", ()))[:1]
    }


def installed(folders: Mapping[str, Path]) -> Iterator[Extension]:
    """The extensions in repositories, given as `repositories` does, but Mimic itself."""
    for package, folder in folders.items():
        for manifest in sorted(folder.glob(f"*/{MANIFEST}")):
            if manifest.parent.resolve() != _OURSELVES:
                told = _read(manifest)
                listed = told.get("wheels")
                wheels = tuple(Path(str(wheel)).name for wheel in listed) if isinstance(listed, list) else ()
                name = str(told.get("name", manifest.parent.name))
                yield Extension(name, manifest.parent, wheels, f"{package}.{manifest.parent.name}" in sys.modules)


def owner_of(file: Path) -> str | None:
    """Name of the extension or add-on in whose own folder a file lies, and not among the wheels of all."""
    for folder in file.parents:
        if (folder / MANIFEST).is_file() and folder.resolve() != _OURSELVES:
            return str(_read(folder / MANIFEST).get("name", folder.name))
        if folder.parent.name in {"addons", "addons_core"} and folder.parent.parent.name == "scripts":
            return folder.name
    return None


def _wheels_of(extension: Extension, packages: Sequence[str]) -> list[str]:
    return [wheel for wheel in extension.wheels if wheel.partition("-")[0].lower().replace(".", "_") in packages]


def _is_of_version(wheel: str, version: str) -> bool:
    """Whether a wheel's file is of a module's version, which may leave its last number out (4.11.0 of 4.11.0.86)."""
    own = [*wheel.split("-"), ""][1]
    return own == version or own.startswith(f"{version}.")


def _read(manifest: Path) -> Mapping[str, object]:
    """What a manifest says; nothing of one that cannot be read, which is no matter of Mimic's."""
    with suppress(OSError, ValueError):
        return tomllib.loads(manifest.read_text(encoding="utf-8"))
    return {}
