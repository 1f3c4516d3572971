# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifter in the pipeline, with networks that are made up."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mimic.models import networks as networks_package
from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.model import neutral_body
from mimic.models.body.motion import SEEN
from mimic.models.training.evaluation import metrics
from mimic.models.training.poses.motion_capture import track_of
from mimic.models.training.poses.poses import draw
from mimic.pipeline.errors import LifterMissing
from mimic.pipeline.landmarks.settings import OneEuro
from mimic.pipeline.solve import axes
from mimic.pipeline.solve.lifter.frames import (
    FINGER_JOINTS,
    HAND_PLACES,
    REFLECT,
    SOLVED,
    SOLVED_MIRROR,
    Rest,
    corrected,
    mirrored_corrections,
)
from mimic.pipeline.solve.lifter.network import FILE, LifterNetwork, load
from mimic.pipeline.solve.lifter.solver import LifterSettings, LifterSolver, points_of
from mimic.pipeline.solve.lifter.tokens import tokenize

BODY = neutral_body()
REST = Rest.of(BODY)
SIZE, FOCAL = np.array([640.0, 480.0]), 320.0 / np.tan(np.radians(32.5))


class FixedOutputs:
    """An ONNX session whose outputs are always the same."""

    def __init__(self, correction=0.0, log_error=-2.0):
        self.correction, self.log_error = correction, log_error

    def run(self, _outputs, feed):
        n = len(feed["tokens"])
        body, fingers = (n, len(SOLVED)), (n, 2, 15)
        return [
            np.full((*body, 6), self.correction),
            np.full((*fingers, 6), self.correction),
            np.full(body, self.log_error),
            np.full(fingers, self.log_error),
            np.full((n, 6), 0.5 + self.correction),
        ]


@pytest.fixture
def network():
    return LifterNetwork(FixedOutputs(), REST)


@pytest.fixture
def poses():
    return draw(np.random.default_rng(3), 12, captured=rot.identity(1, 52), mixture=(1, 0, 0)).rotations


@pytest.fixture
def track(poses):
    """What networks that make no mistake say of a person three metres away."""
    points = BODY.landmark_positions(poses, np.array([0.2, 3.0, 0.0]))
    depth = points[..., 1]
    flat = np.stack([points[..., 0], -points[..., 2]], axis=-1) * FOCAL / depth[..., None] + 0.5 * SIZE
    image = np.concatenate([flat, (depth - 3.0)[..., None] * FOCAL / 3.0], axis=-1)
    world = points - points[:, 23:25].mean(axis=1, keepdims=True)
    made = track_of(world[:, :33], np.arange(12) / 25.0)
    return replace(
        made,
        size=np.tile(SIZE, (12, 1)),
        pose_image=image[:, :33],
        hand_image=image[:, 33:].reshape(12, 2, 21, 3),
        hand_world=axes.from_blender(world[:, 33:]).reshape(12, 2, 21, 3),
        hand_presence=np.ones((12, 2)),
    )


def proper(motion):
    return np.isfinite(motion.rotations).all() and np.allclose(np.linalg.norm(motion.rotations, axis=-1), 1.0)


def test_lifter_without_correction_puts_limbs_along_the_landmarks(track, network):
    settings = LifterSettings(smoothing=None)
    motion = LifterSolver(BODY, settings=settings, network=network).update(track)
    points = BODY.landmark_positions(motion.rotations, np.zeros(3))[:, metrics.POINTS]
    seen = np.stack([track.pose_world[..., 0], track.pose_world[..., 2], -track.pose_world[..., 1]], axis=-1)
    off = metrics.directions(points, seen[:, metrics.POINTS])
    assert proper(motion)
    assert off[:, 1::2].max() < 8.0  # the elbow's own point moves with the forearm, the hip's with the thigh
    assert off.mean() < 3.0


