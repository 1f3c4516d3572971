# SPDX-License-Identifier: GPL-3.0-or-later
"""VRM characters made with the VRM add-on: bakes move them as their expressions say, in written files too."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body.expressions import EXPRESSION_INDEX, EXPRESSIONS

VERSIONS = pytest.mark.parametrize("version", ["0", "1"])

FRAMES = 8


@pytest.fixture
def motion(make):
    """A motion whose every expression moves differently, jaw and lids the most."""
    steps = 0.6 * np.arange(FRAMES)[:, None] + np.arange(len(EXPRESSIONS))
    expressions = 0.3 + 0.3 * np.sin(steps)
    for name in ("jawOpen", "eyeBlinkLeft", "eyeBlinkRight"):
        expressions[:, EXPRESSION_INDEX[name]] *= 1.6
    expressions[:, EXPRESSION_INDEX["mouthClose"]] = 0.0
    return replace(make.walk(FRAMES), expressions=expressions)


def shape_keys(bpy, first=1):
    """(mesh, shape key) -> values (n,) as the scene is played; importers number names."""
    found: dict[tuple[str, str], list[float]] = {}
    for frame in first + np.arange(FRAMES):
        bpy.context.scene.frame_set(int(frame))
        for thing in bpy.context.scene.objects:
            for block in thing.data.shape_keys.key_blocks[1:] if getattr(thing.data, "shape_keys", None) else ():
                found.setdefault((thing.name.split(".")[0], block.name), []).append(block.value)
    return {key: np.array(values) for key, values in found.items()}


def shown(bpy, vrm, armature, motion):
    """The same as the add-on shows it, for the weights that Mimic gives the expressions."""
    from mimic.addon.face.face_rig import face_rig_of
    from mimic.addon.face.store import face_map_of
    from mimic.retarget.face.face_motion import at_rest_where_unseen
    from mimic.retarget.face.face_plan import FacePlan

    face = face_rig_of(armature)
    plan = FacePlan(face, face_map_of(armature, face))
    assert {"aa", "blinkLeft", "blinkRight"} <= set(plan.vrm)
    weights = plan.values(*at_rest_where_unseen(motion)).vrm
    each = [vrm.previewed(armature, dict(zip(plan.vrm, row, strict=True))) for row in weights]
    return {key: np.array([values[key] for values in each]) for key in each[0]}


@VERSIONS
@pytest.mark.parametrize("kind", [".blend", ".glb", ".fbx"])
def test_bake_of_a_vrm_character_moves_its_shape_keys_as_the_add_on_shows_them(  # noqa: PLR0917
    bpy, make, vrm, motion, tmp_path, version, kind
):
    from mimic.addon.bake.to_file import bake

    armature = vrm.make[version]()
    bpy.context.scene.render.fps = 30
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "vera.blend"))
    wanted = shown(bpy, vrm, armature, motion)
    assert np.ptp(wanted["Face", "A"]) > 0.3
    summary = bake(motion, tmp_path / f"out{kind}", rig=tmp_path / "vera.blend")
    assert summary.face.vrm >= 3
    bpy.ops.preferences.addon_disable(module="io_scene_vrm")
    make.reopened(bpy, tmp_path / f"out{kind}")
    seen = shape_keys(bpy)
    for key, values in wanted.items():
        np.testing.assert_allclose(seen[key], values, atol=1e-3)


@VERSIONS
def test_live_pose_of_a_vrm_character_moves_its_shape_keys_as_the_add_on_shows_them(bpy, vrm, motion, version):
    from mimic.addon.live.target import Target
    from mimic.retarget.face.face_motion import at_rest_where_unseen
    from mimic.retarget.face.face_plan import FacePlan
    from mimic.retarget.transfer.faces import face_pose

    armature = vrm.make[version]()
    wanted = shown(bpy, vrm, armature, motion)
    target = Target(armature)
    plan = FacePlan(target.face.rig, target.face.face_map)
    expressions, eyes = at_rest_where_unseen(motion)
    for frame in range(FRAMES):
        target.apply(armature, face_pose(plan, plan.values(expressions[frame], eyes[frame])))
        for (mesh, key), values in wanted.items():
            value = bpy.data.objects[mesh].data.shape_keys.key_blocks[key].value
            assert value == pytest.approx(values[frame], abs=2e-4)
    assert not target.reread_face_if_edited(armature, meshes=True)


@VERSIONS
def test_bake_of_a_vrm_character_leaves_the_add_ons_previews_alone(bpy, vrm, motion, tmp_path, version):
    """They are shown in the viewport only, and would fight with the shape keys there."""
    from mimic.addon.bake.apply import apply_motion

    armature = vrm.make[version]()
    apply_motion(armature, motion, name="Talk")
    assert armature.data.animation_data is None
    bpy.context.scene.frame_set(4)
    played = armature.children[0].data.shape_keys.key_blocks[1].value
    assert played > 0.0
    bpy.context.scene.frame_set(1)
    bpy.context.scene.frame_set(4)
    assert armature.children[0].data.shape_keys.key_blocks[1].value == played


@VERSIONS
def test_bake_turns_the_eye_bones_of_a_vrm_character_with_the_gaze(bpy, make, vrm, motion, version):
    from mimic.addon.bake.apply import apply_motion
    from mimic.models.body import rotations as rot

    still = make.walk(FRAMES)
    still = replace(still, rotations=rot.identity(FRAMES, still.rotations.shape[1]))
    left = np.tile(rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(20.0)), (FRAMES, 2, 1))
    armature = vrm.make[version]()
    apply_motion(armature, replace(still, expressions=motion.expressions * 0.0, eyes=left), name="Look")
    posed = make.posed(bpy, armature, 2)
    for eye in ("leftEye", "rightEye"):
        turn = np.array(posed[eye].matrix.to_3x3()) @ np.array(armature.data.bones[eye].matrix_local.to_3x3()).T
        looks = turn @ [0.0, -1.0, 0.0]
        np.testing.assert_allclose(looks, [np.sin(np.radians(20.0)), -np.cos(np.radians(20.0)), 0.0], atol=0.02)


@pytest.mark.slow
@VERSIONS
def test_bake_of_a_vrm_file_without_the_add_on_moves_its_expressions(  # noqa: PLR0917
    bpy, make, vrm, motion, tmp_path, version
):
    from mimic.addon.bake.to_file import bake

    armature, path = vrm.make[version](), tmp_path / "vera.vrm"
    assert bpy.ops.export_scene.vrm(filepath=str(path), armature_object_name=armature.name) == {"FINISHED"}
    wanted = shown(bpy, vrm, armature, motion)
    bpy.ops.preferences.addon_disable(module="io_scene_vrm")
    summary = bake(motion, tmp_path / "out.blend", rig=path)
    assert summary.face.vrm >= 3
    make.reopened(bpy, tmp_path / "out.blend")
    seen = shape_keys(bpy)
    for key, values in wanted.items():
        np.testing.assert_allclose(seen[key], values, atol=0.01)
