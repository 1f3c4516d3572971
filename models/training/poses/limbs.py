# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses defined by limbs: directions of upper arms and thighs, bend of elbows and knees, and the plane of the bend.

Ordinary poses are easier to define by directions than by rotations, for example "upper arms down, forearms to the
front". The analytic solver computes the rotations. Directions are those of a person who stands upright and faces -Y,
with left +X; those of the left side are mirrored for the right side.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body import rotations as rot
from ...body.model import Body
from .motion_capture import track_of

Array = NDArray[np.float64]

_MIRROR: Final = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class LimbPose:
    """A distribution of poses of one limb, for the left side.

    Attributes:
        upper: (x, y, z) mean direction of upper arm or thigh, not normalized.
        spread: standard deviation of its components.
        bend: lowest and highest bend of elbow or knee in degrees.
        toward: (x, y, z) direction towards which the forearm or shank bends.
        swivel: standard deviation of that direction in degrees, about the upper segment.
        weight: relative frequency in its list.
    """

    upper: tuple[float, float, float]
    spread: tuple[float, float, float]
    bend: tuple[float, float]
    toward: tuple[float, float, float]
    swivel: float
    weight: float = 1.0


ARMS: Final = {
    "hanging": LimbPose((0.16, 0.0, -1.0), (0.12, 0.12, 0.0), (0, 35), (-0.2, -1.0, 0.2), 25, 2.5),
    "to the front": LimbPose((0.15, -0.15, -1.0), (0.15, 0.25, 0.0), (55, 115), (-0.3, -1.0, 0.3), 25, 2.5),
    "gesturing": LimbPose((0.3, -0.4, -0.8), (0.25, 0.3, 0.3), (30, 130), (-0.4, -0.8, 0.8), 35, 2.5),
    "reaching": LimbPose((0.1, -1.0, -0.2), (0.35, 0.2, 0.35), (0, 40), (-0.3, -0.2, 1.0), 50, 1.5),
    "on hips": LimbPose((0.7, 0.25, -0.7), (0.15, 0.15, 0.15), (80, 125), (-1.0, -0.2, -0.3), 15, 0.7),
    "at the face": LimbPose((0.25, -0.6, -0.5), (0.25, 0.3, 0.3), (110, 150), (-0.3, -0.3, 1.0), 20, 1.0),
    "palms shown": LimbPose((0.45, -0.25, -0.75), (0.25, 0.25, 0.25), (95, 150), (0.1, -0.4, 1.0), 25, 0.9),
    "before the chest": LimbPose((0.2, -0.3, -0.95), (0.15, 0.2, 0.15), (85, 140), (-0.6, -0.5, 0.7), 25, 0.9),
    "folded": LimbPose((0.15, -0.5, -0.9), (0.12, 0.2, 0.1), (80, 120), (-1.0, -0.3, 0.2), 15, 0.7),
    "sideways": LimbPose((1.0, -0.1, -0.1), (0.2, 0.3, 0.4), (0, 90), (0.0, -0.7, 0.7), 60, 0.8),
    "raised": LimbPose((0.4, -0.2, 0.9), (0.4, 0.3, 0.3), (0, 110), (-0.6, -0.5, 0.5), 50, 0.8),
    "behind": LimbPose((0.25, 0.5, -0.8), (0.2, 0.2, 0.2), (10, 100), (-0.9, 0.2, -0.1), 30, 0.4),
    "in the lap": LimbPose((0.2, -0.35, -0.9), (0.12, 0.15, 0.1), (25, 75), (-0.5, -1.0, 0.1), 20, 1.2),
    "anywhere": LimbPose((0.3, -0.4, -0.2), (0.7, 0.7, 0.8), (0, 140), (-0.3, -0.7, 0.5), 90, 0.6),
}
LEGS: Final = {
    "standing": LimbPose((0.06, -0.02, -1.0), (0.05, 0.06, 0.0), (0, 14), (0.0, 1.0, 0.0), 6, 4.0),
    "stepping": LimbPose((0.06, -0.1, -1.0), (0.08, 0.3, 0.0), (0, 50), (0.0, 1.0, 0.0), 10, 1.5),
    "seated": LimbPose((0.15, -1.0, -0.12), (0.18, 0.1, 0.18), (65, 110), (0.0, 0.2, -1.0), 14, 2.5),
    "crossed": LimbPose((-0.1, -1.0, 0.05), (0.15, 0.1, 0.12), (50, 105), (-0.5, 0.0, -1.0), 18, 0.5),
    "squatting": LimbPose((0.35, -1.0, -0.2), (0.2, 0.2, 0.5), (60, 140), (0.0, 0.4, -1.0), 12, 0.6),
    "kneeling": LimbPose((0.08, -0.1, -1.0), (0.1, 0.3, 0.1), (80, 140), (0.0, 1.0, 0.0), 10, 0.4),
    "raised": LimbPose((0.2, -0.7, -0.4), (0.4, 0.4, 0.5), (0, 120), (0.0, 0.5, -0.8), 20, 0.3),
    "back": LimbPose((0.1, 0.35, -0.9), (0.15, 0.2, 0.1), (0, 90), (0.0, 1.0, 0.2), 12, 0.4),
}


