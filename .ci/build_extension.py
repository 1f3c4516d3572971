#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the extension: one zip for each system, with its wheels and the networks, to work offline.

    .venv/bin/python .ci/build_extension.py [--platform linux-x64]... [--output dist]

Run it with a Python that has Mimic and Blender's module (`pip install -e '.[blender,convert]'`) after
`mimic models fetch`. Wheels are downloaded once with pip into build/wheels and must match wheels.toml.
Exit status: 0 done, 2 something is missing on this machine, 3 a wheel cannot be downloaded, 1 Blender rejects the
extension.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
PLATFORMS: Final = ("linux-x64", "windows-x64", "macos-arm64", "macos-x64")
WHEELS: Final = ROOT / "build" / "wheels"

FOLDERS: Final = ("addon", "models", "pipeline", "retarget")
FILES: Final = ("__init__.py", "__main__.py", "api.py", "errors.py", "LICENSE", "README.md")
SUFFIXES: Final = (".py", ".toml", ".npz", ".onnx", ".json")
NOTICES: Final = ("models/NOTICE", "models/LICENSE-Apache-2.0")
LEFT_OUT: Final = (
    # Training of the body and the lifter: needs Anny and torch.
    "models/training/*",
    "models/training/*/*",
    "addon/command_line/faces.py",
    "addon/command_line/scenes.py",
    "addon/command_line/training.py",
    "addon/command_line/training_packages.py",
)


class CannotBuildError(Exception):
    """The extension cannot be built, with an exit status for the reason."""

    def __init__(self, sentence: str, *, status: int = 2) -> None:
        super().__init__(sentence)
        self.status = status


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the requested zips; return the exit status."""
    parser = argparse.ArgumentParser(description="Build Mimic's extension zips.")
    parser.add_argument("--platform", action="append", choices=PLATFORMS, help="build only for this (may be repeated)")
    parser.add_argument("--output", type=Path, default=ROOT / "dist", help="folder for the zips (default: dist)")
    options = parser.parse_args(arguments)
    try:
        zips = build(options.platform or list(PLATFORMS), options.output)
    except CannotBuildError as error:
        sys.stderr.write(f"build_extension: {error}\n")
        return error.status
    for path in zips:
        sys.stdout.write(f"{path}  {path.stat().st_size / 1e6:.1f} MB\n")
    return 0


def build(platforms: Sequence[str], output: Path) -> list[Path]:
    """Build one zip for each platform into `output` and validate them with Blender's own tool.

    Raises:
        CannotBuildError: a wheel, a network or Blender is missing, or Blender rejects the result.
    """
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mimic-extension-") as folder:
        stage = Path(folder)
        _copy_package(stage)
        _copy_networks(stage / "models" / "networks")
        wheels = _copy_wheels(stage / "wheels", platforms)
        _write_manifest(stage, wheels, platforms)
        _blender_tool("validate", f"--valid-tags={_inside_bpy('**/extensions/tags.py')}", str(stage))
        _blender_tool("build", f"--source-dir={stage}", f"--output-dir={output}", "--split-platforms")
        zips = [output / _zip_name(stage, platform) for platform in platforms]
    for path in zips:
        _blender_tool("validate", str(path))
    return zips


def package_files() -> Iterator[PurePosixPath]:
    """Yield the repository's files that run inside Blender, relative to its root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *FILES, *FOLDERS]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        raise CannotBuildError("git cannot list the repository's files: build in a clone of the repository.")
    for name in sorted(set(filter(None, listed.stdout.split("\0")))):
        path = PurePosixPath(name)
        wanted = name in (*FILES, *NOTICES) or path.suffix in SUFFIXES
        if wanted and not any(path.match(pattern) for pattern in LEFT_OUT) and (ROOT / path).is_file():
            yield path


def _copy_package(stage: Path) -> None:
    for path in package_files():
        (stage / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, stage / path)


def _copy_networks(folder: Path) -> None:
    """Copy the networks of the catalogue, after checking that they are verified, and write their manifest.

    The source folder may contain other networks, from an earlier catalogue.
    """
    from mimic.errors import MimicError
    from mimic.models.networks import catalogue, files

    folder.mkdir(parents=True, exist_ok=True)
    try:
        for name in catalogue.load():
            path = files.network_path(name)
            shutil.copyfile(path, folder / path.name)
        listed = {name: entry for name, entry in files.installed().items() if name in catalogue.load()}
    except MimicError as error:
        raise CannotBuildError(str(error)) from error
    (folder / files.MANIFEST).write_text(files.manifest_text(listed), encoding="utf-8")


