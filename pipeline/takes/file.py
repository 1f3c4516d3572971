# SPDX-License-Identifier: GPL-3.0-or-later
"""A take as a file, with SQLite's journal beside it: told from others, opened, moved and removed.

A take may come from a stranger, so that whatever is in it is data: it is opened for reading alone, holds the two
tables of a take and nothing that would run (views, triggers, computed columns), and no value is read that is longer
than a take's.
"""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote
from weakref import WeakValueDictionary

from ..errors import OutputExists, TakeCorrupt, TakeTooNew
from .format import APPLICATION_ID, SCHEMA, VERSION

_HEADER: Final = b"SQLite format 3\0"  # and what follows as SQLite's file format has it
_JOURNAL_MODES_AT: Final = 18
_ID_AT: Final = 68
_JOURNAL_MAGIC: Final = bytes.fromhex("d9d505f920a163d7")
_MAX_VALUE_BYTES: Final = 2**16  # of one value; settings are the longest, a face has 6 KB


class _Writer(sqlite3.Connection):
    """A connection that can be referred to weakly."""


_WRITERS: Final[WeakValueDictionary[tuple[int, int], _Writer]] = WeakValueDictionary()
"""Device and inode of each take that this process writes. State of the process, because POSIX's locks are: closing a
file lets go of all locks that the process has on its inode (SQLite, "How To Corrupt An SQLite Database File")."""


def has_take_header(path: Path) -> bool:
    """Whether the file begins as a take does. A take that this process is writing is one, and is not touched.

    Raises:
        OSError: it cannot be read.
    """
    if _identity(path) in _WRITERS:
        return True
    with path.open("rb", buffering=0) as file:
        head = file.read(_ID_AT + 4)
    return (
        head.startswith(_HEADER)
        and head[_ID_AT:] == APPLICATION_ID.to_bytes(4, "big")
        # A write-ahead log would have to be written beside it in order to read it.
        and head[_JOURNAL_MODES_AT : _JOURNAL_MODES_AT + 2] == b"\1\1"
    )


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def database_uri(path: Path, mode: Literal["ro", "rw"]) -> str:
    """The address by which SQLite opens a file that is there."""
    place = path.absolute().as_posix()
    # Three slashes before Windows's drives, four before its network shares.
    return f"file://{'' if place.startswith('/') else '/'}{quote(place)}?mode={mode}"


