# SPDX-License-Identifier: GPL-3.0-or-later
"""Speed of writing whole curves compared with inserting single keys: 65 bones and 52 shape keys, 1000 frames.

    python tests/bench/bench_keys.py

Both ways key the same values; what Blender then shows is compared before anything is reported.
"""

import os
import sys
from time import perf_counter

import bpy
import numpy as np
from numpy.typing import NDArray

from mimic.addon.bake.holders import key_channels
from mimic.addon.bake.keys import assign, motion_action, new_action
from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSIONS
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


def make_head(name: str) -> bpy.types.Object:
    """A triangle with the shape keys of a face."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0)], [], [(0, 1, 2)])
    head = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(head)
    for key in ("Basis", *EXPRESSIONS):
        head.shape_key_add(name=key, from_mix=False)
    return head


def key_expressions_singly(head: bpy.types.Object, values: NDArray[np.float64]) -> None:
    """Insert the keys of expressions one by one."""
    blocks = [head.data.shape_keys.key_blocks[name] for name in EXPRESSIONS]
    for frame, row in enumerate(values):
        for block, value in zip(blocks, row, strict=True):
            block.value = value
            block.keyframe_insert("value", frame=frame)


def key_expressions(head: bpy.types.Object, values: NDArray[np.float64]) -> None:
    """Key expressions as a bake does."""
    keys = {(head.name, name): row for name, row in zip(EXPRESSIONS, values.T, strict=True)}
    for holder, channels in key_channels(keys).items():
        assign(holder.datablock, new_action(holder.datablock, channels, np.arange(float(FRAMES)), name="Face"))


def shown(head: bpy.types.Object) -> NDArray[np.float64]:
    """Values of the shape keys at a few frames, as Blender evaluates them."""
    seen = []
    for frame in (0, 1, 500, FRAMES - 1):
        bpy.context.scene.frame_set(frame)
        posed = head.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.shape_keys.key_blocks
        seen.append([posed[name].value for name in EXPRESSIONS])
    return np.array(seen)


def main() -> int:
    """Compare bones and expressions; return 1 if either misses its target."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return max(compare_bones(), compare_expressions())


def compare_expressions() -> int:
    """Print both times of expressions and their ratio; return 1 if the ratio misses its target of 50."""
    rng = np.random.default_rng(1)
    values = np.clip(0.5 + np.cumsum(rng.normal(scale=0.02, size=(FRAMES, len(EXPRESSIONS))), axis=0), 0.0, 1.0)
    single, whole = make_head("Single Head"), make_head("Whole Head")
    began = perf_counter()
    key_expressions_singly(single, values)
    slow = perf_counter() - began
    fast = []
    for _ in range(5):
        began = perf_counter()
        key_expressions(whole, values)
        fast.append(perf_counter() - began)
    worst = float(np.abs(shown(single) - shown(whole)).max())
    ratio = slow / float(np.median(fast))
    sys.stdout.write(
        f"Blender {bpy.app.version_string}: {len(EXPRESSIONS)} shape keys x {FRAMES} frames, keyframe_insert "
        f"{slow:.2f} s, Mimic {np.median(fast):.3f} s ({min(fast):.3f} to {max(fast):.3f}), ratio {ratio:.0f}; values "
        f"differ by {worst:.1e}\n"
    )
    return 0 if ratio >= 50.0 and worst < 1e-5 else 1


def compare_bones() -> int:
    """Print both times of bones and their ratio; return 1 if the ratio misses its target of 50."""
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
