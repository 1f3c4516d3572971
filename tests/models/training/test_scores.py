# SPDX-License-Identifier: GPL-3.0-or-later
"""What scores say of methods whose answers are known, and how they are told."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX
from mimic.models.body.model import neutral_body
from mimic.models.body.motion import BodyMotion
from mimic.models.training.datasets import DatasetSettings, SourceData
from mimic.models.training.evaluation import comparison, evaluate, trials
from mimic.models.training.evaluation.evaluate import Method
from mimic.models.training.evaluation.score_tables import markdown, target_table
from mimic.models.training.evaluation.targets import targets
from mimic.models.training.pairs import clean
from mimic.models.training.pairs.clips import Clips
from mimic.models.training.pairs.dataset import trained_body
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


def test_score_of_the_truth_has_no_error(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    score = evaluate.score_method(trial, method(seen.rotations))
    assert score.direction == pytest.approx(0.0, abs=1e-4)
    assert score.mpjpe == pytest.approx(0.0, abs=1e-4)
    assert max(*score.turns.values(), *score.seen.values()) < 1e-3
    assert np.isnan(score.jitter)
    assert score.milliseconds >= 0.0


def test_score_of_a_bent_finger_counts_in_the_fingers_only(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    bent = seen.rotations.copy()
    for name in ("LeftHandIndex3", "RightHandIndex3"):
        turn = rot.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.radians(30.0))
        bent[:, INDEX[name]] = rot.multiply(bent[:, INDEX[name]], turn)
    score = evaluate.score_method(trial, method(bent))
    assert score.turns["fingers"] == pytest.approx(30.0 / 15.0, abs=1e-3)
    assert score.seen["fingers"] == pytest.approx(30.0 / 15.0, abs=1e-3)
    assert score.turns["hands"] == pytest.approx(0.0, abs=1e-3)


def test_score_of_a_turned_hand_counts_no_finger_error(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    turned = seen.rotations.copy()
    left = INDEX["LeftHand"]
    turn = rot.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.radians(40.0))
    turned[:, left] = rot.multiply(turned[:, left], turn)
    score = evaluate.score_method(trial, method(turned))
    assert score.turns["hands"] == pytest.approx(20.0, abs=1e-3)
    assert score.seen["hands"] == pytest.approx(40.0, abs=1e-3)  # only left hands were seen
    assert score.turns["fingers"] == pytest.approx(0.0, abs=1e-3)


def test_score_reliability_shows_confidence_that_tells_the_error(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    wrong, sure = seen.rotations.copy(), np.full(52, 0.9)
    for name in ("LeftToeBase", "RightToeBase"):
        turn = rot.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.radians(50.0))
        wrong[:, INDEX[name]] = rot.multiply(wrong[:, INDEX[name]], turn)
        sure[INDEX[name]] = 0.1
    bins = evaluate.score_method(trial, method(wrong, sure)).reliability
    assert bins[0].degrees == pytest.approx(50.0, abs=1e-3)
    assert bins[-1].degrees == pytest.approx(0.0, abs=1e-3)
    assert bins[0].share == pytest.approx(100.0 * 2 / 22)
    assert sum(each.share for each in bins) == pytest.approx(100.0)


def test_trial_of_pictures_is_solved_frame_by_frame_afresh(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    together = AnalyticSolver(BODY).update(trial.track).rotations
    alone = [
        AnalyticSolver(BODY).update(trials.track_slice(trial.track, slice(i, i + 1))).rotations for i in (3, 4, 17)
    ]
    apart = rot.angle(rot.multiply(rot.conjugate(together[[3, 4, 17]]), np.concatenate(alone)))
    assert np.degrees(apart).max() < 1.0


def test_trial_as_assumed_projects_through_the_assumed_lens(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    assumed = trial.as_assumed().track
    points = BODY.landmark_positions(seen.rotations, seen.root)[:, :33]
    focal = focal_length(assumed.size, CameraSettings())[:, None]
    x = 320.0 + focal * points[..., 0] / points[..., 1]
    assert np.allclose(assumed.pose_image[..., 0], x, atol=1e-6)


def test_clean_samples_without_noise_equal_the_truth(seen, person, monkeypatch):
    monkeypatch.setattr(clean, "NOISE", 0.0)
    trial = trials.of_pairs(clean.clean(seen, [person], NONE), [person], NONE)
    assert evaluate.score_raw(trial).mpjpe == pytest.approx(0.0, abs=1e-2)
    assert np.array_equal(np.isfinite(trial.track.hand_presence), np.isfinite(seen.hands_presence))
    wrists = trial.track.hand_world[::2, 0, 0] - trial.track.pose_world[::2, 15]
    assert np.abs(wrists).max() < 1e-5
    solver = Method(lambda: AnalyticSolver(neutral_body()), neutral_body())
    assert evaluate.score_method(trial, solver).seen["hands"] < 3.0


def test_clean_samples_have_noise_of_the_stated_size(seen, person):
    noisy = clean.clean(seen, [person], NONE, hands=1.0)
    assert np.isfinite(noisy.hands_presence).all()
    assert 20.0 < evaluate.score_raw(trials.of_pairs(noisy, [person], NONE)).mpjpe < 80.0


def test_trial_of_clips_has_a_sequence_and_jitter_for_each_clip(seen, person):
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
    assert evaluate.score_truth(trial).jitter == pytest.approx(0.0, abs=1e-6)
    started = []

    def start():
        started.append(Told(still.rotations))
        return started[-1]

    score = evaluate.score_method(trial, Method(start, BODY, live=False))
    assert len(started) == 2
    assert score.jitter == pytest.approx(0.0, abs=1e-6)


def test_score_table_has_a_row_for_each_method_and_no_empty_column(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    scores = comparison.compare({"pictures": trial}, {"the truth": method(seen.rotations)})
    table = markdown(scores, comparison.reliability(scores))
    lines = table.splitlines()
    head = next(line for line in lines if "MPJPE" in line)
    assert "jitter" not in head
    assert "fingers seen" in head
    assert sum(line.startswith("| raw landmarks") for line in lines) == 1
    for block in table.split("###")[1:]:
        rows = [line for line in block.splitlines() if line.startswith("|")]
        assert len({row.count("|") for row in rows}) == 1


def test_worse_than_raw_names_the_worse_limb(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    bent = seen.rotations.copy()
    turn = rot.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.radians(30.0))
    bent[:, INDEX["LeftLeg"]] = rot.multiply(bent[:, INDEX["LeftLeg"]], turn)
    scores = {
        comparison.REAL: {comparison.RAW: evaluate.score_raw(trial), "bent": evaluate.score_method(trial, method(bent))}
    }
    assert "left shank" in comparison.worse_than_raw(scores, "bent")


def test_trials_of_a_folder_of_data_sets_are_read_and_compared(datasets):
    settings = DatasetSettings(people=2, held_out_people=(1,))
    found = comparison.read_trials(datasets, SourceData(datasets), settings, bodypose3d_folder=None)
    assert [len(trial) for trial in found.values()] == [8] * 4
    assert comparison.CLEAN in found
    without = comparison.read_trials(
        datasets, SourceData(datasets), replace(settings, clip_shards=0), bodypose3d_folder=None
    )
    assert len(without) == 3
    scores = comparison.compare(found, comparison.make_methods({}))
    assert all(comparison.RAW in tried and comparison.GEOMETRY in tried for tried in scores.values())
    assert [comparison.TRUTH in tried for tried in scores.values()].count(
        True
    ) == 1  # what stands still has no movement


def test_targets_of_a_perfect_method_are_met_and_of_another_not(seen, person):
    trial = trials.of_pairs(seen, [person], NONE)
    tried = {
        comparison.RAW: evaluate.score_raw(trial),
        comparison.GEOMETRY: evaluate.score_method(trial, comparison.make_methods({})[comparison.GEOMETRY]),
    }
    tried["perfect"] = evaluate.score_method(trial, method(seen.rotations))
    scores = {comparison.REAL: tried, "held-out motion and people": tried}
    perfect = targets(scores, "perfect")
    assert [target.met for target in perfect if "ms" not in target.found] == [True] * 5
    assert "**no**" not in target_table([target for target in perfect if target.met])
    plain = {target.what: target for target in targets(scores, comparison.GEOMETRY)}
    turns = next(target for what, target in plain.items() if "turns" in what)
    assert turns.found == "100 %"
    assert not turns.met
    assert "**no**" in target_table(list(plain.values()))
