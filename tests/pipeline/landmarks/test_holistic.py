# SPDX-License-Identifier: GPL-3.0-or-later
"""Holistic: its tracking and its rules with made-up networks, and the whole of it on the repository's clip."""

from collections import Counter
from dataclasses import astuple, replace
from itertools import chain, repeat
from pathlib import Path

import numpy as np
import pytest

from mimic.pipeline import opencv
from mimic.pipeline.errors import ProviderUnavailable
from mimic.pipeline.landmarks import networks as network_files
from mimic.pipeline.landmarks.data import HandLandmarks, Landmarks, PoseLandmarks, Region
from mimic.pipeline.landmarks.detection import FACE_DETECTOR, POSE_DETECTOR, anchors
from mimic.pipeline.landmarks.face import FaceTracker
from mimic.pipeline.landmarks.hands import HandTracker
from mimic.pipeline.landmarks.holistic import Holistic
from mimic.pipeline.landmarks.pose import TrackedPose
from mimic.pipeline.landmarks.scheduler import run
from mimic.pipeline.landmarks.settings import FaceSettings, HolisticSettings
from mimic.pipeline.landmarks.timing import StageTimes
from mimic.pipeline.sources.frame import Frame

SIZE = 400
PICTURE = np.zeros((SIZE, SIZE, 3), np.uint8)
POSE_ONLY = HolisticSettings(hands=False, face=False)


class Scripted:
    """Networks that answer what the test has written down. `runs` counts how often each was asked."""

    def __init__(self) -> None:
        self.runs: Counter[str] = Counter()
        self.person = True
        self.face = True
        self.pose_scores = repeat(0.9)
        self.hand_presence = 0.9
        self.visibility = 3.0  # logit
        self.world = 0.0
        self.landmarks = np.full((39, 3), 128.0)
        # Hips at the crop's centre and a person reaching a quarter of it up: the next region is 5/8 of this one.
        self.landmarks[34, 1] = 128 - 80

    def load(self, name: str, **_: object):
        def answer(_: np.ndarray) -> dict[str, np.ndarray]:
            self.runs[name] += 1
            return getattr(self, name.removesuffix("_full").removesuffix("_short_range"))()

        return answer

    def _detected(self, detector, *, seen: bool, points: list[float]) -> dict[str, np.ndarray]:
        count = len(anchors(detector))
        boxes = np.zeros((1, count, 4 + len(points)), np.float32)
        scores = np.full((1, count, 1), 4.0 if seen else -9.0, np.float32)
        scores[0, 1:] = -9
        middle = (np.array([0.5, 0.5]) - anchors(detector)[0]) * detector.size
        boxes[0, 0] = [*middle, 20, 20, *(np.reshape(points, (-1, 2)) + middle).ravel()]
        return {"boxes": boxes, "scores": scores}

    def pose_detection(self) -> dict[str, np.ndarray]:
        return self._detected(POSE_DETECTOR, seen=self.person, points=[0, 0, 0, -56, 0, 0, 0, 0])

    def pose_landmark(self) -> dict[str, np.ndarray]:
        certainty = np.full((39, 2), self.visibility)
        return {
            "landmarks": np.hstack([self.landmarks, certainty]).astype(np.float32).reshape(1, 195),
            "score": np.array([[next(self.pose_scores)]], np.float32),
            "heatmap": np.full((1, 64, 64, 39), -9, np.float32),
            "world": np.full((1, 117), self.world, np.float32),
        }

    def hand_recrop(self) -> dict[str, np.ndarray]:
        return {"crop": np.array([128, 128, 128, 192], np.float32).reshape(1, 1, 1, 4)}

    def hand_landmark(self) -> dict[str, np.ndarray]:
        points = np.random.default_rng(0).uniform(70, 150, (21, 3))
        points[0, :2], points[[5, 9, 13], :2] = (112, 160), (112, 90)
        return {
            "landmarks": points.astype(np.float32).reshape(1, 63),
            "presence": np.array([[self.hand_presence]], np.float32),
            "right_handed": np.array([[0.2]], np.float32),
            "world": np.arange(63, dtype=np.float32).reshape(1, 63) / 100,
        }

    def face_detection(self) -> dict[str, np.ndarray]:
        points = [-10.0, 0, 10, 0, 0, 10, 0, 20, -20, 5, 20, 5]
        return self._detected(FACE_DETECTOR, seen=self.face, points=points)

    def face_landmark_with_attention(self) -> dict[str, np.ndarray]:
        lengths = {"mesh": 1404, "lips": 160, "left_eye": 142, "right_eye": 142, "left_iris": 10, "right_iris": 10}
        return {name: np.full((1, 1, 1, n), 96, np.float32) for name, n in lengths.items()} | {
            "score": np.full((1, 1, 1, 1), 5, np.float32)
        }


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    scripted = Scripted()
    monkeypatch.setattr(network_files, "load", scripted.load)
    return scripted


