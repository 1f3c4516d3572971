# SPDX-License-Identifier: GPL-3.0-or-later
"""Somebody who moves before several cameras, and what each camera's view is solved to."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.model import neutral_body
from mimic.models.body.motion import BodyMotion
from mimic.pipeline.landmarks.data import HandLandmarks, Landmarks, PoseLandmarks, Region
from mimic.pipeline.solve.axes import from_blender
from mimic.pipeline.solve.cameras.view import View
from mimic.pipeline.takes.geometry import CameraGeometry, Clock
from mimic.pipeline.takes.writer import CameraWriter, TakeWriter

Array = NDArray[np.float64]

SIZE = (1280, 720)
FOCAL = 900.0
DISTANCE = 4.0


def camera_at(
    degrees: float, *, clock: Clock | None = None, focal: float = FOCAL, distance: float = DISTANCE
) -> CameraGeometry:
    """A camera that went around the person by so many degrees, to its own right; at 0 it is the first camera."""
    turn = rot.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.radians(degrees))
    person = np.array([0.0, DISTANCE, 0.0])
    position = person - rot.rotate(turn, np.array([0.0, distance, 0.0]))
    return CameraGeometry(
        rotation=(float(turn[0]), float(turn[1]), float(turn[2]), float(turn[3])),
        position=(float(position[0]), float(position[1]), float(position[2])),
        focal=focal,
        size=SIZE,
        clock=clock or Clock(),
    )


@dataclass(frozen=True)
class Performer:
    """Somebody who swings arms and legs, sways and turns, at any time; `place` is how far to the right, in metres."""

    speed: float = 1.0
    yaw: float = 0.0
    place: float = 0.0

    def rotations(self, time: Array) -> Array:
        """Rotations (n, 52, 4), the hips in the first camera's axes."""
        result = rot.identity(len(time), len(JOINTS))
        # Nothing repeats itself, so that there is one way only to synchronise cameras.
        phase = 2.0 * np.pi * 0.6 * self.speed * time + 1.5 * np.sin(0.9 * self.speed * time)
        result[:, 0] = rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(self.yaw) + 0.5 * np.sin(0.7 * phase))
        for side, sign in (("Left", 1.0), ("Right", -1.0)):
            swing = 0.6 * np.sin(phase + (sign > 0) * 1.3)
            result[:, INDEX[f"{side}Arm"]] = rot.from_axis_angle([0.0, 1.0, 0.0], sign * (0.5 + swing))
            result[:, INDEX[f"{side}ForeArm"]] = rot.from_axis_angle([0.0, 0.0, 1.0], -sign * (0.8 + 0.5 * swing))
            result[:, INDEX[f"{side}UpLeg"]] = rot.from_axis_angle([1.0, 0.0, 0.0], sign * swing)
            result[:, INDEX[f"{side}Leg"]] = rot.from_axis_angle([1.0, 0.0, 0.0], 0.4 + np.abs(swing) ** 2)
            for knuckle in (1, 2, 3):
                curl = rot.from_axis_angle([0.0, 1.0, 0.0], sign * (0.4 + swing))
                result[:, INDEX[f"{side}HandIndex{knuckle}"]] = curl
        return result

    def root(self, time: Array) -> Array:
        """Root (n, 3) in the first camera's axes."""
        return np.stack(
            [self.place + 0.4 * np.sin(0.8 * time), DISTANCE + 0.2 * np.sin(1.1 * time), 0.05 * np.sin(3.0 * time)], 1
        )

    def seen_by(
        self,
        camera: CameraGeometry,
        time: Array,
        *,
        error: Callable[[Array], Array] | None = None,
        scale: float = 1.0,
        confidence: float = 0.8,
    ) -> View:
        """What a camera sees at times (n,) of its own clock.

        Args:
            camera: the camera.
            time: by its clock.
            error: rotation vectors (n, 3) in the camera's axes, by which all global rotations are off.
            scale: distances that the camera takes for the true ones.
            confidence: of all joints.
        """
        body, at = neutral_body(), camera.clock.offset + camera.clock.rate * time
        back = rot.conjugate(np.array(camera.rotation))
        rotations, root = self.rotations(at), rot.rotate(back, self.root(at) - np.array(camera.position))
        rotations[:, 0] = rot.multiply(back, rotations[:, 0])
        points = body.landmark_positions(rotations, root)
        pixels = camera.focal * np.stack([points[..., 0], -points[..., 2]], axis=-1) / points[..., 1:2]
        if error is not None:
            rotations[:, 0] = rot.multiply(rot.from_vector(error(time)), rotations[:, 0])
        n = len(time)
        motion = BodyMotion(time, rotations, root * scale, np.empty(0), np.full((n, len(JOINTS)), confidence))
        return View(time, pixels, np.full((n, 75), 0.9), motion, SIZE, camera.focal, 0.05)


