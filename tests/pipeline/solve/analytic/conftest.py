# SPDX-License-Identifier: GPL-3.0-or-later
"""A synthetic person: landmarks as a perfect network would find them on a posed body."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import FINGERS, INDEX
from mimic.models.body.model import neutral_body
from mimic.pipeline.landmarks.data import LandmarkTrack
from mimic.pipeline.solve import axes
from mimic.pipeline.solve.analytic.settings import AnalyticSettings

BODY = neutral_body()
SIDES = ("Left", "Right")
WIDTH, HEIGHT = 1280, 720
FOCAL = 0.5 * WIDTH / np.tan(np.radians(0.5 * AnalyticSettings().camera.field_of_view))


class Person:
    """The body in front of a camera, and its landmarks."""

    root = np.array([0.2, 4.0, -0.1])
    width = WIDTH

    @staticmethod
    def track_of(rotations, root, *, fps=10.0, noise=0.0) -> LandmarkTrack:
        """Landmarks that a perfect network would find on a posed body."""
        n = len(rotations)
        points = BODY.landmark_positions(rotations, root)
        points = points + np.random.default_rng(1).normal(0.0, noise, points.shape) if noise else points
        x, depth, z = np.moveaxis(points, -1, 0)
        image = np.stack([WIDTH / 2 + FOCAL * x / depth, HEIGHT / 2 - FOCAL * z / depth, depth], axis=-1)
        world = axes.from_blender(points - points[:, 23:25].mean(axis=1, keepdims=True))
        return LandmarkTrack(
            time=np.arange(n) / fps,
            size=np.tile([float(WIDTH), float(HEIGHT)], (n, 1)),
            pose_image=image[:, :33],
            pose_world=world[:, :33],
            visibility=np.ones((n, 33)),
            presence=np.ones((n, 33)),
            hand_image=image[:, 33:].reshape(n, 2, 21, 3),
            hand_world=world[:, 33:].reshape(n, 2, 21, 3),
            hand_presence=np.ones((n, 2)),
            face_image=np.full((n, 6, 3), np.nan),
        )

    @staticmethod
    def without(track: LandmarkTrack, *, pose=None, hands=None) -> LandmarkTrack:
        """The same track with the pose, or the hands, not found in some frames."""
        copies = {name: getattr(track, name).copy() for name in LandmarkTrack.__dataclass_fields__}
        for frames, names in ((pose, ("pose_image", "pose_world", "visibility", "presence")), (hands, ())):
            if frames is not None:
                for name in (*names, "hand_image", "hand_world", "hand_presence"):
                    copies[name][frames] = np.nan
        return LandmarkTrack(**copies)

    @staticmethod
    def degrees_apart(a, b):
        return np.degrees(rot.angle(rot.multiply(rot.conjugate(a), b)))

    @staticmethod
    def still(seconds: float, fps: float = 10.0, *, curl: float = 70.0):
        """A person standing still, turned a little, with bent arms and fists."""
        pose = rot.identity(52)
        pose[0] = rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(20.0))
        for side, sign in (("Left", 1.0), ("Right", -1.0)):
            pose[INDEX[f"{side}Arm"]] = rot.from_axis_angle([0.0, 1.0, 0.0], sign * np.radians(-60.0))
            for finger in FINGERS[1:]:
                for k in (1, 2):
                    joint = INDEX[f"{side}Hand{finger}{k}"]
                    axis = BODY.landmarks[38 if side == "Left" else 59] - BODY.landmarks[50 if side == "Left" else 71]
                    pose[joint] = rot.from_axis_angle(rot.unit(axis), -sign * np.radians(curl))
        n = int(seconds * fps)
        return Person.track_of(np.tile(pose, (n, 1, 1)), np.tile(Person.root, (n, 1)), fps=fps)


@pytest.fixture(scope="session")
def person() -> type[Person]:
    return Person
