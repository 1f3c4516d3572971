# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces from file to file: shape keys move in the written file as they were baked."""

import json
import struct
from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body.expressions import EXPRESSION_INDEX, EXPRESSIONS

FACES = {"Head": ("jawOpen", "eyeBlinkLeft", "eyeBlinkRight"), "Teeth": ("jawOpen", "tongueOut"), "Shoes": ()}
"""Mesh -> its shape keys; two meshes have a key of the same name, one has none."""


def faced(motion):
    """The same motion with a face whose every expression moves differently."""
    steps = 0.4 * np.arange(len(motion.time))[:, None] + np.arange(len(EXPRESSIONS))
    return replace(motion, expressions=0.5 + 0.5 * np.sin(steps))


def add_face(bpy, make, armature, meshes):
    for name, keys in meshes.items():
        skin = make.skin(bpy, armature)
        skin.name = skin.data.name = name
        if keys:
            skin.shape_key_add(name="Basis")
        for number, key in enumerate(keys, start=1):
            skin.shape_key_add(name=key).data[2].co.z += 0.1 * number


@pytest.fixture
def rig_file(bpy, make, tmp_path):
    """A character with a face, as .blend."""
    armature = make.armature(bpy, make.t_pose())
    add_face(bpy, make, armature, FACES)
    bpy.context.scene.render.fps = 30
    path = tmp_path / "anna.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    return path


def evaluated(bpy, frames):
    """(mesh, shape key) -> values (n,) at frames, of every mesh with shape keys; importers number names."""
    found: dict[tuple[str, str], list[float]] = {}
    for frame in frames:
        bpy.context.scene.frame_set(int(frame))
        for thing in bpy.context.scene.objects:
            for block in thing.data.shape_keys.key_blocks[1:] if getattr(thing.data, "shape_keys", None) else ():
                found.setdefault((thing.name.split(".")[0], block.name), []).append(block.value)
    return {key: np.array(values) for key, values in found.items()}


@pytest.mark.parametrize("kind", [".blend", ".glb", ".fbx"])
def test_baked_file_opened_again_moves_its_shape_keys_as_the_face(bpy, make, rig_file, tmp_path, kind):
    from mimic.addon.bake.keys import curves_of
    from mimic.addon.bake.to_file import bake

    motion, out = faced(make.walk(12)), tmp_path / f"out{kind}"
    bake(motion, out, rig=rig_file, name="Talk")
    armature = make.reopened(bpy, out)
    first = round(min(point.co[0] for curve in curves_of(armature) for point in curve.keyframe_points))
    seen = evaluated(bpy, first + np.arange(12))
    assert set(seen) == {(mesh, key) for mesh, keys in FACES.items() for key in keys}
    for (_, name), values in seen.items():
        np.testing.assert_allclose(values, motion.expressions[:, EXPRESSION_INDEX[name]], atol=1e-3)


@pytest.mark.parametrize("kind", [".glb", ".fbx"])
def test_baked_file_of_uneven_moments_shows_the_face_as_blender_plays_it(bpy, make, rig_file, tmp_path, kind):
    from mimic.addon.bake.to_file import bake

    motion = faced(make.walk(12))
    motion = replace(motion, time=motion.time + 0.004 * np.sin(np.arange(12.0)))
    bake(motion, tmp_path / "out.blend", rig=rig_file)
    make.reopened(bpy, tmp_path / "out.blend")
    wanted = evaluated(bpy, 1 + np.arange(11))
    bake(motion, tmp_path / f"out{kind}", rig=rig_file)
    make.reopened(bpy, tmp_path / f"out{kind}")
    seen = evaluated(bpy, 1 + np.arange(11))
    for key, values in wanted.items():
        np.testing.assert_allclose(seen[key], values, atol=1e-3)


def test_baked_glb_holds_bones_and_faces_in_one_animation(bpy, make, rig_file, tmp_path):
    from mimic.addon.bake.to_file import bake

    out = tmp_path / "out.glb"
    bake(faced(make.walk(5)), out, rig=rig_file, name="Talk")
    raw = out.read_bytes()
    document = json.loads(raw[20 : 20 + struct.unpack_from("<I", raw, 12)[0]])
    (animation,) = document["animations"]
    assert animation["name"] == "Talk"
    paths: dict[str, set[str]] = {}
    for channel in animation["channels"]:
        name = document["nodes"][channel["target"]["node"]]["name"]
        paths.setdefault(channel["target"]["path"], set()).add(name)
    assert paths["weights"] == {"Head", "Teeth"}
    assert "mixamorig:Hips" in paths["rotation"]


def test_baked_bvh_is_the_same_with_and_without_a_face(bpy, make, rig_file, tmp_path):
    from mimic.addon.bake.to_file import bake

    for name, motion in (("face", faced(make.walk(5))), ("plain", make.walk(5))):
        bake(motion, tmp_path / f"{name}.bvh", rig=rig_file)
    assert (tmp_path / "face.bvh").read_bytes() == (tmp_path / "plain.bvh").read_bytes()
