# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of all sources, which have a name, a size and a frame rate and yield frames in order."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..errors import EmptyRange
from .frame import Frame

Picture = tuple[NDArray[np.uint8], float]
"""RGB image (H, W, 3), and its time in seconds from the start of the source."""


@dataclass(frozen=True)
class Window:
    """The part of a source to read: from `start` up to but without `end`, in its own seconds; and whether to mirror."""

    start: float = 0.0
    end: float = float("inf")
    mirror: bool = False

    def __contains__(self, time: float) -> bool:
        return self.start <= time < self.end

    def part(self, start: float, end: float) -> "Window":
        """Return the part of it from `start` up to but without `end`."""
        return Window(max(start, self.start), min(end, self.end), self.mirror)

    def check(self, name: str, *, duration: float | None = None) -> None:
        """Check that the window is valid, and begins before the end of a source of known duration in seconds.

        Raises:
            EmptyRange: no frame can lie in it.
        """
        if not (0.0 <= self.start < self.end):
            raise EmptyRange(
                f"There are no frames between {self.start:g} s and {self.end:g} s: choose a start that is not negative "
                "and lies before the end."
            )
        if duration is not None and self.start >= duration:
            raise EmptyRange(
                f"“{name}” lasts {duration:.2f} s, so it has no frames from {self.start:g} s on: "
                "choose an earlier start."
            )


class Source(ABC):
    """An open source, whose frames can be iterated once. Use it in a `with` statement, which closes file or camera.

    Attributes:
        name: display name: that of the file, the folder or the camera.
        size: (width, height) in pixels of the first frame as displayed, that is after rotation.
        fps: frames per second, the average of a variable rate. Frame times are exact in any case.
        frame_count: expected number of frames; None if unknown.
        live: whether frames arrive in real time, so that a slow reader misses some.
        path: the file or folder being read; None for a camera.
        warning: one sentence about a problem while reading that did not stop it, or None.
    """

    def __init__(
        self,
        *,
        name: str,
        size: tuple[int, int],
        fps: float,
        frame_count: int | None,
        window: Window,
        live: bool,
        path: Path | None = None,
    ) -> None:
        self.name = name
        self.size = size
        self.fps = fps
        self.frame_count = frame_count
        self.live = live
        self.path = path
        self.warning: str | None = None
        self._window = window

    @property
    def mirrored(self) -> bool:
        """Whether frames are flipped left to right."""
        return self._window.mirror

    @property
    def duration(self) -> float | None:
        """Expected duration of the frames in seconds; None if unknown."""
        return None if self.frame_count is None else self.frame_count / self.fps

    def __iter__(self) -> Generator[Frame, None, None]:
        index = 0
        for image, time in self._pictures():
            if time >= self._window.end:
                return
            if time in self._window:
                shown = np.ascontiguousarray(image[:, ::-1]) if self._window.mirror else image
                yield Frame(image=shown, time=time, index=index)
                index += 1

    def again(self, start: float, end: float) -> "Source | None":  # noqa: ARG002
        """Open the part from `start` up to but without `end`, in seconds, once more; None if it cannot be read twice.

        Raises:
            SourceMissing, UnreadableVideo, EmptyRange: it cannot be opened any more, or has nothing there.
        """
        return None

    @abstractmethod
    def _pictures(self) -> Iterator[Picture]:
        """Yield pictures with strictly increasing times."""

    @abstractmethod
    def close(self) -> None:
        """Close the file or camera. May be called twice."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
