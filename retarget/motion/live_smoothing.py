# SPDX-License-Identifier: GPL-3.0-or-later
"""Smoothing while it happens: One-Euro filters of rotations and of the place, of each region as calm as wanted."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body.filter import RotationFilter, weight
from .options import DEFAULT_SMOOTHNESS, JOINT_REGIONS, REGIONS, Region
from .spans import SHORTEST_STEP

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LiveCutoffCurve:
    """A region at the default smoothness: the cutoff in hertz is `rest`, and `gain` more for each radian a second."""

    rest: float
    gain: float


LIVE_CUTOFFS: Final[dict[Region, LiveCutoffCurve]] = {
    "torso": LiveCutoffCurve(rest=1.5, gain=2.5),
    "head": LiveCutoffCurve(rest=1.5, gain=2.5),
    "arms": LiveCutoffCurve(rest=1.8, gain=2.5),
    "hands": LiveCutoffCurve(rest=1.8, gain=2.0),
    "legs": LiveCutoffCurve(rest=1.8, gain=2.5),
    "root": LiveCutoffCurve(rest=1.0, gain=4.0),
}

_SPEED_CUTOFF: Final = 1.5
"""Hertz at which the speed is smoothed."""

_ALL: Final = 1e6
"""Times a cutoff: lets through whatever there is."""

_UNSEEN, _SURE = 0.1, 0.5
"""Confidence at which a joint moves slowest, and from which it is followed fully."""

_SLOWEST: Final = 0.1
"""Part of its cutoff with which a joint that is not seen drifts to where the solver lets it rest."""

_LONGEST_GAP: Final = 0.5
"""Seconds without a frame after which the past says nothing any more."""


class LiveSmoothing:
    """Smooths poses of the body one after the other, in the order of time."""

    def __init__(self, smoothness: float = DEFAULT_SMOOTHNESS, regions: Mapping[Region, float] | None = None) -> None:
        """Set how calm it is, 0 (as solved) to 1, and for single regions otherwise."""
        self._filter = RotationFilter(0.0, 0.0, speed_cutoff=_SPEED_CUTOFF)
        self.set(smoothness, regions)
        self.reset()

    def set(self, smoothness: float, regions: Mapping[Region, float] | None = None) -> None:
        """Change how calm it is; the filter goes on from where it is."""
        chosen = dict.fromkeys(REGIONS, smoothness) | dict(regions or {})
        # Half the smoothness lets through twice the frequency, and none lets through all.
        scale = {region: DEFAULT_SMOOTHNESS / value if value > 0.0 else _ALL for region, value in chosen.items()}
        curves = [LIVE_CUTOFFS[region] for region in JOINT_REGIONS]
        joints = np.array([scale[region] for region in JOINT_REGIONS])
        self._filter.set(joints * [each.rest for each in curves], joints * [each.gain for each in curves])
        self._root_scale = scale["root"]

    def reset(self) -> None:
        """Forget the past: the next pose passes through."""
        self._time: float | None = None
        self._turns = np.empty((0, 4))
        self._place = self._raw_place = np.full(3, np.nan)
        self._pace = 0.0

    def pose(self, time: float, rotations: Array, root: Array, confidence: Array) -> tuple[Array, Array]:
        """The smoothed rotations (52, 4) and root (3,) at `time` seconds.

        A pose of no later time than the last one repeats it. A joint of little confidence follows slowly, and comes
        back as slowly as it grows sure; a root of NaN holds.
        """
        if self._time is None or time - self._time > _LONGEST_GAP:
            self._begin(time, rotations, root)
        elif time > self._time:
            step = max(time - self._time, SHORTEST_STEP)
            trust = np.clip((np.nan_to_num(confidence) - _UNSEEN) / (_SURE - _UNSEEN), _SLOWEST, 1.0)
            self._turns = self._filter.step(step, rotations, trust)
            self._move(step, root)
            self._time = time
        return self._turns, self._place

    def _begin(self, time: float, rotations: Array, root: Array) -> None:
        self._filter.reset()
        self._time, self._turns = time, self._filter.step(0.0, rotations)
        self._pace = 0.0
        self._place = np.where(np.isfinite(root), root, self._place)
        self._raw_place = self._place

    def _move(self, step: float, root: Array) -> None:
        if not np.isfinite(root).all():
            return
        if not np.isfinite(self._place).all():
            self._place = self._raw_place = root
            return
        pace = float(np.linalg.norm(root - self._raw_place)) / step
        self._pace += float(weight(_SPEED_CUTOFF, step)) * (pace - self._pace)
        curve = LIVE_CUTOFFS["root"]
        part = weight((curve.rest + curve.gain * self._pace) * self._root_scale, step)
        self._place, self._raw_place = self._place + part * (root - self._place), root