def with_motion(view: View, **changes: object) -> View:
    """The view with other values in its motion."""
    return replace(view, motion=replace(view.motion, **changes))  # type: ignore[arg-type]


def lost(view: View, frames: slice) -> View:
    """The view of a camera that does not see the person in these frames: joints hold their last rotation."""
    motion = view.motion
    confidence, root, rotations = motion.confidence.copy(), motion.root.copy(), motion.rotations.copy()
    weight, pixels = view.weight.copy(), view.pixels.copy()
    confidence[frames], root[frames], weight[frames], pixels[frames] = 0.0, np.nan, 0.0, np.nan
    rotations[frames] = rotations[max(frames.start - 1, 0)]
    return replace(
        with_motion(view, confidence=confidence, root=root, rotations=rotations), weight=weight, pixels=pixels
    )


def frames_of(performer: Performer, camera: CameraGeometry, time: Array, *, noise: float = 0.004) -> list[Landmarks]:
    """What networks find of a performer in the pictures of a camera at times (n,) of its clock.

    `noise` is the error of points in metres. Hands are found, faces are not.
    """
    body, at, rng = neutral_body(), camera.clock.offset + camera.clock.rate * time, np.random.default_rng(11)
    back = rot.conjugate(np.array(camera.rotation))
    rotations, root = performer.rotations(at), rot.rotate(back, performer.root(at) - np.array(camera.position))
    rotations[:, 0] = rot.multiply(back, rotations[:, 0])
    points = body.landmark_positions(rotations, root)
    points += rng.normal(0.0, noise, points.shape)
    world = from_blender(points - points[:, 23:25].mean(axis=1, keepdims=True))
    depth = points[..., 1:2]
    middle = 0.5 * np.array(camera.size, dtype=float)
    image = np.concatenate(
        [middle + camera.focal * np.concatenate([points[..., :1], -points[..., 2:]], axis=-1) / depth, world[..., 2:]],
        axis=-1,
    )
    nowhere, sure = Region(0.0, 0.0, 1.0, 1.0, 0.0), np.full(33, 0.95)
    result = []
    for i in range(len(time)):
        pose = PoseLandmarks(image[i, :33], world[i, :33], sure, sure, 1.0, nowhere, 420.0, tracked=i > 0)
        left, right = (
            HandLandmarks(image[i, rows], world[i, rows], 0.9, side, nowhere)
            for rows, side in ((slice(33, 54), 0.05), (slice(54, 75), 0.95))
        )
        result.append(Landmarks(float(time[i]), i, camera.size, pose, left, right))
    return result


def write_take(
    path: Path,
    cameras: Sequence[CameraGeometry],
    times: Sequence[Array],
    performers: Sequence[Performer] = (Performer(),),
    *,
    order: Sequence[Sequence[int]] = (),
) -> Path:
    """Write a take of several cameras, without their geometry.

    Args:
        path: of the take.
        cameras: where they stand.
        times: of each camera's frames, by its clock.
        performers: who is filmed.
        order: for each camera, which performer has number 0, 1, ...; all in order unless given.
    """
    with ExitStack() as files:
        root: TakeWriter | None = None
        for number, (camera, time) in enumerate(zip(cameras, times, strict=True)):
            facts: dict[str, Any] = {"source": f"{number}.mp4", "size": camera.size, "fps": 30.0}
            writer: CameraWriter
            if root is None:
                writer = root = files.enter_context(TakeWriter(path, **facts))
            else:
                writer = files.enter_context(root.camera(**facts))
            who = order[number] if order else range(len(performers))
            for frame, *others in zip(*(frames_of(performers[p], camera, time) for p in who), strict=True):
                writer.add(frame, [replace(other, person=k) for k, other in enumerate(others, start=1)])
    return path
