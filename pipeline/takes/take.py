# SPDX-License-Identifier: GPL-3.0-or-later
"""A take: recorded landmarks in one SQLite file, which can be baked any number of times.

It is written with SQLite's rollback journal, in two transactions per second: after a crash, the file (with the
`-journal` beside it) can be opened again and lacks at most the last second. A clean close leaves a single file.
"""

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from ..errors import CameraMissing, TakeClosed, TakeCorrupt, TakeTooLong
from ..landmarks.data import MAX_PEOPLE, Landmarks, LandmarkTrack, PoseLandmarks
from ..landmarks.settings import HolisticSettings
from ..landmarks.smoothing import PoseSmoother
from .file import has_header, mark_complete, not_a_take, open_to_read
from .format import (
    AS_FOUND_VERSION,
    CALIBRATION,
    COLUMNS,
    FIELD_OF_VIEW,
    MIN_ROW_BYTES,
    NEUTRAL_FACE,
    PEOPLE,
    TakeInfo,
    checked_time,
    from_row,
    read_info,
    table_of,
    unpack_pose,
    with_parts,
)

__all__ = ["CALIBRATION", "FIELD_OF_VIEW", "NEUTRAL_FACE", "Take", "TakeInfo", "is_take", "recover"]

MAX_FRAMES: Final = 648_000
"""Six hours at 30 frames per second: 3 GB as arrays."""
MAX_SECONDS: Final = 86_400.0


