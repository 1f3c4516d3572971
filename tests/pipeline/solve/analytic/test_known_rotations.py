# SPDX-License-Identifier: GPL-3.0-or-later
"""The analytic solver gives back the rotations that a posed body's own landmarks were made with."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimic.models.body import rotations as rot
from mimic.models.body.joints import FINGERS, INDEX, JOINTS, mirrored
from mimic.models.body.model import Body, neutral_body
from mimic.pipeline.solve import axes
from mimic.pipeline.solve.analytic.settings import AnalyticSettings
from mimic.pipeline.solve.analytic.solver import AnalyticSolver

BODY = neutral_body()
SIDES = ("Left", "Right")
FINGER_JOINTS = [INDEX[f"{side}Hand{finger}{k}"] for side in SIDES for finger in FINGERS for k in (1, 2, 3)]
# Rotations that landmarks cannot tell from others are left out of the poses: clavicles, a forward bend of the back.
EXACT = AnalyticSettings(clavicle_share=0.0, back_share=0.0)


# ---- plausible poses from numbers between -1 and 1 ----


@dataclass
class Dice:
    """A queue of numbers between -1 and 1, read as angles in degrees."""

    numbers: list[float]

    def between(self, low: float, high: float) -> float:
        return float(np.radians(low + (high - low) * 0.5 * (1.0 + self.numbers.pop())))

    def about(self, axis, limit: float, least: float | None = None):
        return rot.from_axis_angle(rot.unit(axis), self.between(-limit if least is None else least, limit))

    def swing(self, direction, limit: float):
        """A turn about some axis square to the direction."""
        side = rot.unit(np.cross(direction, [0.3, 0.5, 0.8]))
        axis = rot.rotate(self.about(direction, 180.0), side)
        return self.about(axis, limit, 0.0)


def segment(body: Body, start: str, end: str):
    return rot.unit(body.rest[INDEX[end]] - body.rest[INDEX[start]])


def arm(dice: Dice, pose, side: str) -> None:
    upper, lower = segment(BODY, f"{side}Arm", f"{side}ForeArm"), segment(BODY, f"{side}ForeArm", f"{side}Hand")
    pose[INDEX[f"{side}Arm"]] = rot.multiply(dice.swing(upper, 90.0), dice.about(upper, 50.0))
    elbow, twist = dice.about(np.cross(upper, lower), 80.0, 5.0), dice.between(-80.0, 80.0)
    share = EXACT.forearm_share
    pose[INDEX[f"{side}ForeArm"]] = rot.multiply(elbow, rot.from_axis_angle(lower, share * twist))
    pose[INDEX[f"{side}Hand"]] = rot.multiply(
        rot.from_axis_angle(lower, (1.0 - share) * twist), dice.swing(lower, 50.0)
    )
    fingers(dice, pose, side)


def fingers(dice: Dice, pose, side: str) -> None:
    first = 33 if side == "Left" else 54
    wrist, index, pinky = BODY.landmarks[[first, first + 5, first + 17]]
    normal = np.cross(index - wrist, pinky - wrist) * (-1.0 if side == "Left" else 1.0)
    for f, finger in enumerate(FINGERS):
        chain = BODY.landmarks[first + 1 + 4 * f : first + 5 + 4 * f]
        joints = [INDEX[f"{side}Hand{finger}{k}"] for k in (1, 2, 3)]
        if finger == "Thumb":
            for joint, (a, b) in zip(joints, pairwise(chain), strict=True):
                pose[joint] = dice.swing(rot.unit(b - a), 35.0)
            continue
        forward = rot.unit(chain[1] - chain[0])
        hinge = rot.unit(np.cross(forward, normal))
        spread = dice.about(np.cross(hinge, forward), 18.0)
        pose[joints[0]] = rot.multiply(dice.about(hinge, 60.0, -15.0), spread)
        pose[joints[1]] = dice.about(hinge, 80.0, 0.0)
        pose[joints[2]] = dice.about(hinge, 50.0, 0.0)


def leg(dice: Dice, pose, side: str) -> None:
    upper = segment(BODY, f"{side}UpLeg", f"{side}Leg")
    pose[INDEX[f"{side}UpLeg"]] = rot.multiply(dice.swing(upper, 80.0), dice.about(upper, 40.0))
    pose[INDEX[f"{side}Leg"]] = dice.about(np.cross(upper, [0.0, 1.0, 0.0]), 110.0, 40.0)
    knee, ankle, heel, toe = BODY.landmarks[[25, 27, 29, 31] if side == "Left" else [26, 28, 30, 32]]
    up = rot.unit(ankle - heel) + rot.unit(knee - ankle)
    pose[INDEX[f"{side}Foot"]] = dice.about(np.cross(toe - heel, up), 30.0)


def pose_from(numbers, *, back: float = 12.0) -> np.ndarray:
    """Rotations (52, 4): turned any way, limbs bent enough to show their plane.

    Each joint of the back twists or bends sideways up to `back` degrees.
    """
    dice = Dice(list(numbers))
    pose = rot.identity(52)
    pose[0] = rot.multiply(
        dice.about([0, 0, 1], 180.0), rot.multiply(dice.about([1, 0, 0], 180.0), dice.about([0, 1, 0], 80.0))
    )
    axis = [[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]][int(dice.numbers.pop() > 0.0)]
    bend = dice.about(axis, back)
    for name in ("Spine", "Spine1", "Spine2"):
        pose[INDEX[name]] = bend
    # The turn itself is the same at every joint, so its share is too.
    nod = dice.about(rot.unit([dice.between(10, 60), dice.between(-50, 60), dice.between(-60, 60)]), 30.0)
    pose[INDEX["Neck"]] = pose[INDEX["Head"]] = nod
    for side in SIDES:
        arm(dice, pose, side)
        leg(dice, pose, side)
    return pose


NUMBERS = st.lists(st.floats(-1.0, 1.0, width=32), min_size=110, max_size=110)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(NUMBERS)
def test_analytic_solver_recovers_known_rotations(person, numbers):
    pose = pose_from(numbers, back=0.0)
    motion = AnalyticSolver(BODY, settings=EXACT).solve(person.track_of(pose[None], person.root[None]))
    error = person.degrees_apart(motion.rotations[0], pose)
    assert error.max() < 0.01, f"{JOINTS[error.argmax()]} is {error.max():.2f} degrees off"
    assert np.allclose(motion.root[0], person.root, atol=1e-6)


@pytest.mark.slow
@settings(max_examples=40, deadline=None)
@given(NUMBERS)
def test_analytic_solver_recovers_a_bent_back_nearly(person, numbers):
    # A back that is not straight at rest tilts the line from hips to shoulders a little when it twists.
    pose = pose_from(numbers)
    motion = AnalyticSolver(BODY, settings=EXACT).solve(person.track_of(pose[None], person.root[None]))
    error = person.degrees_apart(motion.rotations[0], pose)
    assert error.max() < 1.5, f"{JOINTS[error.argmax()]} is {error.max():.2f} degrees off"
    outer = [i for i, name in enumerate(JOINTS) if name.endswith(("Hand", "ForeArm", "Leg", "Foot"))]
    hinges = [i for i in outer if "Up" not in JOINTS[i]]
    assert error[[*hinges, *FINGER_JOINTS]].max() < 0.01


def test_analytic_solver_of_the_rest_pose_gives_identity(person):
    motion = AnalyticSolver(BODY).solve(person.track_of(rot.identity(2, 52), np.tile(person.root, (2, 1))))
    assert person.degrees_apart(motion.rotations, rot.identity()).max() < 1e-6


@settings(max_examples=20, deadline=None)
@given(NUMBERS)
def test_analytic_solver_of_mirrored_landmarks_gives_mirrored_rotations(person, numbers):
    track = person.track_of(pose_from(numbers)[None], person.root[None], noise=0.01)
    across = [0, 4, 5, 6, 1, 2, 3, 8, 7, 10, 9, *(i + 1 if i % 2 else i - 1 for i in range(11, 33))]
    world = track.pose_world[:, across] * [-1.0, 1.0, 1.0]
    image = track.pose_image[:, across] * [-1.0, 1.0, 1.0] + [person.width, 0.0, 0.0]
    hands = track.hand_world[:, ::-1] * [-1.0, 1.0, 1.0]
    motion = AnalyticSolver(BODY).solve(track)
    other = AnalyticSolver(BODY).solve(replace(track, pose_image=image, pose_world=world, hand_world=hands))
    joints = [INDEX[mirrored(name)] for name in JOINTS]
    expected = motion.rotations[:, joints] * [1.0, 1.0, -1.0, -1.0]
    assert person.degrees_apart(other.rotations, expected).max() < 0.05


@settings(max_examples=20, deadline=None)
@given(NUMBERS)
def test_analytic_solver_points_limbs_along_noisy_landmarks(person, numbers):
    track = person.track_of(pose_from(numbers)[None], person.root[None], noise=0.03)
    motion = AnalyticSolver(BODY).solve(track)
    posed = BODY.landmark_positions(motion.rotations, motion.root)
    seen = axes.to_blender(track.pose_world)
    for start, end in ((11, 13), (13, 15), (12, 14), (14, 16), (23, 25), (25, 27), (24, 26), (26, 28)):
        directions = (rot.unit(points[0, end] - points[0, start]) for points in (posed, seen))
        assert np.linalg.norm(np.subtract(*directions)) < 1e-6


def test_analytic_solver_of_a_straightening_arm_keeps_the_plane(person):
    n = 20
    upper, lower = segment(BODY, "LeftArm", "LeftForeArm"), segment(BODY, "LeftForeArm", "LeftHand")
    hinge = rot.unit(np.cross(upper, lower))
    rest_bend = np.arccos(upper @ lower)
    pose = rot.identity(n, 52)
    pose[:, INDEX["LeftArm"]] = rot.from_axis_angle(upper, np.radians(40.0))
    straight = np.linspace(np.radians(60.0), np.radians(2.0), n) - rest_bend
    pose[:, INDEX["LeftForeArm"]] = rot.from_axis_angle(hinge, straight)
    track = person.track_of(pose, np.tile(person.root, (n, 1)), fps=60.0)
    quick = AnalyticSettings(arm_turn_from_palm=0.0)
    motion = AnalyticSolver(BODY, settings=quick).solve(track)
    assert person.degrees_apart(motion.rotations[:, INDEX["LeftArm"]], pose[:, INDEX["LeftArm"]]).max() < 12.0
    forgetful = replace(quick, plane_memory=1e-3)
    forgotten = AnalyticSolver(BODY, settings=forgetful).solve(track).rotations[-1, INDEX["LeftArm"]]
    assert person.degrees_apart(forgotten, pose[-1, INDEX["LeftArm"]]) > 30.0


@pytest.mark.parametrize("degrees", [-80.0, 140.0])
def test_analytic_solver_limits_finger_bends(person, degrees):
    track = person.still(0.1, curl=degrees)
    got = AnalyticSolver(BODY).solve(track).rotations[0]
    for side in SIDES:
        turned = np.degrees(rot.angle(got[[INDEX[f"{side}HandMiddle{k}"] for k in (1, 2)]]))
        assert (turned < (55.0 if degrees < 0.0 else 120.0)).all()


def test_analytic_solver_of_a_raised_arm_raises_the_clavicle_a_little(person):
    pose = rot.identity(1, 52)
    pose[0, INDEX["LeftArm"]] = rot.from_axis_angle([0.0, 1.0, 0.0], np.radians(-110.0))
    motion = AnalyticSolver(BODY).solve(person.track_of(pose, person.root[None]))
    up = rot.rotate(motion.rotations[0, INDEX["LeftShoulder"]], np.array([1.0, 0.0, 0.0]))
    assert np.sin(np.radians(10.0)) < up[2] < np.sin(np.radians(AnalyticSettings().clavicle_limit))
    assert person.degrees_apart(motion.rotations[0, INDEX["RightShoulder"]], rot.identity()) < 1e-6
    elbow, shoulder = (BODY.globals(m)[..., INDEX["LeftArm"], :] for m in (motion.rotations[0], pose[0]))
    assert person.degrees_apart(elbow, shoulder) < 40.0


def test_analytic_solver_with_image_share_corrects_sideways_world_errors(person):
    rng = np.random.default_rng(2)
    pose = np.stack([pose_from(rng.uniform(-1.0, 1.0, 110), back=0.0) for _ in range(20)])
    track = person.track_of(pose, np.tile(person.root, (20, 1)))
    sideways = rng.normal(0.0, 0.04, track.pose_world.shape) * [1.0, 1.0, 0.0]
    track = replace(track, pose_world=track.pose_world + sideways)
    arms = [INDEX[f"{side}{part}"] for side in SIDES for part in ("Arm", "Leg")]

    def error(share: float) -> float:
        motion = AnalyticSolver(BODY, settings=replace(EXACT, image_share=share, hand_filter=None)).solve(track)
        return float(person.degrees_apart(BODY.globals(motion.rotations), BODY.globals(pose))[:, arms].mean())

    assert error(1.0) < 0.6 * error(0.0)


def test_analytic_solver_of_a_crouch_rounds_the_back_and_keeps_the_shoulders(person):
    pose = rot.identity(1, 52)
    thighs = [INDEX["LeftUpLeg"], INDEX["RightUpLeg"]]
    pose[0, thighs] = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(-90.0))
    track = person.track_of(pose, person.root[None])
    upright, rounded = (
        AnalyticSolver(BODY, settings=replace(EXACT, back_share=share)).solve(track).rotations[0]
        for share in (0.0, 0.25)
    )
    assert person.degrees_apart(upright[0], rounded[0]) == pytest.approx(15.0, abs=0.5)
    shoulders = [BODY.positions(r, np.zeros(3))[[INDEX["LeftArm"], INDEX["RightArm"]]] for r in (upright, rounded)]
    assert np.abs(np.subtract(*shoulders)).max() < 0.03
    knees = [BODY.globals(r)[thighs] for r in (upright, rounded)]
    assert person.degrees_apart(*knees).max() < 2.0
