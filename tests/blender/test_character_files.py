# SPDX-License-Identifier: GPL-3.0-or-later
"""From file to file: what was saved moves when it is opened again, and bad rigs are refused in a sentence."""

import numpy as np
import pytest

from mimic.pipeline.errors import OutputExists, OutputUnwritable


@pytest.fixture
def rig_file(bpy, make, tmp_path):
    """A character as .glb, with a space and an accent in its path."""
    from mimic.addon.character.files import save_character

    armature = make.armature(bpy, make.t_pose())
    make.skin(bpy, armature)
    path = tmp_path / "une poupée" / "my rig.glb"
    path.parent.mkdir()
    save_character(armature, path, force=False)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("kind", [".blend", ".glb", ".fbx", ".bvh"])
def test_baked_file_opened_again_moves_as_the_body(bpy, make, rig_file, tmp_path, kind):
    from mimic.addon.bake.keys import curves_of
    from mimic.addon.bake.to_file import bake

    motion = make.walk(10)
    out = tmp_path / f"out{kind}"
    summary = bake(motion, out, rig=rig_file, name="Walk")
    assert (summary.bones_mapped, summary.bones_total, summary.joints_missing) == (52, 52, ())
    assert (summary.frames, summary.keys, summary.rate) == (10, 10 * (52 * 4 + 3), 30.0)
    assert summary.size == out.stat().st_size > 0
    assert set(summary.seconds) == {"open", "retarget", "key", "save"}
    armature = make.reopened(bpy, out)
    frames = {round(point.co[0]) for curve in curves_of(armature) for point in curve.keyframe_points}
    first = min(frames)
    assert max(frames) - first == 9
    seen = make.directions(bpy, armature, first + np.arange(10.0))
    assert make.degrees_apart(seen, make.body_directions(motion)) < 0.1
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [out.name]


def test_bake_without_a_rig_moves_the_built_in_avatar_as_the_body(bpy, make, tmp_path):
    from mimic.addon.bake.to_file import bake

    motion = make.walk(10)
    out = tmp_path / "avatar.blend"
    summary = bake(motion, out)
    assert (summary.family, summary.bones_mapped, summary.warnings) == ("Mixamo", 52, ())
    armature = make.reopened(bpy, out)
    assert make.degrees_apart(make.directions(bpy, armature, 1 + np.arange(10.0)), make.body_directions(motion)) < 0.01
    scene = bpy.context.scene
    assert (scene.frame_start, scene.frame_end) == (1, 10)
    assert scene.camera is not None


def test_bake_of_a_blend_keeps_its_rate_and_content(bpy, make, tmp_path):
    from mimic.addon.bake.to_file import bake

    armature = make.armature(bpy)
    bpy.context.scene.render.fps = 60
    old = bpy.data.actions.new("Old")
    old.use_fake_user = True
    assert armature.name == "Rig"
    rig, out = tmp_path / "rig.blend", tmp_path / "out.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(rig))
    before = rig.read_bytes()
    summary = bake(make.walk(11), out, rig=rig)
    assert rig.read_bytes() == before
    bpy.ops.wm.open_mainfile(filepath=str(out))
    assert "Old" in bpy.data.actions
    assert "Camera" not in bpy.data.objects
    scene = bpy.context.scene
    assert (summary.rate, scene.frame_start, scene.frame_end) == (60.0, 1, 21)


def test_bake_at_another_rate_keys_every_whole_frame(bpy, make, tmp_path):
    from mimic.addon.bake.keys import curves_of
    from mimic.addon.bake.to_file import bake

    motion = make.walk(31, fps=30.0)
    summary = bake(motion, tmp_path / "out.blend", fps=24.0)
    assert (summary.frames, summary.rate) == (25, 24.0)
    armature = make.reopened(bpy, tmp_path / "out.blend")
    keys = [point.co[0] for point in curves_of(armature)[0].keyframe_points]
    np.testing.assert_array_equal(keys, np.arange(1.0, 26.0))


def test_bake_of_uneven_timestamps_keys_at_those_times(bpy, make, tmp_path):
    from dataclasses import replace

    from mimic.addon.bake.keys import curves_of
    from mimic.addon.bake.to_file import bake

    motion = make.walk(6)
    time = 5.0 + np.array([0.0, 0.033, 0.07, 0.2, 0.24, 0.31])
    summary = bake(replace(motion, time=time), tmp_path / "out.blend")
    armature = make.reopened(bpy, tmp_path / "out.blend")
    keys = np.array([point.co[0] for point in curves_of(armature)[0].keyframe_points])
    np.testing.assert_allclose(keys, 1.0 + (time - 5.0) * summary.rate, atol=0.011)


def test_bake_onto_an_existing_file_is_refused_without_force(bpy, make, rig_file, tmp_path):
    from mimic.addon.bake.to_file import bake

    out = tmp_path / "out.glb"
    out.write_bytes(b"precious")
    with pytest.raises(OutputExists):
        bake(make.walk(3), out, rig=rig_file)
    assert out.read_bytes() == b"precious"
    bake(make.walk(3), out, rig=rig_file, force=True)
    assert out.read_bytes().startswith(b"glTF")


