# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion capture as poses of the body: joint positions of any skeleton, solved like landmarks.

Skeletons differ in rest pose, axes and rolls, but all have shoulders, elbows and knees. So only the positions of
these are used, as landmarks without error, and the analytic solver computes the rotations. Heads and fingers are
drawn at random instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.landmarks.data import FACE_POINTS, LandmarkTrack
from ....pipeline.solve import axes
from ....pipeline.solve.analytic.solver import AnalyticSolver
from ...body import rotations as rot
from ...body.joints import INDEX
from ...body.model import Body, neutral_body
from ..errors import MotionMissing

Array = NDArray[np.float64]

HELD_OUT: Final = (
    "bvh_iclone__002",  # CMU subject 2: walks, jumps, strikes, sword play, washing
    "misc__12",  # CMU subject 12
    "bvh_acrnn__martial_08",
    "bvh_acrnn__indian_08",
    "dance-charleston",
    "throw-ball",
)
"""Prefixes of the names of held-out clips."""

# Bones for BlazePose's points, by skeleton; {l}, {L} and {Left} stand for the side.
_SKELETONS: Final[tuple[dict[int, str], ...]] = (
    {
        11: "{l}Shldr",
        13: "{l}ForeArm",
        15: "{l}Hand",
        17: "{l}Pinky1",
        19: "{l}Index1",
        23: "{l}Thigh",
        25: "{l}Shin",
        27: "{l}Foot",
        31: "{l}Foot>End",
    },
    {
        11: "CC_Base_{L}_Upperarm",
        13: "CC_Base_{L}_Forearm",
        15: "CC_Base_{L}_Hand",
        17: "CC_Base_{L}_Pinky1",
        19: "CC_Base_{L}_Index1",
        23: "CC_Base_{L}_Thigh",
        25: "CC_Base_{L}_Calf",
        27: "CC_Base_{L}_Foot",
        31: "CC_Base_{L}_ToeBase",
    },
    {
        11: "{Left}Arm",
        13: "{Left}ForeArm",
        15: "{Left}Hand",
        23: "{Left}UpLeg",
        25: "{Left}Leg",
        27: "{Left}Foot",
        31: "{Left}ToeBase",
    },
    {
        11: "upperarm_{l}",
        13: "lowerarm_{l}",
        15: "hand_{l}",
        17: "pinky_01_{l}",
        19: "index_01_{l}",
        23: "thigh_{l}",
        25: "calf_{l}",
        27: "foot_{l}",
        31: "ball_{l}",
    },
)
_SIDES: Final = ({"l": "l", "L": "L", "Left": "Left"}, {"l": "r", "L": "R", "Left": "Right"})


@dataclass(frozen=True)
class PoseBank:
    """Poses of the body: rotations (n, 52, 4), the clip (n,) of each, and the clips' names."""

    rotations: Array
    clips: NDArray[np.int64]
    names: tuple[str, ...]

    def split(self, *, held_out: bool) -> Array:
        """Return the rotations (m, 52, 4) of held-out clips, or of the others."""
        chosen = np.array([name.startswith(HELD_OUT) for name in self.names]) == held_out
        return self.rotations[chosen[self.clips]]

    def keyframed(self) -> Array:
        """Return the rotations (m, 52, 4) of keyframed clips, which are Mesh2Motion's."""
        chosen = np.array([_keyframed(name) for name in self.names])
        return self.rotations[chosen[self.clips]]


