# SPDX-License-Identifier: GPL-3.0-or-later
"""What chance does to a batch, it does to truth and landmarks alike."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="needs PyTorch (the train extra), which is not installed here")

from mimic.models.body import rotations as rot  # noqa: E402
from mimic.models.body.joints import INDEX  # noqa: E402
from mimic.models.training.pairs import dataset  # noqa: E402
from mimic.models.training.pairs.batches import NO_AUGMENTATION, Augmentation, Batches  # noqa: E402
from mimic.pipeline.solve import axes  # noqa: E402
from mimic.pipeline.solve.lifter.frames import HAND_PLACES, SOLVED, Rest  # noqa: E402

NOWHERE = np.zeros((33, 3))


@pytest.fixture(scope="module")
def data(perfect_pairs, person):
    """Perfect pairs, hands too."""
    body = dataset.trained_body(NOWHERE)
    points = body.landmark_positions(perfect_pairs.rotations, perfect_pairs.root)
    points -= points[:, 23:25].mean(axis=1, keepdims=True)
    hands = points[:, 33:].reshape(-1, 2, 21, 3)
    flat = np.stack([hands[..., 0], -hands[..., 2], hands[..., 1]], axis=-1)
    with_hands = replace(
        perfect_pairs,
        world=axes.from_blender(points[:, :33]),
        hands_world=axes.from_blender(hands),
        hands_image=320.0 + 200.0 * flat,
        hands_presence=np.ones(hands.shape[:2]),
    )
    return dataset.prepare(with_hands, [person], NOWHERE)


def only(data, augmentation, size=96):
    rest = Rest.of(dataset.trained_body(NOWHERE))
    return next(Batches(data, rest).iterate(np.arange(len(data)), size, augmentation, [3]))


def degrees(a, b):
    return np.degrees(rot.angle(rot.from_matrix(np.swapaxes(a.numpy(), -1, -2) @ b.numpy())))


@pytest.mark.parametrize(
    "augmentation",
    [replace(NO_AUGMENTATION, roll=40.0), replace(NO_AUGMENTATION, mirror=1.0), Augmentation(no_hands=0, no_legs=0)],
)
def test_batch_augmentation_turns_truth_and_landmarks_alike(data, augmentation):
    plain, made = only(data, NO_AUGMENTATION), only(data, augmentation)
    before, after = degrees(plain.inputs.base, plain.true), degrees(made.inputs.base, made.true)
    assert np.allclose(np.sort(before, axis=1), np.sort(after, axis=1), atol=0.5)
    before, after = (degrees(b.inputs.fingers, b.true_fingers) for b in (plain, made))
    assert np.allclose(np.sort(before.reshape(96, -1)), np.sort(after.reshape(96, -1)), atol=0.5)
    assert np.allclose(np.linalg.det(made.true.numpy()), 1.0, atol=1e-2)


def test_rolled_batch_has_base_frames_along_the_rolled_landmarks(data):
    """The corrected world landmark of a forearm still points where the base frame does."""
    made = only(data, Augmentation(no_hands=0.0, no_legs=0.0, roll=60.0)).inputs
    moved = made.tokens[..., 8:11]
    arm = SOLVED.index(INDEX["LeftForeArm"])
    along = torch.nn.functional.normalize(moved[:, 15] - moved[:, 13], dim=-1)
    assert torch.allclose(along, made.base[:, arm, :, 1], atol=0.02)


def test_batch_with_hidden_hands_is_at_rest_and_empty_there(data):
    made = only(data, replace(NO_AUGMENTATION, no_hands=1.0))
    assert not made.inputs.hands.any()
    assert not made.inputs.palms.any()
    rest = Rest.of(dataset.trained_body(NOWHERE))
    assert np.allclose(made.inputs.fingers.numpy(), rest.fingers, atol=1e-3)
    rough = torch.from_numpy(data.rough).float()
    assert torch.allclose(made.inputs.base[:, HAND_PLACES], rough, atol=1e-3)


def test_batch_with_hidden_legs_is_at_rest_and_empty_there(data):
    made = only(data, replace(NO_AUGMENTATION, no_legs=1.0))
    rest = Rest.of(dataset.trained_body(NOWHERE))
    leg = SOLVED.index(INDEX["RightLeg"])
    assert np.allclose(made.inputs.base[:, leg].numpy(), rest.frames[leg], atol=1e-3)
    assert not made.inputs.tokens[:, 25:].any()
    assert made.inputs.tokens[:, 11, -1].all()
