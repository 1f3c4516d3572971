# SPDX-License-Identifier: GPL-3.0-or-later
"""A synthetic person in front of several cameras, with landmarks as networks find them."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX
from mimic.models.body.model import Body, neutral_body
from mimic.models.body.motion import BodyMotion
from mimic.pipeline.solve.cameras.fitting.hinges import Hinges
from mimic.pipeline.solve.cameras.fitting.landmark_errors import found_points
from mimic.pipeline.solve.cameras.fitting.skeleton import FITTED
from mimic.pipeline.solve.cameras.view import View
from mimic.pipeline.takes.geometry import CameraGeometry, Clock

FPS = 30.0
SIZE = (1280, 720)
FOCAL = 1000.0


class Stage:
    """Makes motions, cameras and views."""

    body = neutral_body()

    @classmethod
    def motion(cls, frames: int = 40, *, seed: int = 1) -> BodyMotion:
        """Somebody who turns slowly and swings arms and legs."""
        rng = np.random.default_rng(seed)
        time = np.arange(frames) / FPS
        turns = np.zeros((frames, 52, 3))
        hinges = Hinges.of(cls.body, error=1.0, backward=1.0)
        for name in ("Arm", "UpLeg", "Hand", "Foot"):
            for side in ("Left", "Right"):
                reach = 0.5 if name in ("Arm", "UpLeg") else 0.2
                phase = rng.uniform(0.0, 6.0, 3)
                turns[:, INDEX[side + name]] = reach * np.sin(2.0 * np.pi * 0.7 * time[:, None] + phase)
        for joint, axis in zip(hinges.lower, hinges.axes, strict=True):
            bend = 0.5 + 0.4 * np.sin(2.0 * np.pi * 0.7 * time + rng.uniform(0.0, 6.0))
            turns[:, FITTED[joint]] = bend[:, None] * axis
        for name in ("Spine", "Spine2", "Neck"):
            turns[:, INDEX[name]] = 0.15 * np.sin(2.0 * np.pi * 0.4 * time[:, None] + rng.uniform(0.0, 6.0, 3))
        rotations = rot.from_vector(turns)
        rotations[:, 0] = rot.from_axis_angle(np.array([0.0, 0.0, 1.0]), 0.3 + 0.5 * time)
        root = np.stack([0.2 * np.sin(time), 4.0 + 0.1 * time, 0.1 * np.cos(time)], axis=1)
        return BodyMotion(time, rotations, root, np.empty(0), np.full((frames, 52), 0.6))

    @staticmethod
    def camera(degrees: float, *, clock: Clock | None = None, distance: float = 4.0) -> CameraGeometry:
        """A camera that looks at (0, 4, 0), turned about the vertical by degrees from the first one."""
        turn = rot.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.radians(degrees))
        place = np.array([0.0, 4.0, 0.0]) - rot.rotate(turn, np.array([0.0, distance, 0.0]))
        return CameraGeometry(
            rotation=tuple(turn.tolist()),
            position=tuple(place.tolist()),
            focal=FOCAL,
            size=SIZE,
            clock=clock or Clock(),
        )

    @classmethod
    def view(cls, motion: BodyMotion, camera: CameraGeometry, *, body: Body | None = None, noise: float = 0.0) -> View:
        """What a camera sees of a motion, at the motion's frames; noise in px."""
        body = body or cls.body
        points = found_points(body, motion.rotations, motion.root)
        inward = rot.conjugate(np.array(camera.rotation))
        x, depth, z = np.moveaxis(rot.rotate(inward, points - np.array(camera.position)), -1, 0)
        pixels = camera.focal * np.stack([x / depth, -z / depth], axis=-1)
        pixels += noise * np.random.default_rng(3).normal(size=pixels.shape)
        time = (motion.time - camera.clock.offset) / camera.clock.rate
        weight = np.ones(pixels.shape[:2])
        return View(time, pixels, weight, motion, camera.size, camera.focal, 0.05)

    @staticmethod
    def disturbed(motion: BodyMotion, joints: Sequence[str], degrees: float = 15.0) -> BodyMotion:
        """The motion with some joints turned by an angle about random axes, and the path moved by 0.2 m."""
        rng = np.random.default_rng(2)
        rotations = motion.rotations.copy()
        for name in joints:
            axis = rot.unit(rng.normal(size=3))
            turn = rot.from_axis_angle(axis, np.radians(degrees))
            rotations[:, INDEX[name]] = rot.multiply(rotations[:, INDEX[name]], turn)
        return replace(motion, rotations=rotations, root=motion.root + np.array([0.05, 0.2, -0.03]))

    @classmethod
    def degrees_off(cls, motion: BodyMotion, true: BodyMotion, joints: Sequence[str]) -> np.ndarray:
        """Degrees (n, k) between the global rotations of joints and the true ones."""
        where = [INDEX[name] for name in joints]
        a, b = (cls.body.globals(each.rotations)[:, where] for each in (motion, true))
        return np.degrees(rot.apart(a, b))


@pytest.fixture(scope="session")
def stage() -> type[Stage]:
    return Stage