@pytest.mark.parametrize("kind", [".blend", ".glb", ".fbx", ".bvh"])
def test_bake_to_a_file_prints_nothing_on_standard_output(make, rig_file, tmp_path, capfd, kind):
    """That is where the command line's answers go, and scripts read them."""
    from mimic.addon.bake.to_file import bake

    capfd.readouterr()
    bake(make.walk(3), tmp_path / f"out{kind}", rig=rig_file)
    assert capfd.readouterr().out == ""


def test_bake_into_a_missing_folder_is_refused(bpy, make, tmp_path):
    from mimic.addon.bake.to_file import bake

    with pytest.raises(OutputUnwritable):
        bake(make.walk(3), tmp_path / "nowhere" / "out.blend")


@pytest.mark.parametrize("name", ["out.mp4", "out", "out.obj"])
def test_bake_to_an_unknown_file_type_is_refused(bpy, make, tmp_path, name):
    from mimic.addon.bake.to_file import bake
    from mimic.addon.errors import UnknownFileType

    with pytest.raises(UnknownFileType, match=r"\.blend, \.bvh, \.fbx, \.glb"):
        bake(make.walk(3), tmp_path / name)


def test_bake_of_a_motion_without_frames_is_refused(bpy, make, tmp_path):
    from mimic.addon.bake.to_file import bake
    from mimic.addon.errors import NothingToBake

    with pytest.raises(NothingToBake):
        bake(make.walk(0), tmp_path / "out.blend")


def test_rig_file_that_is_missing_is_refused(bpy, tmp_path):
    from mimic.addon.character.files import open_rig
    from mimic.addon.errors import UnreadableRig

    with pytest.raises(UnreadableRig, match="no rig file"):
        open_rig(tmp_path / "gone.fbx")


@pytest.mark.parametrize("name", ["rig.fbx", "rig.glb", "rig.gltf", "rig.bvh", "rig.blend"])
@pytest.mark.parametrize("content", [b"", b"not a rig at all"], ids=["empty", "text"])
def test_rig_file_that_cannot_be_read_is_refused_with_one_sentence(bpy, tmp_path, name, content):
    from mimic.addon.character.files import open_rig
    from mimic.addon.errors import NoArmature, UnreadableRig

    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises((UnreadableRig, NoArmature)) as caught:
        open_rig(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_rig_file_of_an_unknown_type_is_refused(bpy, tmp_path):
    from mimic.addon.character.files import open_rig
    from mimic.addon.errors import UnknownFileType

    with pytest.raises(UnknownFileType, match=r"\.fbx"):
        open_rig(tmp_path / "rig.obj")


def test_rig_file_without_an_armature_is_refused(bpy, tmp_path):
    from mimic.addon.character.files import open_rig
    from mimic.addon.errors import NoArmature

    bpy.ops.mesh.primitive_cube_add()
    path = tmp_path / "cube.glb"
    bpy.ops.export_scene.gltf(filepath=str(path))
    with pytest.raises(NoArmature, match="has no armature"):
        open_rig(path)


def test_rig_file_with_two_armatures_is_refused_until_one_is_named(bpy, make, tmp_path):
    from mimic.addon.character.files import open_rig
    from mimic.addon.errors import NoArmature, SeveralArmatures

    make.armature(bpy, name="Anna")
    make.armature(bpy, name="Bert")
    path = tmp_path / "two.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    with pytest.raises(SeveralArmatures, match='--armature: "Anna", "Bert"'):
        open_rig(path)
    with pytest.raises(NoArmature, match='no armature "Carl"'):
        open_rig(path, "Carl")
    assert open_rig(path, "Bert").name == "Bert"


def test_bake_onto_a_rig_that_is_no_humanoid_is_refused_and_writes_nothing(bpy, make, tmp_path):
    from mimic.addon.bake.characters import check_rig
    from mimic.addon.bake.to_file import bake
    from mimic.models.body.joints import JOINTS
    from mimic.retarget.errors import RigUnmapped

    names = {joint: f"scale{i}" for i, joint in enumerate(JOINTS)}
    snake = np.cumsum(np.full((len(JOINTS), 3), 0.1), axis=0)
    make.armature(bpy, snake, prefix="", rename=names, name="Rex")
    path = tmp_path / "dog.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    with pytest.raises(RigUnmapped, match='Armature "Rex" has bone names that Mimic does not know, and'):
        bake(make.walk(3), tmp_path / "out.blend", rig=path)
    assert not (tmp_path / "out.blend").exists()
    with pytest.raises(RigUnmapped):
        check_rig(path)


def test_saved_exchange_file_holds_the_character_only(bpy, make, tmp_path):
    from mimic.addon.character.files import save_character

    armature = make.armature(bpy)
    make.skin(bpy, armature)
    bpy.ops.mesh.primitive_cube_add()
    bpy.context.object.name = "Furniture"
    save_character(armature, tmp_path / "out.glb", force=False)
    make.reopened(bpy, tmp_path / "out.glb")
    assert "Furniture" not in bpy.data.objects
    assert "Skin" in bpy.data.objects
