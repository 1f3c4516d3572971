# SPDX-License-Identifier: GPL-3.0-or-later
"""The bone map as its user meets it: shown, changed bone by bone, undone, saved, mirrored, exported, and obeyed."""

import json
import struct
import subprocess
import sys

import numpy as np
import pytest

from mimic.models.body.joints import JOINTS, mirrored


@pytest.fixture
def add_on(bpy):
    """Blender with Mimic enabled, and afterwards without."""
    import mimic

    mimic.register()
    yield bpy
    mimic.unregister()


@pytest.fixture
def armature(add_on, make):
    return make.armature(add_on)


@pytest.fixture
def fields(add_on, armature):
    """The panel's fields, of that armature."""
    add_on.context.scene.mimic.armature = armature
    return add_on.context.scene.mimic_bones


def give(armature, joint, bone):
    from mimic.addon.bone_map import store
    from mimic.addon.runtime import runtime

    store.choose(armature, {**runtime().fits.of(armature).bones, joint: bone})


def fit(armature):
    from mimic.addon.runtime import runtime

    return runtime().fits.of(armature)


def test_bone_fields_show_the_found_bones_until_changed(armature, fields):
    assert {joint: getattr(fields, joint) for joint in JOINTS} == {j: f"mixamorig:{j}" for j in JOINTS}
    assert not fit(armature).chosen
    fields.Head = "mixamorig:Neck"
    fields.Neck = ""
    assert (fields.Head, fields.Neck, fields.Hips) == ("mixamorig:Neck", "", "mixamorig:Hips")
    assert fit(armature).chosen
    assert fit(armature).missing == ("Neck",)


def test_bone_fields_without_an_armature_stay_empty(add_on):
    fields = add_on.context.scene.mimic_bones
    fields.Head = "Head"
    assert fields.Head == ""


def test_bake_with_a_chosen_bone_moves_that_bone_and_not_the_found_one(add_on, armature, make):
    from mimic.addon.bake.apply import apply_motion

    give(armature, "LeftForeArm", "")
    give(armature, "Head", "mixamorig:Neck")
    give(armature, "Neck", "")
    applied = apply_motion(armature, make.walk(), name="Walk")
    assert fit(armature).chosen
    assert applied.rig_map.bones["Head"] == "mixamorig:Neck"
    assert "Neck" in applied.rig_map.missing
    pose = make.posed(add_on, armature, float(applied.frames[-1]))
    still = np.eye(4)
    assert np.array(pose["mixamorig:Head"].matrix_basis) == pytest.approx(still, abs=1e-6)
    assert np.array(pose["mixamorig:LeftForeArm"].matrix_basis) == pytest.approx(still, abs=1e-6)
    assert np.abs(np.array(pose["mixamorig:Neck"].matrix_basis) - still).max() > 0.01


def test_cleared_bone_map_stops_bake_reset_and_start_until_detected_again(add_on, armature):
    from mimic.addon.bake import requests as baking
    from mimic.addon.live.target import reset_pose
    from mimic.addon.properties import settings_of

    add_on.ops.mimic.bones_clear()
    with pytest.raises(Exception, match="no bone for Hips, Left Upper Arm"):
        baking.bake_settings(settings_of(add_on.context.scene), [armature], "Walk")
    with pytest.raises(Exception, match="choose one for each in the bone map"):
        reset_pose(armature)
    with pytest.raises(RuntimeError, match="choose one for each in the bone map"):
        add_on.ops.mimic.session_start(source="0")
    assert add_on.ops.mimic.bones_detect() == {"FINISHED"}
    assert baking.bake_settings(settings_of(add_on.context.scene), [armature], "Walk").armatures == (armature.name,)


def test_chosen_bone_can_be_undone_and_redone(add_on, armature):
    name = armature.name
    add_on.ops.ed.undo_push(message="Before")
    add_on.ops.mimic.bone_choose(joint="Head", bone="mixamorig:Neck")
    add_on.ops.ed.undo_push(message="Choose Bone")
    add_on.ops.ed.undo()
    assert fit(add_on.data.objects[name]).bones["Head"] == "mixamorig:Head"
    add_on.ops.ed.redo()
    assert fit(add_on.data.objects[name]).bones["Head"] == "mixamorig:Neck"


