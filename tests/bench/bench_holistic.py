# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed of Mimic's landmarks relative to `mp.solutions.holistic`.

    .venv/bin/python tests/bench/bench_holistic.py [--peer-python PEER/bin/python] [--video FILE] [--chunks N]

Frames are decoded beforehand and both sides get the same ones in the same order, forwards and backwards through the
video. Chunks alternate (MediaPipe, Mimic's live mode, Mimic's file mode, MediaPipe, ...), so that other load on the
machine affects all alike; a ratio compares neighbouring chunks, and the table shows the median. "Others" is how many
cores other processes kept busy meanwhile: trust a run only if it stays below about 0.2.

- live: `Holistic.process`, one frame at a time without added latency, MediaPipe's only mode in Python;
- files: `scheduler.run`, frames overlapping.

A chunk of file mode fills and drains its pipeline within the measured time. Loading networks is never included.
MediaPipe needs an environment of its own (it pins an old numpy); without one, this script prints how to make it.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from mimic.pipeline.landmarks import scheduler
from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.landmarks.holistic import Holistic
from mimic.pipeline.landmarks.settings import HolisticSettings, Model
from mimic.pipeline.landmarks.timing import StageTimes
from mimic.pipeline.sources.frame import Frame

ROOT = Path(__file__).resolve().parents[2]
WORKER = Path(__file__).resolve().parent / "peer_worker.py"
MODELS: dict[int, Model] = {0: "lite", 1: "full", 2: "heavy"}
TARGETS = {"files": 1.5, "live": 1.2}
HOW_TO_MAKE_A_PEER = """\
MediaPipe runs in an environment of its own. Create one, then pass it with --peer-python or MIMIC_PEER_PYTHON:
  python3.11 -m venv ../peer && ../peer/bin/pip install mediapipe==0.10.21
Its wheel contains the network of complexity 1 only; for 0 and 2 add those of the npm package:
  npm pack @mediapipe/pose@0.5.1675469404 && tar xzf mediapipe-pose-0.5.1675469404.tgz --strip-components=1 \\
    -C ../peer/lib/python3.11/site-packages/mediapipe/modules/pose_landmark \\
    package/pose_landmark_lite.tflite package/pose_landmark_heavy.tflite"""

Images = NDArray[np.uint8]


@dataclass(frozen=True)
class Chunk:
    """Wall and own CPU seconds of some frames, and in how many pose, left hand, right hand and face were found."""

    seconds: float
    cpu: float
    found: tuple[int, ...]


@dataclass(frozen=True)
class Round:
    """One chunk of each side, and how many cores other processes kept busy meanwhile."""

    chunks: dict[str, Chunk]
    others_cores: float


@dataclass(frozen=True)
class Result:
    """One row of the table: medians over chunks in ms a frame; `ratio` is MediaPipe's time divided by ours.

    `stages_ms` is the mean time of each of our stages; where they overlap, the sum exceeds `ours_ms`.
    """

    complexity: int
    refined_face: bool
    mode: str
    peer_ms: float
    ours_ms: float
    ratio: float
    peer_cpu_ms: float
    ours_cpu_ms: float
    others_cores: float
    peer_found: tuple[int, ...]
    ours_found: tuple[int, ...]
    stages_ms: dict[str, float]