class Take:
    """A take that is open for reading. Use it in a `with` statement, in the thread that opened it."""

    def __init__(
        self,
        path: Path,
        *,
        database: sqlite3.Connection,
        info: TakeInfo,
        whole: "Take | None" = None,
        number: int = 0,
    ) -> None:
        self.path = path
        self.info = info
        self._db = database
        self._is_closed = False
        self._whole = whole or self
        self._number = number

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
    def camera_count(self) -> int:
        """Number of cameras that recorded the take."""
        count = int(self._query("SELECT count(*) FROM sqlite_master WHERE name GLOB 'about*'")[0][0])
        return 1 if self._number else count

    def camera(self, number: int) -> "Take":
        """Return what one of the cameras recorded as a take of its own, which is closed with this one; 0 is the first.

        Raises:
            CameraMissing: it has no camera of that number.
            TakeCorrupt, TakeClosed: as for `frames`.
        """
        if number == 0:
            return self
        if not 0 < number < self.camera_count:
            raise CameraMissing(
                f"“{self.path}” has no camera {number + 1}: it was recorded by {self.camera_count}, counted from 1."
            )
        try:
            info = read_info(self._db, number)
        except (sqlite3.Error, ValueError, TypeError, RecursionError) as fault:
            raise not_a_take(self.path) from fault
        return Take(self.path, database=self._db, info=info, whole=self._whole, number=number)

    @property
    def _closed(self) -> bool:
        return self._whole._is_closed

    def _table(self, name: str) -> str:
        return table_of(name, self._number)

    @property
    def frame_count(self) -> int:
        """Number of frames in the take."""
        # Frames are numbered from 1; counting them would read the whole file.
        count = int(self._query(f"SELECT coalesce(max(number), 0) FROM {self._table('frame')}")[0][0])
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
        frames = self._table("frame")
        ends = [
            self._query(f"SELECT time FROM {frames} ORDER BY number {direction} LIMIT 1")
            for direction in ("ASC", "DESC")
        ]
        if not ends[0]:
            return 0.0
        try:
            return checked_time(ends[1][0][0]) - checked_time(ends[0][0][0])
        except ValueError as fault:
            raise not_a_take(self.path) from fault

    @property
    def version(self) -> int:
        """Version of the format."""
        return int(self._query("PRAGMA user_version")[0][0])

    @property
    def as_found(self) -> bool:
        """Whether poses are stored as they were found; in takes of older versions they are stored smoothed."""
        return self.version >= AS_FOUND_VERSION

    @property
    def landmark_settings(self) -> HolisticSettings:
        """The settings of the landmark pipeline that decide how its poses are smoothed."""
        chosen = self.info.settings
        return HolisticSettings(smooth=chosen.get("smooth", False) is True, parity=chosen.get("parity", False) is True)

    @property
    def people(self) -> tuple[int, ...]:
        """Numbers of the people in the take, 0 first.

        Raises:
            TakeCorrupt, TakeClosed: as for `frames`.
        """
        if not self.as_found:
            return (0,)
        # Read anew each time, since a take that is being recorded grows.
        stored = self._query(f"SELECT value FROM {self._table('about')} WHERE name = '{PEOPLE}'")
        try:
            return _checked_people(json.loads(stored[0][0])) if stored else self._people_in_frames()
        except (ValueError, TypeError, RecursionError) as fault:
            raise not_a_take(self.path) from fault

    def _people_in_frames(self) -> tuple[int, ...]:
        """Return the people of a take that does not name them, which reads all of it."""
        table = self._table("other")
        others = self._query(f"SELECT DISTINCT person FROM {table} ORDER BY person LIMIT {MAX_PEOPLE + 1}")
        return _checked_people([0, *(row[0] for row in others)])

    @property
    def has_face(self) -> bool:
        """Whether any frame has a face."""
        frames = f"SELECT face FROM {self._table('frame')} LIMIT {self._max_frames()}"
        return bool(self._query(f"SELECT EXISTS (SELECT 1 FROM ({frames}) WHERE face IS NOT NULL)")[0][0])

    def frames(self, person: int = 0, *, as_found: bool = False) -> Iterator[Landmarks]:
        """Yield a person's frames in the order in which they were recorded; arrays have the precision of float32.

        Args:
            person: number of the person; frames without that person have no landmarks.
            as_found: leave poses as they were found, instead of smoothing them by the take's settings.

        Raises:
            TakeCorrupt: a frame is damaged; the frames before it were yielded.
            TakeClosed: the take is closed, or was closed meanwhile.
        """
        found = self._found(person)
        if as_found or not self.as_found:
            return found
        return map(PoseSmoother(self.landmark_settings).frame, found)

    def _found(self, person: int) -> Iterator[Landmarks]:
        last = 0.0
        others = iter(()) if person == 0 else self._parts_of("other", "pose, left_hand, right_hand, face", person)
        other = next(others, None)
        rows = self._rows(f"SELECT number, {COLUMNS} FROM {self._table('frame')} ORDER BY number")
        for expected, (number, *row) in enumerate(rows, start=1):
            if number != expected:
                raise TakeCorrupt(f"“{self.path}” is damaged: frame {expected} is missing. Record it again.")
            try:
                if person == 0:
                    frame = from_row(tuple(row))
                else:
                    here = other is not None and other[0] == number
                    frame = from_row((*row[:4], None, None, None, None))
                    frame = with_parts(frame, other[1:] if other and here else (None,) * 4, person=person)
                    other = next(others, None) if here else other
            except ValueError as fault:
                raise TakeCorrupt(f"“{self.path}” is damaged: frame {number} {fault}. Record it again.") from fault
            if frame.time < last:
                raise TakeCorrupt(
                    f"“{self.path}” is damaged: frame {number} is earlier than the one before. Record it again."
                )
            last = frame.time
            yield frame

    def _parts_of(self, table: str, columns: str, person: int) -> Iterator[tuple[Any, ...]]:
        """Yield numbers of frames, rising, and parts of a person from one of the tables beside `frame`."""
        last = 0
        where = f"WHERE person = {int(person)} ORDER BY number"
        for frame, *parts in self._rows(f"SELECT frame, {columns} FROM {self._table(table)} {where}"):
            if type(frame) is not int or frame <= last:
                raise not_a_take(self.path)
            last = frame
            yield frame, *parts

    def rechecks(self, person: int = 0) -> dict[int, PoseLandmarks]:
        """Return what the heavy network found in doubtful frames, by index of the frame from 0.

        Raises:
            TakeCorrupt, TakeClosed: as for `frames`.
        """
        if not self.as_found:
            return {}
        try:
            return {frame - 1: unpack_pose(bytes(pose)) for frame, pose in self._parts_of("recheck", "pose", person)}
        except (ValueError, TypeError) as fault:
            raise not_a_take(self.path) from fault

    def track(
        self, watch: Callable[[Landmarks], None] | None = None, *, person: int = 0, as_found: bool = False
    ) -> LandmarkTrack:
        """Read all frames of a person as arrays.

        Args:
            watch: called with each frame, for what the arrays do not hold.
            person: as for `frames`, and `as_found`.

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
        frames = islice(self.frames(person, as_found=as_found), count)
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
        """Close the file, of all its cameras. May be called twice."""
        self._whole._is_closed = True
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _checked_people(numbers: object) -> tuple[int, ...]:
    """Return numbers of people if they are valid: 0, and others that rise.

    Raises:
        ValueError: they are not.
    """
    if not isinstance(numbers, list) or not all(type(number) is int and 0 <= number < MAX_PEOPLE for number in numbers):
        raise ValueError("has invalid numbers of people")
    if numbers[:1] != [0] or numbers != sorted(set(numbers)):
        raise ValueError("has numbers of people in disorder")
    return tuple(numbers)


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
