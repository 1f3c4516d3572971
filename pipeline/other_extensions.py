# SPDX-License-Identifier: GPL-3.0-or-later
"""The other extensions installed in Blender, read from their manifests: which of them includes a library's wheel.

Needs no bpy.
"""

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
"""Package from which Blender imports extensions: `bl_ext.REPOSITORY.EXTENSION`."""
_OWN_FOLDER: Final = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Extension:
    """An installed extension.

    Attributes:
        name: the name in its manifest.
        folder: the folder with its files.
        wheels: file names of its wheels, without their folder.
        enabled: whether Blender has imported it.
    """

    name: str
    folder: Path
    wheels: tuple[str, ...]
    enabled: bool


def with_wheel(packages: Sequence[str]) -> list[str]:
    """Return the names of the other enabled extensions that include a wheel of any of these packages."""
    found = [each for each in installed(repositories(sys.modules)) if each.enabled and _wheels_among(each, packages)]
    return sorted({each.name for each in found})


def likely_origins(packages: Sequence[str], version: object, file: str | None) -> list[str]:
    """Return the names of the extensions or add-ons that a library probably comes from; empty if unknown.

    Args:
        packages: names of the packages that contain the library.
        version: the imported version.
        file: path of the imported module.
    """
    if file is not None and (origin := origin_of(Path(file))) is not None:
        return [origin]
    found = [
        each
        for each in installed(repositories(sys.modules))
        if any(_has_version(wheel, str(version)) for wheel in _wheels_among(each, packages))
    ]
    # The wheel of a disabled extension may still be installed, but it is the less likely origin.
    suspects = [each for each in found if each.enabled] or found
    return sorted({each.name for each in suspects})


def repositories(modules: Mapping[str, ModuleType]) -> dict[str, Path]:
    """Return the folders of Blender's extension repositories, by the names of their packages."""
    return {
        name: Path(folder)
        for name, module in list(modules.items())
        if name.startswith(f"{PACKAGE}.") and name.count(".") == 1
        for folder in list(getattr(module, "__path__", ()))[:1]
    }


def installed(folders: Mapping[str, Path]) -> Iterator[Extension]:
    """Yield the extensions in the given repositories (see `repositories`), except Mimic itself."""
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
    """Return the name of the extension or add-on whose folder contains a file; None for a file of a shared wheel."""
    for folder in file.parents:
        if (folder / MANIFEST).is_file() and folder.resolve() != _OWN_FOLDER:
            return str(_read(folder / MANIFEST).get("name", folder.name))
        if folder.parent.name in {"addons", "addons_core"} and folder.parent.parent.name == "scripts":
            return folder.name
    return None


def _wheels_among(extension: Extension, packages: Sequence[str]) -> list[str]:
    return [wheel for wheel in extension.wheels if wheel.partition("-")[0].lower().replace(".", "_") in packages]


def _has_version(wheel: str, version: str) -> bool:
    """Whether a wheel has a module's version, which may lack the last number (4.11.0 for 4.11.0.86)."""
    wheel_version = [*wheel.split("-"), ""][1]
    return wheel_version == version or wheel_version.startswith(f"{version}.")


def _read(manifest_file: Path) -> Mapping[str, object]:
    """Return the contents of a manifest; empty if it cannot be read, as other extensions are not Mimic's concern."""
    with suppress(OSError, ValueError):
        return tomllib.loads(manifest_file.read_text(encoding="utf-8"))
    return {}
