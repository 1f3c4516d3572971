# SPDX-License-Identifier: GPL-3.0-or-later
"""Output of the command line: sentences, tables, and a progress bar for long work."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console


class Report(Protocol):
    """Receives the progress of long work."""

    def __call__(self, done: int, total: int | None) -> None:
        """Show `done` of `total` frames (None if unknown)."""


def console() -> "Console":
    """The terminal. Tables and sentences go to stdout; the bar goes away when it is done."""
    from rich.console import Console

    return Console(highlight=False, soft_wrap=True)


def say(sentence: str) -> None:
    """Write a line, word for word."""
    console().print(sentence, markup=False)


@contextmanager
def bar(label: str) -> Iterator[Report]:
    """Show a progress bar with frames done, frames per second, and the time left."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    terminal = console()
    with Progress(*columns, console=terminal, transient=True, disable=not terminal.is_terminal) as progress:
        task = progress.add_task(label, total=None, rate="")

        def report(done: int, total: int | None) -> None:
            speed = progress.tasks[0].speed
            progress.update(task, completed=done, total=total, rate=f"{speed:.0f} fps" if speed else "")

        yield report


def plural(count: int, noun: str) -> str:
    """The count with its noun: 1 frame, 2 frames."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def size(nbytes: int) -> str:
    """A file's size in words."""
    return f"{nbytes / 1e6:.1f} MB" if nbytes >= 1e6 else f"{nbytes / 1e3:.0f} kB"
