# SPDX-License-Identifier: GPL-3.0-or-later
"""Sources of frames: video files, folders of pictures, cameras and network streams."""

import math
from pathlib import Path

from ..errors import SourceMissing
from .ahead import read_ahead
from .base import Source, Window
from .cameras import STREAM, CameraSource
from .devices import Camera, camera_named, cameras, describe_cameras
from .network import needs_internet
from .pictures import SUFFIXES, PictureSource
from .video import VideoSource

__all__ = ["Camera", "Source", "cameras", "means_camera", "needs_internet", "open_source", "read_ahead", "same_source"]


def open_source(
    spec: str | Path,
    *,
    start: float | None = None,
    end: float | None = None,
    mirror: bool = False,
    picture_fps: float = 30.0,
    camera_size: tuple[int, int] | None = None,
) -> Source:
    """Open a video file, a folder of pictures, a picture, a camera (by number or name) or a stream (by address).

    `spec` is tried as an existing file or folder first, then as an address, a camera's number and a camera's name.

    Args:
        spec: what to open.
        start: seconds in the source's own time, which frames keep; the beginning unless given.
        end: likewise; the end unless given.
        mirror: flip each frame left to right.
        picture_fps: frames per second of a folder of pictures.
        camera_size: (width, height) in pixels to request from a camera, which may send another size.

    Raises:
        SourceMissing, UnreadableVideo, UnreadablePicture, EmptyFolder, EmptyRange, CameraUnavailable: it cannot be
            opened.
    """
    window = Window(
        start=0.0 if start is None else float(start), end=math.inf if end is None else float(end), mirror=mirror
    )
    text = str(spec)
    if not isinstance(spec, Path):
        if STREAM.match(text):
            return CameraSource(text, window=window)
        if text.isdecimal() and not Path(text).exists():
            return CameraSource(_camera_by_number(int(text)), window=window, wanted=camera_size)
    path = Path(spec)
    if not text or not path.exists():
        return _camera_by_name(text, window=window, wanted=camera_size)
    if path.is_dir() or path.suffix.lower() in SUFFIXES:
        return PictureSource(path, window=window, fps=picture_fps)
    return VideoSource(path, window=window)


def means_camera(spec: str) -> bool:
    """Whether `open_source` would open a local camera."""
    if STREAM.match(spec) or Path(spec).exists():
        return False
    return spec.isdecimal() or camera_named(spec, cameras()) is not None


def same_source(first: str, second: str) -> bool:
    """Whether `open_source` would open the same file, camera or stream for both."""
    return first.strip() == second.strip() or _identity(first) == _identity(second)


def _identity(spec: str) -> str | int | Path:
    text = spec.strip()
    if STREAM.match(text):
        return text
    if Path(text).exists():
        return Path(text).resolve()
    if text.isdecimal():
        return int(text)
    camera = camera_named(text, cameras())
    return text if camera is None else camera.index


def _camera_by_number(index: int) -> Camera:
    known = {camera.index: camera for camera in cameras()}
    return known.get(index, Camera(index=index, name=f"camera {index}"))


def _camera_by_name(text: str, *, window: Window, wanted: tuple[int, int] | None) -> Source:
    available = cameras()
    camera = camera_named(text, available)
    if camera is not None:
        return CameraSource(camera, window=window, wanted=wanted)
    if len(Path(text).parts) > 1 or Path(text).suffix:
        raise SourceMissing(f"There is no file or folder “{text}”: check the spelling and the folder.")
    raise SourceMissing(
        f"There is neither a file nor a camera called “{text}” ({describe_cameras(available)}): check the spelling, or "
        "choose a video file, a folder of pictures or a camera's number."
    )
