# SPDX-License-Identifier: GPL-3.0-or-later
"""A face that hardly moves is followed without being detected again, with made-up networks and on the clip."""

from collections import Counter
from pathlib import Path

import cv2
import numpy as np
import pytest

from mimic.pipeline.landmarks import networks as network_files
from mimic.pipeline.landmarks.data import FaceLandmarks, PoseLandmarks, Region
from mimic.pipeline.landmarks.detection import FACE_DETECTOR, anchors
from mimic.pipeline.landmarks.face import FaceTracker
from mimic.pipeline.landmarks.holistic import Holistic
from mimic.pipeline.landmarks.settings import FaceSettings, FollowingSettings, HolisticSettings
from mimic.pipeline.sources.frame import Frame

PICTURE = np.zeros((400, 400, 3), np.uint8)


class Faces:
    """Networks that see a face in the middle of whatever they are shown. `runs` counts how often each was asked."""

    def __init__(self) -> None:
        self.runs: Counter[str] = Counter()
        self.scores: list[float] = []  # logits of the next meshes; then 5
        self.detected = True

    def load(self, name: str, **_: object):
        def answer(_: np.ndarray) -> dict[str, np.ndarray]:
            self.runs[name] += 1
            return getattr(self, name)()

        return answer

    def face_detection_short_range(self) -> dict[str, np.ndarray]:
        points = np.array([-12, -10, 12, -10, 0, 0, 0, 12, -20, -5, 20, -5], np.float32)
        boxes = np.zeros((1, len(anchors(FACE_DETECTOR)), 16), np.float32)
        scores = np.full((1, len(boxes[0]), 1), -9, np.float32)
        scores[0, 0] = 4 if self.detected else -9
        middle = (np.array([0.5, 0.5]) - anchors(FACE_DETECTOR)[0]) * FACE_DETECTOR.size
        boxes[0, 0] = [*middle, 40, 40, *(points.reshape(-1, 2) + middle).ravel()]
        return {"boxes": boxes, "scores": scores}

    def face_landmark(self) -> dict[str, np.ndarray]:
        mesh = np.zeros((468, 3), np.float32)
        turn = np.linspace(0, 2 * np.pi, 468)
        mesh[:, 0], mesh[:, 1] = 96 + 64 * np.cos(turn), 96 + 64 * np.sin(turn)
        mesh[[33, 263], :2] = (70, 80), (122, 80)
        score = self.scores.pop(0) if self.scores else 5.0
        return {"mesh": mesh.reshape(1, 1, 1, -1), "score": np.full((1, 1, 1, 1), score, np.float32)}


@pytest.fixture
def faces(monkeypatch: pytest.MonkeyPatch) -> Faces:
    made_up = Faces()
    monkeypatch.setattr(network_files, "load", made_up.load)
    return made_up


def pose(x: float = 200.0) -> PoseLandmarks:
    """A pose whose face is 60 px wide around x, 200."""
    image = np.zeros((33, 3))
    image[:11, :2] = (x, 200)
    image[[7, 8], 0] = x + 30, x - 30
    image[[2, 5], 0] = x + 12, x - 12
    image[[9, 10], 1] = 225
    return PoseLandmarks(image, np.zeros((33, 3)), np.ones(33), np.ones(33), 1.0, Region(200, 200, 400, 400, 0))


def tracker(frames: int = 10, **changes: object) -> FaceTracker:
    rules = FaceSettings(following=FollowingSettings(frames=frames))
    return FaceTracker(HolisticSettings(attention=False, face_settings=rules, **changes))


def test_still_face_is_detected_once_in_eleven_frames(faces: Faces) -> None:
    track = tracker()
    found = [track(PICTURE, pose()) for _ in range(23)]
    assert all(isinstance(face, FaceLandmarks) for face in found)
    assert faces.runs == {"face_detection_short_range": 3, "face_landmark": 23}


@pytest.mark.parametrize("changes", [{"parity": True}, {"static": True}, {"frames": 0}])
def test_face_is_detected_in_every_frame_with_parity_in_pictures_and_if_set_to(
    faces: Faces, changes: dict[str, object]
) -> None:
    track = tracker(**changes)
    for _ in range(5):
        assert track(PICTURE, pose()) is not None
    assert faces.runs["face_detection_short_range"] == 5


def test_face_that_moves_is_detected_in_every_frame(faces: Faces) -> None:
    track = tracker()
    for i in range(5):
        assert track(PICTURE, pose(200.0 + 4.0 * i)) is not None
    assert faces.runs["face_detection_short_range"] == 5


def test_face_that_drifts_away_from_the_poses_is_detected_again(faces: Faces) -> None:
    track = tracker(frames=1000)
    for i in range(100):
        assert track(PICTURE, pose(200.0 + 1.0 * i)) is not None
    assert 2 <= faces.runs["face_detection_short_range"] <= 10


def test_followed_face_that_the_mesh_loses_is_detected_in_the_same_frame(faces: Faces) -> None:
    track = tracker()
    track(PICTURE, pose())
    faces.scores = [-5.0, 5.0]
    assert track(PICTURE, pose()) is not None
    assert faces.runs == {"face_detection_short_range": 2, "face_landmark": 3}


def test_face_that_is_gone_is_lost_when_its_turn_to_be_detected_comes(faces: Faces) -> None:
    track = tracker()
    track(PICTURE, pose())
    faces.detected = False
    found = [track(PICTURE, pose()) for _ in range(12)]
    assert [face is not None for face in found] == [True] * 10 + [False] * 2


def test_face_after_a_frame_without_a_person_is_detected(faces: Faces) -> None:
    track = tracker()
    track(PICTURE, pose())
    assert track(PICTURE, None) is None
    assert track(PICTURE, pose()) is not None
    assert faces.runs["face_detection_short_range"] == 2


def test_pose_without_place_is_never_followed(faces: Faces) -> None:
    track = tracker()
    track(PICTURE, pose())
    assert track(PICTURE, pose(np.nan)) is None
    assert track(PICTURE, pose()) is not None


@pytest.mark.networks
def test_followed_faces_of_the_performer_are_where_detected_ones_are(networks: Path, performer: Path) -> None:
    capture = cv2.VideoCapture(str(performer))
    images = [np.ascontiguousarray(capture.read()[1][:, :, ::-1]) for _ in range(30)]
    capture.release()
    seen = []
    for frames in (0, 10):
        rules = FaceSettings(following=FollowingSettings(frames=frames))
        holistic = Holistic(HolisticSettings(hands=False, attention=False, face_settings=rules), threads=1)
        seen.append([holistic.process(Frame(image, i / 30, i)).face for i, image in enumerate(images)])
    for one, other in zip(*seen, strict=True):
        assert one is not None
        assert other is not None
        width = np.ptp(one.image[:, 0])
        assert np.linalg.norm(one.image - other.image, axis=1).mean() < 0.05 * width
