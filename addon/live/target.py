# SPDX-License-Identifier: GPL-3.0-or-later
"""The armature that a session animates, looked up each time because Blender's objects move in memory and vanish."""

from dataclasses import replace

import bpy

from ...models.body import rotations as rot
from ...retarget.face.face_plan import RESTING, FacePlan
from ...retarget.face.face_rig import FaceRig
from ...retarget.face.notices import face_notices
from ...retarget.rig.rest import rest_as_posed
from ...retarget.rig.rig import Rig, RigMap
from ...retarget.transfer.ik import bent_by_ik, ik_limbs, live_ik_limbs
from ...retarget.transfer.pose import RigPose
from ..bake.ik import ik_warning, live_ik_warning, switch_to_ik
from ..bone_map.store import Chosen, chosen, name_of, rig_map_of, switch_to_fk
from ..character.armature import bones_of, map_notices, pose_of, pose_warnings, rig_of
from ..character.posing import apply_pose, show_face
from ..character.shape_keys import ShapeKeyWriter
from ..errors import ArmatureGone, ArmatureLocked
from ..face.face_rig import KeyTraits, face_rig_of, key_traits
from ..face.store import chosen_text, face_map_of
from ..stage import object_called
from .pipeline import CharacterFace


class Target:
    """An armature object by name, tracked through renames by its `session_uid`.

    Attributes:
        name: name of the object when last found.
        rig: its bones at rest when last read.
        rig_map: its bone map when last read.
        face: its face and the map of it when last read.
    """

    def __init__(self, armature: bpy.types.Object, *, ik: bool = False) -> None:
        """Read an armature; `ik` drives its limbs by its IK controls, if it has any."""
        self.name = armature.name
        self._ik = ik
        self._uid = armature.session_uid
        self._writer = ShapeKeyWriter()
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

    def reread_face_if_edited(self, armature: bpy.types.Object, *, meshes: bool = False) -> bool:
        """Read the face again if a shape key is gone, or its map if that has changed, and return whether it was.

        Args:
            armature: the object.
            meshes: look for other meshes and changed shape keys too; too slow for every pose.
        """
        if not self._all_found or (meshes and key_traits(armature) != self._key_traits):
            self._read_face(armature)
        elif chosen_text(armature) != self._face_text:
            self._read_face_map(armature, self.face.rig)
        else:
            return False
        return True

    def apply(self, armature: bpy.types.Object, pose: RigPose) -> None:
        """Apply a pose to the armature and to the shape keys of its meshes."""
        self._all_found = apply_pose(armature, pose, self._writer)

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
        return said + map_notices(armature, shown) + pose_warnings(armature, free) + self._face_notices()

    def _face_notices(self) -> list[str]:
        """Return sentences about what keeps the face from following; that there is none, the panel says anyway."""
        face = self.face
        return list(face_notices(face.rig, face.face_map, name_of(self.find()))) if face.face_map.targets else []

    def _read(self, armature: bpy.types.Object) -> None:
        rig = rig_of(armature)
        self._chosen: Chosen | None = chosen(armature)
        self.rig_map: RigMap = rig_map_of(armature, rig)
        self.rig: Rig = rest_as_posed(rig, self.rig_map)
        self._read_face(armature)

    def _read_face(self, armature: bpy.types.Object) -> None:
        self._all_found = True
        self._key_traits: KeyTraits = key_traits(armature)
        self._read_face_map(armature, face_rig_of(armature))

    def _read_face_map(self, armature: bpy.types.Object, face: FaceRig) -> None:
        self._face_text = chosen_text(armature)
        self.face = CharacterFace(face, face_map_of(armature, face))


def check_movable(armature: bpy.types.Object) -> None:
    """Check that the bones of an armature can be posed.

    Raises:
        ArmatureLocked: it is linked from another file.
    """
    if armature.library is not None:
        raise ArmatureLocked(
            f'Armature "{armature.name}" is linked from another file: make a library override of it first.'
        )


def reset_pose(armature: bpy.types.Object, *, face: bool = True) -> None:
    """Reset the bones that follow the performer, and the IK controls, to their rest pose.

    Args:
        armature: the armature object.
        face: reset the shape keys and bones of the face too.

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
    if face:
        own_face = face_rig_of(armature)
        plan = FacePlan(own_face, face_map_of(armature, own_face))
        show_face(armature, plan, plan.values(RESTING, rot.identity(2)))
