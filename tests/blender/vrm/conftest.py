# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters of VRM 0 and VRM 1, made with the VRM add-on, whose package is `bpy-vrm-format`."""

import re
from importlib.util import find_spec
from types import SimpleNamespace

import numpy as np
import pytest

from mimic.models.body.model import neutral_body
from mimic.retarget.rig.humanoid import HUMANOID, t_pose

ADD_ON = "io_scene_vrm"

PRESETS = {
    "aa": [("Face", "A", 1.0), ("Teeth", "A", 0.5)],
    "oh": [("Face", "O", 0.8), ("Face", "A", 0.2)],
    "happy": [("Face", "Smile", 1.0)],
    "surprised": [("Face", "Wide", 1.0)],
    "blinkLeft": [("Face", "Close_L", 1.0)],
    "blinkRight": [("Face", "Close_R", 1.0)],
    "lookUp": [("Face", "Up", 1.0)],
}
"""Expression -> (mesh, shape key, weight)."""

CUSTOM = {"cheekPuff": [("Face", "Puff", 1.0)]}

KEYS = {"Face": ("A", "O", "Smile", "Wide", "Close_L", "Close_R", "Up", "Puff"), "Teeth": ("A",)}

VRM_0_NAMES = {
    "aa": "a",
    "oh": "o",
    "happy": "joy",
    "surprised": "unknown",
    "blinkLeft": "blink_l",
    "blinkRight": "blink_r",
    "lookUp": "lookup",
}


@pytest.fixture
def vrm_add_on(bpy):
    """The VRM add-on, enabled."""
    if find_spec(ADD_ON) is None:
        pytest.skip("needs the VRM add-on: pip install --no-deps bpy-vrm-format")
    bpy.ops.preferences.addon_enable(module=ADD_ON)
    yield
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.preferences.addon_disable(module=ADD_ON)


def body_of(bpy, make):
    """A rig in T-pose with VRM's bone names and eyes, and meshes with shape keys on its head."""
    joints = t_pose(neutral_body()).rest[:, :3, 3]
    armature = make.armature(bpy, joints, prefix="", rename=HUMANOID, name="Vera")
    bpy.ops.object.mode_set(mode="EDIT")
    bones = armature.data.edit_bones
    for side, x in (("left", 0.03), ("right", -0.03)):
        eye = bones.new(f"{side}Eye")
        eye.head = bones["head"].head + eye.head.__class__((x, -0.08, 0.08))
        eye.tail = eye.head + eye.head.__class__((0.0, -0.02, 0.0))
        eye.parent = bones["head"]
    bpy.ops.object.mode_set(mode="OBJECT")
    for name, keys in KEYS.items():
        mesh = bpy.data.meshes.new(name)
        mesh.from_pydata([(0.0, 0.0, 1.6), (0.1, 0.0, 1.6), (0.0, 0.1, 1.7)], [], [(0, 1, 2)])
        thing = bpy.data.objects.new(name, mesh)
        bpy.context.scene.collection.objects.link(thing)
        thing.parent = armature
        thing.modifiers.new("Armature", "ARMATURE").object = armature
        thing.vertex_groups.new(name="head").add([0, 1, 2], 1.0, "REPLACE")
        thing.shape_key_add(name="Basis")
        for number, key in enumerate(keys, start=1):
            thing.shape_key_add(name=key).data[2].co.z = 1.7 + 0.01 * number
    return armature


def snake(name):
    return re.sub(r"[A-Z]", lambda letter: f"_{letter[0].lower()}", name)


def bind(binds, mesh_of):
    def add(all_binds):
        for mesh, key, weight in all_binds:
            added = binds.add()
            getattr(added, mesh_of).mesh_object_name = mesh
            added.index, added.weight = key, weight

    return add


def assign_bones(armature):
    """Tell the add-on which bones are which, and that they rest in T-pose."""
    humanoid = armature.data.vrm_addon_extension.vrm1.humanoid
    for bone in [*HUMANOID.values(), "leftEye", "rightEye"]:
        getattr(humanoid.human_bones, snake(bone)).node.bone_name = bone
    humanoid.pose = "restPositionPose"


def make_vrm_1(bpy, make):
    """A VRM 1 character with all of `PRESETS` and `CUSTOM`; its smile holds back the mouth, its surprise is binary."""
    armature = body_of(bpy, make)
    extension = armature.data.vrm_addon_extension
    extension.spec_version = "1.0"
    assign_bones(armature)
    vrm = extension.vrm1
    vrm.meta.vrm_name = "Vera"
    vrm.expressions.fill_missing_expression_names()
    for name, binds in PRESETS.items():
        bind(getattr(vrm.expressions.preset, snake(name)).morph_target_binds, "node")(binds)
    for name, binds in CUSTOM.items():
        custom = vrm.expressions.custom.add()
        custom.custom_name = name
        bind(custom.morph_target_binds, "node")(binds)
    vrm.expressions.preset.happy.override_mouth = "blend"
    vrm.expressions.preset.surprised.is_binary = True
    return armature


def make_vrm_0(bpy, make):
    """The same as a VRM 0 character, where surprise is an expression of the character's own."""
    armature = body_of(bpy, make)
    extension = armature.data.vrm_addon_extension
    extension.spec_version = "0.0"
    human_bones = extension.vrm0.humanoid.human_bones
    human_bones.clear()
    for bone in HUMANOID.values():
        added = human_bones.add()
        added.bone = bone
        if "Thumb" in bone:  # VRM 0 counts its bones as those of the fingers.
            added.bone = bone.replace("Proximal", "Intermediate").replace("Metacarpal", "Proximal")
        added.node.bone_name = bone
    for name, binds in [*PRESETS.items(), *CUSTOM.items()]:
        group = extension.vrm0.blend_shape_master.blend_shape_groups.add()
        group.name = name
        group.preset_name = VRM_0_NAMES.get(name, "unknown")
        bind(group.binds, "mesh")(binds)
    return armature


def previewed(armature, weights):
    """The values of shape keys that the add-on's own previews make of weights of expressions."""
    extension = armature.data.vrm_addon_extension
    if extension.spec_version == "1.0":
        expressions = extension.vrm1.expressions.all_name_to_expression_dict()
    else:
        named = {name: label for label, name in VRM_0_NAMES.items() if name != "unknown"}
        groups = extension.vrm0.blend_shape_master.blend_shape_groups
        expressions = {named.get(group.preset_name, group.name): group for group in groups}
    for name, weight in weights.items():
        expressions[name].preview = weight
    children = {thing.name: thing for thing in armature.children}
    values = {
        (mesh, key): children[mesh].data.shape_keys.key_blocks[key].value for mesh, keys in KEYS.items() for key in keys
    }
    for name in weights:
        expressions[name].preview = 0.0
    return values


@pytest.fixture
def vrm(bpy, make, vrm_add_on) -> SimpleNamespace:
    """Functions that make characters with the VRM add-on."""
    return SimpleNamespace(
        make={"0": lambda: make_vrm_0(bpy, make), "1": lambda: make_vrm_1(bpy, make)},
        previewed=previewed,
        names=(*PRESETS, *CUSTOM),
        weights=lambda seed: dict(
            zip([*PRESETS, *CUSTOM], np.random.default_rng(seed).uniform(0.0, 1.0, len(PRESETS) + 1), strict=True)
        ),
    )
