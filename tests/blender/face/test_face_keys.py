# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions keyed on shape keys: beside the bones' keys, and without touching what is the user's."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.addon.bake.options import BakeOptions
from mimic.models.body.expressions import EXPRESSION_INDEX, EXPRESSIONS
from mimic.retarget.face.options import FaceOptions
from mimic.retarget.motion.options import AS_SOLVED


@pytest.fixture
def rig(bpy, make, face):
    """An armature and its head."""
    armature = make.armature(bpy)
    return armature, face.head(bpy, armature)


def bake(armature, motion, **options):
    from mimic.addon.bake.apply import apply_motion

    start = options.pop("start_frame", 1.0)
    name = options.pop("name", "Talk")
    return apply_motion(armature, motion, name=name, start_frame=start, options=AS_SOLVED, **options)


def scene_rate(bpy, rate=30):
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = rate, 1.0


def values(motion, name):
    return motion.expressions[:, EXPRESSION_INDEX[name]]


def action_of(head):
    data = head.data.shape_keys.animation_data
    return None if data is None else data.action


def test_bake_keys_every_expression_at_each_frame_with_its_value(bpy, rig, face):
    from mimic.addon.bake.keys import curves_of

    armature, head = rig
    scene_rate(bpy)
    motion = face.walk()
    applied = bake(armature, motion)
    for frame in (1, 8, 20):
        found = face.shown(bpy, head, frame)
        np.testing.assert_allclose([found[name] for name in EXPRESSIONS], motion.expressions[frame - 1], atol=1e-6)
    assert len(curves_of(head.data.shape_keys)) == 52
    assert applied.keys == 20 * (52 * 4 + 3 + 52)
    assert (applied.face.family, applied.face.keys, applied.face.missing) == ("ARKit", 52, ())


def test_bake_keys_face_and_bones_in_one_action_by_slots_or_in_two_actions(bpy, rig, face):
    from mimic.addon.bake.keys import LAYERED

    armature, head = rig
    bake(armature, face.walk())
    body, keys = armature.animation_data, head.data.shape_keys.animation_data
    if LAYERED:
        assert body.action == keys.action
        assert len(bpy.data.actions) == 1
        assert [slot.target_id_type for slot in body.action.slots] == ["OBJECT", "KEY"]
        assert body.action_slot != keys.action_slot
        assert keys.action_slot.name_display == head.data.shape_keys.name
    else:
        assert (body.action.name, keys.action.name) == ("Talk", "Talk Head")
        assert keys.action.id_root == "KEY"
        assert keys.action.use_fake_user


def test_bake_of_two_meshes_with_the_same_names_moves_each_and_a_shared_mesh_once(bpy, rig, face):
    from mimic.addon.bake.keys import curves_of

    armature, head = rig
    beard = face.head(bpy, armature, ("jawOpen", "mouthFunnel"), name="Beard")
    twin = face.head(bpy, armature, name="Twin", data=beard.data)
    motion = face.walk()
    scene_rate(bpy)
    applied = bake(armature, motion)
    assert applied.keys == 20 * (52 * 4 + 3 + 52 + 2)
    assert len(curves_of(beard.data.shape_keys)) == 2
    for mesh in (head, beard, twin):
        assert face.shown(bpy, mesh, 8)["jawOpen"] == pytest.approx(values(motion, "jawOpen")[7], abs=1e-6)


def test_bake_leaves_driven_keys_alone_with_a_sentence(bpy, rig, face):
    armature, head = rig
    keys = head.data.shape_keys
    for name in ("jawOpen", "mouthClose"):
        keys.key_blocks[name].driver_add("value").driver.expression = "0.25"
    applied = bake(armature, face.walk())
    assert face.shown(bpy, head, 8)["jawOpen"] == pytest.approx(0.25)
    assert len(keys.animation_data.drivers) == 2
    assert applied.face.keys == 50
    said = "Drivers set shape keys jawOpen, mouthClose of Head, which stay as they are; remove the drivers to animate"
    assert any(sentence.startswith(said) for sentence in applied.warnings)


def test_bake_keys_muted_keys_and_says_that_they_do_not_show(bpy, rig, face):
    from mimic.addon.bake.keys import curves_of

    armature, head = rig
    head.data.shape_keys.key_blocks["jawOpen"].mute = True
    applied = bake(armature, face.walk())
    assert len(curves_of(head.data.shape_keys)) == 52
    assert "Muted shape keys do not show their expression: shape key jawOpen of Head." in applied.warnings


