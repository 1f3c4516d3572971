# SPDX-License-Identifier: GPL-3.0-or-later
"""Moments at which several cameras see the same person, with what each of them sees interpolated to that moment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .....models.body.model import neutral_body
from ....landmarks.names import POSE_MIRROR
from ....takes.geometry import Clock
from ..view import View

Array = NDArray[np.float64]
Integers = NDArray[np.int64]

POINTS: Final = (0, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32)
"""The landmarks by which cameras are found: nose, ears, shoulders, elbows, wrists, hips, knees, ankles, heels, toes."""

_POINTS: Final = np.array(POINTS)
_MIRROR: Final = np.array([POINTS.index(POSE_MIRROR[point]) for point in POINTS])
_CANDIDATES: Final = 600
"""Moments of a person among which those to use are chosen."""
_LONGEST_GAP: Final = 0.12
"""Seconds between two frames across which landmarks are still interpolated."""
_AROUND: Final = 3
"""Frames before and after a moment over which speed is measured."""
_SEEN: Final = 0.3
"""Weight from which a landmark counts as seen."""
_MIN_COMMON: Final = 6
"""Landmarks that two cameras have to see at a moment."""
NOISE: Final = 0.01
"""Error of a landmark as a fraction of the person's height, of one that is neither easy nor hard to find."""
_ERRORS: Final = np.array(
    [0.5, 0.5, 0.5, 0.9, 0.9, 1.1, 1.1, 0.8, 0.8, 1.6, 1.6, 1.1, 1.1, 0.9, 0.9, 1.4, 1.4, 1.2, 1.2]
)
"""How that of each of `POINTS` differs. Measured on the clips of the bench `evaluate --cameras`, 28 November 2026."""
_HEIGHT: Final = 1.7


@dataclass(frozen=True)
class Moments:
    """What c cameras see of people at n moments; the j landmarks are `POINTS`.

    Attributes:
        person: (n,) number of the person.
        time: (n,) seconds by the take's clock.
        pixels: (n, c, j, 2) px from the middle of the picture, x right, y down; 0 where missing.
        speed: (n, c, j, 2) px/s, the landmarks' speed by the camera's clock.
        weight: (n, c, j) how sure each is; 0 where missing.
        height: (n, c) px, how tall the neutral body would be where the person is.
        poses: (n, c, j, 3) metres, the landmarks as solved from each camera alone, in its axes; NaN where missing.
    """

    person: Integers
    time: Array
    pixels: Array
    speed: Array
    weight: Array
    height: Array
    poses: Array

    def __len__(self) -> int:
        return len(self.time)

    def __getitem__(self, chosen: NDArray[Any] | slice) -> "Moments":
        return Moments(*(getattr(self, name)[chosen] for name in self.__dataclass_fields__))

    def of_cameras(self, cameras: Sequence[int]) -> "Moments":
        """Return the same moments as a few of the cameras see them."""
        chosen = list(cameras)
        fields = ("pixels", "speed", "weight", "height", "poses")
        return replace(self, **{name: getattr(self, name)[:, chosen] for name in fields})

    def mirrored(self, camera: int) -> "Moments":
        """Return the moments as they were if the pictures of one camera are mirror images, as of a selfie video."""
        across, aside = np.array([-1.0, 1.0]), np.array([-1.0, 1.0, 1.0])
        pixels, speed, weight, poses = (np.array(x) for x in (self.pixels, self.speed, self.weight, self.poses))
        pixels[:, camera] = pixels[:, camera][:, _MIRROR] * across
        speed[:, camera] = speed[:, camera][:, _MIRROR] * across
        weight[:, camera] = weight[:, camera][:, _MIRROR]
        poses[:, camera] = poses[:, camera][:, _MIRROR] * aside
        return replace(self, pixels=pixels, speed=speed, weight=weight, poses=poses)

    @property
    def noise(self) -> Array:
        """(n, c, j) px, the expected error of each landmark."""
        return NOISE * self.height[..., None] * _ERRORS

    @property
    def common(self) -> NDArray[np.int64]:
        """(n, c, c) landmarks that each two cameras both see."""
        seen = (self.weight >= _SEEN).astype(np.int64)
        return np.einsum("ncj,ndj->ncd", seen, seen)

    def shared(self, first: int, second: int) -> NDArray[np.bool_]:
        """(n,) whether two cameras both see enough of the person."""
        return self.common[:, first, second] >= _MIN_COMMON


