# SPDX-License-Identifier: GPL-3.0-or-later
"""People who move about, as several cameras would see and solve them, with the errors that networks make."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX
from mimic.models.body.model import neutral_body
from mimic.models.body.motion import BodyMotion
from mimic.pipeline.landmarks.names import POSE_MIRROR
from mimic.pipeline.solve.cameras.view import View
from mimic.pipeline.takes.geometry import Clock

Array = NDArray[np.float64]

_MIRROR = [*POSE_MIRROR, *range(54, 75), *range(33, 54)]
_HEIGHT = 1.7


@dataclass(frozen=True)
class Filming:
    """A camera: where it stands around the people, its lens and clock, and what goes wrong.

    Attributes:
        angle: degrees around the people.
        field_of_view: degrees along the longer side, the true one.
        assumed: degrees, None if the lens is known.
        fps: frames per second.
        clock: from its clock to that of the scene.
        size: of its pictures.
        mirrored: the pictures are mirror images.
        exchanged: fraction of the frames in which left and right are exchanged.
        moved: seconds of the scene at which it is moved, and by how many degrees.
        since: seconds of the scene at which it begins.
        until: seconds of the scene at which it ends.
    """

    angle: float = 0.0
    field_of_view: float = 65.0
    assumed: float | None = 65.0
    fps: float = 30.0
    clock: Clock = field(default_factory=Clock)
    size: tuple[int, int] = (1280, 720)
    mirrored: bool = False
    exchanged: float = 0.0
    moved: tuple[float, float] | None = None
    since: float = 0.0
    until: float = np.inf

    def focal(self, view: float) -> float:
        return float(0.5 * max(self.size) / np.tan(np.radians(0.5 * view)))


def performance(seed: int, seconds: float, *, moves: float = 1.0) -> tuple[Array, Array, Array]:
    """Return time (n,), rotations (n, 52, 4) and root (n, 3) of somebody who walks about and waves, at 60 per second.

    The axes are those of the scene: Z is up, and the person is near the origin.
    """
    rng = np.random.default_rng(seed)
    time = np.arange(round(60 * seconds)) / 60.0

    vectors = np.zeros((len(time), 52, 3))
    for name, reach in (("Arm", 0.9), ("ForeArm", 0.7), ("UpLeg", 0.5), ("Leg", 0.5), ("Hips", 0.2), ("Spine1", 0.3)):
        for joint in [INDEX[side + name] for side in ("Left", "Right", "") if side + name in INDEX]:
            swing = np.sin(2.0 * np.pi * rng.uniform(0.2, 0.9, 3) * time[:, None] + rng.uniform(0.0, 6.3, 3))
            vectors[:, joint] = moves * reach * swing
    turn = moves * 1.2 * np.sin(2.0 * np.pi * 0.11 * time + rng.uniform(0.0, 6.3))
    vectors[:, 0, 2] += turn
    path = np.sin(2.0 * np.pi * np.array([0.13, 0.17, 0.5]) * time[:, None] + rng.uniform(0.0, 6.3, 3))
    root = moves * path * [0.6, 0.6, 0.05] + [0.0, 0.0, 0.92]
    return time, rot.from_vector(vectors), root


def stance(camera: Filming, angle: float, distance: float) -> tuple[Array, Array]:
    """Return rotation (4,) and position (3,) in the scene of a camera `angle` degrees around the people."""
    around = np.radians(angle)
    position = np.array([distance * np.sin(around), -distance * np.cos(around), 1.3 + 0.1 * np.sin(7.0 * around)])
    turn = rot.from_axis_angle(np.array([0.0, 0.0, 1.0]), around)
    down = rot.from_axis_angle(np.array([1.0, 0.0, 0.0]), -np.arctan2(position[2] - 0.9, distance))
    return rot.multiply(turn, down), position


def filmed(
    people: Sequence[tuple[Array, Array, Array]],
    cameras: Sequence[Filming],
    seed: int = 0,
    *,
    distance: float = 4.0,
    noise: float = 0.01,
    skeleton: float = 15.0,
) -> list[list[View]]:
    """Return what each camera saw of each person.

    Args:
        people: performances.
        cameras: the cameras.
        seed: of the errors.
        distance: metres of the cameras from the middle of the scene.
        noise: error of landmarks as a fraction of the person's height.
        skeleton: error of the skeletons solved from each camera in degrees.
    """
    rng = np.random.default_rng(seed)
    return [[_view(rng, person, camera, distance, (noise, skeleton)) for camera in cameras] for person in people]


def true_geometry(cameras: Sequence[Filming], distance: float = 4.0) -> list[tuple[Array, Array]]:
    """Return rotation (4,) and position (3,) of the cameras in the first one's axes."""
    stances = [stance(camera, camera.angle, distance) for camera in cameras]
    turn, origin = stances[0]
    back = rot.conjugate(turn)
    return [(rot.multiply(back, q), rot.rotate(back, p - origin)) for q, p in stances]


