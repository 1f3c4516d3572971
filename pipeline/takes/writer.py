# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing a take while it is recorded."""

import json
import sqlite3
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ...models.body.motion import Vertical
from ..errors import OutputUnwritable
from ..landmarks.data import Landmarks, PoseLandmarks
from .format import COLUMNS, PEOPLE, pack_pose, table_of, to_parts, to_row
from .new_file import TakeFile


class CameraWriter:
    """Appends what one camera sees to a take. Made by `TakeWriter.camera`; use it in a `with` statement.

    Attributes:
        path: the take.
        frame_count: number of frames written.
    """

    def __init__(self, file: "TakeFile", number: int) -> None:
        self.path = file.path
        self.frame_count = 0
        self._file = file
        self._number = number
        self._others = 0
        self._people = {0}
        self._rechecks = 0
        self._verticals: tuple[Vertical, ...] = ()
        self._warning: str | None = None
        self._open = True

    @property
    def _db(self) -> sqlite3.Connection:
        return self._file.database

    def add(self, frame: Landmarks, others: Sequence[Landmarks] = ()) -> None:
        """Append one frame, with poses as they were found. It is committed to disk within a second.

        Args:
            frame: what was found of person 0.
            others: what was found of the other people in the same frame, in order of their numbers.

        Raises:
            OutputUnwritable: the disk is full, or the folder is gone; committed frames stay.
        """
        with self._written():
            self._db.execute(
                f"INSERT INTO {self._table('frame')} ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                to_row(frame),
            )
            self.frame_count += 1
            for other in others:
                self._others += 1
                row = self._others, self.frame_count, other.person, *to_parts(other)
                self._db.execute(f"INSERT INTO {self._table('other')} VALUES (?, ?, ?, ?, ?, ?, ?)", row)
                if other.person not in self._people:
                    self._people.add(other.person)
                    self._state(PEOPLE, sorted(self._people))
            self._file.commit_now_and_then()

    def recheck(self, number: int, person: int, pose: PoseLandmarks) -> None:
        """Add what the heavy network found in a frame, numbered from 1, whose sides or limbs are in doubt.

        Raises:
            OutputUnwritable: as for `add`.
        """
        with self._written():
            self._rechecks += 1
            row = self._rechecks, number, person, pack_pose(pose)
            self._db.execute(f"INSERT INTO {self._table('recheck')} VALUES (?, ?, ?, ?)", row)

    def forget(self, person: int, *, instead: int | None = None) -> tuple[int, int, int, int]:
        """Delete all that was recorded of somebody who turned out to be a picture.

        Returns the numbers of frames in which person 0 has a body, a left hand, a right hand and a face now.

        Args:
            person: their number, which nobody else gets, unless it is 0.
            instead: number of whoever is person 0 in their place.

        Raises:
            OutputUnwritable: as for `add`.
        """
        parts = "pose, left_hand, right_hand, face"
        with self._written():
            frames, others, rechecks = map(self._table, ("frame", "other", "recheck"))
            self._db.execute(f"DELETE FROM {rechecks} WHERE person = ?", (person,))
            if person == 0:
                found = f"SELECT {parts} FROM {others} WHERE {others}.frame = {frames}.number AND person = ?"
                # No row gives NULL, as for a frame in which nobody was found.
                self._db.execute(f"UPDATE {frames} SET ({parts}) = ({found})", (instead,))
                self._db.execute(f"UPDATE {rechecks} SET person = 0 WHERE person = ?", (instead,))
            gone = instead if person == 0 else person
            self._db.execute(f"DELETE FROM {others} WHERE person = ?", (gone,))
            self._people.discard(-1 if gone is None else gone)
            self._state(PEOPLE, sorted(self._people))
            counts = ", ".join(f"count({part})" for part in parts.split(", "))
            body, left, right, face = self._db.execute(f"SELECT {counts} FROM {frames}").fetchone()
        return body, left, right, face

    def _state(self, name: str, value: object) -> None:
        """Change a fact about the take, in the same transaction as what was added to it."""
        self._db.execute(f"UPDATE {self._table('about')} SET value = ? WHERE name = ?", (json.dumps(value), name))

    def _table(self, name: str) -> str:
        return table_of(name, self._number)

    @contextmanager
    def _written(self) -> Iterator[None]:
        """Write in a block, while no other camera of the take writes; raises OutputUnwritable if that fails."""
        try:
            with self._file.guard:
                self._file.relock()
                yield
        except sqlite3.Error as fault:
            raise self._write_error(fault) from fault

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
        """Mark what the camera saw as complete. May be called twice.

        Raises:
            OutputUnwritable: the disk is full; all but the last second is kept.
        """
        if not self._open:
            return
        self._open = False
        with self._written():
            self._state_end()

    def _state_end(self) -> None:
        verticals = [[each.source, list(map(float, each.up)), float(each.doubt)] for each in self._verticals]
        for name, value in (("complete", True), ("warning", self._warning), ("verticals", verticals)):
            self._state(name, value)

    def discard(self) -> None:
        """Delete what the camera saw; the take stays, and the camera too if there are later ones, but empty.

        Does nothing after `close`.

        Raises:
            OutputUnwritable: as for `add`.
        """
        if not self._open:
            return
        self._open = False
        with self._written():
            self._file.remove_camera(self._number)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class TakeWriter(CameraWriter):
    """Appends landmarks to a new take. Use it in a `with` statement, from one thread at a time for each camera.

    It writes what the first camera sees; `camera` adds another one.

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
        info = _facts(source, size, fps, mirrored=mirrored, settings=settings, networks=networks)
        super().__init__(TakeFile(path, info, force=force), 0)

    def camera(
        self,
        *,
        source: str,
        size: tuple[int, int],
        fps: float,
        mirrored: bool = False,
        settings: Mapping[str, Any] | None = None,
        networks: Mapping[str, str] | None = None,
    ) -> CameraWriter:
        """Add another camera to the take, and return what writes its frames.

        Args:
            source, size, fps, mirrored, settings, networks: as for the take, of this camera.

        Raises:
            TooManyCameras: there are `MAX_CAMERAS` already.
            OutputUnwritable: as for `add`.
        """
        info = _facts(source, size, fps, mirrored=mirrored, settings=settings, networks=networks)
        with self._written():
            return CameraWriter(self._file, self._file.add_camera(info))

    def close(self) -> None:
        """Mark the take as complete and close it. May be called twice.

        Raises:
            OutputUnwritable: the disk is full; all but the last second is kept.
        """
        if not self._open:
            return
        self._open = False
        with closing(self._db), self._written():
            self._state_end()
            self._db.execute("COMMIT")
        self._file.forget_previous()

    def discard(self) -> None:
        """Delete the take, and move back the file that it was to replace. Does nothing after `close`."""
        if not self._open:
            return
        self._open = False
        self._db.close()
        self._file.restore_previous()


def _facts(
    source: str,
    size: tuple[int, int],
    fps: float,
    *,
    mirrored: bool,
    settings: Mapping[str, Any] | None,
    networks: Mapping[str, str] | None,
) -> dict[str, Any]:
    """Return the metadata of a camera's stream that is about to be written."""
    return {
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


def _own_version() -> str:
    manifest = Path(__file__).resolve().parents[2] / "blender_manifest.toml"
    return str(tomllib.loads(manifest.read_text(encoding="utf-8"))["version"])
