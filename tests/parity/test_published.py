# SPDX-License-Identifier: GPL-3.0-or-later
"""Mimic finds the landmarks that MediaPipe's and TensorFlow.js's own tests expect, within their own tolerances.

Those expectations are older than the networks in use: MediaPipe 0.10.21 itself is several pixels away from them. They
catch what comparing with MediaPipe cannot: a mistake that we would share with our own way of asking it.
"""

import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from mimic.pipeline.landmarks.coefficients import coefficients_of
from mimic.pipeline.landmarks.data import COEFFICIENTS, Floats, HandLandmarks, PoseLandmarks, Region
from mimic.pipeline.landmarks.hands import HandTracker
from mimic.pipeline.landmarks.holistic import Holistic
from mimic.pipeline.landmarks.settings import HolisticSettings, PoseSettings
from mimic.pipeline.sources.frame import Frame

pytestmark = pytest.mark.networks

# pose-detection/src/blazepose_tfjs/blazepose_test.ts: px and m, of pictures and of videos.
POSE_IMAGE, POSE_VIDEO, POSE_VIDEO_WORLD = 15.0, 28.0, 0.17
# mediapipe_test.ts of hand-pose-detection (whose hands a palm detector finds) and of face-landmarks-detection.
HAND_IMAGE = 20.0
FACE_IMAGE = 5.0
# A followed hand never settles quite, see test_parity.py: px and m.
HAND_DRIFT, HAND_DRIFT_WORLD = 2.0, 0.005

STILL = HolisticSettings(static=True, smooth=False)
TESTDATA = "groundtruth/mediapipe/mediapipe/tasks/testdata/vision"
NOWHERE = Region(0.0, 0.0, 0.0, 0.0, 0.0)


def picture(path: Path) -> Frame:
    return Frame(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB), 0.0, 0)


def published(path: Path, frame: Frame) -> Floats:
    """Return a published landmark list as (n, 2) pixels of the frame."""
    text = re.sub(r"#.*", "", path.read_text(encoding="utf-8"))
    rows = re.findall(r"\bx: (\S+)\s+y: (\S+)", text)
    return np.array(rows, dtype=float) * (frame.image.shape[1], frame.image.shape[0])


def farthest(ours: Floats, expected: Floats) -> float:
    """Return the largest difference of a coordinate, as the published tests compare."""
    return float(np.abs(ours[:, :2] - expected[:, :2]).max())


@pytest.mark.slow
def test_holistic_pose_of_the_squats_video_agrees_with_published_landmarks(networks: Path, shared_data: Path) -> None:
    folder = shared_data / "groundtruth" / "pose-detection" / "test_data"
    expected = np.array(json.loads((folder / "pose_squats.full.json").read_text(encoding="utf-8")))
    world = np.array(json.loads((folder / "pose_squats_3d.full.json").read_text(encoding="utf-8")))
    holistic = Holistic(HolisticSettings(hands=False, face=False, parity=True))
    capture = cv2.VideoCapture(str(folder / "pose_squats.mp4"))
    for index in range(len(expected)):
        # The clock of the published test, whatever the video's own is.
        image = cv2.cvtColor(capture.read()[1], cv2.COLOR_BGR2RGB)
        pose = holistic.process(Frame(image, index * 0.0333333, index)).pose
        assert pose is not None
        assert farthest(pose.image, expected[index]) < POSE_VIDEO, index
        assert np.abs(pose.world - world[index]).max() < POSE_VIDEO_WORLD, index
        assert np.median(np.abs(pose.image - expected[index])[:, :2]) < POSE_VIDEO / 4, index
        assert np.median(np.abs(pose.world - world[index])) < POSE_VIDEO_WORLD / 4, index


@pytest.mark.parametrize("kernel", [7, 9])
def test_holistic_pose_of_the_yoga_picture_agrees_with_published_landmarks(
    networks: Path, shared_data: Path, kernel: int
) -> None:
    frame = picture(shared_data / "groundtruth" / "pose-detection" / "test_data" / "pose.jpg")
    expected = published(shared_data / TESTDATA / "pose_landmarks.pbtxt", frame)[:33]
    settings = HolisticSettings(static=True, hands=False, face=False, pose_settings=PoseSettings(heatmap_kernel=kernel))
    pose = Holistic(settings).process(frame).pose
    assert pose is not None
    assert farthest(pose.image, expected) < POSE_IMAGE


