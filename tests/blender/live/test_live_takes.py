# SPDX-License-Identifier: GPL-3.0-or-later
"""Recording, and what can be done with takes afterwards."""

import errno
import json
import sqlite3

import numpy as np
import pytest

from mimic.pipeline.takes.take import Take

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("performer_in_numbers")]


@pytest.fixture
def started(add_on, avatar, film, until):
    from mimic.addon.runtime import runtime

    add_on.context.scene.mimic.mirror = True
    add_on.ops.mimic.session_start(source=str(film))
    running = runtime().session
    until(lambda: running.count > 1)
    return running


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "takes"


def record(add_on, running, until, *, frames=8, **properties):
    add_on.ops.mimic.take_record(**properties)
    until(lambda: running.recording.frames >= frames)
    add_on.ops.mimic.take_record()
    until(lambda: running.worker.recorder.frames is None)


def listed(add_on):
    return [entry.name for entry in add_on.context.window_manager.mimic_takes.entries]


def test_recorded_take_is_listed_and_baked_from_the_playhead_on(add_on, avatar, started, until, folder):
    from mimic.addon.runtime import runtime

    add_on.context.scene.frame_set(30)
    record(add_on, started, until)
    until(lambda: avatar.animation_data is not None and avatar.animation_data.action is not None)
    add_on.ops.mimic.session_stop()
    assert listed(add_on) == ["Take 001"]
    action = avatar.animation_data.action
    assert action.name == "Take 001"
    assert action.frame_range[0] == pytest.approx(30.0)
    assert "Keyed" in runtime().notices.info("bake")
    with Take.open(folder / "Take 001.take") as take:
        assert take.info.complete
        assert take.info.mirrored
        assert take.info.source == "film.avi"
        assert take.frame_count >= 8
        times = [frame.time for frame in take.frames()]
    assert np.all(np.diff(times) > 0.0)
    seconds = action.frame_range[1] - action.frame_range[0]
    assert seconds / 24.0 == pytest.approx(times[-1] - times[0], abs=0.05)


def test_stop_while_recording_closes_and_bakes_the_take(add_on, avatar, started, until):
    add_on.ops.mimic.take_record(take="Wave")
    until(lambda: started.recording.frames >= 5)
    add_on.ops.mimic.session_stop()
    until(lambda: avatar.animation_data is not None and avatar.animation_data.action is not None)
    assert avatar.animation_data.action.name == "Wave"
    assert add_on.context.window_manager.mimic_takes.entries["Wave"].complete


def test_recorded_take_is_baked_though_the_next_session_starts_at_once(add_on, avatar, started, until, film):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.take_record(take="Before")
    until(lambda: started.recording.frames >= 5)
    add_on.ops.mimic.session_stop()
    add_on.ops.mimic.session_start(source=str(film))
    until(lambda: avatar.animation_data is not None and avatar.animation_data.action is not None)
    assert listed(add_on) == ["Before"]
    until(lambda: runtime().sessions.required().count > 2)


def test_recorded_take_stays_when_its_armature_is_deleted(add_on, avatar, started, until):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.take_record(take="Orphan")
    until(lambda: started.recording.frames >= 5)
    add_on.data.objects.remove(avatar)
    until(lambda: runtime().notices.error("bake"))
    assert "Avatar" in runtime().notices.error("bake")
    assert listed(add_on) == ["Orphan"]


def test_record_without_bake_only_lists_the_take(add_on, avatar, started, until):
    record(add_on, started, until, take="Only", bake=False)
    until(lambda: listed(add_on) == ["Only"])
    add_on.ops.mimic.session_stop()
    add_on.ops.mimic.session_wait(seconds=1.0)
    assert avatar.animation_data is None


def test_record_under_an_existing_or_invalid_name_is_refused(add_on, started, until):
    record(add_on, started, until, take="Twice", bake=False)
    until(lambda: listed(add_on) == ["Twice"])
    with pytest.raises(RuntimeError, match="already"):
        add_on.ops.mimic.take_record(take="Twice")
    with pytest.raises(RuntimeError, match="cannot be called"):
        add_on.ops.mimic.take_record(take="a/b")
    assert not started.recording.requested


def test_record_with_a_countdown_waits_and_can_be_cancelled(add_on, started, until):
    add_on.context.scene.mimic.countdown = 1
    add_on.ops.mimic.take_record(bake=False)
    assert 0.0 < started.recording.remaining <= 1.0
    assert started.recording.frames == 0
    add_on.ops.mimic.take_record()
    assert not started.recording.requested
    add_on.ops.mimic.take_record(take="After", bake=False)
    until(lambda: started.recording.frames > 2)
    assert started.recording.remaining == 0.0
    add_on.ops.mimic.take_record()
    until(lambda: listed(add_on) == ["After"])


