# SPDX-License-Identifier: GPL-3.0-or-later
"""How Blender puts bones together: what a bone has from its parent, and where a motion puts every bone."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ..rig.rig import Rig, RigMotion

Array = NDArray[np.float64]

ByBone = Sequence[Array] | Mapping[int, Array]


def carried(bone: int, rig: Rig, rest: Array, posed: ByBone) -> Array:
    """Where a bone without a basis of its own would stand in armature space: (4,) or (n, 4).

    Args:
        bone: its number.
        rig: the rig at rest.
        rest: (bones, 4) rest rotations in armature space.
        posed: by number, where the bones before it stand: (4,) or (n, 4).
    """
    parent = int(rig.parents[bone])
    if parent < 0 or not rig.inherit_rotation[bone]:
        return rest[bone]
    return rot.multiply(posed[parent], rot.multiply(rot.conjugate(rest[parent]), rest[bone]))


def location_axes(bone: int, rig: Rig, rest: Array, posed: ByBone) -> Array:
    """Axes, (4,) or (n, 4), in which a bone's basis location displaces its head. Arguments as of `carried`.

    They are those of the bone at rest, carried along by the parent even where its turn is not inherited; without local
    location the parent's, or the armature's if there is none.
    """
    parent = int(rig.parents[bone])
    if not rig.local_location[bone]:
        return rot.identity() if parent < 0 else posed[parent]
    if parent < 0:
        return rest[bone]
    return rot.multiply(posed[parent], rot.multiply(rot.conjugate(rest[parent]), rest[bone]))


def carried_head(bone: int, rig: Rig, rest: Array, turns: ByBone, heads: ByBone) -> Array:
    """Where the head of a bone without a location of its own would be: (3,) or (n, 3).

    Args:
        bone: its number.
        rig: the rig at rest.
        rest: (bones, 4) rest rotations in armature space.
        turns: by number, how the bones before it stand: (4,) or (n, 4).
        heads: by number, where they begin: (3,) or (n, 3).
    """
    parent, head = int(rig.parents[bone]), rig.rest[bone, :3, 3]
    if parent < 0:
        return head
    offset = rot.rotate(rot.conjugate(rest[parent]), head - rig.rest[parent, :3, 3])
    return heads[parent] + rot.rotate(turns[parent], offset)


def posed_bones(rig: Rig, motion: RigMotion) -> tuple[Array, Array]:
    """Turns (n, bones, 4) and heads (n, bones, 3) in armature space of all bones, as a motion poses them."""
    rest = rot.from_matrix(rig.rest[:, :3, :3])
    column = {bone: i for i, bone in enumerate(motion.bones)}
    places = dict(motion.places)
    if motion.location is not None:
        places[motion.root] = motion.location
    turns: list[Array] = []
    heads: list[Array] = []
    for bone, name in enumerate(rig.names):
        turn, head = carried(bone, rig, rest, turns), carried_head(bone, rig, rest, turns, heads)
        if name in places:
            head = head + rot.rotate(location_axes(bone, rig, rest, turns), places[name])
        turns.append(rot.multiply(turn, motion.rotations[:, column[name]]) if name in column else turn)
        heads.append(head)
    count = len(motion.rotations)
    return (
        np.stack([np.broadcast_to(turn, (count, 4)) for turn in turns], axis=1),
        np.stack([np.broadcast_to(head, (count, 3)) for head in heads], axis=1),
    )
