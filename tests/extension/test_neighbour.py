# SPDX-License-Identifier: GPL-3.0-or-later
"""Another add-on may have brought, and imported, another OpenCV: Blender then gives both add-ons the newer one."""

import sys
from types import SimpleNamespace

import pytest

from mimic.pipeline import opencv


@pytest.mark.parametrize("version", [4, 5])
def test_opencv_of_either_major_version_is_loaded_silent(version: int, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    functions = SimpleNamespace(setLogLevel=told.append)
    fake = functions if version == 4 else SimpleNamespace(utils=SimpleNamespace(logging=functions))
    monkeypatch.setitem(sys.modules, "cv2", fake)
    monkeypatch.setenv("OPENCV_LOG_LEVEL", "SILENT")
    assert opencv.load() is fake
    assert told == [opencv.SILENT]