def common_moments(people: Sequence[Sequence[View | None]], clocks: Sequence[Clock], count: int) -> Moments:
    """Return up to `count` moments at which at least two cameras see a person, spread over time and poses."""
    parts = []
    for number, views in enumerate(people):
        times = _candidates(views, clocks)
        candidates = at_times(people, clocks, np.full(len(times), number), times)
        pairs = candidates.common
        pairs[:, np.arange(len(clocks)), np.arange(len(clocks))] = 0
        candidates = candidates[(pairs >= _MIN_COMMON).any(axis=(1, 2))]
        parts.append(candidates[_spread(candidates, max(1, count // len(people)))])
    fields = parts[0].__dataclass_fields__
    return Moments(*(np.concatenate([getattr(part, name) for part in parts]) for name in fields))


def at_times(
    people: Sequence[Sequence[View | None]], clocks: Sequence[Clock], person: Integers, time: Array
) -> Moments:
    """Return what the cameras see of the given people (n,) at the given times (n,) by the take's clock."""
    n, c, j = len(time), len(clocks), len(POINTS)
    pixels, speed, weight = np.zeros((n, c, j, 2)), np.zeros((n, c, j, 2)), np.zeros((n, c, j))
    height, poses = np.ones((n, c)), np.full((n, c, j, 3), np.nan)
    for number, views in enumerate(people):
        rows = np.flatnonzero(person == number)
        for camera, (view, clock) in enumerate(zip(views, clocks, strict=True)):
            if view is None or len(view.time) < 2 or not len(rows):
                continue
            local = (time[rows] - clock.offset) / clock.rate
            after = np.clip(np.searchsorted(view.time, local), 1, len(view.time) - 1)
            step = view.time[after] - view.time[after - 1]
            part = (local - view.time[after - 1]) / step
            inside = (part >= 0.0) & (part <= 1.0) & (step <= _LONGEST_GAP)
            target = (pixels, speed, weight, height, poses)
            _fill_view(view, after[inside], part[inside], target, (rows[inside], camera))
    return Moments(person, time, pixels, speed, weight, height, poses)


def _fill_view(
    view: View, after: Integers, part: Array, target: tuple[Array, ...], place: tuple[Integers, int]
) -> None:
    """Interpolate what a view has at the frames `after` and before them, into the arrays of `Moments`."""
    pixels, speed, weight, height, poses = target
    first, second = view.pixels[np.ix_(after - 1, _POINTS)], view.pixels[np.ix_(after, _POINTS)]
    sure = np.minimum(view.weight[np.ix_(after - 1, _POINTS)], view.weight[np.ix_(after, _POINTS)])
    sure = np.where(np.isfinite(first).all(axis=-1) & np.isfinite(second).all(axis=-1), sure, 0.0)
    missing = (sure <= 0.0)[..., None]
    share = part[:, None, None]
    pixels[place] = np.where(missing, 0.0, first + share * (second - first))
    speed[place] = np.where(missing, 0.0, _speed(view, after))
    weight[place] = sure
    body, motion = neutral_body(), view.motion
    before_pose, after_pose = (
        body.landmark_positions(motion.rotations[frames], motion.root[frames])[:, _POINTS]
        for frames in (after - 1, after)
    )
    pose = before_pose + share * (after_pose - before_pose)
    poses[place] = pose
    depth = np.maximum(pose[..., 1].mean(axis=1), 0.3)
    usual = np.nanmedian(depth) if np.isfinite(depth).any() else 3.0
    height[place] = _HEIGHT * view.focal / np.where(np.isfinite(depth), depth, usual)


def _speed(view: View, after: Integers) -> Array:
    """Return the landmarks' speed (m, j, 2) in px/s about the frames `after`, the slope over a few frames.

    The difference of two frames would be mostly noise, and the clocks' error would be found too small.
    """
    around = np.clip(after[:, None] + np.arange(-_AROUND, _AROUND), 0, len(view.time) - 1)
    time, pixels = view.time[around], view.pixels[around[..., None], _POINTS]
    usable = np.isfinite(pixels).all(axis=-1) & (np.abs(time - view.time[after][:, None]) <= _LONGEST_GAP)[..., None]
    count = np.maximum(usable.sum(axis=1), 1)[..., None]
    pixels = np.where(usable[..., None], pixels, 0.0)
    elapsed = np.where(usable, time[..., None], 0.0)
    elapsed = np.where(usable, elapsed - elapsed.sum(axis=1, keepdims=True) / count[:, None, :, 0], 0.0)[..., None]
    spread = np.square(elapsed).sum(axis=1)
    return np.asarray((elapsed * pixels).sum(axis=1) / np.where(spread > 0.0, spread, np.inf))


def _candidates(views: Sequence[View | None], clocks: Sequence[Clock]) -> Array:
    """Return the times by the take's clock at which two cameras at least may see the person."""
    spans = sorted(
        (clock.offset + clock.rate * float(view.time[0]), clock.offset + clock.rate * float(view.time[-1]))
        for view, clock in zip(views, clocks, strict=True)
        if view is not None and len(view.time) > 1
    )
    if len(spans) < 2:
        return np.empty(0)
    start = spans[1][0]
    end = sorted(span[1] for span in spans)[-2]
    if end <= start:
        return np.empty(0)
    return np.linspace(start, end, int(np.clip((end - start) * 30.0, 2, _CANDIDATES)))


def _spread(moments: Moments, count: int) -> Integers:
    """Return the numbers of `count` moments in order: half of them spread over time, the others over poses."""
    n = len(moments)
    if n <= count:
        return np.arange(n)
    chosen = np.unique(np.linspace(0, n - 1, count // 2).round().astype(np.int64))
    features = np.nan_to_num(moments.poses - moments.poses.mean(axis=2, keepdims=True)).reshape(n, -1)
    far = np.full(n, np.inf)
    for start in range(0, len(chosen), 50):
        apart = features[:, None] - features[chosen[start : start + 50]][None]
        far = np.minimum(far, np.linalg.norm(apart, axis=-1).min(axis=1))
    added = list(chosen)
    while len(added) < count:
        best = int(np.argmax(far))
        added.append(best)
        far = np.minimum(far, np.linalg.norm(features - features[best], axis=-1))
    return np.unique(added)
