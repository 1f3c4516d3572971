# SPDX-License-Identifier: GPL-3.0-or-later
"""A motion at other moments passes through its own frames and turns evenly between them."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.retarget.motion.resample import resample


def test_resample_at_the_motions_own_times_changes_nothing(rigs):
    motion = rigs.motion(1)
    again = resample(motion, motion.time)
    for name in ("rotations", "root", "confidence", "time"):
        np.testing.assert_allclose(getattr(again, name), getattr(motion, name), atol=1e-12)


def test_resample_half_way_gives_half_the_turn(rigs):
    motion = rigs.motion(2)
    middle = 0.5 * (motion.time[:-1] + motion.time[1:])
    halves = resample(motion, middle)
    step = rot.angle(rot.multiply(rot.conjugate(motion.rotations[:-1]), motion.rotations[1:]))
    half = rot.angle(rot.multiply(rot.conjugate(motion.rotations[:-1]), halves.rotations))
    np.testing.assert_allclose(half, 0.5 * step, atol=1e-9)
    np.testing.assert_allclose(halves.root, 0.5 * (motion.root[:-1] + motion.root[1:]), atol=1e-12)


def test_resample_beyond_the_ends_holds_the_end_poses(rigs):
    motion = rigs.motion(3)
    ends = resample(motion, np.array([-1.0, 99.0]))
    np.testing.assert_allclose(ends.rotations, motion.rotations[[0, -1]], atol=1e-12)


def test_resample_around_an_unknown_root_is_unknown_only_there(rigs):
    motion = rigs.motion(4)
    root = motion.root.copy()
    root[2] = np.nan
    times = np.array([motion.time[1], 0.5 * (motion.time[1] + motion.time[2]), motion.time[3]])
    found = resample(replace(motion, root=root), times)
    assert np.isfinite(found.root).all(axis=1).tolist() == [True, False, True]


@pytest.mark.parametrize("frames", [1, 2])
def test_resample_of_one_or_two_frames_keeps_the_first_pose(rigs, frames):
    motion = rigs.motion(5, frames=frames)
    found = resample(motion, np.array([0.0, 0.01]))
    assert found.rotations.shape == (2, 52, 4)
    np.testing.assert_allclose(found.rotations[0], motion.rotations[0], atol=1e-12)
