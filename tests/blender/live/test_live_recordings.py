# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes that follow on each other, or whose file is closed while they are."""

import pytest

from mimic.pipeline.takes.take import Take

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("performer_in_numbers")]


def closed(add_on):
    """Names of the takes that are listed and were closed."""
    return {entry.name for entry in add_on.context.window_manager.mimic_takes.entries if entry.complete}


@pytest.mark.parametrize("names", [("First", "Second"), ("", "")])
def test_record_again_at_once_keeps_both_takes_and_the_third_press_ends_the_second(
    add_on, started, until, tmp_path, names
):
    add_on.ops.mimic.take_record(take=names[0], bake=False)
    until(lambda: started.recording.frames > 3)
    add_on.ops.mimic.take_record()
    add_on.ops.mimic.take_record(take=names[1], bake=False)
    assert started.recording.requested
    until(lambda: len(closed(add_on)) == 1)
    assert started.recording.requested
    until(lambda: started.recording.frames > 3)
    add_on.ops.mimic.take_record()
    assert not started.recording.requested
    expected = {"First", "Second"} if names[0] else {"Take 001", "Take 002"}
    until(lambda: closed(add_on) == expected)
    for name in expected:
        with Take.open(tmp_path / "takes" / f"{name}.take") as take:
            assert take.info.complete
            assert take.frame_count > 3


def test_record_under_the_name_of_a_take_not_yet_made_is_refused(add_on, started):
    add_on.ops.mimic.take_record(take="Twice", bake=False)
    add_on.ops.mimic.take_record()  # before the worker has made its file
    with pytest.raises(RuntimeError, match="already"):
        add_on.ops.mimic.take_record(take="Twice", bake=False)


def test_record_while_a_video_waits_to_be_baked_leaves_its_take_the_name(add_on, started, until, film, tmp_path):
    from mimic.addon.runtime import runtime

    named = film.rename(tmp_path / "Waltz.avi")
    add_on.ops.mimic.video_bake(filepath=str(named), wait=False)
    with pytest.raises(RuntimeError, match="already"):
        add_on.ops.mimic.take_record(take="Waltz", bake=False)
    until(lambda: runtime().jobs.current is None)
    assert closed(add_on) == {"Waltz"}


def test_open_another_file_while_recording_and_start_there_only_lists_the_take(add_on, started, until, film, tmp_path):
    from mimic.addon.runtime import runtime

    add_on.context.scene.mimic.bake_takes = True
    add_on.ops.mimic.take_record(take="Before")
    until(lambda: started.recording.frames > 3)
    add_on.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    add_on.ops.mimic.avatar_add()
    other = add_on.context.object
    add_on.ops.mimic.session_start(source=str(film))
    until(lambda: closed(add_on) == {"Before"})
    until(lambda: runtime().session.count > 3 and runtime().jobs.current is None)
    assert other.name == "Avatar"  # as that of the other file was called
    assert other.animation_data is None
    assert not runtime().notices.error("bake")


def test_open_another_file_while_a_take_is_being_closed_only_lists_the_take(add_on, started, until):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.take_record(take="Before")
    until(lambda: started.recording.frames > 3)
    add_on.ops.mimic.take_record()
    add_on.ops.mimic.session_stop()
    add_on.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    add_on.ops.mimic.avatar_add()
    assert runtime().timer.running  # or nobody would use the take until the next session
    until(lambda: closed(add_on) == {"Before"})
    until(lambda: runtime().timer.tick() is None)
    assert add_on.context.object.animation_data is None