def _copy_wheels(folder: Path, platforms: Sequence[str]) -> list[str]:
    """Copy the wheels that these platforms need, downloading missing ones; return their names."""
    folder.mkdir()
    WHEELS.mkdir(parents=True, exist_ok=True)
    listed: dict[str, str] = tomllib.loads((ROOT / ".ci" / "wheels.toml").read_text(encoding="utf-8"))
    names = [name for name in listed if any(fits(name, platform) for platform in platforms)]
    for name in names:
        if not _is_sound(WHEELS / name, listed[name]):
            _download(name)
        if not _is_sound(WHEELS / name, listed[name]):
            raise CannotBuildError(f"{name} is not the wheel listed in .ci/wheels.toml: its SHA-256 differs.")
        shutil.copyfile(WHEELS / name, folder / name)
    return names


def fits(wheel: str, platform: str) -> bool:
    """Return whether a wheel, by its name, fits a platform as Blender calls it."""
    tag = wheel.removesuffix(".whl").rsplit("-", 1)[1]
    system, machine = platform.split("-")
    marks = {"linux": "manylinux", "windows": "win_", "macos": "macosx"}
    machines = {"x64": ("x86_64", "amd64"), "arm64": ("arm64",)}
    return tag == "any" or (tag.startswith(marks[system]) and tag.endswith(machines[machine]))


def _is_sound(path: Path, sha256: str) -> bool:
    return path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256


def _download(wheel: str) -> None:
    """Download exactly this file: a wheel's name contains all the options that pip needs."""
    name, version, python, abi, tags = wheel.removesuffix(".whl").split("-")
    number = "3.11" if abi == "abi3" or python == "py3" else f"3.{python.removeprefix('cp3')}"
    wanted = [f"--python-version={number}", f"--implementation={python[:2]}", f"--abi={abi}"]
    wanted += [f"--platform={tag}" for tag in tags.split(".")]
    quietly = ["--quiet", "--disable-pip-version-check", "--no-input", "--no-deps", "--only-binary=:all:"]
    command = [sys.executable, "-m", "pip", "download", *quietly, *wanted, f"--dest={WHEELS}", f"{name}=={version}"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise CannotBuildError(f"pip could not download {wheel} ({reason}).", status=3)


def _write_manifest(stage: Path, wheels: Sequence[str], platforms: Sequence[str]) -> None:
    """Write the repository's manifest with the platforms and wheels of a release."""
    text = (ROOT / "blender_manifest.toml").read_text(encoding="utf-8")
    listed = [f"./wheels/{name}" for name in wheels]
    top, table, rest = text.partition("\n[")
    # Lists of strings have the same syntax in TOML and JSON.
    added = f"platforms = {json.dumps(list(platforms))}\nwheels = {json.dumps(listed, indent=2)}\n"
    (stage / "blender_manifest.toml").write_text(f"{top}{added}{table}{rest}", encoding="utf-8")


def _zip_name(stage: Path, platform: str) -> str:
    manifest = tomllib.loads((stage / "blender_manifest.toml").read_text(encoding="utf-8"))
    return f"{manifest['id']}-{manifest['version']}-{platform.replace('-', '_')}.zip"


def _blender_tool(*arguments: str) -> None:
    """Run Blender's own tool for building and validating extensions."""
    tool = _inside_bpy("scripts/addons_core/bl_pkg/cli/blender_ext.py")
    done = subprocess.run([sys.executable, tool, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CannotBuildError(f"Blender cannot {arguments[0]} the extension:\n{done.stdout}{done.stderr}", status=1)


def _inside_bpy(pattern: str) -> Path:
    spec = find_spec("bpy")
    places = spec.submodule_search_locations if spec else None
    found = [path for place in places or () for path in Path(place).glob(f"*/{pattern}")]
    if not found:
        raise CannotBuildError("Building needs Blender's Python module: run `pip install 'mimic[blender]'` first.")
    return found[0]


if __name__ == "__main__":
    sys.exit(main())
