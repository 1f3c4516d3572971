# SPDX-License-Identifier: GPL-3.0-or-later
"""The performer's body, from the landmarks of several views."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body.joints import PARENTS
from mimic.models.body.model import Body, neutral_body
from mimic.models.body.shape import shape_space
from mimic.pipeline.solve.cameras.fitting.performer import Performer, fit_performer, fit_size

TALL = np.array([0.3, 0.7, 0.6, 0.5, 0.7, 0.7])
SHORT = np.array([0.7, 0.75, 0.5, 0.5, 0.25, 0.4])


def bone_lengths(body: Body) -> np.ndarray:
    """Lengths (21,) in metres of trunk and limbs."""
    bones = [i for i in range(1, 52) if not (9 < i < 25 or 28 < i < 44)]
    return np.linalg.norm(body.rest[bones] - body.rest[[PARENTS[i] for i in bones]], axis=1)


@pytest.mark.parametrize("shape", [TALL, SHORT], ids=["tall", "short"])
def test_a_performers_bones_are_found_from_two_views(stage, shape):
    body = Body.of_shape(shape)
    motion = stage.motion(60)
    cameras = [stage.camera(0.0), stage.camera(80.0)]
    views = [stage.view(motion, camera, body=body, noise=3.0) for camera in cameras]
    found = fit_performer(views, cameras, motion.time, stage.disturbed(motion, ("LeftArm", "RightLeg")))
    before = np.abs(bone_lengths(neutral_body()) - bone_lengths(body)).mean()
    assert np.abs(bone_lengths(found.body) - bone_lengths(body)).mean() < 0.4 * before
    assert found.scale == pytest.approx(Performer.of_shape(shape).scale, abs=0.02)


def test_a_neutral_performer_stays_neutral(stage):
    motion = stage.motion(30)
    cameras = [stage.camera(0.0), stage.camera(60.0)]
    views = [stage.view(motion, camera) for camera in cameras]
    found = fit_performer(views, cameras, motion.time, motion)
    assert np.allclose(found.shape, shape_space().neutral, atol=0.02)
    assert found.scale == pytest.approx(1.0, abs=0.01)


def test_a_performer_whom_no_camera_sees_is_neutral(stage):
    motion = stage.motion(10)
    cameras = [stage.camera(0.0), stage.camera(60.0)]
    views = [stage.view(motion, camera) for camera in cameras]
    blind = [replace(view, weight=np.zeros_like(view.weight)) for view in views]
    assert np.allclose(fit_performer(blind, cameras, motion.time, motion).shape, shape_space().neutral)


def test_a_take_without_frames_has_a_neutral_performer(stage):
    motion = stage.motion(0)
    cameras = [stage.camera(0.0), stage.camera(60.0)]
    views = [stage.view(motion, camera) for camera in cameras]
    assert fit_performer(views, cameras, motion.time, motion).scale == pytest.approx(1.0, abs=1e-3)


def test_an_unknown_shape_is_the_neutral_one():
    assert Performer.of_shape(np.full(6, np.nan)).scale == pytest.approx(1.0, abs=1e-3)


def test_how_far_apart_cameras_stand_is_told_by_the_proportions_of_somebody_tall(stage):
    motion = stage.motion(60)
    cameras = [stage.camera(0.0), stage.camera(80.0)]
    body = Body.of_shape(TALL)
    views = [stage.view(motion, camera, body=body, noise=2.0) for camera in cameras]
    size = Performer.of_shape(TALL).scale
    near = [replace(camera, position=tuple(np.array(camera.position) / size)) for camera in cameras]
    found = fit_size(views, near, motion.time, replace(motion, root=motion.root / size))
    assert size > 1.08
    assert found == pytest.approx(size, abs=0.5 * (size - 1.0))


def test_somebody_neutral_leaves_cameras_where_they_stand(stage):
    motion = stage.motion(30)
    cameras = [stage.camera(0.0), stage.camera(60.0)]
    views = [stage.view(motion, camera) for camera in cameras]
    assert fit_size(views, cameras, motion.time, motion) == pytest.approx(1.0, abs=0.01)
    blind = [replace(view, weight=np.zeros_like(view.weight)) for view in views]
    assert fit_size(blind, cameras, motion.time, motion) == 1.0
