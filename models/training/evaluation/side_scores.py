# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchanged sides in clips: before mending, after mending of the take, and after mending without delay."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.landmarks.data import LandmarkTrack, PoseLandmarks
from ....pipeline.solve import axes
from ....pipeline.solve.sides.exchange import Exchange, exchanged_track
from ....pipeline.solve.sides.live import SideKeeper
from ....pipeline.solve.sides.settings import SidesMode
from ....pipeline.solve.sides.take import mended
from ....pipeline.solve.solving import solve_person
from ....pipeline.takes.take import Take
from ...body.model import neutral_body
from ..pictures.views import Camera
from ..scenes.film import Truth
from . import metrics
from .exchanges import Mending, mending, shown, trunk_size

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

INJECTED: Final = (
    (Exchange.WHOLE, 0.15, 12),
    (Exchange.ARMS, 0.4, 6),
    (Exchange.LEGS, 0.6, 6),
    (Exchange.WHOLE, 0.8, 1),
    (Exchange.WHOLE, 0.85, 3),
)
"""Exchanges that are made on purpose: which, where in the clip (0..1), and for how many frames."""
_SAME: Final = 1e-3
"""Pixels up to which points are the same."""


@dataclass(frozen=True)
class SideScore:
    """How a clip with known truth is mended. Errors are mean degrees of limbs' directions.

    Attributes:
        kind: kind of movement.
        take: frames before and after mending of the take.
        live: frames before and after mending without delay.
        doubtful: frames whose sides the evidence does not settle.
        rechecked: frames that the heavy network saw too.
        gaps: landmarks that were taken out.
        raw: error of the world landmarks as found, and mended.
        solved: error of the solved motion without mending, and with it.
    """

    kind: str
    take: Mending
    live: Mending
    doubtful: int
    rechecked: int
    gaps: int
    raw: tuple[float, float]
    solved: tuple[float, float]


@dataclass(frozen=True)
class RealScore:
    """How a real clip is mended, of which it is known or assumed that sides are in order.

    Attributes:
        frames: its frames.
        changed: frames whose sides were changed in the take.
        live: frames whose sides were changed without delay.
        injected: exchanges made on purpose: frames before and after mending of the take.
        live_injected: likewise, without delay.
    """

    frames: int
    changed: int
    live: int
    injected: Mending
    live_injected: Mending


def score_clip(truth: Truth, take: Path) -> SideScore:
    """Score a take of a rendered clip of one person."""
    camera = Camera(int(truth.size[0]), int(truth.size[1]), float(truth.focal[0]))
    with Take.open(take) as opened:
        track, rechecks = opened.track(as_found=True), opened.rechecks()
        solved = tuple(_solved_error(opened, truth.points[0], sides) for sides in ("off", "auto"))
    kept = mended(track, rechecks)
    return SideScore(
        kind=truth.kind,
        take=compared(track, kept.track, camera.project(truth.points[0])),
        live=compared(track, kept_live(take), camera.project(truth.points[0])),
        doubtful=int(kept.doubtful.sum()),
        rechecked=len(rechecks),
        gaps=int(kept.gaps.sum()),
        raw=(_error(track, truth.points[0]), _error(kept.track, truth.points[0])),
        solved=(solved[0], solved[1]),
    )


def compared(before: LandmarkTrack, after: LandmarkTrack, true: Array) -> Mending:
    """Count exchanged frames of a track before and after mending; `true` (n, 33, 2) px."""
    seen = np.isfinite(before.pose_image).all(axis=(1, 2))
    size = trunk_size(true)
    return mending(shown(before.pose_image, true, size), shown(after.pose_image, true, size), seen)


def kept_live(take: Path) -> LandmarkTrack:
    """Return the track of a take's person 0 as it is mended in a live session, frame by frame."""
    keeper = SideKeeper()
    with Take.open(take) as opened:
        return LandmarkTrack.of([keeper.frame(landmarks) for landmarks in opened.frames(as_found=True)])


def score_real(take: Path) -> RealScore:
    """Score a take in which nothing is to be changed."""
    with Take.open(take) as opened:
        track, rechecks = opened.track(as_found=True), opened.rechecks()
    kept = mended(track, rechecks)
    states = injected_states(len(track.time))
    wrong = exchanged_track(track, states)
    seen = np.isfinite(track.pose_image).all(axis=(1, 2))
    return RealScore(
        frames=int(seen.sum()),
        changed=int(_changed(track, kept.track)[seen].sum()),
        live=int(_changed(track, kept_live(take))[seen].sum()),
        injected=restored(track, mended(wrong, _without_injected(rechecks, states)).track, states, seen),
        live_injected=restored(track, _live_injected(take, states), states, seen),
    )


def injected_states(count: int) -> NDArray[np.int64]:
    """Return the exchanges (n,) to make in a clip of n frames."""
    states = np.zeros(count, np.int64)
    for exchange, place, length in INJECTED:
        first = round(place * count)
        states[first : first + length] = exchange
    return states


def restored(true: LandmarkTrack, after: LandmarkTrack, states: NDArray[np.int64], seen: Flags) -> Mending:
    """Count frames with exchanges `states` (n,) made on purpose, and those that are not as before after mending."""
    made, wrong = (states != Exchange.NONE) & seen, _changed(true, after) & seen
    return Mending(int(seen.sum()), int(made.sum()), int((made & wrong).sum()), int((~made & wrong).sum()))


def _live_injected(take: Path, states: NDArray[np.int64]) -> LandmarkTrack:
    from ....pipeline.solve.sides.exchange import exchanged

    keeper = SideKeeper()
    with Take.open(take) as opened:
        frames = enumerate(opened.frames(as_found=True))
        return LandmarkTrack.of([keeper.frame(exchanged(found, Exchange(states[i]))) for i, found in frames])


def _without_injected(rechecks: Mapping[int, PoseLandmarks], states: NDArray[np.int64]) -> dict[int, PoseLandmarks]:
    """Return the rechecks of frames that were left alone: the others were never doubtful, so nobody looked."""
    return {frame: pose for frame, pose in rechecks.items() if states[frame] == Exchange.NONE}


def _changed(before: LandmarkTrack, after: LandmarkTrack) -> Flags:
    """Return the frames (n,) in which a point of the body is elsewhere in the picture; gaps do not count."""
    moved = np.abs(after.pose_image - before.pose_image)[:, metrics.POINTS, :2].max(axis=-1)
    return np.asarray(np.nan_to_num(moved).max(axis=1) > _SAME)


def _error(track: LandmarkTrack, true: Array) -> float:
    """Return the mean degrees between limbs of world landmarks and those of true points (n, 33, 3)."""
    found = axes.to_blender(track.pose_world)[:, metrics.POINTS]
    return _mean(metrics.directions(found, true[:, metrics.POINTS]))


def _solved_error(take: Take, true: Array, sides: SidesMode) -> float:
    motion = solve_person(take, sides=sides, calibrated=False).motion
    points = neutral_body().landmark_positions(motion.rotations, np.zeros(3))[:, metrics.POINTS]
    return _mean(metrics.directions(points, true[:, metrics.POINTS]))


def _mean(off: Array) -> float:
    return float(np.nanmean(off[:, : metrics.OF_LIMBS]))