def test_record_with_the_timeline_ends_at_the_last_frame(add_on, avatar, started, until):
    scene = add_on.context.scene
    scene.mimic.with_timeline = True
    scene.frame_end = 40
    scene.frame_set(25)
    add_on.ops.mimic.take_record(take="Short")
    until(lambda: avatar.animation_data is not None and avatar.animation_data.action is not None)
    first, last = avatar.animation_data.action.frame_range
    assert 25.0 <= first < 30.0
    assert 31.0 < last <= 40.1
    assert not started.recording.requested


def test_record_with_the_timeline_ends_though_the_camera_is_frozen(add_on, avatar, camera, until):
    from mimic.addon.runtime import runtime

    scene = add_on.context.scene
    scene.mimic.with_timeline = True
    scene.frame_end = 36
    add_on.ops.mimic.session_start(source=camera.address)
    until(lambda: runtime().sessions.required().count > 3)
    add_on.ops.mimic.take_record(take="Frozen", bake=False)
    until(lambda: runtime().sessions.required().recording.frames > 2)
    camera.frozen.set()
    until(lambda: listed(add_on) == ["Frozen"])
    camera.frozen.clear()


def test_record_with_a_pause_leaves_a_gap_in_the_take(add_on, started, until, folder):
    add_on.ops.mimic.take_record(take="Gap", bake=False)
    until(lambda: started.recording.frames > 3)
    add_on.ops.mimic.session_pause()
    missed = started.reader.info
    assert missed is not None
    number = started.worker.newest.number
    add_on.ops.mimic.session_wait(seconds=0.5)
    assert started.worker.newest.number <= number + 1
    add_on.ops.mimic.session_pause()
    until(lambda: started.worker.newest.number > number + 4)
    add_on.ops.mimic.take_record()
    until(lambda: listed(add_on) == ["Gap"])
    with Take.open(folder / "Gap.take") as take:
        assert max(np.diff([frame.time for frame in take.frames()])) > 0.3


def test_record_on_a_full_disk_ends_the_take_and_the_session_goes_on(add_on, avatar, started, until, monkeypatch):
    from mimic.addon.runtime import runtime
    from mimic.pipeline.takes.writer import TakeWriter

    add = TakeWriter.add

    def full(writer, frame, others):
        if writer.frame_count >= 5:
            raise writer._write_error(sqlite3.OperationalError("database or disk is full"))
        add(writer, frame, others)

    monkeypatch.setattr(TakeWriter, "add", full)
    add_on.ops.mimic.take_record(take="Full", bake=False)
    until(lambda: runtime().notices.error("record"))
    assert "disk" in runtime().notices.error("record")
    until(lambda: listed(add_on) == ["Full"])
    assert add_on.context.window_manager.mimic_takes.entries["Full"].frames == 5
    number = started.count
    until(lambda: started.count > number + 3)
    assert not started.recording.requested


def test_record_into_an_unwritable_folder_is_refused_with_a_sentence(add_on, started, until, monkeypatch):
    from mimic.addon.runtime import runtime

    monkeypatch.setattr("os.access", lambda *_args: False)
    add_on.ops.mimic.take_record(take="Locked")
    until(lambda: runtime().notices.error("record"))
    assert "permission" in runtime().notices.error("record")
    assert not started.recording.requested


def test_record_into_a_folder_that_cannot_be_made_is_refused(add_on, started, monkeypatch):
    def refuse(*_args, **_more):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    with pytest.raises(RuntimeError, match="Read-only"):
        add_on.ops.mimic.take_record(take="Locked")


def test_list_of_takes_without_permission_shows_an_error_in_the_panel(add_on, monkeypatch):
    from mimic.addon.runtime import runtime
    from mimic.addon.takes import panel as takes_panel

    def refuse(*_args, **_more):
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("pathlib.Path.mkdir", refuse)
    takes_panel._read()
    assert "Permission denied" in runtime().notices.error("takes")
    assert add_on.context.window_manager.mimic_takes.read


def test_list_of_takes_after_reading_is_redrawn(add_on, monkeypatch):
    from mimic.addon.takes import panel as takes_panel

    drawn = []
    monkeypatch.setattr(takes_panel, "redraw", lambda *regions: drawn.extend(regions))
    takes_panel._read()
    assert drawn == ["UI"]


