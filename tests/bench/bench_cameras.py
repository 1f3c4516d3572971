# SPDX-License-Identifier: GPL-3.0-or-later
"""Time and memory of solving what two cameras saw, after the landmarks.

    .venv/bin/python tests/bench/bench_cameras.py [--minutes 1 10] [--take FILE] [--out FILE.json]

The take is made up: somebody moves in front of two cameras of 30 frames a second, whose landmarks are off by 4 mm. With
`--take`, that of a real one of several cameras is repeated until it is long enough, with the face in it.

"Found" is finding the cameras, "views" is solving what each camera saw by itself (once), "solved" is all that a bake
does with a take whose cameras are known, views included; "busy" is the processor time of that, which other programs
change less. "Faster than" is the length of the take over the time for
both cameras. Memory is the most that the process held beyond what it held before, in MB.
"""

import argparse
import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from rich.console import Console
from rich.table import Table

from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.solve.cameras.blending.blend import blended
from mimic.pipeline.solve.cameras.finding import find_cameras
from mimic.pipeline.solve.cameras.solving import SeenBy, solve_cameras, views_of
from mimic.pipeline.takes.file import store_cameras
from mimic.pipeline.takes.geometry import Clock
from mimic.pipeline.takes.take import Take
from mimic.pipeline.takes.writer import CameraWriter, TakeWriter

ROOT: Final = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "pipeline" / "solve" / "cameras"))
from staged import Performer, camera_at, frames_of  # noqa: E402

FPS: Final = 30.0
BLOCK: Final = 900
"""Frames that are made up at once."""


@dataclass(frozen=True)
class Result:
    """Seconds for a take of some minutes (`busy` of processor time), and the memory for solving it in MB."""

    minutes: float
    frames: int
    found: float
    views: float
    blended: float
    solved: float
    busy: float
    memory: float


def staged_take(path: Path, minutes: float) -> None:
    """Write a made-up take with its cameras."""
    cameras = [camera_at(0.0), camera_at(75.0, clock=Clock(offset=0.4))]
    every = np.arange(round(60.0 * minutes * FPS)) / FPS

    def frames(number: int) -> Iterator[Landmarks]:
        for first in range(0, len(every), BLOCK):
            for frame in frames_of(Performer(), cameras[number], every[first : first + BLOCK]):
                yield replace(frame, index=first + frame.index)

    _write(path, [(frames(number), {"size": camera.size}) for number, camera in enumerate(cameras)])
    store_cameras(path, cameras)


def repeated_take(path: Path, source: Path, minutes: float) -> None:
    """Write a take that repeats one of several cameras, with the cameras that are found in it."""
    with Take.open(source) as take:
        cameras = take.info.cameras or find_cameras(take).cameras

        def frames(number: int) -> Iterator[Landmarks]:
            one = take.camera(number)
            loops = int(np.ceil(60.0 * minutes / (one.duration + 1.0 / FPS)))
            for loop in range(loops):
                for frame in one.frames(as_found=True):
                    yield replace(frame, time=frame.time + loop * (one.duration + 1.0 / FPS))

        _write(path, [(frames(k), {"size": take.camera(k).info.size}) for k in range(take.camera_count)])
    store_cameras(path, cameras)


def _write(path: Path, streams: list[tuple[Iterator[Landmarks], dict[str, Any]]]) -> None:
    with ExitStack() as files:
        root: TakeWriter | None = None
        for number, (frames, facts) in enumerate(streams):
            writer: CameraWriter
            facts |= {"source": f"{number}.mp4", "fps": FPS}
            if root is None:
                writer = root = files.enter_context(TakeWriter(path, **facts))
            else:
                writer = files.enter_context(root.camera(**facts))
            for frame in frames:
                writer.add(frame)


def measure(path: Path, minutes: float, *, find: bool) -> Result:
    """Measure a take whose cameras are in it."""
    with Take.open(path) as take:
        frames = sum(take.camera(k).frame_count for k in range(take.camera_count))
        found = _seconds(lambda: find_cameras(take, sync=(0.4, 0.0))) if find else float("nan")
        kept: list[SeenBy] = []
        views = _seconds(lambda: kept.extend(views_of(take)))
        mixed = _seconds(lambda: blended([each.view for each in kept], [each.camera for each in kept]))
        kept.clear()
        before, most, busy = _resident(), _Most(), time.process_time()
        with most:
            solved = _seconds(lambda: solve_cameras(take))
        busy = time.process_time() - busy
    return Result(minutes, frames, found, views, mixed, solved, busy, (most.bytes - before) / 2**20)


def _seconds(run: Callable[[], object]) -> float:
    began = time.perf_counter()
    run()
    return time.perf_counter() - began


def _resident() -> int:
    """Return the bytes of memory that the process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


class _Most:
    """Watches the memory of the process: `bytes` is the most."""

    def __init__(self) -> None:
        self.bytes, self._ended = 0, threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self) -> None:
        while not self._ended.wait(0.02):
            self.bytes = max(self.bytes, _resident())

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


def table(results: list[Result]) -> Table:
    """Format the results as a table."""
    shown = Table(
        "minutes", "frames", "found, s", "views, s", "blended, s", "solved, s", "busy, s", "faster than", "MB"
    )
    for r in results:
        times = [f"{each:.1f}" for each in (r.found, r.views, r.blended, r.solved, r.busy)]
        shown.add_row(f"{r.minutes:g}", str(r.frames), *times, f"{60.0 * r.minutes / r.solved:.1f}", f"{r.memory:.0f}")
    return shown


def main() -> None:
    """Measure, print a table, and write JSON if requested."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, nargs="+", default=[1.0, 10.0])
    parser.add_argument("--take", type=Path, help="repeat this take of several cameras")
    parser.add_argument("--out", type=Path, help="write the results here as JSON")
    options = parser.parse_args()
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for minutes in options.minutes:
            path = Path(folder) / "cameras.take"
            if options.take is None:
                staged_take(path, minutes)
            else:
                repeated_take(path, options.take, minutes)
            # A take that repeats itself cannot be synchronised.
            results.append(measure(path, minutes, find=options.take is None))
            path.unlink()
    Console().print(table(results))
    if options.out is not None:
        options.out.write_text(json.dumps([asdict(result) for result in results], indent=2) + "\n")


if __name__ == "__main__":
    main()
