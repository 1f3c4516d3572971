# SPDX-License-Identifier: GPL-3.0-or-later
"""Set the pose of a character: its bones and the shape keys of its face, without keys."""

from typing import cast

import bpy
from mathutils import Quaternion

from ...retarget.face.face_plan import FacePlan
from ...retarget.face.face_rig import FaceValues
from ...retarget.transfer.faces import face_pose
from ...retarget.transfer.pose import RigPose
from .armature import pose_of
from .shape_keys import ShapeKeyWriter


def apply_pose(armature: bpy.types.Object, pose: RigPose, writer: ShapeKeyWriter | None = None) -> bool:
    """Apply a pose to an armature, each bone in its own rotation mode, and to the shape keys of its meshes.

    Args:
        armature: the armature object. Missing bones are skipped.
        pose: the pose.
        writer: writes the shape keys; one that is kept from pose to pose is fastest.

    Returns:
        Whether all shape keys exist; missing ones are skipped.
    """
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
    return (writer or ShapeKeyWriter()).write(pose.keys)


def show_face(armature: bpy.types.Object, plan: FacePlan, face: FaceValues) -> None:
    """Set the pose of the face alone.

    Args:
        armature: the armature object.
        plan: plan of its face.
        face: values of the plan, of one pose.
    """
    apply_pose(armature, face_pose(plan, face))
