# SPDX-License-Identifier: GPL-3.0-or-later
"""The takes that were recorded in Blender: files of one folder, each under a name."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import bpy

from ...errors import MimicError
from ...pipeline.errors import OutputUnwritable, TakeCorrupt
from ...pipeline.takes.lock import is_being_recorded
from ...pipeline.takes.take import Take, recover
from ..errors import TakeLocked, TakeNameTaken
from ..preferences import takes_folder

SUFFIX: Final = ".take"
_FORBIDDEN: Final = frozenset('<>:"/\\|?*')
_JOURNAL: Final = "-journal"
_LONGEST: Final = 255
"""Bytes of a file's name; what a crash leaves beside a take has the longest."""


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
    if len(f"{name}{SUFFIX}{_JOURNAL}".encode()) > _LONGEST:
        raise TakeNameTaken(f"A take cannot be called “{name}”: the name is too long for a file.")
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
    """All takes, the newest first. Another program may add and remove some meanwhile.

    Raises:
        OutputUnwritable: the folder cannot be made, or not be read.
    """
    place = folder()
    try:
        files = [path for path in place.iterdir() if path.suffix == SUFFIX]
    except OSError as fault:
        raise OutputUnwritable(
            f"The folder for takes “{place}” cannot be read ({_reason(fault)}): choose another in Mimic's preferences."
        ) from fault
    found = []
    for path in files:
        changed, entry = _changed(path), _entry(path)
        if changed is not None and entry is not None:
            found.append((changed, entry))
    return [entry for _, entry in sorted(found, key=lambda each: each[0], reverse=True)]


def rename(name: str, wanted: str) -> None:
    """Give a take another name.

    Raises:
        TakeNameTaken: there is a take of that name, or no file can be called so.
        TakeCorrupt: there is no take to be renamed, or it is damaged.
        TakeLocked: it is being recorded, or the system refuses.
    """
    path, target = existing(name), path_of(wanted)
    if target.exists():
        raise TakeNameTaken(f"There is already a take “{wanted}”: choose another name.")
    # What a crash left in the journal belongs to the old name, so it is taken in first.
    with Take.open(path):
        pass
    _check_not_recorded(path)
    with _changing(path, "renamed"):
        path.rename(target)


def delete(name: str) -> None:
    """Delete a take for good, also a damaged one.

    Raises:
        TakeCorrupt: there is no take of that name.
        TakeLocked: it is being recorded, or the system refuses; then it is still there.
    """
    path = existing(name)
    if _entry_or_damaged(path).readable:
        _check_not_recorded(path)
    journal = Path(f"{path}{_JOURNAL}")
    with _changing(path, "deleted"):
        # The take first: without its journal it could not be mended, if it then stays.
        path.unlink()
        if journal.is_file():
            journal.unlink()


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


def _changed(path: Path) -> float | None:
    """When a take was written last; None of what is no file, or is gone."""
    try:
        return path.stat().st_mtime if path.is_file() else None
    except FileNotFoundError:
        return None


def _entry(path: Path) -> Entry | None:
    """What is listed of a take; None if it is gone."""
    entry = _entry_or_damaged(path)
    return entry if entry.readable or path.is_file() else None


def _entry_or_damaged(path: Path) -> Entry:
    try:
        with Take.open(path) as take:
            return Entry(path.stem, take.duration, take.frame_count, take.info.complete)
    except MimicError:
        return Entry(path.stem, 0.0, 0, complete=False, readable=False)


def _check_not_recorded(path: Path) -> None:
    """Raise if somebody is writing the take, who would go on in a file without a name, or without its journal.

    Raises:
        TakeLocked.
    """
    if is_being_recorded(path):
        raise TakeLocked(f"The take “{path.stem}” is being recorded: end the recording first.")


@contextmanager
def _changing(path: Path, done: str) -> Iterator[None]:
    """Say in a sentence that the system does not let a take be `done`.

    Raises:
        TakeLocked: it does not. Windows refuses it for a file that any program has open.
    """
    try:
        yield
    except OSError as fault:
        raise TakeLocked(
            f"The take “{path.stem}” cannot be {done} ({_reason(fault)}): close what has “{path}” open, or allow "
            "writing in its folder."
        ) from fault


def _reason(fault: OSError) -> str:
    return fault.strerror or str(fault)
