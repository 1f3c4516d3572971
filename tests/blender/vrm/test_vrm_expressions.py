# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions that the VRM add-on keeps move the shape keys that they move in the add-on."""

import numpy as np
import pytest

VERSIONS = pytest.mark.parametrize("version", ["0", "1"])


@VERSIONS
def test_expressions_of_a_vrm_character_are_read_with_vrm_1_names(vrm, version):
    from mimic.addon.face.vrm import vrm_expressions
    from mimic.retarget.face.vrm import Bind

    found = {each.name: each for each in vrm_expressions(vrm.make[version]())}
    assert set(found) == set(vrm.names) - {"lookUp"}
    assert found["oh"].binds == (Bind("Face", "O", pytest.approx(0.8)), Bind("Face", "A", pytest.approx(0.2)))
    assert found["aa"].binds[1].mesh == "Teeth"


@VERSIONS
def test_expression_that_looks_is_read_of_a_character_without_eye_bones(vrm, version):
    from mimic.addon.face.vrm import vrm_expressions

    armature = vrm.make[version]()
    extension = armature.data.vrm_addon_extension
    if version == "1":
        extension.vrm1.look_at.type = "expression"
    else:
        extension.vrm0.first_person.look_at_type_name = "BlendShape"
    assert "lookUp" in {each.name for each in vrm_expressions(armature)}


def test_armature_without_vrm_settings_has_no_expressions(bpy, make, vrm_add_on):
    from mimic.addon.face.vrm import vrm_expressions

    assert vrm_expressions(make.armature(bpy)) == ()


@VERSIONS
@pytest.mark.parametrize("seed", range(4))
def test_shape_keys_move_as_by_the_add_ons_own_previews(vrm, version, seed):
    from mimic.addon.face.vrm import vrm_expressions
    from mimic.retarget.face.vrm import ExpressionBlend

    armature = vrm.make[version]()
    expressions = vrm_expressions(armature)
    weights = {name: value for name, value in vrm.weights(seed).items() if name != "lookUp"}
    wanted = vrm.previewed(armature, weights)
    blend = ExpressionBlend(expressions, set(wanted))
    values = blend.values(np.array([weights[each.name] for each in expressions]))
    for key, value in zip(blend.keys, values, strict=True):
        assert np.clip(value, 0.0, 1.0) == pytest.approx(wanted[key], abs=1e-6)
    assert {key for key, value in wanted.items() if value} <= set(blend.keys)


@VERSIONS
def test_face_of_a_vrm_character_holds_its_expressions(vrm, version):
    from mimic.addon.face.face_rig import face_rig_of

    face = face_rig_of(vrm.make[version]())
    assert set(face.vrm) == set(vrm.names) - {"lookUp"}
    assert len(face.keys) == 9


@pytest.mark.slow
@VERSIONS
def test_vrm_file_opened_without_the_add_on_has_the_same_expressions(bpy, vrm, tmp_path, version):
    from mimic.addon.character.files import open_rig
    from mimic.addon.face.face_rig import face_rig_of
    from mimic.addon.face.vrm import expressions_by_file, vrm_expressions

    armature, path = vrm.make[version](), tmp_path / "vera.vrm"
    wanted = vrm_expressions(armature)
    assert bpy.ops.export_scene.vrm(filepath=str(path), armature_object_name=armature.name) == {"FINISHED"}
    bpy.ops.preferences.addon_disable(module="io_scene_vrm")
    armature = open_rig(path)
    assert vrm_expressions(armature) == ()
    expressions_by_file(armature, path)
    found = {each.name: each for each in vrm_expressions(armature)}
    assert set(found) == {each.name for each in wanted}
    for each in wanted:
        assert (found[each.name].binary, found[each.name].holds) == (each.binary, each.holds)
        for bind, other in zip(found[each.name].binds, each.binds, strict=True):
            assert (bind.mesh, bind.key, bind.weight) == (other.mesh, other.key, pytest.approx(other.weight, abs=0.01))
    keys = {(key.mesh, key.name) for key in face_rig_of(armature).keys}
    assert {(bind.mesh, bind.key) for each in found.values() for bind in each.binds} <= keys
