# SPDX-License-Identifier: GPL-3.0-or-later
"""Several performers with a character each, and the choice of whom to follow."""

from types import SimpleNamespace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.pipeline.takes.take import Take

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("performer_in_numbers")]


@pytest.fixture
def pair(add_on, avatar):
    """Two characters, each with a row in the panel."""
    add_on.ops.mimic.avatar_add()
    other = add_on.context.object
    add_on.context.scene.mimic.armature = avatar
    add_on.ops.mimic.person_add()
    return avatar, other


@pytest.fixture
def together(add_on, pair, film, until):
    """A running session of two performers."""
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.session_start(source=str(film))
    running = runtime().sessions.required()
    until(lambda: running.count > 3)
    return running


def state_lines(running):
    from mimic.addon.live.panel import _people_in_view

    return _people_in_view(running)[0]


def hips(armature):
    return np.array(armature.matrix_world @ armature.pose.bones["mixamorig:Hips"].head)


def test_person_is_added_with_the_selected_armature(add_on, pair):
    settings = add_on.context.scene.mimic
    assert (settings.people, settings.armature_2) == (2, pair[1])


def test_person_is_added_with_an_armature_that_nobody_follows(add_on, avatar):
    add_on.ops.mimic.avatar_add()
    other = add_on.context.object
    add_on.ops.mimic.person_add()
    settings = add_on.context.scene.mimic
    assert {settings.armature, settings.armature_2} == {avatar, other}


def test_person_is_added_without_an_armature_if_there_is_no_other(add_on, avatar):
    add_on.ops.mimic.person_add()
    settings = add_on.context.scene.mimic
    assert (settings.people, settings.armature, settings.armature_2) == (2, avatar, None)


def test_persons_below_a_removed_one_move_up(add_on, pair):
    settings = add_on.context.scene.mimic
    add_on.ops.mimic.avatar_add()
    third = add_on.context.object
    settings.armature = pair[0]  # adding an avatar makes it the first person's
    add_on.ops.mimic.person_add()
    assert settings.armature_3 == third
    add_on.ops.mimic.person_remove(number=2)
    assert (settings.people, settings.armature_2, settings.armature_3) == (2, third, None)


def test_session_of_two_people_moves_both_characters_by_their_own_performer(together, pair, arm, until):
    first, second = ([], [])
    for _ in range(24):
        number = together.count
        until(lambda number=number: together.count > number)
        first.append(arm.turn(pair[0]))
        second.append(arm.turn(pair[1]))
    assert np.ptp(first, axis=0).max() > 0.05
    assert np.ptp(second, axis=0).max() > 0.05
    assert not np.allclose(first, second, atol=0.05)


def test_people_of_a_session_stand_where_they_stand_relative_to_each_other(add_on, together, pair, until):
    until(lambda: together.count > 20)
    add_on.context.view_layer.update()
    apart = hips(pair[1]) - hips(pair[0])
    # One camera sees distances and sizes to a few percent.
    np.testing.assert_allclose(apart[:2], [1.5, 0.0], atol=0.15)


def test_panel_says_how_many_people_are_in_view_and_who_is_not(together, people, until):
    assert state_lines(together) == "2 People in View"
    people.absent.add(1)
    until(lambda: not together.shown.in_view[1])
    assert state_lines(together) == "Person 2 Not in View"


def test_session_goes_on_while_only_the_second_person_is_in_view(together, people, until):
    from mimic.addon.live.session import State

    people.absent.add(0)
    until(lambda: not together.shown.in_view[0])
    assert together.state is State.RUNNING
    assert state_lines(together) == "Person 1 Not in View"


def test_recording_keeps_the_landmarks_of_everybody(add_on, together, until):
    from mimic.addon.takes.store import path_of

    add_on.ops.mimic.take_record(take="Pair", bake=False)
    until(lambda: together.recording.frames > 4)
    add_on.ops.mimic.take_record()
    until(lambda: path_of("Pair").exists() and not together.recording.paths)
    with Take.open(path_of("Pair")) as take:
        assert take.people == (0, 1)
        assert all(frame.pose is not None for frame in take.frames(1))


def test_session_with_one_armature_for_two_people_is_refused(add_on, pair, film):
    from mimic.addon.runtime import runtime

    add_on.context.scene.mimic.armature_2 = pair[0]
    with pytest.raises(RuntimeError, match="One armature cannot follow two people"):
        add_on.ops.mimic.session_start(source=str(film))
    assert runtime().session is None


def test_session_with_a_person_without_an_armature_is_refused(add_on, pair, film):
    add_on.context.scene.mimic.armature_2 = None
    pair[1].select_set(False)
    add_on.ops.mimic.avatar_add()
    add_on.context.object.select_set(False)
    with pytest.raises(RuntimeError, match="Person 2 has no armature"):
        add_on.ops.mimic.session_start(source=str(film))


def test_person_is_removed_between_sessions_only(add_on, together):
    with pytest.raises(RuntimeError, match="Stop the live session"):
        add_on.ops.mimic.person_remove(number=2)
    add_on.ops.mimic.session_stop()
    add_on.ops.mimic.person_remove(number=2)
    assert (add_on.context.scene.mimic.people, add_on.context.scene.mimic.armature_2) == (1, None)


