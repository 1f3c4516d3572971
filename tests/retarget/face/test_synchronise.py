# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of another take: found by the motion of the head, to a fraction of a frame, or refused with a sentence."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSION_INDEX, EXPRESSIONS
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.motion import BodyMotion
from mimic.retarget.errors import FacesApart
from mimic.retarget.face.synchronise import FADE, add_face, head_offset

JAW = EXPRESSION_INDEX["jawOpen"]


def filmed(start, seconds, *, fps=30.0, seed=0, noise=0.5, camera=0.0, swing=15.0, shoot=1):
    """A performance seen by one camera from `start` on, by its own clock: a head that turns, and a jaw that moves.

    Args:
        start: seconds of the performance at which the camera starts.
        seconds: how long it runs.
        fps: its rate.
        seed: of the performance.
        noise: degrees of the detection.
        camera: degrees by which it is turned about the vertical.
        swing: degrees by which the head turns.
        shoot: of the noise.
    """
    time = np.arange(round(seconds * fps)) / fps
    when = time + start
    rng = np.random.default_rng(seed)
    rates, phases = rng.uniform(0.3, 1.7, size=(3, 5)), rng.uniform(0.0, 6.0, size=(3, 5))
    turns = np.sin(2.0 * np.pi * rates * when[:, None, None] + phases).sum(axis=-1) / 2.2
    turns = np.radians(swing) * turns
    turns += np.radians(noise) * np.random.default_rng(shoot).normal(size=turns.shape)
    rotations = np.tile(rot.identity(), (len(time), len(JOINTS), 1))
    rotations[:, INDEX["Head"]] = rot.from_vector(turns)
    rotations[:, INDEX["Hips"]] = rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(camera))
    expressions = np.zeros((len(time), len(EXPRESSIONS)))
    expressions[:, JAW] = 0.5 + 0.5 * np.sin(2.0 * np.pi * 0.7 * when)
    return BodyMotion(
        time=time,
        rotations=rotations,
        root=np.zeros((len(time), 3)),
        shape=np.empty(0),
        confidence=np.ones((len(time), len(JOINTS))),
        expressions=expressions,
        eyes=rot.identity(len(time), 2),
    )


@pytest.mark.parametrize("late", [-3.21, 0.0, 0.0137, 4.503])
@pytest.mark.parametrize("fps", [24.0, 60.0])
def test_head_offset_of_two_cameras_is_found_to_a_fraction_of_a_frame(late, fps):
    body = filmed(10.0, 15.0, camera=0.0)
    close = filmed(10.0 + late, 12.0, fps=fps, camera=70.0, shoot=2)
    assert head_offset(body, close) == pytest.approx(late, abs=0.01)
    assert head_offset(close, body) == pytest.approx(-late, abs=0.01)


def test_head_offset_of_takes_whose_clocks_do_not_begin_at_zero_counts_from_their_first_frames():
    body, close = filmed(0.0, 15.0), filmed(2.0, 12.0, shoot=2)
    body, close = replace(body, time=body.time + 100.0), replace(close, time=close.time + 7.0)
    assert head_offset(body, close) == pytest.approx(2.0, abs=0.01)
    faced = add_face(body, close, 2.0)
    expected = 0.5 + 0.5 * np.sin(2.0 * np.pi * 0.7 * (body.time - 100.0))
    inside = (body.time >= 102.0) & (body.time <= 113.9)
    np.testing.assert_allclose(faced.expressions[inside, JAW], expected[inside], atol=0.01)


def test_head_offset_ignores_moments_in_which_the_head_is_not_seen():
    body, close = filmed(0.0, 15.0), filmed(2.0, 12.0, shoot=2)
    head = INDEX["Head"]
    gone = (close.time > 3.0) & (close.time < 5.0)
    close.confidence[gone, head] = 0.0
    close.rotations[gone, head] = rot.from_vector(np.random.default_rng(5).normal(size=(gone.sum(), 3)))
    body.rotations[30:60, head] = np.nan
    assert head_offset(body, close) == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize(
    ("body", "close", "said"),
    [
        (filmed(0.0, 15.0), filmed(0.0, 15.0, seed=8), "does not match"),
        (filmed(0.0, 15.0), filmed(1.0, 12.0, swing=0.0, noise=0.02), "hardly moves"),
        (filmed(0.0, 15.0), filmed(1.0, 1.5), "less than 2 s"),
        (filmed(0.0, 15.0), filmed(1.0, 1 / 30), "less than 2 s"),
    ],
)
def test_head_offset_of_takes_that_tell_nothing_is_refused_with_a_sentence(body, close, said):
    with pytest.raises(FacesApart, match=f"{said}.*--face-offset"):
        head_offset(body, close)


def test_head_offset_of_a_motion_that_repeats_itself_is_refused():
    body = filmed(0.0, 12.0, noise=0.0)
    turns = np.sin(2.0 * np.pi * body.time)[:, None] * [0.0, 0.0, 0.3]
    body.rotations[:, INDEX["Head"]] = rot.from_vector(turns)
    with pytest.raises(FacesApart, match="does not match"):
        head_offset(body, body)


def test_add_face_with_a_given_offset_takes_the_face_at_that_time_and_rests_outside():
    body, close = filmed(0.0, 10.0), filmed(3.0, 4.0, fps=25.0)
    body = replace(body, expressions=np.full_like(body.expressions, np.nan))
    faced = add_face(body, close, 3.0)
    inside = (body.time >= 3.0) & (body.time <= close.time[-1] + 3.0)
    expected = 0.5 + 0.5 * np.sin(2.0 * np.pi * 0.7 * body.time)
    np.testing.assert_allclose(faced.expressions[inside, JAW], expected[inside], atol=0.01)
    outside = (body.time < 3.0 - FADE) | (body.time > 3.0 + close.time[-1] + FADE)
    assert (faced.expressions[outside] == 0.0).all()
    assert np.isfinite(faced.expressions).all()
    assert np.isfinite(faced.eyes).all()
    assert np.abs(np.diff(faced.expressions[:, JAW])).max() < 0.2
    np.testing.assert_array_equal(faced.rotations, body.rotations)


def test_add_face_without_an_offset_finds_it():
    faced = add_face(filmed(0.0, 10.0), filmed(2.5, 6.0, shoot=2))
    inside = (faced.time >= 2.5) & (faced.time <= 8.4)
    expected = 0.5 + 0.5 * np.sin(2.0 * np.pi * 0.7 * faced.time)
    np.testing.assert_allclose(faced.expressions[inside, JAW], expected[inside], atol=0.04)


def test_add_face_keeps_gaps_of_the_face_as_gaps():
    close = filmed(0.0, 10.0)
    close.expressions[60:90], close.eyes[60:90] = np.nan, np.nan
    faced = add_face(filmed(0.0, 10.0), close, 0.0)
    assert np.isnan(faced.expressions[65:85]).all()
    assert np.isfinite(faced.expressions[100:]).all()


def test_add_face_of_a_take_without_a_face_or_of_another_time_is_refused():
    body = filmed(0.0, 10.0)
    unknown = replace(body, expressions=np.full_like(body.expressions, np.nan))
    with pytest.raises(FacesApart, match="shows no face"):
        add_face(body, replace(unknown, eyes=np.full_like(body.eyes, np.nan)), 0.0)
    with pytest.raises(FacesApart, match=r"expressions .* are not known.*mimic models fetch"):
        add_face(body, unknown, 0.0)
    with pytest.raises(FacesApart, match=r"lasts from 20\.00 s to 29\.97 s .* give another offset"):
        add_face(body, body, 20.0)
