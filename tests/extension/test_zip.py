# SPDX-License-Identifier: GPL-3.0-or-later
"""What is inside the zip of each system: all that Mimic needs to run offline, and nothing else."""

import ast
import hashlib
import io
import json
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import get_args

import pytest

from mimic.models.networks import catalogue
from mimic.pipeline.landmarks.networks import needed
from mimic.pipeline.landmarks.settings import HolisticSettings, Model

# A slow line may take minutes for the wheels of four systems.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

ROOT = Path(__file__).resolve().parents[2]
WHEELS = tomllib.loads((ROOT / ".ci" / "wheels.toml").read_text(encoding="utf-8"))

# Blender's Pythons: 3.11 up to 5.0; 3.13 in 5.1 and Debian's 4.3; 3.14 in Debian's 5.2. 5.0 is the last on Intel Macs.
PYTHONS = {
    "linux-x64": ("3.11", "3.13", "3.14"),
    "windows-x64": ("3.11", "3.13", "3.14"),
    "macos-arm64": ("3.11", "3.13", "3.14"),
    "macos-x64": ("3.11",),
}
TAGS = {
    "linux-x64": (
        "manylinux_2_28_x86_64 manylinux_2_27_x86_64.manylinux_2_28_x86_64 manylinux_2_17_x86_64.manylinux2014_x86_64"
    ),
    "windows-x64": "win_amd64",
    "macos-arm64": "macosx_13_0_arm64 macosx_14_0_arm64",
    "macos-x64": "macosx_13_0_x86_64",
}
NATIVE = {"onnxruntime", "opencv_python_headless"}
WINDOWS = {"cv2_enumerate_cameras"}
PURE = {"rich", "pygments", "markdown_it_py", "mdurl"}
TRAINING = {"torch", "anny", "scipy", "moderngl", "pytest", "hypothesis", "mediapipe"}


@dataclass(frozen=True)
class Contents:
    """An opened zip."""

    path: Path
    platform: str
    zip: zipfile.ZipFile

    @property
    def names(self) -> list[str]:
        return self.zip.namelist()

    @property
    def wheels(self) -> list[str]:
        return [PurePosixPath(name).name for name in self.names if name.startswith("wheels/")]

    @property
    def manifest(self) -> dict:
        return tomllib.loads(self.zip.read("blender_manifest.toml").decode())

    def modules(self) -> Iterator[tuple[str, ast.Module]]:
        for name in self.names:
            if name.endswith(".py"):
                yield name, ast.parse(self.zip.read(name).decode())


@pytest.fixture(scope="module", params=list(PYTHONS))
def contents(request: pytest.FixtureRequest, build_zip) -> Iterator[Contents]:
    path = build_zip(request.param)
    with zipfile.ZipFile(path) as opened:
        yield Contents(path, request.param, opened)


def runs_on(wheel: str, python: str) -> bool:
    _, _, tag, abi, _ = wheel.removesuffix(".whl").split("-")
    return tag == "py3" or abi == "abi3" or tag == f"cp{python.replace('.', '')}"


def test_zip_is_intact_and_under_the_size_limit(contents: Contents, capsys: pytest.CaptureFixture[str]) -> None:
    size = contents.path.stat().st_size
    with capsys.disabled():
        sys.stdout.write(f"\n{contents.path.name}: {size / 1e6:.1f} MB, {len(contents.names)} files ")
    assert contents.zip.testzip() is None
    assert size < 200e6


def test_zip_manifest_lists_exactly_the_wheels_inside(contents: Contents) -> None:
    generated = contents.manifest["build"]["generated"]
    assert generated["platforms"] == [contents.platform]
    assert sorted(generated["wheels"]) == sorted(f"./wheels/{name}" for name in contents.wheels)


def test_zip_holds_one_wheel_of_each_library_for_every_blender_python(contents: Contents) -> None:
    for python in PYTHONS[contents.platform]:
        found = sorted(wheel.split("-")[0] for wheel in contents.wheels if runs_on(wheel, python))
        more = WINDOWS if contents.platform == "windows-x64" else set()
        assert found == sorted(NATIVE | PURE | more), python


def test_zip_holds_native_wheels_of_its_own_system_only(contents: Contents) -> None:
    allowed = {*TAGS[contents.platform].split(), "any"}
    assert {wheel.removesuffix(".whl").split("-")[-1] for wheel in contents.wheels} <= allowed


