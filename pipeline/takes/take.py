# SPDX-License-Identifier: GPL-3.0-or-later
"""A take: recorded landmarks in one SQLite file, which can be baked any number of times.

It is written with SQLite's rollback journal, in two transactions per second: after a crash, the file (with the
`-journal` beside it) can be opened again and lacks at most the last second. A clean close leaves a single file.
"""

import json
import sqlite3
import time
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from ..errors import OutputUnwritable, TakeClosed, TakeCorrupt, TakeTooLong
from ..landmarks.data import Landmarks, LandmarkTrack
from ..outputs import check_output
from .file import (
    check_journal,
    create,
    has_header,
    lock,
    mark_complete,
    move,
    not_a_take,
    open_to_read,
    remove,
    set_aside,
)
from .format import (
    CALIBRATION,
    COLUMNS,
    FIELD_OF_VIEW,
    MIN_ROW_BYTES,
    NEUTRAL_FACE,
    TakeInfo,
    checked_time,
    from_row,
    read_info,
    to_row,
)

__all__ = ["CALIBRATION", "FIELD_OF_VIEW", "NEUTRAL_FACE", "Take", "TakeInfo", "TakeWriter", "is_take", "recover"]

COMMIT_SECONDS: Final = 0.5
"""Half of the second that a crash may lose, because a commit waits for the next frame."""