def flipped(view: View) -> View:
    """Return what is seen of pictures flipped left to right."""
    motion = view.motion
    turns, root = _mirrored(motion.rotations), motion.root * [-1.0, 1.0, 1.0]
    return replace(
        view,
        pixels=view.pixels[:, _MIRROR] * [-1.0, 1.0],
        weight=view.weight[:, _MIRROR],
        motion=replace(motion, rotations=turns, root=root),
    )


def _view(
    rng: np.random.Generator,
    person: tuple[Array, Array, Array],
    camera: Filming,
    distance: float,
    errors: tuple[float, float],
) -> View:
    noise, skeleton = errors
    time, rotations, root = person
    clock = camera.clock
    first, last = ((t - clock.offset) / clock.rate for t in (max(time[0], camera.since), min(time[-1], camera.until)))
    local = np.arange(first + 0.003, last, 1.0 / camera.fps)
    scene = clock.offset + clock.rate * local
    after = np.clip(np.searchsorted(time, scene), 1, len(time) - 1)
    part = (scene - time[after - 1]) / (time[after] - time[after - 1])
    turns = rot.slerp(rotations[after - 1], rotations[after], part[:, None])
    path = root[after - 1] + part[:, None] * (root[after] - root[after - 1])
    angle = np.full(len(scene), camera.angle)
    if camera.moved is not None:
        angle[scene > camera.moved[0]] += camera.moved[1]
    stances = {value: stance(camera, value, distance) for value in np.unique(angle)}
    back = rot.conjugate(np.stack([stances[value][0] for value in angle]))
    turns[:, 0] = rot.multiply(back, turns[:, 0])
    path = rot.rotate(back, path - np.stack([stances[value][1] for value in angle]))
    points = neutral_body().landmark_positions(turns, path)
    true = camera.focal(camera.field_of_view)
    pixels = true / points[..., 1:2] * points[..., [0, 2]] * [1.0, -1.0]
    pixels += (noise * true * _HEIGHT / path[:, 1])[:, None, None] * rng.normal(size=pixels.shape)
    assumed = true if camera.assumed is None else camera.focal(camera.assumed)
    wrong = rng.normal(0.0, np.radians(skeleton) / np.sqrt(3.0), (len(local), 52, 3))
    solved = rot.multiply(turns, rot.from_vector(wrong))
    place = path * [1.0, assumed / true, 1.0]
    exchanged = (np.arange(len(local)) // 10 % 10) / 10.0 < camera.exchanged
    pixels[exchanged] = pixels[exchanged][:, _MIRROR]
    solved[exchanged, 0] = rot.multiply(solved[exchanged, 0], np.array([0.0, 0.0, 0.0, 1.0]))
    if camera.mirrored:
        pixels, solved, place = pixels[:, _MIRROR] * [-1.0, 1.0], _mirrored(solved), place * [-1.0, 1.0, 1.0]
    motion = BodyMotion(local, solved, place, np.empty(0), np.ones((len(local), 52)))
    weight = np.full(pixels.shape[:2], 0.9)
    return View(local, pixels, weight, motion, camera.size, assumed, 0.005 if camera.assumed is None else 0.15)


def _mirrored(rotations: Array) -> Array:
    names = list(INDEX)
    order = [INDEX[name.replace("Left", "?").replace("Right", "Left").replace("?", "Right")] for name in names]
    return rotations[:, order] * [1.0, 1.0, -1.0, -1.0]
