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
_OWN_FOLDER: Final = Path(__file__).resolve().parent.parent


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


def with_wheel(packages: Sequence[str]) -> list[str]:
    """Names of the other extensions that are enabled and have a wheel of any of these packages."""
    found = [each for each in installed(repositories(sys.modules)) if each.enabled and _wheels_among(each, packages)]
    return sorted({each.name for each in found})


def likely_origins(packages: Sequence[str], version: object, file: str | None) -> list[str]:
    """Names of the extensions or add-ons that a library comes from; empty if nobody can tell.

    Args:
        packages: that hold such a library.
        version: that was imported.
        file: of the module that was imported.
    """
    if file is not None and (origin := origin_of(Path(file))) is not None:
        return [origin]
    found = [
        each
        for each in installed(repositories(sys.modules))
        if any(_has_version(wheel, str(version)) for wheel in _wheels_among(each, packages))
    ]
    # Of a disabled one the wheel may lie there still, but most likely it is not to blame.
    suspects = [each for each in found if each.enabled] or found
    return sorted({each.name for each in suspects})


def repositories(modules: Mapping[str, ModuleType]) -> dict[str, Path]:
    """Folders of Blender's repositories of extensions, by the names of the packages that stand for them."""
    return {
        name: Path(folder)
        for name, module in list(modules.items())
        if name.startswith(f"{PACKAGE}.") and name.count(".") == 1
        for folder in list(getattr(module, "__path__", ()))[:1]
    }


def installed(folders: Mapping[str, Path]) -> Iterator[Extension]:
    """The extensions in repositories, given as `repositories` does, but Mimic itself."""
    for package, folder in folders.items():
        for manifest_file in sorted(folder.glob(f"*/{MANIFEST}")):
            if manifest_file.parent.resolve() != _OWN_FOLDER:
                manifest = _read(manifest_file)
                listed = manifest.get("wheels")
                wheels = tuple(Path(str(wheel)).name for wheel in listed) if isinstance(listed, list) else ()
                name = str(manifest.get("name", manifest_file.parent.name))
                yield Extension(
                    name, manifest_file.parent, wheels, f"{package}.{manifest_file.parent.name}" in sys.modules
                )


def origin_of(file: Path) -> str | None:
    """Name of the extension or add-on in whose own folder a file lies, and not among the wheels of all."""
    for folder in file.parents:
        if (folder / MANIFEST).is_file() and folder.resolve() != _OWN_FOLDER:
            return str(_read(folder / MANIFEST).get("name", folder.name))
        if folder.parent.name in {"addons", "addons_core"} and folder.parent.parent.name == "scripts":
            return folder.name
    return None


def _wheels_among(extension: Extension, packages: Sequence[str]) -> list[str]:
    return [wheel for wheel in extension.wheels if wheel.partition("-")[0].lower().replace(".", "_") in packages]


def _has_version(wheel: str, version: str) -> bool:
    """Whether a wheel's file is of a module's version, which may leave its last number out (4.11.0 of 4.11.0.86)."""
    wheel_version = [*wheel.split("-"), ""][1]
    return wheel_version == version or wheel_version.startswith(f"{version}.")


def _read(manifest_file: Path) -> Mapping[str, object]:
    """What a manifest says; nothing of one that cannot be read, which is no matter of Mimic's."""
    with suppress(OSError, ValueError):
        return tomllib.loads(manifest_file.read_text(encoding="utf-8"))
    return {}
