# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion capture of Mesh2Motion's skeleton (CC0) on our body: rest-relative, then joined, with moving fingers.

A small retarget of its own, so that the clip's known rotations owe nothing to the code that the clip tests.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mimic.models.body import rotations as rot
from mimic.models.body.joints import FINGERS, INDEX, JOINTS, PARENTS
from mimic.models.body.model import Body
from mimic.models.training.pictures.characters import unreal_bone

Array = NDArray[np.float64]

_TRUNK = ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head")
_FOREARM_TWIST = 0.5
"""How much of the wrist's twist the forearm takes, as a real one does; the skin tears otherwise."""


def read(file: Path, body: Body) -> tuple[Array, Array, float]:
    """Rotations (n, 52, 4) of our body, root (n, 3) in metres, and frames per second of one clip."""
    with np.load(file) as data:
        names = [str(name) for name in data["names"]]
        world, rest, fps = data["world"].astype(float), data["rest"].astype(float), float(data["fps"])
    bones = [names.index(unreal_bone(joint)) for joint in JOINTS]
    turned = rot.from_matrix(world[:, bones, :3, :3] @ np.swapaxes(rest[bones, :3, :3], -1, -2))
    tips = np.array([_tip(rest[:, :3, 3], names, joint) for joint in JOINTS])
    globals_ = rot.multiply(turned, _alignment(body, rest[bones, :3, 3], tips))
    parents = np.maximum(PARENTS, 0)
    local = rot.multiply(rot.conjugate(globals_[:, parents]), globals_)
    local[:, 0] = globals_[:, 0]
    scale = body.rest[0, 2] / rest[bones[0], 2, 3]
    root = body.rest[0] + (world[:, bones[0], :3, 3] - rest[bones[0], :3, 3]) * scale
    return _share_twist(local, body), root, fps


def crossfade(first: tuple[Array, Array], second: tuple[Array, Array], frames: int) -> tuple[Array, Array]:
    """Two motions (rotations, root) one after the other, blended over some frames."""
    t = np.linspace(0.0, 1.0, frames + 2)[1:-1]
    t = t * t * (3.0 - 2.0 * t)
    middle = rot.slerp(first[0][-frames:], second[0][:frames], t[:, None])
    way = first[1][-frames:] * (1.0 - t[:, None]) + second[1][:frames] * t[:, None]
    rotations = np.concatenate([first[0][:-frames], middle, second[0][frames:]])
    return rotations, np.concatenate([first[1][:-frames], way, second[1][frames:]])


def wave_fingers(rotations: Array, body: Body, amount: Array, *, per_frame: float) -> Array:
    """Fingers of both hands curl one after another, `amount` (n,) 0..1 over time, `per_frame` turns of the wave."""
    result = rotations.copy()
    for side in ("Left", "Right"):
        hinge = _hinge(body, side)
        for order, finger in enumerate(FINGERS):
            if finger == "Thumb":
                continue
            phase = 2.0 * np.pi * (per_frame * np.arange(len(rotations)) - 0.11 * order)
            curl = amount * (0.5 - 0.5 * np.cos(phase))
            for knuckle, most in ((1, 55.0), (2, 70.0), (3, 40.0)):
                joint = INDEX[f"{side}Hand{finger}{knuckle}"]
                bend = rot.from_axis_angle(np.broadcast_to(hinge, (len(curl), 3)), np.radians(most) * curl)
                result[:, joint] = rot.multiply(rotations[:, joint], bend)
    return result


def stand_on_floor(rotations: Array, root: Array, body: Body) -> Array:
    """Root (n, 3) moved up or down so that the lower foot is on the floor, smoothly."""
    feet = body.landmark_positions(rotations, root)[:, 29:33, 2] - body.landmarks[29:33, 2]
    lift = -feet.min(axis=1)
    kernel = np.hanning(9) / np.hanning(9).sum()
    result = root.copy()
    result[:, 2] += np.convolve(np.pad(lift, 4, mode="edge"), kernel, mode="valid")
    return result


def _tip(rest: Array, names: list[str], joint: str) -> Array:
    """Where the source's bone for a joint points to at rest."""
    bone = unreal_bone(joint)
    if bone.startswith("hand_"):
        return rest[names.index(f"middle_01_{bone[-1]}")]
    chain = {"upperarm": "lowerarm", "lowerarm": "hand", "clavicle": "upperarm", "thigh": "calf", "calf": "foot"}
    chain |= {"foot": "ball", "ball": "ball_leaf"}
    part, _, side = bone.rpartition("_")
    if part in chain:
        return rest[names.index(f"{chain[part]}_{side}")]
    finger, _, number = part.rpartition("_")
    if finger and number.isdigit() and side in "lr":
        following = int(number) + 1
        return rest[names.index(f"{finger}_0{following}_{'leaf_' if following == 4 else ''}{side}")]
    return rest[names.index(bone)] + [0.0, 0.0, 0.1]


def _alignment(body: Body, heads: Array, tips: Array) -> Array:
    """(52, 4) turns from our rest to the source's rest: none for the trunk, hands by palm, the others by direction."""
    ours, theirs = body.ends - body.rest, tips - heads
    turns = rot.identity(len(JOINTS))
    for joint, name in enumerate(JOINTS):
        # How a rig draws its collarbones says nothing about how high the shoulders are.
        if name in _TRUNK or name.endswith("Shoulder"):
            continue
        if name.endswith("Hand"):
            across = [INDEX[f"{name}Index1"], INDEX[f"{name}Pinky1"]]
            own = rot.frame(ours[joint], body.rest[across[0]] - body.rest[across[1]])
            other = rot.frame(theirs[joint], heads[across[0]] - heads[across[1]])
            turns[joint] = rot.from_matrix(other @ own.T)
            continue
        before = turns[PARENTS[joint]]
        turns[joint] = rot.multiply(rot.between(rot.rotate(before, ours[joint]), theirs[joint]), before)
    return turns


def _share_twist(local: Array, body: Body) -> Array:
    """Part of each hand's twist about the forearm moved to the forearm."""
    result = local.copy()
    for side in ("Left", "Right"):
        arm, hand = INDEX[f"{side}ForeArm"], INDEX[f"{side}Hand"]
        axis = rot.unit(body.rest[hand] - body.rest[arm])
        # hand = twist * swing, the twist about the forearm as the forearm sees it.
        _, twist = rot.swing_twist(rot.conjugate(local[:, hand]), axis)
        shared = rot.power(rot.conjugate(np.where(twist[:, :1] < 0.0, -twist, twist)), _FOREARM_TWIST)
        result[:, arm] = rot.multiply(local[:, arm], shared)
        result[:, hand] = rot.multiply(rot.conjugate(shared), local[:, hand])
    return result


def _hinge(body: Body, side: str) -> Array:
    """Axis about which the fingers of a hand curl at rest: the one about which they are already bent a little."""
    axes = []
    for finger in FINGERS[1:]:
        first, last = (INDEX[f"{side}Hand{finger}{knuckle}"] for knuckle in (1, 3))
        axes.append(rot.unit(np.cross(body.ends[first] - body.rest[first], body.ends[last] - body.rest[last])))
    return np.asarray(rot.unit(np.mean(axes, axis=0)), dtype=float)