def test_bake_leaves_absolute_keys_alone_with_a_sentence(bpy, rig, face):
    armature, head = rig
    head.data.shape_keys.use_relative = False
    applied = bake(armature, face.walk())
    assert applied.face.keys == 0
    assert action_of(head) is None
    said = "The shape keys of Head are absolute, so that their values do not count; turn on Relative"
    assert any(sentence.startswith(said) for sentence in applied.warnings)


def test_bake_leaves_linked_keys_alone_with_a_sentence(bpy, make, face, tmp_path):
    bpy.context.scene.name = "Library"
    face.head(bpy, make.armature(bpy, name="Other"), ("jawOpen",), name="Shared")
    path = tmp_path / "library.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with bpy.data.libraries.load(str(path), link=True) as (_, wanted):
        wanted.meshes = ["Shared"]
    armature = make.armature(bpy)
    own = face.head(bpy, armature, ("jawOpen",), name="Own")
    linked = face.head(bpy, armature, name="Linked", data=bpy.data.meshes["Shared"])
    applied = bake(armature, face.walk())
    assert applied.face.keys == 1
    assert action_of(own) is not None
    assert action_of(linked) is None
    said = "The shape keys of Linked are linked from another file and stay as they are; make the meshes local"
    assert any(sentence.startswith(said) for sentence in applied.warnings)
    bpy.data.objects.remove(own)
    (alone,) = [sentence for sentence in bake(armature, face.walk()).warnings if "shape key" in sentence]
    assert alone.startswith(said)


@pytest.mark.parametrize(("low", "high"), [(-1.0, 1.0), (0.0, 10.0), (0.0, 0.5)])
def test_bake_keeps_values_within_the_range_of_the_key(bpy, make, face, low, high):
    armature = make.armature(bpy)
    head = face.head(bpy, armature, ("jawOpen",), low=low, high=high)
    motion = face.walk()
    scene_rate(bpy)
    bake(armature, motion, face_options=FaceOptions(expression_strength=3.0))
    found = np.array([face.shown(bpy, head, frame)["jawOpen"] for frame in range(1, 21)])
    np.testing.assert_allclose(found, np.clip(3.0 * values(motion, "jawOpen"), low, high), atol=1e-5)


def test_bake_keeps_the_shape_key_action_that_was_there(bpy, rig, face):
    armature, head = rig
    keys = head.data.shape_keys
    keys.key_blocks["jawOpen"].keyframe_insert("value", frame=3)
    before = action_of(head)
    before.name, before.use_fake_user = "Mine", False
    bake(armature, face.walk())
    assert action_of(head) is not before
    assert before.use_fake_user
    assert bpy.data.actions["Mine"].users


def test_bake_without_expressions_or_a_face_leaves_the_keys_alone(bpy, rig, face, make):
    armature, head = rig
    applied = bake(armature, face.walk(), face_options=FaceOptions(expressions=False))
    assert applied.face is None
    unseen = bake(armature, make.walk())
    assert unseen.face is None
    assert head.data.shape_keys.animation_data is None
    assert not any("face" in sentence for sentence in (*applied.warnings, *unseen.warnings))


def test_bake_of_a_face_that_is_partly_missing_rests_where_it_is_unseen(bpy, rig, face):
    armature, head = rig
    motion = face.walk()
    motion.expressions[5:9], motion.eyes[5:9] = np.nan, np.nan
    scene_rate(bpy)
    bake(armature, motion)
    assert face.shown(bpy, head, 8)["jawOpen"] == 0.0
    assert face.shown(bpy, head, 12)["jawOpen"] == pytest.approx(values(motion, "jawOpen")[11], abs=1e-6)


def test_bake_of_a_face_onto_a_character_without_one_says_so(bpy, make, face):
    armature = make.armature(bpy)
    applied = bake(armature, face.walk())
    assert applied.face.keys == 0
    assert "Rig has no shape keys or bones for a face: only the body is animated." in applied.warnings


