# SPDX-License-Identifier: GPL-3.0-or-later
"""The takes that were recorded in Blender: files of one folder, each under a name."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bpy

from ...errors import MimicError
from ...pipeline.errors import OutputUnwritable, TakeCorrupt
from ...pipeline.takes.take import Take, recover
from ..errors import TakeNameTaken
from ..preferences import takes_folder

SUFFIX: Final = ".take"
_FORBIDDEN: Final = frozenset('<>:"/\\|?*')


@dataclass(frozen=True)
class Entry:
    """A take in the folder.

    Attributes:
        name: of the take.
        seconds: how long it is.
        frames: how many it has.
        complete: False if whatever recorded it was killed, or records it still.
        readable: False if the file is damaged.
    """

    name: str
    seconds: float
    frames: int
    complete: bool
    readable: bool = True


def folder() -> Path:
    """Where takes are kept. It is made if it is not there.

    Raises:
        OutputUnwritable: it cannot be made.
    """
    chosen = takes_folder()
    # Not the extension's own folder: Blender deletes that when it uninstalls, and takes are the user's work.
    own = bpy.utils.user_resource("DATAFILES", path="mimic/takes")
    path = Path(bpy.path.abspath(chosen) if chosen else own)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise OutputUnwritable(
            f"The folder for takes “{path}” cannot be made ({fault.strerror}): choose another in Mimic's preferences."
        ) from fault
    return path


def path_of(name: str) -> Path:
    """The file of the take of that name, there or not.

    Raises:
        TakeNameTaken: no file can be called so.
    """
    if not name.strip() or name != name.strip() or set(name) & _FORBIDDEN or name.startswith("."):
        raise TakeNameTaken(f"A take cannot be called “{name}”: use letters, digits, spaces, - and _.")
    return folder() / f"{name}{SUFFIX}"


def free_name(base: str = "Take", *, taken: Collection[Path] = ()) -> str:
    """A name that no take has: the base, numbered; any other base than "Take" needs no number while it is free.

    Args:
        base: what the name begins with.
        taken: files that are no take's yet, but soon will be.
    """

    def is_free(name: str) -> bool:
        path = path_of(name)
        return path not in taken and not path.exists()

    if base != "Take" and is_free(base):
        return base
    number = 1
    while not is_free(f"{base} {number:03}"):
        number += 1
    return f"{base} {number:03}"


def entries() -> list[Entry]:
    """All takes, the newest first."""
    files = [path for path in folder().glob(f"*{SUFFIX}") if path.is_file()]
    return [_entry(path) for path in sorted(files, key=lambda path: path.stat().st_mtime, reverse=True)]


def rename(name: str, wanted: str) -> None:
    """Give a take another name.

    Raises:
        TakeNameTaken, TakeCorrupt.
    """
    path, target = existing(name), path_of(wanted)
    if target.exists():
        raise TakeNameTaken(f"There is a take “{wanted}” already: choose another name.")
    # What a crash left in the journal belongs to the old name, so it is taken in first.
    with Take.open(path):
        pass
    path.rename(target)


def delete(name: str) -> None:
    """Delete a take for good."""
    path = existing(name)
    path.unlink()
    Path(f"{path}-journal").unlink(missing_ok=True)


def restore(name: str) -> int:
    """Mark a take that a crash left unfinished as complete. Returns its frames.

    Raises:
        TakeCorrupt: it is damaged, or is being recorded.
    """
    return recover(existing(name))


def existing(name: str) -> Path:
    """The file of a take that is there.

    Raises:
        TakeCorrupt: it is not.
    """
    path = path_of(name)
    if not path.is_file():
        raise TakeCorrupt(f"There is no take “{name}” in “{path.parent}”: refresh the list.")
    return path


def _entry(path: Path) -> Entry:
    try:
        with Take.open(path) as take:
            return Entry(path.stem, take.duration, take.frame_count, take.info.complete)
    except MimicError:
        return Entry(path.stem, 0.0, 0, complete=False, readable=False)
