# SPDX-License-Identifier: GPL-3.0-or-later
"""Test data for lifters: landmarks with the true pose."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.landmarks.data import FACE_POINTS, LandmarkTrack
from ....pipeline.landmarks.settings import HolisticSettings, Model
from ....pipeline.solve import axes
from ....pipeline.solve.camera import CameraSettings, focal_length
from ....pipeline.solve.lifter.frames import SOLVED, rest_frames
from ...body import rotations as rot
from ...body.joints import INDEX, JOINTS, PARENTS
from ...body.model import Body
from ..pairs.clips import Clips
from ..pairs.dataset import trained_body
from ..pairs.landmark_offsets import landmarks_of, with_offsets
from ..pairs.pairs import Pairs
from ..pictures.people import Person
from . import metrics

Array = NDArray[np.float64]

UNRELATED_SECONDS: Final = 900.0
"""Seconds between unrelated pictures, after which solvers keep no state."""
_FINGERS: Final = [i for i, name in enumerate(JOINTS) if name[-1].isdigit() and "Hand" in name]
_BODY_JOINTS: Final = [i for i in range(len(JOINTS)) if i not in _FINGERS]


@dataclass(frozen=True)
class Trial:
    """Landmarks with the true points and rotations.

    Attributes:
        track: landmarks of n frames.
        points: (n, 12, 3) `metrics.POINTS` in metres, Blender's axes relative to the camera; NaN if unknown.
        turns: (n, 52, 4) global rotations of the neutral body's joints, or None if unknown.
        starts: first frame of each sequence; sequences are unrelated.
        moving: whether the frames of a sequence are successive.
        focal: (n,) focal length in pixels.
    """

    track: LandmarkTrack
    points: Array
    turns: Array | None
    starts: tuple[int, ...]
    moving: bool
    focal: Array

    def __len__(self) -> int:
        return len(self.track.time)

    def sequences(self) -> Iterator[slice]:
        """Yield the frames of each sequence."""
        for first, end in zip(self.starts, (*self.starts[1:], len(self)), strict=True):
            yield slice(first, end)

    def as_assumed(self) -> "Trial":
        """Return the trial scaled to the focal length that `CameraSettings` assumes, as if the true one were known."""
        scale = (focal_length(self.track.size, CameraSettings()) / self.focal)[:, None, None]
        middle = np.zeros((len(self), 1, 3))
        middle[..., :2] = 0.5 * self.track.size[:, None]
        pose = middle + scale * (self.track.pose_image - middle)
        hands = middle[:, None] + scale[:, None] * (self.track.hand_image - middle[:, None])
        return replace(self, track=replace(self.track, pose_image=pose, hand_image=hands))


def track_slice(track: LandmarkTrack, chosen: slice) -> LandmarkTrack:
    """Return some frames of a track."""
    return LandmarkTrack(**{name: values[chosen] for name, values in vars(track).items()})


def of_pairs(pairs: Pairs, people: Sequence[Person], offsets: Array) -> Trial:
    """Make a trial from pairs; the true points are BlazePose's on each person, as measured by `landmark_offsets`."""
    time = UNRELATED_SECONDS * np.arange(len(pairs))
    points, turns = _truth(pairs, people, offsets)
    return Trial(track_of(pairs, time), points, turns, (0,), moving=False, focal=pairs.camera[:, 2].astype(float))


def of_clips(clips: Clips, people: Sequence[Person], offsets: Array) -> Trial:
    """Make a trial from clips, with landmarks as in a take."""
    seen = clips.smoothed()
    points, turns = _truth(seen, people, offsets)
    starts = np.flatnonzero(np.diff(clips.clip, prepend=-1))
    return Trial(
        track=track_of(seen, clips.time.astype(float)),
        points=points,
        turns=turns,
        starts=tuple(int(start) for start in starts),
        moving=True,
        focal=seen.camera[:, 2].astype(float),
    )


def of_video(video: Path, true: Array, *, focal: float, model: Model, second_look: bool = False) -> Trial:
    """Make a trial from a video with known joints (m, 12, 3) in landmark world axes, and its focal length in pixels."""
    from ....pipeline.landmarks import scheduler
    from ....pipeline.sources import open_source

    with open_source(video) as source:
        frames = list(scheduler.run(source, HolisticSettings(model=model, face=False, second_look=second_look)))
    points = np.full((len(frames), 12, 3), np.nan)
    count = min(len(frames), len(true))
    points[:count] = axes.to_blender(true[:count])
    track = LandmarkTrack.of(frames)
    return Trial(track, points, None, (0,), moving=True, focal=np.full(len(frames), focal))


def finger_frames(body: Body) -> Array:
    """Return the frames (30, 3, 3) of finger joints at rest: Y along the bone, Z along the knuckles.

    The Z of thumbs is perpendicular to the palm.
    """
    frames = []
    for joint in _FINGERS:
        side = "Left" if JOINTS[joint].startswith("Left") else "Right"
        along = _end(body, joint) - body.rest[joint]
        index, little = (body.rest[INDEX[f"{side}Hand{finger}1"]] for finger in ("Index", "Pinky"))
        knuckles = index - little
        palm = np.cross(knuckles, index - body.rest[INDEX[f"{side}Hand"]])
        frames.append(rot.frame(along, palm if "Thumb" in JOINTS[joint] else knuckles))
    return np.stack(frames)


def _end(body: Body, joint: int) -> Array:
    child = joint + 1
    end: Array = body.rest[child] if child < len(JOINTS) and PARENTS[child] == joint else body.ends[joint]
    return end


def _truth(pairs: Pairs, people: Sequence[Person], offsets: Array) -> tuple[Array, Array]:
    """Return points (n, 12, 3), and global rotations (n, 52, 4) of the neutral body with bones like the person's."""
    bodies = [with_offsets(person.body, offsets) for person in people]
    neutral = trained_body(offsets)
    turns = np.empty((len(pairs), len(JOINTS), 3, 3))
    for number, body in enumerate(bodies):
        rows = pairs.person == number
        own = rot.to_matrix(body.globals(pairs.rotations[rows].astype(float)))
        turns[rows] = own @ _rest(body) @ np.swapaxes(_rest(neutral), -1, -2)
    return landmarks_of(pairs, bodies)[:, metrics.POINTS], rot.from_matrix(turns)


def _rest(body: Body) -> Array:
    """Return the frames (52, 3, 3) of all joints at rest."""
    frames = np.empty((len(JOINTS), 3, 3))
    frames[_BODY_JOINTS] = rest_frames(body)[[SOLVED.index(joint) for joint in _BODY_JOINTS]]
    frames[_FINGERS] = finger_frames(body)
    return frames


def track_of(pairs: Pairs, time: Array) -> LandmarkTrack:
    """Return the landmarks of pairs as a track with times `time` (n,)."""
    return LandmarkTrack(
        time=time,
        size=pairs.camera[:, :2].astype(float),
        pose_image=pairs.image.astype(float),
        pose_world=pairs.world.astype(float),
        visibility=pairs.visibility.astype(float),
        presence=pairs.presence.astype(float),
        hand_image=pairs.hands_image.astype(float),
        hand_world=pairs.hands_world.astype(float),
        hand_presence=pairs.hands_presence.astype(float),
        face_image=np.full((len(pairs), len(FACE_POINTS), 3), np.nan),
    )
