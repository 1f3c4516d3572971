# SPDX-License-Identifier: GPL-3.0-or-later
"""On macOS a camera is not opened where that would end Blender, and its user is told what to do."""

import plistlib
from types import SimpleNamespace

import pytest


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    """Blender as an application of macOS, started from the Dock: write its Info.plist with `bundle(**entries)`."""
    from mimic.addon.live import mac

    program = tmp_path / "Blender.app" / "Contents" / "MacOS" / "Blender"
    program.parent.mkdir(parents=True)
    monkeypatch.setattr("sys.platform", "darwin")
    monkeypatch.setattr("os.getppid", lambda: 1)
    monkeypatch.setattr(mac, "bpy", SimpleNamespace(app=SimpleNamespace(binary_path=str(program))))
    mac._gives_reason.cache_clear()

    def write(**entries):
        with (program.parent.parent / "Info.plist").open("wb") as file:
            plistlib.dump(entries, file)

    write(CFBundleName="Blender")
    yield write
    mac._gives_reason.cache_clear()


def test_camera_in_a_blender_from_the_dock_is_refused_with_the_command_to_use(add_on, avatar, bundle):
    from mimic.addon.runtime import runtime

    with pytest.raises(RuntimeError, match="when Blender is started from the Dock"):
        add_on.ops.mimic.session_start(source="0")
    assert runtime().session is None
    assert "Contents/MacOS/Blender" in runtime().notices.error("live")
    assert "choose a video" in runtime().notices.error("live")


@pytest.mark.usefixtures("bundle", "performer_in_numbers")
def test_video_in_a_blender_from_the_dock_is_followed(add_on, avatar, film, until):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.session_start(source=str(film))
    until(lambda: runtime().sessions.required().count > 2)


def test_camera_in_a_blender_with_a_usage_description_is_allowed(bpy, bundle):
    from mimic.addon.live import mac

    bundle(NSCameraUsageDescription="To film you")
    assert not mac.camera_forbidden()


def test_camera_in_a_blender_from_a_terminal_is_allowed(bpy, bundle, monkeypatch):
    from mimic.addon.live import mac

    assert mac.camera_forbidden()
    monkeypatch.setattr("os.getppid", lambda: 4711)
    assert not mac.camera_forbidden()
