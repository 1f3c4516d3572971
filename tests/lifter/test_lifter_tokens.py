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
from mimic.models.lifter.poses import draw
from mimic.pipeline import lifter_tokens as lt
from mimic.pipeline.names import POSE_MIRROR

ANYTHING = st.floats(allow_nan=True, allow_infinity=True, width=64)
BODY = neutral_body()
REST = lt.Rest.of(BODY)
FOCAL, CENTRE = 600.0, np.array([320.0, 240.0])
COUNT = 16
NOTHING = np.zeros((COUNT, 22, 6))


def turns_of(base, correction, rest):
    """Turns (..., k, 3, 3) of corrected frames against frames at rest."""
    return lt.corrected(base, correction) @ np.swapaxes(rest, -1, -2)


def seen_by_camera(rotations):
    """What a network that makes no mistake says of poses of the body, two and a half metres away."""
    points = BODY.landmark_positions(rotations, np.array([0.3, 2.5, 0.1]))
    depth = points[..., 1]
    near = (depth - depth[:, :1]) * FOCAL / 2.5
    flat = np.stack([points[..., 0], -points[..., 2]], axis=-1) * FOCAL / depth[..., None] + CENTRE
    image = np.concatenate([flat, near[..., None]], axis=-1)
    n = len(points)
    return lt.Points(
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
        image=points.image[:, swap] * lt.REFLECT + across,
        world=points.world[:, swap] * lt.REFLECT,
        certainty=points.certainty[:, swap],
        hand_image=points.hand_image[:, ::-1] * lt.REFLECT + across,
        hand_world=points.hand_world[:, ::-1] * lt.REFLECT,
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


def test_rest_is_no_turn_at_all():
    seen = lt.see(seen_by_camera(rot.identity(1, 52)), REST)
    fingers = turns_of(seen.fingers, np.zeros((1, 2, 15, 6)), REST.fingers)
    assert apart(fingers, np.eye(3)).max() < 0.01
    assert apart(turns_of(seen.base, NOTHING[:1], REST.frames), np.eye(3)).max() < 45


def test_without_correction_limbs_point_where_the_landmarks_are(points):
    turns = turns_of(lt.see(points, REST).base, NOTHING, REST.frames)
    for joint, start, end in (("LeftForeArm", 13, 15), ("RightLeg", 26, 28), ("LeftUpLeg", 23, 25)):
        rest = rot.unit(BODY.landmarks[end] - BODY.landmarks[start])
        pointing = turns[:, lt.SOLVED.index(INDEX[joint])] @ rest
        assert np.allclose(pointing, rot.unit(points.world[:, end] - points.world[:, start]), atol=1e-4)


def test_without_correction_palms_are_where_the_hand_shows_them(poses, points):
    turns = turns_of(lt.see(points, REST).base, NOTHING, REST.frames)
    true = rot.to_matrix(BODY.globals(poses))[:, list(lt.SOLVED)]
    # The knuckles of a bent finger move a little on the palm.
    assert apart(turns, true)[:, lt.HAND_PLACES].max() < 5.0


def test_fingers_are_seen_in_the_palm_however_it_is_turned(points):
    turn = rot.to_matrix(rot.from_axis_angle(rot.unit(np.array([1.0, 2.0, -1.0])), 1.3))
    turned = replace(points, hand_world=points.hand_world @ turn.T)
    assert np.allclose(lt.see(points, REST).fingers, lt.see(turned, REST).fingers, atol=1e-5)


def test_a_mirror_shows_the_mirrored_person(points):
    seen, mirror = lt.see(points, REST), lt.see(mirrored(points), REST)
    expected = lt.mirrored_seen(seen, REST)
    for name in ("tokens", "hands", "palms", "base", "fingers", "rough", "place"):
        assert np.allclose(getattr(mirror, name), getattr(expected, name), atol=2e-5), name


def test_without_hands_is_as_if_nobody_had_found_any(points):
    nowhere = np.full_like(points.hand_world, np.nan)
    expected = lt.see(replace(points, hand_world=nowhere), REST)
    found = lt.without_hands(lt.see(points, REST), REST)
    for name in ("tokens", "hands", "palms", "base", "fingers", "hand_found"):
        assert np.allclose(getattr(found, name), getattr(expected, name), atol=1e-6), name


def test_a_mirrored_correction_corrects_the_mirrored_person(points):
    seen = lt.see(points, REST)
    correction = 0.3 * np.random.default_rng(0).normal(size=(COUNT, 22, 6))
    turns = turns_of(seen.base, correction, REST.frames)
    back = lt.mirrored_corrections(correction, REST)
    other = turns_of(lt.mirrored_seen(seen, REST).base, back, REST.frames)
    assert np.allclose(other, turns[:, list(lt.SOLVED_MIRROR)] * lt.REFLECT[:, None] * lt.REFLECT, atol=1e-5)


def test_how_sharp_a_picture_is_does_not_matter(points):
    sharper = replace(
        points,
        image=3.0 * points.image,
        hand_image=3.0 * points.hand_image,
        centre=3.0 * points.centre,
        focal=3.0 * points.focal,
    )
    one, other = lt.see(points, REST), lt.see(sharper, REST)
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
def test_whatever_comes_rotations_are_proper(body, hands, certainty, correction):
    points = lt.Points(
        image=body[..., :3],
        world=body[..., 3:],
        certainty=certainty,
        hand_image=hands[..., :3],
        hand_world=hands[..., 3:],
        hand_presence=certainty[:, :2, 0],
        centre=np.tile(CENTRE, (2, 1)),
        focal=np.full(2, FOCAL),
    )
    seen = lt.see(points, REST)
    for name in ("tokens", "hands", "palms"):
        assert np.isfinite(getattr(seen, name)).all(), name
    found = turns_of(seen.base, correction, REST.frames)
    fingers = turns_of(seen.fingers, np.zeros((2, 2, 15, 6)), REST.fingers)
    for turns in (found, fingers):
        assert np.allclose(turns @ np.swapaxes(turns, -1, -2), np.eye(3), atol=1e-5)
        assert np.allclose(np.linalg.det(turns), 1.0, atol=1e-5)


def test_what_is_missing_is_told_as_missing(points):
    image, hand = points.image.copy(), points.hand_world.copy()
    image[0, 15], hand[0, 1, 3] = np.nan, np.nan
    seen = lt.see(replace(points, image=image, hand_world=hand), REST)
    assert not seen.tokens[0, 15].any()
    assert seen.tokens[0, 14, -1] == 1.0
    assert seen.hand_found[0].tolist() == [True, False]
    assert not seen.hands[0, 1].any()
    assert not seen.palms[0, 1].any()
    assert np.allclose(seen.fingers[0, 1], REST.fingers, atol=1e-6)
    arm = lt.SOLVED.index(INDEX["LeftForeArm"])
    assert np.allclose(seen.base[0, arm], REST.frames[arm], atol=1e-6)


def test_tokens_are_what_they_are_said_to_be(points):
    """Each number again, one landmark at a time."""
    image, hidden = points.image.copy(), 16
    image[:, hidden] = np.inf
    certainty = np.random.default_rng(2).uniform(-0.2, 1.2, points.certainty.shape)
    given = replace(points, image=image, certainty=certainty)
    seen = lt.see(given, REST)
    for n in range(COUNT):
        there = [k for k in range(33) if k != hidden]
        spread = [
            np.sqrt(((values[there] - values[there].mean(axis=0)) ** 2).mean(axis=0).sum())
            for values in (image[n], points.world[n])
        ]
        hips = 0.5 * (image[n, 23] + image[n, 24]), 0.5 * (points.world[n, 23] + points.world[n, 24])
        for k in there:
            token = seen.tokens[n, k]
            assert np.allclose(token[:3], (image[n, k] - hips[0]) / spread[0], atol=1e-5)
            assert np.allclose(token[3:5], (image[n, k, :2] - CENTRE) / FOCAL, atol=1e-5)
            assert np.allclose(token[5:8], (points.world[n, k] - hips[1]) / spread[1], atol=1e-5)
            assert np.allclose(token[11:], [*np.clip(certainty[n, k], 0.0, 1.0), 1.0], atol=1e-6)
        assert not seen.tokens[n, hidden].any()


def test_hands_are_what_they_are_said_to_be(points):
    seen = lt.see(points, REST)
    spread = np.sqrt(points.image.var(axis=1).sum(axis=-1))
    hips = 0.5 * (points.image[:, 23] + points.image[:, 24])
    for n in range(COUNT):
        for side, mirror in enumerate((np.ones(3), lt.REFLECT)):
            image, world = points.hand_image[n, side], points.hand_world[n, side]
            knuckles = world[[5, 9, 13, 17]]
            palm = rot.frame(knuckles.mean(axis=0) - world[0], knuckles[0] - knuckles[3])
            turn = palm @ REST.palms[side].T
            near = (world - world[0]) @ turn * mirror / np.linalg.norm(knuckles - world[0], axis=-1).mean()
            flat = (image - image[0]) / np.sqrt(image[:, :2].var(axis=0).sum())
            flat = np.stack([flat[:, 0], flat[:, 2], -flat[:, 1]], axis=-1) @ turn * mirror
            beside = (image[:, :2] - hips[n, :2]) / spread[n]
            token, told = seen.hands[n, side], seen.palms[n, side]
            assert np.allclose(token[:, :3], near, atol=1e-5)
            assert np.allclose(token[:, 3:6], flat, atol=1e-4)
            assert np.allclose(token[:, 6:9], turn[1] * mirror, atol=1e-5)
            assert np.allclose(token[:, 9:11], beside * mirror[:2], atol=1e-5)
            assert np.allclose(told[:6], [*palm[:, 1], *palm[:, 2]], atol=1e-5)
            assert np.allclose(told[6:10], [*beside[0], *beside[[5, 9, 13, 17]].mean(axis=0)], atol=1e-5)
            assert (token[:, 11:] == 1.0).all()
            assert (told[10:] == 1.0).all()


def test_a_frame_is_seen_the_same_among_others(points):
    image, hand = points.image.copy(), points.hand_image.copy()
    image[::3, 23], image[::4, 5:30], hand[::2, 0], hand[::5, 1] = np.nan, np.nan, np.nan, 7.0
    some = replace(points, image=image, hand_image=hand)
    together = lt.see(some, REST)
    turned = lt.see(lt.Points(**{name: np.asfortranarray(values) for name, values in vars(some).items()}), REST)
    assert all(
        np.allclose(vars(turned)[name], values, atol=1e-6, equal_nan=True) for name, values in vars(together).items()
    )
    for n in range(COUNT):
        one = slice(n, n + 1)
        alone = lt.see(lt.Points(**{name: values[one] for name, values in vars(some).items()}), REST)
        for name, values in vars(alone).items():
            assert np.allclose(values, getattr(together, name)[one], atol=1e-6, equal_nan=True), name


def test_landmarks_in_single_precision_are_seen_as_well(points):
    short = lt.see(lt.Points(**{name: values.astype(np.float32) for name, values in vars(points).items()}), REST)
    for name, values in vars(lt.see(points, REST)).items():
        assert np.allclose(getattr(short, name), values, atol=1e-3), name


def test_a_broken_correction_leaves_its_joint_as_it_was(points):
    base, correction = lt.see(points, REST).base, np.zeros((COUNT, 22, 6))
    correction[0, 3, 2], correction[1, 4] = np.nan, np.inf
    found = lt.corrected(base, correction)
    assert np.array_equal(found[0, 3], base[0, 3])
    assert np.isfinite(found).all()
    assert np.allclose(found[2:], base[2:], atol=1e-5)
