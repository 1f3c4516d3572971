# SPDX-License-Identifier: GPL-3.0-or-later
"""What two cameras show of somebody who moves about, frame by frame, as a live session gets it."""

from dataclasses import dataclass, replace

import numpy as np

from mimic.models.body import rotations as rot
from mimic.models.body.model import neutral_body
from mimic.models.body.motion import BodyMotion
from mimic.pipeline.landmarks.data import Landmarks, PoseLandmarks, Region
from mimic.pipeline.live.view import SeenPose
from mimic.pipeline.solve.cameras.fitting.landmark_errors import found_points
from mimic.pipeline.solve.cameras.view import View
from mimic.pipeline.takes.geometry import CameraGeometry

from ..solve.cameras.filmed import Filming, filmed, performance, true_geometry

CAMERAS = (Filming(0.0, 60.0), Filming(75.0, 70.0, size=(640, 480)))


@dataclass(frozen=True)
class Filmed:
    """Frames of both cameras at the same moments, and the truth in the first one's axes.

    Attributes:
        frames: of the first camera and of the second.
        rotations: (n, 52, 4) true ones.
        root: (n, 3) true places of the hips.
        views: what both saw.
    """

    frames: list[tuple[SeenPose, SeenPose]]
    rotations: np.ndarray
    root: np.ndarray
    views: tuple[View, View]


def geometry(cameras: tuple[Filming, Filming] = CAMERAS) -> tuple[CameraGeometry, CameraGeometry]:
    """The cameras as they are."""
    first, second = (
        CameraGeometry(tuple(turn), tuple(place), camera.focal(camera.field_of_view), camera.size)
        for camera, (turn, place) in zip(cameras, true_geometry(list(cameras)), strict=True)
    )
    return first, second


def film(
    seed: int = 1, seconds: float = 4.0, *, noise: float = 0.01, skeleton: float = 15.0, wrong: float = 0.0
) -> Filmed:
    """Film a performance; `wrong` degrees are added to each rotation of the second camera's skeleton throughout."""
    person = performance(seed, seconds)
    known = [replace(camera, assumed=None) for camera in CAMERAS]
    true = filmed([person], known, seed, noise=0.0, skeleton=0.0)[0]
    rng = np.random.default_rng(seed)
    first, second = (
        replace(view, pixels=as_found(exact, noise, rng))
        for view, exact in zip(filmed([person], CAMERAS, seed, skeleton=skeleton)[0], true, strict=True)
    )
    if wrong:
        off = rot.from_vector(np.radians(wrong) * np.array([0.6, 0.0, 0.8]))
        motion = replace(second.motion, rotations=rot.multiply(second.motion.rotations, off))
        second = replace(second, motion=motion)
    frames = [(seen(first, i), seen(second, i)) for i in range(min(len(first.time), len(second.time)))]
    return Filmed(frames, true[0].motion.rotations, true[0].motion.root, (first, second))


def as_found(view: View, noise: float, rng: np.random.Generator) -> np.ndarray:
    """Where networks find the landmarks (n, 75, 2) px of a true motion, off by `noise` of the person's height."""
    motion = view.motion
    points = found_points(neutral_body(), motion.rotations, motion.root)
    pixels = view.focal / points[..., 1:2] * points[..., [0, 2]] * [1.0, -1.0]
    scatter = noise * 1.7 * view.focal / motion.root[:, 1]
    return pixels + scatter[:, None, None] * rng.normal(size=pixels.shape)


def seen(view: View, i: int) -> SeenPose:
    """What a view shows in frame `i`."""
    motion, at = view.motion, slice(i, i + 1)
    own = BodyMotion(motion.time[at], motion.rotations[at], motion.root[at], motion.shape, motion.confidence[at])
    image = np.column_stack([view.pixels[i, :33] + 0.5 * np.array(view.size), np.zeros(33)])
    sure, region = np.full(33, 0.9), Region(0.0, 0.0, 1.0, 1.0, 0.0)
    pose = PoseLandmarks(image, np.zeros((33, 3)), sure, sure, 1.0, region)
    return SeenPose(Landmarks(float(view.time[i]), i, view.size, pose), view.pixels[i], view.weight[i], own)


def nobody(of: SeenPose) -> SeenPose:
    """The same frame without the performer: the pose is held, and nothing is sure."""
    motion = replace(of.motion, root=np.full((1, 3), np.nan), confidence=np.zeros((1, 52)))
    return SeenPose(replace(of.landmarks, pose=None), np.full((75, 2), np.nan), np.zeros(75), motion)
