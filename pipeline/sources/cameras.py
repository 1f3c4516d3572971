# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of a local camera or a network stream, with the time at which they arrived."""

import math
import platform
import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, Final

from .. import opencv
from ..errors import CameraUnavailable
from .base import Picture, Source, Window
from .devices import Camera, cameras, describe_cameras

STREAM: Final = re.compile(r"(https?|rtsps?|rtmp|udp|tcp|srt)://", re.IGNORECASE)
TIMEOUT_MS: Final = 5000
WARM_UP_READS: Final = 10
"""Some cameras return no frame for the first reads, while the sensor starts."""
DEFAULT_FPS: Final = 30.0


class CameraSource(Source):
    """A camera or network stream. Frame times are elapsed real time since the first frame.

    Args:
        camera: a local camera, or the address of a stream.
        window: the part of it to read.
        wanted: (width, height) in pixels to request from a local camera, which may send another size.

    Raises:
        CameraUnavailable: it is missing, in use by another program, or sends no frames.
    """

    def __init__(self, camera: Camera | str, *, window: Window, wanted: tuple[int, int] | None = None) -> None:
        self._cv2 = opencv.load()
        self._label = f"The stream “{camera}”" if isinstance(camera, str) else f"Camera {camera.index}"
        name = camera if isinstance(camera, str) else camera.name
        window.check(name)
        self._capture = self._open(camera)
        with ExitStack() as on_failure:  # also on Ctrl-C while it warms up
            on_failure.callback(self.close)
            if wanted is not None and isinstance(camera, Camera):
                self._request_size(*wanted)
            size = self._wait_for_first()
            fps = self._capture.get(self._cv2.CAP_PROP_FPS)
            on_failure.pop_all()
        fps = fps if math.isfinite(fps) and 1.0 <= fps <= 1000.0 else DEFAULT_FPS
        expected = round((window.end - window.start) * fps) if math.isfinite(window.end) else None
        super().__init__(name=name, size=size, fps=fps, frame_count=expected, window=window, live=True)

    def _open(self, camera: Camera | str) -> Any:
        cv2 = self._cv2
        if isinstance(camera, str):
            limits = [cv2.CAP_PROP_OPEN_TIMEOUT_MSEC, TIMEOUT_MS, cv2.CAP_PROP_READ_TIMEOUT_MSEC, TIMEOUT_MS]
            capture = cv2.VideoCapture(camera, cv2.CAP_FFMPEG, limits)
        else:
            # On Linux any other backend only adds warnings about a missing camera.
            backend = cv2.CAP_V4L2 if platform.system() == "Linux" else cv2.CAP_ANY
            capture = cv2.VideoCapture(camera.index, backend)
        if not capture.isOpened():
            capture.release()
            raise CameraUnavailable(f"{self._label} cannot be opened: {_reason(camera)}.")
        return capture

    def _request_size(self, width: int, height: int) -> None:
        # Compressed, because USB is too slow for large raw frames: many webcams then send only 10 a second.
        self._capture.set(self._cv2.CAP_PROP_FOURCC, self._cv2.VideoWriter_fourcc(*"MJPG"))
        self._capture.set(self._cv2.CAP_PROP_FRAME_WIDTH, width)
        self._capture.set(self._cv2.CAP_PROP_FRAME_HEIGHT, height)

    def _wait_for_first(self) -> tuple[int, int]:
        until = time.monotonic() + TIMEOUT_MS / 1000.0
        for _ in range(WARM_UP_READS):
            found, image = self._capture.read()
            if found:
                return image.shape[1], image.shape[0]
            if time.monotonic() > until:  # each read from a camera in use may block for seconds
                break
        raise CameraUnavailable(
            f"{self._label} was opened but sends no pictures: close other programs that may be using it and try again."
        )

    def _pictures(self) -> Iterator[Picture]:
        began: float | None = None
        last = -1.0
        while self._capture.grab():
            now = time.monotonic()
            found, image = self._capture.retrieve()
            if not found:
                continue
            began = now if began is None else began
            # Several buffered frames may arrive within one tick of the clock.
            last = max(now - began, math.nextafter(last, math.inf)) if last >= 0.0 else 0.0
            yield self._cv2.cvtColor(image, self._cv2.COLOR_BGR2RGB), last
        self.warning = f"{self._label} stopped sending pictures after {max(last, 0.0):.1f} s; those before were kept."

    def close(self) -> None:
        """Release the camera."""
        self._capture.release()


def _reason(camera: Camera | str) -> str:
    if isinstance(camera, str):
        return "check the address, and that the stream is running"
    available = cameras()
    if platform.system() == "Darwin":
        return (
            "macOS may not allow access to it yet (allow it when asked, or in System Settings, Privacy & Security, "
            "Camera, and try again), or another program may be using it"
        )
    if camera.index in {known.index for known in available}:
        return "another program may be using it (close that program), or you may not have permission to read it"
    return f"{describe_cameras(available)}; connect one, or choose a video file"
