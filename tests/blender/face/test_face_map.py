# SPDX-License-Identifier: GPL-3.0-or-later
"""The face map as its user meets it: detected, edited row by row, undone, mirrored, saved, shown on the character."""

from math import radians

import pytest


@pytest.fixture
def add_on(bpy):
    """Blender with Mimic enabled, and afterwards without."""
    import mimic

    mimic.register()
    yield bpy
    mimic.unregister()


@pytest.fixture
def armature(add_on, make):
    """A humanoid with a face: head and teeth, and bones of jaw and left eye."""
    armature = make.armature(add_on)
    make.face_bones(add_on, armature, ["jaw", "eye.L", "eye.R"])
    make.face(
        add_on,
        "Head",
        ["jawOpen", "eyeBlinkLeft", "eyeBlinkRight", "mouthSmileLeft", "mouthSmileRight", "own"],
        armature=armature,
    )
    make.face(add_on, "Teeth", ["jawOpen"], armature=armature)
    add_on.context.view_layer.objects.active = armature
    return armature


def fit(armature):
    from mimic.addon.runtime import runtime

    return runtime().faces.of(armature)


@pytest.fixture
def row(add_on):
    """Make the row of an expression active, and return its fields."""
    from mimic.addon.face.properties import face_list, fields_of, read_rows

    def chosen(source, target=None):
        read_rows()
        listed = face_list()
        listed.active = next(
            place
            for place, entry in enumerate(listed.entries)
            if entry.name == source and target in {None, entry.target}
        )
        return fields_of(add_on.context.scene)

    return chosen


@pytest.fixture
def value(add_on):
    return lambda mesh, key: add_on.data.objects[mesh].data.shape_keys.key_blocks[key].value


def weights(armature, kind, name):
    return next(
        (dict(t.weights) for t in fit(armature).edits.targets if (t.kind, t.name) == (kind, name)),
        None,
    )


def test_face_of_a_character_is_found_by_its_shape_keys(armature):
    found = fit(armature)
    assert found.moves
    assert not found.edited
    assert found.meshes == 2
    assert weights(armature, "key", "jawOpen") == {"jawOpen": 1.0}


def test_edit_of_the_face_map_does_not_read_the_face_again(armature, row, monkeypatch):
    fields, before = row("jawOpen"), fit(armature)
    monkeypatch.setattr("mimic.addon.face.faces.face_rig_of", None)
    fields.gain = 0.5
    assert weights(armature, "key", "jawOpen") == {"jawOpen": 0.5}
    assert fit(armature).face is before.face


def test_redraws_look_for_meshes_once_in_a_while(armature, monkeypatch):
    from mimic.addon.face import faces

    now, looks, look = [10.0], [], faces.key_traits
    monkeypatch.setattr(faces, "key_traits", lambda each: looks.append(each) or look(each))
    cache = faces.Faces(lambda: now[0])
    for _ in range(10):
        cache.of(armature, recent=True)
    assert len(looks) == 1
    now[0] += faces.RECENT
    cache.of(armature, recent=True)
    assert len(looks) == 2
    cache.of(armature)
    assert len(looks) == 3


def _drive(block):
    block.driver_add("value")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (_drive, "Drivers set shape key jawOpen of Head"),
        (
            lambda block: setattr(block, "mute", True),
            "Muted shape keys do not show their expression: shape key jawOpen",
        ),
        (lambda block: setattr(block, "slider_max", 0.3), "The shape key jawOpen of Head goes up to 0.3 only"),
        (lambda block: setattr(block.id_data, "use_relative", False), "The shape keys of Head are absolute"),
    ],
    ids=["driven", "muted", "range", "absolute"],
)
def test_panel_s_face_notices_what_keeps_a_shape_key_from_moving(add_on, armature, change, said):
    assert not fit(armature).notices
    change(add_on.data.objects["Head"].data.shape_keys.key_blocks["jawOpen"])
    assert any(sentence.startswith(said) for sentence in fit(armature).notices)


