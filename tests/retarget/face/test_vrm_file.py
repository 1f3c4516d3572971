# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions that VRM files declare."""

import json
import struct

import pytest

from mimic.retarget.face.vrm import Bind, VrmExpression
from mimic.retarget.face.vrm_file import expressions_of, from_text, to_text

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


def written(path, extensions):
    text = json.dumps({"nodes": NODES, "meshes": MESHES, "extensions": extensions}).encode()
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


def test_expressions_kept_as_text_come_back():
    assert from_text(to_text(FOUND)) == FOUND


@pytest.mark.parametrize("text", ["", "no json", "{}", "[1]", '[["a", [], false, [true]]]', "[[]]", "null"])
def test_text_that_holds_no_expressions_tells_none(text):
    assert from_text(text) == ()
