# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifter in the pipeline, with networks that are made up."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mimic.models import body as body_package
from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.model import neutral_body
from mimic.models.body.pose import SEEN
from mimic.models.lifter import metrics
from mimic.models.lifter.motion_capture import track_of
from mimic.models.lifter.poses import draw
from mimic.pipeline import axes, lifter
from mimic.pipeline import lifter_tokens as lt
from mimic.pipeline.errors import LifterMissing
from mimic.pipeline.lifter_network import FILE, LifterNetwork, load
from mimic.pipeline.settings import OneEuro

BODY = neutral_body()
REST = lt.Rest.of(BODY)
SIZE, FOCAL = np.array([640.0, 480.0]), 320.0 / np.tan(np.radians(32.5))


class Answers:
    """An ONNX session that always answers the same."""

    def __init__(self, correction=0.0, log_error=-2.0):
        self.correction, self.log_error = correction, log_error

    def run(self, _outputs, feed):
        n = len(feed["tokens"])
        body, fingers = (n, len(lt.SOLVED)), (n, 2, 15)
        return [
            np.full((*body, 6), self.correction),
            np.full((*fingers, 6), self.correction),
            np.full(body, self.log_error),
            np.full(fingers, self.log_error),
            np.full((n, 6), 0.5 + self.correction),
        ]


@pytest.fixture
def network():
    return LifterNetwork(Answers(), REST)


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


def test_without_correction_limbs_are_where_they_were_seen(track, network):
    settings = lifter.LifterSettings(smoothing=None)
    motion = lifter.solve(track, BODY, settings=settings, network=network)
    points = BODY.landmark_positions(motion.rotations, np.zeros(3))[:, metrics.POINTS]
    seen = np.stack([track.pose_world[..., 0], track.pose_world[..., 2], -track.pose_world[..., 1]], axis=-1)
    off = metrics.directions(points, seen[:, metrics.POINTS])
    assert proper(motion)
    assert off[:, 1::2].max() < 8.0  # the elbow's own point moves with the forearm, the hip's with the thigh
    assert off.mean() < 3.0


def test_without_correction_fingers_are_where_they_were_seen(track, poses, network):
    motion = lifter.solve(track, BODY, settings=lifter.LifterSettings(smoothing=None), network=network)
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


def test_the_root_is_where_the_camera_sees_the_hips(track, network):
    motion = lifter.solve(track, BODY, settings=lifter.LifterSettings(smoothing=None), network=network)
    assert np.abs(motion.root - [0.2, 3.0, 0.0]).max() < 0.15


def test_the_mirrored_pass_agrees_where_nothing_is_corrected(track, network):
    one, both = (
        lifter.solve(track, BODY, settings=lifter.LifterSettings(mirror=mirror, smoothing=None), network=network)
        for mirror in (False, True)
    )
    assert metrics.degrees_apart(one.rotations, both.rotations).max() < 1e-3


def test_frame_by_frame_is_the_same_as_all_at_once(track, network):
    settings = lifter.LifterSettings(smoothing=OneEuro(1.0, 0.5))
    whole = lifter.solve(track, BODY, settings=settings, network=network)
    solver = lifter.LifterSolver(BODY, settings=settings, network=network)
    parts = [solver.update(type(track)(**{k: v[i : i + 1] for k, v in vars(track).items()})) for i in range(12)]
    joined = np.concatenate([part.rotations for part in parts])
    assert metrics.degrees_apart(joined, whole.rotations).max() < 1e-4


@pytest.mark.parametrize("value", [np.nan, np.inf, 0.3, 1e30, 1e5, 0.0])
@pytest.mark.parametrize("whose", ["body", "hands", "both", "some"])
def test_bad_landmarks_give_proper_rotations(track, network, value, whose):
    bad = {name: np.array(getattr(track, name)) for name in ("pose_world", "pose_image", "hand_world", "hand_image")}
    for name, points in bad.items():
        if whose in ("both", "body" if name.startswith("pose") else "hands"):
            points[:] = value
        elif whose == "some":
            points[::2, ..., ::3, :] = value
    assert proper(lifter.solve(replace(track, **bad), BODY, network=network))


