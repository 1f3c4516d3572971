# SPDX-License-Identifier: GPL-3.0-or-later
"""The armature that a session animates, looked up each time because Blender's objects move in memory and vanish."""

from dataclasses import replace
from typing import cast

import bpy
from mathutils import Quaternion

from ...retarget.rig.rest import rest_as_posed
from ...retarget.rig.rig import Rig, RigMap
from ...retarget.transfer.ik import bent_by_ik, ik_limbs, live_ik_limbs
from ...retarget.transfer.pose import RigPose
from ..bake.ik import ik_warning, live_ik_warning, switch_to_ik
from ..bone_map.store import Chosen, chosen, rig_map_of, switch_to_fk
from ..character.armature import bones_of, map_notices, pose_of, pose_warnings, rig_of
from ..errors import ArmatureGone, ArmatureLocked
from ..stage import object_called


class Target:
    """An armature object by name, tracked through renames by its `session_uid`.

    Attributes:
        name: name of the object when last found.
        rig: its bones at rest when last read.
        rig_map: its bone map when last read.
    """

    def __init__(self, armature: bpy.types.Object, *, ik: bool = False) -> None:
        """Read an armature; `ik` drives its limbs by its IK controls, if it has any."""
        self.name = armature.name
        self._ik = ik
        self._uid = armature.session_uid
        check_movable(armature)
        self._read(armature)

    def find(self) -> bpy.types.Object:
        """Return the object.

        Raises:
            ArmatureGone: it was deleted.
        """
        armature = object_called(self.name)
        if armature is None or armature.session_uid != self._uid:
            armature = next((thing for thing in bpy.data.objects if thing.session_uid == self._uid), None)
        if armature is None:
            raise ArmatureGone(f'Armature "{self.name}" was deleted, so the session ended: choose another armature.')
        self.name = armature.name
        return armature

    def check(self) -> None:
        """Check that the armature can still be animated; too slow for every pose.

        Raises:
            ArmatureGone: it was deleted, or is in no scene any more.
            ArmatureLocked: it is linked from another file.
        """
        armature = self.find()
        if not armature.users_scene:
            raise ArmatureGone(f'Armature "{self.name}" was deleted, so the session ended: choose another armature.')
        check_movable(armature)

    def reread_if_edited(self, armature: bpy.types.Object) -> bool:
        """Read the rig again if its bones or its map have changed, and return whether they have.

        Raises:
            RigUnmapped: it is no longer a humanoid.
        """
        if tuple(bones_of(armature).bones.keys()) == self.rig.names and chosen(armature) == self._chosen:
            return False
        self._read(armature)
        return True

    def reread(self) -> None:
        """Read the bones again, as they may have been moved in edit mode."""
        self._read(self.find())

    def warnings(self) -> list[str]:
        """Switch the limbs to IK or FK, then return warnings about what keeps bones from following."""
        armature = self.find()
        limbs = live_ik_limbs(self.rig, self.rig_map) if self._ik else ()
        if limbs:
            said = switch_to_ik(armature, limbs)
        else:
            about = (
                live_ik_warning(armature, self.rig, self.rig_map) if self._ik else ik_warning(self.rig, self.rig_map)
            )
            said = about + switch_to_fk(armature, self.rig_map)
        shown = replace(self.rig_map, switches=()) if limbs else self.rig_map
        bent = bent_by_ik(limbs)
        free = [bone for bone in self.rig_map.bones.values() if bone not in bent]
        return said + map_notices(armature, shown) + pose_warnings(armature, free)

    def _read(self, armature: bpy.types.Object) -> None:
        rig = rig_of(armature)
        self._chosen: Chosen | None = chosen(armature)
        self.rig_map: RigMap = rig_map_of(armature, rig)
        self.rig: Rig = rest_as_posed(rig, self.rig_map)


def check_movable(armature: bpy.types.Object) -> None:
    """Check that the bones of an armature can be posed.

    Raises:
        ArmatureLocked: it is linked from another file.
    """
    if armature.library is not None:
        raise ArmatureLocked(
            f'Armature "{armature.name}" is linked from another file: make a library override of it first.'
        )


def apply_pose(armature: bpy.types.Object, pose: RigPose) -> None:
    """Apply a pose to an armature, each bone in its own rotation mode. Missing bones are skipped."""
    bones = pose_of(armature).bones
    for name, rotation in zip(pose.bones, pose.rotations.tolist(), strict=True):
        bone = cast(bpy.types.PoseBone | None, bones.get(name))
        if bone is None:
            continue
        mode = bone.rotation_mode
        if mode == "QUATERNION":
            bone.rotation_quaternion = rotation
        elif mode == "AXIS_ANGLE":
            axis, angle = Quaternion(rotation).to_axis_angle()
            bone.rotation_axis_angle = (angle, axis.x, axis.y, axis.z)
        else:
            bone.rotation_euler = Quaternion(rotation).to_euler(cast(str, mode), bone.rotation_euler)
    places = dict(pose.places)
    if pose.location is not None:
        places[pose.root] = pose.location
    for name, place in places.items():
        bone = cast(bpy.types.PoseBone | None, bones.get(name))
        if bone is not None:
            bone.location = place.tolist()


def reset_pose(armature: bpy.types.Object) -> None:
    """Reset the bones that follow the performer, and the IK controls, to their rest pose.

    Raises:
        NoArmature, RigUnmapped, ArmatureLocked.
    """
    check_movable(armature)
    rig = rig_of(armature)
    rig_map = rig_map_of(armature, rig)
    bones = pose_of(armature).bones
    leading = {bone for limb in ik_limbs(rig, rig_map) for bone in limb.control.bones}
    for name in ({*rig_map.bones.values(), *rig_map.shares} - set(rig_map.constrained)) | leading:
        bone = bones[name]
        bone.rotation_quaternion = (1.0, 0.0, 0.0, 0.0)
        bone.rotation_axis_angle = (0.0, 0.0, 1.0, 0.0)
        bone.rotation_euler = (0.0, 0.0, 0.0)
    for name in {rig_map.root_bone, *leading}:
        bones[name].location = (0.0, 0.0, 0.0)
