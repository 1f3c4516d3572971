# SPDX-License-Identifier: GPL-3.0-or-later
"""What the lifter sees, and what its answers become."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mimic.models.body import rotations as rot
from mimic.models.body.model import neutral_body
from mimic.models.lifter import metrics
from mimic.models.lifter.poses import draw
from mimic.pipeline import lifter_tokens as lt

ANYTHING = st.floats(allow_nan=True, allow_infinity=True, width=64)
REST = lt.rest_frames(neutral_body())


def body_points(rotations):
    return neutral_body().landmark_positions(rotations, np.zeros(3))[:, :33]


def test_rest_is_no_turn_at_all():
    base = lt.frames(neutral_body().landmarks[None, :33], REST)
    found = lt.rotations_of(base, np.zeros((1, 22, 6)), rest=REST)
    assert np.allclose(np.abs(found[..., 0]), 1.0, atol=1e-6) or np.degrees(rot.angle(found)).max() < 45


def test_without_correction_limbs_point_where_the_landmarks_are():
    poses = draw(np.random.default_rng(0), 64, captured=rot.identity(1, 52), mixture=(1, 0, 1)).rotations
    points = body_points(poses)
    turns = lt.rotations_of(lt.frames(points, REST), np.zeros((64, 22, 6)), rest=REST)
    for joint, start, end in (("LeftForeArm", 13, 15), ("RightLeg", 26, 28), ("LeftUpLeg", 23, 25)):
        place = lt.SOLVED.index(lt.INDEX[joint])
        rest = neutral_body().landmarks[end] - neutral_body().landmarks[start]
        seen = rot.unit(points[:, end] - points[:, start])
        assert np.allclose(rot.rotate(turns[:, place], rot.unit(rest)), seen, atol=1e-6)


def test_a_mirror_shows_the_mirrored_person():
    poses = draw(np.random.default_rng(1), 16, captured=rot.identity(1, 52), mixture=(1, 0, 1)).rotations
    points = body_points(poses)
    nothing = np.zeros((16, 22, 6))
    straight = lt.rotations_of(lt.frames(points, REST), nothing, rest=REST)
    mirror = lt.rotations_of(lt.frames(lt.mirrored(points), REST), nothing, rest=REST)
    assert metrics.degrees_apart(lt.mirrored_turns(mirror), straight).max() < 1.0


def test_place_and_size_in_the_picture_do_not_matter():
    poses = draw(np.random.default_rng(2), 4, captured=rot.identity(1, 52), mixture=(1, 0, 0)).rotations
    points = body_points(poses)
    sure = np.ones((4, 33))
    one = lt.see(100 * points, points, sure, sure, rest=REST)
    other = lt.see(30 * points + [500.0, 20.0, 0.0], points, sure, sure, rest=REST)
    assert np.allclose(one.tokens, other.tokens, atol=1e-5)


@settings(max_examples=60, deadline=None)
@given(
    arrays(float, (2, 33, 3), elements=ANYTHING),
    arrays(float, (2, 33, 3), elements=ANYTHING),
    arrays(float, (2, 33), elements=ANYTHING),
    arrays(float, (2, 22, 6), elements=ANYTHING),
)
def test_whatever_comes_rotations_are_proper(image, world, certainty, correction):
    seen = lt.see(image, world, certainty, certainty, rest=REST)
    assert np.isfinite(seen.tokens).all()
    found = lt.rotations_of(seen.base, correction, rest=REST)
    assert np.isfinite(found).all()
    assert np.allclose(np.linalg.norm(found, axis=-1), 1.0)


def test_what_is_missing_is_told_as_missing():
    points = body_points(rot.identity(1, 52))
    points[0, 15] = np.nan
    tokens = lt.see(points, points, np.ones((1, 33)), np.ones((1, 33)), rest=REST).tokens
    assert not tokens[0, 15].any()
    assert tokens[0, 14, -1] == 1.0
