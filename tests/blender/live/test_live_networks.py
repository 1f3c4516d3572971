# SPDX-License-Identifier: GPL-3.0-or-later
"""A session with the real networks, and what happens where they are missing."""

import numpy as np
import pytest


@pytest.mark.networks
def test_session_with_real_networks_moves_the_character(add_on, networks, performer, until):
    from mimic.addon.live.session import State
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.avatar_add()
    add_on.context.scene.mimic.model = "lite"
    add_on.ops.mimic.session_start(source=str(performer))
    running = runtime().session
    until(lambda: running.count > 0)
    bones = add_on.context.object.pose.bones
    turns = []
    for _ in range(8):
        number = running.count
        until(lambda number=number: running.count > number)
        turns.append([list(bones[f"mixamorig:{name}"].rotation_quaternion) for name in ("LeftArm", "RightUpLeg")])
    assert running.state is State.RUNNING
    assert np.ptp(turns, axis=0).max() > 0.05
    assert running.worker.picture.pixels.std() > 0.05


def test_session_without_networks_ends_and_says_how_to_fetch(add_on, film, tmp_path, monkeypatch, until):
    from mimic.addon.runtime import runtime

    monkeypatch.setenv("MIMIC_MODELS", str(tmp_path))
    add_on.ops.mimic.avatar_add()
    # A provider that no other test uses: networks that were loaded once stay loaded.
    monkeypatch.setattr("mimic.addon.preferences.provider", lambda: "nowhere")
    add_on.ops.mimic.session_start(source=str(film))
    until(lambda: runtime().session is None)
    assert "models fetch" in runtime().notices.error("live")


@pytest.mark.networks
def test_session_on_a_missing_device_ends_and_names_the_device(add_on, networks, film, monkeypatch, until):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.avatar_add()
    monkeypatch.setattr("mimic.addon.preferences.provider", lambda: "coreml")
    add_on.ops.mimic.session_start(source=str(film))
    until(lambda: runtime().session is None)
    assert "coreml" in runtime().notices.error("live")
