# SPDX-License-Identifier: GPL-3.0-or-later
"""One pose from two cameras: nearer to the truth than one camera's, and without a jump when one loses the performer."""

import time

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.model import neutral_body
from mimic.pipeline.live.fusing import Fuser

from .pairs import film, geometry, nobody

_SETTLED = 20
"""Frames after which the fit has settled."""


def run(frames):
    """Rotations (n, 52, 4) and hips (n, 3) of frames of both cameras."""
    fuser = Fuser(geometry())
    motions = [fuser.frame((first or second).landmarks.time, (first, second)) for first, second in frames]
    return np.array([each.rotations[0] for each in motions]), np.array([each.root[0] for each in motions])


def apart(rotations, truth):
    """Mean angle in degrees between global rotations of trunk, arms and legs."""
    body, joints = neutral_body(), [0, 3, 5, *range(7, 9), *range(26, 28), *range(44, 47), *range(48, 51)]
    turns = (body.globals(each[_SETTLED:])[:, joints] for each in (rotations, truth))
    return np.degrees(rot.apart(*turns)).mean()


def steps(rotations):
    """The largest angle in degrees by which any joint turns from each frame to the next."""
    turns = neutral_body().globals(rotations)
    return np.degrees(rot.apart(turns[1:], turns[:-1])).max(axis=1)


def test_two_cameras_are_nearer_to_the_truth_than_one():
    filmed = film()
    rotations, root = run(filmed.frames)
    alone = np.array([first.motion.rotations[0] for first, _ in filmed.frames])
    assert apart(rotations, filmed.rotations) < 0.6 * apart(alone, filmed.rotations)
    assert np.linalg.norm(root - filmed.root, axis=1)[_SETTLED:].mean() < 0.04


def test_hips_lie_where_both_cameras_see_them_although_the_lens_of_each_was_guessed_wrong():
    filmed = film()
    _, root = run(filmed.frames)
    alone = np.array([first.motion.root[0] for first, _ in filmed.frames])
    off = [np.abs(each - filmed.root)[_SETTLED:, 1].mean() for each in (root, alone)]
    assert off[0] < 0.05
    assert off[1] > 0.2


@pytest.mark.parametrize("lost", ["no frame", "nobody in view"])
@pytest.mark.parametrize("camera", [0, 1])
def test_camera_that_loses_the_performer_leaves_without_a_jump(camera, lost):
    filmed = film(noise=0.0, skeleton=0.0, wrong=4.0)
    frames = list(filmed.frames)
    for i in range(50, 80):
        pair = list(frames[i])
        pair[camera] = None if lost == "no frame" else nobody(pair[camera])
        frames[i] = tuple(pair)
    usual, (rotations, root) = run(filmed.frames), run(frames)
    # What is added to what happens anyway, as it leaves and returns: at once it would be 30 degrees.
    assert (steps(rotations)[45:90] - steps(usual[0])[45:90]).max() < 10.0
    moves = np.linalg.norm(np.diff(root, axis=0), axis=1) - np.linalg.norm(np.diff(usual[1], axis=0), axis=1)
    assert moves[45:90].max() < 0.05
    assert apart(rotations[50:80], filmed.rotations[50:80]) < 26.0


def test_performer_whom_neither_camera_sees_keeps_the_pose():
    filmed = film(noise=0.0, skeleton=0.0)
    frames = filmed.frames[:40] + [(nobody(first), nobody(second)) for first, second in filmed.frames[40:43]]
    _rotations, root = run(frames)
    assert np.isnan(root[40:]).all()


def test_fuser_before_anybody_was_seen_has_no_pose():
    first, second = film(seconds=1.0).frames[0]
    assert Fuser(geometry()).frame(0.0, (nobody(first), nobody(second))) is None


def test_fit_of_a_frame_takes_a_few_milliseconds():
    filmed = film()
    fuser, costs = Fuser(geometry()), []
    for first, second in filmed.frames:
        began = time.thread_time()
        fuser.frame(first.landmarks.time, (first, second))
        costs.append(time.thread_time() - began)
    assert np.median(costs) < 0.010  # 1.6 ms on a quiet machine
