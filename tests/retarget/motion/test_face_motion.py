# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of a motion: smoothed without lag, and through every edit with the body."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSION_INDEX, EXPRESSIONS
from mimic.models.body.model import Body
from mimic.models.body.motion import BodyMotion
from mimic.retarget.motion.edits import swap_sides, trimmed
from mimic.retarget.motion.face_smoothing import smoothed_face
from mimic.retarget.motion.loops import looped, repeated
from mimic.retarget.motion.options import MotionOptions
from mimic.retarget.motion.polish import polish
from mimic.retarget.motion.resample import resample

Still = Callable[[int], BodyMotion]

BLINK = EXPRESSION_INDEX["eyeBlinkLeft"]
JAW = EXPRESSION_INDEX["jawOpen"]
BROW = EXPRESSION_INDEX["browInnerUp"]


def _faced(motion: BodyMotion, curves: dict[int, np.ndarray] | None = None, *, seed: int = 0) -> BodyMotion:
    """The motion with a random face that moves little, and these expressions."""
    random = np.random.default_rng(seed)
    n = len(motion.time)
    expressions = np.clip(random.normal(0.2, 0.02, (n, len(EXPRESSIONS))), 0.0, 1.0)
    for index, curve in (curves or {}).items():
        expressions[:, index] = curve
    return replace(motion, expressions=expressions, eyes=rot.from_vector(random.normal(0.0, 0.02, (n, 2, 3))))


def _bends(curve: np.ndarray) -> float:
    return float(np.abs(np.diff(curve, 2, axis=0)).mean())


def test_smoothed_face_at_rest_keeps_less_than_a_tenth_of_its_trembling(still: Still) -> None:
    noise = np.random.default_rng(1).normal(0.25, 0.03, (300, len(EXPRESSIONS)))
    motion = _faced(still(300), {index: noise[:, index] for index in range(len(EXPRESSIONS))})
    smooth = smoothed_face(motion, 0.5)
    for index, name in enumerate(EXPRESSIONS):
        assert _bends(smooth.expressions[:, index]) < 0.1 * _bends(motion.expressions[:, index]), name
    assert _bends(smooth.eyes) < 0.1 * _bends(motion.eyes)


def test_smoothed_face_at_rest_in_a_grainy_picture_keeps_less_than_a_tenth_of_its_trembling(still: Still) -> None:
    """A pucker of a small noisy face, whose rest is subtracted and the remainder stretched, as measured on a clip."""
    noise = np.clip(np.random.default_rng(1).normal(0.1, 0.12, 300), 0.0, 1.0)
    smooth = smoothed_face(_faced(still(300), {EXPRESSION_INDEX["mouthPucker"]: noise}), 0.5)
    assert _bends(smooth.expressions[:, EXPRESSION_INDEX["mouthPucker"]]) < 0.1 * _bends(noise)


def test_smoothed_speech_keeps_its_height_beside_noise(still: Still) -> None:
    time = still(300).time
    speech = 0.4 - 0.4 * np.cos(2.0 * np.pi * 3.0 * time) + np.random.default_rng(2).normal(0.0, 0.01, 300)
    jaw = smoothed_face(_faced(still(300), {JAW: np.clip(speech, 0.0, 1.0)}), 0.5).expressions[:, JAW]
    assert np.ptp(jaw[30:-30]) > 0.7


def test_smoothed_blink_keeps_its_peak_and_its_moment(still: Still) -> None:
    curve = np.full(120, 0.02)
    curve[58:63] = 0.5, 1.0, 1.0, 0.6, 0.2
    smooth = smoothed_face(_faced(still(120), {BLINK: curve}), 0.5).expressions[:, BLINK]
    assert smooth[59:61].min() > 0.95
    assert np.abs(smooth[:50] - 0.02).max() < 0.02


def test_smoothed_speech_keeps_its_peaks_and_does_not_lag(still: Still) -> None:
    motion = still(150)
    curve = 0.4 * np.sin(2.0 * np.pi * 2.5 * motion.time) ** 2
    smooth = smoothed_face(_faced(motion, {JAW: curve}), 0.5).expressions[:, JAW]
    assert smooth[20:-20].max() > 0.9 * curve.max()
    assert np.corrcoef(smooth[20:-20], curve[20:-20])[0, 1] > 0.99


def test_smoothed_gaze_jumps_when_the_eyes_do(still: Still) -> None:
    motion = _faced(still(90))
    eyes = rot.from_axis_angle([0.0, 0.0, 1.0], np.where(np.arange(90) < 45, -0.2, 0.2))
    smooth = smoothed_face(replace(motion, eyes=np.repeat(eyes[:, None], 2, axis=1)), 0.5).eyes
    assert rot.apart(smooth[[42, 48], 0], eyes[[42, 48]]).max() < 0.03


@pytest.mark.parametrize("smoothness", [0.0, 0.5])
def test_motion_without_a_face_has_none_after_smoothing(still: Still, smoothness: float) -> None:
    smooth = smoothed_face(still(20), smoothness)
    assert np.isnan(smooth.expressions).all()
    assert np.isnan(smooth.eyes).all()