def test_holistic_face_of_the_portrait_agrees_with_published_landmarks(networks: Path, shared_data: Path) -> None:
    frame = picture(shared_data / "groundtruth" / "face-landmarks-detection" / "test_data" / "portrait.jpg")
    expected = published(shared_data / TESTDATA / "portrait_expected_face_landmarks.pbtxt", frame)
    face = Holistic(STILL).process(frame).face
    assert face is not None
    assert len(expected) == len(face.image) == 478
    assert farthest(face.image, expected) < FACE_IMAGE


def published_blend_shapes(path: Path) -> Floats:
    """Return published coefficients (52,), in MediaPipe's order."""
    text = re.sub(r"#.*", "", path.read_text(encoding="utf-8"))
    rows = re.findall(r"\bscore: (\S+)\s+label: \"(\S+)\"", text)
    assert [label for _, label in rows] == list(COEFFICIENTS)
    return np.array([score for score, _ in rows], dtype=float)


def test_blend_shapes_of_published_landmarks_are_the_published_ones(networks: Path, shared_data: Path) -> None:
    picture = Frame(np.zeros((1024, 820, 3), np.uint8), 0.0, 0)  # of the size that MediaPipe's own test says
    points = published(shared_data / TESTDATA / "face_blendshapes_in_landmarks.prototxt", picture)
    expected = published_blend_shapes(shared_data / TESTDATA / "face_blendshapes_out.prototxt")
    (found,) = coefficients_of(points[None])
    assert np.abs(found - expected).max() < 1e-5


def test_holistic_blend_shapes_of_the_portrait_agree_with_published_ones(networks: Path, shared_data: Path) -> None:
    frame = picture(shared_data / "groundtruth" / "face-landmarks-detection" / "test_data" / "portrait.jpg")
    expected = published_blend_shapes(shared_data / TESTDATA / "portrait_expected_blendshapes.pbtxt")
    face = Holistic(STILL).process(frame).face
    assert face is not None
    assert face.coefficients is not None
    assert np.abs(face.coefficients - expected).mean() < 0.02


def pose_with(hand: Floats, *, side: str) -> PoseLandmarks:
    """Return a pose whose wrist, pinky and index are where a hand (21, 2+) has them."""
    image = np.zeros((33, 3))
    image[[15, 17, 19] if side == "left" else [16, 18, 20], :2] = hand[[0, 17, 5], :2]
    return PoseLandmarks(image, np.zeros((33, 3)), np.ones(33), np.ones(33), 1.0, NOWHERE)


def followed(frame: Frame, hand: Floats, *, repeats: int, side: str) -> HandLandmarks | None:
    """Return the hand that the pose's region leads to, followed through `repeats` frames of one picture."""
    tracker = HandTracker("left" if side == "left" else "right", HolisticSettings(parity=True))
    pose = pose_with(hand, side=side)
    found = None
    for _ in range(repeats):
        found = tracker(frame.image, pose)
    return found


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("name", ["expected_left_up_hand_landmarks", "expected_left_down_hand_landmarks"])
def test_hand_tracker_landmarks_agree_with_published_landmarks(
    networks: Path, shared_data: Path, name: str, side: str
) -> None:
    frame = picture(shared_data / "groundtruth" / "hand-pose-detection" / "test_data" / "hands.jpg")
    expected = published(shared_data / TESTDATA / f"{name}.prototxt", frame)
    hand = followed(frame, expected, repeats=1, side=side)
    assert hand is not None
    assert hand.right_handed < 0.5
    assert farthest(hand.image, expected) < HAND_IMAGE


@pytest.mark.parametrize("which", [0, 1])
def test_holistic_hand_world_landmarks_agree_with_mediapipe(networks: Path, shared_data: Path, which: int) -> None:
    golden = np.load(Path(__file__).parent / "goldens" / "hands_world.npz")
    frame = picture(shared_data.parent / str(golden["source"]).removeprefix("../shared/"))
    hand = followed(frame, golden["image"][which], repeats=int(golden["repeats"]), side="right")
    assert hand is not None
    assert np.median(np.linalg.norm((hand.image - golden["image"][which])[:, :2], axis=1)) < HAND_DRIFT
    # Mimic hangs a hand on the pose's wrist.
    expected = golden["world"][which] - golden["world"][which][0]
    assert np.median(np.linalg.norm(hand.world - expected, axis=1)) < HAND_DRIFT_WORLD
