# SPDX-License-Identifier: GPL-3.0-or-later
"""The file of a take that is being written: its transactions, its cameras' tables, and the file that it replaces."""

import sqlite3
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from ..errors import OutputUnwritable, TooManyCameras
from ..outputs import check_output
from .file import check_journal, create, insert_facts, lock, move, remove, set_aside
from .format import ONE_CAMERA_VERSION, SCHEMA, VERSION, schema, table_of
from .geometry import MAX_CAMERAS

COMMIT_SECONDS: Final = 0.5
"""Half of the second that a crash may lose, because a commit waits for the next frame."""


class TakeFile:
    """The file of a take that is being written, and the file that it replaces.

    Attributes:
        path: the take.
        database: the connection to it, which holds its lock.
        guard: held by whoever uses the connection, as cameras may be recorded by a thread each.
    """

    def __init__(self, path: Path, info: Mapping[str, Any], *, force: bool) -> None:
        check_output(path, force=force)
        self.path = path
        self.guard = threading.RLock()
        self._cameras = 1
        check_journal(path)
        try:
            self._aside = set_aside(path) if path.exists() else None
        except OSError as fault:
            raise OutputUnwritable(
                f"“{path}” cannot be replaced ({fault.strerror}): close what uses it or choose another name."
            ) from fault
        try:
            self.database = create(path, info)
        except sqlite3.Error as fault:
            self.restore_previous()
            raise OutputUnwritable(f"“{path}” cannot be written ({fault}): choose another folder.") from fault
        self._committed = time.monotonic()

    def commit_now_and_then(self) -> None:
        """Commit what was written, if the last commit is `COMMIT_SECONDS` ago."""
        if time.monotonic() - self._committed >= COMMIT_SECONDS:
            self.database.execute("COMMIT")
            self._committed = time.monotonic()
            lock(self.database)

    def relock(self) -> None:
        """Lock the take again if SQLite ended its transaction, as it does when the disk is full."""
        if not self.database.in_transaction:
            lock(self.database)

    def add_camera(self, info: Mapping[str, Any]) -> int:
        """Create the tables of another camera, and return its number."""
        if self._cameras == MAX_CAMERAS:
            raise TooManyCameras(f"A take holds no more than {MAX_CAMERAS} cameras: leave out some of them.")
        number = self._cameras
        known = schema(VERSION, number)
        for name, statement in schema(VERSION, number + 1).items():
            if name not in known:
                self.database.execute(statement)
        insert_facts(self.database, table_of("about", number), info)
        self.database.execute(f"PRAGMA user_version = {VERSION}")
        self._cameras += 1
        return number

    def remove_camera(self, number: int) -> None:
        """Delete the tables of a camera; only what is in them if there are later cameras, which keep their numbers."""
        if number < self._cameras - 1:
            for name in SCHEMA.keys() - {"about"}:
                self.database.execute(f"DELETE FROM {table_of(name, number)}")
            return
        for name in SCHEMA:
            self.database.execute(f"DROP TABLE {table_of(name, number)}")
        self._cameras -= 1
        if self._cameras == 1:
            self.database.execute(f"PRAGMA user_version = {ONE_CAMERA_VERSION}")

    def forget_previous(self) -> None:
        """Delete the file that the take replaces."""
        if self._aside is not None:
            remove(self._aside)

    def restore_previous(self) -> None:
        """Delete the take, and move back the file that it was to replace."""
        remove(self.path)
        if self._aside is not None:
            move(self._aside, self.path)
