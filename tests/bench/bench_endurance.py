# SPDX-License-Identifier: GPL-3.0-or-later
"""A long recorded live session: does memory grow, does the take's clock drift from the wall clock?

    python tests/bench/bench_endurance.py [VIDEO] [--minutes M] [--fast] [--model lite|full|heavy]

The video is played in a loop as if it were a camera. With --fast, M minutes of it are processed as fast as the machine
can, networks run in the first lap only, and the take's clock is compared with the number of frames instead of the wall
clock. Prints a line for each twentieth. Exit status 1 if memory, threads or open files grew, or a clock drifted. For an
hour, unattended, on two shared cores:

    nohup nice python tests/bench/bench_endurance.py --minutes 60 --fast --model lite >hour.log 2>&1 &
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np

import mimic
from mimic.addon.live.session import INTERVAL, Session
from mimic.addon.runtime import runtime
from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.landmarks.people.people import People
from mimic.pipeline.landmarks.settings import HolisticSettings
from mimic.pipeline.live.reader import FrameReader, TimedFrame
from mimic.pipeline.sources import Source
from mimic.pipeline.sources.frame import Frame
from mimic.pipeline.takes.take import Take

ROOT = Path(__file__).resolve().parent.parent.parent
LINES = 20
SETTLED = 0.3
"""Fraction of the session after which memory has settled and its slope counts."""

GROWTH = 20.0
"""Megabytes of growth that are not a leak."""

DRIFT = 0.1
"""Seconds by which two clocks may drift apart."""


@dataclass(frozen=True)
class Look:
    """Measurements at one moment: seconds since the take began by the wall clock at the newest frame, and by the take.

    Also memory, threads, open files, and poses shown.
    """

    wall: float
    take: float
    megabytes: float
    threads: int
    files: int
    poses: int


def look(running: Session, began: float) -> Look:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return Look(
        wall=running.worker.newest.arrived - began,
        take=running.recording.seconds,
        megabytes=pages * os.sysconf("SC_PAGE_SIZE") / 1e6,
        threads=len(list(Path("/proc/self/task").iterdir())),
        files=len(list(Path("/proc/self/fd").iterdir())),
        poses=running.count,
    )


class Remembering:
    """Finds the landmarks of each frame of a video once and repeats them."""

    def __init__(self, settings: HolisticSettings, **more: Any) -> None:
        self._real = People(settings, **more)
        self._found: dict[int, tuple[Landmarks, ...]] = {}

    def process(self, frame: Frame) -> tuple[Landmarks, ...]:
        if frame.index not in self._found:
            self._found[frame.index] = self._real.process(frame)
        return tuple(replace(person, time=frame.time) for person in self._found[frame.index])

    def close(self) -> None:
        self._real.close()


def unpaced(reader: FrameReader, source: Source, lap: float) -> Iterator[TimedFrame]:
    """Yield the frames of a lap, each as soon as the previous one was consumed."""
    first = None
    for frame in source:
        first = frame.time if first is None else first
        while reader._newest is not None and not reader._stop.is_set():
            time.sleep(0.0005)
        if reader._stop.is_set():
            return
        yield TimedFrame(replace(frame, time=lap + frame.time - first), time.monotonic())


def run(running: Session, seconds: float) -> list[Look]:
    """Tick as Blender's timer would until the take has this length."""
    bpy.ops.mimic.take_record(take="Long", bake=False)
    while running.recording.frames < 30:
        tick(running)
    began, looks, last = running.worker.recorder._began, [], 0
    while not looks or looks[-1].take < seconds:
        tick(running)
        # Measure when a frame has just been recorded, so that both times belong to it.
        done = running.recording.frames != last
        last = running.recording.frames
        if done and running.recording.seconds >= len(looks) * seconds / LINES:
            looks.append(look(running, began))
            tell(looks)
    return looks


def tick(running: Session) -> None:
    runtime().timer.tick()
    if runtime().session is not running:
        raise SystemExit(f"bench_endurance: {runtime().notices.error('live')}")
    time.sleep(INTERVAL)


def tell(looks: list[Look]) -> None:
    now = looks[-1]
    sys.stdout.write(
        f"take {now.take:7.1f} s, wall {now.wall:7.1f} s, {now.megabytes:6.1f} MB, {now.threads} threads, "
        f"{now.files} files, {now.poses} poses\n"
    )
    sys.stdout.flush()


def judge(looks: list[Look], take: Take, *, fast: bool) -> bool:
    """Print the results and return whether all of them are within their limits."""
    settled = [each for each in looks if each.take >= SETTLED * looks[-1].take]
    first, last = settled[0], settled[-1]
    slope = np.polyfit([each.take / 3600.0 for each in settled], [each.megabytes for each in settled], 1)[0]
    sys.stdout.write(
        f"{last.take / 60.0:.1f} minutes, {take.frame_count} frames: {first.megabytes:.1f} MB after {SETTLED:.0%}, "
        f"{last.megabytes:.1f} MB at the end, {slope:+.1f} MB an hour; threads {first.threads} and {last.threads}, "
        f"files {first.files} and {last.files}\n"
    )
    if fast:
        drift = [take.duration - (take.frame_count - 1) / take.info.fps]
        sys.stdout.write(f"take against its frames: {1e3 * drift[0]:+.1f} ms at the end\n")
    else:
        drift = [each.take - each.wall for each in (looks[1], looks[-1])]
        sys.stdout.write(
            f"take against wall clock: {1e3 * drift[0]:+.0f} ms at first, {1e3 * drift[1]:+.0f} at the end\n"
        )
    return (
        last.megabytes - first.megabytes < GROWTH
        and last.threads <= first.threads
        and last.files <= first.files + 1  # a journal comes and goes with each transaction
        and abs(drift[-1] - (0.0 if fast else drift[0])) < DRIFT
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", nargs="?", default=str(ROOT / "tests" / "clips" / "performer.mp4"))
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--fast", action="store_true")
    parser.add_argument("--model", choices=("lite", "full", "heavy"), default="full")
    options = parser.parse_args()
    if options.fast:
        FrameReader._paced = unpaced  # type: ignore[method-assign]
        mimic.pipeline.live.worker.open_people = Remembering
    with tempfile.TemporaryDirectory() as folder:
        mimic.register()
        mimic.addon.takes.store.takes_folder = lambda: folder
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        bpy.ops.mimic.avatar_add()
        bpy.context.scene.mimic.model = options.model
        bpy.ops.mimic.session_start(source=options.video)
        running = runtime().sessions.required()
        looks = run(running, 60.0 * options.minutes)
        runtime().sessions.stop()
        running.join()
        runtime().timer.tick()
        with Take.open(Path(folder) / "Long.take") as take:
            well = judge(looks, take, fast=options.fast)
        mimic.unregister()
    sys.stdout.write("well\n" if well else "NOT WELL\n")
    sys.stdout.flush()
    os._exit(0 if well else 1)  # Blender's module may hang when Python takes it down.


if __name__ == "__main__":
    main()
