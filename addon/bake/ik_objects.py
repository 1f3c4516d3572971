# SPDX-License-Identifier: GPL-3.0-or-later
"""Objects, empties as a rule, that IK of an armature reaches for: keyed as controls that are bones are.

Retargeting knows bones alone, so such an object is lent to it as a bone without a parent, and what comes out for that
is put into the object's own space. Only places: nothing says how an object is turned when a hand is at rest.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...retarget.rig.rig import InverseKinematics, Rig, RigMotion
from ...retarget.transfer.ik import IKLimb
from ..character.armature import pose_of
from ..character.constraints import bent_chain, is_muted
from .keys import Channel

Array = NDArray[np.float64]

_LENT: Final = "object:"
"""What stands before the name of an object where it is lent as a bone."""


def with_objects(armature: bpy.types.Object, rig: Rig) -> Rig:
    """The rig with a bone for every object that its IK reaches for and that can be keyed; itself if there is none."""
    found = list(_constraints(armature))
    lent = dict.fromkeys(name for ik in found for name in (ik.target, ik.pole) if name.startswith(_LENT))
    if not lent:
        return rig
    count, into = len(lent), armature.matrix_world.inverted_safe()
    rest = np.array([into @ bpy.data.objects[name.removeprefix(_LENT)].matrix_world for name in lent], dtype=float)
    rest[:, :3, :3] = np.eye(3)
    yes = np.ones(count, dtype=bool)
    return replace(
        rig,
        names=(*rig.names, *lent),
        parents=np.concatenate([rig.parents, np.full(count, -1)]),
        rest=np.concatenate([rig.rest, rest]),
        lengths=np.concatenate([rig.lengths, np.ones(count)]),
        inherit_rotation=np.concatenate([rig.inherit_rotation, yes]),
        local_location=np.concatenate([rig.local_location, yes]),
        basis=None,
        ik=(*rig.ik, *found),
    )


def without_objects(motion: RigMotion, rig: Rig) -> tuple[RigMotion, dict[str, Array]]:
    """A motion of bones alone, and the places (n, 3), in armature space, of the objects that were lent as bones."""
    kept = [row for row, bone in enumerate(motion.bones) if not bone.startswith(_LENT)]
    objects = {
        bone.removeprefix(_LENT): rig.rest[rig.names.index(bone), :3, 3] + place
        for bone, place in motion.places.items()
        if bone.startswith(_LENT)
    }
    bones = replace(
        motion,
        bones=tuple(motion.bones[row] for row in kept),
        rotations=motion.rotations[:, kept],
        places={bone: place for bone, place in motion.places.items() if not bone.startswith(_LENT)},
    )
    return bones, objects


def channel_of(armature: bpy.types.Object, thing: bpy.types.Object, places: Array) -> Channel:
    """What to key of an object that is to be at places (n, 3) of armature space."""
    above = thing.parent.matrix_world @ thing.matrix_parent_inverse if thing.parent is not None else None
    into = np.array(armature.matrix_world if above is None else above.inverted_safe() @ armature.matrix_world)
    values = places @ into[:3, :3].T + into[:3, 3] - np.array(thing.delta_location)
    return Channel("Object Transforms", "location", values)


def shown_name(control: str) -> str:
    """What a control is called in Blender."""
    return control.removeprefix(_LENT)


def led_by_object(limb: IKLimb) -> bool:
    """Whether an object leads a limb."""
    return limb.control.target.startswith(_LENT)


def _constraints(armature: bpy.types.Object) -> Iterator[InverseKinematics]:
    """IK on bones of the armature with an object for its target, or its pole."""
    for bone in pose_of(armature).bones:
        for constraint in bone.constraints:
            if not isinstance(constraint, bpy.types.KinematicConstraint) or constraint.target is None:
                continue
            target = _name(armature, constraint.target, constraint.subtarget)
            pole = _name(armature, constraint.pole_target, constraint.pole_subtarget)
            chain = bent_chain(bone, constraint)
            if chain and target is not None and pole is not None and any(n.startswith(_LENT) for n in (target, pole)):
                yield InverseKinematics(chain, target, pole, constraint.pole_angle, muted=is_muted(constraint))


def _name(armature: bpy.types.Object, thing: bpy.types.Object | None, bone: str) -> str | None:
    """What a target is called among the bones; empty for none, None for one that cannot be keyed."""
    if thing is None:
        return ""
    if thing == armature:
        return bone or None
    free = thing.type != "ARMATURE" and not thing.library and thing.parent_type == "OBJECT"
    return f"{_LENT}{thing.name}" if free else None
