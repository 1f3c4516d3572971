# SPDX-License-Identifier: GPL-3.0-or-later
"""Rest-pose maths: the body's axes in an armature, and the rotations that align the two rest poses.

Everything is read from joint positions (the heads of bones). Tails and rolls are not reliable: importers invent them
for formats that have neither.
"""

from dataclasses import replace
from itertools import permutations, product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import FINGERS, FOOT_JOINTS, INDEX, JOINTS, PARENTS
from ...models.body.model import hip_height
from .rig import Rig, RigMap

Array = NDArray[np.float64]

SNAP_ANGLE: Final = np.radians(30.0)
"""Radians: rigs stand along the axes of their space; a leaning spine or a wide stance deviates by less than this."""

_UP: Final = np.array([0.0, 0.0, 1.0])

_SIDES: Final = ("Left", "Right")

_TOPS: Final = ("Head", "Neck", "Spine2")
"""Joints that show which way is up in a rig without arms."""

NEXT: Final[dict[str, str]] = {
    f"{side}{joint}": f"{side}{following}"
    for side in _SIDES
    for joint, following in [
        ("Arm", "ForeArm"),
        ("ForeArm", "Hand"),
        ("UpLeg", "Leg"),
        ("Leg", "Foot"),
        *((f"Hand{finger}{k}", f"Hand{finger}{k + 1}") for finger in FINGERS for k in (1, 2)),
    ]
}
"""Joints whose segments are rotated onto the body's, and the joint at each segment's end."""

_FOLLOWERS: Final = frozenset(
    f"{side}{joint}" for side in _SIDES for joint in ("ToeBase", *(f"Hand{f}3" for f in FINGERS))
)
"""Joints at the end of a chain: no further joint shows their direction, so they take their parent's alignment."""


def rest_as_posed(rig: Rig, rig_map: RigMap) -> Rig:
    """Return the rig with unanimated bones in their current pose, and all others, including IK controls, at rest.

    Imported characters may have a root bone that is rotated or moved, and everything below it with it.
    """
    if rig.basis is None:
        return rig
    controls = {bone for control in rig_map.controls for bone in control.bones}
    controls |= {bone for ik in rig.ik for bone in (ik.target, ik.pole)}
    moved = {*rig_map.bones.values(), *rig_map.shares, *rig_map.constrained, *controls}
    rest = np.array(rig.rest)
    for bone, name in enumerate(rig.names):
        parent = int(rig.parents[bone])
        pose = np.eye(4) if name in moved else _unscaled(rig.basis[bone])
        if parent < 0:
            rest[bone] = rig.rest[bone] @ pose
            continue
        offset = np.linalg.inv(rig.rest[parent]) @ rig.rest[bone]
        rest[bone] = rest[parent] @ offset @ pose
        if not rig.inherit_rotation[bone]:
            rest[bone, :3, :3] = (rig.rest[bone] @ pose)[:3, :3]
    return replace(rig, rest=rest, basis=None)


def _unscaled(basis: Array) -> Array:
    """Remove the scale from a pose matrix (4, 4)."""
    result = np.eye(4)
    sizes = np.linalg.norm(basis[:3, :3], axis=0)
    if (sizes > 0.0).all():
        result[:3, :3] = basis[:3, :3] / sizes
    result[:3, 3] = basis[:3, 3]
    return result


def joint_positions(rig: Rig, rig_map: RigMap) -> Array:
    """Return the rest positions (52, 3) of the joints in armature space and units; NaN for joints without a bone."""
    index = {bone: i for i, bone in enumerate(rig.names)}
    positions = np.full((len(JOINTS), 3), np.nan)
    for joint, bone in rig_map.bones.items():
        positions[INDEX[joint]] = rig.rest[index[bone], :3, 3]
    return positions


def body_axes(positions: Array) -> Array:
    """Return the quaternion (4,) that rotates the body's axes (left +X, back +Y, up +Z) into armature space.

    Up points from the middle of the hips to the middle of the shoulders, left across both. The frame snaps to the
    nearest axes of armature space if they are within `SNAP_ANGLE`, as the floor follows those axes even if the spine
    leans.

    Args:
        positions: (52, 3) joint positions; hips, and both upper arms or both upper legs, must not be NaN.
    """
    pairs = [(positions[INDEX[f"Left{part}"]], positions[INDEX[f"Right{part}"]]) for part in ("Arm", "UpLeg")]
    hips = positions[INDEX["Hips"]]
    top, bottom = (0.5 * (left + right) if np.isfinite(left + right).all() else hips for left, right in pairs)
    if not np.isfinite(pairs[0]).all():
        top = next((positions[INDEX[joint]] for joint in _TOPS if np.isfinite(positions[INDEX[joint]]).all()), top)
    across = np.sum([rot.unit(left - right) for left, right in pairs if np.isfinite(left + right).all()], axis=0)
    up = rot.unit(top - bottom)
    left = rot.unit(across - (across @ up) * up)
    axes = np.stack([left, np.cross(up, left), up], axis=-1)
    nearest = max(_signed_axes(), key=lambda candidate: float(np.sum(candidate * axes)))
    turn = rot.from_matrix(nearest.T @ axes)
    return rot.from_matrix(nearest if rot.angle(turn) < SNAP_ANGLE else axes)


