# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Live panel says of a second camera, always in the same number of rows."""

from types import SimpleNamespace

import pytest

from mimic.pipeline.live.cameras import CamerasState, Stage

from ..test_panels import running


def second_camera(stage="found", *, alone=0, opening=False):
    """A second camera as the panel sees it."""
    return SimpleNamespace(state=CamerasState(Stage(stage), 6.2), alone=alone, opening=opening)


class Rows:
    """A layout that keeps the texts of its labels."""

    def __init__(self):
        self.texts = []

    def column(self, **_how):
        return self

    def label(self, *, text, **_how):
        self.texts.append(text)


def rows(add_on, state, second, **more):
    from mimic.addon.live.panel import _show_state

    assert add_on
    layout, session = Rows(), running(state, **more)
    session.second_camera = second
    _show_state(layout, session)
    return layout.texts


@pytest.mark.parametrize(
    ("said", "how"),
    [
        ("Opening camera 2", {"opening": True}),
        ("Step into view of both cameras", {"stage": "waiting"}),
        ("Move about: 6 s to find cameras", {"stage": "moving"}),
        ("Move about: 6 s to find cameras", {"stage": "failed"}),
        ("Finding the cameras", {"stage": "finding"}),
        ("Both cameras are used", {}),
        ("Camera 1 goes on alone", {"alone": 1}),
        ("Camera 2 goes on alone", {"alone": 2}),
    ],
)
def test_live_panel_says_how_far_both_cameras_are_used(add_on, said, how):
    from mimic.addon.live.session import State

    assert said in rows(add_on, State.RUNNING, second_camera(**how))


def test_live_panel_with_two_cameras_has_always_as_many_rows(add_on):
    from mimic.addon.live.session import State

    counts = {
        len(rows(add_on, state, second_camera(stage), rate=rate))
        for state in State
        for stage in Stage
        for rate in (0.0, 30.0)
    }
    assert counts == {len(rows(add_on, State.RUNNING, None)) + 1}


def test_slow_session_with_two_cameras_is_told_that_a_take_uses_both(add_on):
    from mimic.addon.live.session import State

    said = "Slow: record a take, its bake uses both"
    assert said in rows(add_on, State.RUNNING, second_camera(), rate=3.0, count=100)
    assert said not in rows(add_on, State.RUNNING, second_camera(), rate=12.0, count=100)
    assert said not in rows(add_on, State.RUNNING, None, rate=3.0, count=100)