def test_smoothing_leaves_frames_without_a_face_and_smoothness_zero_leaves_all(still: Still) -> None:
    motion = _faced(still(60))
    np.testing.assert_array_equal(smoothed_face(motion, 0.0).expressions, motion.expressions)
    motion.expressions[20:30] = motion.eyes[20:30] = np.nan
    smooth = smoothed_face(motion, 0.5)
    np.testing.assert_array_equal(np.isnan(smooth.expressions), np.isnan(motion.expressions))
    np.testing.assert_array_equal(np.isnan(smooth.eyes), np.isnan(motion.eyes))


@given(seed=st.integers(0, 1000), frames=st.integers(3, 60), blend=st.floats(0.05, 2.0))
def test_looped_face_ends_where_it_begins_within_its_range(still: Still, seed: int, frames: int, blend: float) -> None:
    ramp = np.linspace(0.0, 1.0, frames)
    motion = looped(_faced(still(frames), {JAW: ramp}, seed=seed), blend=blend)
    np.testing.assert_array_equal(motion.expressions[-1], motion.expressions[0])
    assert rot.apart(motion.eyes[-1], motion.eyes[0]).max() < 1e-6
    assert ((motion.expressions >= 0.0) & (motion.expressions <= 1.0)).all()
    np.testing.assert_allclose(np.linalg.norm(motion.eyes, axis=-1), 1.0)


def test_looped_face_keeps_its_middle(still: Still) -> None:
    before = _faced(still(90), {JAW: np.linspace(0.2, 0.8, 90)})
    after = looped(before, blend=0.4)
    np.testing.assert_allclose(after.expressions[20:70], before.expressions[20:70], atol=1e-12)


def test_repeated_loop_repeats_the_face(still: Still) -> None:
    motion = looped(_faced(still(40), {JAW: np.linspace(0.2, 0.8, 40)}), blend=0.3)
    long, once = repeated(motion)
    np.testing.assert_array_equal(long.expressions[once], motion.expressions)
    np.testing.assert_array_equal(long.expressions[: once.start][-39:], motion.expressions[:-1])


@given(seed=st.integers(0, 1000))
def test_swapped_sides_of_a_face_twice_are_the_same_and_once_the_mirror_image(still: Still, seed: int) -> None:
    motion = _faced(still(5), seed=seed)
    once = swap_sides(motion)
    left, right = EXPRESSION_INDEX["mouthSmileLeft"], EXPRESSION_INDEX["mouthSmileRight"]
    np.testing.assert_array_equal(once.expressions[:, left], motion.expressions[:, right])
    ahead = np.array([0.0, -1.0, 0.0])
    seen, other = rot.rotate(motion.eyes, ahead), rot.rotate(once.eyes, ahead)
    np.testing.assert_allclose(other[:, 0], seen[:, 1] * [-1.0, 1.0, 1.0], atol=1e-12)
    twice = swap_sides(once)
    np.testing.assert_array_equal(twice.expressions, motion.expressions)
    np.testing.assert_allclose(twice.eyes, motion.eyes, atol=1e-12)


@given(parts=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=20))
def test_resampled_face_stays_in_its_range_and_meets_its_frames(still: Still, parts: list[float]) -> None:
    motion = _faced(still(12))
    found = resample(motion, np.sort(np.array(parts)) * motion.time[-1])
    assert ((found.expressions >= 0.0) & (found.expressions <= 1.0)).all()
    np.testing.assert_allclose(np.linalg.norm(found.eyes, axis=-1), 1.0)
    again = resample(motion, motion.time)
    np.testing.assert_allclose(again.expressions, motion.expressions, atol=1e-12)
    assert rot.apart(again.eyes, motion.eyes).max() < 1e-6


def test_resampled_face_beside_a_frame_without_one_is_known_at_its_own_frames(still: Still) -> None:
    motion = _faced(still(6))
    motion.expressions[3] = motion.eyes[3] = np.nan
    found = resample(motion, motion.time)
    np.testing.assert_array_equal(np.isnan(found.expressions).any(axis=1), np.arange(6) == 3)
    np.testing.assert_array_equal(np.isnan(found.eyes).any(axis=(1, 2)), np.arange(6) == 3)


def test_trimmed_motion_keeps_the_face_of_its_frames(still: Still) -> None:
    motion = _faced(still(30))
    part = trimmed(motion, 0.2, 0.5)
    np.testing.assert_array_equal(part.expressions, motion.expressions[6:16])
    np.testing.assert_array_equal(part.eyes, motion.eyes[6:16])


@pytest.mark.parametrize("options", [{}, {"loop": "ends"}, {"upper_body": True}, {"swap_sides": True}])
def test_polished_motion_carries_its_face(still: Still, body: Body, options: dict[str, object]) -> None:
    found = polish(_faced(still(45), {JAW: np.full(45, 0.7)}), body, MotionOptions(**options))
    np.testing.assert_allclose(found.expressions[:, JAW], 0.7, atol=1e-6)
    assert np.isfinite(found.eyes).all()


def test_polished_motion_without_a_face_has_none(still: Still, body: Body) -> None:
    for options in (MotionOptions(), MotionOptions(loop="ends", swap_sides=True)):
        found = polish(still(45), body, options)
        assert np.isnan(found.expressions).all()
        assert np.isnan(found.eyes).all()