def test_face_is_read_again_only_when_its_shape_keys_change(add_on, make, armature):
    before = fit(armature)
    assert fit(armature) is before
    make.face(add_on, "Beard", ["jawOpen"], armature=armature)
    assert fit(armature).meshes == 3
    add_on.data.objects["Beard"].data.shape_keys.key_blocks["jawOpen"].name = "other"
    assert fit(armature).meshes == 2


def test_face_of_what_is_no_humanoid_is_none(add_on):
    armature = add_on.data.objects.new("Tree", add_on.data.armatures.new("Tree"))
    add_on.context.scene.collection.objects.link(armature)
    add_on.context.view_layer.update()
    assert fit(armature) is None
    with pytest.raises(RuntimeError, match=r'Armature "Tree" is not a humanoid: choose its bones'):
        add_on.ops.mimic.expression_show(armature="Tree", expression="jawOpen")


def test_fields_show_the_target_of_the_active_row_and_edit_it(add_on, armature, row):
    fields = row("eyeBlinkLeft")
    assert (fields.target, fields.gain, fields.low, fields.high) == ("eyeBlinkLeft", 1.0, 0.0, 1.0)
    fields.target = "own"
    fields = row("eyeBlinkLeft")
    assert fields.target == "own"
    fields.gain = 0.5
    fields.low, fields.high = 0.1, 0.9
    target = next(each for each in fit(armature).face_map.targets if each.name == "own")
    assert target.weights == {"eyeBlinkLeft": 0.5}
    assert (target.low, target.high) == pytest.approx((0.1, 0.9))
    assert fit(armature).edited
    assert weights(armature, "key", "eyeBlinkLeft") is None
    assert weights(armature, "key", "eyeBlinkRight") == {"eyeBlinkRight": 1.0}


def test_fields_of_a_row_without_a_target_are_empty_until_one_is_chosen(armature, row):
    fields = row("tongueOut")
    assert (fields.target, fields.gain) == ("", 0.0)
    fields.gain = 0.7
    assert not fit(armature).edited or weights(armature, "key", "") is None
    fields.target = "own"
    assert weights(armature, "key", "own") == {"tongueOut": 1.0}


def test_bone_chosen_for_an_expression_turns_as_is_usual_and_can_be_turned_otherwise(armature, row):
    row("jawForward").target = "jaw"
    turn = row("jawForward", "jaw")
    assert any(turn.turn) or any(turn.shift)
    row("jawOpen").target = "jaw"
    fields = row("jawOpen", "jaw")
    usual = tuple(fields.turn)
    assert any(usual)
    fields.turn = (radians(30.0), 0.0, 0.0)
    assert tuple(row("jawOpen", "jaw").turn) == pytest.approx((radians(30.0), 0.0, 0.0))


def test_list_shows_the_rows_of_one_region(add_on, armature, row):
    from mimic.addon.face.properties import face_list

    row("jawOpen")
    listed = face_list()
    listed.region = "jaw"
    assert {entry.name for entry in listed.entries} == {
        "jawForward",
        "jawLeft",
        "jawOpen",
        "jawRight",
        "tongueOut",
    }
    assert listed.entries[listed.active].name == "jawOpen"
    listed.region = "all"
    assert len(listed.entries) >= 54
    assert listed.entries[listed.active].name == "jawOpen"


def test_list_without_a_character_is_empty_and_its_fields_do_nothing(add_on):
    from mimic.addon.face.properties import face_list, fields_of, read_rows

    read_rows()
    assert len(face_list().entries) == 0
    fields = fields_of(add_on.context.scene)
    fields.target, fields.gain, fields.turn = "jawOpen", 1.0, (1.0, 0.0, 0.0)
    assert fields.target == ""


def test_targets_are_added_and_removed_by_operators(add_on, armature, row):
    add_on.ops.mimic.expression_add(expression="jawOpen", target="own", gain=0.25)
    assert weights(armature, "key", "own") == {"jawOpen": 0.25}
    assert weights(armature, "key", "jawOpen") == {"jawOpen": 1.0}
    row("jawOpen", "own")
    add_on.ops.mimic.expression_remove()
    assert weights(armature, "key", "own") is None
    add_on.ops.mimic.expression_add(expression="eyeLeft", target="eye.L")
    assert fit(armature).bones


