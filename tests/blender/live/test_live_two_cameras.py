# SPDX-License-Identifier: GPL-3.0-or-later
"""A live session with two cameras: what it says of them, what it does without one, and the take of both."""

import math
import re

import numpy as np
import pytest

from mimic.pipeline.errors import CamerasUnclear
from mimic.pipeline.live.cameras import Finding, Stage
from mimic.pipeline.takes.file import store_cameras
from mimic.pipeline.takes.geometry import CameraGeometry
from mimic.pipeline.takes.take import Take

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("performer_in_numbers", "finds")]

HERE = CameraGeometry(focal=64.0, size=(64, 48))
"""Both cameras: the synthetic performer looks alike in all pictures."""


@pytest.fixture
def side(tmp_path, make_film):
    """What a second camera shows."""
    return make_film(tmp_path / "side.avi", frames=50, shade=90)


@pytest.fixture
def both(film, side):
    """What both cameras show."""
    return film, side


@pytest.fixture
def finds(monkeypatch):
    """How cameras are found, after half a second: as `finds.result` says, or the error that it is."""

    class Finds:
        result = Finding((HERE, HERE), 0.0, "They look from 70 degrees apart.")
        known = None

        def __call__(self, _views, known):
            self.known = known
            if isinstance(self.result, Exception):
                raise self.result
            return self.result

    made = Finds()
    monkeypatch.setattr("mimic.pipeline.live.cameras.find_live", made)
    monkeypatch.setattr("mimic.pipeline.live.cameras.NEEDED", 0.5)
    return made


@pytest.fixture
def start(add_on, avatar, until):
    """Start a session with these sources, and wait for the first poses."""
    from mimic.addon.runtime import runtime

    def begin(first, *further, found=False):
        rows = [{"name": str(each)} for each in further]
        add_on.ops.mimic.session_start(source=str(first), further_sources=rows)
        running = runtime().sessions.required()
        until(lambda: running.count > 3)
        if found:
            until(lambda: running.second_camera.state.stage is Stage.FOUND)
        return running

    assert avatar
    return begin


def line(running):
    from mimic.addon.live.second_camera_panel import line_of

    return line_of(running.second_camera)[0]


def notice(kind="info"):
    from mimic.addon.runtime import runtime

    return getattr(runtime().notices, kind)("live")


def test_session_with_two_cameras_finds_them_and_says_how_good_they_are(start, finds, both, until):
    running = start(*both, found=True)
    until(notice)
    assert line(running) == "Both cameras are used"
    assert notice() == "They look from 70 degrees apart."
    assert finds.known is None


def test_session_with_two_cameras_moves_the_character_and_shows_both_pictures(start, both, arm, avatar):
    running = start(*both, found=True)
    assert np.ptp(arm.poses(avatar, running, 24), axis=0).max() > 0.05
    assert running.picture.share < 1.0


def test_panel_counts_the_seconds_of_moving_about(start, both, until, monkeypatch):
    monkeypatch.setattr("mimic.pipeline.live.cameras.NEEDED", 100.0)
    running = start(*both)
    until(lambda: running.second_camera.state.stage is Stage.MOVING)
    assert re.fullmatch(r"Move about: \d+ s to find cameras", line(running))


def test_session_whose_cameras_cannot_be_found_says_why_and_goes_on_with_the_first(start, finds, both, until):
    finds.result = CamerasUnclear("Nobody moves.")
    running = start(*both)
    until(notice)
    assert notice() == "Nobody moves. Camera 1 is used alone until then."
    count = running.count
    finds.result = Finding((HERE, HERE), 0.0, "Now they are.")
    until(lambda: running.second_camera.state.stage is Stage.FOUND)
    assert running.count > count


def test_cameras_are_found_again_when_asked(add_on, start, finds, both, until):
    start(*both, found=True)
    finds.result = Finding((HERE, HERE), 0.0, "Found again.")
    add_on.ops.mimic.session_cameras()
    until(lambda: notice() == "Found again.")


def test_cameras_cannot_be_found_again_in_a_session_with_one(add_on, start, film):
    start(film)
    assert not add_on.ops.mimic.session_cameras.poll()


def test_session_with_the_same_camera_twice_is_refused(add_on, avatar, film):
    from mimic.addon.runtime import runtime

    assert avatar
    with pytest.raises(RuntimeError, match="Camera 2 is the same as camera 1"):
        add_on.ops.mimic.session_start(source=str(film), further_sources=[{"name": str(film)}])
    assert runtime().session is None


@pytest.mark.usefixtures("avatar")
def test_panels_second_camera_without_a_name_is_refused(add_on, film):
    settings = add_on.context.scene.mimic
    settings.source, settings.filepath = "FILE", str(film)
    settings.further_sources.add()
    with pytest.raises(RuntimeError, match="Camera 2 is not chosen"):
        add_on.ops.mimic.session_start()


