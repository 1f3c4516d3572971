# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender as a Python module: a clean scene for each test, and an exit that does not crash."""

import os
import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS, PARENTS
from mimic.models.body.model import neutral_body
from mimic.models.body.motion import BodyMotion

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.blender)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Exit without shutting Blender down: there 4.2 crashes and 4.5 hangs if anything is still registered."""
    if "bpy" in sys.modules:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(getattr(config, "_mimic_exit", 3))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config._mimic_exit = int(exitstatus)


@pytest.fixture
def bpy() -> ModuleType:
    """Blender with an empty scene."""
    module = pytest.importorskip("bpy", reason="needs Blender's Python module")
    module.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    return module


def straight_arms() -> np.ndarray:
    """Joints (52, 3) of the body in a T-pose, hands unchanged."""
    points = neutral_body().rest.copy()
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        names = [f"{side}Arm", f"{side}ForeArm", f"{side}Hand"]
        for name, end in pairwise(names):
            joint, after = INDEX[name], INDEX[end]
            length = np.linalg.norm(points[after] - points[joint])
            shift = points[joint] - points[after] + np.array([sign * length, 0.0, 0.0])
            moved = [other for other in range(len(JOINTS)) if descends(other, after)]
            points[moved] += shift
    return points


def descends(joint: int, ancestor: int) -> bool:
    while joint >= 0 and joint != ancestor:
        joint = PARENTS[joint]
    return joint >= 0


def make_armature(bpy, points=None, *, prefix="mixamorig:", name="Rig", seed=0, root=False, rename=None):
    """An armature whose bones start at `points` (52, 3), with random directions and rolls."""
    points = neutral_body().rest if points is None else points
    rng = np.random.default_rng(seed)
    armature = bpy.data.objects.new(name, bpy.data.armatures.new(name))
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bones = armature.data.edit_bones
    if root:
        bones.new("Root").tail = (0.1, 0.2, 0.3)
    for joint, label in enumerate(JOINTS):
        bone = bones.new(prefix + (rename or {}).get(label, label))
        bone.head = points[joint]
        bone.tail = points[joint] + rot.unit(rng.normal(size=3)) * 0.05
        bone.roll = rng.uniform(-3.0, 3.0)
        parent = PARENTS[joint]
        if parent >= 0:
            bone.parent = bones[prefix + (rename or {}).get(JOINTS[parent], JOINTS[parent])]
        elif root:
            bone.parent = bones["Root"]
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def walk(frames=12, *, seed=0, fps=30.0) -> BodyMotion:
    """A smooth motion of every joint, with root motion."""
    rng = np.random.default_rng(seed)
    axes = rot.unit(rng.normal(size=(len(JOINTS), 3)))
    angles = np.cumsum(rng.normal(scale=0.08, size=(frames, len(JOINTS))), axis=0)
    return BodyMotion(
        time=np.arange(frames) / fps,
        rotations=rot.from_axis_angle(axes, angles),
        root=np.cumsum(rng.normal(scale=0.02, size=(frames, 3)), axis=0) + np.array([0.2, 3.0, 0.1]),
        shape=np.empty(0),
        confidence=np.ones((frames, len(JOINTS))),
    )


def solved(*motions: BodyMotion, mended: int = 0):
    """Motions as a take of several people has them when it is solved, the first `mended` frames of each mended."""
    from mimic.addon.bake.requests import SolvedPeople
    from mimic.pipeline.solve.one_view import SolvedTake

    def person(number: int, motion: BodyMotion) -> SolvedTake:
        exchanges = np.zeros(len(motion.time), int)
        exchanges[:mended] = 1
        return SolvedTake(number, motion, exchanges, np.zeros_like(exchanges))

    return SolvedPeople(tuple(person(number, motion) for number, motion in enumerate(motions)))


def add_skin(bpy, armature):
    """A small mesh deformed by the armature, as exporters need one."""
    mesh = bpy.data.meshes.new("Skin")
    mesh.from_pydata([(0.0, 0.0, 1.0), (0.1, 0.0, 1.0), (0.0, 0.1, 1.2)], [], [(0, 1, 2)])
    skin = bpy.data.objects.new("Skin", mesh)
    bpy.context.scene.collection.objects.link(skin)
    skin.parent = armature
    skin.modifiers.new("Armature", "ARMATURE").object = armature
    skin.vertex_groups.new(name=armature.data.bones[0].name).add([0, 1, 2], 1.0, "REPLACE")
    return skin


def add_face(bpy, name, keys, *, armature=None):
    """A mesh with shape keys that all lift its first vertex, by 1 m each; below an armature if one is given."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([(0.0, 0.0, 1.0), (0.1, 0.0, 1.0), (0.0, 0.1, 1.2)], [], [(0, 1, 2)])
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(thing)
    thing.parent = armature
    thing.shape_key_add(name="Basis", from_mix=False)
    for key in keys:
        block = thing.shape_key_add(name=key, from_mix=False)
        block.data[0].co.z += 1.0
        block.value = 0.0  # Blender 5 adds keys with the value 1.
    return thing