def create(path: Path, info: Mapping[str, Any]) -> sqlite3.Connection:
    """Begin a take that says this about itself. The connection commits when it is told to, and serves any thread.

    Raises:
        sqlite3.Error: it cannot be written there; what is there then is the caller's to remove.
    """
    # The live session opens the take on Blender's main thread and fills it from another.
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=_Writer)
    try:
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {VERSION}")
        database.execute("BEGIN")
        for statement in SCHEMA.values():
            database.execute(statement)
        for name, value in info.items():
            database.execute("INSERT INTO about VALUES (?, ?)", (name, json.dumps(value, default=str)))
        database.execute("COMMIT")
        _WRITERS[_identity(path)] = database
    except BaseException:
        database.close()
        raise
    return database


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open a take that is there, and take in what a crash has left in its journal: alone for that it is written.

    Raises:
        TakeCorrupt, TakeTooNew: it is not a take, or one of another version.
        OSError, ValueError, sqlite3.Error: it cannot be read.
    """
    if not has_take_header(path):
        raise not_a_take(path)
    try:
        return _open_checked(path, "ro")
    except sqlite3.OperationalError as fault:
        if getattr(fault, "sqlite_errorcode", None) != sqlite3.SQLITE_READONLY_ROLLBACK:  # Python's own have none
            raise
    _roll_back_journal(path)
    return _open_checked(path, "ro")


def mark_complete(path: Path) -> None:
    """Write into a take, which was found good, that it is finished.

    Raises:
        TakeCorrupt, TakeTooNew, ValueError, sqlite3.Error: as `open_to_read`, or somebody writes it now.
    """
    # Whoever records holds the file's lock all the time, and is not waited for.
    with closing(_open_checked(path, "rw", timeout=0.0)) as database, database:
        database.execute("UPDATE about SET value = ? WHERE name = ?", (json.dumps(True), "complete"))


def not_a_take(path: Path) -> TakeCorrupt:
    """What to say of a file that cannot be read as a take."""
    return TakeCorrupt(f"“{path}” is not a take, or is a damaged one: give a file that `mimic capture` wrote.")


def _open_checked(path: Path, mode: Literal["ro", "rw"], *, timeout: float = 5.0) -> sqlite3.Connection:
    database = sqlite3.connect(database_uri(path, mode), uri=True, timeout=timeout)
    try:
        # What is longer is refused by SQLite before it takes memory.
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON", *(["query_only = ON"] if mode == "ro" else [])):
            database.execute(f"PRAGMA {pragma}")
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise TakeTooNew(
                f"“{path}” was written by a later Mimic (take format {version}, this one reads {VERSION}): "
                "update Mimic."
            )
        found = database.execute("SELECT name, sql FROM sqlite_master").fetchmany(len(SCHEMA) + 1)
        if len(found) != len(SCHEMA) or dict(found) != SCHEMA:
            raise not_a_take(path)
    except BaseException:
        database.close()
        raise
    return database


def _roll_back_journal(path: Path) -> None:
    """Undo the transaction that a crash cut short, as SQLite does when it may write.

    Raises:
        TakeCorrupt: it cannot be written, or its journal is not one of a take's.
    """
    journal = journal_of(path.resolve())  # beside the file itself, wherever a link to it is
    # A journal can name another file that SQLite then deletes, as databases that are written together do.
    with journal.open("rb") as file:
        file.seek(max(0, journal.stat().st_size - len(_JOURNAL_MAGIC)))
        names_another = file.read() == _JOURNAL_MAGIC
    if names_another:
        raise TakeCorrupt(f"“{journal}” is not the journal of a take: move it away to read “{path.name}” without it.")
    try:
        _open_checked(path, "rw").close()
    except sqlite3.OperationalError as fault:
        raise TakeCorrupt(
            f"The recording of “{path}” was cut short, and it cannot be mended where it is ({fault}): copy it, with "
            f"“{journal.name}” beside it, to a folder that you may write in."
        ) from fault


def journal_of(path: Path) -> Path:
    """Where SQLite keeps what it needs to undo a transaction that a crash cut short."""
    return path.with_name(f"{path.name}-journal")


def check_journal(path: Path) -> None:
    """Raise if SQLite would take a file of the user's for the journal of a take at `path`, and delete it.

    Raises:
        OutputExists.
    """
    journal, size = journal_of(path), len(_JOURNAL_MAGIC)
    if journal.is_file() and journal.stat().st_size > 0:
        with journal.open("rb") as file:
            head = file.read(size)
        if head not in (_JOURNAL_MAGIC, bytes(size)):  # zero until SQLite trusts what follows
            raise OutputExists(f"“{journal}” lies where “{path.name}” keeps its journal: give another name.")


def set_aside(path: Path) -> Path:
    """Move a file, with its journal, to NAME.previous beside it, or to NAME.previous-2 and so on if that is taken.

    Raises:
        OSError: it cannot be moved.
    """
    aside = _reserve_name(path)
    move(path, aside)
    return aside


def move(path: Path, target: Path) -> None:
    """Move a file in the place of another, with its journal if it has one.

    Raises:
        OSError: it cannot be moved.
    """
    path.replace(target)
    with suppress(FileNotFoundError):
        journal_of(path).replace(journal_of(target))


def remove(path: Path) -> None:
    """Delete a file, with its journal if it has one.

    Raises:
        OSError: it cannot be deleted.
    """
    path.unlink(missing_ok=True)
    journal_of(path).unlink(missing_ok=True)


def _reserve_name(path: Path) -> Path:
    """An empty file made beside `path` under a name that nobody had; another program cannot take it meanwhile."""
    number = 1
    while True:
        free = path.with_name(f"{path.name}.previous{'' if number == 1 else f'-{number}'}")
        if not journal_of(free).exists():
            with suppress(FileExistsError):
                free.touch(exist_ok=False)
                return free
        number += 1
