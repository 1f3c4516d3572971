# SPDX-License-Identifier: GPL-3.0-or-later
"""What a bake is told by an operator, by the panel, and by neither."""

import numpy as np
import pytest


@pytest.fixture
def waver(bpy, make, monkeypatch):
    """Blender with Mimic enabled, a character, and a take of somebody who moves for two seconds."""
    import mimic

    monkeypatch.setattr("mimic.addon.bake.requests.people_in", lambda _path: 1)
    monkeypatch.setattr("mimic.addon.bake.requests.solved_of", lambda _path, _how: make.solved(make.walk(61)))
    mimic.register()
    make.armature(bpy)
    settings = bpy.context.scene.mimic
    settings.smoothing, settings.feet, settings.upright = 0.0, "off", False
    bpy.context.scene.render.fps = 30
    yield bpy
    mimic.unregister()


def bake(bpy, **words):
    assert bpy.ops.mimic.take_bake(filepath="wave.take", armature="Rig", **words) == {"FINISHED"}
    return bpy.data.objects["Rig"].animation_data


def test_bake_take_without_options_keys_the_whole_take_into_a_new_action(waver):
    data = bake(waver)
    assert data.action.name == "wave"
    assert tuple(data.action.frame_range) == (1.0, 61.0)
    assert not data.action.use_cyclic
    assert not data.nla_tracks


def test_bake_take_with_options_trims_offsets_loops_and_stashes(waver):
    data = bake(waver, trim_start=0.5, trim_end=1.5, offset=1.0, loop="ends", layer="stash")
    assert data.action is None
    action = data.nla_tracks[0].strips[0].action
    assert tuple(action.frame_range) == (31.0, 61.0)
    assert action.use_cyclic


def test_bake_take_without_an_option_uses_the_setting_of_the_panel(waver):
    settings = waver.context.scene.mimic
    settings.trim_end, settings.layer = 1.0, "stash"
    data = bake(waver, layer="action")
    assert tuple(data.action.frame_range) == (1.0, 31.0)
    data = bake(waver, trim_end=0.5)
    assert data.action.name == "wave"
    assert tuple(data.nla_tracks[0].strips[0].action.frame_range) == (1.0, 16.0)


def test_bake_take_called_again_forgets_the_options_of_the_last_call(waver):
    bake(waver, trim_end=0.5, swap_sides=True)
    assert tuple(bake(waver).action.frame_range) == (1.0, 61.0)


def test_bake_take_with_swapped_sides_mirrors_the_arms(waver, make):
    arms = []
    for swapped in (False, True):
        bake(waver, swap_sides=swapped)
        bones = make.posed(waver, waver.data.objects["Rig"], 40.0)
        arms.append(
            [
                np.array(bones[f"mixamorig:{side}Hand"].head - bones[f"mixamorig:{side}ForeArm"].head)
                for side in ("Left", "Right")
            ]
        )
    np.testing.assert_allclose(arms[1][0], arms[0][1] * [-1.0, 1.0, 1.0], atol=0.02)


def test_bake_take_onto_a_missing_action_is_refused_by_name(waver):
    with pytest.raises(RuntimeError, match='There is no action "Nobody" to add to'):
        bake(waver, layer="additive", onto="Nobody")


def test_bake_take_with_options_overrides_the_panel_for_one_bake(waver, monkeypatch):
    from mimic.addon.bake import requests

    seen = []
    apply_bake = requests.apply_bake
    monkeypatch.setattr(requests, "apply_bake", lambda motion, told: seen.append(told) or apply_bake(motion, told))
    bake(
        waver,
        feet="always",
        smoothing=0.75,
        root="in-place",
        upright=True,
        fingers=False,
        simplify=2.0,
        whole_frames=True,
        upper_body=True,
        solver="analytic",
    )
    bake(waver)
    told, plain = seen
    motion = told.motion_options
    assert (motion.feet, motion.smoothing, motion.root) == ("always", 0.75, "in-place")
    assert (motion.upright, motion.upper_body) == (True, True)
    assert (told.bake_options.fingers, told.bake_options.simplify, told.bake_options.whole_frames) == (False, 2.0, True)
    assert told.solve_options.solver == "analytic"
    assert (plain.motion_options.feet, plain.motion_options.smoothing) == ("off", 0.0)
    assert plain.solve_options.solver == "lifter"


def test_bake_take_of_the_upper_body_leaves_hips_and_legs_at_rest(waver, make):
    bake(waver, upper_body=True, feet="always", root="full")
    bones = make.posed(waver, waver.data.objects["Rig"], 40.0)
    for name in ("Hips", "LeftUpLeg", "RightFoot"):
        np.testing.assert_allclose(np.array(bones[f"mixamorig:{name}"].matrix_basis)[:3, :3], np.eye(3), atol=1e-5)
    assert abs(bones["mixamorig:LeftArm"].rotation_quaternion.w) < 0.999
