# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames, and the landmarks found in them: those of one frame, and those of many frames as arrays.

Image coordinates: pixels of the full frame, x right, y down, origin top-left; z in pixels too, smaller is nearer.
World coordinates: metres, x image-right, y down, z away from the camera, origin mid-hip. Left and right are the
person's own if the picture is not mirrored. Anything not found is None in a frame and NaN in arrays, never 0.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body.expressions import EXPRESSIONS

Floats = NDArray[np.float64]

POSE_FACE: Final = slice(0, 11)
"""Landmarks of the pose that are the face's: nose, eyes, ears and mouth."""


@dataclass(frozen=True)
class Region:
    """Region of interest: a rectangle in pixels, rotated by `rotation` radians, clockwise on screen."""

    cx: float
    cy: float
    width: float
    height: float
    rotation: float


@dataclass(frozen=True)
class PoseLandmarks:
    """BlazePose's 33 points: image (33, 3) px, world (33, 3) m, visibility and presence (33,) 0..1, score 0..1.

    `size` is the side in pixels of the square around the person, by which the filters scale speeds; 0 if unknown.
    `tracked` is whether the person was looked for where the last frame's was; if not, the person was detected anew.
    """

    image: Floats
    world: Floats
    visibility: Floats
    presence: Floats
    score: float
    region: Region
    size: float = 0.0
    tracked: bool = True

    @property
    def face_size(self) -> float:
        """How large the face is: pixels along the longer side of the box around its eyes, ears and mouth.

        The face is skipped, without `Landmarks.face`, if that is less than `FaceSettings.min_size`.
        """
        return float(np.ptp(self.image[POSE_FACE, :2], axis=0).max())


@dataclass(frozen=True)
class HandLandmarks:
    """21 points of a hand: image (21, 3) px, world (21, 3) m with the wrist at the pose's world wrist.

    `presence` is the network's score 0..1; `right_handed` is its probability 0..1 that this is a right hand.
    """

    image: Floats
    world: Floats
    presence: float
    right_handed: float
    region: Region


@dataclass(frozen=True)
class FaceLandmarks:
    """The points of a face: image (478, 3) px, the last ten on the irises, or (468, 3) px without attention.

    `coefficients` (52,) 0..1 are the blend shapes that MediaPipe's network reads from the points, in the order of
    `COEFFICIENTS`; None if it was not run.
    """

    image: Floats
    presence: float
    region: Region
    coefficients: Floats | None = None


COEFFICIENTS: Final = ("_neutral", *(name for name in EXPRESSIONS if name != "tongueOut"))
"""Names of the outputs of MediaPipe's network of blend shapes."""


MAX_PEOPLE: Final = 32
"""Numbers of people are below this."""


@dataclass(frozen=True)
class Landmarks:
    """All landmarks of one person in one frame.

    `size` is the frame's (width, height) in pixels. `person` tells several people apart: whoever is followed first is
    number 0, and a number is never given to somebody else.
    """

    time: float
    index: int
    size: tuple[int, int]
    pose: PoseLandmarks | None = None
    left_hand: HandLandmarks | None = None
    right_hand: HandLandmarks | None = None
    face: FaceLandmarks | None = None
    person: int = 0


FACE_POINTS: Final = (33, 263, 234, 454, 10, 152)
"""Points of the face mesh that show the rotation of the head: outer corners of the right and the left eye, the face's
right and left side, the top of the forehead, and the chin."""


@dataclass(frozen=True)
class LandmarkTrack:
    """Landmarks of n frames as arrays, NaN where nothing was found.

    Attributes:
        time: (n,) seconds.
        size: (n, 2) width and height of the frames in pixels.
        pose_image: (n, 33, 3) px.
        pose_world: (n, 33, 3) m.
        visibility: (n, 33), and `presence` (n, 33).
        hand_image: (n, 2, 21, 3) px, left then right.
        hand_world: (n, 2, 21, 3) m, wrist at the pose's world wrist.
        hand_presence: (n, 2).
        face_image: (n, 6, 3) px, only the points `FACE_POINTS`.
        right_handed: (n, 2) probability 0..1 that each is a right hand; NaN everywhere unless given.
        person_size: (n,) px, `PoseLandmarks.size`; likewise.
        tracked: (n,) 1 where the person was tracked from the frame before, 0 where detected anew; likewise.
    """

    time: Floats
    size: Floats
    pose_image: Floats
    pose_world: Floats
    visibility: Floats
    presence: Floats
    hand_image: Floats
    hand_world: Floats
    hand_presence: Floats
    face_image: Floats
    right_handed: Floats = field(default_factory=lambda: np.empty((0, 2)))
    person_size: Floats = field(default_factory=lambda: np.empty(0))
    tracked: Floats = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        count = len(self.time)
        for name in ("right_handed", "person_size", "tracked"):
            values = getattr(self, name)
            if not len(values) and count:
                object.__setattr__(self, name, np.full((count, *values.shape[1:]), np.nan))

    @classmethod
    def of(cls, frames: Sequence[Landmarks]) -> "LandmarkTrack":
        """Stack frames into arrays."""
        return cls.of_stream(frames, len(frames))

    @classmethod
    def of_stream(cls, frames: Iterable[Landmarks], n: int) -> "LandmarkTrack":
        """Stack `n` frames into arrays one by one, without holding all of them in memory.

        Raises:
            ValueError: the number of frames is not `n`.
        """
        track = cls(
            time=np.full(n, np.nan),
            size=np.full((n, 2), np.nan),
            pose_image=np.full((n, 33, 3), np.nan),
            pose_world=np.full((n, 33, 3), np.nan),
            visibility=np.full((n, 33), np.nan),
            presence=np.full((n, 33), np.nan),
            hand_image=np.full((n, 2, 21, 3), np.nan),
            hand_world=np.full((n, 2, 21, 3), np.nan),
            hand_presence=np.full((n, 2), np.nan),
            face_image=np.full((n, len(FACE_POINTS), 3), np.nan),
        )
        for i, frame in zip(range(n), frames, strict=True):
            track.time[i] = frame.time
            track.size[i] = frame.size
            if frame.pose is not None:
                track.pose_image[i] = frame.pose.image
                track.pose_world[i] = frame.pose.world
                track.visibility[i] = frame.pose.visibility
                track.presence[i] = frame.pose.presence
                track.person_size[i], track.tracked[i] = frame.pose.size, frame.pose.tracked
            if frame.face is not None:
                track.face_image[i] = frame.face.image[list(FACE_POINTS)]
            for side, hand in enumerate((frame.left_hand, frame.right_hand)):
                if hand is not None:
                    track.hand_image[i, side] = hand.image
                    track.hand_world[i, side] = hand.world
                    track.hand_presence[i, side] = hand.presence
                    track.right_handed[i, side] = hand.right_handed
        return track
