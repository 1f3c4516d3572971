# SPDX-License-Identifier: GPL-3.0-or-later
"""Detect whether a take is being recorded: a recorder holds the file's lock from the first frame to the last."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from .file import database_uri

_HELD: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_being_recorded(path: Path) -> bool:
    """Whether this or another program is writing the take at `path`.

    Call it only for a file that `Take.open` accepts: it acquires SQLite's lock and releases it, which writes nothing.
    Returns False for a file that cannot be opened.
    """
    try:
        with closing(
            sqlite3.connect(database_uri(path, "rw"), uri=True, timeout=0.0, isolation_level=None)
        ) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("ROLLBACK")
    except sqlite3.Error as fault:
        return getattr(fault, "sqlite_errorcode", None) in _HELD  # absent in Python's own errors
    return False
