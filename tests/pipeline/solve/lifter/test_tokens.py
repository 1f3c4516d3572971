# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lifter sees, and what its answers become."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX
from mimic.models.body.model import neutral_body
from mimic.models.training.poses.poses import draw
from mimic.pipeline.landmarks.names import POSE_MIRROR
from mimic.pipeline.solve.lifter.frames import (
    HAND_PLACES,
    REFLECT,
    SOLVED,
    SOLVED_MIRROR,
    Rest,
    corrected,
    mirrored_corrections,
    turns_of,
)
from mimic.pipeline.solve.lifter.tokens import Points, mirrored_input, tokenize, without_hands

ANYTHING = st.floats(allow_nan=True, allow_infinity=True, width=64)
BODY = neutral_body()
REST = Rest.of(BODY)
FOCAL, CENTRE = 600.0, np.array([320.0, 240.0])
COUNT = 16
NOTHING = np.zeros((COUNT, 22, 6))


def seen_by_camera(rotations):
    """What a network that makes no mistake says of poses of the body, two and a half metres away."""
    points = BODY.landmark_positions(rotations, np.array([0.3, 2.5, 0.1]))
    depth = points[..., 1]
    near = (depth - depth[:, :1]) * FOCAL / 2.5
    flat = np.stack([points[..., 0], -points[..., 2]], axis=-1) * FOCAL / depth[..., None] + CENTRE
    image = np.concatenate([flat, near[..., None]], axis=-1)
    n = len(points)
    return Points(
        image=image[:, :33],
        world=points[:, :33] - points[:, 23:25].mean(axis=1, keepdims=True),
        certainty=np.ones((n, 33, 2)),
        hand_image=image[:, 33:].reshape(n, 2, 21, 3),
        hand_world=points[:, 33:].reshape(n, 2, 21, 3),
        hand_presence=np.ones((n, 2)),
        centre=np.tile(CENTRE, (n, 1)),
        focal=np.full(n, FOCAL),
    )


def mirrored(points):
    """Landmarks as a mirror shows them that stands in the picture's middle."""
    swap, across = list(POSE_MIRROR), np.array([2.0 * CENTRE[0], 0.0, 0.0])
    return replace(
        points,
        image=points.image[:, swap] * REFLECT + across,
        world=points.world[:, swap] * REFLECT,
        certainty=points.certainty[:, swap],
        hand_image=points.hand_image[:, ::-1] * REFLECT + across,
        hand_world=points.hand_world[:, ::-1] * REFLECT,
        hand_presence=points.hand_presence[:, ::-1],
    )


@pytest.fixture(scope="module")
def poses():
    drawn = draw(np.random.default_rng(1), COUNT, captured=rot.identity(1, 52), mixture=(1, 0, 1)).rotations
    yaw = rot.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.linspace(-2.0, 2.0, COUNT))
    drawn[:, 0] = rot.multiply(yaw, drawn[:, 0])
    return drawn


@pytest.fixture(scope="module")
def points(poses):
    return seen_by_camera(poses)


def apart(a, b):
    """Degrees between turns (..., 3, 3)."""
    return np.degrees(rot.angle(rot.from_matrix(np.swapaxes(a, -1, -2) @ b)))


def test_lifter_input_of_the_rest_pose_has_no_turns():
    inputs = tokenize(seen_by_camera(rot.identity(1, 52)), REST)
    fingers = turns_of(inputs.fingers, np.zeros((1, 2, 15, 6)), REST.fingers)
    assert apart(fingers, np.eye(3)).max() < 0.01
    assert apart(turns_of(inputs.base, NOTHING[:1], REST.frames), np.eye(3)).max() < 45


def test_lifter_input_without_correction_has_limbs_along_the_landmarks(points):
    turns = turns_of(tokenize(points, REST).base, NOTHING, REST.frames)
    for joint, start, end in (("LeftForeArm", 13, 15), ("RightLeg", 26, 28), ("LeftUpLeg", 23, 25)):
        rest = rot.unit(BODY.landmarks[end] - BODY.landmarks[start])
        pointing = turns[:, SOLVED.index(INDEX[joint])] @ rest
        assert np.allclose(pointing, rot.unit(points.world[:, end] - points.world[:, start]), atol=1e-4)


def test_lifter_input_without_correction_has_palms_as_in_the_hand_landmarks(poses, points):
    turns = turns_of(tokenize(points, REST).base, NOTHING, REST.frames)
    true = rot.to_matrix(BODY.globals(poses))[:, list(SOLVED)]
    # The knuckles of a bent finger move a little on the palm.
    assert apart(turns, true)[:, HAND_PLACES].max() < 5.0


