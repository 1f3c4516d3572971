# SPDX-License-Identifier: GPL-3.0-or-later
"""The zip in Blender's Python module of this environment: install, use, update, disable, enable, uninstall."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

# A slow line may take minutes for the wheels, and a slow disk for what is installed.
pytestmark = [pytest.mark.blender, pytest.mark.slow, pytest.mark.timeout(1500)]

LIFE = Path(__file__).with_name("life_of_an_extension.py")
CAMERA = Path(__file__).parents[1] / "gui" / "mjpeg_server.py"
HERE = {("Linux", "x86_64"): "linux-x64", ("Windows", "AMD64"): "windows-x64", ("Darwin", "arm64"): "macos-arm64"}


@pytest.fixture(scope="module")
def stream(performer: Path) -> Iterator[str]:
    """Address of a camera on loopback that shows the performer."""
    command = [sys.executable, CAMERA, performer, "0", "320", "480"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as camera:
        assert camera.stdout is not None
        yield camera.stdout.readline().split()[-1]
        camera.terminate()


@pytest.fixture(scope="module")
def seen(build_zip, performer: Path, stream: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was seen in the life of the extension."""
    if find_spec("bpy") is None:
        pytest.skip("needs Blender's Python module")
    archive = build_zip(HERE.get((platform.system(), platform.machine()), "macos-x64"))
    folder = tmp_path_factory.mktemp("life")
    resources = tmp_path_factory.mktemp("resources")
    done = subprocess.run(
        [sys.executable, LIFE, archive, performer, stream, folder],
        env={**os.environ, "BLENDER_USER_RESOURCES": str(resources), "MIMIC_MODELS": ""},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, Any] = json.loads((folder / "seen.json").read_text())
    return {**result, "output": done.stdout + done.stderr, "resources": str(resources)}


def test_installing_the_zip_enables_the_extension(seen: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        sys.stdout.write(
            f"\nBlender {seen['blender']}: install {seen['install']:.1f} s, update in place {seen['update']:.1f} s, "
            f"disable and enable {1e3 * seen['enable']:.0f} ms "
        )
    assert seen["before"]["classes"] == []
    assert seen["enabled"]
    assert {"MIMIC_OT_avatar_add", "MIMIC_OT_take_bake"} <= set(seen["registered"])


def test_enabling_the_extension_imports_no_heavy_library(seen: dict[str, Any]) -> None:
    assert seen["heavy_after_enable"] == []


def test_installed_extension_captures_and_bakes_by_operator_and_by_command(seen: dict[str, Any]) -> None:
    assert seen["avatar"]["capture"] == 0
    assert seen["avatar"]["bake_take"] == ["FINISHED"]
    first, last = seen["avatar"]["range"]
    assert last - first > 5.0
    assert seen["bake"] == 0


def test_installed_extension_uses_the_libraries_of_its_own_wheels(seen: dict[str, Any]) -> None:
    assert all(path.startswith(seen["resources"]) for path in seen["libraries"].values()), seen["libraries"]


def test_update_in_place_keeps_the_extension_enabled(seen: dict[str, Any]) -> None:
    assert seen["after_update"]["enabled"]
    assert seen["after_update"]["classes"] == seen["registered"]


def test_live_session_in_the_installed_extension_runs_with_threads_of_its_own(seen: dict[str, Any]) -> None:
    assert seen["session"]["outcome"] == ["FINISHED"]
    assert seen["session"]["poses"] >= 5
    assert set(seen["session"]["threads"]) > set(seen["before"]["threads"])


@pytest.mark.parametrize("source", ["video", "stream"])
def test_live_session_in_the_installed_extension_moves_records_and_plays_the_avatar(
    seen: dict[str, Any], source: str
) -> None:
    performed = seen["performed"][source]
    assert performed["outcome"] == ["FINISHED"]
    assert performed["live"] > 5
    assert performed["played"] > 5
    assert source.title() in performed["takes"]
    assert performed["threads_after"] == seen["before"]["threads"]


def test_missing_network_in_the_installed_extension_says_to_install_again(seen: dict[str, Any]) -> None:
    assert "pose_landmark_heavy" in seen["without_a_network"]
    assert "reinstall Mimic" in seen["without_a_network"]


def test_extension_disabled_and_enabled_again_works(seen: dict[str, Any]) -> None:
    assert seen["enabled_again"]["classes"] == seen["registered"]
    assert seen["works_again"] == ["FINISHED"]


@pytest.mark.parametrize("moment", ["disabled", "uninstalled"])
@pytest.mark.parametrize("kind", ["classes", "groups", "properties", "operators", "handlers", "threads"])
def test_disabled_or_uninstalled_extension_leaves_nothing_registered_or_running(
    seen: dict[str, Any], moment: str, kind: str
) -> None:
    assert seen[moment][kind] == seen["before"][kind]


def test_uninstalled_extension_leaves_no_file(seen: dict[str, Any]) -> None:
    assert seen["uninstalled"]["files"] == seen["before"]["files"]


def test_life_of_the_extension_prints_no_traceback(seen: dict[str, Any]) -> None:
    assert "Traceback" not in seen["output"]
