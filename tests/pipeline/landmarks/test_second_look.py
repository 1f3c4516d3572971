# SPDX-License-Identifier: GPL-3.0-or-later
"""The pose network asked twice, the second time in a mirror."""

import numpy as np
import pytest

from mimic.pipeline.landmarks import networks
from mimic.pipeline.landmarks.crops import Crop
from mimic.pipeline.landmarks.data import Region
from mimic.pipeline.landmarks.names import POSE
from mimic.pipeline.landmarks.pose import INPUT, PoseOutput, PoseTracker, averaged, flipped_back
from mimic.pipeline.landmarks.settings import HolisticSettings
from mimic.pipeline.sources import open_source

TWICE = HolisticSettings(hands=False, face=False, second_look=True)
ONCE = HolisticSettings(hands=False, face=False)
MIDDLE = (INPUT - 1) / INPUT / 2


def some_output(seed: int = 0) -> PoseOutput:
    rng = np.random.default_rng(seed)
    return PoseOutput(rng.random((35, 3)), rng.random((33, 2)), rng.normal(size=(33, 3)), 0.75)


def assert_same(one: PoseOutput, other: PoseOutput, *, within: float = 1e-12) -> None:
    for name in ("points", "certainty", "world"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), atol=within, err_msg=name)


def test_pose_output_mirrored_twice_is_the_same() -> None:
    assert_same(flipped_back(flipped_back(some_output())), some_output())


def test_pose_output_mirrored_swaps_left_and_right_across_the_middle() -> None:
    output = some_output()
    seen = flipped_back(output)
    left, right = POSE.index("left_wrist"), POSE.index("right_wrist")
    assert seen.points[left, 0] - MIDDLE == pytest.approx(MIDDLE - output.points[right, 0])
    np.testing.assert_allclose(seen.points[left, 1:], output.points[right, 1:])
    np.testing.assert_allclose(seen.world[left], output.world[right] * [-1, 1, 1])
    np.testing.assert_allclose(seen.certainty[left], output.certainty[right])
    np.testing.assert_allclose(seen.points[33:, 1:], output.points[33:, 1:])  # hips and reach have no side


class Answers:
    """A network that sees somebody in the pictures whose turn it is; `asked` are the pictures."""

    def __init__(self, *scores: float) -> None:
        self.scores, self.asked = list(scores), []

    def load(self, _name: str, **_: object):
        return self

    def __call__(self, picture: np.ndarray) -> dict[str, np.ndarray]:
        self.asked.append(picture)
        landmarks = np.full((39, 5), 100.0, np.float32)
        return {
            "score": np.array([[self.scores[len(self.asked) - 1]]], np.float32),
            "landmarks": landmarks.reshape(1, -1),
            "heatmap": np.full((1, 64, 64, 39), -20, np.float32),
            "world": np.full((1, 117), 0.25, np.float32),
        }


def estimate(answers: Answers, settings: HolisticSettings, monkeypatch):
    monkeypatch.setattr(networks, "load", answers.load)
    image = np.random.default_rng(1).integers(0, 255, (INPUT, INPUT, 3)).astype(np.uint8)
    return PoseTracker(settings).estimate(image, Region(INPUT / 2, INPUT / 2, INPUT, INPUT, 0.0))


def test_pose_network_runs_twice_only_with_second_look(monkeypatch) -> None:
    once, twice = Answers(0.9), Answers(0.9, 0.8)
    estimate(once, ONCE, monkeypatch)
    result = estimate(twice, TWICE, monkeypatch)
    assert (len(once.asked), len(twice.asked)) == (1, 2)
    np.testing.assert_array_equal(twice.asked[1], twice.asked[0][:, :, ::-1])
    assert result.pose.score == pytest.approx(0.9)
    # 0.25 m to the right, and to the left in the mirror.
    np.testing.assert_allclose(result.pose.world, np.tile([0.0, 0.25, 0.25], (33, 1)), atol=1e-6)


def test_second_look_without_a_person_does_not_count(monkeypatch) -> None:
    alone, doubted = estimate(Answers(0.9), ONCE, monkeypatch), estimate(Answers(0.9, 0.1), TWICE, monkeypatch)
    np.testing.assert_allclose(doubted.pose.image, alone.pose.image, atol=1e-3)


def test_second_look_is_skipped_after_a_first_look_without_a_person(monkeypatch) -> None:
    answers = Answers(0.1)
    assert estimate(answers, TWICE, monkeypatch) is None
    assert len(answers.asked) == 1


@pytest.mark.networks
def test_second_look_of_a_mirrored_picture_gives_mirrored_landmarks(performer) -> None:
    """A picture and its mirror image give mirrored landmarks with the second look, and not without."""
    with open_source(performer) as source:
        frame = next(iter(source)).image
    height, width = frame.shape[:2]
    crop = Crop.around(Region(width / 2, height / 2, height, height, 0.1), INPUT).extract(frame)
    flipped = np.ascontiguousarray(crop[:, :, ::-1])
    tracker = PoseTracker(TWICE)
    plain, other = tracker._infer(crop), tracker._infer(flipped)
    assert plain is not None
    assert other is not None
    assert_same(plain, flipped_back(other), within=1e-6)
    single = PoseTracker(ONCE)
    off = np.abs(single._infer(crop).world - flipped_back(single._infer(flipped)).world).max()
    assert off > 1e-3


def test_averaged_looks_lie_between_both() -> None:
    one, other = some_output(1), some_output(2)
    between = averaged(one, other)
    np.testing.assert_allclose(between.points, 0.5 * (one.points + other.points))
    assert between.score == one.score
