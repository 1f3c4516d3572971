# SPDX-License-Identifier: GPL-3.0-or-later
"""VRM animations that Mimic writes, read back by the VRM add-on onto a character of its own."""

import json
import struct
from dataclasses import replace

import numpy as np
import pytest

from mimic.addon.character.vrma import write_vrma
from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSION_INDEX, EXPRESSIONS
from mimic.models.body.joints import INDEX
from mimic.models.body.model import neutral_body
from mimic.retarget.face.vrm import EXPRESSION_PRESETS
from mimic.retarget.rig.humanoid import HUMANOID


def imported(bpy, armature, path):
    """Read a VRM animation onto an armature by the add-on. Its keys begin at frame 1."""
    bpy.context.scene.render.fps = 30
    assert bpy.ops.import_scene.vrma(filepath=str(path), armature_object_name=armature.name) == {"FINISHED"}
    bpy.ops.object.mode_set(mode="OBJECT")


def vrm_directions(bpy, make, armature, frames):
    """Limb directions (frames, limbs, 3) of a VRM character."""
    bones = [(HUMANOID[start], HUMANOID[end]) for start, end in make.limbs]
    result = []
    for frame in frames:
        posed = make.posed(bpy, armature, frame)
        result.append([np.array(posed[end].head - posed[start].head) for start, end in bones])
    return rot.unit(np.array(result))


def document_of(path):
    """The JSON and the buffer of a binary glTF file."""
    raw = path.read_bytes()
    magic, version, size = struct.unpack_from("<4sII", raw)
    assert (magic, version, size) == (b"glTF", 2, len(raw))
    length, kind = struct.unpack_from("<I4s", raw, 12)
    assert kind == b"JSON"
    return json.loads(raw[20 : 20 + length]), raw[28 + length :]


def channel(document, data, node, path):
    """The values (n, k) that an animation gives a property of a node; None if it gives none."""
    animation = document["animations"][0]
    for each in animation["channels"]:
        if each["target"] == {"node": node, "path": path}:
            accessor = document["accessors"][animation["samplers"][each["sampler"]]["output"]]
            view = document["bufferViews"][accessor["bufferView"]]
            part = data[view["byteOffset"] : view["byteOffset"] + view["byteLength"]]
            return np.frombuffer(part, "<f4").reshape(accessor["count"], -1)
    return None


def test_vrma_moves_a_vrm_character_as_the_body(bpy, make, vrm, tmp_path):
    motion, body = make.walk(10), neutral_body()
    write_vrma(tmp_path / "walk.vrma", motion, body, body)
    armature = vrm.make["1"]()
    imported(bpy, armature, tmp_path / "walk.vrma")
    seen = vrm_directions(bpy, make, armature, 1 + np.arange(10.0))
    assert make.degrees_apart(seen, make.body_directions(motion)) < 0.1


def test_vrma_carries_a_vrm_character_as_a_bake_does(bpy, make, vrm, tmp_path):
    from mimic.addon.bake.apply import apply_motion

    motion, body = make.walk(10), neutral_body()
    write_vrma(tmp_path / "walk.vrma", motion, body, body)
    armature = vrm.make["1"]()

    def hips():
        return np.array([np.array(make.posed(bpy, armature, frame)["hips"].head) for frame in 1 + np.arange(10.0)])

    imported(bpy, armature, tmp_path / "walk.vrma")
    read = hips()
    apply_motion(armature, motion, name="Walk", start_frame=1.0)
    baked = hips()
    np.testing.assert_allclose(read, baked, atol=2e-3)
    assert np.ptp(read, axis=0).max() > 0.05


def test_vrma_moves_expressions_of_a_vrm_character(bpy, make, vrm, tmp_path):
    motion, body = make.walk(10), neutral_body()
    weights = {name: 0.5 + 0.5 * np.sin(np.arange(10.0) + number) for number, name in enumerate(vrm.names)}
    write_vrma(tmp_path / "face.vrma", motion, body, body, expressions=weights)
    armature = vrm.make["1"]()
    imported(bpy, armature, tmp_path / "face.vrma")
    expressions = armature.data.vrm_addon_extension.vrm1.expressions.all_name_to_expression_dict()
    for number in range(10):
        bpy.context.scene.frame_set(1 + number)
        for name in set(vrm.names) - {"lookUp"}:
            assert expressions[name].preview == pytest.approx(weights[name][number], abs=1e-3)
    assert expressions["lookUp"].preview == 0.0