def test_bake_of_a_face_without_expressions_and_without_their_network_says_what_to_fetch(
    rig, face, tmp_path, monkeypatch
):
    armature, _ = rig
    motion = face.walk()
    motion.expressions[:] = np.nan
    monkeypatch.setenv("MIMIC_MODELS", str(tmp_path))
    assert any("mimic models fetch" in said for said in bake(armature, motion).warnings)


def test_bake_of_a_face_with_expressions_does_not_ask_for_their_network(rig, face, tmp_path, monkeypatch):
    monkeypatch.setenv("MIMIC_MODELS", str(tmp_path))
    assert not any("mimic models fetch" in said for said in bake(rig[0], face.walk()).warnings)


def test_stashed_bake_keeps_the_face_in_a_muted_track(bpy, rig, face):
    armature, head = rig
    head.data.shape_keys.key_blocks["jawOpen"].value = 0.125
    bake(armature, face.walk(), bake_options=BakeOptions(layer="stash"))
    data = head.data.shape_keys.animation_data
    assert data.action is None
    (track,) = data.nla_tracks
    assert (track.mute, track.lock) == (True, True)
    assert track.strips[0].action.name == ("Talk" if hasattr(track.strips[0], "action_slot") else "Talk Head")
    assert face.shown(bpy, head, 8)["jawOpen"] == pytest.approx(0.125)


def test_additive_bake_adds_the_differences_of_the_face_to_what_it_plays(bpy, rig, face):
    armature, head = rig
    scene_rate(bpy)
    first, second = face.walk(seed=1), face.walk(seed=2)
    first = replace(first, expressions=0.4 * first.expressions)
    second = replace(second, expressions=0.4 * second.expressions)
    bake(armature, first, name="Base")
    bake(armature, second, name="Top", bake_options=BakeOptions(layer="additive"))
    data = head.data.shape_keys.animation_data
    assert data.action is None
    assert [track.strips[0].blend_type for track in data.nla_tracks] == ["REPLACE", "ADD"]
    expected = values(first, "jawOpen") + values(second, "jawOpen") - values(second, "jawOpen")[0]
    found = [face.shown(bpy, head, frame)["jawOpen"] for frame in (1, 4, 8)]
    np.testing.assert_allclose(found, np.clip(expected, 0.0, 1.0)[[0, 3, 7]], atol=1e-5)


def test_additive_bake_adds_to_the_values_of_keys_that_nothing_animates(bpy, rig, face):
    armature, head = rig
    scene_rate(bpy)
    blocks = head.data.shape_keys.key_blocks
    for block in blocks[1:]:
        block.value = 0.0
    blocks["jawOpen"].value = 0.25
    blocks["mouthLeft"].keyframe_insert("value", frame=1)
    motion = face.walk()
    bake(armature, motion, name="Top", bake_options=BakeOptions(layer="additive"))
    for name, rest in (("jawOpen", 0.25), ("browInnerUp", 0.0), ("mouthLeft", 0.0)):
        expected = np.clip(rest + values(motion, name) - values(motion, name)[0], 0.0, 1.0)
        found = [face.shown(bpy, head, frame)[name] for frame in (1, 4, 8, 40)]
        np.testing.assert_allclose(found, [*expected[[0, 3, 7]], rest], atol=1e-5)
    assert action_of(head) is None


def test_additive_bake_onto_a_named_action_takes_the_face_of_that_action(bpy, rig, face):
    armature, head = rig
    for seed in (4, 1):
        bake(armature, face.walk(seed=seed), name="Base")
    bake(armature, face.walk(seed=3), name="Other")
    bake(armature, face.walk(seed=2), name="Top", bake_options=BakeOptions(layer="additive", onto="Base.001"))
    tracks = head.data.shape_keys.animation_data.nla_tracks
    assert tracks[0].strips[0].action.name in {"Base.001", "Base.001 Head"}
    assert bpy.data.actions["Other"].use_fake_user


def test_looped_bake_repeats_the_face(bpy, rig, face):
    from mimic.addon.bake.apply import apply_motion
    from mimic.addon.bake.keys import curves_of

    armature, head = rig
    options = replace(AS_SOLVED, loop="ends")
    apply_motion(armature, face.walk(60), name="Loop", options=options)
    curves = curves_of(head.data.shape_keys)
    assert {(curve.modifiers[0].type, curve.modifiers[0].mode_after) for curve in curves} == {("CYCLES", "REPEAT")}
    assert action_of(head).use_cyclic


