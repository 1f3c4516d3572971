# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of video files that the panel shows. They are read between two drawings, never while one is drawn."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...errors import MimicError

_MOST: Final = 64
"""Files that are remembered."""


@dataclass(frozen=True)
class Medium:
    """A video or a folder of pictures.

    Attributes:
        size: width and height in pixels.
        fps: frames per second.
        frames: number of frames; None if unknown.
        problem: a sentence on why it cannot be opened; empty if it can.
    """

    size: tuple[int, int] = (0, 0)
    fps: float = 0.0
    frames: int | None = None
    problem: str = ""

    @property
    def seconds(self) -> float | None:
        """Its length; None if unknown."""
        return self.frames / self.fps if self.frames and self.fps > 0.0 else None


def read(path: str) -> Medium:
    """Open a file or folder for what is known of it."""
    from ...pipeline.sources import open_source

    try:
        with open_source(Path(path)) as source:
            return Medium(size=source.size, fps=source.fps, frames=source.frame_count)
    except MimicError as fault:
        return Medium(problem=str(fault))


class Media:
    """Remembers what is known of files, by path."""

    def __init__(self) -> None:
        self._known: dict[str, Medium] = {}
        self._wanted: set[str] = set()

    def of(self, path: str, when_idle: Callable[[Callable[[], None]], None]) -> Medium | None:
        """Return what is known of a file; None, if it has yet to be read, which `when_idle` is told to call."""
        found = self._known.get(path)
        if found is None:
            self._wanted.add(path)
            when_idle(self.read)
        return found

    def read(self) -> None:
        """Read the files that were asked for."""
        from ..windows import redraw

        if len(self._known) > _MOST:
            self._known.clear()
        while self._wanted:
            path = self._wanted.pop()
            self._known[path] = read(path)
        redraw("UI")

    def forget(self) -> None:
        """Read all files anew when they are next asked for."""
        self._known.clear()