def test_lifter_input_fingers_are_the_same_for_a_turned_palm(points):
    turn = rot.to_matrix(rot.from_axis_angle(rot.unit(np.array([1.0, 2.0, -1.0])), 1.3))
    turned = replace(points, hand_world=points.hand_world @ turn.T)
    assert np.allclose(tokenize(points, REST).fingers, tokenize(turned, REST).fingers, atol=1e-5)


def test_lifter_input_of_mirrored_points_is_mirrored(points):
    inputs, mirror = tokenize(points, REST), tokenize(mirrored(points), REST)
    expected = mirrored_input(inputs, REST)
    for name in ("tokens", "hands", "palms", "base", "fingers", "rough", "place"):
        assert np.allclose(getattr(mirror, name), getattr(expected, name), atol=2e-5), name


def test_lifter_input_without_hands_equals_that_of_missing_hands(points):
    nowhere = np.full_like(points.hand_world, np.nan)
    expected = tokenize(replace(points, hand_world=nowhere), REST)
    found = without_hands(tokenize(points, REST), REST)
    for name in ("tokens", "hands", "palms", "base", "fingers", "hand_found"):
        assert np.allclose(getattr(found, name), getattr(expected, name), atol=1e-6), name


def test_lifter_correction_mirrored_corrects_the_mirrored_person(points):
    inputs = tokenize(points, REST)
    correction = 0.3 * np.random.default_rng(0).normal(size=(COUNT, 22, 6))
    turns = turns_of(inputs.base, correction, REST.frames)
    back = mirrored_corrections(correction, REST)
    other = turns_of(mirrored_input(inputs, REST).base, back, REST.frames)
    assert np.allclose(other, turns[:, list(SOLVED_MIRROR)] * REFLECT[:, None] * REFLECT, atol=1e-5)


def test_lifter_input_is_the_same_at_a_higher_resolution(points):
    sharper = replace(
        points,
        image=3.0 * points.image,
        hand_image=3.0 * points.hand_image,
        centre=3.0 * points.centre,
        focal=3.0 * points.focal,
    )
    one, other = tokenize(points, REST), tokenize(sharper, REST)
    assert np.allclose(one.tokens, other.tokens, atol=1e-4)
    assert np.allclose(one.hands, other.hands, atol=1e-4)
    assert np.allclose(one.place, other.place, atol=1e-4)


@settings(max_examples=25, deadline=None)
@given(
    arrays(float, (2, 33, 6), elements=ANYTHING),
    arrays(float, (2, 2, 21, 6), elements=ANYTHING),
    arrays(float, (2, 33, 2), elements=ANYTHING),
    arrays(float, (2, 22, 6), elements=ANYTHING),
)
def test_lifter_input_of_any_numbers_gives_proper_rotations(body, hands, certainty, correction):
    points = Points(
        image=body[..., :3],
        world=body[..., 3:],
        certainty=certainty,
        hand_image=hands[..., :3],
        hand_world=hands[..., 3:],
        hand_presence=certainty[:, :2, 0],
        centre=np.tile(CENTRE, (2, 1)),
        focal=np.full(2, FOCAL),
    )
    inputs = tokenize(points, REST)
    for name in ("tokens", "hands", "palms"):
        assert np.isfinite(getattr(inputs, name)).all(), name
    found = turns_of(inputs.base, correction, REST.frames)
    fingers = turns_of(inputs.fingers, np.zeros((2, 2, 15, 6)), REST.fingers)
    for turns in (found, fingers):
        assert np.allclose(turns @ np.swapaxes(turns, -1, -2), np.eye(3), atol=1e-5)
        assert np.allclose(np.linalg.det(turns), 1.0, atol=1e-5)


def test_lifter_input_marks_missing_points_as_missing(points):
    image, hand = points.image.copy(), points.hand_world.copy()
    image[0, 15], hand[0, 1, 3] = np.nan, np.nan
    inputs = tokenize(replace(points, image=image, hand_world=hand), REST)
    assert not inputs.tokens[0, 15].any()
    assert inputs.tokens[0, 14, -1] == 1.0
    assert inputs.hand_found[0].tolist() == [True, False]
    assert not inputs.hands[0, 1].any()
    assert not inputs.palms[0, 1].any()
    assert np.allclose(inputs.fingers[0, 1], REST.fingers, atol=1e-6)
    arm = SOLVED.index(INDEX["LeftForeArm"])
    assert np.allclose(inputs.base[0, arm], REST.frames[arm], atol=1e-6)


