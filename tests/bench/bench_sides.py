# SPDX-License-Identifier: GPL-3.0-or-later
"""What it costs to keep left left, live and in takes, as a share of what finding the landmarks costs.

    python tests/bench/bench_sides.py [VIDEO] [--model lite|full|heavy]

Processor time, so that a busy machine does not matter. The second row is that of a person whose sides are exchanged
all the time.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from mimic.pipeline.landmarks.data import Landmarks, LandmarkTrack
from mimic.pipeline.landmarks.holistic import Holistic
from mimic.pipeline.landmarks.settings import HolisticSettings
from mimic.pipeline.solve.sides.exchange import Exchange, exchanged
from mimic.pipeline.solve.sides.live import SideKeeper
from mimic.pipeline.solve.sides.take import mended
from mimic.pipeline.sources import open_source

ROOT = Path(__file__).resolve().parent.parent.parent
WARM_UP = 20
ROUNDS = 5


def milliseconds(run: Callable[[], object]) -> float:
    """Processor time that a call takes."""
    began = time.process_time()
    run()
    return 1e3 * (time.process_time() - began)


def live(frames: list[Landmarks]) -> float:
    """Median milliseconds a frame of a `SideKeeper`."""
    costs = []
    for _ in range(ROUNDS):
        keeper = SideKeeper()
        costs += [milliseconds(lambda frame=frame, keeper=keeper: keeper.frame(frame)) for frame in frames]
    return float(np.median(costs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", nargs="?", default=str(ROOT / "tests" / "clips" / "performer.mp4"))
    parser.add_argument("--model", choices=("lite", "full", "heavy"), default="full")
    options = parser.parse_args()
    holistic = Holistic(HolisticSettings(model=options.model), threads=1, as_found=True)
    frames: list[Landmarks] = []
    found = []
    with open_source(options.video) as source:
        for picture in source:
            found.append(milliseconds(lambda picture=picture: frames.append(holistic.process(picture))))
    usual = float(np.median(found[WARM_UP:]))
    swapped = [exchanged(frame, Exchange.WHOLE) if i > WARM_UP else frame for i, frame in enumerate(frames)]
    track = LandmarkTrack.of(frames)
    rows = {
        "live": live(frames),
        "live, exchanged": live(swapped),
        "takes": min(milliseconds(lambda: mended(track)) for _ in range(ROUNDS)) / len(frames),
    }
    sys.stdout.write(f"{len(frames)} frames, landmarks of {options.model}: {usual:.1f} ms a frame\n")
    for name, cost in rows.items():
        sys.stdout.write(f"{name:>16}: {cost:.3f} ms a frame, {100.0 * cost / usual:.2f} %\n")


if __name__ == "__main__":
    main()
