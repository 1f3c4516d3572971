# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can happen to a session while it runs, or keep it from running."""

import threading

import numpy as np
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("performer_in_numbers")]


def test_session_follows_a_renamed_armature(avatar, started, arm):
    avatar.name = "Someone Else"
    seen = arm.poses(avatar, started, 4)
    assert np.ptp(seen, axis=0).max() > 0.0
    assert started.target.name == "Someone Else"


def test_session_leaves_another_armature_of_the_old_name_alone(add_on, avatar, started, arm):
    avatar.name = "Someone Else"
    add_on.ops.mimic.avatar_add()
    other = add_on.context.object
    assert other.name == "Avatar"
    arm.poses(avatar, started, 4)
    np.testing.assert_array_equal(arm.turn(other), [1.0, 0.0, 0.0, 0.0])


@pytest.mark.parametrize("how", ["operator", "data"])
def test_session_ends_with_a_sentence_when_its_armature_is_deleted(add_on, avatar, started, until, how):
    from mimic.addon.runtime import runtime

    if how == "data":
        add_on.data.objects.remove(avatar)
    else:
        add_on.ops.object.select_all(action="DESELECT")
        avatar.select_set(True)
        add_on.ops.object.delete()
    until(lambda: runtime().session is None)
    assert "deleted" in runtime().notices.error("live")


def test_session_waits_in_edit_mode_and_reads_the_edited_bones(add_on, avatar, started, until):
    from mimic.addon.live.session import State

    add_on.ops.object.mode_set(mode="EDIT")
    until(lambda: started.state is State.EDITING)
    count = started.count
    avatar.data.edit_bones["mixamorig:LeftArm"].roll += 1.0
    avatar.data.edit_bones.new("Hat").tail = (0.0, 0.0, 1.0)
    add_on.ops.object.mode_set(mode="OBJECT")
    until(lambda: started.count > count + 2)
    assert "Hat" in started.target.rig.names
    assert started.state is State.RUNNING


def test_session_ends_with_a_sentence_when_its_armature_loses_its_bones(add_on, avatar, started, until):
    from mimic.addon.runtime import runtime

    add_on.ops.object.mode_set(mode="EDIT")
    bones = avatar.data.edit_bones
    for bone in list(bones)[1:]:
        bones.remove(bone)
    add_on.ops.object.mode_set(mode="OBJECT")
    until(lambda: runtime().session is None)
    assert "Avatar" in runtime().notices.error("live")


def test_session_survives_undo(add_on, avatar, started, arm):
    add_on.ops.ed.undo_push(message="One")
    avatar.location.x = 3.0
    add_on.ops.ed.undo_push(message="Two")
    arm.poses(avatar, started, 2)
    add_on.ops.ed.undo()
    again = add_on.data.objects["Avatar"]
    assert again.location.x == 0.0
    assert np.ptp(arm.poses(again, started, 6), axis=0).max() > 0.0


def test_session_ends_when_its_avatar_is_undone(add_on, until, film):
    from mimic.addon.runtime import runtime

    add_on.ops.ed.undo_push(message="Before")
    add_on.ops.mimic.avatar_add()
    add_on.ops.ed.undo_push(message="Avatar")
    add_on.ops.mimic.session_start(source=str(film))
    until(lambda: runtime().session.count > 2)
    add_on.ops.ed.undo()
    until(lambda: runtime().session is None)
    assert "deleted" in runtime().notices.error("live")


def test_session_ends_when_another_file_is_opened(add_on, avatar, started, until):
    from mimic.addon.runtime import runtime

    add_on.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert runtime().session is None
    assert "file" in runtime().notices.error("live")
    until(lambda: started.worker.task.done)


def test_session_settings_are_saved_and_loaded_with_the_file(  # noqa: PLR0917
    add_on, avatar, started, tmp_path, film, until
):
    from mimic.addon.runtime import runtime

    add_on.context.scene.mimic.upper_body = True
    path = tmp_path / "work.blend"
    add_on.ops.wm.save_as_mainfile(filepath=str(path))
    until(lambda: started.count > 6)
    add_on.ops.wm.open_mainfile(filepath=str(path))
    assert runtime().session is None
    assert add_on.context.scene.mimic.upper_body
    assert add_on.context.scene.mimic.armature.name == "Avatar"
    add_on.ops.mimic.session_start(source=str(film))
    until(lambda: runtime().session.count > 2)


def test_session_moves_a_hidden_armature(add_on, avatar, started, arm):
    avatar.hide_set(True)
    avatar.hide_viewport = True
    assert np.ptp(arm.poses(avatar, started, 6), axis=0).max() > 0.0


def test_session_on_a_linked_armature_is_refused_until_overridden(add_on, avatar, tmp_path, film, until):
    from mimic.addon.runtime import runtime

    path = tmp_path / "library.blend"
    add_on.ops.wm.save_as_mainfile(filepath=str(path))
    add_on.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    with add_on.data.libraries.load(str(path), link=True) as (_source, target):
        target.objects = ["Avatar"]
    linked = add_on.data.objects["Avatar"]
    add_on.context.scene.collection.objects.link(linked)
    with pytest.raises(RuntimeError, match="library override"):
        add_on.ops.mimic.session_start(source=str(film), armature="Avatar")
    assert "library override" in runtime().notices.error("live")
    override = linked.override_hierarchy_create(add_on.context.scene, add_on.context.view_layer)
    override.override_library.is_system_override = False
    add_on.context.scene.mimic.armature = override
    add_on.ops.mimic.session_start(source=str(film))
    until(lambda: runtime().session.count > 2)
    assert not runtime().notices.error("live")


