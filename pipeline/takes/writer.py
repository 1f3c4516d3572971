# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing a take while it is recorded."""

import json
import sqlite3
import time
import tomllib
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from ...models.body.motion import Vertical
from ..errors import OutputUnwritable
from ..landmarks.data import Landmarks, PoseLandmarks
from ..outputs import check_output
from .file import check_journal, create, lock, move, remove, set_aside
from .format import COLUMNS, PEOPLE, pack_pose, to_parts, to_row

COMMIT_SECONDS: Final = 0.5
"""Half of the second that a crash may lose, because a commit waits for the next frame."""


class TakeWriter:
    """Appends landmarks to a new take. Use it in a `with` statement, from one thread at a time.

    With `force`, an existing file is kept as NAME.previous (NAME.previous-2 and so on if that exists) until this take
    is closed; `discard` moves it back.

    Raises:
        OutputExists, OutputUnwritable: when it is created.
    """

    def __init__(
        self,
        path: Path,
        *,
        source: str,
        size: tuple[int, int],
        fps: float,
        mirrored: bool = False,
        settings: Mapping[str, Any] | None = None,
        networks: Mapping[str, str] | None = None,
        force: bool = False,
    ) -> None:
        check_output(path, force=force)
        self.path = path
        self.frame_count = 0
        self._others = 0
        self._people = {0}
        self._rechecks = 0
        self._verticals: tuple[Vertical, ...] = ()
        self._warning: str | None = None
        check_journal(path)
        try:
            self._aside = set_aside(path) if path.exists() else None
        except OSError as fault:
            raise OutputUnwritable(
                f"“{path}” cannot be replaced ({fault.strerror}): close what uses it or choose another name."
            ) from fault
        info = {
            "source": source,
            "size": size,
            "fps": fps,
            "mirrored": mirrored,
            "settings": dict(settings or {}),
            "networks": dict(networks or {}),
            "mimic": _own_version(),
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "complete": False,
            "warning": None,
            "verticals": [],
            PEOPLE: [0],
        }
        try:
            self._db = create(path, info)
        except sqlite3.Error as fault:
            self._restore()
            raise OutputUnwritable(f"“{path}” cannot be written ({fault}): choose another folder.") from fault
        self._open = True
        self._committed = time.monotonic()

    def add(self, frame: Landmarks, others: Sequence[Landmarks] = ()) -> None:
        """Append one frame, with poses as they were found. It is committed to disk within a second.

        Args:
            frame: what was found of person 0.
            others: what was found of the other people in the same frame, in order of their numbers.

        Raises:
            OutputUnwritable: the disk is full, or the folder is gone; committed frames stay.
        """
        try:
            self._relock()
            self._db.execute(
                f"INSERT INTO frame ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                to_row(frame),
            )
            self.frame_count += 1
            for other in others:
                self._others += 1
                row = self._others, self.frame_count, other.person, *to_parts(other)
                self._db.execute("INSERT INTO other VALUES (?, ?, ?, ?, ?, ?, ?)", row)
                if other.person not in self._people:
                    self._people.add(other.person)
                    self._state(PEOPLE, sorted(self._people))
            if time.monotonic() - self._committed >= COMMIT_SECONDS:
                self._db.execute("COMMIT")
                self._committed = time.monotonic()
                lock(self._db)
        except sqlite3.Error as fault:
            raise self._write_error(fault) from fault

    def recheck(self, number: int, person: int, pose: PoseLandmarks) -> None:
        """Add what the heavy network found in a frame, numbered from 1, whose sides or limbs are in doubt.

        Raises:
            OutputUnwritable: as for `add`.
        """
        try:
            self._relock()
            self._rechecks += 1
            row = self._rechecks, number, person, pack_pose(pose)
            self._db.execute("INSERT INTO recheck VALUES (?, ?, ?, ?)", row)
        except sqlite3.Error as fault:
            raise self._write_error(fault) from fault

    def _state(self, name: str, value: object) -> None:
        """Change a fact about the take, in the same transaction as what was added to it."""
        self._db.execute("UPDATE about SET value = ? WHERE name = ?", (json.dumps(value), name))

    def _relock(self) -> None:
        """Lock the take again if SQLite ended its transaction, as it does when the disk is full."""
        if not self._db.in_transaction:
            lock(self._db)

    def _write_error(self, fault: sqlite3.Error) -> OutputUnwritable:
        return OutputUnwritable(
            f"Recording to “{self.path}” stopped after {self.frame_count} frames ({fault}): free some disk space; all "
            "but the last second was kept."
        )

    def warn(self, sentence: str) -> None:
        """Store in the take a sentence about a problem that did not stop the capture."""
        self._warning = sentence

    def set_verticals(self, verticals: Sequence[Vertical]) -> None:
        """Store what the pictures show of the vertical, when the take is closed."""
        self._verticals = tuple(verticals)

    def close(self) -> None:
        """Mark the take as complete and close it. May be called twice.

        Raises:
            OutputUnwritable: the disk is full; all but the last second is kept.
        """
        if not self._open:
            return
        self._open = False
        try:
            with closing(self._db):
                self._relock()
                verticals = [[each.source, list(map(float, each.up)), float(each.doubt)] for each in self._verticals]
                for name, value in (("complete", True), ("warning", self._warning), ("verticals", verticals)):
                    self._state(name, value)
                self._db.execute("COMMIT")
        except sqlite3.Error as fault:
            raise self._write_error(fault) from fault
        if self._aside is not None:
            remove(self._aside)

    def discard(self) -> None:
        """Delete the take, and move back the file that it was to replace. Does nothing after `close`."""
        if not self._open:
            return
        self._open = False
        self._db.close()
        self._restore()

    def _restore(self) -> None:
        remove(self.path)
        if self._aside is not None:
            move(self._aside, self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _own_version() -> str:
    manifest = Path(__file__).resolve().parents[2] / "blender_manifest.toml"
    return str(tomllib.loads(manifest.read_text(encoding="utf-8"))["version"])