def test_lifter_without_correction_puts_fingers_along_the_landmarks(track, poses, network):
    motion = LifterSolver(BODY, settings=LifterSettings(smoothing=None), network=network).update(track)
    ends = [INDEX[f"{side}Hand{finger}3"] for side in ("Left", "Right") for finger in ("Index", "Ring")]
    palms = [INDEX["LeftHand"], INDEX["LeftHand"], INDEX["RightHand"], INDEX["RightHand"]]
    found, true = (
        rot.multiply(rot.conjugate(turns[:, palms]), turns[:, ends])
        for turns in (BODY.globals(motion.rotations), BODY.globals(poses))
    )
    assert proper(motion)
    # A finger's turn about itself does not show in its landmarks.
    along = rot.unit(BODY.ends[ends] - BODY.rest[ends])
    off = np.degrees(np.arccos(np.clip((rot.rotate(found, along) * rot.rotate(true, along)).sum(-1), -1, 1)))
    assert np.median(off) < 3.0
    assert (motion.confidence[:, ends] > 0.5).all()


def test_lifter_root_is_where_the_camera_sees_the_hips(track, network):
    motion = LifterSolver(BODY, settings=LifterSettings(smoothing=None), network=network).update(track)
    assert np.abs(motion.root - [0.2, 3.0, 0.0]).max() < 0.15


def test_lifter_second_look_without_correction_changes_nothing(track, network):
    looks = (LifterSettings(second_look=second_look, smoothing=None) for second_look in (False, True))
    one, both = (LifterSolver(BODY, settings=settings, network=network).update(track) for settings in looks)
    assert metrics.degrees_apart(one.rotations, both.rotations).max() < 1e-3


def test_lifter_frame_by_frame_equals_all_at_once(track, network):
    settings = LifterSettings(smoothing=OneEuro(1.0, 0.5))
    whole = LifterSolver(BODY, settings=settings, network=network).update(track)
    solver = LifterSolver(BODY, settings=settings, network=network)
    parts = [solver.update(type(track)(**{k: v[i : i + 1] for k, v in vars(track).items()})) for i in range(12)]
    joined = np.concatenate([part.rotations for part in parts])
    assert metrics.degrees_apart(joined, whole.rotations).max() < 1e-4


def test_lifter_of_many_frames_in_blocks_equals_all_at_once(track, network, monkeypatch):
    whole = LifterSolver(neutral_body(), network=network).solve(track)
    for name, frames in (("_BATCH", 4), ("_BLOCK", 3)):
        monkeypatch.setattr(f"mimic.pipeline.solve.lifter.solver.{name}", frames)
    monkeypatch.setattr("mimic.pipeline.solve.continuity._BLOCK", 3)
    blocks = LifterSolver(neutral_body(), network=network).solve(track)
    np.testing.assert_allclose(blocks.rotations, whole.rotations, atol=1e-6)
    np.testing.assert_allclose(blocks.root, whole.root, atol=1e-6)
    np.testing.assert_allclose(blocks.confidence, whole.confidence, atol=1e-6)


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.3, 1e30, 1e5, 0.0])
@pytest.mark.parametrize("whose", ["body", "hands", "both", "some"])
def test_lifter_of_bad_landmarks_gives_proper_rotations(track, network, value, whose):
    bad = {name: np.array(getattr(track, name)) for name in ("pose_world", "pose_image", "hand_world", "hand_image")}
    for name, points in bad.items():
        if whose in ("both", "body" if name.startswith("pose") else "hands"):
            points[:] = value
        elif whose == "some":
            points[::2, ..., ::3, :] = value
    assert proper(LifterSolver(BODY, network=network).solve(replace(track, **bad)))


def test_lifter_of_one_hand_trusts_that_hand_only(track, network):
    points = track.hand_world.copy()
    points[:, 1] = np.nan
    motion = LifterSolver(BODY, network=network).solve(replace(track, hand_world=points))
    assert proper(motion)
    assert (motion.confidence[:, INDEX["LeftHandIndex1"]] > 0.5).all()
    assert (motion.confidence[:, INDEX["RightHandIndex1"]] == 0.0).all()
    assert (motion.confidence[:, INDEX["RightForeArm"]] > 0.5).all()


def test_lifter_of_a_face_alone_gives_no_confidence_and_no_root(track, network):
    seen = ("time", "size")
    nobody = {name: np.full_like(value, np.nan) for name, value in vars(track).items() if name not in seen}
    motion = LifterSolver(BODY, network=network).solve(replace(track, **nobody))
    assert proper(motion)
    assert not motion.confidence.any()
    assert np.isnan(motion.root).all()
    assert motion.shape.shape == (0,)


