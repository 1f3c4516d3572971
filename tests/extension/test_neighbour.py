# SPDX-License-Identifier: GPL-3.0-or-later
"""Another extension may bring, and import, another OpenCV: Blender then gives both the newer one."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace

import pytest

from mimic.pipeline import opencv

LIFE = Path(__file__).with_name("life_with_a_neighbour.py")


@pytest.mark.parametrize("version", ["4.11.0", "5.0.0"])
def test_opencv_of_either_major_version_is_loaded_silent(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    functions = SimpleNamespace(setLogLevel=told.append)
    fake = functions if version.startswith("4") else SimpleNamespace(utils=SimpleNamespace(logging=functions))
    fake.__version__ = version
    monkeypatch.setitem(sys.modules, "cv2", fake)
    monkeypatch.setenv("OPENCV_LOG_LEVEL", "SILENT")
    assert opencv.load() is fake
    assert told == [opencv.SILENT]


@pytest.mark.blender
@pytest.mark.slow
@pytest.mark.skipif(find_spec("bpy") is None, reason="needs Blender's Python module")
@pytest.mark.parametrize("version", ["99.0.0", "4.5.1"])
def test_opencv_of_a_neighbours_wheel_names_the_neighbour(version: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, LIFE, version, tmp_path],
        env={**os.environ, "BLENDER_USER_RESOURCES": str(tmp_path / "resources")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    seen = json.loads((tmp_path / "seen.json").read_text())
    assert seen["file"].startswith(str(tmp_path / "resources"))
    assert f"OpenCV {version}" in seen["enabled"]
    assert "“Loud Neighbour”" in seen["enabled"]
