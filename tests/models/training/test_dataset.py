# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs made ready to learn from, and where BlazePose's points lie."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX
from mimic.models.body.model import neutral_body
from mimic.models.training.errors import PairsMissing
from mimic.models.training.pairs import dataset, landmark_offsets, pairs
from mimic.pipeline.landmarks.names import POSE_MIRROR
from mimic.pipeline.solve import axes
from mimic.pipeline.solve.lifter.frames import HAND_PLACES, SOLVED, Rest

NONE = np.zeros((33, 3))
CERTAIN = ("LeftForeArm", "RightForeArm", "LeftLeg", "RightLeg", "Head")
# The toes turn the foot's own line by some degrees; shoulders and hips move on the trunk.


def certain():
    return [SOLVED.index(INDEX[name]) for name in CERTAIN]


def off(frames, true):
    """Degrees between the bones of frames."""
    return np.degrees(np.arccos(np.clip((frames.astype(float)[..., 1] * true.astype(float)[..., 1]).sum(-1), -1, 1)))


@pytest.fixture(scope="module")
def as_seen(perfect_pairs):
    """Perfect pairs of a network that knows which way it looks."""
    body = dataset.trained_body(NONE)
    points = body.landmark_positions(perfect_pairs.rotations, perfect_pairs.root)[:, :33]
    return replace(perfect_pairs, world=axes.from_blender(points - points[:, 23:25].mean(axis=1, keepdims=True)))


def with_hands(seen):
    """The same with the hands as they are."""
    points = neutral_body().landmark_positions(seen.rotations, seen.root)[:, 33:].reshape(-1, 2, 21, 3)
    width, height, focal = seen.camera[0]
    depth = points[..., 1]
    image = [0.5 * width + focal * points[..., 0] / depth, 0.5 * height - focal * points[..., 2] / depth]
    image.append((depth - depth[..., :1]) * focal / depth[..., :1])
    world = axes.from_blender(points - points[..., :1, :])
    return replace(
        seen,
        hands_image=np.stack(image, axis=-1),
        hands_world=world + seen.world[:, [15, 16], None],
        hands_presence=np.ones((len(seen), 2)),
    )


def test_prepared_perfect_pairs_need_no_correction(as_seen, person):
    data = dataset.prepare(as_seen, [person], NONE)
    # Half precision tells small angles by 2 degrees.
    assert off(data.base, data.true)[:, certain()].max() < 2.5
    assert np.isfinite(data.true).all()
    assert np.allclose(data.shape, 0.5)


def test_prepared_perfect_hands_need_little_correction(as_seen, person):
    data = dataset.prepare(with_hands(as_seen), [person], NONE)
    assert (data.palms[..., -1] == 1.0).all()
    hands = off(data.base, data.true)[:, HAND_PLACES]
    assert hands.max() < 8.0
    assert off(data.fingers, data.true_fingers).mean() < 3.0


def test_landmark_offsets_of_perfect_pairs_are_recovered(perfect_pairs, person):
    offsets = 0.02 * np.random.default_rng(0).normal(size=(33, 3))
    offsets = 0.5 * (offsets + offsets[list(POSE_MIRROR)] * [-1, 1, 1])
    body = landmark_offsets.with_offsets(neutral_body(), offsets)
    turned, root = perfect_pairs.rotations, perfect_pairs.root
    points = body.landmark_positions(turned, root)[:, :33]
    width, height, focal = perfect_pairs.camera[0]
    u = 0.5 * width + focal * points[..., 0] / points[..., 1]
    v = 0.5 * height - focal * points[..., 2] / points[..., 1]
    seen = replace(perfect_pairs, image=np.stack([u, v, 0.0 * u], axis=-1))
    assert np.allclose(landmark_offsets.measure_offsets(seen, [person]), offsets, atol=2e-3)


def test_true_turns_of_another_body_point_the_bones_alike(perfect_pairs):
    body = neutral_body()
    rest = Rest.of(body)
    turn = rot.to_matrix(rot.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.array(0.3)))
    turns, _ = dataset.true_turns(perfect_pairs.rotations, (turn @ rest.frames)[None], rest)
    plain = rot.to_matrix(body.globals(perfect_pairs.rotations))[:, list(SOLVED)]
    assert np.allclose(turns, plain @ turn, atol=1e-9)


def test_pairs_of_an_empty_folder_are_refused_with_a_sentence(tmp_path):
    with pytest.raises(PairsMissing, match="no pairs"):
        pairs.read(tmp_path)
