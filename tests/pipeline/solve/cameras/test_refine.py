# SPDX-License-Identifier: GPL-3.0-or-later
"""The fit of a take of one camera."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from mimic.models.body.model import Body
from mimic.pipeline.solve.cameras.fitting.performer import Performer
from mimic.pipeline.solve.cameras.refine import refined
from mimic.pipeline.solve.solving import solve_person
from mimic.pipeline.takes.take import Take

from .staged import Performer as Somebody
from .staged import camera_at, write_take

LIMBS = [f"{side}{name}" for side in ("Left", "Right") for name in ("Arm", "ForeArm", "UpLeg", "Leg")]


def test_a_path_that_wavers_along_the_lens_is_steadied(stage):
    motion = stage.motion(45)
    view = stage.view(motion, stage.camera(0.0), noise=1.0)
    waver = 0.2 * np.sin(4.0 * motion.time)
    seed = replace(motion, root=motion.root + waver[:, None] * [0.0, 1.0, 0.0])
    found, _ = refined(replace(view, motion=seed))
    scale = np.linalg.norm(motion.root, axis=1).mean() / np.linalg.norm(found.root, axis=1).mean()
    assert np.abs(scale - 1.0) < 0.05
    assert np.abs(scale * found.root[:, 1] - motion.root[:, 1]).mean() < 0.4 * np.abs(waver).mean()


def test_the_motion_is_that_of_the_neutral_body_where_it_looks_alike(stage):
    tall = np.array([0.3, 0.7, 0.6, 0.5, 0.8, 0.6])
    motion = stage.motion(30)
    camera = stage.camera(0.0)
    scale = Performer.of_shape(tall).scale
    view = stage.view(motion, camera, body=Body.of_shape(tall))
    found, _ = refined(replace(view, motion=replace(motion, root=motion.root / scale)))
    assert np.linalg.norm(found.root - motion.root / scale, axis=1).mean() < 0.12
    assert stage.degrees_off(found, motion, LIMBS).mean() < 4.0


def test_a_path_that_is_unknown_stays_unknown(stage):
    motion = stage.motion(20)
    view = stage.view(motion, stage.camera(0.0))
    lost = motion.root.copy()
    lost[5:8] = np.nan
    view.weight[5:8] = 0.0
    found, _ = refined(replace(view, motion=replace(motion, root=lost)))
    assert np.isnan(found.root[5:8]).all()
    assert np.isfinite(np.delete(found.root, slice(5, 8), axis=0)).all()
    assert np.isfinite(found.rotations).all()


def test_a_take_without_frames_is_refined_to_nothing(stage):
    motion = stage.motion(0)
    assert len(refined(stage.view(motion, stage.camera(0.0)))[0].time) == 0


def test_a_take_is_refined_only_if_that_is_asked_for(tmp_path: Path):
    time = np.arange(20) / 30.0
    path = write_take(tmp_path / "one.take", [camera_at(0.0)], [time], [Somebody()])
    with Take.open(path) as take:
        plain, fitted = (solve_person(take, solver="analytic", refine=refine) for refine in (False, True))
        again = solve_person(take, solver="analytic")
    assert np.allclose(plain.motion.rotations, again.motion.rotations)
    moved = np.linalg.norm(fitted.motion.root - plain.motion.root, axis=1)
    assert 1e-3 < moved.mean() < 0.5
    assert (fitted.exchanges == plain.exchanges).all()
    assert fitted.motion.time.tolist() == plain.motion.time.tolist()
    assert (plain.performer, plain.scale) == (None, 1.0)
    assert fitted.performer is not None
    assert fitted.scale == fitted.performer.scale