@pytest.mark.parametrize(
    ("expression", "target", "sentence"),
    [
        ("jawOpen", "nothing", 'Armature "Rig" has no shape key or bone “nothing”: check the spelling.'),
        ("jawOpn", "own", "There is no expression “jawOpn”: choose one of the list, such as jawOpen."),
    ],
)
def test_unknown_names_are_refused(add_on, armature, expression, target, sentence):
    with pytest.raises(RuntimeError) as fault:
        add_on.ops.mimic.expression_add(expression=expression, target=target)
    assert sentence in str(fault.value)
    assert not fit(armature).edited


def test_row_without_a_target_has_nothing_to_remove(add_on, armature, row):
    row("tongueOut")
    with pytest.raises(RuntimeError, match="Choose an expression with a target in the face map first"):
        add_on.ops.mimic.expression_remove()


def test_mirrored_map_moves_the_counterparts_and_names_what_has_none(add_on, armature, row):
    from mimic.addon.runtime import runtime

    row("eyeBlinkLeft").gain = 0.5
    add_on.ops.mimic.expression_add(expression="eyeLeft", target="eye.L")
    add_on.ops.mimic.expressions_mirror(direction="LEFT_TO_RIGHT")
    assert weights(armature, "key", "eyeBlinkRight") == {"eyeBlinkRight": 0.5}
    assert [t.name for t in fit(armature).face_map.targets if t.eye == "right"] == ["eye.R"]
    row("mouthSmileLeft").target = "own"
    add_on.ops.mimic.expressions_mirror(direction="LEFT_TO_RIGHT")
    assert runtime().notices.info("face") == (
        "No counterpart found for own: choose the targets on the other side by hand."
    )


def test_cleared_map_moves_nothing_until_detected_again(add_on, armature):
    add_on.ops.mimic.expressions_clear()
    assert not fit(armature).moves
    assert fit(armature).edited
    add_on.ops.mimic.expressions_detect()
    assert fit(armature).moves
    assert not fit(armature).edited


def test_edits_can_be_undone_and_redone(add_on, armature, row):
    name = armature.name
    add_on.ops.ed.undo_push(message="Before")
    add_on.ops.mimic.expression_add(expression="jawOpen", target="own")
    add_on.ops.ed.undo_push(message="Add Target")
    add_on.ops.ed.undo()
    assert weights(add_on.data.objects[name], "key", "own") is None
    add_on.ops.ed.redo()
    assert weights(add_on.data.objects[name], "key", "own") == {"jawOpen": 1.0}


def test_map_is_saved_with_the_file_and_copied_with_the_object(add_on, armature, tmp_path):
    add_on.ops.mimic.expression_add(expression="jawOpen", target="own")
    twin = armature.copy()
    add_on.context.scene.collection.objects.link(twin)
    names = armature.name, twin.name
    add_on.ops.wm.save_as_mainfile(filepath=str(tmp_path / "character.blend"))
    add_on.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    add_on.ops.wm.open_mainfile(filepath=str(tmp_path / "character.blend"))
    for name in names:
        assert fit(add_on.data.objects[name]).edited
        assert weights(add_on.data.objects[name], "key", "own") == {"jawOpen": 1.0}


def test_map_saved_as_a_file_is_loaded_for_another_character(add_on, make, armature, tmp_path):
    add_on.ops.mimic.expression_add(expression="jawOpen", target="own", gain=0.3)
    add_on.ops.mimic.expressions_save(filepath=str(tmp_path / "mine"))
    add_on.ops.mimic.expressions_detect()
    assert weights(armature, "key", "own") is None
    add_on.ops.mimic.expressions_load(filepath=str(tmp_path / "mine.toml"))
    assert weights(armature, "key", "own") == pytest.approx({"jawOpen": 0.3})


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"[bones]\nHips = 1\n"])
def test_file_that_is_no_face_map_is_refused_and_changes_nothing(add_on, armature, tmp_path, content):
    path = tmp_path / "bad.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RuntimeError, match=r"bad\.toml"):
        add_on.ops.mimic.expressions_load(filepath=str(path))
    assert not fit(armature).edited