MAX_FRAMES: Final = 648_000
"""Six hours at 30 frames per second: 3 GB as arrays."""
MAX_SECONDS: Final = 86_400.0


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
        }
        try:
            self._db = create(path, info)
        except sqlite3.Error as fault:
            self._restore()
            raise OutputUnwritable(f"“{path}” cannot be written ({fault}): choose another folder.") from fault
        self._open = True
        self._committed = time.monotonic()

    def add(self, frame: Landmarks) -> None:
        """Append one frame. It is committed to disk within a second.

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
            if time.monotonic() - self._committed >= COMMIT_SECONDS:
                self._db.execute("COMMIT")
                self._committed = time.monotonic()
                lock(self._db)
        except sqlite3.Error as fault:
            raise self._write_error(fault) from fault

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
                for name, value in (("complete", True), ("warning", self._warning)):
                    self._db.execute("UPDATE about SET value = ? WHERE name = ?", (json.dumps(value), name))
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


class Take:
    """A take that is open for reading. Use it in a `with` statement, in the thread that opened it."""

    def __init__(self, path: Path, *, database: sqlite3.Connection, info: TakeInfo) -> None:
        self.path = path
        self.info = info
        self._db = database
        self._closed = False

    @classmethod
    def open(cls, path: str | Path) -> "Take":
        """Open a take that is complete, unfinished after a crash, or being recorded.

        Raises:
            TakeCorrupt: the file does not exist, is not a take, or is damaged.
            TakeTooNew: it was written by a later version of Mimic.
        """
        path = Path(path)
        if not path.is_file():
            raise TakeCorrupt(f"There is no take “{path}”: check the spelling and the folder.")
        try:
            database = open_to_read(path)
        except OSError as fault:
            raise TakeCorrupt(f"The take “{path}” cannot be read ({fault.strerror}): check its permissions.") from fault
        except (sqlite3.Error, ValueError) as fault:
            raise not_a_take(path) from fault
        try:
            info = read_info(database)
        except (sqlite3.Error, ValueError, TypeError, RecursionError) as fault:
            database.close()
            raise not_a_take(path) from fault
        return cls(path, database=database, info=info)

    @property
    def frame_count(self) -> int:
        """Number of frames in the take."""
        # Frames are numbered from 1; counting them would read the whole file.
        count = int(self._query("SELECT coalesce(max(number), 0) FROM frame")[0][0])
        if not 0 <= count <= self._max_frames():
            raise not_a_take(self.path)
        return count

    def _max_frames(self) -> int:
        """Return the largest number of frames that a file of this size can hold."""
        pages, size = (int(self._query(f"PRAGMA {what}")[0][0]) for what in ("page_count", "page_size"))
        return pages * size // MIN_ROW_BYTES

    @property
    def duration(self) -> float:
        """Seconds from the first frame to the last."""
        # By number, by which the file is sorted; finding the least time would read all of it.
        ends = [
            self._query(f"SELECT time FROM frame ORDER BY number {direction} LIMIT 1") for direction in ("ASC", "DESC")
        ]
        if not ends[0]:
            return 0.0
        try:
            return checked_time(ends[1][0][0]) - checked_time(ends[0][0][0])
        except ValueError as fault:
            raise not_a_take(self.path) from fault

    @property
    def has_face(self) -> bool:
        """Whether any frame has a face."""
        frames = f"SELECT face FROM frame LIMIT {self._max_frames()}"
        return bool(self._query(f"SELECT EXISTS (SELECT 1 FROM ({frames}) WHERE face IS NOT NULL)")[0][0])

    def frames(self) -> Iterator[Landmarks]:
        """Yield the frames in the order in which they were recorded; arrays have the precision of float32.

        Raises:
            TakeCorrupt: a frame is damaged; the frames before it were yielded.
            TakeClosed: the take is closed, or was closed meanwhile.
        """
        last = 0.0
        rows = self._rows(f"SELECT number, {COLUMNS} FROM frame ORDER BY number")
        for expected, (number, *row) in enumerate(rows, start=1):
            if number != expected:
                raise TakeCorrupt(f"“{self.path}” is damaged: frame {expected} is missing. Record it again.")
            try:
                frame = from_row(tuple(row))
            except ValueError as fault:
                raise TakeCorrupt(f"“{self.path}” is damaged: frame {number} {fault}. Record it again.") from fault
            if frame.time < last:
                raise TakeCorrupt(
                    f"“{self.path}” is damaged: frame {number} is earlier than the one before. Record it again."
                )
            last = frame.time
            yield frame

    def track(self, watch: Callable[[Landmarks], None] | None = None) -> LandmarkTrack:
        """Read all frames as arrays.

        Args:
            watch: called with each frame, for what the arrays do not hold.

        Raises:
            TakeTooLong: the take has more than `MAX_FRAMES` frames, or is longer than `MAX_SECONDS`.
            TakeCorrupt, TakeClosed: as for `frames`.
        """
        count = self.frame_count
        if count > MAX_FRAMES or self.duration > MAX_SECONDS:
            raise TakeTooLong(
                f"“{self.path}” has {count} frames in {self.duration / 3600.0:.1f} hours; no more than {MAX_FRAMES} "
                f"frames and {MAX_SECONDS / 3600.0:.0f} hours can be read at once: capture the source in parts, with "
                "--start and --end."
            )
        # A take that is being recorded grows meanwhile.
        frames = islice(self.frames(), count)
        try:
            return LandmarkTrack.of_stream(frames if watch is None else _watched(frames, watch), count)
        except ValueError as fault:
            raise not_a_take(self.path) from fault

    def _rows(self, statement: str) -> Iterator[tuple[Any, ...]]:
        if self._closed:
            raise self._closed_error()
        try:
            # Not `yield from`, which closes the cursor when it is left early, even if the file is closed already.
            for row in self._db.execute(statement):  # noqa: UP028
                yield row
        except sqlite3.ProgrammingError as fault:
            if self._closed:
                raise self._closed_error() from fault
            raise  # used in another thread: a bug, not a damaged file
        except (sqlite3.Error, UnicodeDecodeError) as fault:
            raise not_a_take(self.path) from fault

    def _query(self, statement: str) -> list[tuple[Any, ...]]:
        return list(self._rows(statement))

    def _closed_error(self) -> TakeClosed:
        return TakeClosed(f"The take “{self.path}” is closed: read it before its `with` block ends, or open it again.")

    def close(self) -> None:
        """Close the file. May be called twice."""
        self._closed = True
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _watched(frames: Iterable[Landmarks], watch: Callable[[Landmarks], None]) -> Iterator[Landmarks]:
    for frame in frames:
        watch(frame)
        yield frame


def recover(path: Path) -> int:
    """Mark a take as complete that a crash left unfinished. Return its number of frames.

    Raises:
        TakeCorrupt: it is damaged, or is being recorded.
        TakeTooNew: it was written by a later version of Mimic.
    """
    with Take.open(path) as take:
        frames = take.frame_count
    try:
        mark_complete(path)
    except sqlite3.Error as fault:
        raise TakeCorrupt(
            f"“{path}” cannot be recovered ({fault}), because it is being recorded or is read-only."
        ) from fault
    return frames


def is_take(path: Path) -> bool:
    """Whether the file has the header of a take; distinguishes takes from videos without opening them fully."""
    return path.is_file() and has_header(path)


def _own_version() -> str:
    manifest = Path(__file__).resolve().parents[2] / "blender_manifest.toml"
    return str(tomllib.loads(manifest.read_text(encoding="utf-8"))["version"])
