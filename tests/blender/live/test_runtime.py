# SPDX-License-Identifier: GPL-3.0-or-later
"""What Mimic remembers begins with `register` and ends with `unregister`, whatever runs meanwhile and however often."""

import pytest

pytestmark = pytest.mark.usefixtures("performer_in_numbers")


def handlers_of(bpy, timer):
    """Handlers of Mimic's that Blender would call."""
    names = ("load_pre", "frame_change_post")
    return [h for name in names for h in getattr(bpy.app.handlers, name) if getattr(h, "__self__", None) is timer]


def test_runtime_while_mimic_is_not_enabled_is_refused_with_a_sentence(bpy):
    from mimic.addon.errors import NotEnabled
    from mimic.addon.runtime import runtime

    with pytest.raises(NotEnabled, match="enable it"):
        runtime()


def test_disable_while_a_session_runs_ends_session_timer_and_handlers(add_on, avatar, started):
    import mimic
    from mimic.addon.runtime import attached, runtime

    before = runtime()
    assert before.timer.running
    assert len(handlers_of(add_on, before.timer)) == 2
    mimic.unregister()
    try:
        assert attached() is None
        assert before.session is None
        assert started.worker.task.done
        assert started.reader.task.done
        assert not before.timer.running
        assert not handlers_of(add_on, before.timer)
    finally:
        mimic.register()


def test_enable_again_after_a_disable_while_a_session_ran_remembers_nothing_and_runs(
    add_on, avatar, started, film, until
):
    import mimic
    from mimic.addon.runtime import runtime

    runtime().notices.set_error("bake", "Something is wrong.")
    mimic.unregister()
    mimic.register()
    assert runtime().session is None
    assert not runtime().notices.error("bake")
    add_on.ops.mimic.session_start(source=str(film))
    until(lambda: runtime().session.count > 2)


def test_register_twice_while_a_session_runs_ends_the_first_runtime(add_on, avatar, started):
    import mimic
    from mimic.addon.runtime import runtime

    before = runtime()
    mimic.register()
    assert runtime() is not before
    assert started.worker.task.done
    assert not before.timer.running
    assert add_on.ops.mimic.session_start.poll()


def test_unregister_twice_leaves_nothing_registered(bpy):
    import mimic

    mimic.register()
    mimic.unregister()
    mimic.unregister()
    assert not hasattr(bpy.types, "MIMIC_OT_session_start")


def test_register_that_blender_refuses_leaves_nothing_and_can_be_tried_again(bpy, monkeypatch):
    import mimic
    from mimic.addon import translations
    from mimic.addon.runtime import attached

    def refuse():
        raise ValueError("registered already")

    with monkeypatch.context() as patched:
        patched.setattr(translations, "register", refuse)
        with pytest.raises(ValueError, match="registered already"):
            mimic.register()
    assert attached() is None
    assert not hasattr(bpy.types, "MIMIC_OT_session_start")
    assert not hasattr(bpy.types.Scene, "mimic")
    mimic.register()
    mimic.unregister()


def test_list_of_takes_that_was_asked_for_is_not_read_after_a_disable(add_on):
    import mimic
    from mimic.addon.runtime import runtime

    def read():
        pass

    timer = runtime().timer
    timer.soon(read)
    timer.soon(read)
    assert add_on.app.timers.is_registered(read)
    mimic.unregister()
    assert not add_on.app.timers.is_registered(read)
    mimic.register()


def test_method_that_was_asked_for_twice_is_registered_once_and_gone_after_a_disable(add_on):
    import mimic
    from mimic.addon.runtime import runtime

    media, timers = runtime().media, add_on.app.timers
    first, second = media.read, media.read
    runtime().timer.soon(first)
    runtime().timer.soon(second)
    assert [timers.is_registered(each) for each in (first, second)] == [True, False]
    mimic.unregister()
    assert not timers.is_registered(first)
    mimic.register()


def test_list_of_takes_after_enabling_again_is_read_anew(add_on):
    import mimic
    from mimic.addon.takes.properties import is_read, read_takes

    read_takes()
    assert is_read()
    mimic.unregister()
    mimic.register()
    assert not is_read()