def test_session_without_a_person_has_the_state_nobody(started, monkeypatch, performer_in_numbers, until):
    from mimic.addon.live.session import State
    from mimic.pipeline.landmarks.data import Landmarks

    def see_nobody(_self, frame):
        return Landmarks(frame.time, frame.index, frame.image.shape[1::-1])

    monkeypatch.setattr(performer_in_numbers, "process", see_nobody)
    monkeypatch.setattr("mimic.pipeline.live.worker.BLANK_RANGE", -1)  # the film is grey
    until(lambda: started.state is State.NOBODY)


def test_session_of_a_dark_picture_has_the_state_blank(add_on, avatar, make_film, tmp_path, until):
    from mimic.addon.live.session import State
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.session_start(source=str(make_film(tmp_path / "dark.avi", frames=20, shade=0)))
    until(lambda: runtime().session.count > 2)
    assert runtime().session.state is State.BLANK


def test_session_ends_with_a_sentence_when_its_camera_is_unplugged(add_on, avatar, camera, until):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.session_start(source=camera.address)
    until(lambda: runtime().session.count > 2)
    camera.unplug()
    until(lambda: runtime().session is None)
    assert "stopped sending" in runtime().notices.error("live")


def test_session_goes_on_when_its_camera_changes_resolution(add_on, avatar, camera, until):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.session_start(source=camera.address)
    running = runtime().session
    until(lambda: running.count > 2)
    camera.size = (96, 72)
    number = running.count
    until(lambda: running.count > number + 20)
    assert runtime().session is running


def test_session_goes_on_when_frames_change_their_size(add_on, avatar, monkeypatch, until):
    from mimic.addon.runtime import runtime
    from mimic.pipeline.sources.base import Source, Window

    class Zoom(Source):
        def __init__(self):
            super().__init__(name="zoom", size=(64, 48), fps=30.0, frame_count=None, window=Window(), live=False)

        def _pictures(self):
            for i in range(1000):
                yield np.full((48 + 8 * (i % 3), 64, 3), 128, np.uint8), i / 30.0

        def close(self):
            pass

    monkeypatch.setattr("mimic.pipeline.live.reader.open_source", lambda *_args, **_more: Zoom())
    add_on.ops.mimic.session_start(source="zoom")
    running = runtime().session
    heights = set()
    until(lambda: heights.add(running.worker.picture and len(running.worker.picture.pixels)) or len(heights) > 3)
    assert heights == {None, 48, 56, 64}
    until(lambda: running.count > 2)


def test_session_of_a_missing_camera_shows_an_error_until_the_next_start(add_on, avatar, film, until):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.session_start(source="77")
    until(lambda: runtime().session is None)
    assert "Camera 77" in runtime().notices.error("live")
    add_on.ops.mimic.session_start(source=str(film))
    assert not runtime().notices.error("live")
    until(lambda: runtime().session.count > 2)


def test_session_of_a_video_without_repeat_ends_with_the_video(add_on, avatar, make_film, tmp_path, until):
    from mimic.addon.runtime import runtime

    add_on.context.scene.mimic.repeat = False
    add_on.ops.mimic.session_start(source=str(make_film(tmp_path / "short.avi", frames=5)))
    until(lambda: runtime().session is None)
    assert "end" in runtime().notices.error("live")


def test_start_without_an_armature_or_a_video_is_refused_with_a_sentence(add_on, film):
    from mimic.addon.runtime import runtime

    with pytest.raises(RuntimeError, match="No armature"):
        add_on.ops.mimic.session_start(source=str(film))
    add_on.ops.mimic.avatar_add()
    add_on.context.scene.mimic.source = "FILE"
    with pytest.raises(RuntimeError, match="No video"):
        add_on.ops.mimic.session_start()
    assert "No video" in runtime().notices.error("live")
    add_on.ops.mimic.messages_dismiss()
    assert not runtime().notices.error("live")


def test_session_ends_with_a_sentence_after_a_bug_in_a_thread(add_on, avatar, film, until, monkeypatch):
    from mimic.addon.runtime import runtime

    def broken(*_args):
        raise ZeroDivisionError

    monkeypatch.setattr("mimic.addon.live.pipeline.LivePipeline.pose", broken)
    monkeypatch.setattr(threading, "excepthook", lambda _args: None)
    add_on.ops.mimic.session_start(source=str(film))
    until(lambda: runtime().session is None)
    assert "console" in runtime().notices.error("live")


@pytest.mark.parametrize("library", ["cv2", "onnxruntime"])
def test_session_ends_with_a_sentence_when_a_library_cannot_be_loaded(  # noqa: PLR0917
    add_on, avatar, film, until, monkeypatch, library
):
    from mimic.addon.runtime import runtime
    from mimic.pipeline import libraries

    real = libraries.import_module

    def broken(name):
        if name == library:
            raise ImportError("DLL load failed")
        return real(name)

    def holistic(*_args, **_more):
        libraries.load(libraries.ONNX_RUNTIME)
        raise AssertionError("it was loaded")

    monkeypatch.setattr(libraries, "import_module", broken)
    if library == "onnxruntime":  # the performer made of numbers has no use for it
        monkeypatch.setattr("mimic.pipeline.live.worker.open_people", holistic)
    add_on.ops.mimic.session_start(source=str(film))
    until(lambda: runtime().session is None)
    assert "DLL load failed" in runtime().notices.error("live")
