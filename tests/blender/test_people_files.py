# SPDX-License-Identifier: GPL-3.0-or-later
"""Several people baked to files: a character for each, where they stood, in one file or one file each."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mimic.addon.bake.rig_files import RigFile
from mimic.models.body import rotations as rot
from mimic.models.body.joints import JOINTS
from mimic.models.body.motion import BodyMotion
from mimic.pipeline.errors import OutputExists
from mimic.retarget.motion.options import AS_SOLVED, MotionOptions

HIPS = "mixamorig:Hips"


def person(at, *, frames=12) -> BodyMotion:
    """Someone who stands still."""
    return BodyMotion(
        time=np.arange(frames) / 30.0,
        rotations=rot.identity(frames, len(JOINTS)),
        root=np.tile(np.array(at, dtype=float), (frames, 1)),
        shape=np.empty(0),
        confidence=np.ones((frames, len(JOINTS))),
    )


PAIR = [person([-0.5, 3.0, 0.0]), person([0.7, 4.6, -0.2])]
APART = np.hypot(1.2, 1.6)


def armatures(bpy) -> list:
    return sorted((thing for thing in bpy.context.scene.objects if thing.type == "ARMATURE"), key=lambda t: t.name)


def hips(bpy, armature, frame=5) -> np.ndarray:
    """Where the hips of an armature are in the world."""
    bpy.context.scene.frame_set(frame)
    posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array(posed.matrix_world @ posed.pose.bones[HIPS].head)


@pytest.fixture
def rig_file(bpy, make, tmp_path) -> Path:
    """A character with a mesh in a .blend, and a camera beside it."""
    armature = make.armature(bpy, make.t_pose(), name="Anna")
    make.skin(bpy, armature)
    camera = bpy.data.objects.new("Lens", bpy.data.cameras.new("Lens"))
    bpy.context.scene.collection.objects.link(camera)
    path = tmp_path / "anna.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    return path


def test_two_people_without_rigs_are_two_avatars_in_different_clothes_where_they_stood(bpy, make, tmp_path):
    from mimic.addon.bake.to_file import bake_people

    out = tmp_path / "pair.blend"
    summaries = bake_people(PAIR, out, name="Pair", options=MotionOptions())
    assert [summary.armature for summary in summaries] == ["Avatar", "Avatar.001"]
    assert [summary.action for summary in summaries] == ["Pair 1", "Pair 2"]
    make.reopened(bpy, out)
    first, second = armatures(bpy)
    between = (hips(bpy, second) - hips(bpy, first))[:2]
    np.testing.assert_allclose(between, [1.2, 1.6], atol=0.15 * APART)
    assert abs(hips(bpy, first)[2] - hips(bpy, second)[2]) < 0.02
    shirts = [
        tuple(mesh.material_slots["Shirt" + end].material.diffuse_color) for mesh, end in shirts_of(first, second)
    ]
    assert shirts[0] != shirts[1]


def shirts_of(first, second):
    body = [next(mesh for mesh in each.children if "Body" in mesh.name) for each in (first, second)]
    return zip(body, ("", ".001"), strict=True)


@pytest.mark.parametrize("kind", [".glb", ".fbx"])
def test_two_people_are_in_one_file_with_their_motions(bpy, make, tmp_path, kind):
    from mimic.addon.bake.to_file import bake_people

    out = tmp_path / f"pair{kind}"
    moving = [replace(PAIR[0], rotations=make.walk(12).rotations), PAIR[1]]
    summaries = bake_people(moving, out, options=AS_SOLVED)
    assert {summary.out for summary in summaries} == {out}
    make.reopened(bpy, out)
    found = armatures(bpy)
    assert len(found) == 2
    assert all(armature.animation_data.action is not None for armature in found)
    between = (hips(bpy, found[1]) - hips(bpy, found[0]))[:2]
    np.testing.assert_allclose(np.linalg.norm(between), APART, rtol=0.15)


@pytest.mark.parametrize("kind", [".bvh", ".vrma"])
def test_two_people_in_a_format_of_one_character_are_two_files(bpy, tmp_path, kind):
    from mimic.addon.bake.to_file import bake_people

    out = tmp_path / f"pair{kind}"
    summaries = bake_people(PAIR, out)
    assert [summary.out.name for summary in summaries] == [f"pair-1{kind}", f"pair-2{kind}"]
    assert all(summary.size > 0 for summary in summaries)
    assert not out.exists()
    with pytest.raises(OutputExists, match="pair-1"):
        bake_people(PAIR, out)


def test_one_rig_for_two_people_appears_twice_and_is_said(bpy, make, rig_file, tmp_path):
    from mimic.addon.bake.to_file import bake_people

    out = tmp_path / "pair.blend"
    first, second = bake_people(PAIR, out, rigs=[RigFile(rig_file)], options=AS_SOLVED)
    assert "one rig was given: it appears twice" in first.warnings[0]
    assert (first.armature, second.armature) == ("Anna", "Anna.001")
    make.reopened(bpy, out)
    anna, copy = armatures(bpy)
    assert [len(thing.children) for thing in (anna, copy)] == [1, 1]
    assert copy.children[0].modifiers[0].object == copy
    np.testing.assert_allclose((hips(bpy, copy) - hips(bpy, anna))[:2], [1.2, 1.6], atol=0.02)
    assert [thing.name for thing in bpy.context.scene.objects if thing.type == "CAMERA"] == ["Lens"]


def test_two_armatures_of_one_scene_are_keyed_where_they_are(bpy, make, tmp_path):
    from mimic.addon.bake.to_file import bake_people

    for name, place in (("Anna", (0.0, 0.0, 0.0)), ("Bob", (5.0, 1.0, 0.0))):
        armature = make.armature(bpy, name=name)
        armature.location = place
        armature.rotation_euler.z = 1.0 if name == "Bob" else 0.0
    scene = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(scene), copy=True)
    out = tmp_path / "out.blend"
    summaries = bake_people(PAIR, out, rigs=[RigFile(scene, "Anna"), RigFile(scene, "Bob")], options=AS_SOLVED)
    assert [summary.armature for summary in summaries] == ["Anna", "Bob"]
    make.reopened(bpy, out)
    anna, bob = armatures(bpy)
    assert tuple(bob.location) == (5.0, 1.0, 0.0)
    np.testing.assert_allclose((hips(bpy, bob) - hips(bpy, anna))[:2], [1.2, 1.6], atol=0.02)


@pytest.mark.parametrize(("scale", "size"), [(2.5, 1.0), (1.0, 0.6), (0.01, 150.0)])
def test_characters_of_different_sizes_stand_as_far_apart_as_the_first_one_measures(bpy, make, tmp_path, scale, size):
    from mimic.addon.bake.to_file import bake_people

    first = make.armature(bpy, name="Anna")
    other = make.armature(bpy, make.t_pose() * size, name="Bob")
    first.scale, other.scale = [2.0] * 3, [scale] * 3
    scene = tmp_path / "scene.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(scene), copy=True)
    out = tmp_path / "out.blend"
    bake_people(PAIR, out, rigs=[RigFile(scene, "Anna"), RigFile(scene, "Bob")], options=MotionOptions())
    make.reopened(bpy, out)
    anna, bob = armatures(bpy)
    np.testing.assert_allclose((hips(bpy, bob) - hips(bpy, anna))[:2], [2.4, 3.2], atol=0.15 * 2.0 * APART)


def test_rig_files_of_two_kinds_are_gathered_in_one_scene(bpy, make, rig_file, tmp_path):
    from mimic.addon.bake.to_file import bake_people
    from mimic.addon.character.files import save_character

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    other = make.armature(bpy, name="Bob")
    make.skin(bpy, other)
    glb = tmp_path / "bob.glb"
    save_character(other, glb, force=False)
    for rigs in ([RigFile(rig_file), RigFile(glb)], [RigFile(glb), RigFile(rig_file)], [RigFile(glb), RigFile(glb)]):
        summaries = bake_people(PAIR, tmp_path / "out.blend", rigs=rigs, options=AS_SOLVED, force=True)
        make.reopened(bpy, tmp_path / "out.blend")
        found = [bpy.data.objects[summary.armature] for summary in summaries]
        np.testing.assert_allclose((hips(bpy, found[1]) - hips(bpy, found[0]))[:2], [1.2, 1.6], atol=0.03)


def test_more_rigs_than_people_leave_the_rest_out(bpy, rig_file, tmp_path):
    from mimic.addon.bake.to_file import bake_people

    rigs = [RigFile(rig_file), RigFile(tmp_path / "never read.fbx")]
    (summary,) = bake_people(PAIR[:1], tmp_path / "out.blend", rigs=rigs)
    assert "2 rigs were given and there is one person" in summary.warnings[0]