class Peer:
    """MediaPipe Holistic in its own process and environment; see peer_worker.py."""

    def __init__(self, python: str, frames: Path) -> None:
        self._process = subprocess.Popen(
            [python, str(WORKER), str(frames)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def _ask(self, command: dict[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"MediaPipe's worker ended; run peer_worker.py to see why.\n{HOW_TO_MAKE_A_PEER}")
        return dict(json.loads(answer))

    def open(self, *, complexity: int, refine_face: bool) -> None:
        """Reload the networks."""
        self._ask({"open": {"complexity": complexity, "refine_face": refine_face}})

    def run(self, order: Sequence[int]) -> Chunk:
        """Process the frames with these indices."""
        answer = self._ask({"run": list(order)})
        return Chunk(answer["seconds"], answer["cpu"], tuple(answer["found"]))

    def close(self) -> None:
        """End the process."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=10)


class Clock:
    """Yields frames whose times rise from chunk to chunk, 30 a second, as MediaPipe's do."""

    def __init__(self, images: Images) -> None:
        self._images = images
        self._count = 0

    def frames(self, order: Sequence[int]) -> Iterator[Frame]:
        """Yield the frames with these indices."""
        for index in order:
            yield Frame(self._images[index], self._count / 30, self._count)
            self._count += 1


def measure(process: Callable[[Iterator[Frame]], Iterator[Landmarks]], frames: Iterator[Frame]) -> Chunk:
    """Time a function that turns frames into landmarks."""
    found = np.zeros(4, int)
    wall, cpu = time.perf_counter(), time.process_time()
    for seen in process(frames):
        found += [part is not None for part in (seen.pose, seen.left_hand, seen.right_hand, seen.face)]
    return Chunk(time.perf_counter() - wall, time.process_time() - cpu, tuple(found.tolist()))


def busy_seconds() -> float:
    """Return the busy seconds of all cores since the machine started; NaN where the system does not provide them."""
    stat = Path("/proc/stat")
    if not stat.is_file():
        return float("nan")
    fields = stat.read_text().split("\n", maxsplit=1)[0].split()[1:9]
    user, nice, system, _idle, _waiting, *interrupts = map(int, fields)
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def to_and_fro(length: int) -> Iterator[int]:
    """Yield 0, 1, ... length - 1, ... 1, 0, 1, ...: a video without a jump in it."""
    return cycle([*range(length), *range(length - 2, 0, -1)])


def decode(video: Path, count: int) -> Images:
    """Return the first frames of a video, RGB (n, H, W, 3)."""
    capture = cv2.VideoCapture(str(video))
    images: list[NDArray[Any]] = []
    while len(images) < count:
        read, image = capture.read()
        if not read:
            break
        images.append(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    capture.release()
    if not images:
        raise SystemExit(f"{video} cannot be decoded; choose another video with --video.")
    return np.stack(images).astype(np.uint8)


def compare(
    peer: Peer, images: Images, *, complexity: int, refine_face: bool, chunks: int, frames: int
) -> list[Result]:
    """Measure one configuration: one round to warm up, then `chunks` rounds of `frames` frames."""
    settings = HolisticSettings(model=MODELS[complexity], attention=refine_face)
    times = {mode: StageTimes() for mode in TARGETS}
    live = Holistic(settings, on_stage=times["live"].add)
    clock, order = Clock(images), to_and_fro(len(images))
    peer.open(complexity=complexity, refine_face=refine_face)
    sides: dict[str, Callable[[Sequence[int]], Chunk]] = {
        "peer": peer.run,
        "live": lambda numbers: measure(lambda f: map(live.process, f), clock.frames(numbers)),
        "files": lambda numbers: measure(
            lambda f: scheduler.run(f, settings, on_stage=times["files"].add), clock.frames(numbers)
        ),
    }
    rounds = [alternate(sides, list(islice(order, frames))) for _ in range(chunks + 1)][1:]
    return [
        Result(
            complexity=complexity,
            refined_face=refine_face,
            mode=mode,
            peer_ms=median(r.chunks["peer"].seconds for r in rounds) * 1000 / frames,
            ours_ms=median(r.chunks[mode].seconds for r in rounds) * 1000 / frames,
            ratio=median(r.chunks["peer"].seconds / r.chunks[mode].seconds for r in rounds),
            peer_cpu_ms=median(r.chunks["peer"].cpu for r in rounds) * 1000 / frames,
            ours_cpu_ms=median(r.chunks[mode].cpu for r in rounds) * 1000 / frames,
            others_cores=median(r.others_cores for r in rounds),
            peer_found=found_in(r.chunks["peer"] for r in rounds),
            ours_found=found_in(r.chunks[mode] for r in rounds),
            stages_ms={name: s * 1000 / (frames * (chunks + 1)) for name, s in times[mode].seconds.items()},
        )
        for mode in TARGETS
    ]


def alternate(sides: dict[str, Callable[[Sequence[int]], Chunk]], order: Sequence[int]) -> Round:
    """Process the same frames once with each side."""
    busy, wall = busy_seconds(), time.perf_counter()
    chunks = {name: run(order) for name, run in sides.items()}
    own = sum(chunk.cpu for chunk in chunks.values())
    return Round(chunks, (busy_seconds() - busy - own) / (time.perf_counter() - wall))


def found_in(chunks: Iterable[Chunk]) -> tuple[int, ...]:
    """Sum up in how many frames each part was found."""
    return tuple(np.sum([chunk.found for chunk in chunks], axis=0).tolist())


def table(results: Sequence[Result]) -> Table:
    """Format the results as a table."""
    shown = Table(title="Mimic beside mp.solutions.holistic, ms a frame", expand=False)
    for heading in ("network", "face", "mode"):
        shown.add_column(heading)
    for heading in ("MediaPipe", "Mimic", "fps", "ratio", "target", "CPU of each", "others"):
        shown.add_column(heading, justify="right")
    for r in results:
        target = TARGETS[r.mode]
        shown.add_row(
            MODELS[r.complexity],
            "refined" if r.refined_face else "plain",
            r.mode,
            f"{r.peer_ms:.1f}",
            f"{r.ours_ms:.1f}",
            f"{1000 / r.ours_ms:.1f}",
            f"[{'green' if r.ratio >= target else 'red'}]{r.ratio:.2f}x[/]",
            f"{target}x",
            f"{r.peer_cpu_ms:.0f} / {r.ours_cpu_ms:.0f}",
            f"{r.others_cores:.2f}",
        )
    return shown


def stages(results: Sequence[Result]) -> Table:
    """Format the time of our stages, and in how many frames each part was found, as a table."""
    names = sorted({name for r in results for name in r.stages_ms})
    shown = Table(title="Mimic's stages, ms a frame; frames with pose, left, right, face (MediaPipe's beside)")
    for heading in ("network", "face", "mode"):
        shown.add_column(heading)
    for heading in (*names, "found"):
        shown.add_column(heading, justify="right")
    for r in results:
        found = " ".join(f"{ours}/{peer}" for ours, peer in zip(r.ours_found, r.peer_found, strict=True))
        times = [f"{r.stages_ms.get(name, 0.0):.1f}" for name in names]
        shown.add_row(MODELS[r.complexity], "refined" if r.refined_face else "plain", r.mode, *times, found)
    return shown


def main() -> None:
    """Measure, print tables, and write JSON if requested."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", default=os.environ.get("MIMIC_PEER_PYTHON"))
    parser.add_argument("--video", type=Path, default=ROOT / "tests" / "clips" / "performer.mp4")
    parser.add_argument("--chunks", type=int, default=7, help="rounds to measure, after one to warm up")
    parser.add_argument("--frames", type=int, default=60, help="frames in a chunk")
    parser.add_argument("--length", type=int, default=90, help="how many of the video's frames to use")
    parser.add_argument("--complexity", type=int, nargs="*", default=[0, 1, 2], choices=[0, 1, 2])
    parser.add_argument("--face", nargs="*", default=["plain", "refined"], choices=["plain", "refined"])
    parser.add_argument("--json", type=Path, help="also write the results to this file")
    options = parser.parse_args()
    console = Console()
    if not options.peer_python:
        console.print(HOW_TO_MAKE_A_PEER, highlight=False, soft_wrap=True)
        sys.exit(2)
    images = decode(options.video, options.length)
    results = []
    with TemporaryDirectory() as folder:
        frames = Path(folder) / "frames.npy"
        np.save(frames, images)
        peer = Peer(options.peer_python, frames)
        for complexity in options.complexity:
            for face in options.face:
                console.print(f"{MODELS[complexity]}, {face} face ...", highlight=False)
                results += compare(
                    peer,
                    images,
                    complexity=complexity,
                    refine_face=face == "refined",
                    chunks=options.chunks,
                    frames=options.frames,
                )
        peer.close()
    console.print(f"{options.video.name}, {images.shape[2]} x {images.shape[1]}, load {os.getloadavg()[0]:.2f}")
    console.print(table(results), stages(results))
    if options.json:
        options.json.write_text(json.dumps([asdict(r) for r in results], indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