def test_vrma_sorts_expressions_into_presets_and_customs_without_those_that_look(make, tmp_path):
    body = neutral_body()
    weights = {name: np.linspace(-0.5, 1.5, 4) for name in ("aa", "lookUp", "cheekPuff")}
    write_vrma(tmp_path / "face.vrma", make.walk(4), body, body, expressions=weights)
    document, data = document_of(tmp_path / "face.vrma")
    expressions = document["extensions"]["VRMC_vrm_animation"]["expressions"]
    assert {kind: list(named) for kind, named in expressions.items()} == {"preset": ["aa"], "custom": ["cheekPuff"]}
    values = channel(document, data, expressions["preset"]["aa"]["node"], "translation")
    np.testing.assert_allclose(values[:, 0], np.clip(weights["aa"], 0.0, 1.0), atol=1e-6)
    nodes = [each["target"]["node"] for each in document["animations"][0]["channels"]]
    assert nodes[-2:] == [len(document["nodes"]) - 2, len(document["nodes"]) - 1]


def test_vrma_holds_the_gaze_as_turns_of_a_node_and_leaves_the_eyes_out(make, tmp_path):
    """Eyes that look to the person's left turn about glTF's Y, from +Z to +X."""
    body, left = neutral_body(), np.radians(20.0)
    gaze = rot.from_axis_angle([0.0, 0.0, 1.0], np.full(4, left))
    write_vrma(tmp_path / "gaze.vrma", make.walk(4), body, body, gaze=gaze)
    document, data = document_of(tmp_path / "gaze.vrma")
    extension = document["extensions"]["VRMC_vrm_animation"]
    turns = channel(document, data, extension["lookAt"]["node"], "rotation")
    np.testing.assert_allclose(turns, np.tile([0.0, np.sin(left / 2), 0.0, np.cos(left / 2)], (4, 1)), atol=1e-6)
    assert channel(document, data, extension["lookAt"]["node"], "translation") is None
    x, y, z = extension["lookAt"]["offsetFromHeadBone"]
    assert abs(x) < 0.01 < min(y, z)
    assert not {"leftEye", "rightEye"} & set(extension["humanoid"]["humanBones"])


def test_vrma_has_every_bone_of_the_humanoid_in_t_pose_without_rotation(make, tmp_path):
    body = neutral_body()
    write_vrma(tmp_path / "walk.vrma", make.walk(3), body, body)
    document, _ = document_of(tmp_path / "walk.vrma")
    bones = document["extensions"]["VRMC_vrm_animation"]["humanoid"]["humanBones"]
    assert set(bones) == set(HUMANOID.values())
    nodes = document["nodes"]
    assert not any("rotation" in node or "scale" in node for node in nodes)
    parents = {child: index for index, node in enumerate(nodes) for child in node.get("children", ())}

    def place(index):
        own = np.array(nodes[index]["translation"])
        return own + place(parents[index]) if index in parents else own

    hands = [place(bones[f"{side}Hand"]["node"]) for side in ("left", "right")]
    arms = [place(bones[f"{side}UpperArm"]["node"]) for side in ("left", "right")]
    np.testing.assert_allclose(np.array(hands)[:, 1:], np.array(arms)[:, 1:], atol=1e-9)
    assert hands[0][0] > arms[0][0] > 0.0 > arms[1][0] > hands[1][0]
    assert place(bones["leftToes"]["node"])[2] > place(bones["leftFoot"]["node"])[2]


def test_vrma_without_fingers_does_not_turn_them(make, tmp_path):
    body = neutral_body()
    write_vrma(tmp_path / "walk.vrma", make.walk(3), body, body, fingers=False)
    document, data = document_of(tmp_path / "walk.vrma")
    bones = document["extensions"]["VRMC_vrm_animation"]["humanoid"]["humanBones"]
    turned = {bone for bone, each in bones.items() if channel(document, data, each["node"], "rotation") is not None}
    assert "leftHand" in turned
    assert not any(part in bone for bone in turned for part in ("Index", "Thumb", "Little"))


def test_vrma_keeps_uneven_times_and_drops_frames_at_the_same_moment(make, tmp_path):
    body, time = neutral_body(), 5.0 + np.array([0.0, 0.033, 0.033 + 1e-9, 0.2])
    write_vrma(tmp_path / "walk.vrma", replace(make.walk(4), time=time), body, body)
    document, data = document_of(tmp_path / "walk.vrma")
    accessor = document["accessors"][document["animations"][0]["samplers"][0]["input"]]
    times = np.frombuffer(data[: 4 * accessor["count"]], "<f4")
    np.testing.assert_allclose(times, [0.0, 0.033, 0.2], atol=1e-6)
    assert (accessor["min"], accessor["max"]) == ([times[0]], [times[-1]])


