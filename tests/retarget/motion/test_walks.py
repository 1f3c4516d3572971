# SPDX-License-Identifier: GPL-3.0-or-later
"""CMU's walks seen by one camera with BlazePose's noise, on a rig of other proportions: what an animator would keep."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

from mimic.models.body.joints import INDEX
from mimic.pipeline.solve.analytic.solver import AnalyticSolver
from mimic.retarget.motion.options import AS_SOLVED, MotionOptions
from mimic.retarget.motion.polish import polish
from mimic.retarget.rig.mapping import map_rig
from mimic.retarget.rig.rest import body_axes, joint_positions, size_ratio
from mimic.retarget.transfer.plan import RetargetPlan
from mimic.retarget.transfer.proportions import with_proportions

pytestmark = pytest.mark.slow

CLIPS = ("002_01", "007_03", "007_08", "12_01")
SIDES = ("Left", "Right")


@pytest.fixture(scope="module")
def bench():
    """The bench that measures the same on all walks and more of it."""
    path = Path(__file__).parents[2] / "bench" / "bench_motion.py"
    spec = spec_from_file_location("bench_motion", path)
    module = module_from_spec(spec)
    sys.modules["bench_motion"] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def walkers(bench, shared_data, body):
    found = []
    for clip in CLIPS:
        (file,) = sorted((shared_data / "mocap" / "cmu_npz30").glob(f"*{clip}*.npz"))[:1]
        walk = bench.read_walk(file, body, clip)
        # A seed that nothing was tuned on.
        found.append((walk, AnalyticSolver(body).solve(bench.seen(walk.truth, body, noise=1.0, seed=4321))))
    return found


@pytest.fixture(scope="module")
def long_shanks(rigs, t_pose):
    """A rig twice the body's size with short thighs, long shanks and big feet."""
    points = t_pose.copy()
    for side in SIDES:
        hip, knee, ankle, toe = (INDEX[f"{side}{name}"] for name in ("UpLeg", "Leg", "Foot", "ToeBase"))
        thigh, shank, foot = (t_pose[b] - t_pose[a] for a, b in ((hip, knee), (knee, ankle), (ankle, toe)))
        points[knee] = points[hip] + 0.85 * thigh
        points[ankle] = points[knee] + 1.15 * shank
        points[toe] = points[ankle] + 1.2 * foot
    return rigs.build(points, scale=2.0, seed=3)


def slide(rigs, rig, polished, walk, body):
    """Mean speed (cm/s) over the floor of the balls of the rig's standing feet, at the body's size."""
    rig_map = map_rig(rig)
    positions = joint_positions(rig, rig_map)
    size = size_ratio(positions, body.rest, body_axes(positions))
    posed = rigs.evaluate(rig, RetargetPlan(body, rig, rig_map).motion(polished))
    balls = []
    for side in SIDES:
        foot, toe = (rig.names.index(f"mixamorig:{side}{part}") for part in ("Foot", "ToeBase"))
        # Under the joint of the toes, on the floor: there the foot rolls.
        under = rig.rest[toe][:, 3] - [0.0, 0.0, size * body.rest[INDEX[f"{side}ToeBase"], 2], 0.0]
        balls.append((posed[:, foot] @ np.linalg.inv(rig.rest[foot]) @ under)[:, :2] / size)
    balls = np.stack(balls, axis=1)
    speed = np.linalg.norm(np.diff(balls, axis=0), axis=-1) / np.diff(walk.truth.time)[:, None]
    return 100.0 * float(speed[walk.planted[1:] & walk.planted[:-1]].mean())


def test_polish_of_walks_on_a_rig_slides_a_centimetre_a_second_at_most(bench, walkers, rigs, body, long_shanks):
    shape = with_proportions(body, long_shanks, map_rig(long_shanks))
    free, held = [], []
    for walk, solved in walkers:
        free.append(slide(rigs, long_shanks, polish(solved, shape, AS_SOLVED), walk, body))
        locked = polish(solved, shape, MotionOptions())
        held.append(slide(rigs, long_shanks, locked, walk, body))
        assert bench.PosedSoles.of(shape, locked.rotations, locked.root).lowest.min() > -0.01
    assert np.mean(free) > 20.0
    assert np.mean(held) < 1.0


def test_polish_of_walks_cuts_jitter_to_a_quarter_without_lag(bench, walkers, body):
    jitter, late = [], []
    for walk, solved in walkers[:2]:
        raw, baked = (
            bench.measure(walk, polish(solved, body, way), body, solved=solved) for way in (AS_SOLVED, MotionOptions())
        )
        jitter.append(baked.acceleration / raw.acceleration)
        late.append(baked.delay)
    assert np.mean(jitter) < 0.26
    assert abs(np.mean(late)) < 8.0  # milliseconds: a quarter of a frame


def test_polish_of_walks_solved_by_the_lifter_is_calm_and_without_lag(bench, shared_data, body):
    """The default solver: foot slide, jitter relative to an unsmoothed solve, and lag behind the solver's motion."""
    slides, jitter, late = [], [], []
    for clip in ("002_02", "007_05", "007_09"):
        (file,) = sorted((shared_data / "mocap" / "cmu_npz30").glob(f"*{clip}*.npz"))[:1]
        walk = bench.read_walk(file, body, clip)
        track = bench.seen(walk.truth, body, noise=1.0, seed=4321)
        solved, raw = (way(track, body) for way in bench.SOLVERS["lifter"])
        baked = bench.measure(walk, polish(solved, body, MotionOptions()), body, solved=solved)
        before = bench.measure(walk, polish(raw, body, AS_SOLVED), body, solved=solved)
        slides.append(baked.slide)
        jitter.append(baked.acceleration / before.acceleration)
        late.append(baked.delay)
        assert baked.penetration < 1.0
    assert np.mean(slides) < 1.0
    assert np.mean(jitter) < 0.25
    assert abs(np.mean(late)) < 8.0  # milliseconds: a quarter of a frame
