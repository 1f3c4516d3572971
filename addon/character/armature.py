# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's armatures as retargeting sees them."""

from collections.abc import Iterable
from typing import Final, cast

import bpy
import numpy as np

from ...retarget.rig.rig import Rig, RigMap, Switch
from ..errors import ArmatureLocked, NoArmature
from .constraints import inverse_kinematics, turning_in_a_circle

_EVEN: Final = 1e-3
"""Of its largest: how far an object's scales may differ and still count as one."""


def bones_of(armature: bpy.types.Object) -> bpy.types.Armature:
    """The armature data of an object.

    Raises:
        NoArmature: the object is something else.
    """
    if not isinstance(armature.data, bpy.types.Armature):
        raise NoArmature(f'"{armature.name}" is no armature: choose the character\'s armature.')
    return armature.data


def pose_of(armature: bpy.types.Object) -> bpy.types.Pose:
    """The pose of an armature object.

    Raises:
        NoArmature: the object is something else.
    """
    bones_of(armature)
    return cast(bpy.types.Pose, armature.pose)


def rig_of(armature: bpy.types.Object) -> Rig:
    """Read the bones of an armature object, at rest and posed. Its place, turn and size do not matter."""
    bones = list(bones_of(armature).bones)  # Blender keeps parents before children.
    index = {bone.name: i for i, bone in enumerate(bones)}
    posed = pose_of(armature).bones
    return Rig(
        names=tuple(index),
        parents=np.array([index[bone.parent.name] if bone.parent else -1 for bone in bones], dtype=np.int64),
        rest=np.array([bone.matrix_local for bone in bones], dtype=float).reshape(-1, 4, 4),
        lengths=np.array([bone.length for bone in bones], dtype=float),
        inherit_rotation=np.array([bone.use_inherit_rotation for bone in bones], dtype=bool),
        local_location=np.array([bone.use_local_location for bone in bones], dtype=bool),
        basis=np.array([posed[bone.name].matrix_basis for bone in bones], dtype=float).reshape(-1, 4, 4),
        ik=tuple(inverse_kinematics(armature)),
        mirrored=armature.matrix_world.is_negative,
    )


def check_editable(armature: bpy.types.Object) -> None:
    """Raise a sentence if the armature's action cannot be set.

    Raises:
        ArmatureLocked: it is linked from another file, or one of its NLA strips is being tweaked.
    """
    if armature.library:
        raise ArmatureLocked(
            f'Armature "{armature.name}" is linked from another file: make a library override of it first.'
        )
    if armature.animation_data is not None and armature.animation_data.use_tweak_mode:
        raise ArmatureLocked(f'Armature "{armature.name}" has an NLA strip in tweak mode: leave tweak mode first.')


def hindrances(armature: bpy.types.Object, bones: Iterable[str]) -> list[str]:
    """Sentences about what will keep some of the `bones` from standing as they are keyed."""
    bones = list(bones)
    posed = pose_of(armature).bones
    constrained = [name for name in bones if any(not c.mute and c.influence > 0.0 for c in posed[name].constraints)]
    paths = [curve.data_path for curve in armature.animation_data.drivers] if armature.animation_data else []
    driven = [name for name in bones if any(path.startswith(bone_path(name) + ".") for path in paths)]
    found = []
    if constrained:
        found.append(f"Constraints act on {_some(constrained)} and may override the keys; mute them to see the motion.")
    circle = turning_in_a_circle(armature)
    if circle:
        found.append(
            f"Constraints of {_some(circle)} wait for each other, and Blender leaves one out: mute or remove one."
        )
    if driven:
        found.append(f"Drivers act on {_some(driven)} and override the keys; mute them to see the motion.")
    if bones_of(armature).pose_position == "REST":
        found.append(f'Armature "{armature.name}" shows its rest position; switch it to Pose Position to see it move.')
    return found


def map_notices(armature: bpy.types.Object, rig_map: RigMap) -> list[str]:
    """Sentences about what the map, or the object's own scale, keeps from moving as it should."""
    scale = armature.matrix_world.to_scale()
    sizes = (abs(scale.x), abs(scale.y), abs(scale.z))
    found = list(rig_map.warnings)
    unset = [switch.bone for switch in unset_switches(armature, rig_map.switches)]
    if unset:
        found.append(
            f'{rig_map.family} moves its limbs by IK: set "{rig_map.switches[0].property}" of {_some(unset)} to '
            f"{rig_map.switches[0].value:g} (FK) to see the keys act."
        )
    if armature.matrix_world.is_negative:
        found.append(
            f'Armature "{armature.name}" is mirrored by a negative scale: what its bones call left is seen on the '
            "right, and the motion is mirrored with it, so that it looks as it was."
        )
    if max(sizes) - min(sizes) > _EVEN * max(sizes):
        found.append(
            f'Armature "{armature.name}" is scaled unevenly, which bends turned limbs out of shape: apply its scale.'
        )
    return found


def unset_switches(armature: bpy.types.Object, switches: Iterable[Switch]) -> list[Switch]:
    """Those of some switches that stand otherwise. Switches that are not there are left out."""
    return [switch for switch in switches if _switch_of(armature, switch) not in {None, switch.value}]


def set_switches(armature: bpy.types.Object, switches: Iterable[Switch]) -> None:
    """Set what hands limbs over from one kind of control to the other (FK, IK), where a rig has it."""
    unset = unset_switches(armature, switches)
    for switch in unset:
        holder = pose_of(armature).bones[switch.bone]
        holder[switch.property] = type(holder[switch.property])(switch.value)
    if unset:
        armature.update_tag()


def _switch_of(armature: bpy.types.Object, switch: Switch) -> float | None:
    """What a switch stands at; None if the rig has no such switch."""
    bone = cast(bpy.types.PoseBone | None, pose_of(armature).bones.get(switch.bone))
    value = bone.get(switch.property) if bone is not None else None
    return float(value) if value is not None else None


def bone_path(name: str) -> str:
    """Data path of a pose bone, for F-curves and drivers."""
    return f'pose.bones["{bpy.utils.escape_identifier(name)}"]'


def _some(names: list[str], most: int = 3) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more bones" if len(names) > most else shown
