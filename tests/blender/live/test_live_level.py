# SPDX-License-Identifier: GPL-3.0-or-later
"""Level From Standing: the camera's tilt from someone who stands, live and in a take."""

from unittest.mock import MagicMock

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.pipeline.takes.writer import TakeWriter

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("performer_in_numbers")]

ROLL = np.degrees(0.5)
"""Degrees by which upright people lean to the right in the picture of `tilted_camera`."""


def leaning(armature):
    """Return the angle in degrees between the trunk of a character and the vertical."""
    bones = armature.pose.bones
    trunk = np.array(bones["mixamorig:Neck"].head - bones["mixamorig:Hips"].head)
    trunk = np.array(armature.matrix_world.to_3x3()) @ trunk
    return float(np.degrees(np.arccos(trunk[2] / np.linalg.norm(trunk))))


@pytest.fixture
def level(add_on, started, until):
    """Level the camera of a running session."""

    def press():
        add_on.ops.mimic.camera_level(countdown=0.0)
        until(lambda: started.stance.levelling is None)
        count = started.count
        until(lambda: started.count > count + 2)
        add_on.context.view_layer.update()

    return press


@pytest.mark.usefixtures("tilted_camera")
def test_level_finds_the_roll_of_the_camera_and_sets_the_character_upright(add_on, avatar, started, until, level):
    until(lambda: started.count > 20)
    add_on.context.view_layer.update()
    assert leaning(avatar) > 20.0
    level()
    settings = add_on.context.scene.mimic
    assert settings.camera_roll == pytest.approx(ROLL, abs=4.0)
    assert settings.camera_pitch == pytest.approx(0.0, abs=6.0)
    assert leaning(avatar) < 8.0


@pytest.mark.usefixtures("tilted_camera")
def test_slider_of_the_roll_turns_the_character_of_a_running_session(add_on, avatar, started, until):
    until(lambda: started.count > 10)
    add_on.context.scene.mimic.camera_roll = ROLL
    count = started.count
    until(lambda: started.count > count + 3)
    add_on.context.view_layer.update()
    assert leaning(avatar) < 8.0


@pytest.mark.usefixtures("tilted_camera")
def test_session_comes_upright_slowly_by_itself(add_on, avatar, started, until):
    until(lambda: started.count > 5)
    add_on.context.view_layer.update()
    before = leaning(avatar)

    def risen():
        add_on.context.view_layer.update()
        return before - leaning(avatar)

    until(lambda: risen() > 3.0)
    assert risen() < 10.0


@pytest.mark.usefixtures("tilted_camera")
def test_level_without_correction_of_tilt_turns_it_on(add_on, started, until, level):
    add_on.context.scene.mimic.upright = False
    until(lambda: started.count > 20)
    level()
    assert add_on.context.scene.mimic.upright


@pytest.mark.usefixtures("tilted_camera")
def test_tilt_of_the_scene_is_that_of_the_next_session(add_on, avatar, film, until):
    from mimic.addon.runtime import runtime

    add_on.context.scene.mimic.camera_roll = ROLL
    add_on.ops.mimic.session_start(source=str(film))
    until(lambda: runtime().session.count > 5)
    add_on.context.view_layer.update()
    assert leaning(avatar) < 8.0


def test_level_takes_the_place_of_a_calibration_and_the_other_way_round(add_on, started, until, level):
    settings = add_on.context.scene.mimic
    until(lambda: started.count > 20)
    level()
    assert settings.camera_roll > -90.0
    add_on.ops.mimic.session_calibrate(countdown=0.0)
    until(lambda: started.stance.calibrating is None)
    assert (settings.camera_pitch, settings.camera_roll) == (-90.0, -90.0)
    assert tuple(settings.calibration) != (1.0, 0.0, 0.0, 0.0)
    level()
    assert tuple(settings.calibration) == (1.0, 0.0, 0.0, 0.0)
    assert tuple(started.worker.recorder.turn) == (1.0, 0.0, 0.0, 0.0)


def test_level_without_anybody_says_so_and_changes_nothing(add_on, started, people, until, level):
    from mimic.addon.runtime import runtime

    people.absent.add(0)
    until(lambda: not any(started.shown.in_view))
    for each in started.characters:
        each.pipeline._recent = ()
    level()
    assert "Nobody stood in view" in runtime().notices.error("live")
    assert add_on.context.scene.mimic.camera_pitch == -90.0


@pytest.fixture
def take(add_on, wave):
    """Write a take of someone who stands in front of a camera that is rolled, or who is not there."""
    from mimic.addon.takes.properties import read_takes
    from mimic.addon.takes.store import path_of

    def write(*, person=True):
        path = path_of("Tilted")
        path.parent.mkdir(parents=True, exist_ok=True)
        turn = rot.from_axis_angle([0.0, 1.0, 0.0], 0.5)
        with TakeWriter(path, source="a.mp4", size=(640, 480), fps=25.0) as writer:
            for index in range(40):
                writer.add(wave(index, index / 25.0, (640, 480), angle=0.2, turn=turn, person=person))
        read_takes(choose="Tilted")

    return write


@pytest.mark.usefixtures("avatar")
def test_level_of_a_take_finds_the_roll_of_its_camera(add_on, take, until):
    from mimic.addon.runtime import runtime

    take()
    add_on.ops.mimic.take_level()
    until(lambda: runtime().jobs.current is None)
    assert runtime().notices.error("takes") == ""
    assert add_on.context.scene.mimic.camera_roll == pytest.approx(ROLL, abs=4.0)
    assert "rolled by" in runtime().notices.info("takes")


@pytest.mark.usefixtures("avatar")
def test_level_of_a_take_without_anybody_says_so(add_on, take, until):
    from mimic.addon.runtime import runtime

    take(person=False)
    add_on.ops.mimic.take_level(take="Tilted")
    until(lambda: runtime().jobs.current is None)
    assert 'Nobody stands in the first 30 s of the take "Tilted"' in runtime().notices.error("takes")
    assert add_on.context.scene.mimic.camera_roll == -90.0


def test_tilt_is_automatic_until_it_is_set_and_again_when_it_is_cleared(add_on):
    from mimic.addon.tilt_panel import is_automatic

    settings = add_on.context.scene.mimic
    assert is_automatic(settings)
    add_on.ops.mimic.camera_tilt_set()
    assert (settings.camera_pitch, settings.camera_roll) == (0.0, 0.0)
    settings.camera_roll = 12.0
    add_on.ops.mimic.camera_tilt_set()
    assert settings.camera_roll == 12.0
    assert not is_automatic(settings)
    add_on.ops.mimic.camera_tilt_clear()
    assert (settings.camera_pitch, settings.camera_roll) == (-90.0, -90.0)


def test_panel_draws_sliders_of_the_tilt_only_if_it_is_set(add_on):
    from mimic.addon.tilt_panel import show_tilt

    def drawn():
        layout = MagicMock()
        show_tilt(layout, add_on.context.scene.mimic)
        return [call.args[-1] for call in layout.mock_calls if call[0].endswith(".prop")]

    assert drawn() == []
    add_on.context.scene.mimic.camera_pitch = 10.0
    assert drawn() == ["camera_pitch", "camera_roll"]