def test_lifter_input_tokens_equal_the_documented_numbers(points):
    """Each number again, one landmark at a time."""
    image, hidden = points.image.copy(), 16
    image[:, hidden] = np.inf
    certainty = np.random.default_rng(2).uniform(-0.2, 1.2, points.certainty.shape)
    given = replace(points, image=image, certainty=certainty)
    inputs = tokenize(given, REST)
    for n in range(COUNT):
        there = [k for k in range(33) if k != hidden]
        spread = [
            np.sqrt(((values[there] - values[there].mean(axis=0)) ** 2).mean(axis=0).sum())
            for values in (image[n], points.world[n])
        ]
        hips = 0.5 * (image[n, 23] + image[n, 24]), 0.5 * (points.world[n, 23] + points.world[n, 24])
        for k in there:
            token = inputs.tokens[n, k]
            assert np.allclose(token[:3], (image[n, k] - hips[0]) / spread[0], atol=1e-5)
            assert np.allclose(token[3:5], (image[n, k, :2] - CENTRE) / FOCAL, atol=1e-5)
            assert np.allclose(token[5:8], (points.world[n, k] - hips[1]) / spread[1], atol=1e-5)
            assert np.allclose(token[11:], [*np.clip(certainty[n, k], 0.0, 1.0), 1.0], atol=1e-6)
        assert not inputs.tokens[n, hidden].any()


def test_lifter_input_hands_equal_the_documented_numbers(points):
    inputs = tokenize(points, REST)
    spread = np.sqrt(points.image.var(axis=1).sum(axis=-1))
    hips = 0.5 * (points.image[:, 23] + points.image[:, 24])
    for n in range(COUNT):
        for side, mirror in enumerate((np.ones(3), REFLECT)):
            image, world = points.hand_image[n, side], points.hand_world[n, side]
            knuckles = world[[5, 9, 13, 17]]
            palm = rot.frame(knuckles.mean(axis=0) - world[0], knuckles[0] - knuckles[3])
            turn = palm @ REST.palms[side].T
            near = (world - world[0]) @ turn * mirror / np.linalg.norm(knuckles - world[0], axis=-1).mean()
            flat = (image - image[0]) / np.sqrt(image[:, :2].var(axis=0).sum())
            flat = np.stack([flat[:, 0], flat[:, 2], -flat[:, 1]], axis=-1) @ turn * mirror
            beside = (image[:, :2] - hips[n, :2]) / spread[n]
            token, told = inputs.hands[n, side], inputs.palms[n, side]
            assert np.allclose(token[:, :3], near, atol=1e-5)
            assert np.allclose(token[:, 3:6], flat, atol=1e-4)
            assert np.allclose(token[:, 6:9], turn[1] * mirror, atol=1e-5)
            assert np.allclose(token[:, 9:11], beside * mirror[:2], atol=1e-5)
            assert np.allclose(told[:6], [*palm[:, 1], *palm[:, 2]], atol=1e-5)
            assert np.allclose(told[6:10], [*beside[0], *beside[[5, 9, 13, 17]].mean(axis=0)], atol=1e-5)
            assert (token[:, 11:] == 1.0).all()
            assert (told[10:] == 1.0).all()


def test_lifter_input_of_a_frame_is_the_same_alone_or_among_others(points):
    image, hand = points.image.copy(), points.hand_image.copy()
    image[::3, 23], image[::4, 5:30], hand[::2, 0], hand[::5, 1] = np.nan, np.nan, np.nan, 7.0
    some = replace(points, image=image, hand_image=hand)
    together = tokenize(some, REST)
    turned = tokenize(Points(**{name: np.asfortranarray(values) for name, values in vars(some).items()}), REST)
    assert all(
        np.allclose(vars(turned)[name], values, atol=1e-6, equal_nan=True) for name, values in vars(together).items()
    )
    for n in range(COUNT):
        one = slice(n, n + 1)
        alone = tokenize(Points(**{name: values[one] for name, values in vars(some).items()}), REST)
        for name, values in vars(alone).items():
            assert np.allclose(values, getattr(together, name)[one], atol=1e-6, equal_nan=True), name


def test_lifter_input_of_single_precision_points_is_the_same(points):
    short = tokenize(Points(**{name: values.astype(np.float32) for name, values in vars(points).items()}), REST)
    for name, values in vars(tokenize(points, REST)).items():
        assert np.allclose(getattr(short, name), values, atol=1e-3), name


def test_lifter_correction_that_is_not_finite_leaves_the_joint_unchanged(points):
    base, correction = tokenize(points, REST).base, np.zeros((COUNT, 22, 6))
    correction[0, 3, 2], correction[1, 4] = np.nan, np.inf
    found = corrected(base, correction)
    assert np.array_equal(found[0, 3], base[0, 3])
    assert np.isfinite(found).all()
    assert np.allclose(found[2:], base[2:], atol=1e-5)
