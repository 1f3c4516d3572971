# SPDX-License-Identifier: GPL-3.0-or-later
"""The One-Euro filter of rotations."""

import numpy as np

from mimic.models.body import rotations as rot
from mimic.models.body.filter import OneEuroFilter, PlaceFilter, RotationFilter

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


def by_the_book(time, values, *, rest, gain, speed_cutoff, moved):
    """A One-Euro filter of values (n, k), with the low-pass filter's own weight."""
    speed, value, filtered = 0.0, values[0], [values[0]]
    for i in range(1, len(time)):
        elapsed = time[i] - time[i - 1]
        speed += (1.0 - np.exp(-2.0 * np.pi * speed_cutoff * elapsed)) * (
            moved(values[i - 1], values[i]) / elapsed - speed
        )
        cutoff = rest + gain * np.abs(speed)
        value = value + (1.0 - np.exp(-2.0 * np.pi * cutoff * elapsed)) * (values[i] - value)
        filtered.append(value)
    return np.array(filtered)


def test_one_euro_filter_of_values_and_places_equals_the_book():
    rng = np.random.default_rng(2)
    time, values = np.cumsum(rng.uniform(0.005, 0.05, 80)), np.cumsum(rng.normal(size=(80, 3)), axis=0)
    kinds = {OneEuroFilter: lambda a, b: b - a, PlaceFilter: lambda a, b: np.linalg.norm(b - a)}
    for kind, moved in kinds.items():
        made = kind(0.8, 2.5, speed_cutoff=1.5)
        steps = np.diff(time, prepend=time[0])
        found = [made.step(elapsed, value) for elapsed, value in zip(steps, values, strict=True)]
        wanted = by_the_book(time, values, rest=0.8, gain=2.5, speed_cutoff=1.5, moved=moved)
        np.testing.assert_allclose(found, wanted, atol=1e-12)


def test_rotation_filter_about_one_axis_equals_the_filter_of_angles():
    rng = np.random.default_rng(3)
    time, angles = np.cumsum(rng.uniform(0.005, 0.05, 60)), np.cumsum(rng.uniform(0.0, 0.1, 60))
    found = RotationFilter(1.3, 2.2, speed_cutoff=0.9).run(time, turning(np.degrees(angles)))
    wanted = by_the_book(time, angles[:, None], rest=1.3, gain=2.2, speed_cutoff=0.9, moved=lambda a, b: np.abs(b - a))
    np.testing.assert_allclose(2.0 * np.arctan2(found[:, 0, 1], found[:, 0, 0]), wanted[:, 0], atol=1e-9)


def test_one_euro_filter_with_a_larger_unit_counts_speed_for_less():
    time, values = np.arange(40) / 30, np.linspace(0.0, 900.0, 40)[:, None]
    metres, millimetres = OneEuroFilter(0.5, 1.0), OneEuroFilter(0.5, 1.0)
    for elapsed, value in zip(np.diff(time, prepend=0.0), values, strict=True):
        small = metres.step(elapsed, value / 1000.0)
        large = millimetres.step(elapsed, value, unit=1000.0)
        np.testing.assert_allclose(small, large / 1000.0, atol=1e-12)
