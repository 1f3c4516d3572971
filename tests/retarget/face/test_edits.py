# SPDX-License-Identifier: GPL-3.0-or-later
"""A face's map is edited one expression at a time, and nothing else of it changes."""

import numpy as np
import pytest

from mimic.models.body.expressions import EXPRESSIONS
from mimic.retarget.face.edits import (
    BY_HAND,
    Link,
    eye_bones,
    links,
    mirrored_links,
    with_eye,
    with_link,
    with_range,
    with_target,
    without_link,
)
from mimic.retarget.face.face_rig import FaceMap, FaceTarget
from mimic.retarget.face.moves import default_move

EMPTY = FaceMap(BY_HAND, (), EXPRESSIONS)


def test_expression_linked_to_a_key_moves_it_and_is_no_longer_missing():
    changed = with_target(EMPTY, "jawOpen", Link("key", "Mouth", 0.5))
    assert changed.targets == (FaceTarget("key", "Mouth", {"jawOpen": 0.5}),)
    assert "jawOpen" not in changed.missing
    assert links(changed, "jawOpen") == (Link("key", "Mouth", 0.5),)


def test_two_expressions_of_one_key_are_a_mixture_and_either_can_go():
    both = with_link(with_link(EMPTY, "jawOpen", Link("key", "O")), "mouthFunnel", Link("key", "O", 0.4))
    assert both.targets == (FaceTarget("key", "O", {"jawOpen": 1.0, "mouthFunnel": 0.4}),)
    assert without_link(both, "jawOpen", "key", "O").targets == (FaceTarget("key", "O", {"mouthFunnel": 0.4}),)


def test_gain_of_a_link_that_exists_changes_in_place():
    both = with_link(with_link(EMPTY, "jawOpen", Link("key", "A")), "jawOpen", Link("key", "B", 0.5))
    assert links(with_link(both, "jawOpen", Link("key", "B", 2.0)), "jawOpen") == (
        Link("key", "B", 2.0),
        Link("key", "A"),
    )


def test_another_target_replaces_all_and_none_removes_all():
    both = with_link(with_link(EMPTY, "jawOpen", Link("key", "A")), "jawOpen", Link("vrm", "aa"))
    assert links(with_target(both, "jawOpen", Link("key", "C")), "jawOpen") == (Link("key", "C"),)
    assert with_target(both, "jawOpen", None) == EMPTY


def test_bone_chosen_by_hand_moves_as_is_usual_for_the_expression():
    opened = with_link(EMPTY, "jawOpen", Link("bone", "Jaw"))
    both = with_link(opened, "jawLeft", Link("bone", "Jaw", 0.5))
    assert [target.axis for target in both.targets] == [default_move("jawOpen").axis, default_move("jawLeft").axis]
    halved = with_link(both, "jawOpen", Link("bone", "Jaw", 0.5))
    assert [dict(target.weights) for target in halved.targets] == [{"jawOpen": 0.5}, {"jawLeft": 0.5}]


def test_bone_of_an_eye_replaces_the_one_before_and_covers_its_looks():
    seeing = with_eye(with_eye(EMPTY, "left", "Old"), "left", "Eye.L")
    assert eye_bones(seeing) == {"left": "Eye.L"}
    assert "eyeLookUpLeft" not in seeing.missing
    assert "eyeLookUpRight" in seeing.missing
    assert with_eye(seeing, "left", "") == EMPTY


def test_range_of_a_target_changes():
    (target,) = with_range(with_link(EMPTY, "jawOpen", Link("key", "A")), "key", "A", (0.2, 3.0)).targets
    assert (target.low, target.high) == (0.2, 3.0)


def test_mirrored_links_take_the_names_and_turns_of_the_other_side():
    left = with_link(EMPTY, "eyeBlinkLeft", Link("key", "Blink.L", 0.8))
    left = with_link(left, "eyeBlinkLeft", Link("bone", "Lid.L"))
    left = with_link(left, "jawLeft", Link("bone", "Jaw"))
    left = with_link(with_eye(left, "left", "Eye.L"), "eyeBlinkRight", Link("key", "Wrong"))
    both = mirrored_links(left, {"Blink.L": "Blink.R", "Lid.L": "Lid.R", "Eye.L": "Eye.R"})
    assert links(both, "eyeBlinkRight") == (Link("bone", "Lid.R"), Link("key", "Blink.R", 0.8))
    assert eye_bones(both) == {"left": "Eye.L", "right": "Eye.R"}
    axes = {next(iter(target.weights)): target.axis for target in both.targets if target.name == "Jaw"}
    np.testing.assert_allclose(axes["jawRight"], np.negative(axes["jawLeft"]))


def test_moves_mirror_each_other_and_every_expression_has_one():
    for name in EXPRESSIONS:
        assert any(default_move(name).axis), name
    assert default_move("mouthSmileRight") == default_move("mouthSmileLeft").mirrored
    with pytest.raises(KeyError):
        default_move("smile")