def add_face_bones(bpy, armature, names, *, head="mixamorig:Head"):
    """Bones of the face below the head, straight up."""
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bones = armature.data.edit_bones
    for name in names:
        bone = bones.new(name)
        bone.head = bones[head].head
        bone.tail = bone.head + (bones[head].tail - bones[head].head)
        bone.parent = bones[head]
    bpy.ops.object.mode_set(mode="OBJECT")


LIMBS = [
    (f"{side}{joint}", f"{side}{end}")
    for side in ("Left", "Right")
    for joint, end in (("Arm", "ForeArm"), ("ForeArm", "Hand"), ("UpLeg", "Leg"), ("Leg", "Foot"))
] + [("LeftHandIndex1", "LeftHandIndex2"), ("RightHandThumb2", "RightHandThumb3")]


def posed(bpy, armature, frame: float):
    """Pose bones of an armature as Blender evaluates them at a frame or subframe."""
    bpy.context.scene.frame_set(int(np.floor(frame)), subframe=float(frame - np.floor(frame)))
    return armature.evaluated_get(bpy.context.evaluated_depsgraph_get()).pose.bones


def directions(bpy, armature, frames, *, prefix="mixamorig:") -> np.ndarray:
    """Limb directions (frames, limbs, 3) in armature space, as Blender evaluates them."""
    result = []
    for frame in frames:
        bones = posed(bpy, armature, frame)
        result.append([np.array(bones[prefix + end].head - bones[prefix + joint].head) for joint, end in LIMBS])
    return rot.unit(np.array(result))


def body_directions(motion: BodyMotion) -> np.ndarray:
    """The same for the body, in its own axes."""
    points = neutral_body().positions(motion.rotations, np.zeros((len(motion.time), 3)))
    return rot.unit(np.stack([points[:, INDEX[end]] - points[:, INDEX[joint]] for joint, end in LIMBS], axis=1))


def degrees_apart(a, b) -> float:
    """Largest angle between two arrays of directions."""
    return float(np.degrees(rot.angle(rot.between(a, b)).max()))


def reopened(bpy, path):
    """The armature of a file with its animation, imported with Blender's default settings."""
    kind = path.suffix
    if kind == ".blend":
        bpy.ops.wm.open_mainfile(filepath=str(path))
    else:
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        bpy.context.scene.render.fps = 30
        if kind == ".glb":
            bpy.ops.import_scene.gltf(filepath=str(path))
        elif kind == ".fbx":
            bpy.ops.import_scene.fbx(filepath=str(path), anim_offset=0.0)
        else:
            bpy.ops.import_anim.bvh(filepath=str(path), rotate_mode="QUATERNION")
    return next(thing for thing in bpy.context.scene.objects if thing.type == "ARMATURE")


IK_LIMBS = {
    f"{side}{end}": (f"{side}{upper}", f"{side}{lower}")
    for end, upper, lower in (("Hand", "Arm", "ForeArm"), ("Foot", "UpLeg", "Leg"))
    for side in ("Left", "Right")
}


def make_ik_armature(bpy, *, seed=0, angle=0.0):
    """A rig with IK on its limbs and random rolls: targets that also rotate hands and feet, poles beyond the joints."""
    rest, rng = neutral_body().rest, np.random.default_rng(seed)
    armature = make_armature(bpy, seed=seed)
    bpy.ops.object.mode_set(mode="EDIT")
    bones = armature.data.edit_bones
    for end, (upper, lower) in IK_LIMBS.items():
        for bone, after in ((upper, lower), (lower, end)):
            bones[f"mixamorig:{bone}"].tail = rest[INDEX[after]]
            bones[f"mixamorig:{bone}"].roll = rng.uniform(-3.0, 3.0)
        target, pole, hand = bones.new(f"IK {end}"), bones.new(f"Pole {end}"), bones[f"mixamorig:{end}"]
        target.head, target.tail, target.roll = hand.head, hand.tail, hand.roll
        way, out = rest[INDEX[end]] - rest[INDEX[upper]], rest[INDEX[lower]] - rest[INDEX[upper]]
        out = rot.unit(out - (out @ way) / (way @ way) * way)
        pole.head, pole.tail = rest[INDEX[lower]] + 0.5 * out, rest[INDEX[lower]] + 0.6 * out
    bpy.ops.object.mode_set(mode="POSE")
    for end, (_, lower) in IK_LIMBS.items():
        ik = armature.pose.bones[f"mixamorig:{lower}"].constraints.new("IK")
        ik.target = ik.pole_target = armature
        ik.subtarget, ik.pole_subtarget = f"IK {end}", f"Pole {end}"
        ik.chain_count, ik.pole_angle = 2, angle
        copy = armature.pose.bones[f"mixamorig:{end}"].constraints.new("COPY_ROTATION")
        copy.target, copy.subtarget = armature, f"IK {end}"
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


@pytest.fixture(scope="session")
def make() -> SimpleNamespace:
    """Functions with which the Blender tests build and measure."""
    return SimpleNamespace(
        armature=make_armature,
        ik_armature=make_ik_armature,
        skin=add_skin,
        face=add_face,
        face_bones=add_face_bones,
        walk=walk,
        solved=solved,
        t_pose=straight_arms,
        posed=posed,
        directions=directions,
        body_directions=body_directions,
        limbs=LIMBS,
        degrees_apart=degrees_apart,
        reopened=reopened,
    )
