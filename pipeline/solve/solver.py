# SPDX-License-Identifier: GPL-3.0-or-later
"""The interface of all solvers: landmarks in, rotations of the body's joints out."""

from typing import Protocol

from ...models.body.motion import BodyMotion
from ..landmarks.data import LandmarkTrack


class Solver(Protocol):
    """Turns the landmarks of one person into motion. It keeps state between calls, so each person needs a solver."""

    def update(self, track: LandmarkTrack) -> BodyMotion:
        """Return the motion of the next n frames of a stream: `track.time` continues from the previous call."""

    def solve(self, track: LandmarkTrack) -> BodyMotion:
        """Return the motion of a whole track, using for each frame also the frames before and after it.

        Resets the solver first.
        """

    def reset(self) -> None:
        """Forget all frames so far: the next ones are of another track or person."""
