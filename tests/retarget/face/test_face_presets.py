# SPDX-License-Identifier: GPL-3.0-or-later
"""A face map survives its file, whatever its names are, and bad files are refused in words."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSIONS
from mimic.retarget.errors import PresetUnreadable
from mimic.retarget.face.edits import Link, missing_expressions, with_eye, with_link, with_range
from mimic.retarget.face.face_mapping import map_face
from mimic.retarget.face.face_plan import FacePlan
from mimic.retarget.face.face_rig import FaceMap, FaceTarget
from mimic.retarget.face.presets import fitted, from_text, load, save, to_text


def test_preset_saved_and_loaded_moves_the_face_as_before(face, tmp_path):
    rigged = face(
        ["Fcl_MTH_A", "Fcl_MTH_O", "Fcl_EYE_Close_L", "Fcl_EYE_Close_R", "eCTRLBrow"],
        bones=("LeftEye", "RightEye", "Jaw"),
        vrm=("angry",),
    )
    found = with_link(map_face(rigged), "jawLeft", Link("bone", "Jaw", 0.5))
    found = with_range(with_link(found, "cheekPuff", Link("key", "eCTRLBrow", -0.3)), "key", "eCTRLBrow", (0.1, 2.0))
    found = with_link(with_eye(found, "left", "LeftEye"), "browDownLeft", Link("vrm", "angry"))
    save(found, tmp_path / "face.toml")
    again = load(tmp_path / "face.toml", rigged)
    assert again.missing == found.missing
    rng = np.random.default_rng(0)
    expressions, eyes = rng.uniform(size=(9, 52)), rot.from_vector(rng.normal(scale=0.1, size=(9, 2, 3)))
    plans = FacePlan(rigged, found), FacePlan(rigged, again)
    values = [plan.values(expressions, eyes) for plan in plans]
    for kind, attribute in (("keys", "keys"), ("bones", "rotations"), ("moved", "places"), ("vrm", "vrm")):
        old, new = ([str(each) for each in getattr(plan, kind)] for plan in plans)
        assert sorted(old) == sorted(new)
        order = [old.index(name) for name in new]
        axis = 1
        np.testing.assert_allclose(
            np.take(getattr(values[0], attribute), order, axis), getattr(values[1], attribute), atol=1e-12
        )


ANY_NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
WEIGHTS = st.dictionaries(st.sampled_from(EXPRESSIONS), st.floats(-2.0, 2.0).filter(bool), min_size=1, max_size=4)


@given(
    keys=st.dictionaries(ANY_NAME, WEIGHTS, min_size=1),
    managed=st.dictionaries(ANY_NAME, WEIGHTS),
    signed=st.booleans(),
)
def test_text_with_any_names_is_read_back_unchanged(keys, managed, signed):
    targets = (
        *(FaceTarget("key", name, weights, low=0.25, signed=signed) for name, weights in keys.items()),
        *(FaceTarget("vrm", name, weights) for name, weights in managed.items()),
    )
    found = FaceMap("A kind", targets, missing_expressions(targets))
    assert from_text(to_text(found)) == found


@given(
    bone=ANY_NAME,
    axis=st.tuples(*[st.floats(-1.0, 1.0)] * 3),
    moves=st.booleans(),
    eye=st.tuples(*[st.floats(-1.0, 1.0)] * 3),
)
def test_bones_are_read_back(bone, axis, moves, eye):
    targets = (
        FaceTarget("bone", bone, {"jawOpen": 0.5}, axis=axis, moves=moves),
        FaceTarget("bone", f"{bone} 2", axis=eye, moves=any(eye), eye="right"),
    )
    jaw, looking = sorted(from_text(to_text(FaceMap("", targets))).targets, key=lambda target: target.eye)
    assert (jaw.name, jaw.weights, jaw.moves) == (bone, {"jawOpen": 0.5}, moves)
    np.testing.assert_allclose(jaw.axis, axis, atol=1e-12)
    assert looking == targets[1]


def test_names_that_the_character_lacks_are_left_out_with_a_sentence(face):
    found = from_text("[keys]\nA = 'jawOpen'\nB = 'tongueOut'\n[bones.C]\njawOpen = 1.0\n[vrm]\naa = 'jawOpen'\n")
    kept = fitted(found, face(["A"]), name="Ann")
    assert [target.name for target in kept.targets] == ["A"]
    assert "tongueOut" in kept.missing
    assert kept.warnings == ("Ann has no “B”, “aa”, “C”, which the face map asks for; they are left out.",)
    many = replace(found, targets=tuple(FaceTarget("key", f"K{n}", {"jawOpen": 1.0}) for n in range(9)))
    assert "“K4” and 4 more, which" in fitted(many, face(["A"])).warnings[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[keys", "is not TOML"),
        ("family = 'x'", "has no table"),
        ("keys = 3", "has a line for “[keys]”"),
        ("[keys]\nA = 'smile'", "has “smile”, which is not an expression"),
        ("[keys]\nA = { jawOpen = 'much' }", "has a line for “A”"),
        ("[keys]\nA = { jawOpen = nan }", "has a line for “A”"),
        (f"[keys]\nA = {{ jawOpen = {'9' * 40} }}", "has a line for “A”"),
        (f"[keys]\nA = {{ jawOpen = {'9' * 400} }}", "has a line for “A”"),
        ("[keys]\nA = { jawOpen = 1e300 }", "has a line for “A”"),
        (f"[bones.Jaw]\njawOpen = {{ turn = [{'9' * 400}, 0, 0] }}", "has a line for “Jaw”"),
        ("[bones.Jaw]\njawOpen = { move = [1e300, 0, 0] }", "has a line for “Jaw”"),
        (f"keys = {'[' * 5000}", "is not TOML"),
        ("[keys]\nA = { low = 1.0 }", "has a line for “A”"),
        ("[keys]\nA = { jawOpen = 1.0, signed = 1 }", "has a line for “A”"),
        ("[keys]\nA = 1.0", "has a line for “A”"),
        ("[bones.Jaw]\nsmile = 1.0", "has “smile”"),
        ("[bones.Jaw]\njawOpen = { turn = [1.0, 2.0] }", "has a line for “Jaw”"),
        ("[bones.Jaw]\njawOpen = true", "has a line for “Jaw”"),
        ("[bones.Jaw]\njawOpen = { to = 3 }", "has a line for “Jaw”"),
        ("[bones.Lid]\neyeBlinkLeft = { to = 'Lower lid' }", "has a line for “Lid”"),
        ("[eyes]\nleft = { bone = 'Aim', around = 'Eye' }", "has a line for “left”"),
        ("[bones]\nJaw = 1.0", "has a line for “Jaw”"),
        ("[eyes]\nmiddle = 'Eye'", "has a line for “[eyes]”"),
        ("[eyes]\nleft = 3", "has a line for “[eyes]”"),
        ("[eyes]\nleft = { bone = 'a', place = [1.0] }", "has a line for “[eyes]”"),
    ],
)
def test_text_that_is_no_face_map_is_refused_in_words(text, words):
    with pytest.raises(PresetUnreadable) as refusal:
        from_text(text, where="“a.toml”")
    assert str(refusal.value).startswith("“a.toml” ")
    assert words in str(refusal.value)
    assert str(refusal.value).endswith(".")


def test_file_that_cannot_be_read_or_written_is_refused_in_words(face, tmp_path):
    with pytest.raises(PresetUnreadable, match="cannot be read as a face map"):
        load(tmp_path / "none.toml", face())
    with pytest.raises(PresetUnreadable, match="cannot be written"):
        save(FaceMap("", ()), tmp_path / "none" / "map.toml")


def test_saved_map_in_which_nothing_moves_is_read_back():
    empty = FaceMap("A kind", (), missing_expressions(()))
    assert from_text(to_text(empty)) == empty