def test_vrma_has_the_proportions_of_the_character(make, tmp_path):
    body = neutral_body()
    tall = replace(body, rest=1.5 * body.rest, ends=1.5 * body.ends, landmarks=1.5 * body.landmarks)
    heights = {}
    for name, character in (("body", body), ("tall", tall)):
        write_vrma(tmp_path / f"{name}.vrma", make.walk(3), body, character)
        document, _ = document_of(tmp_path / f"{name}.vrma")
        hips = document["extensions"]["VRMC_vrm_animation"]["humanoid"]["humanBones"]["hips"]["node"]
        heights[name] = document["nodes"][hips]["translation"][1]
    assert heights["tall"] == pytest.approx(1.5 * heights["body"])
    assert heights["body"] == pytest.approx(body.rest[INDEX["Hips"], 2], abs=0.02)


def faced(motion):
    """The same motion with a face that speaks, blinks and looks to its left."""
    expressions = np.zeros((len(motion.time), len(EXPRESSIONS)))
    expressions[:, EXPRESSION_INDEX["jawOpen"]] = 0.5 + 0.4 * np.sin(np.arange(len(motion.time)))
    expressions[:, EXPRESSION_INDEX["eyeBlinkLeft"]] = 0.5 + 0.4 * np.cos(np.arange(len(motion.time)))
    eyes = np.tile(rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(15.0)), (len(motion.time), 2, 1))
    return replace(motion, expressions=expressions, eyes=eyes)


def extension_of(document):
    return document["extensions"]["VRMC_vrm_animation"]


def test_bake_to_vrma_of_a_vrm_character_with_arkits_mouth_writes_its_expressions(bpy, make, vrm, tmp_path):
    """Its shape keys, which move more of the mouth, are what a bake of the character itself moves."""
    from mimic.addon.bake.to_file import bake

    armature = vrm.make["1"]()
    for name in (each for each in EXPRESSIONS if each.startswith(("mouth", "jaw"))):
        armature.children[0].shape_key_add(name=name)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "vera.blend"))
    bake(faced(make.walk(5)), tmp_path / "out.vrma", rig=tmp_path / "vera.blend")
    document, _ = document_of(tmp_path / "out.vrma")
    assert {"aa", "blinkLeft", "blinkRight"} <= set(extension_of(document)["expressions"]["preset"])


@pytest.mark.parametrize("seen", [True, False], ids=["without_expressions", "no_face_seen"])
def test_bake_to_vrma_without_a_face_has_neither_expressions_nor_gaze(bpy, make, tmp_path, seen):
    from mimic.addon.bake.to_file import bake
    from mimic.retarget.face.options import FaceOptions

    motion = faced(make.walk(3)) if seen else make.walk(3)
    bake(motion, tmp_path / "out.vrma", face_options=FaceOptions(expressions=not seen))
    document, _ = document_of(tmp_path / "out.vrma")
    assert "lookAt" not in extension_of(document)
    assert extension_of(document)["expressions"] == {}


def test_bake_to_vrma_without_fingers_leaves_them(bpy, make, tmp_path):
    from mimic.addon.bake.options import BakeOptions
    from mimic.addon.bake.to_file import bake

    bake(make.walk(3), tmp_path / "out.vrma", bake_options=BakeOptions(fingers=False))
    document, data = document_of(tmp_path / "out.vrma")
    node = extension_of(document)["humanoid"]["humanBones"]["leftIndexProximal"]["node"]
    assert channel(document, data, node, "rotation") is None


def test_bake_to_vrma_of_a_rig_without_legs_still_has_every_bone(bpy, make, tmp_path):
    """The file holds the motion of a whole body, whichever bones the rig has."""
    from mimic.addon.bake.to_file import bake

    armature = make.armature(bpy)
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in list(armature.data.edit_bones):
        if "Leg" in bone.name or "Foot" in bone.name or "Toe" in bone.name:
            armature.data.edit_bones.remove(bone)
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "bust.blend"))
    bake(make.walk(3), tmp_path / "out.vrma", rig=tmp_path / "bust.blend")
    document, data = document_of(tmp_path / "out.vrma")
    assert set(extension_of(document)["humanoid"]["humanBones"]) == set(HUMANOID.values())
    assert np.isfinite(np.frombuffer(data, "<f4")).all()


