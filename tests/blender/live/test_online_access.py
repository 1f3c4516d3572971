# SPDX-License-Identifier: GPL-3.0-or-later
"""Streams from beyond the user's own network are opened only if Blender may go online."""

import pytest

pytestmark = pytest.mark.usefixtures("performer_in_numbers")

FAR = "http://camera.example.com/video"


@pytest.fixture
def offline(monkeypatch):
    """Blender may not go online, whatever this one was started with; returns how to let it."""

    def allow(*, online):
        # `bpy.app` cannot be changed, so that a stand-in says it.
        from types import SimpleNamespace

        monkeypatch.setattr("mimic.addon.online.bpy", SimpleNamespace(app=SimpleNamespace(online_access=online)))

    allow(online=False)
    return allow


@pytest.fixture
def opened(monkeypatch):
    """Addresses that were opened; none is."""
    from mimic.pipeline.errors import CameraUnavailable

    asked = []

    def refuse(spec, **_more):
        asked.append(spec)
        raise CameraUnavailable("It is not there.")

    monkeypatch.setattr("mimic.pipeline.live.reader.open_source", refuse)
    monkeypatch.setattr("mimic.pipeline.sources.open_source", refuse)
    return asked


def test_start_of_a_far_stream_without_online_access_is_refused_and_opens_nothing(add_on, avatar, offline, opened):
    from mimic.addon.runtime import runtime

    with pytest.raises(RuntimeError, match="Allow Online Access"):
        add_on.ops.mimic.session_start(source=FAR)
    assert "camera.example.com" in runtime().notices.error("live")
    add_on.context.scene.mimic.source = "STREAM"
    add_on.context.scene.mimic.address = FAR
    with pytest.raises(RuntimeError, match="Allow Online Access"):
        add_on.ops.mimic.session_start()
    assert runtime().session is None
    assert opened == []


def test_start_of_a_far_stream_with_online_access_opens_the_stream(add_on, avatar, offline, opened, until):
    from mimic.addon.runtime import runtime

    offline(online=True)
    add_on.ops.mimic.session_start(source=FAR)
    until(lambda: runtime().session is None)
    assert opened == [FAR]


def test_start_of_a_stream_of_this_machine_without_online_access_runs(add_on, avatar, offline, camera, until):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.session_start(source=camera.address)
    until(lambda: runtime().session.count > 2)


@pytest.mark.parametrize("wait", [True, False])
def test_bake_of_a_far_stream_without_online_access_is_refused_and_opens_nothing(add_on, avatar, offline, opened, wait):
    from mimic.addon.runtime import runtime

    with pytest.raises(RuntimeError, match="Allow Online Access"):
        add_on.ops.mimic.video_bake(filepath=FAR, wait=wait)
    assert runtime().jobs.current is None
    assert opened == []


@pytest.mark.parametrize("command", ["capture", "bake"])
def test_command_in_blender_on_a_far_stream_without_online_access_is_refused(  # noqa: PLR0917
    add_on, offline, opened, tmp_path, capsys, command
):
    from mimic.addon.registration import run_in_blender

    suffix = {"capture": "take", "bake": "blend"}[command]
    assert run_in_blender([command, FAR, "-o", str(tmp_path / f"out.{suffix}")]) == 2
    assert "Allow Online Access" in capsys.readouterr().err
    assert opened == []