def points_of(body: Body, arms: tuple[Array, Array], legs: tuple[Array, Array], *, lean: Array) -> Array:
    """Return points (n, 33, 3) of people whose limbs have the given directions.

    Args:
        body: the body that gives the lengths of bones.
        arms: directions (n, 2, 3) of upper arms and of forearms, left then right, relative to the chest.
        legs: directions (n, 2, 3) of thighs and of shanks.
        lean: (n, 4) rotation of the chest relative to the hips.
    """
    rest = body.landmarks[:33]
    n = len(lean)
    points = np.full((n, 33, 3), np.nan)
    hips = rest[23:25].mean(axis=0)
    points[:, 23:25] = rest[23:25]
    points[:, 11:13] = hips + rot.rotate(lean[:, None], rest[11:13] - hips)
    turned = [rot.rotate(lean[:, None], directions) for directions in arms]
    for first, (upper, lower) in ((11, turned), (23, legs)):
        for side in (0, 1):
            a, b, c = first + side, first + 2 + side, first + 4 + side
            points[:, b] = points[:, a] + np.linalg.norm(rest[b] - rest[a]) * upper[:, side]
            points[:, c] = points[:, b] + np.linalg.norm(rest[c] - rest[b]) * lower[:, side]
    return points


def draw_limbs(
    rng: np.random.Generator, limb_poses: dict[str, LimbPose], names: NDArray[np.str_]
) -> tuple[Array, Array]:
    """Draw unit directions (n, 2, 3) of the upper and the lower bones of limbs with the limb poses `names` (n, 2)."""
    chosen = [[limb_poses[str(name)] for name in pair] for pair in names]
    shape = (*names.shape, 3)
    mean, spread, toward = (
        np.array([[getattr(limb_pose, field) for limb_pose in pair] for pair in chosen], dtype=float).reshape(shape)
        for field in ("upper", "spread", "toward")
    )
    bend = np.array([[limb_pose.bend for limb_pose in pair] for pair in chosen], dtype=float)
    swivel = np.array([[limb_pose.swivel for limb_pose in pair] for pair in chosen], dtype=float)
    # Both sides are similar in half of all poses.
    symmetric = rng.random(names.shape[0]) < 0.5
    upper = rot.unit(mean + spread * _pairs(rng, shape, symmetric))
    q = toward - np.sum(toward * upper, axis=-1, keepdims=True) * upper
    q = rot.rotate(rot.from_axis_angle(upper, np.radians(swivel) * _pairs(rng, shape[:2], symmetric)), rot.unit(q))
    fraction = 0.5 + 0.5 * np.tanh(_pairs(rng, shape[:2], symmetric))
    angle = np.radians(bend[..., 0] + (bend[..., 1] - bend[..., 0]) * fraction)[..., None]
    lower = np.cos(angle) * upper + np.sin(angle) * q
    sides = np.stack([np.ones(3), _MIRROR])
    return upper * sides, lower * sides


def draw_limb_poses(rng: np.random.Generator, limb_poses: dict[str, LimbPose], count: int) -> NDArray[np.str_]:
    """Draw the names (n, 2) of limb poses for left and right, the same for both in half of all cases."""
    names = np.array(list(limb_poses))
    weights = np.array([limb_pose.weight for limb_pose in limb_poses.values()])
    drawn = rng.choice(names, size=(count, 2), p=weights / weights.sum())
    drawn[:, 1] = np.where(rng.random(count) < 0.5, drawn[:, 0], drawn[:, 1])
    return drawn


def with_feet(points: Array, body: Body, turn_out: Array, pitch: Array) -> Array:
    """Add heels and toes to points, with feet turned out and pitched down by angles (n, 2) in radians."""
    result = points.copy()
    rest = body.landmarks
    for side, sign in ((0, 1.0), (1, -1.0)):
        knee, ankle, heel, toe = 25 + side, 27 + side, 29 + side, 31 + side
        shank = rot.unit(points[:, ankle] - points[:, knee])
        thigh = rot.unit(points[:, knee] - points[:, 23 + side])
        # The toes point in the direction of the knee, or to the front if the leg is straight.
        ahead = thigh - shank + 0.3 * np.array([0.0, -1.0, 0.0])
        ahead = rot.rotate(rot.from_axis_angle(-shank, sign * turn_out[:, side]), ahead)
        foot_frame = rot.frame(-shank, ahead)
        rest_frame = rot.frame(rest[knee] - rest[ankle], rest[toe] - rest[heel])
        tilt = rot.from_axis_angle(foot_frame[..., 0], -pitch[:, side])
        for point in (heel, toe):
            result[:, point] = points[:, ankle] + rot.rotate(
                tilt, foot_frame @ rest_frame.T @ (rest[point] - rest[ankle])
            )
    return result


def solve_points(points: Array, body: Body) -> Array:
    """Solve rotations (n, 52, 4) of unrelated poses."""
    from ....pipeline.solve.analytic.solver import AnalyticSolver

    # A quarter of an hour between poses, so that the solver keeps no state.
    return AnalyticSolver(body).solve(track_of(points, 900.0 * np.arange(len(points)))).rotations


def _pairs(rng: np.random.Generator, shape: tuple[int, ...], symmetric: NDArray[np.bool_]) -> Array:
    """Draw normally distributed numbers (n, 2, ...), nearly the same for left and right where `symmetric` (n,)."""
    independent = rng.standard_normal(shape)
    shared = independent[:, :1] + 0.25 * rng.standard_normal(shape)
    return np.where(symmetric.reshape(-1, *[1] * (len(shape) - 1)), shared, independent)