def test_one_hand_only_is_seen(track, network):
    points = track.hand_world.copy()
    points[:, 1] = np.nan
    motion = lifter.solve(replace(track, hand_world=points), BODY, network=network)
    assert proper(motion)
    assert (motion.confidence[:, INDEX["LeftHandIndex1"]] > 0.5).all()
    assert (motion.confidence[:, INDEX["RightHandIndex1"]] == 0.0).all()
    assert (motion.confidence[:, INDEX["RightForeArm"]] > 0.5).all()


def test_a_face_only_gives_a_pose_at_rest(track, network):
    seen = ("time", "size")
    nobody = {name: np.full_like(value, np.nan) for name, value in vars(track).items() if name not in seen}
    motion = lifter.solve(replace(track, **nobody), BODY, network=network)
    assert proper(motion)
    assert not motion.confidence.any()
    assert np.isnan(motion.root).all()
    assert motion.shape.shape == (0,)


@pytest.mark.parametrize("answer", [np.nan, np.inf, 1e30])
def test_a_broken_answer_gives_proper_rotations(track, answer):
    network = LifterNetwork(Answers(answer, answer), REST)
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


def test_an_arm_below_the_edge_hangs_and_the_other_does_not(track, network):
    presence, hands = np.array(track.presence), np.array(track.hand_world)
    presence[:, [13, 15, 17, 19, 21]], hands[:, 0] = 0.1, np.nan
    motion = lifter.LifterSolver(BODY, network=network).update(replace(track, presence=presence, hand_world=hands))
    arm = [INDEX[f"Left{joint}"] for joint in ("Arm", "ForeArm")]
    pose = np.tile(rot.identity(len(JOINTS)), (12, 1, 1))
    pose[:, arm] = motion.rotations[:, arm]
    joints = BODY.positions(pose, np.zeros(3))
    # Beside the trunk, however that leans.
    assert (rot.unit(joints[:, INDEX["LeftHand"]] - joints[:, INDEX["LeftArm"]])[:, 2] < -0.9).all()
    assert not motion.confidence[:, arm].any()
    full = lifter.LifterSolver(BODY, network=network).update(track)
    other = [INDEX[f"Right{joint}"] for joint in ("Arm", "ForeArm", "UpLeg")]
    assert (motion.confidence[:, other] == full.confidence[:, other]).all()
    assert metrics.degrees_apart(motion.rotations[:, other], full.rotations[:, other]).max() < 1e-3


def test_what_is_seen_is_no_loss_however_doubtful(track):
    doubtful = LifterNetwork(Answers(log_error=2.0), REST)
    motion = lifter.LifterSolver(BODY, network=doubtful).update(track)
    # Cleaning would bridge it with what was before and after, and a raised arm would fall.
    assert motion.confidence.min() > SEEN
    assert motion.confidence.max() < 0.5


def test_a_knee_in_the_picture_is_enough_for_its_leg(track, network):
    presence = np.array(track.presence)
    presence[:, [27, 29, 31]] = 0.1
    cut = lifter.LifterSolver(BODY, network=network).update(replace(track, presence=presence))
    assert cut.confidence[:, INDEX["LeftLeg"]].all()
    presence[:, 25] = 0.1
    cut = lifter.LifterSolver(BODY, network=network).update(replace(track, presence=presence))
    assert not cut.confidence[:, INDEX["LeftLeg"]].any()
    assert cut.confidence[:, INDEX["RightLeg"]].all()


def test_nothing_gives_nothing(track, network):
    empty = type(track)(**{k: v[:0] for k, v in vars(track).items()})
    assert lifter.solve(empty, BODY, network=network).rotations.shape == (0, 52, 4)


def test_a_missing_lifter_is_a_sentence(tmp_path):
    with pytest.raises(LifterMissing, match="train it"):
        load(Path(tmp_path) / "none.onnx")


