# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of a video file with their timestamps, rotated as the file's metadata says."""

import math
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from .. import opencv
from ..errors import UnreadableVideo
from .base import Picture, Source, Window

DEFAULT_FPS: Final = 30.0
"""Assumed if a file does not state its frame rate."""

SEEK_MARGIN: Final = 5.0
"""Seconds before the start that are decoded and dropped: OpenCV seeks by frame number, which variable rates mislead."""

MIN_STEP: Final = 1e-3
"""Seconds assumed between frames whose timestamps are equal or decrease, as in some damaged or edited files."""

MISSING_FRAMES: Final = 2
MISSING_SECONDS: Final = 0.1
"""A file counts as cut short if it ends earlier than it announces by more than both; announced counts are rounded."""

TEXT_ART: Final = frozenset({b"ansi", b"bint", b"xbin", b"idf\0"})
"""Codecs with which FFmpeg reads any text file as a video of typed text."""


def _fourcc(capture: Any, cv2: Any) -> bytes:
    return int(capture.get(cv2.CAP_PROP_FOURCC)).to_bytes(4, "little", signed=False)


def _unreadable(path: Path, why: str) -> UnreadableVideo:
    return UnreadableVideo(f"“{path}” {why}: check that it plays in a video player, or choose another file.")


class VideoSource(Source):
    """A video file. Frame times are its presentation timestamps, also of a variable frame rate.

    Raises:
        UnreadableVideo: the file is empty, is not a video, or its first frame cannot be decoded.
        EmptyRange: the window lies outside the video.
    """

    def __init__(self, path: Path, *, window: Window) -> None:
        self._cv2 = opencv.load()
        self._path = path
        self._capture = self._open()
        with ExitStack() as on_failure:
            on_failure.callback(self.close)
            fps = self._capture.get(self._cv2.CAP_PROP_FPS)
            fps = fps if math.isfinite(fps) and fps > 0.0 else DEFAULT_FPS
            count = self._capture.get(self._cv2.CAP_PROP_FRAME_COUNT)
            self._announced = int(count) if math.isfinite(count) and count > 0 else None
            self._announced_fps = fps
            size = self._first_size()
            duration = None if self._announced is None else self._announced / fps
            window.check(path.name, duration=duration)
            on_failure.pop_all()
        expected = None if duration is None else max(1, round((min(window.end, duration) - window.start) * fps))
        super().__init__(name=path.name, size=size, fps=fps, frame_count=expected, window=window, live=False, path=path)

    def again(self, start: float, end: float) -> "VideoSource":
        """Open a part of the video once more."""
        return VideoSource(self._path, window=self._window.part(start, end))

    def _open(self) -> Any:
        if self._path.stat().st_size == 0:
            raise _unreadable(self._path, "is empty (0 bytes)")
        # An absolute path, because FFmpeg would read "a:b.mp4" as a protocol named "a".
        capture = self._cv2.VideoCapture(str(self._path.absolute()), self._cv2.CAP_FFMPEG)
        if not capture.isOpened() or _fourcc(capture, self._cv2) in TEXT_ART:
            capture.release()
            raise _unreadable(self._path, "is not a readable video, or is cut short")
        capture.set(self._cv2.CAP_PROP_ORIENTATION_AUTO, 1)
        return capture

    def _first_size(self) -> tuple[int, int]:
        found, image = self._capture.read()
        self._capture.release()
        if not found:
            raise _unreadable(self._path, "has no frame that can be decoded")
        # The header may lack the size, or state it before rotation; opening it anew reads the first frame again.
        self._capture = self._open()
        return image.shape[1], image.shape[0]

    def _time(self, last: float) -> float:
        """Return the presentation time of the frame just grabbed, in seconds; always later than `last`."""
        stamp = float(self._capture.get(self._cv2.CAP_PROP_POS_MSEC)) / 1000.0
        if math.isfinite(stamp) and stamp > last:
            return stamp
        if last < 0.0:
            return 0.0
        # Zero means that the file has no timestamps at all (a raw stream); use its frame rate.
        return last + (1.0 / self._announced_fps if stamp == 0.0 else MIN_STEP)

    def _seek(self) -> int | None:
        """Jump to shortly before the window. Return the number of frames skipped: 0 if none, None if unknown."""
        target = self._window.start - SEEK_MARGIN
        if target <= SEEK_MARGIN:
            return 0
        self._capture.set(self._cv2.CAP_PROP_POS_MSEC, target * 1000.0)
        if self._capture.grab() and self._time(-1.0) < self._window.start:
            return None
        self._capture.release()
        self._capture = self._open()
        return 0

    def _pictures(self) -> Iterator[Picture]:
        jumped = self._seek()
        read, last = 0, -1.0
        while self._capture.grab():
            read += 1
            last = self._time(last)
            if last < self._window.start:
                continue
            found, image = self._capture.retrieve()
            if not found:
                continue
            yield self._cv2.cvtColor(image, self._cv2.COLOR_BGR2RGB), last
        self._warn_if_short(read=None if jumped is None else read, last=last)

    def _warn_if_short(self, *, read: int | None, last: float) -> None:
        if self._announced is None:
            return
        missing = self._announced / self._announced_fps - (last + 1.0 / self._announced_fps)
        if read is None:
            read = round((last + 1.0 / self._announced_fps) * self._announced_fps)
        if self._announced - read > MISSING_FRAMES and missing > MISSING_SECONDS:
            self.warning = (
                f"“{self.name}” stopped at frame {read} of {self._announced} ({last:.2f} s): the file seems cut short "
                "or damaged; the frames before that were kept."
            )

    def close(self) -> None:
        """Close the file."""
        self._capture.release()