def test_bake_with_swapped_sides_and_trim_swaps_and_trims_the_face(bpy, rig, face):
    from mimic.addon.bake.apply import apply_motion

    armature, head = rig
    scene_rate(bpy)
    motion = face.walk(30)
    options = replace(AS_SOLVED, swap_sides=True, trim_start=10 / 30)
    apply_motion(armature, motion, name="Swapped", start_frame=1.0, options=options)
    found = face.shown(bpy, head, action_of(head).frame_range[0])
    assert found["eyeBlinkLeft"] == pytest.approx(values(motion, "eyeBlinkRight")[10], abs=1e-5)


def test_bake_with_an_offset_moves_the_keys_of_the_face_too(bpy, rig, face):
    armature, head = rig
    scene_rate(bpy)
    bake(armature, face.walk(), bake_options=BakeOptions(offset=1.0))
    assert tuple(action_of(head).frame_range) == (31.0, 50.0)


@pytest.mark.parametrize("most", [1.0, 10.0])
def test_simplified_bake_keeps_the_face_within_its_tolerance(bpy, make, face, most):
    from mimic.addon.bake.keys import curves_of

    armature = make.armature(bpy)
    head = face.head(bpy, armature, high=most)
    motion = face.walk(200)
    applied = bake(armature, motion, bake_options=BakeOptions(simplify=2.0))
    curves = {curve.data_path: curve for curve in curves_of(head.data.shape_keys)}
    worst = max(
        abs(curves[f'key_blocks["{name}"].value'].evaluate(frame) - value)
        for name in EXPRESSIONS
        for frame, value in zip(applied.frames, values(motion, name), strict=True)
    )
    assert worst <= 0.01 + 1e-4
    assert sum(len(curve.keyframe_points) for curve in curves.values()) < 0.2 * 52 * 200


def test_bake_is_refused_and_writes_nothing_while_a_face_strip_is_tweaked(bpy, rig, face):
    from mimic.addon.errors import ArmatureLocked

    armature, head = rig
    keys = head.data.shape_keys
    track = keys.animation_data_create().nla_tracks.new()
    track.strips.new("Wait", 1, bpy.data.actions.new("Wait"))
    keys.animation_data.use_tweak_mode = True
    with pytest.raises(ArmatureLocked, match=r"Shape key datablock .* tweak mode"):
        bake(armature, face.walk())
    assert bpy.data.actions.keys() == ["Wait"]
    assert armature.animation_data is None


def test_bake_of_key_names_with_quotes_moves_the_keys(bpy, make, face, monkeypatch):
    from mimic.addon.bake import plan
    from mimic.retarget.face.face_rig import FaceMap, FaceTarget

    name = 'jaw "open"'
    monkeypatch.setattr(plan, "face_map_of", lambda *_: FaceMap("", (FaceTarget("key", name, {"jawOpen": 1.0}),)))
    armature = make.armature(bpy)
    head = face.head(bpy, armature, (name,))
    scene_rate(bpy)
    motion = face.walk()
    bake(armature, motion)
    assert face.shown(bpy, head, 8)[name] == pytest.approx(values(motion, "jawOpen")[7], abs=1e-6)


def test_undo_of_a_bake_takes_the_keys_of_the_face_away(bpy, rig, face):
    armature, head = rig
    keys = head.data.shape_keys
    keys.key_blocks["jawOpen"].keyframe_insert("value", frame=3)
    action_of(head).name = "Mine"
    bpy.ops.ed.undo_push(message="Before")
    bake(armature, face.walk())
    bpy.ops.ed.undo_push(message="Bake Take")
    assert action_of(bpy.data.objects["Head"]).name != "Mine"
    bpy.ops.ed.undo()
    assert action_of(bpy.data.objects["Head"]).name == "Mine"
    assert bpy.data.actions.keys() == ["Mine"]


def test_bake_by_ik_keys_the_face_too(bpy, make, face):
    armature = make.ik_armature(bpy)
    head = face.head(bpy, armature)
    motion = face.walk()
    scene_rate(bpy)
    bake(armature, motion, bake_options=BakeOptions(ik=True))
    assert face.shown(bpy, head, 8)["jawOpen"] == pytest.approx(values(motion, "jawOpen")[7], abs=1e-6)