@pytest.mark.parametrize("content", [b"", b"These are words.", b"\x08\x08" * 40], ids=["empty", "words", "numbers"])
def test_lifter_of_a_file_that_is_no_network_is_a_sentence(tmp_path, content):
    (tmp_path / "notes.txt").write_bytes(content)
    with pytest.raises(LifterMissing, match=r"notes\.txt” is not a network.*give the lifter\.onnx"):
        load(tmp_path / "notes.txt")


@pytest.mark.parametrize(
    "told", ["[1, 2]", "no JSON", '{"a": 1}', "[" * 100_000], ids=["few", "words", "other", "deep"]
)
def test_lifter_whose_metadata_is_spoilt_is_a_sentence(tmp_path, told):
    onnx = pytest.importorskip("onnx", reason="needs onnx, which is not installed here")
    own = onnx.load(str(Path(body_package.__file__).parent / FILE))
    next(kept for kept in own.metadata_props if kept.key == "calibration").value = told
    onnx.save(own, str(tmp_path / "spoilt.onnx"))
    with pytest.raises(LifterMissing, match=r"spoilt\.onnx” is not a lifter of this version"):
        load(tmp_path / "spoilt.onnx")


class Drawn(Answers):
    """Another answer for each joint, the same in every frame."""

    def run(self, outputs, feed):
        rng, answers = np.random.default_rng(6), super().run(outputs, feed)
        return [
            np.broadcast_to(answer[:1] + rng.normal(0.0, 0.2, answer[:1].shape), answer.shape) for answer in answers
        ]


def test_rotations_are_the_corrected_frames_against_the_rests(track):
    network = LifterNetwork(Drawn(), REST)
    settings = lifter.LifterSettings(mirror=False, smoothing=None)
    solver = lifter.LifterSolver(BODY, settings=settings, network=network)
    seen, answer = solver.lift(track)
    motion = solver.update(track)
    turns = rot.to_matrix(BODY.globals(motion.rotations))
    told = lt.corrected(seen.base, answer.correction) @ np.swapaxes(REST.frames, -1, -2)
    assert np.allclose(turns[:, list(lt.SOLVED)], told, atol=1e-7)
    for side, joints in enumerate(lt.FINGER_JOINTS):
        hand = turns[:, [INDEX[f"{('Left', 'Right')[side]}Hand"]]]
        bent = lt.corrected(seen.fingers[:, side], answer.fingers[:, side]) @ np.swapaxes(REST.fingers, -1, -2)
        if side:
            bent = bent * lt.REFLECT[:, None] * lt.REFLECT
        assert np.allclose(turns[:, list(joints)], hand @ bent, atol=1e-7)
    assert (motion.rotations[0, :, 0] >= 0.0).all()
    body, fingers = answer.error, answer.finger_error
    sure = 0.3 + 0.7 * np.exp(-((body / np.radians(30.0)) ** 1.5))
    assert np.allclose(motion.confidence[:, list(lt.SOLVED)], sure)
    sure = 0.3 + 0.7 * np.exp(-((fingers / np.radians(30.0)) ** 1.5))
    assert np.allclose(motion.confidence[:, lt.FINGER_JOINTS], sure)


def test_both_looks_count_alike_but_for_hands_that_are_seen(track):
    network = LifterNetwork(Drawn(), REST)
    points = track.hand_world.copy()
    points[:, 1] = np.nan
    some = replace(track, hand_world=points)
    (_, both), (_, one) = (
        lifter.LifterSolver(BODY, settings=lifter.LifterSettings(mirror=mirror), network=network).lift(some)
        for mirror in (True, False)
    )
    mirrored = 0.5 * (one.correction + lt.mirrored_corrections(one.correction, REST))
    mirrored[:, lt.HAND_PLACES[0]] = one.correction[:, lt.HAND_PLACES[0]]
    assert np.allclose(both.correction, mirrored)
    assert np.allclose(both.error, 0.5 * (one.error + one.error[:, list(lt.SOLVED_MIRROR)]))
    assert np.array_equal(both.fingers, one.fingers)
