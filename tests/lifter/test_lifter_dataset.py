# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs made ready to learn from, and where BlazePose's points lie."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.model import neutral_body
from mimic.models.errors import PairsMissing
from mimic.models.lifter import conventions, dataset, evaluate, pairs
from mimic.pipeline import lifter_tokens as lt

NONE = np.zeros((33, 3))
CERTAIN = ("LeftForeArm", "RightForeArm", "LeftLeg", "RightLeg", "Head")
# The toes turn the foot's own line by some degrees; shoulders and hips move on the trunk.


def certain():
    return [lt.SOLVED.index(lt.INDEX[name]) for name in CERTAIN]


def off(frames, true):
    """Degrees between the bones of frames."""
    return np.degrees(np.arccos(np.clip((frames[..., 1] * true[..., 1]).sum(-1), -1, 1)))


def test_a_perfect_network_needs_no_correction(perfect_pairs, person):
    data = dataset.prepare(perfect_pairs, [person], NONE)
    rest = lt.rest_frames(dataset.trained_body(NONE))
    assert np.allclose(data.clean_world, data.world, atol=1e-5)
    assert np.allclose(data.clean_image, data.image, atol=1e-3)
    seen = dataset.plain(data, rest)
    assert off(seen.base, data.turns @ rest)[:, certain()].max() < 0.1


@pytest.mark.parametrize("real", [(0.0, 0.0), (1.0, 1.0)])
def test_roll_and_mirror_turn_truth_and_landmarks_alike(perfect_pairs, person, real):
    data = dataset.prepare(perfect_pairs, [person], NONE)
    rest = lt.rest_frames(dataset.trained_body(NONE))
    noise = dataset.Noise(real=real, isotropic=0.0, roll=40.0)
    made = dataset.batch(data, np.random.default_rng(0), noise, rest)
    assert off(made.base, made.frames)[:, certain()].max() < 0.1
    determinants = np.linalg.det(made.frames)
    assert np.allclose(determinants, 1.0, atol=1e-4)


def test_the_ladder_lies_between_clean_and_real(perfect_pairs, person):
    wrong = replace(perfect_pairs, image=perfect_pairs.image + 20.0 * np.random.default_rng(0).normal(size=(96, 33, 3)))
    data = dataset.prepare(wrong, [person], NONE)
    rest = lt.rest_frames(dataset.trained_body(NONE))

    def spread(part):
        noise = dataset.Noise(real=(part, part), isotropic=0.0, roll=0.0)
        tokens = [dataset.batch(d, np.random.default_rng(1), noise, rest).tokens for d in (data, clean)]
        return np.abs(tokens[0] - tokens[1]).mean()

    clean = dataset.prepare(perfect_pairs, [person], NONE)
    assert spread(0.0) < 1e-6
    assert 0.2 * spread(1.0) < spread(0.5) < 0.8 * spread(1.0)


def test_conventions_are_found_again(perfect_pairs, person):
    offsets = 0.02 * np.random.default_rng(0).normal(size=(33, 3))
    offsets = 0.5 * (offsets + offsets[list(lt.POINT_MIRROR)] * [-1, 1, 1])
    body = conventions.corrected(neutral_body(), offsets)
    turned, root = perfect_pairs.rotations, perfect_pairs.root
    points = body.landmark_positions(turned, root)[:, :33]
    width, height, focal = perfect_pairs.camera[0]
    u = 0.5 * width + focal * points[..., 0] / points[..., 1]
    v = 0.5 * height - focal * points[..., 2] / points[..., 1]
    seen = replace(perfect_pairs, image=np.stack([u, v, 0.0 * u], axis=-1))
    assert np.allclose(conventions.measure(seen, [person]), offsets, atol=2e-3)


def test_perfect_landmarks_score_perfectly(perfect_pairs, person):
    test = evaluate.of_pairs(perfect_pairs, [person], NONE)
    ahead = rot.angle(rot.between(test.points.mean(axis=1), np.array([0.0, 1.0, 0.0])))
    assert np.isfinite(ahead).all()
    score = evaluate.raw(replace(test, track=replace(test.track, pose_world=_as_camera_sees(test))))
    assert score.direction < 0.01
    assert score.pa_mpjpe < 0.01
    solved = evaluate.solved(test, evaluate.by_geometry, neutral_body())
    assert solved.turns["limbs"] < 90
    assert not evaluate.worse_limbs(score, solved)
    assert "| raw |" in evaluate.markdown({"made up": {"raw": score}})


def _as_camera_sees(test):
    world = np.zeros((len(test.points), 33, 3))
    world[:, evaluate.metrics.POINTS] = test.points
    return np.stack([world[..., 0], -world[..., 2], world[..., 1]], axis=-1)


def test_a_folder_without_pairs_is_a_sentence(tmp_path):
    with pytest.raises(PairsMissing, match="no pairs"):
        pairs.read(tmp_path)
