# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of what a second camera adds."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.model import neutral_body
from mimic.models.training.evaluation.camera_sheet import in_camera

from .test_camera_scores import TURN, filmed_of, motion_of, root_at


def test_a_body_is_shown_as_the_second_camera_sees_it_with_the_hips_where_they_truly_are():
    filmed, moments = filmed_of(), np.array([0.6, 1.0, 1.4])
    time = np.arange(60) / 30.0
    poses, hips = in_camera(motion_of(time, root_at(time) + 0.3), moments, filmed, 1)
    true = filmed.views[1]
    frames = np.abs(filmed.time(1)[:, None] - moments).argmin(axis=0)
    assert hips == pytest.approx(true.root[0, frames])
    assert poses[:, 0] == pytest.approx(np.tile(rot.conjugate(TURN), (3, 1)))


def test_somebody_small_is_as_large_in_the_picture_as_the_neutral_body_farther_away():
    filmed = filmed_of()
    filmed.cameras.rest[0] *= 0.8
    _, hips = in_camera(motion_of(np.zeros(1), np.zeros((1, 3))), np.array([1.0]), filmed, 0)
    assert hips[0] == pytest.approx(root_at(np.array([1.0]))[0] / 0.8, abs=0.02)
    assert neutral_body().rest[0, 2] > 0.8
