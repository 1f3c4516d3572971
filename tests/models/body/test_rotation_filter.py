# SPDX-License-Identifier: GPL-3.0-or-later
"""The One-Euro filter of rotations."""

import numpy as np

from mimic.models.body import rotations as rot
from mimic.models.body.filter import RotationFilter

X = np.array([1.0, 0.0, 0.0])


def degrees_apart(a, b):
    return np.degrees(rot.angle(rot.multiply(rot.conjugate(a), b)))


def turning(degrees):
    return rot.from_axis_angle(np.broadcast_to(X, (len(degrees), 1, 3)), np.radians(degrees)[:, None])


def test_rotation_filter_of_noise_halves_the_deviation():
    noisy = turning(np.random.default_rng(0).normal(0.0, 3.0, 200))
    calm = RotationFilter(1.0, 0.0).run(np.arange(200) / 30, noisy)
    assert (
        degrees_apart(calm, rot.identity(200, 1))[20:].mean() < 0.5 * degrees_apart(noisy, rot.identity(200, 1)).mean()
    )


def test_rotation_filter_with_larger_beta_follows_quick_motion_closer():
    time, motion = np.arange(60) / 30, turning(np.linspace(0.0, 360.0, 60))
    slow, quick = (RotationFilter(1.0, beta).run(time, motion) for beta in (0.0, 2.0))
    assert degrees_apart(quick, motion)[10:].mean() < 0.5 * degrees_apart(slow, motion)[10:].mean()


def test_rotation_filter_at_another_frame_rate_gives_the_same_motion():
    rise = [RotationFilter(1.0, 0.0) for _ in range(2)]
    coarse = rise[0].run(np.arange(31) / 30, turning(np.r_[0.0, np.full(30, 40.0)]))
    fine = rise[1].run(np.arange(121) / 120, turning(np.r_[0.0, np.full(120, 40.0)]))
    assert degrees_apart(coarse[15], fine[60]).max() < 4.0


def test_rotation_filter_of_flipped_quaternions_gives_the_same_rotations():
    motion = turning(np.linspace(0.0, 90.0, 20))
    flipped = motion * np.where(np.arange(20) % 2, -1.0, 1.0)[:, None, None]
    one, other = (RotationFilter(1.0, 0.1).run(np.arange(20) / 30, m) for m in (motion, flipped))
    assert degrees_apart(one, other).max() < 1e-4


def test_rotation_filter_at_a_repeated_time_returns_the_new_rotation():
    made = RotationFilter(1.0, 0.0)
    first = made.run(np.array([1.0]), turning(np.array([0.0])))
    again = made.run(np.array([1.0]), turning(np.array([50.0])))
    assert degrees_apart(again, turning(np.array([50.0]))).max() < 1e-4
    assert np.isfinite(first).all()
