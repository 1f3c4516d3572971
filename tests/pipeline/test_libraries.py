# SPDX-License-Identifier: GPL-3.0-or-later
"""Libraries that other extensions bring too: a wrong one is a sentence that names who brought it, where that shows."""

import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from mimic.pipeline import libraries, opencv, other_extensions
from mimic.pipeline.errors import LibraryMissing, LibraryUnfit
from mimic.pipeline.landmarks import networks as landmark_networks

ROOT = Path(__file__).resolve().parents[2]
BOTH = pytest.mark.parametrize("library", [libraries.OPENCV, libraries.ONNX_RUNTIME], ids=lambda each: each.name)


def stand_in(name, version, file=None):
    module = ModuleType(name)
    if version is not None:
        module.__version__ = version
    module.__file__ = file
    module.setLogLevel = lambda _level: None
    return module


@pytest.fixture
def imported(monkeypatch):
    """Let a library be imported already, of a version and from a file."""

    def put(library, version, file=None):
        module = stand_in(library.module, version, file)
        monkeypatch.setitem(sys.modules, library.module, module)
        return module

    return put


@pytest.fixture
def blender(monkeypatch, tmp_path):
    """Let this be Blender, with a repository of extensions; returns what adds one."""
    repository = tmp_path / "user_default"
    repository.mkdir()
    package = ModuleType("bl_ext.user_default")
    package.__path__ = [str(repository)]
    for name in [name for name in sys.modules if name.startswith("bl_ext.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "bl_ext.user_default", package)
    monkeypatch.setitem(sys.modules, "bpy", ModuleType("bpy"))

    def add(folder, name, *wheels, enabled=True):
        place = repository / folder
        place.mkdir()
        listed = ", ".join(f'"./wheels/{wheel}"' for wheel in wheels)
        (place / other_extensions.MANIFEST).write_text(
            f'id = "{folder}"\nname = "{name}"\nwheels = [{listed}]\n', "utf-8"
        )
        if enabled:
            full = f"bl_ext.user_default.{folder}"
            monkeypatch.setitem(sys.modules, full, ModuleType(full))
        return place

    return add


def least_in_pyproject(package):
    told = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    (found,) = re.findall(rf"^{package}>=([\d.]+)$", "\n".join(told), re.MULTILINE)
    return tuple(map(int, found.split(".")))


def versions_in_the_extension(library):
    names = tomllib.loads((ROOT / ".ci" / "wheels.toml").read_text("utf-8"))
    parts = [name.split("-") for name in names]
    return [tuple(map(int, version.split("."))) for name, version, *_ in parts if name in library.wheels]


@BOTH
def test_library_range_includes_the_bundled_wheels(library):
    versions = versions_in_the_extension(library)
    assert versions
    assert all(library.oldest <= version < library.below for version in versions)


@pytest.mark.parametrize(
    ("library", "package"), [(libraries.OPENCV, "opencv-python"), (libraries.ONNX_RUNTIME, "onnxruntime")]
)
def test_library_oldest_version_is_the_lowest_of_pyproject_and_wheels(library, package):
    brought = min(version[:2] for version in versions_in_the_extension(library))
    assert library.oldest == min(least_in_pyproject(package), brought)


@BOTH
def test_library_installed_here_is_loaded(library):
    assert libraries.load(library).__name__ == library.module


@pytest.mark.parametrize(
    ("version", "numbers"), [("4.11.0", (4, 11, 0)), ("1.19.0.dev20240801", (1, 19, 0)), ("5.0.0-pre", (5, 0, 0))]
)
def test_library_version_with_a_suffix_is_read_as_numbers(version, numbers):
    assert libraries.version_of(stand_in("cv2", version)) == numbers


@pytest.mark.parametrize(
    ("library", "version"),
    [
        (libraries.OPENCV, "4.5.1"),
        (libraries.OPENCV, "6.0.0"),
        (libraries.ONNX_RUNTIME, "1.17.3"),
        (libraries.ONNX_RUNTIME, "2.0.0"),
    ],
)
def test_library_out_of_range_names_the_enabled_extension_with_that_wheel(blender, imported, library, version):
    imported(library, version, "/extensions/.local/lib/python3.11/site-packages/x/__init__.py")
    blender("other", "Bystander", f"{library.wheels[0]}-9.9.9-py3-none-any.whl")
    blender("asleep", "Asleep", f"{library.wheels[1]}-{version}-py3-none-any.whl", enabled=False)
    blender("culprit", "Culprit", f"{library.wheels[1]}-{version}-py3-none-any.whl")
    with pytest.raises(LibraryUnfit) as caught:
        libraries.load(library)
    said = str(caught.value)
    assert f"{library.name} {version}" in said
    assert "“Culprit”" in said
    assert "Bystander" not in said
    assert "Asleep" not in said
    assert ".".join(map(str, library.oldest)) in said


def test_library_out_of_range_names_a_disabled_extension_without_an_enabled_one(blender, imported):
    imported(libraries.OPENCV, "4.5.1")
    blender("asleep", "Asleep", "opencv_python-4.5.1.48-cp36-abi3-win_amd64.whl", enabled=False)
    with pytest.raises(LibraryUnfit, match="“Asleep”"):
        libraries.load(libraries.OPENCV)


def test_library_in_the_folder_of_an_extension_names_the_extension(blender, imported):
    place = blender("vendor", "Vendor")
    imported(libraries.OPENCV, "4.5.1", str(place / "vendored" / "cv2" / "__init__.py"))
    with pytest.raises(LibraryUnfit, match="“Vendor”"):
        libraries.load(libraries.OPENCV)


def test_library_in_the_folder_of_a_legacy_add_on_names_the_add_on(blender, imported, tmp_path):
    imported(
        libraries.OPENCV, "4.5.1", str(tmp_path / "scripts" / "addons" / "old_one" / "lib" / "cv2" / "__init__.py")
    )
    with pytest.raises(LibraryUnfit, match="“old_one”"):
        libraries.load(libraries.OPENCV)


def test_library_of_unknown_origin_names_its_file(blender, imported):
    imported(libraries.OPENCV, "4.5.1", "/somewhere/cv2/__init__.py")
    with pytest.raises(LibraryUnfit, match=r"“/somewhere/cv2/__init__\.py”"):
        libraries.load(libraries.OPENCV)


def test_library_out_of_range_outside_blender_suggests_pip(imported, monkeypatch):
    monkeypatch.delitem(sys.modules, "bpy", raising=False)
    imported(libraries.ONNX_RUNTIME, "1.4.0", "/somewhere")
    with pytest.raises(LibraryUnfit, match="pip"):
        libraries.load(libraries.ONNX_RUNTIME)


def test_library_without_a_version_is_refused_as_incomplete(blender, imported):
    imported(libraries.OPENCV, None)
    with pytest.raises(LibraryUnfit, match="incomplete OpenCV"):
        libraries.load(libraries.OPENCV)


def test_library_out_of_range_skips_manifests_that_cannot_be_read(blender, imported):
    imported(libraries.OPENCV, "4.5.1")
    (blender("broken", "Broken") / other_extensions.MANIFEST).write_bytes(b"\xff = [")
    (blender("odd", "Odd") / other_extensions.MANIFEST).write_text('wheels = "opencv_python-4.5.1-py3-none-any.whl"')
    blender("culprit", "Culprit", "opencv_python-4.5.1.48-cp36-abi3-win_amd64.whl")
    with pytest.raises(LibraryUnfit, match="“Culprit”"):
        libraries.load(libraries.OPENCV)


@pytest.mark.parametrize("fault", [ImportError("numpy.core.multiarray failed"), OSError("libGL.so.1: no such file")])
def test_library_that_cannot_be_imported_names_an_extension_that_brings_one(blender, monkeypatch, fault):
    def refuse(_name):
        raise fault

    monkeypatch.setattr(libraries, "import_module", refuse)
    with pytest.raises(LibraryMissing, match=re.escape(str(fault))) as caught:
        libraries.load(libraries.OPENCV)
    assert "disable" not in str(caught.value)
    blender("second", "Second", "opencv_contrib_python-4.8.0-py3-none-any.whl")
    with pytest.raises(LibraryMissing, match="“Second”"):
        libraries.load(libraries.OPENCV)


def test_landmark_networks_with_an_old_runtime_are_refused(networks, imported):
    imported(libraries.ONNX_RUNTIME, "1.4.0")
    with pytest.raises(LibraryUnfit, match=r"ONNX Runtime 1\.4\.0"):
        landmark_networks._load.__wrapped__("pose_detection", "cpu", 1)


def test_opencv_load_of_an_old_version_is_refused(imported):
    imported(libraries.OPENCV, "4.5.1")
    with pytest.raises(LibraryUnfit, match=r"OpenCV 4\.5\.1"):
        opencv.load()


def test_repositories_of_extensions_are_blenders_packages_with_a_folder(tmp_path):
    modules = {
        "bl_ext": ModuleType("bl_ext"),
        "bl_ext.user_default": SimpleNamespace(__path__=[str(tmp_path)]),
        "bl_ext.user_default.mimic": SimpleNamespace(__path__=[str(tmp_path / "mimic")]),
        "bl_ext.gone": SimpleNamespace(),
    }
    assert other_extensions.repositories(modules) == {"bl_ext.user_default": tmp_path}
