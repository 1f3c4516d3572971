# SPDX-License-Identifier: GPL-3.0-or-later
"""A take: the recorded stream of landmarks, one SQLite file, from which any number of bakes can be made.

It is written with SQLite's rollback journal, two transactions a second: whatever kills the writer, the file (with the
`-journal` beside it) opens again and lacks at most the last second. A clean close leaves the one file.
"""

import json
import sqlite3
import time
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from .errors import OutputExists, OutputUnwritable, TakeClosed, TakeCorrupt, TakeTooNew
from .landmarks import Landmarks, LandmarkTrack
from .outputs import check_output
from .take_format import APPLICATION_ID, COLUMNS, JOURNAL_MAGIC, SCHEMA, VERSION, from_row, journal_of, to_row

COMMIT_SECONDS: Final = 0.5
"""Half of what a crash may cost, as the frame at which a commit is due may come late."""

CALIBRATION: Final = "calibration"
"""Name among a take's settings of the turn w, x, y, z that stands its calibrated performer upright."""
FIELD_OF_VIEW: Final = "field_of_view"
"""Name among a take's settings of the degrees that its camera sees along the longer side, None if nobody knows."""
_HEADER: Final = b"SQLite format 3\0"
_ID_AT: Final = 68  # SQLite's file format: the application id's place in the header


@dataclass(frozen=True)
class TakeInfo:
    """What a take says about itself.

    Attributes:
        source: name of the video, folder or camera.
        size: (width, height) of its first frame, px.
        fps: its nominal frames per second; the frames' own times are exact.
        mirrored: whether frames were flipped left to right before the landmarks were found.
        settings: the settings of the landmark networks, as plain values.
        networks: SHA-256 of each network that was used, by name.
        mimic: version of Mimic that wrote it.
        created: when, ISO 8601 in UTC.
        complete: whether the writer closed it; False after a crash, or while it is being recorded.
        warning: what went wrong without stopping the capture, or None.
    """

    source: str
    size: tuple[int, int]
    fps: float
    mirrored: bool = False
    settings: Mapping[str, Any] = field(default_factory=dict)
    networks: Mapping[str, str] = field(default_factory=dict)
    mimic: str = ""
    created: str = ""
    complete: bool = False
    warning: str | None = None


