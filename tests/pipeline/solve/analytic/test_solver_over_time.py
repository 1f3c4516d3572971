# SPDX-License-Identifier: GPL-3.0-or-later
"""What the analytic solver makes of landmarks that come and go, shake, or are not to be believed."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import FINGERS, INDEX, JOINTS
from mimic.models.body.model import neutral_body
from mimic.pipeline.landmarks.data import LandmarkTrack
from mimic.pipeline.solve.analytic.settings import AnalyticSettings
from mimic.pipeline.solve.analytic.solver import AnalyticSolver
from mimic.pipeline.solve.continuity import Hold, HoldSettings

BODY = neutral_body()
SIDES = ("Left", "Right")
FINGER_JOINTS = [INDEX[f"{side}Hand{finger}{k}"] for side in SIDES for finger in FINGERS for k in (1, 2, 3)]


def test_analytic_solver_of_an_absent_hand_holds_relaxes_and_rejoins(person):
    track = person.still(6.0)
    lost = (track.time >= 1.0) & (track.time < 5.0)
    motion = AnalyticSolver(BODY).solve(person.without(track, hands=lost))
    seen = AnalyticSolver(BODY).solve(track).rotations[:, FINGER_JOINTS]
    got = motion.rotations[:, FINGER_JOINTS]
    settings = AnalyticSettings()
    holding = lost & (track.time < 0.9 + settings.unseen.hold)
    assert person.degrees_apart(got[holding], seen[holding]).max() < 1e-6
    away = person.degrees_apart(got[lost], seen[lost]).max(axis=1)
    assert (np.diff(away) > -1e-6).all()
    assert away[-1] > 30.0
    relaxed = track.time[lost] > 1.0 + settings.unseen.hold + settings.unseen.relax
    assert np.allclose(got[lost][relaxed], got[lost][-1], atol=1e-9)
    back = track.time >= 5.0 + settings.unseen.rejoin
    assert person.degrees_apart(got[back], seen[back]).max() < 1e-6
    assert person.degrees_apart(got[1:], got[:-1]).max() < 45.0
    assert (motion.confidence[lost][:, FINGER_JOINTS] == 0.0).all()


def test_analytic_solver_after_a_long_gap_starts_afresh(person):
    track = person.without(person.still(0.2), hands=[0])
    solver = AnalyticSolver(BODY)
    for frame, time in enumerate((0.0, 900.0)):
        now = LandmarkTrack(**{name: values[frame : frame + 1] for name, values in vars(track).items()})
        late = replace(now, time=np.array([time]))
        motion = solver.update(late)
    assert person.degrees_apart(motion.rotations, AnalyticSolver(BODY).update(late).rotations).max() < 1e-6


def test_analytic_solver_of_an_absent_person_has_a_pose_but_no_root(person):
    track = person.still(4.0, fps=30.0)
    lost = (track.time >= 1.0) & (track.time < 3.0)
    motion = AnalyticSolver(BODY).solve(person.without(track, pose=lost))
    assert np.isnan(motion.root[lost]).all()
    assert np.isfinite(motion.root[~lost]).all()
    assert np.isfinite(motion.rotations).all()
    assert (motion.confidence[lost] == 0.0).all()
    assert person.degrees_apart(motion.rotations[1:], motion.rotations[:-1]).max() < 45.0


def test_analytic_solver_without_any_person_gives_a_relaxed_pose(person):
    track = person.still(1.0)
    motion = AnalyticSolver(BODY).solve(person.without(track, pose=slice(None)))
    posed = BODY.positions(motion.rotations, np.zeros(3))
    hand, hips, shoulder = (posed[:, INDEX[name], 2] for name in ("LeftHand", "Hips", "LeftArm"))
    assert (hand < shoulder - 0.3).all()
    assert (hand > hips - 0.4).all()
    assert np.isnan(motion.root).all()


def test_analytic_solver_of_hidden_hips_follows_an_upright_chest(person):
    track = person.still(5.0)
    leaning = track.pose_world.copy()
    leaning[:, 23:, 2] += 0.4
    visibility = track.visibility.copy()
    visibility[:, 23:] = 0.05
    motion = AnalyticSolver(BODY).solve(replace(track, pose_world=leaning, visibility=visibility))
    chest = BODY.globals(motion.rotations)[:, INDEX["Spine2"]]
    upright = BODY.globals(AnalyticSolver(BODY).solve(track).rotations)[:, INDEX["Spine2"]]
    assert person.degrees_apart(chest, upright).max() < 2.0
    assert person.degrees_apart(motion.rotations[:, 0], chest).max() < 1e-6


def test_analytic_solver_frame_by_frame_equals_all_at_once(person):
    track = person.still(4.0)
    track = person.without(track, hands=(track.time >= 1.0) & (track.time < 2.0))
    whole = AnalyticSolver(BODY).solve(track)
    solver = AnalyticSolver(BODY)
    fields = LandmarkTrack.__dataclass_fields__
    for i in range(len(track.time)):
        one = solver.update(LandmarkTrack(**{name: getattr(track, name)[i : i + 1] for name in fields}))
        assert np.allclose(one.rotations[0], whole.rotations[i], atol=1e-9)
        assert np.allclose(one.root[0], whole.root[i], atol=1e-6)


def test_analytic_solver_of_an_empty_track_gives_an_empty_motion():
    motion = AnalyticSolver(BODY).solve(LandmarkTrack.of([]))
    assert motion.rotations.shape == (0, 52, 4)
    assert motion.root.shape == (0, 3)
    assert motion.confidence.shape == (0, 52)


def test_analytic_solver_signs_are_continuous_through_two_whole_turns(person):
    n = 60
    pose = rot.identity(n, 52)
    pose[:, 0] = rot.from_axis_angle([0.0, 0.0, 1.0], np.linspace(0.0, 4.0 * np.pi, n))
    motion = AnalyticSolver(BODY).solve(person.track_of(pose, np.tile(person.root, (n, 1))))
    assert (np.sum(motion.rotations[1:] * motion.rotations[:-1], axis=-1) > 0.0).all()
    assert person.degrees_apart(motion.rotations[:, 0], pose[:, 0]).max() < 1e-6


def test_analytic_solver_ignores_a_hand_seen_back_to_front(person):
    track = person.still(1.0)
    flipped = track.hand_world.copy()
    axis = rot.unit(flipped[:, 0, 9] - flipped[:, 0, 0])[:, None]
    flipped[:, 0] = rot.rotate(
        rot.from_axis_angle(axis, np.pi * np.ones((len(axis), 1))), flipped[:, 0] - flipped[:, 0, :1]
    )
    motion = AnalyticSolver(BODY).solve(replace(track, hand_world=flipped))
    expected = AnalyticSolver(BODY).solve(track)
    hand, fingers = INDEX["LeftHand"], [i for i in FINGER_JOINTS if JOINTS[i].startswith("Left")]
    assert person.degrees_apart(motion.rotations[:, hand], expected.rotations[:, hand]).max() < 1.0
    assert (motion.confidence[:, fingers] == 0.0).all()
    assert (motion.confidence[:, hand] < expected.confidence[:, hand]).all()


def test_analytic_solver_hand_filter_calms_jitter(person):
    rng = np.random.default_rng(4)
    track = person.still(4.0, fps=30.0)
    shaken = replace(track, hand_world=track.hand_world + rng.normal(0.0, 0.003, track.hand_world.shape))
    hands = [INDEX["LeftHand"], INDEX["RightHand"]]
    true = AnalyticSolver(BODY).solve(track).rotations[:, hands]

    def error(**chosen) -> float:
        got = AnalyticSolver(BODY, settings=AnalyticSettings(**chosen)).solve(shaken).rotations[:, hands]
        return float(person.degrees_apart(got, true)[30:].mean())

    assert error() < 0.7 * error(hand_filter=None)


def test_analytic_solver_trusts_a_hidden_elbow_beside_a_found_hand(person):
    track = person.still(1.0)
    visibility = track.visibility.copy()
    visibility[:, [13, 14]] = 0.05
    visibility[:, [15, 16]] = 0.1
    seen = AnalyticSolver(BODY).solve(replace(track, visibility=visibility))
    arms = [INDEX["LeftArm"], INDEX["LeftForeArm"]]
    expected = AnalyticSolver(BODY).solve(track)
    assert person.degrees_apart(seen.rotations[:, arms], expected.rotations[:, arms]).max() < 1.0
    alone = person.without(replace(track, visibility=visibility), hands=slice(None))
    assert (AnalyticSolver(BODY).solve(alone).confidence[:, arms] < AnalyticSettings().min_confidence).all()


def test_analytic_solver_confidence_is_that_of_the_least_sure_landmark(person):
    track = person.still(0.1)
    visibility = track.visibility.copy()
    visibility[:, 27], visibility[:, 25] = 0.4, 0.9
    presence = track.presence.copy()
    presence[:, 31] = 0.3
    got = AnalyticSolver(BODY).solve(replace(track, visibility=visibility, presence=presence)).confidence[0]
    assert got[INDEX["LeftUpLeg"]] == pytest.approx(0.9)
    assert got[INDEX["LeftLeg"]] == pytest.approx(0.4)
    assert got[INDEX["LeftFoot"]] == pytest.approx(0.3)
    assert got[INDEX["LeftToeBase"]] == 0.0
    assert got[INDEX["RightLeg"]] == pytest.approx(1.0)


def plainly_held(time, rotations, source, rest, *, hold, relax, rejoin):
    """What `Hold` says it does, one joint at a time."""
    result = np.empty_like(rotations)
    for joint in range(rotations.shape[1]):
        last = held = rest[0, joint]
        missing, lag, offset, before = np.inf, 0.0, rot.identity(), None
        for i in range(len(time)):
            step, by = (0.0 if i == 0 else time[i] - time[i - 1]), source[i, joint]
            if by > 0:
                if before is not None and by != before:
                    lag, offset = 1.0, rot.multiply(rot.conjugate(rotations[i, joint]), last)
                else:
                    lag = max(lag - step / rejoin, 0.0)
                behind = rot.slerp(rot.identity(), offset, lag * lag * (3.0 - 2.0 * lag))
                missing, last = 0.0, rot.multiply(rotations[i, joint], behind)
            else:
                if before:
                    held, missing = last, 0.0
                missing, lag = missing + step, max(lag - step / rejoin, 0.0)
                part = np.clip((missing - hold) / relax, 0.0, 1.0)
                last = rot.slerp(held, rest[i, joint], part * part * (3.0 - 2.0 * part))
            result[i, joint], before = last, by
    return result


@pytest.mark.parametrize("seed", range(4))
def test_hold_of_joints_that_come_and_go_equals_the_plain_rule(seed):
    rng = np.random.default_rng(seed)
    time = np.cumsum(rng.uniform(0.02, 0.06, 240))
    rotations = rot.from_vector(rng.normal(0.0, 0.7, (1, 6, 3)) + 0.3 * np.sin(time)[:, None, None])
    rest = rot.from_vector(np.broadcast_to(rng.normal(0.0, 0.5, (6, 3)), (240, 6, 3)))
    source = np.repeat(rng.integers(0, 3, (12, 6)), 20, axis=0)
    source[60:180, 2], source[:, 3], source[:, 4] = 0, 1, 0
    times = {"hold": 0.3, "relax": 0.8, "rejoin": 0.2}
    found = Hold(HoldSettings(**times)).run(time, rotations, source, rest)
    expected = plainly_held(time, rotations, source, rest, **times)
    assert rot.angle(rot.multiply(rot.conjugate(found), expected)).max() < 1e-6
    parts = Hold(HoldSettings(**times))
    one = [parts.run(time[i : i + 1], rotations[i : i + 1], source[i : i + 1], rest[i : i + 1]) for i in range(240)]
    assert np.allclose(np.concatenate(one), found)
