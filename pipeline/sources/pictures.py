# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames from picture files: a folder in natural order, or a single file."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .. import opencv
from ..errors import EmptyFolder, UnreadablePicture
from .base import Picture, Source, Window

SUFFIXES: Final = frozenset(
    {".png", ".jpg", ".jpeg", ".jpe", ".bmp", ".dib", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm", ".jp2"}
)


def natural_order(name: str) -> list[tuple[int, int, str]]:
    """Return a sort key that puts "frame 10" after "frame 9"."""
    parts = re.findall(r"[0-9]+|[^0-9]+", name.casefold())
    return [(0, int(part), "") if part[0] in "0123456789" else (1, 0, part) for part in parts]


def read_picture(path: Path) -> NDArray[np.uint8] | None:
    """Decode a picture to RGB uint8 (H, W, 3), rotated as its metadata says; None if it cannot be decoded.

    Greyscale becomes three equal channels, transparency is dropped, 16 bits become 8.
    """
    cv2 = opencv.load()
    # Not cv2.imread, which cannot open a path with characters outside the system's code page on Windows.
    data = np.frombuffer(path.read_bytes(), np.uint8)
    if data.size == 0:
        return None
    try:
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error:  # raised for pictures beyond OpenCV's size limit; None for anything else
        return None
    return None if image is None else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


class PictureSource(Source):
    """The pictures of a folder, or a single picture, at a constant frame rate, in natural order of their names.

    Raises:
        EmptyFolder: the folder has no pictures.
        UnreadablePicture: none of the pictures can be decoded.
        EmptyRange: the window lies outside the sequence.
    """

    def __init__(self, path: Path, *, window: Window, fps: float) -> None:
        self._paths = _pictures_of(path) if path.is_dir() else [path]
        window.check(path.name, duration=len(self._paths) / fps)
        self._folder, self._rate = path, fps
        super().__init__(
            name=path.resolve().name,
            size=_size_of_first(self._paths, source=path),
            fps=fps,
            frame_count=sum(i / fps in window for i in range(len(self._paths))),
            window=window,
            live=False,
            path=path,
        )

    def again(self, start: float, end: float) -> "PictureSource":
        """Open a part of the sequence once more."""
        return PictureSource(self._folder, window=self._window.part(start, end), fps=self._rate)

    def _pictures(self) -> Iterator[Picture]:
        unreadable: list[str] = []
        for number, path in enumerate(self._paths):
            time = number / self._rate
            if time >= self._window.end:
                return
            if time < self._window.start:
                continue
            image = read_picture(path)
            if image is None:
                unreadable.append(path.name)
                self.warning = _warning(unreadable, total=len(self._paths))
                continue
            yield image, time

    def close(self) -> None:
        """Do nothing: no file stays open between pictures."""


def _pictures_of(folder: Path) -> list[Path]:
    found = [p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file() and p.name[0] != "."]
    if not found:
        raise EmptyFolder(
            f"The folder “{folder}” contains no pictures: choose a folder with .png or .jpg files, or a video file."
        )
    return sorted(found, key=lambda p: (natural_order(p.name), p.name))


def _size_of_first(paths: Sequence[Path], *, source: Path) -> tuple[int, int]:
    for path in paths:
        image = read_picture(path)
        if image is not None:
            return image.shape[1], image.shape[0]
    what = f"None of the {len(paths)} pictures in “{source}”" if len(paths) > 1 else f"The picture “{paths[0]}” cannot"
    verb = "can be decoded" if len(paths) > 1 else "be decoded"
    raise UnreadablePicture(f"{what} {verb}: check that it opens in an image viewer, or choose another.")


def _warning(unreadable: Sequence[str], *, total: int) -> str:
    shown = ", ".join(f"“{name}”" for name in unreadable[:3]) + (", …" if len(unreadable) > 3 else "")
    return f"{len(unreadable)} of {total} pictures could not be decoded and were skipped: {shown}."