def frame(index: int, image: np.ndarray = PICTURE) -> Frame:
    return Frame(image, index / 30, index)


def poses(settings: HolisticSettings, count: int) -> list[PoseLandmarks | None]:
    holistic = Holistic(settings, threads=1)
    return [holistic.process(frame(i)).pose for i in range(count)]


def test_holistic_detects_a_person_once_and_then_tracks(script: Scripted) -> None:
    found = poses(POSE_ONLY, 5)
    assert all(found)
    assert script.runs == {"pose_detection": 1, "pose_landmark_full": 5}
    assert found[0].region == Region(
        pytest.approx(200), pytest.approx(200), *[pytest.approx(250)] * 2, pytest.approx(0)
    )
    assert found[1].region.width == pytest.approx(250 * 80 * 2 / 256 * 1.25)


def test_holistic_without_a_person_gives_empty_landmarks(script: Scripted) -> None:
    script.person = False
    result = Holistic(threads=1).process(frame(3))
    assert result == Landmarks(time=0.1, index=3, size=(SIZE, SIZE))
    assert script.runs["pose_landmark_full"] == 0


def test_holistic_detects_a_lost_person_again_in_the_same_frame(script: Scripted) -> None:
    script.pose_scores = chain([0.9, 0.1], repeat(0.9))
    assert all(poses(POSE_ONLY, 4))
    assert script.runs["pose_detection"] == 2


def test_holistic_with_parity_loses_one_frame_with_a_lost_person(script: Scripted) -> None:
    script.pose_scores = chain([0.9, 0.1], repeat(0.9))
    found = poses(replace(POSE_ONLY, parity=True), 4)
    assert [f is not None for f in found] == [True, False, True, True]
    assert script.runs["pose_detection"] == 2


@pytest.mark.parametrize("parity", [False, True])
def test_holistic_smoothing_restarts_after_a_loss_unless_parity(script: Scripted, parity: bool) -> None:
    holistic = Holistic(replace(POSE_ONLY, parity=parity), threads=1)
    holistic.process(frame(0))
    script.person, script.pose_scores = False, repeat(0.1)
    assert holistic.process(frame(1)).pose is None
    script.person, script.pose_scores = True, repeat(0.9)
    script.world, script.visibility = 1.0, -3.0
    pose = holistic.process(frame(2)).pose
    assert bool(pose.world[0, 0] < 0.999) is parity
    assert bool(pose.visibility[0] > 0.5) is parity


def test_holistic_smooths_landmarks_unless_smooth_is_off(script: Scripted) -> None:
    for settings, smoothed in ((POSE_ONLY, True), (replace(POSE_ONLY, smooth=False), False)):
        holistic = Holistic(settings, threads=1)
        script.world, script.visibility = 0.0, 3.0
        holistic.process(frame(0))
        script.world, script.visibility = 0.01, 2.0
        pose = holistic.process(frame(1)).pose
        assert bool(pose.world[0, 0] < 0.0099) is smoothed
        assert bool(pose.visibility[0] > 0.9) is smoothed


def test_holistic_static_detects_every_picture_without_smoothing(script: Scripted) -> None:
    holistic = Holistic(replace(POSE_ONLY, static=True), threads=1)
    for i, world in enumerate((0.0, 1.0, 5.0)):
        script.world = world
        assert holistic.process(frame(i)).pose.world[0, 0] == pytest.approx(world)
    assert script.runs["pose_detection"] == 3


def test_holistic_given_a_picture_of_another_size_detects_again(script: Scripted) -> None:
    holistic = Holistic(POSE_ONLY, threads=1)
    holistic.process(frame(0))
    result = holistic.process(frame(1, np.zeros((90, 160, 3), np.uint8)))
    assert result.size == (160, 90)
    assert result.pose.region.cx == pytest.approx(80)
    assert script.runs["pose_detection"] == 2


def test_holistic_after_reset_detects_again(script: Scripted) -> None:
    holistic = Holistic(POSE_ONLY, threads=1)
    holistic.process(frame(0))
    holistic.reset()
    holistic.process(frame(1))
    assert script.runs["pose_detection"] == 2