@pytest.mark.usefixtures("avatar")
def test_panels_second_camera_is_used_with_its_field_of_view_and_a_script_names_its_own(add_on, film, side, until):
    from mimic.addon.runtime import runtime

    settings = add_on.context.scene.mimic
    settings.source, settings.filepath = "FILE", str(film)
    row = settings.further_sources.add()
    row.filepath, row.field_of_view = str(side), 55.0
    add_on.ops.mimic.session_start()
    running = runtime().sessions.required()
    assert running.settings.second == str(side)
    assert running.settings.live.second_field_of_view == pytest.approx(55.0)
    until(lambda: running.count > 3)
    add_on.ops.mimic.session_stop()
    add_on.ops.mimic.session_start(source=str(film))
    assert runtime().sessions.required().second_camera is None


def test_second_camera_that_is_missing_is_told_of_and_the_first_goes_on(start, film, until):
    running = start(film, "no such camera")
    until(lambda: notice("error"))
    assert "no such camera" in notice("error")
    assert notice("error").endswith("Camera 1 goes on alone.")
    assert line(running) == "Camera 1 goes on alone"
    count = running.count
    until(lambda: running.count > count + 3)


def test_second_camera_that_is_unplugged_leaves_the_first(start, film, camera, until):
    running = start(film, camera.address, found=True)
    camera.unplug()
    until(lambda: notice("error"))
    assert "stopped sending pictures" in notice("error")
    assert line(running) == "Camera 1 goes on alone"
    count = running.count
    until(lambda: running.count > count + 3)


def test_first_camera_that_is_unplugged_leaves_the_second_once_the_cameras_are_known(start, film, camera, until):
    running = start(camera.address, film, found=True)
    camera.unplug()
    until(lambda: notice("error"))
    assert line(running) == "Camera 2 goes on alone"
    count = running.count
    until(lambda: running.count > count + 3)
    assert running.shown.in_view == (True,)


def test_first_camera_that_is_unplugged_before_the_cameras_are_known_ends_the_session(
    start, film, camera, until, monkeypatch
):
    from mimic.addon.runtime import runtime

    monkeypatch.setattr("mimic.pipeline.live.cameras.NEEDED", 100.0)
    start(camera.address, film)
    camera.unplug()
    until(lambda: runtime().session is None)
    assert "stopped sending pictures" in notice("error")


def test_cameras_of_different_sizes_and_rates_are_used_together(start, film, camera):
    camera.size = (96, 128)
    running = start(film, camera.address, found=True)
    info = running.reader.info
    assert (info.size, info.beside.size) == ((64, 48), (96, 128))


@pytest.fixture
def recorded(add_on, start, both, until):
    """The file of a take of both cameras, recorded once they were known."""
    from mimic.addon.takes.store import path_of

    running = start(*both, found=True)
    add_on.ops.mimic.take_record(take="Both", bake=False)
    until(lambda: running.recording.frames > 8)
    add_on.ops.mimic.take_record()
    until(lambda: path_of("Both").exists() and not running.recording.paths)
    add_on.ops.mimic.session_stop()
    return path_of("Both")


def test_take_of_two_cameras_is_recorded_with_both_and_with_where_they_stood(recorded):
    with Take.open(recorded) as take:
        assert take.info.complete
        assert take.camera_count == 2
        assert take.camera(1).frame_count > 3
        assert [each.focal for each in take.info.cameras] == [64.0, 64.0]


def test_cameras_of_a_take_are_used_at_once(add_on, recorded, start, both):
    add_on.context.scene.mimic.cameras = recorded.stem
    running = start(*both)
    assert running.second_camera.state.stage is Stage.FOUND
    assert running.settings.cameras[1].focal == 64.0


def test_take_that_does_not_say_where_cameras_stood_is_refused(add_on, recorded, film, side):
    store_cameras(recorded, ())
    add_on.context.scene.mimic.cameras = recorded.stem
    with pytest.raises(RuntimeError, match="does not say where two cameras stood"):
        add_on.ops.mimic.session_start(source=str(film), further_sources=[{"name": str(side)}])


def test_click_on_the_second_cameras_picture_chooses_nobody(monkeypatch):
    from types import SimpleNamespace

    from mimic.addon.live import preview
    from mimic.pipeline.live.preview import Picture

    picture = Picture(1, (1280, 720), np.zeros((162, 576, 4), np.float32), share=0.5)
    region = SimpleNamespace(type="WINDOW", x=0, y=0, width=2400, height=1200)
    area = SimpleNamespace(type="VIEW_3D", regions=[region])
    context = SimpleNamespace(window=SimpleNamespace(screen=SimpleNamespace(areas=[area])))
    monkeypatch.setattr(preview, "_interface_scale", lambda: 1.0)
    left, low, width, height = preview.place(2400, 1200, (576, 162), scale=1.0, share=0.5)
    assert width == 2 * preview.WIDTH
    place = preview.place_in_picture(context, left + 0.25 * width, low + 0.5 * height, picture)
    assert place is not None
    assert all(math.isclose(a, b, abs_tol=4.0) for a, b in zip(place, (640.0, 360.0), strict=True))
    assert preview.place_in_picture(context, left + 0.75 * width, low + 0.5 * height, picture) is None
