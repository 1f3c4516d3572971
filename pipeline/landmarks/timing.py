# SPDX-License-Identifier: GPL-3.0-or-later
"""Measuring the time of each stage. The landmark pipeline has the stages detect, pose, hands and face."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from time import perf_counter

StageCallback = Callable[[str, float], None]


class StageTimes:
    """Total seconds and number of runs, by stage. `add` may be called from any thread.

    Stages of different frames overlap in time, so the totals may exceed the elapsed time.
    """

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.runs: Counter[str] = Counter()
        self._lock = Lock()

    def add(self, stage: str, seconds: float) -> None:
        """Add one run of a stage."""
        with self._lock:
            self.seconds[stage] += seconds
            self.runs[stage] += 1

    def clear(self) -> None:
        """Reset all totals."""
        with self._lock:
            self.seconds.clear()
            self.runs.clear()


@contextmanager
def timed(stage: str, on_stage: StageCallback | None) -> Iterator[None]:
    """Time the block, and call `on_stage`, if given, with the stage's name and the seconds it took."""
    start = perf_counter()
    yield
    if on_stage is not None:
        on_stage(stage, perf_counter() - start)
