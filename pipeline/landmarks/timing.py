# SPDX-License-Identifier: GPL-3.0-or-later
"""How long each stage takes. Stages of landmarks: detect, pose, hands, face."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from time import perf_counter

StageCallback = Callable[[str, float], None]


class StageTimes:
    """Sums of seconds and counts of runs, by stage. `add` may be called from any thread.

    Stages of different frames overlap in time, so the sums may exceed the seconds that passed.
    """

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.runs: Counter[str] = Counter()
        self._lock = Lock()

    def add(self, stage: str, seconds: float) -> None:
        """Count one run of a stage."""
        with self._lock:
            self.seconds[stage] += seconds
            self.runs[stage] += 1

    def clear(self) -> None:
        """Forget all that was counted."""
        with self._lock:
            self.seconds.clear()
            self.runs.clear()


@contextmanager
def timed(stage: str, on_stage: StageCallback | None) -> Iterator[None]:
    """Tell `on_stage`, if given, the stage's name and how many seconds the block took."""
    start = perf_counter()
    yield
    if on_stage is not None:
        on_stage(stage, perf_counter() - start)
