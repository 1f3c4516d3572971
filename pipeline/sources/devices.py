# SPDX-License-Identifier: GPL-3.0-or-later
"""The cameras of this machine: the numbers by which OpenCV opens them, and their names."""

import importlib
import json
import platform
import subprocess
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from .. import opencv

SYSFS: Final = Path("/sys/class/video4linux")
CACHE_SECONDS: Final = 5.0
"""Seconds for which macOS's list of cameras is cached, which takes a moment to query."""

PROFILER_SECONDS: Final = 10.0


@dataclass(frozen=True)
class Camera:
    """A local camera: the number by which OpenCV opens it, and its name."""

    index: int
    name: str


def cameras(*, sysfs: Path = SYSFS) -> list[Camera]:
    """List this machine's cameras, as far as the operating system reports them."""
    system = platform.system()
    if system == "Linux":
        return _linux_cameras(sysfs)
    if system == "Darwin":
        return list(_mac_cameras(int(time.monotonic() / CACHE_SECONDS)))
    return _windows_cameras()


def _linux_cameras(sysfs: Path) -> list[Camera]:
    found = []
    for device in sysfs.glob("video*"):
        # A webcam has more nodes for metadata; the first one has the video.
        node = device / "index"
        if node.is_file() and node.read_text().strip() != "0":
            continue
        name = device / "name"
        if name.is_file() and device.name.removeprefix("video").isdigit():
            found.append(Camera(index=int(device.name.removeprefix("video")), name=name.read_text().strip()))
    return sorted(found, key=lambda camera: camera.index)


@lru_cache(maxsize=1)
def _mac_cameras(_moment: int) -> tuple[Camera, ...]:
    """List cameras with `system_profiler`, in the order in which OpenCV numbers them: by unique identifier."""
    command = ["system_profiler", "SPCameraDataType", "-json"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=PROFILER_SECONDS, check=True)
        listed = json.loads(done.stdout)["SPCameraDataType"]
        ordered = sorted(listed, key=lambda entry: str(entry["spcamera_unique-id"]))
        return tuple(Camera(index, str(entry["_name"])) for index, entry in enumerate(ordered))
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return ()  # Cameras can still be opened by number.


def _windows_cameras() -> list[Camera]:
    """List cameras with `cv2-enumerate-cameras`: those of Media Foundation, then virtual ones of DirectShow alone."""
    opencv.load()
    try:
        found: Iterable[Any] = importlib.import_module("cv2_enumerate_cameras").enumerate_cameras()
        listed = [(int(camera.index), str(camera.name)) for camera in found]
    except (ImportError, OSError):
        return []  # Cameras can still be opened by number.
    backends: dict[str, int] = {}
    for index, name in listed:
        backends.setdefault(name, index // 100)
    # The hundreds of a number are OpenCV's backend; Media Foundation's come first.
    return [Camera(index, name) for index, name in listed if backends[name] == index // 100]


def camera_named(name: str, available: Sequence[Camera]) -> Camera | None:
    """Return the camera with this name, or else the first whose name contains it (ignoring case), or None."""
    wanted = name.casefold()
    exact = [camera for camera in available if camera.name.casefold() == wanted]
    containing = [camera for camera in available if wanted and wanted in camera.name.casefold()]
    return next(iter(exact + containing), None)


def describe_cameras(available: Sequence[Camera]) -> str:
    """Describe the available cameras in words, for use in a message."""
    if not available:
        return "no camera was found"
    return "available cameras: " + ", ".join(f"{camera.index} (“{camera.name}”)" for camera in available)
