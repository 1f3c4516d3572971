# SPDX-License-Identifier: GPL-3.0-or-later
"""A take as a file, with SQLite's journal beside it: recognize, create, open, move and delete it.

A take may come from an untrusted source, so its contents are treated as data: it is opened read-only, may only have
the tables of a take and nothing that executes (views, triggers, generated columns), and no value is read that is
longer than those of a take.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote
from weakref import WeakValueDictionary

from ..errors import OutputExists, TakeCorrupt, TakeTooNew
from .format import APPLICATION_ID, CAMERAS, CAMERAS_SAID, ONE_CAMERA_VERSION, SCHEMA, VERSION, schema
from .geometry import MAX_CAMERAS, CameraGeometry, write_cameras

_HEADER: Final = b"SQLite format 3\0"  # this and the offsets below: SQLite's file format
_JOURNAL_MODES_AT: Final = 18
_ID_AT: Final = 68
_JOURNAL_MAGIC: Final = bytes.fromhex("d9d505f920a163d7")
_MAX_VALUE_BYTES: Final = 2**16  # settings are the longest values; a face has 6 KB


class _Writer(sqlite3.Connection):
    """A connection that supports weak references."""


_WRITERS: Final[WeakValueDictionary[tuple[int, int], _Writer]] = WeakValueDictionary()
"""The takes that this process is writing, by device and inode. They are state of the process because POSIX locks are:
closing a file releases all locks of the process on its inode (SQLite, "How To Corrupt An SQLite Database File")."""


def has_header(path: Path) -> bool:
    """Whether the file has the header of a take. True for a take that this process is writing, without opening it.

    Raises:
        OSError: the file cannot be read.
    """
    if _identity(path) in _WRITERS:
        return True
    with path.open("rb", buffering=0) as file:
        head = file.read(_ID_AT + 4)
    return (
        head.startswith(_HEADER)
        and head[_ID_AT:] == APPLICATION_ID.to_bytes(4, "big")
        # Reading a database in WAL mode would need a log to be written beside it.
        and head[_JOURNAL_MODES_AT : _JOURNAL_MODES_AT + 2] == b"\1\1"
    )


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def database_uri(path: Path, mode: Literal["ro", "rw"]) -> str:
    """Return the URI with which SQLite opens an existing file."""
    place = path.absolute().as_posix()
    # Three slashes before a Windows drive, four before a network share.
    return f"file://{'' if place.startswith('/') else '/'}{quote(place)}?mode={mode}"


def create(path: Path, info: Mapping[str, Any]) -> sqlite3.Connection:
    """Create a take with the given info, and lock it.

    The connection does not commit by itself, and may be used from any thread.

    Raises:
        sqlite3.Error: it cannot be written; the caller must delete an incomplete file.
    """
    # A live session may create the take in one thread and write it in another.
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=_Writer)
    try:
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        database.execute(f"PRAGMA user_version = {ONE_CAMERA_VERSION}")
        database.execute("BEGIN")
        for statement in SCHEMA.values():
            database.execute(statement)
        insert_facts(database, "about", info)
        database.execute("COMMIT")
        lock(database)
        _WRITERS[_identity(path)] = database
    except BaseException:
        database.close()
        raise
    return database


def insert_facts(database: sqlite3.Connection, table: str, info: Mapping[str, Any]) -> None:
    """Write the metadata of a new take, or of a camera's stream in it, into its table.

    Raises:
        sqlite3.Error: it cannot be written.
    """
    for name, value in info.items():
        database.execute(f"INSERT INTO {table} VALUES (?, ?)", (name, json.dumps(value, default=str)))


def lock(database: sqlite3.Connection) -> None:
    """Begin a transaction as its only writer. Others can read; `lock.is_being_recorded` tells them of it.

    Raises:
        sqlite3.Error: another program writes the take.
    """
    database.execute("BEGIN IMMEDIATE")


def open_to_read(path: Path) -> sqlite3.Connection:
    """Open an existing take read-only. It is written only to roll back a journal that a crash left behind.

    Raises:
        TakeCorrupt, TakeTooNew: it is not a take, or a take of a later version.
        OSError, ValueError, sqlite3.Error: it cannot be read.
    """
    if not has_header(path):
        raise not_a_take(path)
    try:
        return _open_checked(path, "ro")
    except sqlite3.OperationalError as fault:
        if (
            getattr(fault, "sqlite_errorcode", None) != sqlite3.SQLITE_READONLY_ROLLBACK
        ):  # absent in Python's own errors
            raise
    _roll_back_journal(path)
    return _open_checked(path, "ro")


def mark_complete(path: Path) -> None:
    """Mark a valid take as complete.

    Raises:
        TakeCorrupt, TakeTooNew, ValueError, sqlite3.Error: as `open_to_read`, or the take is being recorded.
    """
    # No timeout, because a recorder holds the file's lock all the time.
    with closing(_open_checked(path, "rw", timeout=0.0)) as database, database:
        database.execute("UPDATE about SET value = ? WHERE name = ?", (json.dumps(True), "complete"))


def store_cameras(path: Path, cameras: Sequence[CameraGeometry], *, said: str = "") -> None:
    """Keep the geometry of a complete take's cameras in it, instead of what it has of them.

    Args:
        path: the take.
        cameras: one for each of its cameras; none if they could not be found.
        said: how well they were found, or why they were not, in words.

    Raises:
        TakeCorrupt, TakeTooNew: it is not a take, or is being recorded.
    """
    try:
        with closing(_open_checked(path, "rw", timeout=0.0)) as database, database:
            facts = {CAMERAS: write_cameras(cameras), CAMERAS_SAID: said}
            rows = [(name, json.dumps(value)) for name, value in facts.items()]
            database.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", rows)
    except (OSError, sqlite3.Error, ValueError) as fault:
        raise TakeCorrupt(
            f"The cameras cannot be kept in “{path}” ({fault}), because it is being recorded or is read-only."
        ) from fault


def not_a_take(path: Path) -> TakeCorrupt:
    """Return the error for a file that cannot be read as a take."""
    return TakeCorrupt(f"“{path}” is not a take, or is damaged: choose a file that was recorded with Mimic.")


def _open_checked(path: Path, mode: Literal["ro", "rw"], *, timeout: float = 5.0) -> sqlite3.Connection:
    database = sqlite3.connect(database_uri(path, mode), uri=True, timeout=timeout)
    try:
        # SQLite refuses longer values before allocating memory for them.
        database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _MAX_VALUE_BYTES)
        for pragma in ("trusted_schema = OFF", "cell_size_check = ON", *(["query_only = ON"] if mode == "ro" else [])):
            database.execute(f"PRAGMA {pragma}")
        version = database.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise TakeTooNew(
                f"“{path}” was written by a later version of Mimic (take format {version}, this version reads "
                f"{VERSION}): update Mimic."
            )
        found = database.execute("SELECT name, sql FROM sqlite_master").fetchmany(len(SCHEMA) * MAX_CAMERAS + 1)
        cameras = max(1, len(found) // len(SCHEMA)) if version == VERSION else 1
        tables = schema(version, cameras)
        if len(found) != len(tables) or dict(found) != tables:
            raise not_a_take(path)
    except BaseException:
        database.close()
        raise
    return database


def _roll_back_journal(path: Path) -> None:
    """Roll back the transaction that a crash interrupted, by opening the take with write access.

    Raises:
        TakeCorrupt: the take cannot be written, or its journal is not that of a take.
    """
    journal = journal_of(path.resolve())  # beside the file itself, not beside a link to it
    # The journal of databases that are committed together names another file, which SQLite would then delete.
    with journal.open("rb") as file:
        file.seek(max(0, journal.stat().st_size - len(_JOURNAL_MAGIC)))
        names_another = file.read() == _JOURNAL_MAGIC
    if names_another:
        raise TakeCorrupt(f"“{journal}” is not the journal of a take: move it away to read “{path.name}” without it.")
    try:
        _open_checked(path, "rw").close()
    except sqlite3.OperationalError as fault:
        raise TakeCorrupt(
            f"The recording of “{path}” was cut short, and it cannot be repaired in this folder ({fault}): copy it "
            f"together with “{journal.name}” to a folder where you can write."
        ) from fault


def journal_of(path: Path) -> Path:
    """Return the path of the journal from which SQLite rolls back an interrupted transaction."""
    return path.with_name(f"{path.name}-journal")


def check_journal(path: Path) -> None:
    """Check that SQLite would not mistake a user's file for the journal of a take at `path`, and delete it.

    Raises:
        OutputExists: such a file exists.
    """
    journal, size = journal_of(path), len(_JOURNAL_MAGIC)
    if journal.is_file() and journal.stat().st_size > 0:
        with journal.open("rb") as file:
            head = file.read(size)
        if head not in (_JOURNAL_MAGIC, bytes(size)):  # zeros until SQLite has written the rest
            raise OutputExists(
                f"“{journal}” exists, but “{path.name}” needs that name for its journal: choose another name."
            )


def set_aside(path: Path) -> Path:
    """Move a file with its journal to NAME.previous beside it, or to NAME.previous-2 and so on if that exists.

    Raises:
        OSError: it cannot be moved.
    """
    aside = _reserve_name(path)
    move(path, aside)
    return aside


def move(path: Path, target: Path) -> None:
    """Move a file, and its journal if it has one, to `target`, replacing what is there.

    Raises:
        OSError: it cannot be moved.
    """
    path.replace(target)
    with suppress(FileNotFoundError):
        journal_of(path).replace(journal_of(target))


def remove(path: Path) -> None:
    """Delete a file, and its journal if it has one.

    Raises:
        OSError: it cannot be deleted.
    """
    path.unlink(missing_ok=True)
    journal_of(path).unlink(missing_ok=True)


def _reserve_name(path: Path) -> Path:
    """Create an empty file beside `path` under an unused name, so that no other program takes that name meanwhile."""
    number = 1
    while True:
        free = path.with_name(f"{path.name}.previous{'' if number == 1 else f'-{number}'}")
        if not journal_of(free).exists():
            with suppress(FileExistsError):
                free.touch(exist_ok=False)
                return free
        number += 1