class TakeWriter:
    """Append landmarks to a new take. Use it in a `with` statement, from one thread at a time.

    With `force`, a file that is there already is set aside as NAME.previous (NAME.previous-2 and so on where that is
    somebody's own file) until this one is closed, and put back by `discard`.

    Raises:
        OutputExists, OutputUnwritable: when made.
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
        self._warning: str | None = None
        self._check_journal()
        self._aside = self._set_aside() if path.exists() else None
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
        }
        try:
            # The live session opens the take on Blender's main thread and fills it from another.
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as fault:
            self._restore()
            raise OutputUnwritable(f"“{path}” cannot be written ({fault}): choose another folder.") from fault
        try:
            self._create(info)
        except sqlite3.Error as fault:
            self._db.close()
            self._restore()
            raise OutputUnwritable(f"“{path}” cannot be written ({fault}): choose another folder.") from fault
        self._open = True
        self._committed = time.monotonic()

    def _check_journal(self) -> None:
        """Raise if SQLite would take a file of the user's for its own journal, and delete it."""
        journal = journal_of(self.path)
        if journal.is_file() and journal.stat().st_size > 0:
            with journal.open("rb") as file:
                head = file.read(len(JOURNAL_MAGIC))
            if head not in (JOURNAL_MAGIC, bytes(len(JOURNAL_MAGIC))):  # zero until SQLite trusts what follows
                raise OutputExists(f"“{journal}” lies where “{self.path.name}” keeps its journal: give another name.")

    def _set_aside(self) -> Path:
        try:
            aside = _free_beside(self.path)
            self.path.replace(aside)
            if journal_of(self.path).exists():
                journal_of(self.path).replace(journal_of(aside))
        except OSError as fault:
            raise OutputUnwritable(
                f"“{self.path}” cannot be replaced ({fault.strerror}): close what uses it, or give another name."
            ) from fault
        return aside

    def _create(self, info: Mapping[str, Any]) -> None:
        self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        self._db.execute(f"PRAGMA user_version = {VERSION}")
        self._db.execute("BEGIN")
        for statement in SCHEMA:
            self._db.execute(statement)
        for name, value in info.items():
            self._db.execute("INSERT INTO about VALUES (?, ?)", (name, json.dumps(value, default=str)))
        self._db.execute("COMMIT")

    def add(self, frame: Landmarks) -> None:
        """Append one frame. It is safe on disk a second later at most.

        Raises:
            OutputUnwritable: the disk is full, or the folder is gone; what was committed stays.
        """
        try:
            if not self._db.in_transaction:
                self._db.execute("BEGIN")
            self._db.execute(
                f"INSERT INTO frame ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                to_row(frame),
            )
            self.frame_count += 1
            if time.monotonic() - self._committed >= COMMIT_SECONDS:
                self._db.execute("COMMIT")
                self._committed = time.monotonic()
        except sqlite3.Error as fault:
            raise self._full(fault) from fault

    def _full(self, fault: sqlite3.Error) -> OutputUnwritable:
        return OutputUnwritable(
            f"“{self.path}” could not be written on after {self.frame_count} frames ({fault}): make room on the disk; "
            "what came a second before is kept."
        )

    def warn(self, sentence: str) -> None:
        """Store in the take what went wrong without stopping the capture."""
        self._warning = sentence

    def close(self) -> None:
        """Mark the take complete and leave one file. Closing twice does no harm.

        Raises:
            OutputUnwritable: the disk is full; all but the last second is kept.
        """
        if not self._open:
            return
        self._open = False
        try:
            with closing(self._db):
                if not self._db.in_transaction:
                    self._db.execute("BEGIN")
                for name, value in (("complete", True), ("warning", self._warning)):
                    self._db.execute("UPDATE about SET value = ? WHERE name = ?", (json.dumps(value), name))
                self._db.execute("COMMIT")
        except sqlite3.Error as fault:
            raise self._full(fault) from fault
        if self._aside is not None:
            self._aside.unlink(missing_ok=True)
            journal_of(self._aside).unlink(missing_ok=True)

    def discard(self) -> None:
        """Throw the take away, and put back the one it was to replace. After closing it does nothing."""
        if not self._open:
            return
        self._open = False
        self._db.close()
        self._restore()

    def _restore(self) -> None:
        self.path.unlink(missing_ok=True)
        journal_of(self.path).unlink(missing_ok=True)
        if self._aside is not None:
            self._aside.replace(self.path)
            if journal_of(self._aside).exists():
                journal_of(self._aside).replace(journal_of(self.path))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Take:
    """A recorded take, open for reading. Use it in a `with` statement, from the thread that opened it."""

    def __init__(self, path: Path, *, database: sqlite3.Connection, info: TakeInfo) -> None:
        self.path = path
        self.info = info
        self._db = database
        self._closed = False

    @classmethod
    def open(cls, path: Path) -> "Take":
        """Open a take, whole, unfinished after a crash, or being recorded now.

        Raises:
            TakeCorrupt: there is no such file, or it is not a take, or it is damaged.
            TakeTooNew: a later Mimic wrote it.
        """
        if not path.is_file():
            raise TakeCorrupt(f"There is no take “{path}”: check the spelling and the folder.")
        # Not mode=ro: after a crash SQLite must be free to roll back what the journal beside the take holds.
        database = sqlite3.connect(f"{path.resolve().as_uri()}?mode=rw", uri=True)
        try:
            info = _read_info(path, database)
        except (sqlite3.Error, ValueError, TypeError) as fault:
            database.close()
            raise _corrupt(path) from fault
        except (TakeCorrupt, TakeTooNew):
            database.close()
            raise
        return cls(path, database=database, info=info)

    @property
    def frame_count(self) -> int:
        """How many frames it holds."""
        # Frames are numbered from 1; counting them would read the whole file.
        return int(self._query("SELECT coalesce(max(number), 0) FROM frame")[0][0])

    @property
    def duration(self) -> float:
        """Seconds from its first frame's time to its last's."""
        # By number, which the file is sorted by; looking for the least time would read all of it.
        ends = [self._query(f"SELECT time FROM frame ORDER BY number {way} LIMIT 1") for way in ("ASC", "DESC")]
        return float(ends[1][0][0] - ends[0][0][0]) if ends[0] else 0.0

    @property
    def has_face(self) -> bool:
        """Whether any frame has a face."""
        return bool(self._query("SELECT EXISTS (SELECT 1 FROM frame WHERE face IS NOT NULL)")[0][0])

    def frames(self) -> Iterator[Landmarks]:
        """Read the frames one by one, in the order of their recording; arrays have float32's precision.

        Raises:
            TakeCorrupt: a frame is damaged; those before it have been given.
            TakeClosed: the take was closed before or meanwhile.
        """
        rows = self._rows(f"SELECT {COLUMNS} FROM frame ORDER BY number")
        for row in rows:
            yield from_row(row)

    def track(self) -> LandmarkTrack:
        """All frames as arrays. Raises as `frames`."""
        return LandmarkTrack.of(list(self.frames()))

    def _rows(self, statement: str) -> Iterator[tuple[Any, ...]]:
        if self._closed:
            raise self._was_closed()
        try:
            yield from self._db.execute(statement)
        except sqlite3.ProgrammingError as fault:
            if self._closed:
                raise self._was_closed() from fault
            raise  # asked by another thread: our fault, not the file's
        except sqlite3.Error as fault:
            raise _corrupt(self.path) from fault

    def _query(self, statement: str) -> list[tuple[Any, ...]]:
        return list(self._rows(statement))

    def _was_closed(self) -> TakeClosed:
        return TakeClosed(f"The take “{self.path}” is closed: read it before its `with` block ends, or open it again.")

    def close(self) -> None:
        """Close the file. Closing twice does no harm."""
        self._closed = True
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def recover(path: Path) -> int:
    """Mark a take that a crash left unfinished as complete. Returns how many frames it has.

    Raises:
        TakeCorrupt: it is damaged, or is being recorded by someone.
        TakeTooNew: a later Mimic wrote it.
    """
    with Take.open(path) as take:
        frames = take.frame_count
    try:
        # Whoever records holds the file's lock all the time, and is not waited for.
        with closing(sqlite3.connect(path, timeout=0.0)) as database, database:
            database.execute("UPDATE about SET value = ? WHERE name = ?", (json.dumps(True), "complete"))
    except sqlite3.OperationalError as fault:
        raise TakeCorrupt(f"“{path}” cannot be finished ({fault}): it is being recorded, or is read-only.") from fault
    return frames


