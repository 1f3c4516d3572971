# SPDX-License-Identifier: GPL-3.0-or-later
"""The takes recorded in Blender: files in one folder, identified by name."""

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
from .words import cameras_said

SUFFIX: Final = ".take"
_FORBIDDEN: Final = frozenset('<>:"/\\|?*')
_JOURNAL: Final = "-journal"
_LONGEST: Final = 255
"""Largest length of a file name in bytes; the journal that a crash leaves beside a take has the longest name."""


@dataclass(frozen=True)
class Entry:
    """A take in the folder.

    Attributes:
        name: name of the take.
        seconds: length.
        frames: number of frames.
        complete: False if the program that recorded it was killed, or is still recording.
        readable: False if the file is damaged.
        people: number of people in it.
        cameras: number of cameras that recorded it.
        cameras_found: whether it is known where they stood.
        cameras_said: where several cameras stood and how well that fits, or why nobody knows, in words.
    """

    name: str
    seconds: float
    frames: int
    complete: bool
    readable: bool = True
    people: int = 1
    cameras: int = 1
    cameras_found: bool = False
    cameras_said: str = ""


def folder() -> Path:
    """Return the folder of takes, creating it if needed.

    Raises:
        OutputUnwritable: it cannot be created.
    """
    chosen = takes_folder()
    # Not the extension's own folder: Blender deletes that when it uninstalls, and takes are the user's work.
    own = bpy.utils.user_resource("DATAFILES", path="mimic/takes")
    path = Path(bpy.path.abspath(chosen) if chosen else own)
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise OutputUnwritable(
            f"The folder for takes “{path}” cannot be created ({fault.strerror}): choose another one in Mimic's "
            "preferences."
        ) from fault
    return path


def path_of(name: str) -> Path:
    """Return the file of a take by name, whether or not it exists.

    Raises:
        TakeNameTaken: the name is not valid for a file.
    """
    if not name.strip() or name != name.strip() or set(name) & _FORBIDDEN or name.startswith("."):
        raise TakeNameTaken(f"A take cannot be called “{name}”: use letters, digits, spaces, - and _.")
    if len(f"{name}{SUFFIX}{_JOURNAL}".encode()) > _LONGEST:
        raise TakeNameTaken(f"A take cannot be called “{name}”: the name is too long for a file.")
    return folder() / f"{name}{SUFFIX}"


def free_name(base: str = "Take", *, taken: Collection[Path] = ()) -> str:
    """Return an unused name of a take: `base` with a number, or without one if it is not "Take" and still unused.

    Args:
        base: beginning of the name.
        taken: files of takes that do not exist yet, but soon will.
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
    """Return all takes, the newest first. Another program may add and remove some meanwhile.

    Raises:
        OutputUnwritable: the folder cannot be created or read.
    """
    place = folder()
    try:
        files = [path for path in place.iterdir() if path.suffix == SUFFIX]
    except OSError as fault:
        raise OutputUnwritable(
            f"The folder for takes “{place}” cannot be read ({_reason(fault)}): choose another one in Mimic's "
            "preferences."
        ) from fault
    found = []
    for path in files:
        changed, entry = _changed(path), _entry(path)
        if changed is not None and entry is not None:
            found.append((changed, entry))
    return [entry for _, entry in sorted(found, key=lambda each: each[0], reverse=True)]


def rename(name: str, wanted: str) -> None:
    """Rename a take.

    Raises:
        TakeNameTaken: there is already a take of that name, or it is not valid for a file.
        TakeCorrupt: the take does not exist or is damaged.
        TakeLocked: it is being recorded, or the system does not allow it.
    """
    path, target = existing(name), path_of(wanted)
    if target.exists():
        raise TakeNameTaken(f"There is already a take “{wanted}”: choose another name.")
    # Opening applies a journal left by a crash, which is tied to the old name.
    with Take.open(path):
        pass
    _check_not_recorded(path)
    with _changing(path, "renamed"):
        path.rename(target)


def delete(name: str) -> None:
    """Delete a take permanently, even if it is damaged.

    Raises:
        TakeCorrupt: there is no take of that name.
        TakeLocked: it is being recorded, or the system does not allow it; then it still exists.
    """
    path = existing(name)
    if _entry_or_damaged(path).readable:
        _check_not_recorded(path)
    journal = Path(f"{path}{_JOURNAL}")
    with _changing(path, "deleted"):
        # The take first: if it cannot be deleted, it needs its journal for recovery.
        path.unlink()
        if journal.is_file():
            journal.unlink()


def restore(name: str) -> int:
    """Mark a take that a crash left unfinished as complete; return its number of frames.

    Raises:
        TakeCorrupt: it is damaged, or is being recorded.
    """
    return recover(existing(name))


def existing(name: str) -> Path:
    """Return the file of an existing take.

    Raises:
        TakeCorrupt: there is no such take.
    """
    path = path_of(name)
    if not path.is_file():
        raise TakeCorrupt(f"There is no take “{name}” in “{path.parent}”: refresh the list.")
    return path


def given(text: str) -> Path:
    """Return the file of a take that is given by name or by file.

    Raises:
        TakeCorrupt: there is no such take.
    """
    file = Path(bpy.path.abspath(text))
    return file if file.suffix.lower() == SUFFIX and file.is_file() else existing(text)


def _changed(path: Path) -> float | None:
    """Return when a take was last written; None if it is not a file or no longer exists."""
    try:
        return path.stat().st_mtime if path.is_file() else None
    except FileNotFoundError:
        return None


def _entry(path: Path) -> Entry | None:
    """Return the list entry of a take; None if it no longer exists."""
    entry = _entry_or_damaged(path)
    return entry if entry.readable or path.is_file() else None


def _entry_or_damaged(path: Path) -> Entry:
    try:
        with Take.open(path) as take:
            people, cameras = len(take.people), take.camera_count
            said = cameras_said(take.info) if cameras > 1 else ""
            whole = take.duration, take.frame_count, take.info.complete
            found = bool(take.info.cameras)
            return Entry(path.stem, *whole, people=people, cameras=cameras, cameras_found=found, cameras_said=said)
    except MimicError:
        return Entry(path.stem, 0.0, 0, complete=False, readable=False)


def _check_not_recorded(path: Path) -> None:
    """Check that no program is recording the take, which would continue in a renamed or deleted file.

    Raises:
        TakeLocked: one is.
    """
    if is_being_recorded(path):
        raise TakeLocked(f"The take “{path.stem}” is being recorded: end the recording first.")


@contextmanager
def _changing(path: Path, done: str) -> Iterator[None]:
    """Turn a system error into a message that a take cannot be `done`, such as "renamed".

    Raises:
        TakeLocked: the system does not allow it; on Windows, not while any program has the file open.
    """
    try:
        yield
    except OSError as fault:
        raise TakeLocked(
            f"The take “{path.stem}” cannot be {done} ({_reason(fault)}): close the program that has “{path}” open, "
            "or allow writing in its folder."
        ) from fault


def _reason(fault: OSError) -> str:
    return fault.strerror or str(fault)