@pytest.mark.parametrize("output", [np.nan, np.inf, 1e30])
def test_lifter_with_a_broken_network_output_gives_proper_rotations(track, output):
    network = LifterNetwork(FixedOutputs(output, output), REST)
    motion = LifterSolver(BODY, network=network).solve(track)
    assert proper(motion)
    assert ((motion.confidence >= 0.0) & (motion.confidence <= 1.0)).all()


def test_lifter_of_a_hand_alone_gives_proper_rotations_without_hips(track, network):
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
    motion = LifterSolver(BODY, network=network).solve(alone)
    assert proper(motion)
    assert motion.confidence[:, INDEX["Hips"]].max() == 0.0


def test_lifter_of_a_lost_person_holds_the_pose_without_confidence(track, network):
    lost = track.pose_world.copy()
    lost[6:] = np.nan
    settings = LifterSettings(smoothing=None)
    motion = LifterSolver(BODY, settings=settings, network=network).update(replace(track, pose_world=lost))
    arm = INDEX["LeftArm"]
    assert proper(motion)
    assert metrics.degrees_apart(motion.rotations[6:, arm], motion.rotations[5, arm]).max() < 1.0
    assert (motion.confidence[6:, arm] == 0.0).all()
    assert (motion.confidence[:6, arm] > 0.5).all()


def test_lifter_of_an_arm_below_the_picture_hangs_that_arm_only(track, network):
    presence, hands = np.array(track.presence), np.array(track.hand_world)
    presence[:, [13, 15, 17, 19, 21]], hands[:, 0] = 0.1, np.nan
    motion = LifterSolver(BODY, network=network).update(replace(track, presence=presence, hand_world=hands))
    arm = [INDEX[f"Left{joint}"] for joint in ("Arm", "ForeArm")]
    pose = np.tile(rot.identity(len(JOINTS)), (12, 1, 1))
    pose[:, arm] = motion.rotations[:, arm]
    joints = BODY.positions(pose, np.zeros(3))
    # Beside the trunk, however that leans.
    assert (rot.unit(joints[:, INDEX["LeftHand"]] - joints[:, INDEX["LeftArm"]])[:, 2] < -0.9).all()
    assert not motion.confidence[:, arm].any()
    full = LifterSolver(BODY, network=network).update(track)
    other = [INDEX[f"Right{joint}"] for joint in ("Arm", "ForeArm", "UpLeg")]
    assert np.allclose(motion.confidence[:, other], full.confidence[:, other], atol=1e-6)
    assert metrics.degrees_apart(motion.rotations[:, other], full.rotations[:, other]).max() < 1e-3


def test_lifter_confidence_of_doubtful_joints_stays_above_the_seen_limit(track):
    doubtful = LifterNetwork(FixedOutputs(log_error=2.0), REST)
    motion = LifterSolver(BODY, network=doubtful).update(track)
    # Cleaning would bridge it with what was before and after, and a raised arm would fall.
    assert motion.confidence.min() > SEEN
    assert motion.confidence.max() < 0.5


def test_lifter_with_a_knee_in_the_picture_trusts_the_leg(track, network):
    presence = np.array(track.presence)
    presence[:, [27, 29, 31]] = 0.1
    cut = LifterSolver(BODY, network=network).update(replace(track, presence=presence))
    assert cut.confidence[:, INDEX["LeftLeg"]].all()
    presence[:, 25] = 0.1
    cut = LifterSolver(BODY, network=network).update(replace(track, presence=presence))
    assert not cut.confidence[:, INDEX["LeftLeg"]].any()
    assert cut.confidence[:, INDEX["RightLeg"]].all()


def test_lifter_of_an_empty_track_gives_an_empty_motion(track, network):
    empty = type(track)(**{k: v[:0] for k, v in vars(track).items()})
    assert LifterSolver(BODY, network=network).solve(empty).rotations.shape == (0, 52, 4)


