# SPDX-License-Identifier: GPL-3.0-or-later
"""A motion at other moments passes through its own frames and turns evenly between them."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.retarget.motion.resample import resample


def test_its_own_moments_give_the_same_motion(rigs):
    motion = rigs.motion(1)
    again = resample(motion, motion.time)
    for name in ("rotations", "root", "confidence", "time"):
        np.testing.assert_allclose(getattr(again, name), getattr(motion, name), atol=1e-12)


def test_half_way_is_half_the_turn(rigs):
    motion = rigs.motion(2)
    middle = 0.5 * (motion.time[:-1] + motion.time[1:])
    halves = resample(motion, middle)
    step = rot.angle(rot.multiply(rot.conjugate(motion.rotations[:-1]), motion.rotations[1:]))
    half = rot.angle(rot.multiply(rot.conjugate(motion.rotations[:-1]), halves.rotations))
    np.testing.assert_allclose(half, 0.5 * step, atol=1e-9)
    np.testing.assert_allclose(halves.root, 0.5 * (motion.root[:-1] + motion.root[1:]), atol=1e-12)


def test_it_holds_beyond_its_ends(rigs):
    motion = rigs.motion(3)
    ends = resample(motion, np.array([-1.0, 99.0]))
    np.testing.assert_allclose(ends.rotations, motion.rotations[[0, -1]], atol=1e-12)


def test_unknown_places_stay_unknown_only_around_them(rigs):
    motion = rigs.motion(4)
    root = motion.root.copy()
    root[2] = np.nan
    times = np.array([motion.time[1], 0.5 * (motion.time[1] + motion.time[2]), motion.time[3]])
    found = resample(replace(motion, root=root), times)
    assert np.isfinite(found.root).all(axis=1).tolist() == [True, False, True]


@pytest.mark.parametrize("frames", [1, 2])
def test_very_short_motions(rigs, frames):
    motion = rigs.motion(5, frames=frames)
    found = resample(motion, np.array([0.0, 0.01]))
    assert found.rotations.shape == (2, 52, 4)
    np.testing.assert_allclose(found.rotations[0], motion.rotations[0], atol=1e-12)
