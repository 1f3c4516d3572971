# SPDX-License-Identifier: GPL-3.0-or-later
"""A bone map survives its file, whatever its bones are called, and bad files are refused in words."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mimic.models.body.joints import JOINTS
from mimic.retarget.errors import PresetUnreadable
from mimic.retarget.rig.mapping import map_bones, map_rig
from mimic.retarget.rig.presets import from_text, load, mirrored_bones, save, to_text, weights_in
from mimic.retarget.rig.rig import RigMap


def assert_same(found: RigMap, wanted: RigMap) -> None:
    """The same map, whose shares were worked out anew from the rig's lengths."""
    assert replace(found, shares={}) == replace(wanted, shares={})
    assert found.shares.keys() == wanted.shares.keys()
    for bone, share in wanted.shares.items():
        assert found.shares[bone].part == pytest.approx(share.part)
        assert replace(found.shares[bone], part=share.part) == share


def test_preset_saved_and_loaded_is_the_same_map(rigs, t_pose, tmp_path):
    rig = rigs.build(t_pose, extra={"Stick": "LeftForeArm"})
    base = map_rig(rig)
    edited = map_bones(rig, {**base.bones, "LeftHand": "mixamorig:Stick"}, base=base)
    save(edited, tmp_path / "map.toml")
    assert_same(load(tmp_path / "map.toml", rig, base=base), edited)


def test_preset_of_another_rig_keeps_the_fitting_bones_with_a_warning(rigs, t_pose, tmp_path):
    save(map_rig(rigs.build(t_pose)), tmp_path / "map.toml")
    smaller = rigs.build(t_pose, without=("Neck", "LeftToeBase"))
    found = load(tmp_path / "map.toml", smaller, name="Rig")
    assert len(found.bones) == 50
    assert found.warnings == (
        "Rig has no bones mixamorig:Neck, mixamorig:LeftToeBase, which the bone map asks for; they are left out.",
    )


ANY_NAME = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)


@given(names=st.lists(ANY_NAME, min_size=1, max_size=52), weighted=st.dictionaries(ANY_NAME, st.floats(0.0, 1e6)))
@example(names=["tag \U000e0001", "bell \a", "two\r\nlines"], weighted={"\U0010ffff": 0.1, "a.b = [c]": 1.0})
def test_preset_text_with_any_bone_names_is_read_back_unchanged(names, weighted):
    bones = dict(zip(JOINTS, names, strict=False))
    text = to_text('Own "kind" \\ of rig', bones, weighted)
    assert from_text(text) == ('Own "kind" \\ of rig', bones)
    assert weights_in(text) == weighted


def test_preset_with_weights_is_read_back_with_weights(rigs, t_pose, tmp_path):
    rig = rigs.build(t_pose, extra={"LeftArm_twist": "LeftArm", 'Odd " bone': "Head"})
    weights = {"mixamorig:LeftArm_twist": 0.75, 'mixamorig:Odd " bone': 2.0}
    heavy = map_bones(rig, map_rig(rig).bones, base=map_rig(rig), weights={**weights, "gone": 1.0})
    assert heavy.weights == weights
    assert heavy.shares["mixamorig:LeftArm_twist"].part == pytest.approx(0.25)
    save(heavy, tmp_path / "map.toml")
    assert_same(load(tmp_path / "map.toml", rig, base=map_rig(rig)), heavy)


@pytest.mark.parametrize("weight", ["'much'", "-1.0", "true", "nan", "inf", "1e300", "9" * 400])
def test_preset_with_a_bad_weight_is_refused(rigs, t_pose, tmp_path, weight):
    path = tmp_path / "bad.toml"
    path.write_text(f"[bones]\nHips = 'mixamorig:Hips'\n[weights]\n'Bone' = {weight}\n", encoding="utf-8")
    with pytest.raises(PresetUnreadable, match="has a weight of “Bone”"):
        load(path, rigs.build(t_pose))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[bones", "is not TOML"),
        (f"bones = {'[' * 5000}", "is not TOML"),
        ("family = 'x'", "has no table"),
        ("[bones]\nHips = 3", "has no table"),
        ("[bones]\nTail = 'tail'", "which is not a joint"),
    ],
)
def test_preset_with_bad_content_is_refused(text, words, rigs, t_pose, tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(PresetUnreadable, match=words):
        load(path, rigs.build(t_pose))


def test_preset_at_a_missing_path_is_neither_read_nor_written(rigs, t_pose, tmp_path):
    with pytest.raises(PresetUnreadable, match="cannot be read"):
        load(tmp_path / "none.toml", rigs.build(t_pose))
    with pytest.raises(PresetUnreadable, match="cannot be written"):
        save(map_rig(rigs.build(t_pose)), tmp_path / "none" / "map.toml")


def test_mirrored_bones_of_the_left_side_complete_the_right(rigs, t_pose):
    rig = rigs.build(t_pose)
    bones = dict(map_rig(rig).bones)
    left_only = {joint: bone for joint, bone in bones.items() if not joint.startswith("Right")}
    assert mirrored_bones(left_only, rig) == bones
