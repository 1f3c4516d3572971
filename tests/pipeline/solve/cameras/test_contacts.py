# SPDX-License-Identifier: GPL-3.0-or-later
"""Feet that stand do not slide."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX
from mimic.models.body.motion import BodyMotion
from mimic.pipeline.solve.cameras.fitting.contacts import ContactSettings, standing
from mimic.pipeline.solve.cameras.fitting.evidence import Evidence
from mimic.pipeline.solve.cameras.fitting.fit import FitSettings, fit_body

LEFT_HEEL, RIGHT_HEEL = 0, 1
FEET = [INDEX["LeftFoot"], INDEX["RightFoot"]]


@pytest.fixture
def standing_on_the_left(stage):
    """Somebody who stands and swings the right leg."""
    frames = 45
    time = np.arange(frames) / 30.0
    rotations = rot.identity(frames, 52)
    swing = 0.5 * np.sin(2.0 * np.pi * time)
    rotations[:, INDEX["RightUpLeg"]] = rot.from_axis_angle(np.array([1.0, 0.0, 0.0]), swing)
    root = np.tile([0.0, 4.0, 0.0], (frames, 1))
    return BodyMotion(time, rotations, root, np.empty(0), np.full((frames, 52), 0.7))


def test_the_foot_that_swings_does_not_stand(stage, standing_on_the_left):
    motion = standing_on_the_left
    cameras = [stage.camera(0.0), stage.camera(80.0)]
    evidence = Evidence.of([stage.view(motion, camera) for camera in cameras], cameras, motion.time)
    stands = standing(evidence, motion.time, motion.root, ContactSettings())
    assert stands[:, LEFT_HEEL].min() == pytest.approx(1.0)
    assert stands[:, RIGHT_HEEL].mean() < 0.3


def test_a_foot_that_no_camera_sees_does_not_stand(stage, standing_on_the_left):
    motion = standing_on_the_left
    camera = stage.camera(0.0)
    view = stage.view(motion, camera)
    view.weight[:, 29] = 0.0
    evidence = Evidence.of([view], [camera], motion.time)
    stands = standing(evidence, motion.time, motion.root, ContactSettings())
    assert stands[:, LEFT_HEEL].max() == 0.0


def test_a_standing_foot_slides_less_with_contacts(stage, standing_on_the_left):
    motion = standing_on_the_left
    camera = stage.camera(0.0)
    view = stage.view(motion, camera, noise=1.0)
    sway = 0.15 * np.sin(2.0 * np.pi * 1.5 * motion.time)
    seed = replace(motion, root=motion.root + sway[:, None] * [0.0, 1.0, 0.0])
    slides = {}
    for contacts in (None, ContactSettings()):
        fitted = fit_body([view], [camera], motion.time, seed, stage.body, settings=FitSettings(contacts=contacts))
        foot = stage.body.positions(fitted.rotations, fitted.root)[:, FEET[0]]
        slides[contacts] = np.linalg.norm(np.diff(foot, axis=0), axis=1).sum()
    assert slides[ContactSettings()] < 0.3 * slides[None]


def test_a_foot_that_swings_still_swings_with_contacts(stage, standing_on_the_left):
    motion = standing_on_the_left
    cameras = [stage.camera(0.0), stage.camera(80.0)]
    views = [stage.view(motion, camera) for camera in cameras]
    settings = FitSettings(contacts=ContactSettings())
    fitted = fit_body(views, cameras, motion.time, motion, stage.body, settings=settings)
    feet, true = (stage.body.positions(each.rotations, each.root)[:, FEET[1]] for each in (fitted, motion))
    assert np.linalg.norm(feet - true, axis=1).max() < 0.03
