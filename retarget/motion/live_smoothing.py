# SPDX-License-Identifier: GPL-3.0-or-later
"""Live smoothing: One-Euro filters of the rotations and the root, with a smoothness for each region."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body.filter import PlaceFilter, RotationFilter
from .options import DEFAULT_SMOOTHNESS, JOINT_REGIONS, REGIONS, Region
from .spans import SHORTEST_STEP

Array = NDArray[np.float64]


@dataclass(frozen=True)
class LiveCutoffCurve:
    """Cutoff of a region at the default smoothness: `rest` hertz, plus `gain` for each radian (or metre) a second."""

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
"""Cutoff in hertz for smoothing the speed."""

_NO_SMOOTHING: Final = 1e6
"""Factor for a cutoff that turns smoothing off."""

_UNSEEN, _SURE = 0.1, 0.5
"""Confidence at and below which a joint moves slowest, and from which it is followed fully."""

_SLOWEST: Final = 0.1
"""Fraction of its cutoff at which an unseen joint drifts towards the solver's resting pose."""

_LONGEST_GAP: Final = 0.5
"""Seconds without a frame after which the filters start anew."""


class LiveSmoothing:
    """Smooths poses of the body one by one, in order of time."""

    def __init__(self, smoothness: float = DEFAULT_SMOOTHNESS, regions: Mapping[Region, float] | None = None) -> None:
        """Set the smoothness, 0 (as solved) to 1, and a different one for single regions."""
        self._filter = RotationFilter(0.0, 0.0, speed_cutoff=_SPEED_CUTOFF)
        self._root_filter = PlaceFilter(0.0, 0.0, speed_cutoff=_SPEED_CUTOFF)
        self.set(smoothness, regions)
        self.reset()

    def set(self, smoothness: float, regions: Mapping[Region, float] | None = None) -> None:
        """Change the smoothness without resetting the filters."""
        chosen = dict.fromkeys(REGIONS, smoothness) | dict(regions or {})
        # Half the smoothness doubles the cutoff; none turns smoothing off.
        scale = {
            region: DEFAULT_SMOOTHNESS / value if value > 0.0 else _NO_SMOOTHING for region, value in chosen.items()
        }
        curves = [LIVE_CUTOFFS[region] for region in JOINT_REGIONS]
        joints = np.array([scale[region] for region in JOINT_REGIONS])
        self._filter.set(joints * [each.rest for each in curves], joints * [each.gain for each in curves])
        root = LIVE_CUTOFFS["root"]
        self._root_filter.set(scale["root"] * root.rest, scale["root"] * root.gain)

    def reset(self) -> None:
        """Start anew: the next pose passes through unchanged."""
        self._time: float | None = None
        self._turns = np.empty((0, 4))
        self._place = np.full(3, np.nan)

    def pose(self, time: float, rotations: Array, root: Array, confidence: Array) -> tuple[Array, Array]:
        """Return the smoothed rotations (52, 4) and root (3,) at `time` seconds.

        A pose that is no later than the last one returns the last result. A joint of low confidence follows slowly,
        and faster as its confidence rises; a root of NaN holds the last place.
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
        self._root_filter.reset()
        self._time, self._turns = time, self._filter.step(0.0, rotations)
        self._place = np.where(np.isfinite(root), root, self._place)
        self._move(0.0, self._place)

    def _move(self, step: float, root: Array) -> None:
        if np.isfinite(root).all():
            self._place = self._root_filter.step(step, root)
