# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of whole takes: rest, blinks, gaze, gaps and what is hidden, all together."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSION_INDEX
from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.solve.face.data import FaceMotion
from mimic.pipeline.solve.face.gaze import angles_of
from mimic.pipeline.solve.face.solving import solve_face, solve_track

from .conftest import MakeFace, MakeTrack

TIME = np.arange(150) / 30.0
BLINK = EXPRESSION_INDEX["eyeBlinkLeft"], EXPRESSION_INDEX["eyeBlinkRight"]
SMILE = EXPRESSION_INDEX["mouthSmileLeft"]
JAW = EXPRESSION_INDEX["jawOpen"]


def _gaze(motion: FaceMotion) -> np.ndarray:
    """Degrees (n, 2, 2) at which the eyes look."""
    return np.degrees(angles_of(rot.rotate(motion.eyes, [0.0, -1.0, 0.0])))


def _valid(motion: FaceMotion) -> bool:
    lengths = np.linalg.norm(motion.eyes, axis=-1)
    return bool(
        np.isfinite(motion.expressions).all()
        and ((motion.expressions >= 0.0) & (motion.expressions <= 1.0)).all()
        and np.allclose(lengths, 1.0)
    )


def test_take_without_a_face_has_none(make_face: MakeFace) -> None:
    frames = [replace(make_face(t), face=None) for t in TIME[:20]]
    motion = solve_face(frames)
    assert motion.expressions.shape == (20, 52)
    assert motion.eyes.shape == (20, 2, 4)
    assert np.isnan(motion.expressions).all()
    assert np.isnan(motion.eyes).all()


def test_take_of_no_frames_is_empty() -> None:
    motion = solve_face([])
    assert motion.expressions.shape == (0, 52)
    assert motion.eyes.shape == (0, 2, 4)


def test_mesh_without_irises_has_no_face_to_solve(make_face: MakeFace) -> None:
    def plain(frame: Landmarks) -> Landmarks:
        assert frame.face is not None
        return replace(frame, face=replace(frame.face, image=frame.face.image[:468], coefficients=None))

    assert np.isnan(solve_face([plain(make_face(t)) for t in TIME[:10]]).expressions).all()


def test_still_picture_keeps_what_it_shows(make_face: MakeFace) -> None:
    motion = solve_face([make_face(values={"mouthSmileLeft": 0.8, "jawOpen": 0.3})])
    assert _valid(motion)
    assert motion.expressions[0, SMILE] == pytest.approx(0.8)
    assert motion.expressions[0, JAW] == pytest.approx(0.3)


def test_persons_rest_is_taken_away_and_speech_stays(make_track: MakeTrack) -> None:
    speech = np.where(TIME > 2.5, 0.5 * np.sin(2.0 * np.pi * 3.0 * TIME) ** 2, 0.0)
    rest = np.clip(0.25 + np.random.default_rng(0).normal(0.0, 0.02, len(TIME)), 0.0, 1.0)
    motion = solve_track(make_track(TIME, {"jawOpen": speech, "browDownLeft": rest}))
    assert motion.expressions[:, EXPRESSION_INDEX["browDownLeft"]].mean() < 0.03
    assert motion.expressions[:, JAW].max() > 0.95 * speech.max()


def test_blink_of_two_frames_closes_both_lids(make_track: MakeTrack) -> None:
    lids = np.full(len(TIME), 0.1)
    lids[[70, 71]] = 0.55
    motion = solve_track(make_track(TIME, {"eyeBlinkLeft": lids, "eyeBlinkRight": 0.8 * lids}))
    np.testing.assert_allclose(motion.expressions[70:72, BLINK].max(axis=0), 1.0)
    assert motion.expressions[:60, BLINK].max() < 0.03


def test_gaze_follows_the_eyes_through_a_turn_of_the_head_and_through_a_blink(make_face: MakeFace) -> None:
    frames = []
    for i, t in enumerate(TIME):
        blinking = {"eyeBlinkLeft": 0.9, "eyeBlinkRight": 0.9} if 100 <= i < 104 else {}
        gaze = (0.0, 0.0) if i < 50 else (15.0, -8.0)
        seen = (0.0, -30.0) if blinking else gaze
        frames.append(make_face(t, gaze=seen, head=(20.0 * np.sin(t), 5.0), values=blinking, seed=i))
    motion = solve_face(frames)
    assert _valid(motion)
    moved = _gaze(motion)[120] - _gaze(motion)[20]
    np.testing.assert_allclose(moved, [[15.0, -8.0], [15.0, -8.0]], atol=2.5)
    np.testing.assert_allclose(_gaze(motion)[102], _gaze(motion)[98], atol=2.5)
    out = motion.expressions[120, EXPRESSION_INDEX["eyeLookOutLeft"]]
    assert out == pytest.approx(_gaze(motion)[120, 0, 0] / 30.0)


def test_eyes_that_look_down_are_not_half_closed_and_still_blink(make_face: MakeFace) -> None:
    frames = []
    for i, t in enumerate(TIME):
        down = i >= 75
        lids = 0.9 if 120 <= i < 123 else 0.2 if down else 0.0
        frames.append(
            make_face(t, gaze=(0.0, -20.0 if down else 0.0), values={"eyeBlinkLeft": lids, "eyeBlinkRight": lids})
        )
    motion = solve_face(frames)
    assert motion.expressions[90:115, BLINK].max() < 0.05
    assert motion.expressions[120:123, BLINK].min() > 0.95


def test_face_that_comes_and_goes_never_jumps_and_rests_meanwhile(make_track: MakeTrack) -> None:
    seen = np.ones(len(TIME), dtype=bool)
    seen[:20] = seen[60:66] = seen[90:] = False
    motion = solve_track(make_track(TIME, {"mouthSmileLeft": np.full(len(TIME), 0.8)}, seen=seen))
    curve = motion.expressions[:, SMILE]
    assert _valid(motion)
    assert np.abs(np.diff(curve)).max() < 0.16
    assert curve[0] == curve[-1] == 0.0
    assert curve[60:66].min() > 0.75


def test_mouth_that_only_trembles_behind_a_mask_stays_shut(make_face: MakeFace) -> None:
    random = np.random.default_rng(3)
    frames = [
        make_face(t, scale=4.0, noise=0.8, values={"mouthPucker": random.uniform(), "jawOpen": 0.3}, seed=i)
        for i, t in enumerate(TIME)
    ]
    motion = solve_face(frames)
    assert motion.expressions[:, [JAW, EXPRESSION_INDEX["mouthPucker"]]].max() < 0.05


def test_far_side_of_a_profile_does_as_the_near_side(make_face: MakeFace) -> None:
    frames = [make_face(t, head=(50.0, 0.0), values={"mouthSmileRight": 0.7, "mouthSmileLeft": 0.0}) for t in TIME[:9]]
    motion = solve_face(frames)
    np.testing.assert_allclose(motion.expressions[:, SMILE], 0.7, atol=0.02)


def test_points_that_make_no_sense_are_no_face(make_face: MakeFace) -> None:
    frames = []
    for t, bad in zip(TIME, (np.nan, 1e300, 0.0, -np.inf), strict=False):
        face = make_face(t).face
        assert face is not None
        frames.append(replace(make_face(t), face=replace(face, image=np.full((478, 3), bad), coefficients=None)))
    with np.errstate(all="ignore"):
        motion = solve_face(frames)
    assert np.isnan(motion.expressions).all()
