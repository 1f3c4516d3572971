# SPDX-License-Identifier: GPL-3.0-or-later
"""Joints averaged over a window of time."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.pipeline.solve.continuity import averaged

TIME = np.arange(40) / 25.0
SEEN = np.ones((40, 2), dtype=bool)
SURE = np.full((40, 2), 0.2)


def swinging(amplitude=0.6):
    """Frames (40, 2, 3, 3) of two joints that swing once a second."""
    angle = amplitude * np.sin(2 * np.pi * TIME)[:, None] * np.array([1.0, -1.0])
    return rot.to_matrix(rot.from_axis_angle(np.array([0.0, 0.0, 1.0]), angle))


def degrees(a, b):
    return np.degrees(rot.angle(rot.from_matrix(np.swapaxes(a, -1, -2) @ b)))


def shaken(frames, radians, seed=0):
    noise = radians * np.random.default_rng(seed).normal(size=(*frames.shape[:2], 3))
    return frames @ rot.to_matrix(rot.from_vector(noise))


def test_window_average_reduces_noise_and_keeps_motion():
    true = swinging()
    noisy = shaken(true, 0.15)
    calm = averaged(TIME, noisy, SURE, SEEN, seconds=0.07)
    assert degrees(calm, true).mean() < 0.65 * degrees(noisy, true).mean()
    assert degrees(averaged(TIME, true, SURE, SEEN, seconds=0.07), true).mean() < 3.0
    assert np.allclose(np.linalg.det(calm), 1.0)


def test_window_average_weighs_a_frame_of_large_expected_error_less():
    true = swinging()
    wrong, error = true.copy(), SURE.copy()
    wrong[20, 0] = wrong[20, 0] @ rot.to_matrix(rot.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.array(2.0)))
    plain = averaged(TIME, wrong, error, SEEN, seconds=0.07)
    error[20, 0] = 2.0
    told = averaged(TIME, wrong, error, SEEN, seconds=0.07)
    assert degrees(told, true)[20, 0] < 0.5 * degrees(plain, true)[20, 0]


def test_window_average_leaves_unseen_joints_out():
    true, seen = swinging(), SEEN.copy()
    lost = true.copy()
    lost[15:18, 1] = np.eye(3)
    seen[15:18, 1] = False
    found = averaged(TIME, lost, SURE, seen, seconds=0.07)
    assert np.array_equal(found[15:18, 1], lost[15:18, 1])
    assert degrees(found, true)[[14, 18], 1].max() < 10.0


@pytest.mark.parametrize("time", [TIME[:1], np.zeros(5), np.array([0.0, 900.0, 1800.0])])
def test_window_average_of_frames_without_neighbours_changes_nothing(time):
    frames = swinging()[: len(time)]
    found = averaged(time, frames, SURE[: len(time)], SEEN[: len(time)], seconds=0.07)
    if time[-1] > 0.0 or len(time) == 1:
        assert np.allclose(found, frames)
    assert np.isfinite(found).all()
