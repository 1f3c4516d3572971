# SPDX-License-Identifier: GPL-3.0-or-later
"""Sides that one of two cameras exchanges, counted on views that are made up."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.model import neutral_body
from mimic.models.training.evaluation import camera_sides
from mimic.models.training.evaluation.camera_sides import on_purpose
from mimic.models.training.evaluation.side_scores import injected_states
from mimic.pipeline.solve.cameras.exchanges.exchanged import exchanged_view
from mimic.pipeline.solve.cameras.view import View
from mimic.pipeline.solve.sides.exchange import Exchange
from mimic.pipeline.takes.geometry import CameraGeometry, Clock

from .test_camera_scores import motion_of

COUNT = 120


@pytest.fixture
def views():
    """Twice the same view of somebody who stands."""
    time = np.arange(COUNT) / 30.0
    motion = motion_of(time, np.tile([0.0, 4.0, 0.0], (COUNT, 1)))
    points = neutral_body().landmark_positions(rot.identity(COUNT, 52), motion.root)
    pixels = 700.0 * points[..., [0, 2]] * [1.0, -1.0] / points[..., 1:2]
    view = View(time, pixels, np.ones((COUNT, 75)), motion, (848, 480), 700.0, 0.1)
    return [view, view]


CAMERAS = (CameraGeometry(), CameraGeometry(clock=Clock(offset=1.0)))


def made(*kinds):
    return int(np.isin(injected_states(COUNT), kinds).sum())


def test_exchanges_that_the_others_do_not_settle_are_left(views, monkeypatch):
    monkeypatch.setattr(camera_sides, "settled", lambda own, _cameras: (list(own), []))
    whole, limbs = on_purpose(views, CAMERAS, 0, views[0], np.ones(COUNT, bool))
    assert (whole.exchanged, whole.left, whole.spoilt) == (made(Exchange.WHOLE), made(Exchange.WHOLE), 0)
    assert limbs.exchanged == limbs.left == made(Exchange.ARMS, Exchange.LEGS)


def test_exchanges_that_the_others_settle_are_undone(views, monkeypatch):
    monkeypatch.setattr(camera_sides, "settled", lambda _own, _cameras: (views, []))
    whole, limbs = on_purpose(views, CAMERAS, 0, views[0], np.ones(COUNT, bool))
    assert (whole.left, limbs.left, whole.spoilt) == (0, 0, 0)


def test_frames_that_the_others_exchange_without_reason_are_made_wrong(views, monkeypatch):
    wrong = exchanged_view(views[0], np.full(COUNT, int(Exchange.WHOLE)))
    monkeypatch.setattr(camera_sides, "settled", lambda _own, _cameras: ([wrong, wrong], []))
    whole, _ = on_purpose(views, CAMERAS, 0, views[0], np.ones(COUNT, bool))
    assert whole.spoilt == made(Exchange.NONE)


def test_only_frames_during_which_another_camera_films_can_be_settled(views):
    shared = camera_sides._shared(views, CAMERAS, 0)
    assert not shared[:30].any()
    assert shared[30:].all()
