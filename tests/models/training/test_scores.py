# SPDX-License-Identifier: GPL-3.0-or-later
"""What scores say of methods whose answers are known, and how they are told."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX
from mimic.models.body.model import neutral_body
from mimic.models.body.motion import BodyMotion
from mimic.models.training.evaluation import contest, evaluate, trials
from mimic.models.training.evaluation.evaluate import Method
from mimic.models.training.evaluation.score_tables import markdown, target_table
from mimic.models.training.evaluation.targets import targets
from mimic.models.training.pairs import clean
from mimic.models.training.pairs.clips import Clips
from mimic.models.training.pairs.dataset import trained_body
from mimic.models.training.workshop import Order, Sources
from mimic.pipeline.solve import axes
from mimic.pipeline.solve.analytic.solver import AnalyticSolver
from mimic.pipeline.solve.camera import CameraSettings, focal_length

NONE = np.zeros((33, 3))
BODY = trained_body(NONE)


class Told:
    """A solver that knows the answers, by the number of the frame, and is as sure of each joint as it was told."""

    def __init__(self, rotations, confidence=1.0):
        self.rotations, self.confidence, self.given = rotations, confidence, 0

    def update(self, track):
        n = len(track.time)
        mine = self.rotations[self.given : self.given + n]
        self.given += n
        sure = np.broadcast_to(self.confidence, (n, 52))
        return BodyMotion(track.time, mine, np.zeros((n, 3)), np.empty(0), sure)

    def solve(self, track):
        self.reset()
        return self.update(track)

    def reset(self):
        self.given = 0


@pytest.fixture
def seen(perfect_pairs):
    """Perfect pairs, a hand of every second person found where it is."""
    n = len(perfect_pairs)
    points = BODY.landmark_positions(perfect_pairs.rotations, perfect_pairs.root)
    hands = np.stack([points[:, 33:54], points[:, 54:75]], axis=1) - points[:, 23:25].mean(axis=1)[:, None, None]
    presence = np.full((n, 2), np.nan)
    presence[::2, 0] = 1.0
    held = np.where(np.isfinite(presence)[..., None, None], axes.from_blender(hands), np.nan)
    return replace(perfect_pairs, hands_image=held, hands_world=held, hands_presence=presence)


def method(rotations, confidence=1.0):
    return Method(lambda: Told(rotations, confidence), BODY)


def test_the_truth_has_no_error(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    score = evaluate.solved(trial, method(seen.rotations))
    assert score.direction == pytest.approx(0.0, abs=1e-4)
    assert score.mpjpe == pytest.approx(0.0, abs=1e-4)
    assert max(*score.turns.values(), *score.seen.values()) < 1e-3
    assert np.isnan(score.jitter)
    assert score.milliseconds >= 0.0


def test_each_joint_counts_in_its_group(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    bent = seen.rotations.copy()
    for name in ("LeftHandIndex3", "RightHandIndex3"):
        turn = rot.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.radians(30.0))
        bent[:, INDEX[name]] = rot.multiply(bent[:, INDEX[name]], turn)
    score = evaluate.solved(trial, method(bent))
    assert score.turns["fingers"] == pytest.approx(30.0 / 15.0, abs=1e-3)
    assert score.seen["fingers"] == pytest.approx(30.0 / 15.0, abs=1e-3)
    assert score.turns["hands"] == pytest.approx(0.0, abs=1e-3)


def test_a_hand_that_is_turned_does_not_bend_its_fingers(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    turned = seen.rotations.copy()
    left = INDEX["LeftHand"]
    turn = rot.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.radians(40.0))
    turned[:, left] = rot.multiply(turned[:, left], turn)
    score = evaluate.solved(trial, method(turned))
    assert score.turns["hands"] == pytest.approx(20.0, abs=1e-3)
    assert score.seen["hands"] == pytest.approx(40.0, abs=1e-3)  # only left hands were seen
    assert score.turns["fingers"] == pytest.approx(0.0, abs=1e-3)


def test_confidence_that_tells_the_error_shows_as_such(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    wrong, sure = seen.rotations.copy(), np.full(52, 0.9)
    for name in ("LeftToeBase", "RightToeBase"):
        turn = rot.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.radians(50.0))
        wrong[:, INDEX[name]] = rot.multiply(wrong[:, INDEX[name]], turn)
        sure[INDEX[name]] = 0.1
    bins = evaluate.solved(trial, method(wrong, sure)).reliability
    assert bins[0].degrees == pytest.approx(50.0, abs=1e-3)
    assert bins[-1].degrees == pytest.approx(0.0, abs=1e-3)
    assert bins[0].share == pytest.approx(100.0 * 2 / 22)
    assert sum(each.share for each in bins) == pytest.approx(100.0)


def test_pictures_are_solved_as_if_each_were_the_first(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    together = AnalyticSolver(BODY).update(trial.track).rotations
    alone = [AnalyticSolver(BODY).update(trials.part(trial.track, slice(i, i + 1))).rotations for i in (3, 4, 17)]
    apart = rot.angle(rot.multiply(rot.conjugate(together[[3, 4, 17]]), np.concatenate(alone)))
    assert np.degrees(apart).max() < 1.0


def test_told_the_lens_a_solver_sees_as_through_the_one_it_assumes(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    assumed = trial.as_assumed().track
    points = BODY.landmark_positions(seen.rotations, seen.root)[:, :33]
    focal = focal_length(assumed.size, CameraSettings())[:, None]
    x = 320.0 + focal * points[..., 0] / points[..., 1]
    assert np.allclose(assumed.pose_image[..., 0], x, atol=1e-6)


def test_clean_samples_are_right_but_for_the_noise(seen, person, monkeypatch):
    monkeypatch.setattr(clean, "NOISE", 0.0)
    trial = trials.of_pairs(clean.clean(seen, [person], NONE), [person], NONE)
    assert evaluate.raw(trial).mpjpe == pytest.approx(0.0, abs=1e-2)
    assert np.array_equal(np.isfinite(trial.track.hand_presence), np.isfinite(seen.hands_presence))
    wrists = trial.track.hand_world[::2, 0, 0] - trial.track.pose_world[::2, 15]
    assert np.abs(wrists).max() < 1e-5
    solver = Method(lambda: AnalyticSolver(neutral_body()), neutral_body())
    assert evaluate.solved(trial, solver).seen["hands"] < 3.0


def test_noise_of_clean_samples_is_as_large_as_it_says(seen, person):
    noisy = clean.clean(seen, [person], NONE, hands=1.0)
    assert np.isfinite(noisy.hands_presence).all()
    assert 20.0 < evaluate.raw(trials.of_pairs(noisy, [person], NONE)).mpjpe < 80.0


def test_clips_are_sequences_of_their_own_and_have_jitter(seen, person):
    n = 24
    few = type(seen)(**{name: values[:n] for name, values in seen.columns().items()})
    still = replace(few, rotations=np.repeat(few.rotations[:1], n, axis=0), root=np.repeat(few.root[:1], n, axis=0))
    clips = Clips(
        pairs=still,
        clip=np.repeat([4, 9], n // 2).astype(np.int32),
        time=np.tile(np.arange(n // 2) / 25.0, 2).astype(np.float32),
        smoothed_image=still.image,
        smoothed_world=still.world,
        smoothed_visibility=still.visibility,
    )
    trial = trials.of_clips(clips, [person], NONE)
    assert trial.starts == (0, n // 2)
    assert [frames.stop - frames.start for frames in trial.sequences()] == [n // 2, n // 2]
    assert evaluate.truth(trial).jitter == pytest.approx(0.0, abs=1e-6)
    started = []

    def start():
        started.append(Told(still.rotations))
        return started[-1]

    score = evaluate.solved(trial, Method(start, BODY, live=False))
    assert len(started) == 2
    assert score.jitter == pytest.approx(0.0, abs=1e-6)


def test_the_table_has_a_row_for_each_and_no_empty_column(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    scores = contest.compare({"pictures": trial}, {"the truth": method(seen.rotations)})
    table = markdown(scores, contest.reliability(scores))
    lines = table.splitlines()
    head = next(line for line in lines if "MPJPE" in line)
    assert "jitter" not in head
    assert "fingers seen" in head
    assert sum(line.startswith("| raw landmarks") for line in lines) == 1
    for block in table.split("###")[1:]:
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({row.count("|") for row in rows}) == 1


def test_what_is_worse_is_named(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    bent = seen.rotations.copy()
    turn = rot.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.radians(30.0))
    bent[:, INDEX["LeftLeg"]] = rot.multiply(bent[:, INDEX["LeftLeg"]], turn)
    scores = {contest.REAL: {contest.RAW: evaluate.raw(trial), "bent": evaluate.solved(trial, method(bent))}}
    assert "left shank" in contest.worse_than_raw(scores, "bent")


def test_a_workshop_is_tried_from_its_files(workshop):
    order = Order(people=2, held_out_people=(1,))
    found = contest.read_trials(workshop, Sources(workshop), order, bodypose3d_at=None)
    assert [len(trial) for trial in found.values()] == [8] * 4
    assert contest.CLEAN in found
    without = contest.read_trials(workshop, Sources(workshop), replace(order, clip_shards=0), bodypose3d_at=None)
    assert len(without) == 3
    scores = contest.compare(found, contest.methods({}))
    assert all(contest.RAW in tried and contest.GEOMETRY in tried for tried in scores.values())
    assert [contest.TRUTH in tried for tried in scores.values()].count(True) == 1  # what stands still has no movement


def test_targets_say_what_is_met(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    tried = {
        contest.RAW: evaluate.raw(trial),
        contest.GEOMETRY: evaluate.solved(trial, contest.methods({})[contest.GEOMETRY]),
    }
    tried["perfect"] = evaluate.solved(trial, method(seen.rotations))
    scores = {contest.REAL: tried, "held-out motion and people": tried}
    perfect = targets(scores, "perfect")
    assert [target.met for target in perfect if "ms" not in target.found] == [True] * 5
    assert "**no**" not in target_table([target for target in perfect if target.met])
    plain = {target.what: target for target in targets(scores, contest.GEOMETRY)}
    turns = next(target for what, target in plain.items() if "turns" in what)
    assert turns.found == "100 %"
    assert not turns.met
    assert "**no**" in target_table(list(plain.values()))
