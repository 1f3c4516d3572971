# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions that VRM files declare."""

import json
import struct

import pytest

from mimic.retarget.face.vrm import Bind, VrmExpression
from mimic.retarget.face.vrm_file import expressions_of, from_text, to_text
from mimic.retarget.rig.vrm import humanoid_of

MESHES = [
    {"name": "Body", "primitives": [{}]},
    {"name": "Face", "primitives": [{"extras": {"targetNames": ["A", "Blink"]}}, {}]},
]
NODES = [{"name": "hips"}, {"mesh": 0}, {"mesh": 1}]

VRM_0 = {
    "firstPerson": {"lookAtTypeName": "Bone"},
    "blendShapeMaster": {
        "blendShapeGroups": [
            {"name": "A", "presetName": "a", "binds": [{"mesh": 1, "index": 0, "weight": 80}]},
            {
                "name": "Grin",
                "presetName": "unknown",
                "isBinary": True,
                "binds": [{"mesh": 1, "index": 1, "weight": 50}],
            },
            {"name": "LookUp", "presetName": "lookup", "binds": [{"mesh": 1, "index": 1, "weight": 100}]},
            {"name": "Neutral", "presetName": "neutral", "binds": []},
            {"name": "A", "presetName": "a", "binds": [{"mesh": 1, "index": 1, "weight": 10}]},
        ]
    },
}
VRM_1 = {
    "lookAt": {"type": "bone"},
    "expressions": {
        "preset": {
            "aa": {"morphTargetBinds": [{"node": 2, "index": 0, "weight": 0.8}]},
            "happy": {"overrideMouth": "block", "overrideBlink": "blend", "overrideLookAt": "none"},
            "lookUp": {"morphTargetBinds": [{"node": 2, "index": 1, "weight": 1.0}]},
        },
        "custom": {"Grin": {"isBinary": True, "morphTargetBinds": [{"node": 2, "index": 1, "weight": 0.5}]}},
    },
}
FOUND = (
    VrmExpression("aa", (Bind("Face", "A", 0.8),)),
    VrmExpression("Grin", (Bind("Face", "Blink", 0.5),), binary=True),
)


def written(path, extensions, edit=lambda text: text):
    text = edit(json.dumps({"nodes": NODES, "meshes": MESHES, "extensions": extensions})).encode()
    text += b" " * (-len(text) % 4)
    path.write_bytes(struct.pack("<4sII II", b"glTF", 2, 20 + len(text), len(text), 0x4E4F534A) + text)
    return path


@pytest.mark.parametrize("extensions", [{"VRM": VRM_0}, {"VRMC_vrm": VRM_1}], ids=["0", "1"])
def test_vrm_file_of_either_version_tells_its_expressions(tmp_path, extensions):
    assert expressions_of(written(tmp_path / "a.vrm", extensions)) == FOUND


def test_vrm_file_whose_character_looks_by_expressions_tells_those_too(tmp_path):
    extensions = {"VRMC_vrm": {**VRM_1, "lookAt": {"type": "expression"}}}
    assert "lookUp" in {each.name for each in expressions_of(written(tmp_path / "a.vrm", extensions))}


def test_vrm_file_tells_which_expressions_hold_others_back(tmp_path):
    happy = {**VRM_1["expressions"]["preset"]["happy"], "morphTargetBinds": [{"node": 2, "index": 0, "weight": 1.0}]}
    extensions = {"VRMC_vrm": {"expressions": {"preset": {"happy": happy}}}}
    (found,) = expressions_of(written(tmp_path / "a.vrm", extensions))
    assert found.holds == (True, True, False)


def test_morph_target_without_a_name_has_the_one_that_blender_gives_it(tmp_path):
    group = {"name": "A", "presetName": "a", "binds": [{"mesh": 0, "index": 3, "weight": 100}]}
    extensions = {"VRM": {"blendShapeMaster": {"blendShapeGroups": [group]}}}
    (found,) = expressions_of(written(tmp_path / "a.vrm", extensions))
    assert found.binds == (Bind("Body", "target_3", 1.0),)


@pytest.mark.parametrize(
    "extensions",
    [
        {},
        [],
        {"VRM": {}},
        {"VRMC_vrm": []},
        {"VRM": {"blendShapeMaster": {"blendShapeGroups": [{"binds": [{"mesh": 9, "index": 0, "weight": 1}]}]}}},
        {"VRMC_vrm": {"expressions": {"custom": {"a": {"morphTargetBinds": [{"node": 0, "index": 0, "weight": 1}]}}}}},
        {
            "VRMC_vrm": {
                "expressions": {"custom": {"a": {"morphTargetBinds": [{"node": 2, "index": "x", "weight": 1}]}}}
            }
        },
    ],
)
def test_vrm_file_with_broken_or_no_expressions_tells_none(tmp_path, extensions):
    assert expressions_of(written(tmp_path / "a.vrm", extensions)) == ()


@pytest.mark.parametrize("weight", ["NaN", "Infinity", "1e999", "9" * 400, "1e300"])
def test_vrm_file_with_a_weight_that_is_no_weight_tells_none(tmp_path, weight):
    binds = [{"node": 2, "index": 0, "weight": "WEIGHT"}]
    extensions = {"VRMC_vrm": {"expressions": {"custom": {"a": {"morphTargetBinds": binds}}}}}
    path = written(tmp_path / "a.vrm", extensions, lambda text: text.replace('"WEIGHT"', weight))
    assert expressions_of(path) == ()
    assert from_text(f'[["a", [["Face", "A", {weight}]], false, [false, false, false]]]') == ()


def test_vrm_file_of_endless_brackets_tells_nothing(tmp_path):
    path = written(tmp_path / "a.vrm", {}, lambda _text: "[" * 100_000)
    assert expressions_of(path) == ()
    assert humanoid_of(path) == {}


@pytest.mark.parametrize("bone", [{"bone": 3, "node": 0}, {"bone": "hips", "node": 1}, {"bone": "hips", "node": 2}])
def test_vrm_file_whose_bones_have_no_names_maps_none(tmp_path, bone):
    nodes = [{"name": "hips"}, {"name": 7}, {"name": ["hips"]}]
    text = json.dumps({"nodes": nodes, "extensions": {"VRM": {"humanoid": {"humanBones": [bone]}}}})
    assert humanoid_of(written(tmp_path / "a.vrm", {}, lambda _text: text)) == {}


def test_name_that_is_no_text_is_kept_as_one_that_can_be_saved(tmp_path):
    group = {"name": "\ud800", "binds": [{"mesh": 1, "index": 0, "weight": 100}]}
    found = expressions_of(written(tmp_path / "a.vrm", {"VRM": {"blendShapeMaster": {"blendShapeGroups": [group]}}}))
    to_text(found).encode()
    assert from_text(to_text(found)) == found


def test_expressions_kept_as_text_come_back():
    assert from_text(to_text(FOUND)) == FOUND


@pytest.mark.parametrize(
    "text", ["", "no json", "{}", "[1]", '[["a", [], false, [true]]]', "[[]]", "null", "[" * 100_000]
)
def test_text_that_holds_no_expressions_tells_none(text):
    assert from_text(text) == ()
