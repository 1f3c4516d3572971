# SPDX-License-Identifier: GPL-3.0-or-later
"""A bone map survives its file, whatever its bones are called, and bad files are refused in words."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mimic.models.body.joints import JOINTS
from mimic.retarget.errors import PresetUnreadable
from mimic.retarget.mapping import map_bones, map_rig
from mimic.retarget.presets import from_text, load, mirrored_bones, save, to_text, weights_in


def test_saved_and_loaded(rigs, t_pose, tmp_path):
    rig = rigs.build(t_pose, extra={"Stick": "LeftForeArm"})
    base = map_rig(rig)
    edited = map_bones(rig, {**base.bones, "LeftHand": "mixamorig:Stick"}, base=base)
    save(edited, tmp_path / "map.toml")
    assert load(tmp_path / "map.toml", rig, base=base) == edited


def test_a_map_of_another_rig_keeps_what_fits(rigs, t_pose, tmp_path):
    save(map_rig(rigs.build(t_pose)), tmp_path / "map.toml")
    smaller = rigs.build(t_pose, without=("Neck", "LeftToeBase"))
    found = load(tmp_path / "map.toml", smaller, name="Rig")
    assert len(found.bones) == 50
    assert found.warnings == (
        "Rig has no bones mixamorig:Neck, mixamorig:LeftToeBase, which the map names; they are left out.",
    )


ANY_NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(names=st.lists(ANY_NAME, min_size=1, max_size=52), weighted=st.dictionaries(ANY_NAME, st.floats(0.0, 1e6)))
@example(names=["tag \U000e0001", "bell \a", "two\r\nlines"], weighted={"\U0010ffff": 0.1, "a.b = [c]": 1.0})
def test_any_names_and_weights_come_back_from_their_text(names, weighted):
    bones = dict(zip(JOINTS, names, strict=False))
    text = to_text('Own "kind" \\ of rig', bones, weighted)
    assert from_text(text) == ('Own "kind" \\ of rig', bones)
    assert weights_in(text) == weighted


def test_weights_are_kept(rigs, t_pose, tmp_path):
    rig = rigs.build(t_pose, extra={"LeftArm_twist": "LeftArm", 'Odd " bone': "Head"})
    weights = {"mixamorig:LeftArm_twist": 0.75, 'mixamorig:Odd " bone': 2.0}
    heavy = map_bones(rig, map_rig(rig).bones, base=map_rig(rig), weights={**weights, "gone": 1.0})
    assert heavy.weights == weights
    assert heavy.shares["mixamorig:LeftArm_twist"].part == pytest.approx(0.25)
    save(heavy, tmp_path / "map.toml")
    assert load(tmp_path / "map.toml", rig, base=map_rig(rig)) == heavy


@pytest.mark.parametrize("weight", ["'much'", "-1.0", "true", "nan", "inf"])
def test_bad_weights(rigs, t_pose, tmp_path, weight):
    path = tmp_path / "bad.toml"
    path.write_text(f"[bones]\nHips = 'mixamorig:Hips'\n[weights]\n'Bone' = {weight}\n", encoding="utf-8")
    with pytest.raises(PresetUnreadable, match="gives “Bone” a weight"):
        load(path, rigs.build(t_pose))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[bones", "is no TOML"),
        ("family = 'x'", "has no table"),
        ("[bones]\nHips = 3", "has no table"),
        ("[bones]\nTail = 'tail'", "which is no joint"),
    ],
)
def test_bad_files(text, words, rigs, t_pose, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PresetUnreadable, match=words):
        load(path, rigs.build(t_pose))


def test_no_file(rigs, t_pose, tmp_path):
    with pytest.raises(PresetUnreadable, match="cannot be read"):
        load(tmp_path / "none.toml", rigs.build(t_pose))
    with pytest.raises(PresetUnreadable, match="cannot be written"):
        save(map_rig(rigs.build(t_pose)), tmp_path / "none" / "map.toml")


def test_the_right_side_after_the_left(rigs, t_pose):
    rig = rigs.build(t_pose)
    bones = dict(map_rig(rig).bones)
    left_only = {joint: bone for joint, bone in bones.items() if not joint.startswith("Right")}
    assert mirrored_bones(left_only, rig) == bones