def body(**changes: object) -> PoseLandmarks:
    """A pose whose left hand points up and whose face is in the middle of the picture."""
    image = np.full((33, 3), 200.0)
    image[15, :2], image[17, :2], image[19, :2] = (100, 150), (95, 110), (105, 110)
    image[:11, :2] = 200 + 20 * np.random.default_rng(0).uniform(-1, 1, (11, 2))
    image[5, :2], image[2, :2] = (185, 195), (215, 195)
    pose = PoseLandmarks(
        image=image,
        world=np.arange(99.0).reshape(33, 3),
        visibility=np.ones(33),
        presence=np.ones(33),
        score=1.0,
        region=Region(200, 200, 300, 300, 0),
    )
    return replace(pose, **changes)


def test_hand_world_landmarks_start_at_the_poses_wrist_in_metres(script: Scripted) -> None:
    hand = HandTracker("left", HolisticSettings())(PICTURE, body())
    np.testing.assert_allclose(hand.world[0], body().world[15])
    lengths = np.linalg.norm(np.diff(hand.world, axis=0), axis=1)
    np.testing.assert_allclose(lengths, np.sqrt(3) * 0.03, atol=1e-6)
    assert hand.right_handed == pytest.approx(0.2)


@pytest.mark.parametrize(("visibility", "found"), [(0.1, False), (0.11, True)])
def test_hand_tracker_searches_only_at_a_visible_wrist(script: Scripted, visibility: float, found: bool) -> None:
    pose = body(visibility=np.full(33, visibility))
    assert (HandTracker("left", HolisticSettings())(PICTURE, pose) is not None) is found


@pytest.mark.parametrize("place", [100.0, np.nan])
def test_hand_tracker_at_a_pose_without_extent_runs_no_network(script: Scripted, place: float) -> None:
    assert HandTracker("left", HolisticSettings())(PICTURE, body(image=np.full((33, 3), place))) is None
    assert script.runs == {}


def test_hand_tracker_with_low_presence_finds_no_hand(script: Scripted) -> None:
    script.hand_presence = 0.5
    assert HandTracker("right", HolisticSettings())(PICTURE, body()) is None


@pytest.mark.parametrize(
    ("settings", "follows"),
    [
        (HolisticSettings(), True),
        (HolisticSettings(static=True), False),
        (HolisticSettings(static=True, parity=True), True),
    ],
)
def test_hand_tracker_follows_a_hand_by_the_last_landmarks_if_set_to(
    script: Scripted, settings: HolisticSettings, follows: bool
) -> None:
    track = HandTracker("left", settings)
    first, second = (astuple(track(PICTURE, body()).region) for _ in range(2))
    assert (second != pytest.approx(first)) is follows
    track(PICTURE, None)
    assert astuple(track(PICTURE, body()).region) == pytest.approx(first)


def test_face_tracker_finds_a_face_only_while_the_detector_does(script: Scripted) -> None:
    track = FaceTracker(HolisticSettings())
    face = track(PICTURE, body())
    assert face.image.shape == (478, 3)
    assert np.isfinite(face.image).all()
    script.face = False
    assert track(PICTURE, body()) is None


def test_face_tracker_at_a_pose_without_place_runs_no_network(script: Scripted) -> None:
    assert FaceTracker(HolisticSettings())(PICTURE, body(image=np.full((33, 3), np.nan))) is None
    assert script.runs == {}


def test_face_tracker_does_not_search_a_face_below_the_minimum_size(script: Scripted) -> None:
    image = body().image
    width = np.ptp(image[:11, :2], axis=0).max()
    looks = [FaceTracker(HolisticSettings(face_settings=FaceSettings(min_size=width + by))) for by in (-1.0, 1.0)]
    near, far = (look(PICTURE, body()) for look in looks)
    assert near is not None
    assert far is None
    assert script.runs["face_detection_short_range"] == 1


def test_holistic_reports_the_time_of_each_stage(script: Scripted) -> None:
    times = StageTimes()
    holistic = Holistic(on_stage=times.add)
    for i in range(3):
        holistic.process(frame(i))
    holistic.close()
    assert times.runs["detect"] == 1
    assert times.runs["pose"] == times.runs["face"] == 3
    assert set(times.seconds) >= {"detect", "pose", "face"}
    assert min(times.seconds.values()) > 0


