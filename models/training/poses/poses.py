# SPDX-License-Identifier: GPL-3.0-or-later
"""The distribution of training poses, with more typical poses in front of cameras than motion capture has.

Three kinds: ordinary (standing, talking, seated, arms to the front), captured (motion capture, mirrored, with limbs
of different poses combined) and wild (limbs anywhere within their limits, also on the floor).
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body import rotations as rot
from ...body.joints import INDEX, JOINTS, mirrored
from ...body.model import neutral_body
from .fingers import draw_fingers
from .limbs import ARMS, LEGS, LimbPose, draw_limb_poses, draw_limbs, points_of, solve_points, with_feet

Array = NDArray[np.float64]

KINDS: Final = ("ordinary", "captured", "wild")
MIRROR: Final = np.array([INDEX[mirrored(name)] for name in JOINTS])
_FLIP: Final = np.array([1.0, 1.0, -1.0, -1.0])
_X, _Y, _Z = np.eye(3)
_FINGERS: Final = [[INDEX[f"{side}Hand"] + 1 + k for k in range(15)] for side in ("Left", "Right")]
_ARM: Final = {
    side: list(range(INDEX[f"{side}Shoulder"], INDEX[f"{side}HandPinky3"] + 1)) for side in ("Left", "Right")
}
_LEG: Final = {side: list(range(INDEX[f"{side}UpLeg"], INDEX[f"{side}ToeBase"] + 1)) for side in ("Left", "Right")}


@dataclass(frozen=True)
class Poses:
    """Drawn poses: rotations (n, 52, 4) with the person facing -Y (including the lean of the hips), and kinds (n,)."""

    rotations: Array
    kinds: NDArray[np.int64]


def draw(rng: np.random.Generator, count: int, *, captured: Array, mixture: tuple[float, float, float]) -> Poses:
    """Draw poses.

    Args:
        rng: random number generator.
        count: number of poses.
        captured: (m, 52, 4) poses of motion capture.
        mixture: proportions of `KINDS`.
    """
    kinds = rng.choice(len(KINDS), size=count, p=np.array(mixture) / np.sum(mixture))
    rotations = rot.identity(count, len(JOINTS))
    makers = (_ordinary, lambda r, n: _captured(r, n, captured), _wild)
    for kind, make in enumerate(makers):
        chosen = kinds == kind
        if chosen.any():
            rotations[chosen] = make(rng, int(chosen.sum()))
    fingers = draw_fingers(rng, count, neutral_body())
    for side, joints in enumerate(_FINGERS):
        rotations[:, joints] = fingers[:, side]
    return Poses(_with_small_turns(rng, rotations), kinds)


def mirror(rotations: Array) -> Array:
    """Mirror poses (..., 52, 4): left becomes right."""
    return np.asarray(rotations)[..., MIRROR, :] * _FLIP


def _ordinary(rng: np.random.Generator, count: int) -> Array:
    legs = draw_limb_poses(rng, LEGS, count)
    # Sitting, squatting and kneeling are poses of both legs.
    both_legs = np.isin(legs, ["seated", "squatting", "kneeling"]).any(axis=1)
    legs[both_legs] = legs[both_legs, :1]
    lean = _rotations_about(rng, count, about=((_X, 6.0, 9.0), (_Y, 0.0, 4.0), (_Z, 0.0, 8.0)))
    directions = draw_limbs(rng, ARMS, draw_limb_poses(rng, ARMS, count)), draw_limbs(rng, LEGS, legs)
    return _with_head(rng, _solve_directions(rng, *directions, lean=lean), spread=(22.0, 12.0, 7.0))


def _wild(rng: np.random.Generator, count: int) -> Array:
    arms, legs = ({name: _widened(limb_pose) for name, limb_pose in limb_poses.items()} for limb_poses in (ARMS, LEGS))
    directions = (
        draw_limbs(rng, arms, draw_limb_poses(rng, arms, count)),
        draw_limbs(rng, legs, draw_limb_poses(rng, legs, count)),
    )
    lean = _rotations_about(rng, count, about=((_X, 12.0, 25.0), (_Y, 0.0, 14.0), (_Z, 0.0, 20.0)))
    return _with_head(rng, _solve_directions(rng, *directions, lean=lean), spread=(30.0, 20.0, 12.0))


def _widened(limb_pose: LimbPose) -> LimbPose:
    spread = tuple(1.7 * s + 0.1 for s in limb_pose.spread)
    return LimbPose(
        limb_pose.upper,
        (spread[0], spread[1], spread[2]),
        limb_pose.bend,
        limb_pose.toward,
        1.7 * limb_pose.swivel,
        limb_pose.weight**0.3,
    )


def _captured(rng: np.random.Generator, count: int, bank: Array) -> Array:
    """Draw poses of motion capture; in about half of them, arms or legs are replaced by those of another pose."""
    rotations = bank[rng.integers(len(bank), size=count)].copy()
    for limb in (_ARM["Left"], _ARM["Right"], _ARM["Left"] + _ARM["Right"], _LEG["Left"] + _LEG["Right"]):
        swapped = rng.random(count) < 0.15
        other = bank[rng.integers(len(bank), size=int(swapped.sum()))]
        rotations[np.flatnonzero(swapped)[:, None], limb] = other[:, limb]
    # The captured heading is removed, the lean is kept.
    _, heading = rot.swing_twist(rotations[:, 0], _Z)
    rotations[:, 0] = rot.multiply(rot.conjugate(heading), rotations[:, 0])
    flipped = rng.random(count) < 0.5
    rotations[flipped] = mirror(rotations[flipped])
    return _with_head(rng, rotations, spread=(25.0, 15.0, 8.0))


def _solve_directions(
    rng: np.random.Generator, arms: tuple[Array, Array], legs: tuple[Array, Array], *, lean: Array
) -> Array:
    """Solve the rotations of people whose limbs have the given directions, with feet nearly flat on the floor."""
    body, n = neutral_body(), len(lean)
    turn_out = np.radians(12.0 + 12.0 * rng.standard_normal((n, 2)))
    pitch = np.radians(np.where(rng.random((n, 1)) < 0.7, 5.0, 25.0) * rng.standard_normal((n, 2)))
    return solve_points(with_feet(points_of(body, arms, legs, lean=lean), body, turn_out, pitch), body)


def _with_head(rng: np.random.Generator, rotations: Array, *, spread: tuple[float, float, float]) -> Array:
    """Add random head rotations: standard deviations in degrees of yaw, nod and tilt, shared by neck and head."""
    yaw, nod, tilt = spread
    turn = _rotations_about(rng, len(rotations), about=((_Z, 0.0, yaw), (_X, 4.0, nod), (_Y, 0.0, tilt)))
    half = rot.power(turn, 0.5)
    result = rotations.copy()
    result[:, INDEX["Neck"]] = half
    result[:, INDEX["Head"]] = half
    return result


def _with_small_turns(rng: np.random.Generator, rotations: Array) -> Array:
    """Add small rotations that the functions above do not draw: twists of limbs, wrists, shoulders, spine."""
    n = len(rotations)
    result = rotations.copy()
    body = neutral_body()
    degrees = {"Spine": 3.0, "Spine1": 3.0, "Spine2": 3.0, "Shoulder": 4.0, "Arm": 3.0, "UpLeg": 3.0, "ToeBase": 4.0}
    for joint, name in enumerate(JOINTS):
        part = name.removeprefix("Left").removeprefix("Right")
        if part in degrees:
            result[:, joint] = rot.multiply(result[:, joint], _small_rotations(rng, n, degrees[part]))
    for side in ("Left", "Right"):
        fore, hand = INDEX[f"{side}ForeArm"], INDEX[f"{side}Hand"]
        along = rot.unit(body.rest[hand] - body.rest[fore])
        # Palms are mostly near their rest orientation; a third are anywhere in the range of the forearm.
        usual = np.clip(30.0 * rng.standard_normal(n), -75.0, 75.0)
        twist = np.radians(np.where(rng.random(n) < 0.65, usual, rng.uniform(-90.0, 90.0, n)))
        result[:, fore] = rot.multiply(result[:, fore], rot.from_axis_angle(along, 0.6 * twist))
        bent = rot.multiply(rot.from_axis_angle(along, 0.4 * twist), _wrist_bends(rng, n))
        result[:, hand] = rot.multiply(result[:, hand], bent)
        arm = INDEX[f"{side}Arm"]
        along = rot.unit(body.rest[fore] - body.rest[arm])
        result[:, arm] = rot.multiply(
            result[:, arm], rot.from_axis_angle(along, np.radians(8.0) * rng.standard_normal(n))
        )
    return result


def _wrist_bends(rng: np.random.Generator, count: int) -> Array:
    """Draw rotations (n, 4) of wrists: large in a quarter of all cases, otherwise small."""
    little, much = _small_rotations(rng, count, 16.0), _small_rotations(rng, count, 30.0)
    return np.where(rng.random((count, 1)) < 0.75, little, much)


def _small_rotations(rng: np.random.Generator, count: int, degrees: float) -> Array:
    """Draw rotations (n, 4) about random axes, with a standard deviation in degrees about each of x, y, z."""
    vector = np.radians(degrees) * rng.standard_normal((count, 3))
    size = np.linalg.norm(vector, axis=-1)
    return rot.from_axis_angle(vector / np.maximum(size, 1e-9)[:, None], size)


def _rotations_about(rng: np.random.Generator, count: int, *, about: tuple[tuple[Array, float, float], ...]) -> Array:
    """Draw rotations (n, 4): successive rotations about axes, each with mean and standard deviation in degrees."""
    result = rot.identity(count)
    for axis, mean, spread in about:
        angle = np.radians(mean + spread * np.clip(rng.standard_normal(count), -2.5, 2.5))
        result = rot.multiply(rot.from_axis_angle(axis, angle), result)
    return result
