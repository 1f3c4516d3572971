# SPDX-License-Identifier: GPL-3.0-or-later
"""What several people cost: frames a second for 1, 2 and 4, and what following one costs more than tracking does.

    python tests/bench/bench_people.py [VIDEO] [--frames N] [--rounds N]

The pictures are of one size: copies of the performer side by side, of whom the others are left out. Rounds alternate,
so that a machine that becomes slower meanwhile does not matter; figures are medians of rounds.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from mimic.pipeline.landmarks import scheduler
from mimic.pipeline.landmarks.settings import HolisticSettings
from mimic.pipeline.sources import open_source
from mimic.pipeline.sources.frame import Frame

ROOT = Path(__file__).resolve().parent.parent.parent
COUNTS = (1, 2, 4)


def side_by_side(frames: list[Frame], count: int) -> list[Frame]:
    """Frames with the performer `count` times, on a wall that has room for the most."""
    made = []
    for frame in frames:
        small = frame.image[::2, ::2]
        height, width = small.shape[:2]
        wall = np.full((height, width * max(COUNTS), 3), small[:8].mean(axis=(0, 1)), np.uint8)
        for number in range(count):
            wall[:, number * width : (number + 1) * width] = small
        made.append(Frame(wall, frame.time, frame.index))
    return made


def seconds(found: Iterator[object]) -> tuple[float, float]:
    """Seconds of the clock and of the processor that it takes to find all landmarks."""
    wall, spent = time.perf_counter(), time.process_time()
    for _ in found:
        pass
    return time.perf_counter() - wall, time.process_time() - spent


def most_found(clip: list[Frame]) -> int:
    """The largest number of people that are found in a frame."""
    followed = scheduler.run_people(clip, HolisticSettings(people=0, hands=False, face=False))
    return max(sum(each.pose is not None for each in people) for people in followed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("video", nargs="?", default=str(ROOT / "tests" / "clips" / "performer.mp4"))
    parser.add_argument("--frames", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with open_source(options.video) as source:
        frames = list(islice(source, options.frames))
    clips = {count: side_by_side(frames, count) for count in COUNTS}
    rates: dict[int, list[float]] = {count: [] for count in COUNTS}
    more: list[float] = []
    found = {count: most_found(clip) for count, clip in clips.items()}
    for _ in range(options.rounds):
        for count, clip in clips.items():
            wall, _ = seconds(scheduler.run_people(clip, HolisticSettings(people=count)))
            rates[count].append(len(clip) / wall)
        _, alone = seconds(scheduler.run(frames, HolisticSettings()))
        _, followed = seconds(scheduler.run_people(frames, HolisticSettings()))
        more.append(followed / alone)
    one = float(np.median(rates[1]))
    for count in COUNTS:
        rate = float(np.median(rates[count]))
        sys.stdout.write(f"{found[count]} people: {rate:.1f} frames a second, {rate / one:.2f} of those for one\n")
    sys.stdout.write(f"Following one person: {float(np.median(more)):.3f} of the processor time of tracking alone\n")


if __name__ == "__main__":
    main()
