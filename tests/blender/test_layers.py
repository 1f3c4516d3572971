# SPDX-License-Identifier: GPL-3.0-or-later
"""Keys beside and on top of what a character has: nothing that was there changes, in any Blender."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.addon.bake.options import BakeOptions
from mimic.models.body import rotations as rot
from mimic.retarget.motion.options import AS_SOLVED

ARM = "mixamorig:LeftForeArm"


def keys_of(armature):
    from mimic.addon.bake.keys import curves_of

    return {
        (curve.data_path, curve.array_index): np.array([point.co for point in curve.keyframe_points])
        for curve in curves_of(armature)
    }


def basis(make, bpy, armature, frame, bone=ARM):
    return np.array(make.posed(bpy, armature, frame)[bone].matrix_basis)


@pytest.fixture
def danced(bpy, make):
    """A character with an action "Dance"."""
    from mimic.addon.bake.apply import apply_motion

    armature = make.armature(bpy)
    apply_motion(armature, make.walk(20, seed=1), name="Dance", options=AS_SOLVED)
    return armature


def test_stashed_bake_keeps_the_active_action_and_adds_a_muted_track(bpy, make, danced):
    from mimic.addon.bake.apply import apply_motion

    before = keys_of(danced)
    applied = apply_motion(
        danced, make.walk(30, seed=2), name="Wave", options=AS_SOLVED, bake_options=BakeOptions(layer="stash")
    )
    assert applied.action == "Wave"
    assert applied.keys == 30 * (52 * 4 + 3)
    data = danced.animation_data
    assert data.action.name == "Dance"
    for curve, keys in keys_of(danced).items():
        np.testing.assert_array_equal(keys, before[curve])
    (track,) = data.nla_tracks
    assert track.mute
    assert track.lock
    assert track.strips[0].action.name == "Wave"
    np.testing.assert_allclose([track.strips[0].frame_start, track.strips[0].frame_end], applied.frames[[0, -1]])


def test_stashed_action_when_unmuted_moves_the_character(bpy, make):
    from mimic.addon.bake.apply import apply_motion

    plain, stashed = make.armature(bpy, name="Plain"), make.armature(bpy, name="Stashed")
    motion = make.walk(30, seed=2)
    apply_motion(plain, motion, name="Wave", options=AS_SOLVED)
    apply_motion(stashed, motion, name="Wave", options=AS_SOLVED, bake_options=BakeOptions(layer="stash"))
    assert np.allclose(basis(make, bpy, stashed, 15.0), np.eye(4), atol=1e-5)
    stashed.animation_data.nla_tracks[0].mute = False
    expected = basis(make, bpy, plain, 15.0)
    np.testing.assert_allclose(basis(make, bpy, stashed, 15.0), expected, atol=1e-4)


def test_additive_bake_adds_to_the_action_below_and_keeps_that_action(bpy, make, danced):
    from mimic.addon.bake.apply import apply_motion

    alone = {frame: basis(make, bpy, danced, frame) for frame in (1.0, 8.0, 9.0, 18.0)}
    way = {frame: make.posed(bpy, danced, frame)["mixamorig:Hips"].location.copy() for frame in (9.0, 18.0)}
    dance = danced.animation_data.action
    count = len(keys_of(danced))
    other = make.armature(bpy, name="Other")
    apply_motion(other, make.walk(12, seed=2), name="Wave", start_frame=7.0, options=AS_SOLVED)
    on_top = BakeOptions(layer="additive")
    apply_motion(
        danced, make.walk(12, seed=2), name="Wave on top", start_frame=7.0, options=AS_SOLVED, bake_options=on_top
    )
    data = danced.animation_data
    assert data.action is None
    assert [track.strips[0].action.name for track in data.nla_tracks] == [dance.name, "Wave on top"]
    assert not any(track.mute for track in data.nla_tracks)
    assert count == 52 * 4 + 3
    # Before it begins, and where it begins, nothing changes; then the arm turns as much further as the waver's.
    np.testing.assert_allclose(basis(make, bpy, danced, 1.0), alone[1.0], atol=1e-4)
    wave = {frame: basis(make, bpy, other, frame) for frame in (7.0, 8.0, 9.0)}
    for frame in (8.0, 9.0):
        expected = alone[frame][:3, :3] @ np.linalg.inv(wave[7.0][:3, :3]) @ wave[frame][:3, :3]
        np.testing.assert_allclose(basis(make, bpy, danced, frame)[:3, :3], expected, atol=1e-3)
    hips = "mixamorig:Hips"
    moved = [make.posed(bpy, other, frame)[hips].location.copy() for frame in (7.0, 9.0)]
    found = make.posed(bpy, danced, 9.0)[hips].location - way[9.0]
    np.testing.assert_allclose(found, moved[1] - moved[0], atol=1e-4)
    # After it has ended, all is as before.
    np.testing.assert_allclose(basis(make, bpy, danced, 18.0), alone[18.0], atol=1e-4)


def test_additive_bake_onto_a_named_action_uses_that_action_or_is_refused(bpy, make, danced):
    from mimic.addon.bake.apply import apply_motion
    from mimic.addon.errors import ActionMissing

    apply_motion(danced, make.walk(20, seed=3), name="Later", options=AS_SOLVED)
    on_top = BakeOptions(layer="additive")
    with pytest.raises(ActionMissing, match='no action "Danse"'):
        apply_motion(danced, make.walk(8), name="Top", options=AS_SOLVED, bake_options=replace(on_top, onto="Danse"))
    apply_motion(danced, make.walk(8), name="Top", options=AS_SOLVED, bake_options=replace(on_top, onto="Dance"))
    assert [track.strips[0].action.name for track in danced.animation_data.nla_tracks] == ["Dance", "Top"]
    assert bpy.data.actions["Later"].use_fake_user


def test_additive_bake_without_an_action_warns(bpy, make):
    from mimic.addon.bake.apply import apply_motion

    armature = make.armature(bpy)
    applied = apply_motion(
        armature, make.walk(8), name="Top", options=AS_SOLVED, bake_options=BakeOptions(layer="additive")
    )
    assert any("added to its rest" in warning for warning in applied.warnings)


def test_additive_bake_onto_euler_bones_warns(bpy, make):
    from mimic.addon.bake.apply import apply_motion

    armature = make.armature(bpy)
    on_top = BakeOptions(layer="additive")
    first = apply_motion(armature, make.walk(8), name="A", options=AS_SOLVED, bake_options=on_top)
    assert not any("Euler" in warning for warning in first.warnings)
    armature.pose.bones[ARM].rotation_mode = "XYZ"
    warnings = apply_motion(armature, make.walk(8), name="B", options=AS_SOLVED, bake_options=on_top).warnings
    assert any(warning.startswith("1 bone turns by Euler angles") for warning in warnings)


def test_stashed_bake_to_a_file_other_than_blend_is_refused(bpy, make, tmp_path):
    from mimic.addon.bake.to_file import bake
    from mimic.addon.errors import UnknownFileType

    with pytest.raises(UnknownFileType, match=r"stashed or additive keys: write a \.blend"):
        bake(make.walk(8), tmp_path / "walk.glb", bake_options=BakeOptions(layer="stash"))


def test_looped_bake_repeats_and_travels_on(bpy, make):
    from mimic.addon.bake.apply import apply_motion

    armature = make.armature(bpy)
    motion = make.walk(41, seed=5)
    motion.root[:, 0] += np.linspace(0.0, 3.0, 41)
    applied = apply_motion(armature, motion, name="Loop", options=replace(AS_SOLVED, loop="ends"))
    first, last = applied.frames[[0, -1]]
    assert (first, last) == (1.0, 33.0)  # 40 / 30 s of the scene's 24 frames a second
    action = armature.animation_data.action
    assert action.use_cyclic
    assert (action.frame_start, action.frame_end) == (first, last)
    hips = "mixamorig:Hips"
    step = basis(make, bpy, armature, last, hips)[:3, 3] - basis(make, bpy, armature, first, hips)[:3, 3]
    assert np.linalg.norm(step) > 1.0
    for frame in (4.0, 20.0):
        np.testing.assert_allclose(
            basis(make, bpy, armature, frame + 32.0), basis(make, bpy, armature, frame), atol=1e-4
        )
        shift = basis(make, bpy, armature, frame + 64.0, hips)[:3, 3] - basis(make, bpy, armature, frame, hips)[:3, 3]
        np.testing.assert_allclose(shift, 2.0 * step, atol=1e-3)
    turn = rot.from_matrix(basis(make, bpy, armature, last)[:3, :3])
    begin = rot.from_matrix(basis(make, bpy, armature, first)[:3, :3])
    assert np.degrees(rot.angle(rot.multiply(rot.conjugate(begin), turn))) < 0.01