def test_lifter_file_that_is_missing_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(LifterMissing, match="train it with"):
        load(Path(tmp_path) / "none.onnx")


@pytest.mark.parametrize("content", [b"", b"These are words.", b"\x08\x08" * 40], ids=["empty", "words", "numbers"])
def test_lifter_file_that_is_no_network_is_refused_with_a_sentence(tmp_path, content):
    (tmp_path / "notes.txt").write_bytes(content)
    with pytest.raises(LifterMissing, match=r"notes\.txt” is not a network.*choose a lifter\.onnx"):
        load(tmp_path / "notes.txt")


@pytest.mark.parametrize(
    "told", ["[1, 2]", "no JSON", '{"a": 1}', "[" * 100_000], ids=["few", "words", "other", "deep"]
)
def test_lifter_file_with_spoilt_metadata_is_refused_with_a_sentence(tmp_path, told):
    onnx = pytest.importorskip("onnx", reason="needs onnx, which is not installed here")
    own = onnx.load(str(Path(networks_package.__file__).parent / FILE))
    next(kept for kept in own.metadata_props if kept.key == "calibration").value = told
    onnx.save(own, str(tmp_path / "spoilt.onnx"))
    with pytest.raises(LifterMissing, match=r"spoilt\.onnx” is not a lifter of this version"):
        load(tmp_path / "spoilt.onnx")


class RandomOutputs(FixedOutputs):
    """Another output for each joint, the same in every frame."""

    def run(self, outputs, feed):
        rng, answers = np.random.default_rng(6), super().run(outputs, feed)
        return [
            np.broadcast_to(output[:1] + rng.normal(0.0, 0.2, output[:1].shape), output.shape) for output in answers
        ]


def test_lifter_rotations_are_the_corrected_frames_against_rest(track):
    network = LifterNetwork(RandomOutputs(), REST)
    settings = LifterSettings(second_look=False, smoothing=None)
    solver = LifterSolver(BODY, settings=settings, network=network)
    inputs = tokenize(points_of(track), REST)
    output = solver.lift(inputs)
    motion = solver.update(track)
    turns = rot.to_matrix(BODY.globals(motion.rotations))
    told = corrected(inputs.base, output.correction) @ np.swapaxes(REST.frames, -1, -2)
    assert np.allclose(turns[:, list(SOLVED)], told, atol=1e-7)
    for side, joints in enumerate(FINGER_JOINTS):
        hand = turns[:, [INDEX[f"{('Left', 'Right')[side]}Hand"]]]
        bent = corrected(inputs.fingers[:, side], output.fingers[:, side]) @ np.swapaxes(REST.fingers, -1, -2)
        if side:
            bent = bent * REFLECT[:, None] * REFLECT
        assert np.allclose(turns[:, list(joints)], hand @ bent, atol=1e-7)
    assert (motion.rotations[0, :, 0] >= 0.0).all()
    body, fingers = output.error, output.finger_error
    sure = 0.3 + 0.7 * np.exp(-((body / np.radians(30.0)) ** 1.5))
    assert np.allclose(motion.confidence[:, list(SOLVED)], sure)
    sure = 0.3 + 0.7 * np.exp(-((fingers / np.radians(30.0)) ** 1.5))
    assert np.allclose(motion.confidence[:, FINGER_JOINTS], sure)


def test_lifter_second_look_averages_both_except_for_seen_hands(track):
    network = LifterNetwork(RandomOutputs(), REST)
    points = track.hand_world.copy()
    points[:, 1] = np.nan
    some = replace(track, hand_world=points)
    inputs = tokenize(points_of(some), REST)
    both, one = (
        LifterSolver(BODY, settings=LifterSettings(second_look=second_look), network=network).lift(inputs)
        for second_look in (True, False)
    )
    mirrored = 0.5 * (one.correction + mirrored_corrections(one.correction, REST))
    mirrored[:, HAND_PLACES[0]] = one.correction[:, HAND_PLACES[0]]
    assert np.allclose(both.correction, mirrored)
    assert np.allclose(both.error, 0.5 * (one.error + one.error[:, list(SOLVED_MIRROR)]))
    assert np.allclose(both.fingers, one.fingers)
