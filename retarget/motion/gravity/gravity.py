# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way is up in a motion, how sure that is, and what shows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....errors import listed
from ....models.body import rotations as rot
from ....models.body.camera_tilt import angles_of, up_of
from ....models.body.model import Body
from ....models.body.motion import BodyMotion
from ..options import TILT_UNKNOWN, MotionOptions
from .estimate import estimated
from .evidence import Evidence, Source, evidence_of, said_by

Array = NDArray[np.float64]

LEVEL: Final = 1.5
"""Degrees below which a camera is called level."""

SAID_DOUBT: Final = np.radians(0.5)
"""Error of what the user says of the camera, in radians: it is simply taken."""

NAMES: Final[dict[Source, str]] = {
    "legs": "the legs",
    "trunk": "the trunk",
    "floor": "the floor",
    "lines": "lines of the room",
    "calibration": "the calibration",
}
"""What shows the vertical, in words."""


@dataclass(frozen=True)
class Gravity:
    """The vertical in a motion's axes.

    Attributes:
        up: (3,) unit vector upwards.
        doubt: its expected error in radians; infinite if nothing shows the vertical.
        evidence: what it is made of; empty if nothing shows it, and then the camera is taken to be level.
        dropped: evidence of other sources, which disagrees with the rest.
        given: whether the user gave one of the angles, or both.
    """

    up: tuple[float, float, float]
    doubt: float
    evidence: tuple[Evidence, ...] = ()
    dropped: tuple[Evidence, ...] = ()
    given: bool = False

    @property
    def pitch(self) -> float:
        """Degrees by which the camera looks down; negative if it looks up."""
        return float(np.degrees(angles_of(self.up)[0]))

    @property
    def roll(self) -> float:
        """Degrees by which the camera is rolled: its picture shows the vertical leaning to the right."""
        return float(np.degrees(angles_of(self.up)[1]))

    @property
    def turn(self) -> Array:
        """Rotation (4,) of the motion that brings it upright, without changing its heading."""
        return rot.between(self.up, [0.0, 0.0, 1.0])

    @property
    def sentence(self) -> str:
        """What was found, how sure it is and what shows it."""
        if not self.evidence and not self.given:
            return (
                "Nothing shows how the camera was tilted, so it is taken to be level: nobody stands or walks in view."
            )
        names = [NAMES[source] for source in dict.fromkeys(each.source for each in self.evidence)]
        names = ["what you said", *names] if self.given else names
        sure = f"; sure to {_degrees(max(1.0, float(np.degrees(self.doubt))))}" if np.isfinite(self.doubt) else ""
        return f"{self._posture} (from {listed(names)}{sure})."

    @property
    def _posture(self) -> str:
        pitch, roll = self.pitch, self.roll
        looks = f"looks {'down' if pitch > 0.0 else 'up'} by {abs(pitch):.0f}" if abs(pitch) >= LEVEL else ""
        rolled = f"is rolled by {abs(roll):.0f}" if abs(roll) >= LEVEL else ""
        if not looks and not rolled:
            return "The camera is level"
        return f"The camera {' and '.join(filter(None, [looks, rolled]))} degrees"


def _degrees(angle: float) -> str:
    return f"{angle:.0f} degree{'' if round(angle) == 1 else 's'}"


UNKNOWN: Final = Gravity((0.0, 0.0, 1.0), float("inf"))
"""The vertical where nothing shows it: that of a level camera."""


def gravity_of(motion: BodyMotion, body: Body, options: MotionOptions | None = None) -> Gravity:
    """Return the vertical of a motion from all that shows it; see `joint_gravity`."""
    return joint_gravity([motion], [body], options)


def joint_gravity(
    motions: Sequence[BodyMotion], bodies: Sequence[Body], options: MotionOptions | None = None
) -> Gravity:
    """Return the one vertical of people who were filmed together.

    Args:
        motions: of k people, in the space of the same camera.
        bodies: k bodies that they are motions of.
        options: what the user says of the camera: `camera_pitch`, `camera_roll`.
    """
    options = options or MotionOptions()
    said = np.array([options.camera_pitch, options.camera_roll])
    given = said != TILT_UNKNOWN
    if given.all():
        return _gravity(np.radians(said), SAID_DOUBT, (), given=True)
    own = chain.from_iterable(evidence_of(*each) for each in zip(motions, bodies, strict=True))
    seen = dict.fromkeys(vertical for motion in motions for vertical in motion.verticals)
    evidence = (*own, *map(said_by, seen))
    found = estimated(evidence)
    if not given.any():
        if found is None:
            return UNKNOWN
        names = {each.source for each in found.used}
        dropped = tuple(each for each in evidence if each.source not in names)
        return _gravity(found.angles, found.doubt, found.used, dropped=dropped)
    angles, doubt = np.zeros(2), np.full(2, np.inf)
    if found is not None:
        # The angle that is known tells of the other one as far as their errors go together.
        known, other = (0, 1) if given[0] else (1, 0)
        shift = found.covariance[other, known] / found.covariance[known, known]
        angles = found.angles + shift * (np.radians(said[known]) - found.angles[known])
        doubt = np.sqrt(np.diag(found.covariance))
    angles, doubt = np.where(given, np.radians(said), angles), np.where(given, SAID_DOUBT, doubt)
    return _gravity(angles, float(np.linalg.norm(doubt)), () if found is None else found.used, given=True)


def _gravity(
    angles: Array,
    doubt: float,
    evidence: tuple[Evidence, ...],
    *,
    dropped: tuple[Evidence, ...] = (),
    given: bool = False,
) -> Gravity:
    up = up_of(angles)
    return Gravity((float(up[0]), float(up[1]), float(up[2])), doubt, evidence, dropped=dropped, given=given)