def test_recorded_take_can_be_renamed_exported_baked_again_and_deleted(  # noqa: PLR0917
    add_on, avatar, started, until, folder, tmp_path
):
    record(add_on, started, until, take="One", bake=False)
    until(lambda: listed(add_on) == ["One"])
    add_on.ops.mimic.session_stop()
    assert add_on.ops.mimic.take_rename(take="One", name="Two") == {"FINISHED"}
    assert listed(add_on) == ["Two"]
    with pytest.raises(RuntimeError, match="cannot be called"):
        add_on.ops.mimic.take_rename(take="Two", name="../Three")
    with pytest.raises(RuntimeError, match="no take “One”"):
        add_on.ops.mimic.take_rename(take="One", name="Three")
    out = tmp_path / "two.json"
    add_on.ops.mimic.take_export(take="Two", filepath=str(out))
    with Take.open(folder / "Two.take") as take:
        frames = take.frame_count
    assert len(json.loads(out.read_text())["frames"]) == frames
    with pytest.raises(RuntimeError, match="neither"):
        add_on.ops.mimic.take_export(take="Two", filepath=str(tmp_path / "two.xml"))
    add_on.ops.mimic.take_bake(take="Two", action="Again", start_frame=12.0)
    assert avatar.animation_data.action.name == "Again"
    assert avatar.animation_data.action.frame_range[0] == pytest.approx(12.0)
    add_on.ops.mimic.take_delete(take="Two")
    assert listed(add_on) == []
    assert not list(folder.iterdir())
    assert not add_on.ops.mimic.take_delete.poll()


def test_take_that_was_cut_short_is_listed_as_incomplete_and_recovered(add_on, started, until, folder):
    record(add_on, started, until, take="Cut", bake=False)
    until(lambda: listed(add_on) == ["Cut"])
    with sqlite3.connect(folder / "Cut.take") as database:
        database.execute("UPDATE about SET value = 'false' WHERE name = 'complete'")
    database.close()
    add_on.ops.mimic.takes_refresh()
    assert not add_on.context.window_manager.mimic_takes.entries["Cut"].complete
    assert add_on.ops.mimic.take_recover(take="Cut") == {"FINISHED"}
    assert add_on.context.window_manager.mimic_takes.entries["Cut"].complete


def test_take_being_recorded_is_not_recovered(add_on, started, until):
    add_on.ops.mimic.take_record(take="Now", bake=False)
    until(lambda: started.recording.frames > 2)
    with pytest.raises(RuntimeError, match="being recorded"):
        add_on.ops.mimic.take_recover(take="Now")
    add_on.ops.mimic.take_record()
    until(lambda: listed(add_on) == ["Now"])


def test_damaged_take_is_listed_as_unreadable_and_not_recovered(add_on, folder):
    folder.mkdir()
    (folder / "Broken.take").write_bytes(b"not a take")
    add_on.ops.mimic.takes_refresh()
    entry = add_on.context.window_manager.mimic_takes.entries["Broken"]
    assert not entry.readable
    with pytest.raises(RuntimeError, match="damaged"):
        add_on.ops.mimic.take_recover(take="Broken")


def test_recorded_take_can_be_baked_onto_another_armature(add_on, avatar, started, until, make):
    record(add_on, started, until, take="Shared", bake=False)
    until(lambda: listed(add_on) == ["Shared"])
    add_on.ops.mimic.session_stop()
    other = make.armature(add_on)
    add_on.ops.mimic.take_bake(take="Shared", armature="Rig")
    assert other.animation_data.action.name == "Shared"
    assert avatar.animation_data is None
    with pytest.raises(RuntimeError, match="no armature"):
        add_on.ops.mimic.take_bake(take="Shared", armature="Nobody")


def test_recorded_take_remembers_the_field_of_view(add_on, avatar, film, folder, until):
    from mimic.addon.runtime import runtime

    add_on.context.scene.mimic.field_of_view = 70.0
    add_on.ops.mimic.session_start(source=str(film))
    record(add_on, runtime().session, until, take="Live", bake=False)
    add_on.ops.mimic.session_stop()
    with Take.open(folder / "Live.take") as take:
        assert take.info.settings["field_of_view"] == 70.0


def test_record_before_the_camera_opens_begins_when_frames_come(add_on, avatar, film, until, folder):
    add_on.ops.mimic.session_start(source=str(film))
    add_on.ops.mimic.take_record(take="Early", bake=False)
    from mimic.addon.runtime import runtime

    until(lambda: runtime().session.recording.frames > 2)
    add_on.ops.mimic.session_stop()
    until(lambda: listed(add_on) == ["Early"])