def hand(*, right_handed: float, shift: float = 0.0) -> HandLandmarks:
    points = np.random.default_rng(0).uniform(0, 100, (21, 3)) + np.array([shift, 0, 0])
    return HandLandmarks(points, points, 0.9, right_handed, Region(50, 50, 100, 100, 0))


@pytest.mark.parametrize(("belief", "kept"), [(0.9, "right_hand"), (0.1, "left_hand")])
def test_hand_found_twice_is_kept_on_the_side_of_its_handedness(script: Scripted, belief: float, kept: str) -> None:
    twins = {"left_hand": hand(right_handed=belief), "right_hand": hand(right_handed=belief)}
    result = Holistic(threads=1).assemble(frame(0), TrackedPose(body(), body()), twins)
    assert [name for name in twins if getattr(result, name) is not None] == [kept]
    tracked = TrackedPose(body(), body())
    both = Holistic(HolisticSettings(parity=True), threads=1).assemble(frame(0), tracked, twins)
    assert both.left_hand is not None
    assert both.right_hand is not None


@pytest.mark.networks
def test_holistic_with_an_unknown_provider_is_refused_by_name(networks: Path) -> None:
    with pytest.raises(ProviderUnavailable, match=r"'abacus'.*cpu"):
        Holistic(HolisticSettings(provider="abacus"))


@pytest.fixture(scope="module")
def clip(performer: Path) -> list[Frame]:
    """The first frames of the repository's clip."""
    capture = opencv.load().VideoCapture(str(performer))
    images = [capture.read()[1] for _ in range(12)]
    capture.release()
    return [frame(i, np.ascontiguousarray(image[:, :, ::-1])) for i, image in enumerate(images)]


def assert_same(one: Landmarks, other: Landmarks) -> None:
    for part in ("pose", "left_hand", "right_hand", "face"):
        a, b = getattr(one, part), getattr(other, part)
        assert (a is None) == (b is None), part
        if a is not None:
            np.testing.assert_allclose(a.image, b.image, atol=0.1)  # px: frames beside each other are farther apart


@pytest.mark.networks
def test_holistic_finds_pose_hands_and_face_of_the_performer(networks: Path, clip: list[Frame]) -> None:
    found = Holistic(threads=1).process(clip[0])
    height, width = clip[0].image.shape[:2]
    assert np.all((found.pose.image[:, :2] > -20) & (found.pose.image[:, :2] < [width + 20, height + 20]))
    for wrist, seen in ((15, found.left_hand), (16, found.right_hand)):
        size = np.ptp(seen.image[:, :2], axis=0).max()
        assert np.linalg.norm(seen.image[0, :2] - found.pose.image[wrist, :2]) < size
        np.testing.assert_allclose(seen.world[0], found.pose.world[wrist], atol=1e-6)
    assert found.face.image.shape == (478, 3)
    eyes = found.pose.image[[5, 2], :2]
    irises = found.face.image[[468, 473], :2]
    assert np.abs(irises - eyes).max() < np.linalg.norm(eyes[0] - eyes[1])


@pytest.mark.networks
@pytest.mark.parametrize("settings", [HolisticSettings(attention=False), HolisticSettings(model="lite", parity=True)])
def test_holistic_run_with_overlapping_frames_equals_frame_by_frame(
    networks: Path, clip: list[Frame], settings: HolisticSettings
) -> None:
    one_by_one = Holistic(settings, threads=1)
    for seen in run(clip, settings):
        assert_same(seen, one_by_one.process(clip[seen.index]))


@pytest.mark.networks
def test_holistic_of_a_non_contiguous_picture_gives_the_same_landmarks(networks: Path, clip: list[Frame]) -> None:
    mirrored_twice = np.ascontiguousarray(clip[0].image[:, ::-1])[:, ::-1]
    assert not mirrored_twice.flags.c_contiguous
    settings = HolisticSettings(static=True)
    assert_same(
        Holistic(settings, threads=1).process(clip[0]), Holistic(settings, threads=1).process(frame(0, mirrored_twice))
    )


@pytest.mark.networks
@pytest.mark.parametrize("size", [(16, 16), (1, 1), (480, 853), (7680, 4320)])
def test_holistic_processes_a_frame_of_any_size(networks: Path, clip: list[Frame], size: tuple[int, int]) -> None:
    image = opencv.load().resize(clip[0].image, size)
    assert Holistic(HolisticSettings(attention=False), threads=1).process(frame(0, image)).size == size
