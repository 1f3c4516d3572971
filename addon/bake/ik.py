# SPDX-License-Identifier: GPL-3.0-or-later
"""Limbs led by inverse kinematics: keys for the controls of a rig, so that they stand where the bones would."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import cast

import bpy
import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...retarget.rig.rig import Rig, RigMap, RigMotion
from ...retarget.transfer.ik import IKControls, IKLimb, bent_by_ik, ik_limbs
from ...retarget.transfer.skeleton import PosedBones
from .. import stage
from ..bone_map.store import name_of
from ..character.armature import check_editable, pose_of, set_switches
from .ik_objects import channel_of, led_by_object, shown_name, with_objects, without_objects
from .keys import Channel, motion_action, use, used

Array = NDArray[np.float64]


@dataclass(frozen=True)
class IKBake:
    """A motion with keys for IK controls.

    Attributes:
        motion: of the bones, those among the controls too.
        limbs: what the controls lead; none if the rig has no such limbs.
        objects: object that leads a limb -> where it is (n, 3), in armature space.
    """

    motion: RigMotion
    limbs: tuple[IKLimb, ...] = ()
    objects: Mapping[str, Array] = field(default_factory=dict)

    @property
    def bent(self) -> set[str]:
        """Bones that follow the controls by constraints. Objects that lead a limb do not turn its hand or foot."""
        return bent_by_ik(self.limbs) - {limb.end for limb in self.limbs if led_by_object(limb)}

    def object_channels(self, armature: bpy.types.Object) -> dict[str, tuple[Channel, ...]]:
        """What to key of each object, by its name.

        Raises:
            ArmatureLocked: one cannot be keyed.
        """
        found = {name: (bpy.data.objects[name], places) for name, places in self.objects.items()}
        for thing, _ in found.values():
            check_editable(thing)
        return {name: (channel_of(armature, thing, places),) for name, (thing, places) in found.items()}


def add_control_keys(
    armature: bpy.types.Object, motion: RigMotion, frames: Array, *, rig: Rig, rig_map: RigMap
) -> IKBake:
    """A motion with keys for the IK controls of the rig.

    Args:
        armature: object of the rig.
        motion: of the bones of the map.
        frames: (n,) scene frames of it.
        rig: the bones of the armature, as the motion was made for.
        rig_map: which bone follows which joint.

    Raises:
        ArmatureLocked.
    """
    rig = with_objects(armature, rig)
    limbs = ik_limbs(rig, rig_map)
    if not limbs:
        return IKBake(motion)
    controls = IKControls(rig, rig_map, limbs)
    # A rig that constraints of its own move about: only Blender knows where to.
    alone = not rig_map.constrained
    posed = controls.pose(motion) if alone else _evaluated(armature, motion, frames, rig_map, controls.bones)
    bones_alone, objects = without_objects(controls.add_keys(motion, posed), rig)
    return IKBake(bones_alone, limbs, objects)


def ik_notice(armature: bpy.types.Object, limbs: tuple[IKLimb, ...], *, added: bool = False) -> list[str]:
    """A sentence on what leads the limbs of a rig whose IK controls are to be keyed, or why nothing does.

    Args:
        armature: object of the rig.
        limbs: those whose controls are keyed.
        added: the motion is added on top of another, where controls mean nothing.
    """
    if added:
        return ["IK controls are not keyed in a motion that is added on top of another; the bones are."]
    if not limbs:
        return [f"{name_of(armature)} has no IK controls that Mimic can key; its bones are keyed instead."]
    names = ", ".join(dict.fromkeys(shown_name(limb.control.target) for limb in limbs))
    return [f"Arms and legs are led by IK, on {names}; the FK bones hold the same motion."]


def switch_to_ik(armature: bpy.types.Object, limbs: tuple[IKLimb, ...]) -> list[str]:
    """Let the controls lead their limbs, and say so in a sentence."""
    set_switches(armature, [switch for limb in limbs for switch in limb.control.switches])
    return ik_notice(armature, limbs)


def ik_warning(rig: Rig, rig_map: RigMap) -> list[str]:
    """A sentence if constraints of IK bend limbs of the map, whose controls could be moved as well."""
    limbs = [limb for limb in ik_limbs(rig, rig_map) if not limb.rigid]
    if not limbs:
        return []
    names = ", ".join(dict.fromkeys(shown_name(limb.control.target) for limb in limbs))
    return [f"IK bends limbs of this rig: choose IK Controls (--ik) to move {names} too."]


def live_ik_warning(armature: bpy.types.Object, rig: Rig, rig_map: RigMap) -> list[str]:
    """A sentence on a rig whose controls are to lead its limbs live, and cannot."""
    if ik_limbs(rig, rig_map):
        return [
            f"{name_of(armature)} cannot be led by IK live, as its own constraints carry it about; it is moved by FK, "
            "and a bake keys its IK controls."
        ]
    return [f"{name_of(armature)} has no IK controls that Mimic can move; its bones are moved instead."]


def _evaluated(
    armature: bpy.types.Object, motion: RigMotion, frames: Array, rig_map: RigMap, bones: Collection[str]
) -> PosedBones:
    """Where Blender itself puts bones with a motion on the bones of the map. Leaves no trace."""
    scene = stage.current_scene()
    matrices: dict[str, list[Array]] = {name: [] for name in bones}
    with _playing(armature, motion, frames, rig_map), _frame_kept(scene):
        for frame in frames:
            scene.frame_set(int(np.floor(frame)), subframe=float(frame - np.floor(frame)))
            graph = bpy.context.evaluated_depsgraph_get()
            posed = cast(bpy.types.Pose, armature.evaluated_get(graph).pose).bones
            for name, found in matrices.items():
                found.append(np.array(posed[name].matrix))
    stacked = {name: np.array(found) for name, found in matrices.items()}
    return PosedBones(
        {name: rot.from_matrix(_unscaled(found[:, :3, :3])) for name, found in stacked.items()},
        {name: found[:, :3, 3] for name, found in stacked.items()},
    )


def _unscaled(matrices: Array) -> Array:
    """Matrices (n, 3, 3) without the stretch that rigs give their bones."""
    return matrices / np.maximum(np.linalg.norm(matrices, axis=1, keepdims=True), 1e-12)


@contextmanager
def _playing(armature: bpy.types.Object, motion: RigMotion, frames: Array, rig_map: RigMap) -> Iterator[None]:
    """For a while, the armature plays a motion on the bones of the map and nothing else."""
    bare = armature.animation_data is None
    data = armature.animation_data_create()
    action, slot = data.action, used(data)
    before = {
        (s.bone, s.property): pose_of(armature).bones[s.bone].get(s.property)
        for s in rig_map.switches
        if s.bone in pose_of(armature).bones
    }
    written = motion_action(armature, motion, frames, name="Mimic")
    try:
        use(data, written.action, written.slot)
        set_switches(armature, rig_map.switches)
        yield
    finally:
        if action is None:
            data.action = None
        else:
            use(data, action, slot)
        bpy.data.actions.remove(written.action)
        if bare:
            armature.animation_data_clear()
        for (bone, name), value in before.items():
            if value is not None:
                pose_of(armature).bones[bone][name] = value


@contextmanager
def _frame_kept(scene: bpy.types.Scene) -> Iterator[None]:
    frame, part = scene.frame_current, scene.frame_subframe
    try:
        yield
    finally:
        scene.frame_set(frame, subframe=part)
