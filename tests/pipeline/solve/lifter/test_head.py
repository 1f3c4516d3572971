# SPDX-License-Identifier: GPL-3.0-or-later
"""Head and neck turn as the face says: known turns, faces that come and go, and faces that are none."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.model import neutral_body
from mimic.pipeline.landmarks.data import FACE_POINTS, LandmarkTrack
from mimic.pipeline.landmarks.scheduler import run
from mimic.pipeline.landmarks.settings import HolisticSettings
from mimic.pipeline.solve import axes
from mimic.pipeline.solve.lifter.head import HeadByFace
from mimic.pipeline.solve.lifter.solver import LifterSolver
from mimic.pipeline.sources import open_source

HEAD, NECK = INDEX["Head"], INDEX["Neck"]
# Right and left corner of the eyes, right and left side, forehead, chin: of a face that looks along -Y, in its widths,
# leaning forwards as the mesh does on a level head.
FACE = rot.rotate(
    rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(8.7)),
    np.array([[-0.3, -0.35, 0.2], [0.3, -0.35, 0.2], [-0.5, 0.1, 0], [0.5, 0.1, 0], [0, -0.4, 0.6], [0, -0.4, -0.6]]),
)
MIDDLE, FOCAL = np.array([640.0, 360.0]), 1000.0
ABOUT_X, ABOUT_Y, ABOUT_Z = np.eye(3)


def turn(axis: np.ndarray, degrees: float) -> np.ndarray:
    return rot.from_axis_angle(axis, np.radians(degrees))


def picture(turns: np.ndarray, *, width: float = 200.0, at: np.ndarray = MIDDLE) -> np.ndarray:
    """Faces (n, 6, 3) px so turned (n, 4) as the line of sight to them has it, their middle `at`."""
    seen = axes.from_blender(rot.rotate(turns[:, None], FACE)) * width
    return seen - seen.mean(axis=1, keepdims=True) + np.array([*at, 0.0])


def corrected(faces: np.ndarray, *, head: np.ndarray, fps: float = 25.0, reader: HeadByFace | None = None):
    """Global turns of all joints, whose head was taken to be turned by `head` (4,)."""
    n = len(faces)
    turns = np.tile(rot.identity(), (n, len(JOINTS), 1))
    turns[:, HEAD] = head
    given = {"centre": np.tile(MIDDLE, (n, 1)), "focal": np.full(n, FOCAL)}
    return (reader or HeadByFace()).run(np.arange(n) / fps, faces, turns, **given)


def degrees(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.degrees(rot.angle(rot.multiply(rot.conjugate(a), b)))


@pytest.mark.parametrize(("axis", "by"), [(ABOUT_X, 25.0), (ABOUT_X, -25.0), (ABOUT_Y, 20.0), (ABOUT_Z, 25.0)])
def test_head_by_face_turns_most_of_the_way_to_a_large_face(axis, by) -> None:
    told = turn(axis, by)
    found = corrected(picture(told[None]), head=rot.identity())
    assert degrees(found[0, HEAD], told) == pytest.approx(0.2 * abs(by), abs=0.5)


def test_head_by_face_turns_the_neck_half_as_far_and_no_other_joint() -> None:
    found = corrected(picture(turn(ABOUT_Z, 20.0)[None]), head=rot.identity())[0]
    assert degrees(found[NECK], rot.identity()) == pytest.approx(0.5 * degrees(found[HEAD], rot.identity()), abs=0.1)
    others = [joint for joint in range(len(JOINTS)) if joint not in {HEAD, NECK}]
    np.testing.assert_array_equal(found[others], np.tile(rot.identity(), (len(others), 1)))


def test_head_by_face_seen_frontal_at_the_pictures_edge_is_turned_to_the_camera() -> None:
    """A face seen frontal at the left edge of the picture belongs to a head turned to its own left, to the camera."""
    aside = MIDDLE - [FOCAL * np.tan(np.radians(20.0)), 0.0]
    told = turn(ABOUT_Z, 20.0)
    found = corrected(picture(rot.identity(1), at=aside), head=told)
    assert degrees(found[0, HEAD], told) < 0.5


def test_head_by_face_ignores_small_faces_and_follows_larger_ones_more() -> None:
    told = turn(ABOUT_X, 25.0)
    left = [degrees(corrected(picture(told[None], width=w), head=rot.identity())[0, HEAD], told) for w in (25, 60, 120)]
    assert left[0] == pytest.approx(25.0, abs=1e-6)
    assert left[0] > left[1] > left[2]


def test_head_by_face_ignores_a_face_turned_too_far() -> None:
    found = corrected(picture(turn(ABOUT_Z, 75.0)[None]), head=rot.identity())
    assert degrees(found[0, HEAD], rot.identity()) == pytest.approx(0.0, abs=1e-6)


def test_head_by_face_after_a_lost_face_returns_without_a_jump() -> None:
    faces = picture(np.tile(turn(ABOUT_X, 25.0), (50, 1)))
    faces[20:] = np.nan
    angles = degrees(corrected(faces, head=rot.identity())[:, HEAD], rot.identity())
    assert angles[19] > 15.0
    assert np.abs(np.diff(angles)).max() < 5.0
    assert angles[-1] == pytest.approx(0.0, abs=1e-6)


def test_head_by_face_frame_by_frame_equals_all_at_once() -> None:
    told = np.stack([turn(ABOUT_Z, by) for by in np.linspace(-25.0, 25.0, 30)])
    faces = picture(told)
    faces[10:14] = np.nan
    whole = corrected(faces, head=turn(ABOUT_Z, 3.0))
    reader, single = HeadByFace(), []
    for i, face in enumerate(faces):
        turns = np.tile(rot.identity(), (1, len(JOINTS), 1))
        turns[:, HEAD] = turn(ABOUT_Z, 3.0)
        single.append(reader.run(np.array([i / 25.0]), face[None], turns, centre=MIDDLE[None], focal=np.array([FOCAL])))
    np.testing.assert_allclose(np.concatenate(single), whole, atol=1e-12)


@given(arrays(float, (6, 6, 3), elements=st.floats(allow_nan=True, allow_infinity=True)))
def test_head_by_face_of_any_numbers_gives_unit_rotations(faces) -> None:
    found = corrected(faces, head=turn(ABOUT_Z, 10.0))
    assert np.isfinite(found).all()
    np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 1.0, atol=1e-9)


@pytest.mark.parametrize("shape", ["a point", "a line"])
def test_head_by_face_of_a_face_without_shape_changes_nothing(shape: str) -> None:
    faces = np.zeros((1, 6, 3)) if shape == "a point" else np.zeros((1, 6, 3)) + np.arange(6)[:, None] * 30.0
    found = corrected(faces, head=turn(ABOUT_Z, 10.0))
    np.testing.assert_allclose(found[0, HEAD], turn(ABOUT_Z, 10.0), atol=1e-9)


def test_landmark_track_keeps_the_needed_face_points(make_frames) -> None:
    frames = make_frames
    track = LandmarkTrack.of(frames)
    np.testing.assert_array_equal(track.face_image[0], frames[0].face.image[list(FACE_POINTS)])
    assert np.isnan(track.face_image[1]).all()


@pytest.fixture
def make_frames(performer):
    """Two frames of somebody, the second without a face."""
    with open_source(performer, end=0.1) as source:
        first = next(iter(run(source, HolisticSettings(hands=False))))
    assert first.face is not None
    return [first, replace(first, face=None, time=first.time + 0.04)]


@pytest.mark.networks
def test_lifter_with_a_near_face_moves_only_head_and_neck(shared_data) -> None:
    """With the face landmarks only neck and head turn differently; all other joints stay as without the face."""
    video = shared_data / "media/mediapipe-samples/gesture_recognizer__test_video.mp4"
    with open_source(video, end=1.0) as source:
        track = LandmarkTrack.of(list(run(source, HolisticSettings(hands=False))))
    assert np.isfinite(track.face_image).all()
    without = replace(track, face_image=np.full_like(track.face_image, np.nan))
    plain, told = (LifterSolver(neutral_body()).solve(t) for t in (without, track))
    moved = [JOINTS[j] for j in range(len(JOINTS)) if degrees(plain.rotations[:, j], told.rotations[:, j]).max() > 0.01]
    assert moved == ["Neck", "Head"]
