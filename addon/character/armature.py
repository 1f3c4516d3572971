# SPDX-License-Identifier: GPL-3.0-or-later
"""Read Blender's armatures for retargeting, and check what would prevent them from being animated."""

from collections.abc import Iterable
from typing import Final, cast

import bpy
import numpy as np

from ...retarget.rig.rig import Rig, RigMap, Switch
from ..errors import ArmatureLocked, NoArmature
from .constraints import dependency_cycle, inverse_kinematics

Keyable = bpy.types.Object | bpy.types.Key
"""Datablocks of a character that can have an action of their own."""

_UNIFORM: Final = 1e-3
"""Largest difference between an object's scales along its axes, relative to the largest, that counts as uniform."""


def bones_of(armature: bpy.types.Object) -> bpy.types.Armature:
    """Return the armature data of an object.

    Raises:
        NoArmature: the object is not an armature.
    """
    if not isinstance(armature.data, bpy.types.Armature):
        raise NoArmature(f'"{armature.name}" is not an armature: choose the character\'s armature.')
    return armature.data


def pose_of(armature: bpy.types.Object) -> bpy.types.Pose:
    """Return the pose of an armature object.

    Raises:
        NoArmature: the object is not an armature.
    """
    bones_of(armature)
    return cast(bpy.types.Pose, armature.pose)


def rig_of(armature: bpy.types.Object) -> Rig:
    """Read the bones of an armature object, at rest and posed, in armature space."""
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


def check_editable(target: Keyable) -> None:
    """Check that the action of an armature, or of what belongs to its character, can be set.

    Raises:
        ArmatureLocked: it is linked from another file, or one of its NLA strips is in tweak mode.
    """
    kind = "Shape key datablock" if isinstance(target, bpy.types.Key) else "Armature"
    if target.library:
        raise ArmatureLocked(
            f'{kind} "{target.name}" is linked from another file: make a library override of it first.'
        )
    if target.animation_data is not None and target.animation_data.use_tweak_mode:
        raise ArmatureLocked(f'{kind} "{target.name}" has an NLA strip in tweak mode: leave tweak mode first.')


def pose_warnings(armature: bpy.types.Object, bones: Iterable[str]) -> list[str]:
    """Return warnings about constraints, drivers and settings that prevent `bones` from following their keys."""
    bones = list(bones)
    posed = pose_of(armature).bones
    constrained = [name for name in bones if any(not c.mute and c.influence > 0.0 for c in posed[name].constraints)]
    paths = [curve.data_path for curve in armature.animation_data.drivers] if armature.animation_data else []
    driven = [name for name in bones if any(path.startswith(bone_path(name) + ".") for path in paths)]
    found = []
    if constrained:
        found.append(f"Constraints act on {_some(constrained)} and may override the keys; mute them to see the motion.")
    cycle = dependency_cycle(armature)
    if cycle:
        found.append(
            f"Constraints of {_some(cycle)} form a dependency cycle, so Blender ignores one: mute or remove one."
        )
    if driven:
        found.append(f"Drivers act on {_some(driven)} and override the keys; mute them to see the motion.")
    if bones_of(armature).pose_position == "REST":
        found.append(f'Armature "{armature.name}" is in Rest Position; switch it to Pose Position to see the motion.')
    return found


def map_notices(armature: bpy.types.Object, rig_map: RigMap) -> list[str]:
    """Return warnings about the map, FK and IK switches, and the object's scale."""
    scale = armature.matrix_world.to_scale()
    sizes = (abs(scale.x), abs(scale.y), abs(scale.z))
    found = list(rig_map.warnings)
    unset = [switch.bone for switch in unset_switches(armature, rig_map.switches)]
    if unset:
        found.append(
            f'{rig_map.family} moves its limbs by IK: set "{rig_map.switches[0].property}" of {_some(unset)} to '
            f"{rig_map.switches[0].value:g} (FK) to see the motion."
        )
    if armature.matrix_world.is_negative:
        found.append(
            f'Armature "{armature.name}" is mirrored by a negative scale: its left bones are on the right, so Mimic '
            "mirrors the motion too, and it looks as captured."
        )
    if max(sizes) - min(sizes) > _UNIFORM * max(sizes):
        found.append(f'Armature "{armature.name}" is scaled unevenly, which distorts rotated limbs: apply its scale.')
    return found


def unset_switches(armature: bpy.types.Object, switches: Iterable[Switch]) -> list[Switch]:
    """Return the switches that the rig has but that have another value."""
    return [switch for switch in switches if _switch_of(armature, switch) not in {None, switch.value}]


def set_switches(armature: bpy.types.Object, switches: Iterable[Switch]) -> None:
    """Switch limbs between FK and IK; switches that the rig does not have are skipped."""
    unset = unset_switches(armature, switches)
    for switch in unset:
        holder = pose_of(armature).bones[switch.bone]
        holder[switch.property] = type(holder[switch.property])(switch.value)
    if unset:
        armature.update_tag()


def _switch_of(armature: bpy.types.Object, switch: Switch) -> float | None:
    """Return the value of a switch; None if the rig has no such switch."""
    bone = cast(bpy.types.PoseBone | None, pose_of(armature).bones.get(switch.bone))
    value = bone.get(switch.property) if bone is not None else None
    return float(value) if value is not None else None


def bone_path(name: str) -> str:
    """Return the data path of a pose bone, for F-curves and drivers."""
    return f'pose.bones["{bpy.utils.escape_identifier(name)}"]'


def _some(names: list[str], most: int = 3) -> str:
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more bones" if len(names) > most else shown
