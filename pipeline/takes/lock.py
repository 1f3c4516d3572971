# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether a take is being recorded now: who records holds the lock of its file from the first frame to the last."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

_HELD: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def is_being_recorded(path: Path) -> bool:
    """Whether somebody, in this program or another, is writing the take at `path`.

    Call it for a file that `Take.open` has found good: it asks SQLite for the lock and gives it back, which writes
    nothing. A file that cannot be asked is nobody's.
    """
    place = path.absolute().as_posix()
    # Three slashes before Windows's drives, four before its network shares.
    uri = f"file://{'' if place.startswith('/') else '/'}{quote(place)}?mode=rw"
    try:
        with closing(sqlite3.connect(uri, uri=True, timeout=0.0, isolation_level=None)) as database:
            database.execute("BEGIN IMMEDIATE")
            database.execute("ROLLBACK")
    except sqlite3.Error as fault:
        return getattr(fault, "sqlite_errorcode", None) in _HELD  # errors of Python's own have no code
    return False