def test_text_that_is_no_map_counts_as_an_empty_one(add_on, armature):
    armature.mimic_face_map = "nonsense"
    assert fit(armature).edited
    assert not fit(armature).moves


def test_expression_is_shown_alone_and_put_back(add_on, armature, value):
    add_on.ops.mimic.expression_show(expression="jawOpen")
    assert value("Head", "jawOpen") == value("Teeth", "jawOpen") == 1.0
    add_on.ops.mimic.expression_show(expression="eyeBlinkLeft", value=0.5)
    assert value("Head", "jawOpen") == 0.0
    assert value("Head", "eyeBlinkLeft") == pytest.approx(0.5)
    add_on.ops.mimic.expression_show(value=0.0)
    assert value("Head", "eyeBlinkLeft") == 0.0


@pytest.mark.usefixtures("armature")
def test_unknown_expression_is_not_shown(add_on, value):
    add_on.ops.mimic.expression_show(expression="jawOpen")
    with pytest.raises(RuntimeError, match="There is no expression “jawOpn”: choose one of the list"):
        add_on.ops.mimic.expression_show(expression="jawOpn")
    assert value("Head", "jawOpen") == 1.0


def test_eye_is_shown_by_its_bone(add_on, armature):
    add_on.ops.mimic.expression_add(expression="eyeLeft", target="eye.L")
    add_on.ops.mimic.expression_show(expression="eyeLeft")
    assert armature.pose.bones["eye.L"].matrix_basis.to_quaternion().angle == pytest.approx(radians(20.0), abs=1e-3)


def test_bake_follows_the_edited_map(add_on, armature, make):
    from dataclasses import replace

    import numpy as np

    from mimic.addon.bake.plan import plan_bake
    from mimic.models.body.expressions import EXPRESSION_INDEX

    add_on.ops.mimic.expressions_clear()
    add_on.ops.mimic.expression_add(expression="jawOpen", target="own")
    motion = make.walk()
    expressions = np.zeros((len(motion.time), 52))
    expressions[:, EXPRESSION_INDEX["jawOpen"]] = 0.4
    plan = plan_bake(armature, replace(motion, expressions=expressions), name="Walk")
    assert plan.face.keys == 1
    assert [channel.path for channels in plan.others.values() for channel in channels] == ['key_blocks["own"].value']


def test_target_that_is_missing_for_a_while_is_marked_and_kept_by_edits(add_on, armature, row):
    from mimic.addon.face.properties import face_list

    add_on.ops.mimic.expression_add(expression="tongueOut", target="own")
    add_on.data.objects["Head"].data.shape_keys.key_blocks["own"].name = "other"
    row("tongueOut", "own")
    assert not face_list().entries[face_list().active].known
    row("jawOpen").gain = 0.5
    add_on.data.objects["Head"].data.shape_keys.key_blocks["other"].name = "own"
    row("tongueOut", "own")
    assert face_list().entries[face_list().active].known
    assert weights(armature, "key", "own") == {"tongueOut": 1.0}


def test_linked_armature_is_refused_with_a_sentence(add_on, armature, tmp_path):
    name = armature.name
    path = tmp_path / "library.blend"
    add_on.ops.wm.save_as_mainfile(filepath=str(path))
    add_on.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with add_on.data.libraries.load(str(path), link=True) as (_there, here):
        here.objects = [name, "Head"]
    for thing in here.objects:
        add_on.context.scene.collection.objects.link(thing)
    with pytest.raises(RuntimeError, match="make a library override of it to edit its face map"):
        add_on.ops.mimic.expressions_clear(armature=name)
    with pytest.raises(RuntimeError, match="make a library override of it to move its face"):
        add_on.ops.mimic.expression_show(armature=name, expression="jawOpen")
