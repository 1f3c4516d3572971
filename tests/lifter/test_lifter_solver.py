# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifter in the pipeline, with networks that are made up."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX
from mimic.models.body.model import neutral_body
from mimic.models.lifter import metrics
from mimic.models.lifter.motion_capture import track_of
from mimic.models.lifter.poses import draw
from mimic.pipeline import lifter
from mimic.pipeline import lifter_tokens as lt
from mimic.pipeline.errors import LifterMissing
from mimic.pipeline.settings import OneEuro

BODY = neutral_body()
REST = lt.rest_frames(BODY)


class Answers:
    """An ONNX session that always answers the same."""

    def __init__(self, correction=0.0, log_error=-2.0):
        self.correction, self.log_error = correction, log_error

    def run(self, _outputs, feed):
        n = len(feed["tokens"])
        return [np.full((n, 22, 6), self.correction), np.full((n, 22), self.log_error)]


@pytest.fixture
def network():
    return lifter.LifterNetwork(Answers(), REST)


@pytest.fixture
def track():
    poses = draw(np.random.default_rng(3), 12, captured=rot.identity(1, 52), mixture=(1, 0, 0)).rotations
    points = BODY.landmark_positions(poses, np.zeros(3))[:, :33]
    made = track_of(points, np.arange(12) / 25.0)
    image = np.stack([500 + 300 * points[..., 0], 500 - 300 * points[..., 2], 300 * points[..., 1]], axis=-1)
    return replace(made, pose_image=image)


def proper(motion):
    return np.isfinite(motion.rotations).all() and np.allclose(np.linalg.norm(motion.rotations, axis=-1), 1.0)


def test_without_correction_limbs_are_where_they_were_seen(track, network):
    settings = lifter.LifterSettings(smoothing=None)
    motion = lifter.solve(track, BODY, settings=settings, network=network)
    points = BODY.landmark_positions(motion.rotations, np.zeros(3))[:, metrics.POINTS]
    seen = np.stack([track.pose_world[..., 0], track.pose_world[..., 2], -track.pose_world[..., 1]], axis=-1)
    off = metrics.directions(points, seen[:, metrics.POINTS])
    assert proper(motion)
    assert off[:, 1::2].max() < 8.0  # the elbow's own point moves with the forearm, the hip's with the thigh
    assert off.mean() < 3.0


def test_a_person_off_the_axis_is_turned_by_that_angle(track, network):
    aside = replace(track, pose_image=track.pose_image + np.array([400.0, 0.0, 0.0]))
    turning = lifter.LifterSettings(off_axis=True)
    still, turned = (lifter.LifterSolver(BODY, settings=turning, network=network).lift(t)[0] for t in (track, aside))
    assert metrics.degrees_apart(still[:, 0], turned[:, 0]).mean() == pytest.approx(27.0, abs=3.0)


def test_frame_by_frame_is_the_same_as_all_at_once(track, network):
    settings = lifter.LifterSettings(smoothing=OneEuro(1.0, 0.5))
    whole = lifter.solve(track, BODY, settings=settings, network=network)
    solver = lifter.LifterSolver(BODY, settings=settings, network=network)
    parts = [solver.update(type(track)(**{k: v[i : i + 1] for k, v in vars(track).items()})) for i in range(12)]
    joined = np.concatenate([part.rotations for part in parts])
    assert metrics.degrees_apart(joined, whole.rotations).max() < 1e-4


@pytest.mark.parametrize("damage", ["nan", "equal", "huge", "zero"])
def test_bad_landmarks_give_proper_rotations(track, network, damage):
    value = {"nan": np.nan, "equal": 0.3, "huge": 1e30, "zero": 0.0}[damage]
    bad = replace(track, pose_world=np.full((12, 33, 3), value), pose_image=np.full((12, 33, 3), value))
    assert proper(lifter.solve(bad, BODY, network=network))


@pytest.mark.parametrize("answer", [np.nan, np.inf, 1e30])
def test_a_broken_answer_gives_proper_rotations(track, answer):
    network = lifter.LifterNetwork(Answers(answer, answer), REST)
    motion = lifter.solve(track, BODY, network=network)
    assert proper(motion)
    assert ((motion.confidence >= 0.0) & (motion.confidence <= 1.0)).all()


def test_only_a_hand(track, network):
    hand = np.broadcast_to(BODY.landmarks[33:54], (12, 1, 21, 3))
    missing = np.full((12, 1, 21, 3), np.nan)
    alone = replace(
        track,
        pose_world=np.full((12, 33, 3), np.nan),
        pose_image=np.full((12, 33, 3), np.nan),
        visibility=np.full((12, 33), np.nan),
        presence=np.full((12, 33), np.nan),
        hand_world=np.concatenate([hand, missing], axis=1),
        hand_presence=np.tile([1.0, np.nan], (12, 1)),
    )
    motion = lifter.solve(alone, BODY, network=network)
    assert proper(motion)
    assert motion.confidence[:, INDEX["Hips"]].max() == 0.0


def test_who_is_lost_is_held_and_said_to_be_unseen(track, network):
    lost = track.pose_world.copy()
    lost[6:] = np.nan
    settings = lifter.LifterSettings(smoothing=None)
    motion = lifter.solve(replace(track, pose_world=lost), BODY, settings=settings, network=network)
    arm = INDEX["LeftArm"]
    assert proper(motion)
    assert metrics.degrees_apart(motion.rotations[6:, arm], motion.rotations[5, arm]).max() < 1.0
    assert (motion.confidence[6:, arm] == 0.0).all()
    assert (motion.confidence[:6, arm] > 0.5).all()


def test_nothing_gives_nothing(track, network):
    empty = type(track)(**{k: v[:0] for k, v in vars(track).items()})
    assert lifter.solve(empty, BODY, network=network).rotations.shape == (0, 52, 4)


def test_a_missing_lifter_is_a_sentence(tmp_path):
    with pytest.raises(LifterMissing, match="train it"):
        lifter.load(Path(tmp_path) / "none.onnx")