def test_zip_holds_no_numpy(contents: Contents) -> None:
    assert not [name for name in contents.names if "numpy" in name.lower()]


def test_zip_wheels_have_the_listed_hashes_and_tags(contents: Contents) -> None:
    for wheel in contents.wheels:
        data = contents.zip.read(f"wheels/{wheel}")
        assert hashlib.sha256(data).hexdigest() == WHEELS[wheel]
        name, version, python, abi, _ = wheel.removesuffix(".whl").split("-")
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            said = opened.read(f"{name}-{version}.dist-info/WHEEL").decode()
        assert f"Tag: {python}-{abi}-" in said


def test_zip_holds_every_network_with_its_verified_hash(contents: Contents) -> None:
    listed = json.loads(contents.zip.read("models/networks/networks.json"))
    inside = {PurePosixPath(name).stem for name in contents.names if name.endswith(".onnx") and "networks" in name}
    assert set(listed) == set(catalogue.load())
    assert inside == {*listed, "lifter"}
    for name, entry in listed.items():
        data = contents.zip.read(f"models/networks/{name}.onnx")
        assert hashlib.sha256(data).hexdigest() == entry["onnx_sha256"], name


def test_zip_networks_are_those_some_setting_uses_and_palm_detection(contents: Contents) -> None:
    choices = [
        HolisticSettings(model=model, attention=attention) for model in get_args(Model) for attention in (False, True)
    ]
    used = {name for settings in choices for name in needed(settings)}
    files = [PurePosixPath(name) for name in contents.names if name.endswith(".onnx")]
    inside = {file.stem for file in files} - {"lifter"}  # our own, which no catalogue lists
    assert inside == used | {"palm_detection_full"}  # close-ups of hands will need it
    assert set(json.loads(contents.zip.read("models/networks/networks.json"))) == inside


def test_zip_notice_names_the_authors_and_licences_of_its_parts(contents: Contents) -> None:
    notice = contents.zip.read("models/NOTICE").decode()
    for owed in ("MediaPipe", "Apache License", "Changes:", "Anny", "MakeHuman", "CC0"):
        assert owed in notice
    for package in {network.package for network in catalogue.load().values()}:
        assert package.name in notice
        assert package.version in notice
    assert "Version 2.0, January 2004" in contents.zip.read("models/LICENSE-Apache-2.0").decode()
    assert "GNU GENERAL PUBLIC LICENSE" in contents.zip.read("LICENSE").decode()


def test_zip_manifest_equals_the_repositorys_with_reasons_for_permissions(contents: Contents) -> None:
    own = tomllib.loads((ROOT / "blender_manifest.toml").read_text(encoding="utf-8"))
    inside = contents.manifest
    assert {key: inside[key] for key in own} == own
    assert inside["blender_version_min"] == "4.2.0"
    assert set(own["permissions"]) == {"camera", "files", "network"}
    assert all(len(reason) <= 64 and reason[-1].isalnum() for reason in own["permissions"].values())


def test_zip_holds_no_tests_training_or_original_networks(contents: Contents) -> None:
    allowed = {"addon", "models", "pipeline", "retarget", "wheels"}
    assert {PurePosixPath(name).parts[0] for name in contents.names if "/" in name} == allowed
    ends = {PurePosixPath(name).suffix for name in contents.names if not name.startswith("wheels/")}
    assert ends <= {".py", ".toml", ".npz", ".onnx", ".json", ".md", "", ".0"}
    assert not [name for name in contents.names if "originals" in name or "test" in PurePosixPath(name).stem]
    for name, module in contents.modules():
        tops = {top for top, _ in imports(name, module) if top}
        assert not tops & TRAINING, name


def test_zip_holds_every_module_that_its_modules_import(contents: Contents) -> None:
    names = set(contents.names)
    for name, module in contents.modules():
        for _, own in imports(name, module):
            assert not own or f"{own}.py" in names or f"{own}/__init__.py" in names, f"{name} imports {own}"


def imports(name: str, module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield for each import (package of others, "") or ("", path of our own module)."""
    folders = PurePosixPath(name).parent.parts
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield (node.module or "").split(".")[0], ""
        elif isinstance(node, ast.ImportFrom):
            base = folders[: len(folders) - node.level + 1]
            path = "/".join((*base, *(node.module or "").split("."))).strip("/")
            if path:
                yield "", path
