# SPDX-License-Identifier: GPL-3.0-or-later
"""What a motion shows of the vertical: how the performer stands, the trunk, and the floor under the feet."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ....models.body import rotations as rot
from ....models.body.camera_tilt import angles_of, slope_change
from ....models.body.model import Body
from ....models.body.motion import BodyMotion, Vertical
from .floor import footprints
from .standing import Standing, likely, standing_of

Array = NDArray[np.float64]

Source = Literal["legs", "trunk", "floor", "lines", "calibration"]

LEGS_DOUBT: Final = np.radians([6.0, 3.2])
"""Errors of the vertical, in pitch and roll, of someone who stands or walks, however long: measured on rendered people.
One camera sees badly who leans towards it."""

TRUNK_DOUBT: Final = np.radians([11.0, 7.0])
"""The same, from the trunk of someone who stands or walks."""

WALKING_BEND: Final = np.radians(35.0)
"""Bend of the straighter leg of someone who walks."""

BEND_DOUBT: Final = 0.15
"""Radians of additional error for each radian by which the legs are bent more, as who crouches is seen worse."""

LINES_ROLL, LEAST_LINES_ROLL = 0.3, np.radians(1.0)
"""Error of the roll that lines of a room show, as a share of that of the pitch, and its least: which way lines point is
seen better than how they converge."""

INDEPENDENT: Final = 0.7
"""Seconds after which the sway of a performer counts as independent."""

LEAST_SECONDS: Final = 0.5
"""Least seconds on the feet that show the vertical."""


@dataclass(frozen=True, eq=False)
class Evidence:
    """What something shows of the vertical.

    Attributes:
        source: what shows it.
        angles: (2,) pitch and roll of the camera in radians.
        covariance: (2, 2) of their errors, in radians squared.
    """

    source: Source
    angles: Array
    covariance: Array

    @property
    def doubt(self) -> float:
        """The error to be expected, in radians."""
        return float(np.sqrt(np.trace(self.covariance)))


def evidence_of(motion: BodyMotion, body: Body) -> Iterator[Evidence]:
    """Yield what a motion shows of the vertical by itself; nothing if nobody stands or walks in it.

    Args:
        motion: in the camera's space.
        body: the body it is a motion of.
    """
    standing = standing_of(motion, body)
    if standing.seconds < LEAST_SECONDS:
        return
    yield _of_directions("legs", standing.balance, standing, LEGS_DOUBT)
    yield _of_directions("trunk", standing.trunk, standing, TRUNK_DOUBT)
    yield from _floor(motion, body, standing)


def said_by(vertical: Vertical) -> Evidence:
    """Return what the pictures or a calibration show of the vertical."""
    source: Source = "calibration" if vertical.source == "calibration" else "lines"
    roll = vertical.doubt if source == "calibration" else max(LEAST_LINES_ROLL, LINES_ROLL * vertical.doubt)
    return Evidence(source, angles_of(vertical.up), np.diag(np.array([vertical.doubt, roll]) ** 2))


def _of_directions(source: Source, directions: Array, standing: Standing, doubt: Array) -> Evidence:
    """Return the evidence of directions (n, 3) that are upright but for sway."""
    angles = angles_of(directions)
    middle = np.median(angles, axis=0)
    sway = 1.4826 * np.median(np.abs(angles - middle), axis=0)
    crouch = (BEND_DOUBT * max(0.0, float(np.median(standing.bend)) - WALKING_BEND)) ** 2
    variance = doubt**2 + crouch + sway**2 * min(1.0, INDEPENDENT / standing.seconds)
    return Evidence(source, middle, np.diag(variance))


def _floor(motion: BodyMotion, body: Body, standing: Standing) -> Iterator[Evidence]:
    """Yield the evidence of the footprints, if they are far enough apart to show a slope."""
    up = rot.unit(np.median(standing.balance, axis=0))
    prints = footprints(replace(motion, root=np.where(standing.frames[:, None], motion.root, np.nan)), body, up)
    if not prints.far_apart:
        return
    slope, precision = prints.slope()
    normal = np.array([-slope[0], -slope[1], 1.0])
    if not likely(normal):
        return
    believed = angles_of(normal)
    change = slope_change(believed)
    yield Evidence("floor", believed, np.linalg.inv(change.T @ precision @ change))
