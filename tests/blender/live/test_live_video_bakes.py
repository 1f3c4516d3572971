# SPDX-License-Identifier: GPL-3.0-or-later
"""Videos that are baked from Blender: at once from a script, or beside Blender while it is used."""

import threading

import pytest

from mimic.pipeline.takes.take import Take

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("performer_in_numbers")]


def listed(add_on):
    return [entry.name for entry in add_on.context.window_manager.mimic_takes.entries]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "takes"


def view(take):
    return setting(take, "field_of_view")


def setting(take, name):
    with Take.open(take) as opened:
        return opened.info.settings[name]


def test_bake_video_in_a_script_bakes_at_once(add_on, avatar, film):
    assert add_on.ops.mimic.video_bake(filepath=str(film), armature="Avatar", action="Dance") == {"FINISHED"}
    assert avatar.animation_data.action.name == "Dance"
    assert listed(add_on) == ["film"]
    add_on.ops.mimic.video_bake(filepath=str(film), start=0.5, end=1.0)
    assert sorted(listed(add_on)) == ["film", "film 001"]
    first, last = avatar.animation_data.action.frame_range
    assert (last - first) / 24.0 == pytest.approx(0.48, abs=0.1)


def test_bake_video_remembers_the_field_of_view_in_the_take(add_on, avatar, film, folder):
    add_on.ops.mimic.video_bake(filepath=str(film), end=0.3)
    add_on.context.scene.mimic.field_of_view = 70.0
    add_on.ops.mimic.video_bake(filepath=str(film), end=0.3)
    add_on.ops.mimic.video_bake(filepath=str(film), end=0.3, field_of_view=40.0)
    assert [view(folder / f"{name}.take") for name in ("film", "film 001", "film 002")] == [None, 70.0, 40.0]


def test_bake_video_takes_second_look_from_the_panel(add_on, avatar, film, folder):
    add_on.ops.mimic.video_bake(filepath=str(film), end=0.2)
    add_on.context.scene.mimic.second_look = True
    add_on.ops.mimic.video_bake(filepath=str(film), end=0.2)
    assert [setting(folder / f"{name}.take", "second_look") for name in ("film", "film 001")] == [False, True]


def test_bake_video_takes_the_face_setting_from_the_panel(add_on, avatar, film, folder):
    add_on.ops.mimic.video_bake(filepath=str(film), end=0.2)
    add_on.context.scene.mimic.face = False
    add_on.ops.mimic.video_bake(filepath=str(film), end=0.2)
    assert [setting(folder / f"{name}.take", "face") for name in ("film", "film 001")] == [True, False]


def test_bake_take_without_waiting_runs_in_the_background(add_on, avatar, film, until):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.video_bake(filepath=str(film))
    add_on.ops.mimic.take_bake(take="film", action="Later", wait=False)
    assert avatar.animation_data.action.name == "film"
    until(lambda: runtime().jobs.current is None)
    assert avatar.animation_data.action.name == "Later"


def test_bake_video_without_a_usable_video_is_refused_with_a_sentence(add_on, avatar, tmp_path, make_film):
    with pytest.raises(RuntimeError, match="No video"):
        add_on.ops.mimic.video_bake()
    with pytest.raises(RuntimeError, match="no file"):
        add_on.ops.mimic.video_bake(filepath=str(tmp_path / "none.mp4"))
    dark = make_film(tmp_path / "dark.avi", frames=5, shade=0)
    with pytest.raises(RuntimeError, match="No person"):
        add_on.ops.mimic.video_bake(filepath=str(dark))
    assert listed(add_on) == []


@pytest.fixture
def video_job(add_on, avatar, film):
    """A video that is being baked beside Blender, as the panel's button does it."""
    from mimic.addon.runtime import runtime

    assert add_on.ops.mimic.video_bake(filepath=str(film), action="Job", wait=False) == {"FINISHED"}
    return runtime().timer


def test_bake_video_without_waiting_runs_in_the_background(add_on, avatar, video_job, until):
    from mimic.addon.runtime import runtime

    assert add_on.ops.mimic.job_cancel.poll()
    until(lambda: runtime().jobs.current is None)
    assert avatar.animation_data.action.name == "Job"
    assert "Keyed" in runtime().notices.info("bake")
    assert listed(add_on) == ["film"]
    assert not add_on.ops.mimic.job_cancel.poll()


def test_bakes_of_one_video_that_wait_in_a_queue_all_arrive(add_on, avatar, film, until):
    from mimic.addon.runtime import runtime

    for end in (0.22, 0.3, 0.42):
        add_on.ops.mimic.video_bake(filepath=str(film), end=end, wait=False)
    until(lambda: runtime().jobs.current is None)
    assert not runtime().notices.error("bake")
    entries = add_on.context.window_manager.mimic_takes.entries
    assert [entries[name].frames for name in ("film", "film 001", "film 002")] == [6, 8, 11]
    assert len([action for action in add_on.data.actions if action.name.startswith("film")]) == 3


def test_bake_video_when_cancelled_keeps_the_take_and_keys_nothing(  # noqa: PLR0917
    add_on, avatar, performer_in_numbers, request, until, monkeypatch
):
    from mimic.addon.runtime import runtime

    go_on = threading.Event()
    find = performer_in_numbers.process

    def slow(self, frame):
        if frame.index > 10:
            go_on.wait(10.0)
        return find(self, frame)

    monkeypatch.setattr(performer_in_numbers, "process", slow)
    request.getfixturevalue("video_job")
    until(lambda: (runtime().jobs.current.progress.share or 0.0) > 0.1)
    add_on.ops.mimic.job_cancel()
    go_on.set()
    until(lambda: runtime().jobs.current is None)
    assert "Cancelled" in runtime().notices.info("bake")
    assert avatar.animation_data is None
    assert 5 < add_on.context.window_manager.mimic_takes.entries["film"].frames < 50


def test_bake_video_onto_an_armature_deleted_meanwhile_keeps_the_take(add_on, avatar, video_job, until):
    from mimic.addon.runtime import runtime

    add_on.data.objects.remove(avatar)
    until(lambda: runtime().jobs.current is None)
    assert "Avatar" in runtime().notices.error("bake")
    assert listed(add_on) == ["film"]


def test_bake_video_ends_when_another_file_is_opened(add_on, video_job):
    from mimic.addon.runtime import runtime

    add_on.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert runtime().jobs.current is None
    assert video_job.tick() is None