@dataclass(frozen=True)
class Motion:
    """Successive motion clips of the neutral body.

    Attributes:
        rotations: (n, 52, 4), Z up, with the heading as captured.
        path: (n, 3) positions of the hips joint in metres, at the scale of the neutral body.
        starts: (k + 1,) first pose of each of k clips, and n.
        rates: (k,) poses per second.
        names: names of the clips.
    """

    rotations: Array
    path: Array
    starts: NDArray[np.int64]
    rates: Array
    names: tuple[str, ...]

    def chosen(self, *, held_out: bool | None = None, keyframed: bool | None = None) -> NDArray[np.int64]:
        """Return the numbers of the clips that are held out, or not; keyframed (Mesh2Motion's), or not."""
        kept = range(len(self.names))
        return np.array(
            [
                clip
                for clip in kept
                if (held_out is None or self.names[clip].startswith(HELD_OUT) == held_out)
                and (keyframed is None or _keyframed(self.names[clip]) == keyframed)
            ],
            dtype=np.int64,
        )


def make_bank(folder: Path, target: Path, *, every: float = 0.1) -> None:
    """Solve every clip in a folder of motion capture, and write a bank with a pose every `every` seconds.

    Raises:
        MotionMissing: there are no clips in the folder.
    """
    poses, clips, names = [], [], []
    for number, (name, time, _, rotations) in enumerate(_solve_all(folder)):
        step = max(1, round(every / float(np.median(np.diff(time)))))
        poses.append(rotations[::step])
        clips += [number] * len(poses[-1])
        names.append(name)
    np.savez_compressed(
        target,
        rotations=np.concatenate(poses).astype(np.float32),
        clips=np.array(clips),
        names=np.array(names),
    )


def make_motion(folder: Path, target: Path) -> None:
    """Solve every clip in a folder of motion capture, and write all poses and the hips' path.

    Raises:
        MotionMissing: there are no clips in the folder.
    """
    poses, paths, rates, names = [], [], [], []
    for name, time, points, rotations in _solve_all(folder):
        poses.append(rotations)
        paths.append(_path(points, rotations))
        rates.append(1.0 / float(np.median(np.diff(time))))
        names.append(name)
    np.savez_compressed(
        target,
        rotations=np.concatenate(poses).astype(np.float32),
        path=np.concatenate(paths).astype(np.float32),
        starts=np.cumsum([0, *(len(clip) for clip in poses)]),
        rates=np.array(rates),
        names=np.array(names),
    )


def read_motion(path: Path) -> Motion:
    """Read a file written by `make_motion`."""
    with np.load(path) as data:
        return Motion(
            rotations=data["rotations"].astype(float),
            path=data["path"].astype(float),
            starts=data["starts"],
            rates=data["rates"],
            names=tuple(str(name) for name in data["names"]),
        )


def _solve_all(folder: Path) -> Iterator[tuple[str, Array, Array, Array]]:
    """Yield name, time (n,), points (n, 33, 3) and rotations (n, 52, 4) of every clip in a folder."""
    files = sorted([*folder.glob("cmu_npz30/*.npz"), *folder.glob("mesh2motion_CC0/*.npz")])
    if not files:
        raise MotionMissing(
            f"The folder “{folder}” contains no motion capture that Mimic can read: choose another folder."
        )
    for file in files:
        time, points = read_points(file)
        yield file.stem, time, points, AnalyticSolver(neutral_body()).solve(track_of(points, time)).rotations


def _path(points: Array, rotations: Array) -> Array:
    """Return positions (n, 3) of the hips joint, scaled to the neutral body by the length of thighs and shanks."""
    body = neutral_body()
    legs = [
        np.linalg.norm(positions[..., a, :] - positions[..., b, :], axis=-1).mean()
        for positions in (body.landmarks, points)
        for a, b in ((23, 25), (25, 27), (24, 26), (26, 28))
    ]
    scale = sum(legs[:4]) / sum(legs[4:])
    offset = body.rest[INDEX["Hips"]] - body.landmarks[23:25].mean(axis=0)
    return scale * points[:, 23:25].mean(axis=1) + rot.rotate(rotations[:, INDEX["Hips"]], offset)


def _keyframed(name: str) -> bool:
    return not name.startswith(("bvh_", "misc_"))


def read_bank(path: Path) -> PoseBank:
    """Read a file written by `make_bank`."""
    with np.load(path) as data:
        names = tuple(str(name) for name in data["names"])
        return PoseBank(data["rotations"].astype(float), data["clips"], names)


