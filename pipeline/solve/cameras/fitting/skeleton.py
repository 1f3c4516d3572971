# SPDX-License-Identifier: GPL-3.0-or-later
"""The joints that are fitted to landmarks, and how landmarks move with them.

The unknowns of a frame are small rotation vectors of the joints' global rotations, and the hips' position. A landmark
is at the end of a chain of vectors: from each joint to the next, and from the last joint to itself. Each of them turns
with the joint at which it begins, so turning a joint by w moves the landmark by w x that joint's own vector. Fingers
and toes keep their rotations relative to their parents.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot
from .....models.body.joints import JOINTS, PARENTS
from .....models.body.model import Body
from .landmark_errors import CARRIERS, found_points

Array = NDArray[np.float64]

FITTED: Final = tuple(
    i for i, name in enumerate(JOINTS) if "Spine" in name or not (name[-1].isdigit() or name.endswith("ToeBase"))
)
"""The joints that are fitted, parents first: all but fingers and toes."""
FITTED_PARENTS: Final = tuple(FITTED.index(PARENTS[i]) for i in FITTED[1:])
"""Place among `FITTED` of the parent of each but the first."""
COUNT: Final = len(FITTED)
UNKNOWNS: Final = 3 * COUNT + 3
"""Unknowns of a frame: the rotation vectors of `FITTED`, then the position of the hips."""
LANDMARKS: Final = (*range(33), 33, 38, 42, 46, 50, 54, 59, 63, 67, 71)
"""The landmarks that are fitted: BlazePose's, then wrist and knuckles of the left hand and of the right one."""
_LANDMARKS: Final = np.array(LANDMARKS)
_FITTED: Final = np.array(FITTED)
_TIP: Final = COUNT - 1
"""Number of the vectors between fitted joints; after them are those to the landmarks."""


def _ancestors(joint: int) -> list[int]:
    """Return a joint and those above it."""
    return [joint, *_ancestors(PARENTS[joint])] if joint >= 0 else []


def _attached(body_joints: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the place among `FITTED` of the joint that carries each landmark, from those it belongs to."""
    return np.array([FITTED.index(next(j for j in _ancestors(joint) if j in FITTED)) for joint in body_joints])


def _chains(attached: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return which (landmark, joint, vector) depend on each other."""
    rows = []
    for landmark, carrier in enumerate(attached.tolist()):
        rows.append((landmark, carrier, _TIP + landmark))
        child = carrier
        while child > 0:
            parent = FITTED_PARENTS[child - 1]
            rows.append((landmark, parent, child - 1))
            child = parent
    landmarks, joints, vectors = np.array(rows).T
    return landmarks, joints, vectors


@dataclass(frozen=True)
class Skeleton:
    """A body's fitted joints and landmarks, with the fingers and toes of n frames.

    Attributes:
        bones: (19, 3) metres at rest, from each joint's parent to the joint.
        tips: (n, 43, 3) metres from the landmark's joint to the landmark, in the joint's axes.
        carriers: (43,) place among `FITTED` of the joint that carries each landmark.
    """

    bones: Array
    tips: Array
    carriers: NDArray[np.int64]

    @classmethod
    def of(cls, body: Body, rotations: Array) -> "Skeleton":
        """Make it from parent-relative rotations (n, 52, 4), with landmarks where networks find them."""
        carriers = _attached(CARRIERS[_LANDMARKS])
        turns = body.globals(rotations)
        carrier = _FITTED[carriers]
        origin = np.zeros((len(rotations), 3))
        points = found_points(body, rotations, origin)[:, _LANDMARKS]
        places = body.positions(rotations, origin)[:, carrier]
        tips = rot.rotate(rot.conjugate(turns[:, carrier]), points - places)
        parents = _FITTED[list(FITTED_PARENTS)]
        return cls(body.rest[_FITTED[1:]] - body.rest[parents], tips, carriers)

    def vectors(self, turns: Array) -> Array:
        """Return the vectors (n, 19 + 43, 3) between joints and to landmarks, from global rotations (n, 20, 3, 3)."""
        n = len(turns)
        result = np.empty((n, _TIP + len(LANDMARKS), 3))
        result[:, :_TIP] = (turns[:, list(FITTED_PARENTS)] @ self.bones[..., None])[..., 0]
        result[:, _TIP:] = (turns[:, self.carriers] @ self.tips[..., None])[..., 0]
        return result

    def points(self, vectors: Array, root: Array) -> Array:
        """Return the landmarks (n, 43, 3) in metres from `vectors` and the hips' position (n, 3)."""
        joints = np.empty((len(root), COUNT, 3))
        joints[:, 0] = root
        for joint, parent in enumerate(FITTED_PARENTS, start=1):
            joints[:, joint] = joints[:, parent] + vectors[:, joint - 1]
        return joints[:, self.carriers] + vectors[:, _TIP:]

    def derivative(self, vectors: Array) -> Array:
        """Return how the landmarks change with the unknowns: (n, 43, 3, 63)."""
        n = len(vectors)
        landmarks, joints, used = _chains(self.carriers)
        result = np.zeros((n, len(LANDMARKS), 3, COUNT + 1, 3))
        result[..., COUNT, :] = np.eye(3)
        # Numpy puts the pairs first, as they are picked from two axes apart.
        result[:, landmarks, :, joints] = _negative_skew(vectors.take(used, axis=1).swapaxes(0, 1))
        return result.reshape(n, len(LANDMARKS), 3, UNKNOWNS)


def fitted_globals(body: Body, rotations: Array) -> Array:
    """Return the global rotations (n, 20, 4) of the fitted joints, from parent-relative ones (n, 52, 4)."""
    return body.globals(rotations)[:, _FITTED]


def with_globals(rotations: Array, turns: Array) -> Array:
    """Return rotations (n, 52, 4) with the fitted joints' global rotations (n, 20, 4); others keep theirs."""
    result = np.array(rotations)
    result[:, _FITTED[0]] = turns[:, 0]
    result[:, _FITTED[1:]] = rot.multiply(rot.conjugate(turns[:, list(FITTED_PARENTS)]), turns[:, 1:])
    return result


def _negative_skew(vectors: Array) -> Array:
    """Return the matrices (..., 3, 3) that multiply w to w x v, for vectors v (..., 3)."""
    result = np.zeros((*vectors.shape, 3))
    x, y, z = np.moveaxis(vectors, -1, 0)
    result[..., 0, 1], result[..., 0, 2] = z, -y
    result[..., 1, 0], result[..., 1, 2] = -z, x
    result[..., 2, 0], result[..., 2, 1] = y, -x
    return result
