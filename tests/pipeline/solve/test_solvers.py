# SPDX-License-Identifier: GPL-3.0-or-later
"""What every solver promises, whichever it is: see `solver.Solver`."""

import ast
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

import mimic.pipeline.solve as package
from mimic.models.body.model import neutral_body
from mimic.pipeline.landmarks.data import LandmarkTrack
from mimic.pipeline.solve import axes
from mimic.pipeline.solve.creation import create_solver
from mimic.pipeline.solve.settings import DEFAULT_SOLVER, SolverName

NAMES = get_args(SolverName)
BODY = neutral_body()
SOLVERS = pytest.mark.parametrize("name", NAMES)


def walking(seed: int, frames: int = 20) -> LandmarkTrack:
    """Somebody whose landmarks shake and wander off, and who is lost for a while."""
    rng = np.random.default_rng(seed)
    place = np.array([0.1, 3.0, 0.0]) + np.linspace(0.0, 0.5, frames)[:, None] * [1.0, 1.0, 0.0]
    points = BODY.landmarks * rng.uniform(0.8, 1.2) + place[:, None] + rng.normal(0.0, 0.01, (frames, 75, 3))
    flat = 320.0 + 500.0 * np.stack([points[..., 0], -points[..., 2]], axis=-1) / points[..., 1:2]
    image = np.concatenate([flat, points[..., 1:2] - place[:, None, 1:2]], axis=-1)
    world = axes.from_blender(points - points[:, 23:25].mean(axis=1, keepdims=True))
    world[8:12] = np.nan
    return LandmarkTrack(
        time=np.arange(frames) / 25.0,
        size=np.full((frames, 2), 640.0),
        pose_image=image[:, :33],
        pose_world=world[:, :33],
        visibility=np.ones((frames, 33)),
        presence=np.ones((frames, 33)),
        hand_image=image[:, 33:].reshape(frames, 2, 21, 3),
        hand_world=world[:, 33:].reshape(frames, 2, 21, 3),
        hand_presence=np.ones((frames, 2)),
        face_image=np.full((frames, 6, 3), np.nan),
    )


def same(a, b):
    return all(
        np.allclose(getattr(a, field), getattr(b, field), rtol=0.0, atol=1e-6, equal_nan=True) for field in vars(a)
    )


def test_default_solver_is_one_of_the_solvers():
    assert DEFAULT_SOLVER in NAMES


@SOLVERS
def test_reset_forgets_the_track_before(name):
    used, fresh = create_solver(name), create_solver(name)
    used.update(walking(1))
    used.reset()
    assert same(used.update(walking(2)), fresh.update(walking(2)))


@SOLVERS
def test_update_without_reset_remembers_the_frames_before(name):
    used, fresh = create_solver(name), create_solver(name)
    used.update(walking(1))
    assert not same(used.update(walking(2)), fresh.update(walking(2)))


@SOLVERS
def test_solve_of_a_whole_track_forgets_the_track_before(name):
    used = create_solver(name)
    used.update(walking(1))
    first = used.solve(walking(2))
    assert same(first, create_solver(name).solve(walking(2)))
    assert same(first, used.solve(walking(2)))


@SOLVERS
def test_motion_of_n_frames_has_the_shapes_that_body_motion_promises(name):
    solver, track = create_solver(name), walking(3)
    for motion in (solver.update(track), solver.solve(track)):
        assert np.array_equal(motion.time, track.time)
        assert motion.rotations.shape == (20, 52, 4)
        assert motion.root.shape == (20, 3)
        assert motion.confidence.shape == (20, 52)
        assert np.allclose(np.linalg.norm(motion.rotations, axis=-1), 1.0)


@SOLVERS
def test_wider_lens_brings_the_person_nearer(name):
    near, far = (create_solver(name, field_of_view=view).solve(walking(4)).root[-1, 1] for view in (90.0, 40.0))
    assert near < 0.6 * far


def imports(folder: str) -> set[str]:
    """Names of modules and packages that a solver's folder imports from beside it."""
    found = set()
    for path in (Path(package.__file__).parent / folder).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 2:
                found |= {(node.module or alias.name).split(".")[0] for alias in node.names}
    return found


def test_solvers_import_nothing_of_each_other():
    assert not imports("lifter") & {"analytic", "solving"}
    assert not imports("analytic") & {"lifter", "solving"}
    assert {"continuity", "root", "relaxed", "camera"} <= imports("lifter") & imports("analytic")