def read_points(file: Path) -> tuple[Array, Array]:
    """Read time (n,) in seconds and BlazePose's points (n, 33, 3), Z up, NaN for those that the skeleton lacks."""
    with np.load(file) as data:
        names, parents = [str(name) for name in data["names"]], data["parents"]
        fps = float(data["fps"])
        positions = data["world"][..., :3, 3].astype(float) if "world" in data else _forward(data)
    labels = [f"{names[parent]}>End" if name == "End" else name for name, parent in zip(names, parents, strict=True)]
    table = next(t for t in _SKELETONS if t[11].format(**_SIDES[0]) in labels)
    points = np.full((len(positions), 33, 3), np.nan)
    for left, pattern in table.items():
        for side in (0, 1):
            points[:, left + side] = positions[:, labels.index(pattern.format(**_SIDES[side]))]
    points = _upright(points)
    points[:, 29:33] = _feet(points, neutral_body())
    return np.arange(len(points)) / fps, points


def track_of(points: Array, time: Array) -> LandmarkTrack:
    """Return a track with points (n, 33, 3) in Blender's axes, with full confidence where they are finite."""
    n = len(points)
    seen = np.isfinite(points).all(axis=-1).astype(float)
    return LandmarkTrack(
        time=time,
        size=np.full((n, 2), 1000.0),
        pose_image=np.full((n, 33, 3), np.nan),
        pose_world=axes.from_blender(points),
        visibility=seen,
        presence=seen,
        hand_image=np.full((n, 2, 21, 3), np.nan),
        hand_world=np.full((n, 2, 21, 3), np.nan),
        hand_presence=np.full((n, 2), np.nan),
        face_image=np.full((n, len(FACE_POINTS), 3), np.nan),
    )


def _forward(data: "np.lib.npyio.NpzFile") -> Array:
    """Return joint positions (n, b, 3) from local quaternions, offsets and root."""
    local, offsets, parents = data["quat_wxyz_local"].astype(float), data["offsets"], data["parents"]
    turns = np.array(local)
    positions = np.zeros((*local.shape[:2], 3))
    positions[:, 0] = data["root"]
    for joint, parent in enumerate(parents):
        if parent >= 0:
            turns[:, joint] = rot.multiply(turns[:, parent], local[:, joint])
            positions[:, joint] = positions[:, parent] + rot.rotate(turns[:, parent], offsets[joint])
    return positions


def _upright(points: Array) -> Array:
    """Convert points to Z up. The heading is not changed, as it is drawn at random later."""
    rise = np.nanmean(points[:, [11, 12]] - points[:, [27, 28]], axis=(0, 1))
    up = int(np.argmax(np.abs(rise)))
    after, last = (up + 1) % 3, (up + 2) % 3
    if rise[up] > 0:
        return points[..., [after, last, up]]
    return points[..., [last, after, up]] * [1.0, 1.0, -1.0]


def _feet(points: Array, body: Body) -> Array:
    """Return heels and toes (n, 4, 3) in BlazePose's order, for feet shaped like the body's."""
    result = np.empty((len(points), 4, 3))
    for side in (0, 1):
        knee, ankle, heel, toe = 25 + side, 27 + side, 29 + side, 31 + side
        rest = body.landmarks
        rest_frame = rot.frame(rest[toe] - rest[ankle], rest[knee] - rest[ankle])
        seen = rot.frame(points[:, toe] - points[:, ankle], points[:, knee] - points[:, ankle])
        length = np.linalg.norm(points[:, knee] - points[:, ankle], axis=-1).mean()
        scale = length / np.linalg.norm(rest[knee] - rest[ankle])
        for place, point in ((side, heel), (2 + side, toe)):
            result[:, place] = points[:, ankle] + scale * (seen @ rest_frame.T @ (rest[point] - rest[ankle]))
    return result
