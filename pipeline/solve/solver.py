# SPDX-License-Identifier: GPL-3.0-or-later
"""What every solver does: landmarks in, rotations of the body's joints out."""

from typing import Protocol

from ...models.body.motion import BodyMotion
from ..landmarks.data import LandmarkTrack


class Solver(Protocol):
    """Turns the landmarks of one person into motion. It remembers between calls, so each person needs their own."""

    def update(self, track: LandmarkTrack) -> BodyMotion:
        """Motion over the next n frames, as they come: `track.time` goes on from the call before."""

    def solve(self, track: LandmarkTrack) -> BodyMotion:
        """Motion over a whole track, each frame in the light of those on both sides of it.

        All that came before is forgotten.
        """

    def reset(self) -> None:
        """Forget all frames so far: the next ones are of another track, or another person."""