def test_bake_to_vrma_onto_an_existing_file_is_refused_without_force(bpy, make, tmp_path):
    from mimic.addon.bake.to_file import bake
    from mimic.pipeline.errors import OutputExists

    (tmp_path / "out.vrma").write_bytes(b"precious")
    with pytest.raises(OutputExists):
        bake(make.walk(3), tmp_path / "out.vrma")
    assert (tmp_path / "out.vrma").read_bytes() == b"precious"


def test_character_cannot_be_saved_as_vrma(bpy, make, tmp_path):
    from mimic.addon.character.files import save_character
    from mimic.addon.errors import UnknownFileType

    with pytest.raises(UnknownFileType, match=r"\.blend, \.bvh, \.fbx, \.glb\."):
        save_character(make.armature(bpy), tmp_path / "out.vrma", force=False)


def test_bake_to_vrma_moves_a_vrm_character_as_the_body(bpy, make, vrm, tmp_path):
    from mimic.addon.bake.to_file import bake

    motion = faced(make.walk(10))
    summary = bake(motion, tmp_path / "walk.vrma", name="Walk")
    assert summary.frames == 10
    assert summary.size == (tmp_path / "walk.vrma").stat().st_size
    armature = vrm.make["1"]()
    imported(bpy, armature, tmp_path / "walk.vrma")
    seen = vrm_directions(bpy, make, armature, 1 + np.arange(10.0))
    assert make.degrees_apart(seen, make.body_directions(motion)) < 0.1
    expressions = armature.data.vrm_addon_extension.vrm1.expressions.all_name_to_expression_dict()
    for number in range(10):
        bpy.context.scene.frame_set(1 + number)
        wanted = motion.expressions[number, EXPRESSION_INDEX["eyeBlinkLeft"]]
        assert expressions["blinkLeft"].preview == pytest.approx(wanted, abs=0.1)
    assert expressions["blinkRight"].preview == pytest.approx(0.0, abs=0.1)


def test_bake_to_vrma_writes_vrms_own_expressions_and_the_gaze(bpy, make, tmp_path):
    from mimic.addon.bake.to_file import bake

    bake(faced(make.walk(5)), tmp_path / "out.vrma")
    document, data = document_of(tmp_path / "out.vrma")
    expressions = extension_of(document)["expressions"]
    assert set(expressions) == {"preset"}
    assert {"aa", "blinkLeft", "blinkRight"} <= set(expressions["preset"]) <= set(EXPRESSION_PRESETS)
    turns = channel(document, data, extension_of(document)["lookAt"]["node"], "rotation")
    half = np.radians(7.5)
    np.testing.assert_allclose(turns, np.tile([0.0, np.sin(half), 0.0, np.cos(half)], (5, 1)), atol=1e-6)


def test_bake_to_vrma_of_a_character_without_a_face_does_not_say_that_the_file_has_none(bpy, make, tmp_path):
    from mimic.addon.bake.to_file import bake

    make.armature(bpy)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "rig.blend"))
    rig = tmp_path / "rig.blend"
    assert not any("shape keys" in said for said in bake(faced(make.walk(5)), tmp_path / "out.vrma", rig=rig).warnings)
    assert any("shape keys" in said for said in bake(faced(make.walk(5)), tmp_path / "out.blend", rig=rig).warnings)


def test_bake_to_vrma_of_a_vrm_character_writes_its_expressions(bpy, make, vrm, tmp_path):
    from mimic.addon.bake.to_file import bake

    armature = vrm.make["1"]()
    armature.data.vrm_addon_extension.vrm1.expressions.custom.remove(0)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "vera.blend"))
    bake(faced(make.walk(5)), tmp_path / "out.vrma", rig=tmp_path / "vera.blend")
    document, _ = document_of(tmp_path / "out.vrma")
    written = {name for named in extension_of(document)["expressions"].values() for name in named}
    assert {"aa", "blinkLeft", "blinkRight"} <= written <= set(vrm.names)


def test_command_line_says_that_a_vrma_holds_motion_alone(bpy, make, tmp_path, capsys):
    from mimic.addon.bake.to_file import bake
    from mimic.addon.command_line.bake import _say_files

    _say_files([bake(make.walk(3), tmp_path / "out.vrma")])
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith("VRM animation:")
    assert "3 frames" in said
    assert "action" not in said
