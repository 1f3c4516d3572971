# SPDX-License-Identifier: GPL-3.0-or-later
"""The face map as rows of a list, and edits of single rows."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.addon.face.rows import SOURCES, Row, names_of, rows_of, target_of, with_changes, with_gain, with_name
from mimic.models.body.expressions import EXPRESSIONS
from mimic.retarget.face.face_rig import FaceMap, FaceRig, FaceTarget, ShapeKey
from mimic.retarget.rig.rig import Rig

VOWEL = FaceTarget("key", "A", {"jawOpen": 0.8, "mouthFunnel": -0.3})
LID = FaceTarget("key", "blink", {"eyeBlinkLeft": 1.0})
EYE = FaceTarget("bone", "Eye.L", eye="left")
FACE_MAP = FaceMap("VRM", (VOWEL, LID, EYE))
A, FUNNEL, BLINK = Row("jawOpen", "key", "A"), Row("mouthFunnel", "key", "A"), Row("eyeBlinkLeft", "key", "blink")


def rows(face_map: FaceMap, source: str) -> list[Row]:
    return [row for row in rows_of(face_map) if row.source == source]


def test_rows_are_one_for_each_expression_and_target_in_the_order_of_the_expressions():
    found = list(rows_of(FACE_MAP))
    assert [row.source for row in found] == list(SOURCES)
    assert len(found) == len(EXPRESSIONS) + 2
    assert rows(FACE_MAP, "jawOpen") == [A]
    assert rows(FACE_MAP, "mouthFunnel") == [FUNNEL]
    assert rows(FACE_MAP, "eyeLeft") == [Row("eyeLeft", "bone", "Eye.L")]
    assert rows(FACE_MAP, "eyeRight") == [Row("eyeRight", "bone")]
    assert rows(FACE_MAP, "jawLeft") == [Row("jawLeft")]


def test_rows_of_an_expression_with_two_targets_are_two():
    both = with_name(FACE_MAP, Row("jawOpen"), "O", "key")
    assert {row.name for row in rows(both, "jawOpen")} == {"A", "O"}


@pytest.mark.parametrize("row", [Row("jawOpen", "key", "U"), Row("jawOpen"), Row("jawOpen", "bone", "A")])
def test_target_of_a_row_of_an_older_map_is_none(row):
    assert target_of(FACE_MAP, row) is None


def test_renamed_target_of_one_expression_keeps_gain_and_range():
    ranged = with_changes(with_gain(FACE_MAP, BLINK, 0.5), BLINK, lambda target: replace(target, high=10.0))
    renamed = with_name(ranged, BLINK, "Close_L", "key")
    assert target_of(renamed, Row("eyeBlinkLeft", "key", "Close_L")) == FaceTarget(
        "key", "Close_L", {"eyeBlinkLeft": 0.5}, high=10.0
    )
    assert len(renamed.targets) == 3


def test_renamed_target_of_a_mixture_takes_only_its_own_expression_along():
    renamed = with_name(FACE_MAP, FUNNEL, "O", "key")
    assert target_of(renamed, A) == FaceTarget("key", "A", {"jawOpen": 0.8})
    assert target_of(renamed, Row("mouthFunnel", "key", "O")) == FaceTarget("key", "O", {"mouthFunnel": -0.3})


def test_shape_key_exchanged_for_a_bone_gets_the_usual_turn():
    turned = target_of(with_name(FACE_MAP, A, "Jaw", "bone"), Row("jawOpen", "bone", "Jaw"))
    assert turned is not None
    assert turned.weights == {"jawOpen": 0.8}
    assert any(turned.axis)


def test_target_that_another_expression_moves_too_becomes_a_mixture():
    mixed = with_name(FACE_MAP, Row("eyeSquintLeft"), "blink", "key")
    assert target_of(mixed, BLINK).weights == {"eyeBlinkLeft": 1.0, "eyeSquintLeft": 1.0}
    assert len(mixed.targets) == 3


def test_removed_name_removes_the_target_only_when_nothing_moves_it_any_more():
    half = with_name(FACE_MAP, A, "", "key")
    assert target_of(half, FUNNEL).weights == {"mouthFunnel": -0.3}
    none = with_name(half, FUNNEL, "", "key")
    assert [target.name for target in none.targets] == ["blink", "Eye.L"]
    blind = with_name(FACE_MAP, Row("eyeLeft", "bone", "Eye.L"), "", "bone")
    assert [target.name for target in blind.targets] == ["A", "blink"]


def test_eye_gets_a_bone_that_turns_with_it():
    both = with_name(FACE_MAP, Row("eyeRight", "bone"), "Eye.R", "bone")
    assert target_of(both, Row("eyeRight", "bone", "Eye.R")) == FaceTarget("bone", "Eye.R", eye="right")
    moved = with_name(both, Row("eyeRight", "bone", "Eye.R"), "Other.R", "bone")
    assert rows(moved, "eyeRight") == [Row("eyeRight", "bone", "Other.R")]


def test_gain_of_an_expression_changes_it_alone():
    assert target_of(with_gain(FACE_MAP, A, 0.5), A).weights == {"jawOpen": 0.5, "mouthFunnel": -0.3}
    assert with_gain(FACE_MAP, Row("eyeLeft", "bone", "Eye.L"), 0.5) == FACE_MAP
    assert with_gain(FACE_MAP, Row("jawLeft"), 0.5) == FACE_MAP


def test_gain_that_is_dragged_through_zero_keeps_its_target():
    assert 0.0 < target_of(with_gain(FACE_MAP, BLINK, 0.0), BLINK).weights["eyeBlinkLeft"] < 0.01


@pytest.mark.parametrize("name", ["Jaw", "Eye.L", "joy"])
def test_names_of_a_face_are_of_keys_before_bones(name):
    yes = np.ones(2, bool)
    rig = Rig(("Jaw", "Eye.L"), np.array([-1, 0]), np.tile(np.eye(4), (2, 1, 1)), np.ones(2), yes, yes)
    face = FaceRig((ShapeKey("Head", "Jaw"), ShapeKey("Teeth", "Jaw")), rig, vrm=("joy",))
    assert names_of(face)[name] == {"Jaw": "key", "Eye.L": "bone", "joy": "vrm"}[name]
