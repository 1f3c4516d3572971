# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion of the body to motion of a rig, relative to both rest poses.

For a joint's global turn away from the body's rest, seen in armature space (D), the alignment of the two rest poses
(A) and a bone's rest rotation (R), the bone is to stand at ``Q = D A R``. What Blender stores is the basis B, which
its evaluation puts together as ``Q = Q_parent (R_parent^-1 R) B``; so B follows, parents first.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import INDEX, JOINTS
from ...models.body.model import Body
from ...models.body.motion import BodyMotion
from ..motion.edits import mirrored
from ..motion.gaps import held
from ..motion.root import way
from ..rig.rest import alignment, body_axes, joint_positions, size_ratio
from ..rig.rig import Rig, RigMap, RigMotion
from .posing import carried, location_axes
from .spread import shares_of, spread

Array = NDArray[np.float64]


def transfer(motion: BodyMotion, body: Body, rig: Rig, rig_map: RigMap) -> RigMotion:
    """Put a motion of the body onto a rig.

    Bones that follow no joint keep their rest pose relative to their parents. Joints without a bone lose nothing: the
    bones after them take up their turn. The hips travel in proportion to the rig's hip height.

    Args:
        motion: the motion. Rotations that are NaN hold their last value.
        body: the body it is a motion of.
        rig: the rig at rest.
        rig_map: its bones by joint.
    """
    positions = joint_positions(rig, rig_map)
    axes = body_axes(positions)
    motion = replace(motion, rotations=held(motion.rotations, rot.identity(len(JOINTS))))
    if rig.mirrored:
        motion = mirrored(motion)  # What is mirrored twice looks as it was.
    shares = shares_of(rig_map)
    turns = spread(body.globals(motion.rotations), list(shares.values()), body.rest)
    turns = rot.multiply(rot.multiply(axes, turns), rot.conjugate(axes))
    aligned = alignment(positions, body.rest, axes)[[INDEX[share.joint] for share in shares.values()]]
    wanted = dict(zip(shares, np.moveaxis(rot.multiply(turns, aligned), 1, 0), strict=True))

    path = rot.rotate(axes, way(motion, body)) * size_ratio(positions, body.rest, axes)
    return _pose(wanted, path, rig, rig_map)


def _pose(wanted: dict[str, Array], path: Array, rig: Rig, rig_map: RigMap) -> RigMotion:
    """Basis rotations and location of bones that are to turn as `wanted` (n, 4), hips displaced by `path` (n, 3)."""
    rest = rot.from_matrix(rig.rest[:, :3, :3])
    posed: list[Array] = []
    bases: dict[str, Array] = {}
    location = path
    for bone, name in enumerate(rig.names):
        own = carried(bone, rig, rest, posed)
        if name not in wanted:
            posed.append(own)
            continue
        target = rot.multiply(wanted[name], rest[bone])
        posed.append(target)
        if name not in rig_map.carried:
            bases[name] = rot.continuous(rot.multiply(rot.conjugate(own), target))
        if name == rig_map.carrier:
            # Turning about its own head, the carrier takes the hips along on an arc; its location makes up for that.
            reach = rig.rest[rig.names.index(rig_map.bones["Hips"]), :3, 3] - rig.rest[bone, :3, 3]
            path = path + reach - rot.rotate(wanted[name], reach)
            location = rot.rotate(rot.conjugate(location_axes(bone, rig, rest, posed)), path)
    return RigMotion(
        bones=tuple(bases),
        rotations=np.stack(list(bases.values()), axis=1),
        root=rig_map.carrier,
        location=location,
    )