def test_chosen_bones_are_saved_with_the_file_and_copied_with_the_object(add_on, armature, tmp_path):
    give(armature, "Head", "")
    twin = armature.copy()
    add_on.context.scene.collection.objects.link(twin)
    give(armature, "Neck", "")
    name, copy = armature.name, twin.name
    add_on.ops.wm.save_as_mainfile(filepath=str(tmp_path / "character.blend"))
    add_on.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    add_on.ops.wm.open_mainfile(filepath=str(tmp_path / "character.blend"))
    assert fit(add_on.data.objects[name]).missing == ("Neck", "Head")
    assert fit(add_on.data.objects[copy]).missing == ("Head",)


@pytest.mark.slow
def test_chosen_bones_of_a_file_count_without_the_add_on(add_on, armature, tmp_path):
    give(armature, "Head", "")
    path = tmp_path / "character.blend"
    add_on.ops.wm.save_as_mainfile(filepath=str(path))
    code = f"""
import os, traceback
try:
    import bpy
    from mimic.addon.bone_map.store import rig_map_of
    from mimic.addon.character.armature import rig_of
    bpy.ops.wm.open_mainfile(filepath={str(path)!r})
    thing = bpy.data.objects[{armature.name!r}]
    assert not hasattr(bpy.types, "MIMIC_PG_bones")
    print("MISSING", rig_map_of(thing, rig_of(thing)).missing, flush=True)
except Exception:
    traceback.print_exc()
finally:
    os._exit(0)  # Blender's module may hang when it is torn down
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60.0)
    assert "MISSING ('Head',)" in said.stdout, said.stderr


def test_bone_map_with_a_renamed_bone_warns_until_another_is_chosen(armature, make):
    from mimic.addon.bake.apply import apply_motion

    give(armature, "Neck", "")
    armature.data.bones["mixamorig:Head"].name = "Kopf"
    found = fit(armature)
    assert not found.problem
    assert "mixamorig:Head" in found.warnings[0]
    assert "Head" in found.missing
    assert "mixamorig:Head" in apply_motion(armature, make.walk(), name="Walk").warnings[0]
    give(armature, "Head", "Kopf")
    assert fit(armature).warnings == ()


def test_bone_map_without_a_required_bone_has_a_problem_until_one_is_chosen(armature):
    give(armature, "Head", "")
    armature.data.bones["mixamorig:Hips"].name = "Becken"
    assert "no bone for Hips" in fit(armature).problem
    give(armature, "Hips", "Becken")
    assert not fit(armature).problem


@pytest.mark.slow
@pytest.mark.parametrize(("direction", "source"), [("LEFT_TO_RIGHT", "Left"), ("RIGHT_TO_LEFT", "Right")])
def test_mirror_bones_copies_the_choices_to_the_other_side(add_on, armature, direction, source):
    give(armature, f"{source}Shoulder", f"mixamorig:{source}Hand")
    for joint in JOINTS:
        if joint.startswith(mirrored(source)):
            give(armature, joint, "")
    assert add_on.ops.mimic.bones_mirror(direction=direction) == {"FINISHED"}
    bones = fit(armature).bones
    assert bones[mirrored(f"{source}Shoulder")] == f"mixamorig:{mirrored(source)}Hand"
    assert all(bones[mirrored(joint)] == f"mixamorig:{mirrored(joint)}" for joint in ("LeftFoot", "RightHandRing2"))


def test_mirror_bones_of_a_bone_without_a_twin_names_that_bone(add_on, armature):
    from mimic.addon.runtime import runtime

    give(armature, "LeftShoulder", "mixamorig:Neck")
    add_on.ops.mimic.bones_mirror(direction="LEFT_TO_RIGHT")
    assert "mixamorig:Neck" in runtime().notices.info("map")
    assert fit(armature).bones["RightShoulder"] == "mixamorig:RightShoulder"


def test_bone_map_saved_to_a_file_loads_onto_another_character(add_on, armature, make, tmp_path):
    give(armature, "Head", "mixamorig:Neck")
    give(armature, "Neck", "")
    assert add_on.ops.mimic.bones_save(filepath=str(tmp_path / "map")) == {"FINISHED"}
    other = make.armature(add_on, name="Other")
    other.data.bones["mixamorig:LeftHandRing3"].name = "Ring"
    assert add_on.ops.mimic.bones_load(filepath=str(tmp_path / "map.toml"), armature=other.name) == {"FINISHED"}
    assert fit(other).bones == {j: b for j, b in fit(armature).bones.items() if j != "LeftHandRing3"}
    from mimic.addon.runtime import runtime

    assert "mixamorig:LeftHandRing3" in runtime().notices.info("map")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("no map", "is not TOML"),
        ("[bones]\nNose = 'x'", "Nose”, which is not a joint"),
        ("x = 1", "no table"),
        ("[bones]\nHips = 'elsewhere'", "has no bone for Hips"),
        (b"\xff\xfe\x00", "cannot be read"),
    ],
)
def test_load_bones_of_a_bad_file_is_refused_and_changes_nothing(add_on, armature, tmp_path, text, words):
    from mimic.addon.runtime import runtime

    path = tmp_path / "bad.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RuntimeError, match=words):
        add_on.ops.mimic.bones_load(filepath=str(path))
    assert words in runtime().notices.error("map")
    assert not fit(armature).chosen


def test_bone_map_at_a_missing_path_is_neither_loaded_nor_saved(add_on, armature, tmp_path):
    with pytest.raises(RuntimeError, match="cannot be read"):
        add_on.ops.mimic.bones_load(filepath=str(tmp_path / "none.toml"))
    with pytest.raises(RuntimeError, match="cannot be written"):
        add_on.ops.mimic.bones_save(filepath=str(tmp_path / "none" / "map.toml"))


def test_choose_bone_without_a_name_takes_the_active_pose_bone(add_on, armature):
    with pytest.raises(RuntimeError, match="click a bone"):
        add_on.ops.mimic.bone_choose(joint="Head", bone="Nose")
    add_on.ops.object.mode_set(mode="POSE")
    armature.data.bones.active = armature.data.bones["mixamorig:Neck"]
    assert add_on.ops.mimic.bone_choose(joint="Head") == {"FINISHED"}
    assert fit(armature).bones["Head"] == "mixamorig:Neck"


def test_bone_map_of_an_unrecognised_rig_can_be_chosen_by_hand(add_on, armature):
    """Half of the names are foreign, and all bones begin in one place."""
    for bone in list(armature.data.bones):
        bone.name = bone.name.replace("mixamorig:", "").replace("Leg", "Bein").replace("Arm", "Fluegel")
    add_on.ops.object.mode_set(mode="EDIT")
    for bone in armature.data.edit_bones:
        bone.head, bone.tail = (0.0, 0.0, 0.0), (0.0, 0.0, 0.1)
    add_on.ops.object.mode_set(mode="OBJECT")
    assert fit(armature).problem
    assert fit(armature).found["Hips"] == "Hips"
    for bone in armature.data.bones:
        joint = bone.name.replace("Bein", "Leg").replace("Fluegel", "Arm")
        give(armature, joint, bone.name)
    assert not fit(armature).problem
    assert not fit(armature).missing


def test_bone_map_of_a_linked_armature_changes_only_after_an_override(add_on, armature, make, tmp_path):
    name = armature.name
    path = tmp_path / "library.blend"
    add_on.ops.wm.save_as_mainfile(filepath=str(path))
    add_on.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with add_on.data.libraries.load(str(path), link=True) as (_, wanted):
        wanted.objects = [name]
    linked = add_on.data.objects[name]
    add_on.context.scene.collection.objects.link(linked)
    with pytest.raises(RuntimeError, match="library override"):
        add_on.ops.mimic.bones_clear(armature=name)
    settings = add_on.context.scene.mimic
    settings.armature = linked
    add_on.context.scene.mimic_bones.Head = ""
    assert not fit(linked).chosen
    settings.armature = own = linked.override_create(remap_local_usages=True)
    add_on.context.scene.mimic_bones.Head = ""
    assert fit(own).missing == ("Head",)
    add_on.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    add_on.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    assert fit(add_on.context.scene.mimic.armature).missing == ("Head",)


def test_hand_over_of_a_rig_moved_by_ik_switches_to_fk_and_says_so_once(bpy, make):
    from mimic.addon.bone_map import store
    from mimic.addon.character.armature import rig_of
    from mimic.retarget.rig.mapping import map_rig
    from mimic.retarget.rig.rig import RigMap, Switch

    armature = make.armature(bpy)
    bones = map_rig(rig_of(armature)).bones
    armature.pose.bones["mixamorig:LeftArm"]["IK_FK"] = 0.0
    rig_map = RigMap("Rigify", bones, (), (), switches=(Switch("mixamorig:LeftArm", "IK_FK", 1.0),))
    (sentence,) = store.switch_to_fk(armature, rig_map)
    assert sentence.startswith('Rigify moved its limbs by IK: "IK_FK" of mixamorig:LeftArm is now 1 (FK)')
    assert armature.pose.bones["mixamorig:LeftArm"]["IK_FK"] == 1.0
    assert store.switch_to_fk(armature, rig_map) == []


@pytest.mark.slow
def test_bake_to_a_file_uses_a_map_file_and_refuses_a_bad_one(bpy, make, tmp_path):
    from mimic.addon.bake.characters import check_rig
    from mimic.addon.bake.to_file import bake
    from mimic.retarget.errors import PresetUnreadable

    path = tmp_path / "map.toml"
    path.write_text(
        "[bones]\n" + "\n".join(f'{j} = "mixamorig:{j}"' for j in JOINTS if "Hand" not in j) + '\nLeftHand = "x"'
    )
    summary = bake(make.walk(), tmp_path / "out.blend", bone_map=path)
    assert summary.bones_mapped == 20
    assert "x" in summary.warnings[0]
    path.write_text("nothing")
    with pytest.raises(PresetUnreadable):
        check_rig(None, bone_map=path)


def test_bake_command_with_a_missing_map_file_is_refused_with_a_sentence(bpy, tmp_path, capsys):
    from mimic.addon.command_line import main

    command = ["bake", "performer.mp4", "-o", str(tmp_path / "out.blend"), "--map", str(tmp_path / "none.toml")]
    assert main(command) == 2
    (sentence,) = capsys.readouterr().err.splitlines()
    assert sentence.endswith("cannot be read as a bone map: choose a file that Mimic exported.")


@pytest.mark.slow
def test_bone_map_saved_by_the_panel_works_with_the_map_flag(add_on, armature, make, tmp_path):
    from mimic.addon.command_line.arguments import parser

    give(armature, "Head", "")
    add_on.ops.mimic.bones_save(filepath=str(tmp_path / "map.toml"))
    options = parser().parse_args(["bake", "a.take", "-o", "b.glb", "--map", str(tmp_path / "map.toml")])
    from mimic.addon.bake.to_file import bake

    summary = bake(make.walk(), tmp_path / "out.blend", bone_map=options.rigs[0].bone_map)
    assert summary.joints_missing == ("Head",)


@pytest.mark.parametrize("kind", [".vrm", ".glb"])
def test_bake_onto_foreign_bone_names_maps_by_the_vrm_file_or_else_by_structure(bpy, make, tmp_path, kind):
    """Bones of foreign names, hips among hair: the file's own humanoid is asked, and only a VRM has one."""
    from mimic.addon.bake import to_file as bake

    bones = {f"骨{number}": joint for number, joint in enumerate(JOINTS)}
    armature = make.armature(bpy, prefix="", rename={joint: bone for bone, joint in bones.items()})
    make.skin(bpy, armature)
    plain = tmp_path / "plain.glb"
    bpy.ops.export_scene.gltf(filepath=str(plain), export_format="GLB")
    data = plain.read_bytes()
    size = struct.unpack_from("<I", data, 12)[0]
    told = json.loads(data[20 : 20 + size])
    number = {node.get("name"): i for i, node in enumerate(told["nodes"])}
    human = {
        "hips": "Hips",
        "spine": "Spine",
        "chest": "Spine1",
        "upperChest": "Spine2",
        "neck": "Neck",
        "head": "Head",
    }
    for side in ("Left", "Right"):
        parts = (
            ("UpperArm", "Arm"),
            ("LowerArm", "ForeArm"),
            ("Hand", "Hand"),
            ("UpperLeg", "UpLeg"),
            ("LowerLeg", "Leg"),
        )
        human |= {side.lower() + vrm: side + part for vrm, part in (*parts, ("Foot", "Foot"))}
    names = {joint: bone for bone, joint in bones.items()}
    humanoid = {vrm: {"node": number[names[joint]]} for vrm, joint in human.items()}
    told["extensions"] = {"VRMC_vrm": {"specVersion": "1.0", "humanoid": {"humanBones": humanoid}}}
    told["extensionsUsed"] = [*told.get("extensionsUsed", []), "VRMC_vrm"]
    text = json.dumps(told).encode()
    text += b" " * (-len(text) % 4)
    rig = tmp_path / f"rig{kind}"
    body = struct.pack("<II", len(text), 0x4E4F534A) + text + data[20 + size :]
    rig.write_bytes(data[:8] + struct.pack("<I", 12 + len(body)) + body)
    summary = bake.bake(make.walk(), tmp_path / "out.blend", rig=rig)
    assert summary.family == ("by its VRM file" if kind == ".vrm" else "by structure")
    if kind == ".vrm":
        assert summary.bones_mapped == len(human)
        assert set(summary.joints_missing) == set(JOINTS) - set(human.values())
