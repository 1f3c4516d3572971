# SPDX-License-Identifier: GPL-3.0-or-later
"""Blend shapes of faces: which faces have any, many faces at once, and bad input."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from mimic.pipeline.landmarks import coefficients as module
from mimic.pipeline.landmarks.coefficients import POINTS, coefficients_of
from mimic.pipeline.landmarks.data import COEFFICIENTS, FaceLandmarks, PoseLandmarks, Region
from mimic.pipeline.landmarks.face import FaceTracker
from mimic.pipeline.landmarks.holistic import Holistic
from mimic.pipeline.landmarks.settings import FaceSettings, HolisticSettings
from mimic.pipeline.sources.frame import Frame

NOWHERE = Region(0.0, 0.0, 0.0, 0.0, 0.0)
STILL = HolisticSettings(static=True, smooth=False, hands=False)


@pytest.fixture(scope="module")
def performer_picture(performer: Path) -> np.ndarray:
    capture = cv2.VideoCapture(str(performer))
    image = capture.read()[1]
    capture.release()
    return np.ascontiguousarray(image[:, :, ::-1])


@pytest.fixture(scope="module")
def face(networks: Path, performer_picture: np.ndarray) -> FaceLandmarks:
    found = Holistic(STILL, threads=1).process(Frame(performer_picture, 0.0, 0)).face
    assert found is not None
    return found


def answering(monkeypatch: pytest.MonkeyPatch, answer) -> list[int]:
    """Replace the network. Returns the numbers of faces that it is asked for, run by run."""
    asked: list[int] = []

    def load(_name: str):
        def run(values: np.ndarray) -> dict[str, np.ndarray]:
            asked.append(len(values))
            return {"coefficients": answer(values)}

        return run

    monkeypatch.setattr(module.networks, "load", load)
    return asked


def test_coefficients_are_of_146_points_with_both_irises() -> None:
    assert len(set(POINTS.tolist())) == 146
    assert POINTS.tolist() == sorted(POINTS.tolist())
    assert POINTS[-10:].tolist() == list(range(468, 478))
    assert len(COEFFICIENTS) == 52
    assert COEFFICIENTS[:2] == ("_neutral", "browDownLeft")


def test_coefficients_of_a_long_take_are_found_in_runs_of_limited_size(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, lambda values: np.repeat(values[:, :1, 0], 52, axis=1))
    points = np.random.default_rng(1).uniform(0, 500, (150, 478, 3))
    points[[3, 149]] = np.nan
    found = coefficients_of(points)
    assert sum(asked) == 148
    assert max(asked) <= 64
    assert np.isnan(found[[3, 149]]).all()
    kept = np.delete(np.arange(150), [3, 149])
    np.testing.assert_allclose(found[kept, 5], points[kept, 0, 0], rtol=1e-6)


@pytest.mark.parametrize(
    "wrong", ["one point lost", "irises lost", "infinite", "all in one place", "a line of no length"]
)
def test_coefficients_of_a_face_without_meaning_are_nan(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    asked = answering(monkeypatch, lambda values: np.full((len(values), 52), 0.5))
    points = np.random.default_rng(1).uniform(0, 500, (2, 478, 3))
    if wrong == "one point lost":
        points[0, 13, 1] = np.nan
    elif wrong == "irises lost":
        points[0, 468:] = np.nan
    elif wrong == "infinite":
        points[0, 13, 1] = np.inf
    else:
        points[0, :, :2] = 100.0
    found = coefficients_of(points)
    assert np.isnan(found[0]).all()
    assert (found[1] == 0.5).all()
    assert asked == [1]


def test_coefficients_do_not_need_points_that_the_network_never_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, lambda values: np.full((len(values), 52), 0.5))
    points = np.random.default_rng(1).uniform(0, 500, (1, 478, 3))
    points[0, 2] = points[0, :, 2] = np.nan
    assert (coefficients_of(points) == 0.5).all()


def test_coefficients_that_the_network_cannot_tell_are_nan(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, lambda values: np.full((len(values), 52), np.nan))
    assert np.isnan(coefficients_of(np.random.default_rng(1).uniform(0, 500, (1, 478, 3)))).all()


def test_coefficients_of_no_faces_are_none_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answering(monkeypatch, lambda values: values)
    assert coefficients_of(np.empty((0, 478, 3))).shape == (0, 52)
    assert asked == []


@pytest.mark.parametrize("shape", [(478, 3), (1, 468, 3), (1, 478, 4), (1, 146, 2)])
def test_coefficients_of_points_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="points of faces of the shape"):
        coefficients_of(np.zeros(shape))


@pytest.mark.networks
def test_coefficients_of_many_faces_equal_those_of_each(face: FaceLandmarks) -> None:
    shifts = np.random.default_rng(2).normal(0, 1.0, (70, 478, 3))
    many = face.image + shifts
    together = coefficients_of(many)
    assert together.shape == (70, 52)
    assert ((together >= 0) & (together <= 1)).all()
    for i in (0, 1, 63, 64, 69):
        np.testing.assert_allclose(together[i], coefficients_of(many[i : i + 1])[0], atol=1e-4)


@pytest.mark.networks
@pytest.mark.parametrize("change", ["tiny", "far away", "huge numbers", "mirrored", "only x and y"])
def test_coefficients_depend_on_neither_place_nor_size_and_stay_between_0_and_1(
    face: FaceLandmarks, change: str
) -> None:
    plain = face.image[None]
    changed = {
        "tiny": plain * 0.05,
        "far away": plain + 20_000.0,
        "huge numbers": plain * 1e30,
        "mirrored": plain * (-1, 1, 1),
        "only x and y": plain[..., :2],
    }[change]
    found = coefficients_of(changed)[0]
    if change in ("mirrored", "huge numbers"):
        assert np.isnan(found).all() or ((found >= 0) & (found <= 1)).all()
    else:
        np.testing.assert_allclose(found, face.coefficients, atol=0.01)


@pytest.mark.networks
@pytest.mark.parametrize("yaw", [-90, -60, 60, 90, 180])
def test_profile_has_coefficients_between_0_and_1(face: FaceLandmarks, yaw: int) -> None:
    cosine, sine = np.cos(np.radians(yaw)), np.sin(np.radians(yaw))
    turn = np.array([[cosine, 0.0, sine], [0.0, 1.0, 0.0], [-sine, 0.0, cosine]])
    (found,) = coefficients_of(face.image[None] @ turn.T)
    assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.networks
def test_face_of_a_frame_has_the_coefficients_of_its_points(face: FaceLandmarks) -> None:
    assert face.coefficients is not None
    np.testing.assert_array_equal(face.coefficients, coefficients_of(face.image[None])[0])


@pytest.mark.networks
def test_face_without_attention_has_no_coefficients(networks: Path, performer_picture: np.ndarray) -> None:
    settings = HolisticSettings(static=True, hands=False, attention=False)
    found = Holistic(settings, threads=1).process(Frame(performer_picture, 0.0, 0)).face
    assert found is not None
    assert found.coefficients is None


def portrait(shared_data: Path) -> np.ndarray:
    path = shared_data / "groundtruth" / "face-landmarks-detection" / "test_data" / "portrait.jpg"
    return np.ascontiguousarray(cv2.imread(str(path))[:, :, ::-1])


def looked_at(picture: np.ndarray) -> FaceLandmarks | None:
    """Find the face in a picture; whatever comes out is finite, and coefficients are between 0 and 1."""
    found = Holistic(STILL, threads=1).process(Frame(np.ascontiguousarray(picture), 0.0, 0)).face
    if found is not None:
        assert np.isfinite(found.image).all()
        assert found.coefficients is not None
        assert ((found.coefficients >= 0) & (found.coefficients <= 1)).all()
    return found


@pytest.mark.networks
@pytest.mark.parametrize("visible", [0.35, 0.5, 0.65])
@pytest.mark.parametrize("way", ["cut off", "covered"])
def test_half_a_face_gives_sound_coefficients_or_none(
    networks: Path, shared_data: Path, visible: float, way: str
) -> None:
    picture = portrait(shared_data).copy()
    whole = looked_at(picture)
    assert whole is not None
    left, right = np.ptp(whole.image[:, 0]) * visible + whole.image[:, 0].min(), picture.shape[1]
    if way == "cut off":
        looked_at(picture[:, : int(left)])
    else:
        picture[:, int(left) : right] = 128
        looked_at(picture)


@pytest.mark.networks
@pytest.mark.parametrize("face_width", [20, 8])
def test_tiny_face_gives_sound_coefficients_or_none(networks: Path, shared_data: Path, face_width: int) -> None:
    picture = portrait(shared_data)
    whole = looked_at(picture)
    assert whole is not None
    scale = face_width / np.ptp(whole.image[:, 0])
    looked_at(cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA))


@pytest.mark.networks
def test_of_two_faces_the_one_of_the_body_is_read(networks: Path, shared_data: Path) -> None:
    picture = portrait(shared_data)
    alone = looked_at(picture)
    both = looked_at(np.hstack([picture, picture[:, ::-1]]))
    assert alone is not None
    assert both is not None
    # One of the two, not a mixture.
    mirrored = coefficients_of(alone.image[None] * (-1, 1, 1))[0]
    one, other = (np.abs(both.coefficients - each).mean() for each in (alone.coefficients, mirrored))
    assert min(one, other) < 0.03


def pose_facing(points: np.ndarray) -> PoseLandmarks:
    image = np.zeros((33, 3))
    image[:11] = points
    return PoseLandmarks(image, np.zeros((33, 3)), np.ones(33), np.ones(33), 1.0, NOWHERE)


@pytest.mark.networks
@pytest.mark.parametrize("content", ["noise", "black", "white"])
def test_face_tracker_sent_to_where_no_face_is_finds_none(networks: Path, content: str) -> None:
    random = np.random.default_rng(4)
    picture = {
        "noise": random.integers(0, 255, (400, 400, 3), np.uint8),
        "black": np.zeros((400, 400, 3), np.uint8),
        "white": np.full((400, 400, 3), 255, np.uint8),
    }[content]
    points = random.uniform(150, 250, (11, 3))
    assert FaceTracker(HolisticSettings(static=True))(picture, pose_facing(points)) is None


def test_face_size_of_a_pose_is_the_longer_side_around_eyes_ears_and_mouth() -> None:
    points = np.zeros((11, 3))
    points[3], points[9] = (30.0, 10.0, 900.0), (5.0, 50.0, -900.0)
    pose = pose_facing(points)
    assert pose.face_size == 50.0


@pytest.mark.networks
def test_face_below_the_minimum_size_is_told_by_the_poses_face_size(networks: Path, shared_data: Path) -> None:
    picture = portrait(shared_data)
    size = looked_at_pose(picture).face_size
    for least, found in ((size - 1.0, True), (size + 1.0, False)):
        settings = HolisticSettings(static=True, hands=False, face_settings=FaceSettings(min_size=least))
        landmarks = Holistic(settings, threads=1).process(Frame(picture, 0.0, 0))
        assert landmarks.pose is not None
        assert (landmarks.face is not None) is found
        assert landmarks.pose.face_size == pytest.approx(size)


def looked_at_pose(picture: np.ndarray) -> PoseLandmarks:
    pose = Holistic(STILL, threads=1).process(Frame(picture, 0.0, 0)).pose
    assert pose is not None
    return pose