def test_character_in_edit_mode_does_not_stop_the_other_one(add_on, together, pair, arm, until):
    from mimic.addon.live.session import State

    add_on.context.view_layer.objects.active = pair[1]
    add_on.ops.object.mode_set(mode="EDIT")
    until(lambda: together.state is State.EDITING)
    assert np.ptp(arm.poses(pair[0], together), axis=0).max() > 0.05
    add_on.ops.object.mode_set(mode="OBJECT")
    until(lambda: together.state is State.RUNNING)


def test_calibration_turns_and_places_everybody_alike(add_on, together, pair, until):
    add_on.ops.mimic.session_calibrate(countdown=0.0)
    until(lambda: together.stance.calibrating is None)
    first, second = (each.pipeline for each in together.characters)
    np.testing.assert_allclose(first.turn, second.turn)
    assert first.origin is second.origin


def test_people_of_a_session_are_turned_upright_alike_even_if_only_one_showed_the_vertical(add_on, avatar, wave):
    from mimic.addon.live.pipeline import LivePipeline, LiveSettings
    from mimic.addon.live.target import Target

    target = Target(avatar)
    first = LivePipeline(target.rig, target.rig_map, LiveSettings())
    second = LivePipeline(target.rig, target.rig_map, LiveSettings(), beside=first)
    turn = rot.from_axis_angle([0.0, 1.0, 0.0], 0.3)
    for i in range(300):
        seen = [wave(i, i / 25.0, (640, 480), angle=0.2, turn=turn, person=there) for there in (True, i >= 260)]
        poses = [each.pose(landmarks) for each, landmarks in zip((first, second), seen, strict=True)]
    hip = poses[0].bones.index("mixamorig:Hips")
    assert np.degrees(rot.angle(poses[0].rotations[hip])) < 8.0
    apart = rot.multiply(rot.conjugate(poses[0].rotations[hip]), poses[1].rotations[hip])
    assert np.degrees(rot.angle(apart)) < 1.0


def test_person_is_chosen_by_a_place_of_the_picture(add_on, started, people, until):
    until(lambda: started.picture is not None)
    add_on.ops.mimic.person_choose(x=10.0, y=20.0)
    until(lambda: people.chosen)
    assert people.chosen == [(10.0, 20.0)]


def test_person_chosen_outside_the_picture_is_refused(add_on, started, people, until):
    until(lambda: started.picture is not None)
    with pytest.raises(RuntimeError, match="outside the camera's picture of 64 x 48 pixels"):
        add_on.ops.mimic.person_choose(x=100.0, y=20.0)


def test_person_cannot_be_chosen_while_there_is_no_picture(add_on, started):
    add_on.context.scene.mimic.show_preview = False
    with pytest.raises(RuntimeError, match="turn on Preview"):
        add_on.ops.mimic.person_choose(x=10.0, y=20.0)


def window(*, toolbar: int = 0):
    """A window with one 3D viewport of 900 x 600 pixels, 100 pixels from the left and 50 from below."""
    main = SimpleNamespace(type="WINDOW", x=100, y=50, width=900, height=600)
    tools = SimpleNamespace(type="TOOLS", x=100, y=50, width=toolbar, height=600)
    area = SimpleNamespace(type="VIEW_3D", regions=[main, tools])
    return SimpleNamespace(window=SimpleNamespace(screen=SimpleNamespace(areas=[area])))


@pytest.mark.parametrize("toolbar", [0, 40])
@pytest.mark.parametrize(
    ("across", "up", "place"),
    [(0.5, 0.5, (640.0, 360.0)), (0.25, 0.75, (320.0, 180.0)), (0.75, 0.125, (960.0, 630.0)), (1.01, 0.5, None)],
)
def test_place_in_the_window_is_that_of_the_camera_s_frame(add_on, monkeypatch, across, up, place, toolbar):  # noqa: PLR0917
    from mimic.addon.live import preview
    from mimic.pipeline.live.preview import Picture

    monkeypatch.setattr(preview, "_interface_scale", lambda: 1.0)
    picture = Picture(1, (1280, 720), np.zeros((162, 288, 4), np.float32))
    left, low, width, height = preview.place(900, 600, (288, 162), scale=1.0)
    x, y = 100 + toolbar + left + across * width, 50 + low + up * height
    found = preview.place_in_picture(window(toolbar=toolbar), x, y, picture)
    assert found == (None if place is None else pytest.approx(place))


def test_take_of_two_people_is_baked_onto_both_characters(add_on, together, pair, until):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.take_record(take="Both", bake=True)
    until(lambda: together.recording.frames > 6)
    add_on.ops.mimic.take_record()
    until(lambda: all(each.animation_data and each.animation_data.action for each in pair))
    assert runtime().notices.error("bake") == ""
    assert pair[0].animation_data.action != pair[1].animation_data.action


def test_take_in_which_only_the_third_of_three_joined_is_baked_onto_the_third(add_on, pair, people, film, until):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.avatar_add()
    third = add_on.context.object
    add_on.context.scene.mimic.armature = pair[0]
    add_on.ops.mimic.person_add()
    add_on.ops.mimic.session_start(source=str(film))
    running = runtime().sessions.required()
    until(lambda: running.count > 3 and all(running.shown.in_view))
    people.absent.add(1)
    until(lambda: not running.shown.in_view[1])
    add_on.ops.mimic.take_record(take="Without", bake=True)
    until(lambda: running.recording.frames > 6)
    add_on.ops.mimic.take_record()
    until(lambda: third.animation_data is not None and third.animation_data.action is not None)
    assert pair[1].animation_data is None or pair[1].animation_data.action is None
