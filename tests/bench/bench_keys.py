# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed of writing whole curves compared with inserting single keys: 65 bones, 1000 frames.

    python tests/bench/bench_keys.py

Both ways key the same quaternions; the poses that Blender then shows are compared before anything is reported.
"""

import os
import sys
from time import perf_counter

import bpy
import numpy as np
from numpy.typing import NDArray

from mimic.addon.bake.keys import assign, motion_action
from mimic.models.body import rotations as rot
from mimic.retarget.rig.rig import RigMotion

BONES, FRAMES = 65, 1000


def make_armature(name: str) -> bpy.types.Object:
    """A chain of bones."""
    armature = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    parent = None
    for i in range(BONES):
        bone = armature.data.edit_bones.new(f"bone {i}")
        bone.head, bone.tail, bone.parent = (0.0, 0.0, 0.1 * i), (0.0, 0.0, 0.1 * i + 0.1), parent
        parent = bone
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def make_motion() -> RigMotion:
    """Every bone rotating about its own axis."""
    rng = np.random.default_rng(0)
    angles = np.cumsum(rng.normal(scale=0.02, size=(FRAMES, BONES)), axis=0)
    turns = rot.from_axis_angle(rot.unit(rng.normal(size=(BONES, 3))), angles)
    return RigMotion(tuple(f"bone {i}" for i in range(BONES)), rot.continuous(turns), "bone 0", None)


def key_singly(armature: bpy.types.Object, motion: RigMotion) -> None:
    """Insert keys one by one, as Blender's manual shows."""
    bones = [armature.pose.bones[name] for name in motion.bones]
    for frame, turns in enumerate(motion.rotations):
        for bone, turn in zip(bones, turns, strict=True):
            bone.rotation_quaternion = turn
            bone.keyframe_insert("rotation_quaternion", frame=frame)


def poses(armature: bpy.types.Object) -> NDArray[np.float64]:
    """Basis rotations at a few frames, as Blender evaluates them."""
    seen = []
    for frame in (0, 1, 500, FRAMES - 1):
        bpy.context.scene.frame_set(frame)
        posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones
        seen.append([np.array(bone.rotation_quaternion) for bone in posed])
    return np.array(seen)


def main() -> int:
    """Print both times and their ratio; return 1 if the ratio misses its target of 50."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    motion = make_motion()
    single, whole = make_armature("Single"), make_armature("Whole")
    began = perf_counter()
    key_singly(single, motion)
    slow = perf_counter() - began
    fast = []
    for _ in range(5):
        began = perf_counter()
        assign(whole, motion_action(whole, motion, np.arange(float(FRAMES)), name="Take"))
        fast.append(perf_counter() - began)
    worst = float(np.abs(poses(single) - poses(whole)).max())
    ratio = slow / float(np.median(fast))
    sys.stdout.write(
        f"Blender {bpy.app.version_string}: {BONES} bones x {FRAMES} frames, keyframe_insert {slow:.2f} s, "
        f"Mimic {np.median(fast):.3f} s ({min(fast):.3f} to {max(fast):.3f}), ratio {ratio:.0f}; "
        f"poses differ by {worst:.1e}\n"
    )
    return 0 if ratio >= 50.0 and worst < 1e-5 else 1


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # Blender's module does not always end well by itself.
