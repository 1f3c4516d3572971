# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes whose landmarks are broken or missing: both solvers still give proper rotations, and say that they guess."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.model import neutral_body
from mimic.pipeline.landmarks.data import FaceLandmarks, HandLandmarks, Landmarks, PoseLandmarks, Region
from mimic.pipeline.solve import axes
from mimic.pipeline.solve.creation import create_solver
from mimic.pipeline.solve.solving import solve_take
from mimic.pipeline.takes.take import Take
from mimic.pipeline.takes.writer import TakeWriter

WIDTH, HEIGHT = 1280, 720
SOMEWHERE = Region(640.0, 360.0, 700.0, 700.0, 0.0)
BODY = [i for i, name in enumerate(JOINTS) if "Hand" not in name]
FINGERS = [i for i, name in enumerate(JOINTS) if "Hand" in name and name[-1].isdigit()]


def seen_well():
    """What a perfect network sees of somebody at rest, 3 m away."""
    points = neutral_body().landmark_positions(rot.identity(52), np.array([0.0, 3.0, 0.0]))
    x, y, z = points.T
    image = np.stack([WIDTH / 2 + 1000 * x / y, HEIGHT / 2 - 1000 * z / y, 300 * (y - 3.0)], axis=-1)
    world = axes.from_blender(points - points[23:25].mean(axis=0))
    sure = np.ones(33)
    pose = PoseLandmarks(image[:33], world[:33], sure, sure, 1.0, SOMEWHERE)
    left, right = (
        HandLandmarks(image[part], world[part], 1.0, 0.0, SOMEWHERE) for part in (slice(33, 54), slice(54, 75))
    )
    face = FaceLandmarks(np.tile(image[0], (478, 1)), 1.0, SOMEWHERE)
    return Landmarks(0.0, 0, (WIDTH, HEIGHT), pose=pose, left_hand=left, right_hand=right, face=face)


def pose_full_of(value):
    """A change: all landmarks of body and hands are of one value."""

    def spoil(frame):
        points, sure = np.full((33, 3), value), np.full(33, value)
        pose = replace(frame.pose, image=points, world=points, visibility=sure, presence=sure)
        hand = replace(frame.left_hand, image=points[:21], world=points[:21], presence=value)
        return replace(frame, pose=pose, left_hand=hand, right_hand=hand)

    return spoil


def some_missing(frame):
    world, image = frame.pose.world.copy(), frame.pose.image.copy()
    world[::3], image[1::3] = np.nan, np.nan
    return replace(frame, pose=replace(frame.pose, world=world, image=image))


SPOILT = {
    "not a number": pose_full_of(np.nan),
    "all in one point": pose_full_of(0.25),
    "all zero": pose_full_of(0.0),
    "huge": pose_full_of(1e30),
    "endless": pose_full_of(np.inf),
    "some missing": some_missing,
    "nothing": lambda frame: replace(frame, pose=None, left_hand=None, right_hand=None, face=None),
    "only a hand": lambda frame: replace(frame, pose=None, right_hand=None, face=None),
    "only a face": lambda frame: replace(frame, pose=None, left_hand=None, right_hand=None),
    "no picture": lambda frame: replace(frame, size=(1, 1)),
}


@pytest.fixture
def film(tmp_path):
    """Makes takes of these frames, ten a second."""

    def make(frames, **about):
        path = tmp_path / f"{len(list(tmp_path.iterdir()))}.take"
        with TakeWriter(path, source="made up", size=(WIDTH, HEIGHT), fps=10.0, **about) as take:
            for number, frame in enumerate(frames):
                take.add(replace(frame, time=number / 10.0, index=number))
        return Take.open(path)

    return make


def proper(motion):
    whole = np.isfinite(motion.rotations).all() and np.allclose(np.linalg.norm(motion.rotations, axis=-1), 1.0)
    return whole and ((motion.confidence >= 0.0) & (motion.confidence <= 1.0)).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("solver", ["analytic", "lifter"])
@pytest.mark.parametrize("kind", SPOILT)
def test_solver_of_spoilt_landmarks_gives_proper_rotations(film, solver, kind):
    good, bad = seen_well(), SPOILT[kind](seen_well())
    for frames in ([bad] * 3, [good, good, bad, bad, good]):
        with film(frames) as take:
            motion = solve_take(take, solver=solver, calibrated=False)
            assert proper(motion)
            live = create_solver(solver)
            track = take.track()
            alone = [
                type(track)(**{name: values[[i]] for name, values in vars(track).items()}) for i in range(len(frames))
            ]
            assert all(proper(live.update(frame)) for frame in alone)


@pytest.mark.parametrize("solver", ["analytic", "lifter"])
@pytest.mark.parametrize("kind", ["not a number", "nothing", "only a hand", "only a face", "all zero"])
def test_solver_of_an_unseen_body_gives_no_confidence(film, solver, kind):
    with film([SPOILT[kind](seen_well())] * 3) as take:
        motion = solve_take(take, solver=solver, calibrated=False)
    assert motion.confidence[:, BODY].max() == 0.0
    assert motion.confidence[:, INDEX["Hips"]].max() == 0.0


@pytest.mark.parametrize("solver", ["analytic", "lifter"])
def test_solver_of_lost_hands_keeps_the_legs_and_holds_the_fingers(film, solver):
    good = seen_well()
    lost = replace(good, left_hand=None, right_hand=None)
    with film([good] * 5) as whole, film([good, good, good, lost, lost]) as cut:
        both, body = (solve_take(take, solver=solver, calibrated=False).rotations for take in (whole, cut))
    legs = [i for i in BODY if "Leg" in JOINTS[i] or "Foot" in JOINTS[i]]
    apart = rot.angle(rot.multiply(rot.conjugate(both[:, legs]), body[:, legs]))
    assert np.degrees(apart).max() < 3.0
    held = rot.angle(rot.multiply(rot.conjugate(body[2:3, FINGERS]), body[3:, FINGERS]))
    assert np.degrees(held).max() < 5.0


@pytest.mark.parametrize("solver", ["analytic", "lifter"])
def test_solver_of_a_take_of_unknown_networks_gives_the_same_rotations(film, solver):
    frames = [seen_well()] * 3
    old = {
        "settings": {"model": "heavy", "no such": 1},
        "networks": {"pose_landmark_heavy": "0" * 64, "gone": "1" * 64},
    }
    with film(frames, **old) as other, film(frames) as own:
        one, two = (solve_take(take, solver=solver, calibrated=False).rotations for take in (other, own))
    np.testing.assert_allclose(one, two, atol=1e-5)


@pytest.mark.parametrize("solver", ["analytic", "lifter"])
def test_solver_of_a_take_without_frames_gives_an_empty_motion(film, solver):
    with film([]) as take:
        assert solve_take(take, solver=solver).rotations.shape == (0, 52, 4)