def size_ratio(positions: Array, rest: Array, axes: Array) -> float:
    """Return the size of the rig divided by that of the body, by hip height, or by back length if it has no feet.

    Args:
        positions: (52, 3) joint positions of the rig, NaN where it has none.
        rest: (52, 3) joint positions of the body at rest.
        axes: (4,) the body's axes in armature space.
    """
    if np.isfinite(positions[list(FOOT_JOINTS)]).any():
        return hip_height(positions, rot.rotate(axes, _UP)) / hip_height(rest, _UP)
    shoulders = [INDEX[f"{side}Arm"] for side in _SIDES]
    backs = [float(np.linalg.norm(p[shoulders].mean(axis=0) - p[INDEX["Hips"]])) for p in (positions, rest)]
    return backs[0] / backs[1]


def _signed_axes() -> list[Array]:
    """Return the 24 rotation matrices that map axes onto axes."""
    frames = [
        np.diag(signs)[list(order)] for order in permutations(range(3)) for signs in product((-1.0, 1.0), repeat=3)
    ]
    return [frame for frame in frames if np.linalg.det(frame) > 0.0]


def alignment(positions: Array, rest: Array, axes: Array) -> Array:
    """Return the rotations (52, 4), in armature space, that bring the rig from its own rest pose into the body's.

    The trunk stays as it is: its joints lie differently in every rig, but all stand upright. Limbs and fingers are
    rotated, from parent to child, by the shortest arc onto the body's directions; hands by the plane of their
    knuckles; feet only about the vertical, as both soles are flat at rest whatever the height of the ankle.

    Args:
        positions: (52, 3) joint positions of the rig, NaN where it has none.
        rest: (52, 3) joint positions of the body at rest.
        axes: (4,) the body's axes in armature space.
    """
    wanted = rot.rotate(axes, rest)
    up = rot.rotate(axes, [0.0, 0.0, 1.0])
    aligned = rot.identity(len(JOINTS))
    for joint, name in enumerate(JOINTS):
        parent = aligned[PARENTS[joint]] if joint else aligned[joint]
        if name in NEXT:
            aligned[joint] = _onto_segment(positions, wanted, joint, INDEX[NEXT[name]], parent)
        elif name.endswith("Foot"):
            aligned[joint] = _heading(positions, wanted, joint, up)
        elif name.endswith("Hand"):
            aligned[joint] = _hand(positions, wanted, name, parent)
        elif name in _FOLLOWERS:
            aligned[joint] = parent
    for side in _SIDES:
        _share_twist(aligned, wanted, side)
    return aligned


def _onto_segment(positions: Array, wanted: Array, joint: int, end: int, parent: Array) -> Array:
    """Return the parent's alignment, followed by the shortest arc onto the body's direction of the segment."""
    segment = positions[end] - positions[joint]
    turn = rot.between(rot.rotate(parent, segment), wanted[end] - wanted[joint])
    return rot.multiply(turn, parent) if np.isfinite(turn).all() else parent


def _heading(positions: Array, wanted: Array, foot: int, up: Array) -> Array:
    """Return the rotation about the vertical that gives the foot the body's heading."""
    toe = foot + 1
    flat = np.eye(3) - np.outer(up, up)
    turn = rot.between(flat @ (positions[toe] - positions[foot]), flat @ (wanted[toe] - wanted[foot]))
    return turn if np.isfinite(turn).all() else rot.identity()


def _hand(positions: Array, wanted: Array, hand: str, parent: Array) -> Array:
    """Return the rotation of the palm onto the body's, by the middle finger's direction and the row of knuckles."""
    wrist, thumb_side, middle = (INDEX[name] for name in (hand, f"{hand}Index1", f"{hand}Middle1"))
    edges = [INDEX[f"{hand}{finger}1"] for finger in ("Pinky", "Ring")]
    edge = next((knuckle for knuckle in edges if np.isfinite(positions[knuckle]).all()), edges[0])

    def palm(points: Array) -> Array:
        return rot.frame(points[middle] - points[wrist], points[thumb_side] - points[edge])

    turn = palm(wanted) @ palm(positions).T
    if np.isfinite(turn).all():
        return rot.from_matrix(turn)
    knuckles = (middle, thumb_side)
    end = next((knuckle for knuckle in knuckles if np.isfinite(positions[knuckle]).all()), middle)
    return _onto_segment(positions, wanted, wrist, end, parent)


def _share_twist(aligned: Array, wanted: Array, side: str) -> None:
    """Move half of the twist in the hand's alignment to the forearm, as in a real arm."""
    forearm, hand = INDEX[f"{side}ForeArm"], INDEX[f"{side}Hand"]
    along = rot.unit(wanted[hand] - wanted[forearm])
    _, twist = rot.swing_twist(rot.multiply(aligned[hand], rot.conjugate(aligned[forearm])), along)
    twist = np.where(twist[..., :1] < 0.0, -twist, twist)
    aligned[forearm] = rot.multiply(rot.power(twist, 0.5), aligned[forearm])