def is_take(path: Path) -> bool:
    """Whether the file begins as a take does; tells a take from a video without opening either."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(_ID_AT + 4)
    return head.startswith(_HEADER) and head[_ID_AT:] == APPLICATION_ID.to_bytes(4, "big")


def _free_beside(path: Path) -> Path:
    """An empty file made beside `path` under a name that nobody had; another program cannot take it meanwhile."""
    number = 1
    while True:
        free = path.with_name(f"{path.name}.previous{'' if number == 1 else f'-{number}'}")
        if not journal_of(free).exists():
            with suppress(FileExistsError):
                free.touch(exist_ok=False)
                return free
        number += 1


def _corrupt(path: Path) -> TakeCorrupt:
    return TakeCorrupt(f"“{path}” is not a take, or is a damaged one: give a file that `mimic capture` wrote.")


def _read_info(path: Path, database: sqlite3.Connection) -> TakeInfo:
    if database.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise _corrupt(path)
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise TakeTooNew(
            f"“{path}” was written by a later Mimic (take format {version}, this one reads {VERSION}): update Mimic."
        )
    values = {name: json.loads(value) for name, value in database.execute("SELECT name, value FROM about")}
    width, height = values["size"]
    known = {name: value for name, value in values.items() if name in {item.name for item in fields(TakeInfo)}}
    return TakeInfo(**{**known, "size": (int(width), int(height))})


def _own_version() -> str:
    manifest = Path(__file__).resolve().parent.parent / "blender_manifest.toml"
    return str(tomllib.loads(manifest.read_text(encoding="utf-8"))["version"])
