# SPDX-License-Identifier: GPL-3.0-or-later
"""What every source of frames is: an open thing with a name, a size and a rate, that yields frames in order."""

from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ..errors import EmptyRange
from ..landmarks.data import Frame

Picture = tuple[NDArray[np.uint8], float]
"""RGB (H, W, 3) and its time in seconds from the start of the source."""


@dataclass(frozen=True)
class Window:
    """What part of a source is wanted: from `start` to before `end`, in its own seconds; and whether mirrored."""

    start: float = 0.0
    end: float = float("inf")
    mirror: bool = False

    def __contains__(self, time: float) -> bool:
        return self.start <= time < self.end

    def check(self, name: str, *, duration: float | None = None) -> None:
        """Raise EmptyRange if nothing can lie in it, given how long the source lasts (if that is known)."""
        if not (0.0 <= self.start < self.end):
            raise EmptyRange(
                f"There is nothing between {self.start:g} s and {self.end:g} s: the start must not be negative and "
                "must come before the end."
            )
        if duration is not None and self.start >= duration:
            raise EmptyRange(
                f"“{name}” lasts {duration:.2f} s, so nothing of it is left from {self.start:g} s on: "
                "choose an earlier start."
            )


class Source(ABC):
    """Frames in order, once. Use it in a `with` statement: it holds a file or a camera open.

    Attributes:
        name: what to call it: the file's or folder's name, or the camera's.
        size: (width, height) in pixels of the first frame as it is shown, that is after rotation.
        fps: frames per second; the average where the rate varies. Frame times are exact whatever the rate.
        frame_count: about how many frames will come; None if nobody knows.
        live: whether frames come at their own pace, so that a slow reader must miss some.
        path: the file or folder it reads; None for a camera.
        warning: filled while reading: one sentence on what went wrong without stopping the work, or None.
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
        """About how many seconds the frames will span; None if nobody knows."""
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

    @abstractmethod
    def _pictures(self) -> Iterator[Picture]:
        """Yield pictures with strictly increasing times."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the file or camera. Closing twice does no harm."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
