# SPDX-License-Identifier: GPL-3.0-or-later
"""VRM's humanoid as a rig: its bones' names, and its T-pose in which no bone is rotated.

Motion of this rig is what the VRM specification calls normalized: it looks the same on every humanoid.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import FINGERS, INDEX, JOINTS, PARENTS
from ...models.body.model import Body
from .rest import NEXT
from .rig import Rig, RigMap

Array = NDArray[np.float64]

_PHALANGES: Final = ("Proximal", "Intermediate", "Distal")
_THUMB: Final = ("Metacarpal", "Proximal", "Distal")
_DOWN: Final = np.array([0.0, 0.0, -1.0])
_FORWARD: Final = np.array([0.0, -1.0, 0.0])


def _bones() -> dict[str, str]:
    names = {
        "Hips": "hips",
        "Spine": "spine",
        "Spine1": "chest",
        "Spine2": "upperChest",
        "Neck": "neck",
        "Head": "head",
    }
    limbs = {
        "Shoulder": "Shoulder",
        "Arm": "UpperArm",
        "ForeArm": "LowerArm",
        "Hand": "Hand",
        "UpLeg": "UpperLeg",
        "Leg": "LowerLeg",
        "Foot": "Foot",
        "ToeBase": "Toes",
    }
    for finger in FINGERS:
        for number, part in enumerate(_THUMB if finger == "Thumb" else _PHALANGES, start=1):
            limbs[f"Hand{finger}{number}"] = ("Little" if finger == "Pinky" else finger) + part
    for side in ("Left", "Right"):
        names |= {side + joint: side.lower() + bone for joint, bone in limbs.items()}
    return {joint: names[joint] for joint in JOINTS}


HUMANOID: Final = _bones()
"""Joint of the body -> name of its bone in VRM 1.0, in the order of `JOINTS`."""

HUMANOID_MAP: Final = RigMap(family="VRM humanoid", bones=HUMANOID, missing=(), unmapped=())


def t_pose(body: Body) -> Rig:
    """Return the VRM humanoid of a body's proportions, in metres, in VRM's T-pose.

    Arms and fingers point sideways with the palms down, thumbs halfway to the front; legs are straight and feet point
    to the front. The axes are the body's, and no bone is rotated against them.
    """
    heads = _raised(body.rest)
    rest = np.tile(np.eye(4), (len(JOINTS), 1, 1))
    rest[:, :3, 3] = heads
    return Rig(
        names=tuple(HUMANOID.values()),
        parents=np.array(PARENTS),
        rest=rest,
        lengths=np.linalg.norm(body.ends - body.rest, axis=-1),
        inherit_rotation=np.ones(len(JOINTS), dtype=bool),
        local_location=np.ones(len(JOINTS), dtype=bool),
    )


def _raised(rest: Array) -> Array:
    """Return joints (52, 3) of the T-pose of a body at rest, with its ankles as high as they were."""
    heads = np.array(rest)
    turned = rot.identity(len(JOINTS))
    for joint, name in enumerate(JOINTS):
        parent = PARENTS[joint]
        if parent < 0:
            continue
        heads[joint] = heads[parent] + rot.rotate(turned[parent], rest[joint] - rest[parent])
        turned[joint] = turned[parent]
        side = 1.0 if name.startswith("Left") else -1.0
        if name.endswith("Hand"):
            turned[joint] = _palm_down(rest, name, side, turned[parent])
        elif name.endswith("Foot"):
            flat = (rest[joint + 1] - rest[joint]) * [1.0, 1.0, 0.0]
            turned[joint] = rot.between(flat, _FORWARD)
        elif name in NEXT:
            turned[joint] = rot.between(rest[INDEX[NEXT[name]]] - rest[joint], _straight(name, side))
    ankles = [INDEX["LeftFoot"], INDEX["RightFoot"]]
    heads[:, 2] += (rest[ankles, 2] - heads[ankles, 2]).mean()
    return heads


def _straight(name: str, side: float) -> Array:
    """Return the direction in the T-pose of the segment that begins at a joint; `side` is 1 on the left, else -1."""
    if "Leg" in name:
        return _DOWN
    outwards = np.array([side, 0.0, 0.0])
    return outwards + _FORWARD if "Thumb" in name else outwards


def _palm_down(rest: Array, hand: str, side: float, forearm: Array) -> Array:
    """Return the rotation of a hand that lays its middle finger sideways and its palm down, thumb to the front.

    A hand whose knuckles show no palm turns with its forearm.
    """
    wrist, index, middle, little = (INDEX[hand + end] for end in ("", "Index1", "Middle1", "Pinky1"))
    palm = rot.frame(rest[middle] - rest[wrist], rest[index] - rest[little])
    return rot.from_matrix(rot.frame([side, 0.0, 0.0], _FORWARD) @ palm.T) if np.isfinite(palm).all() else forearm
