# SPDX-License-Identifier: GPL-3.0-or-later
"""Positions of BlazePose's 33 body points and of the 2 x 21 hand points on Anny's body.

Points inside the body (shoulders, elbows, wrists, hips, knees, ankles, knuckles) are joints of the rig. Points on
its surface are found by geometry on the mesh, so that they follow a change of phenotype.
"""

import numpy as np
from numpy.typing import NDArray

from ....pipeline.landmarks.names import POSE
from ...body.joints import FINGERS, INDEX
from .anny_body import AnnyBody

Point = NDArray[np.float64]

_FACE = POSE[:11]
# BlazePose's bias, in photographs as well as in renders of this body: ears inside the head, nose above its tip.
# Metres outward (from the centre), backward, up.
_BIASES = {"ear": (-0.018, -0.015, 0.012), "nose": (0.0, 0.0, 0.011), "mouth": (0.0, 0.0, 0.006)}
_LIMBS = (
    ("Left", "Arm"),
    ("Right", "Arm"),
    ("Left", "ForeArm"),
    ("Right", "ForeArm"),
    ("Left", "Hand"),
    ("Right", "Hand"),
)
_KNUCKLES = ("HandPinky1", "HandIndex1", "HandThumb2")
_LEGS = ("UpLeg", "Leg", "Foot")


def landmark_points(body: AnnyBody) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return rest positions (75, 3) of the landmarks in metres, and the joint (75,) with which each moves.

    The order is BlazePose's 33, then 21 of the left hand, then 21 of the right hand.
    """
    face = _face_points(body)
    points = [(face[name], INDEX["Head"]) for name in _FACE]
    points += [_joint(body, side + name) for side, name in _LIMBS]
    for name in _KNUCKLES:
        # BlazePose's knuckles move with the hand, as it does not detect bent fingers.
        points += [(body.heads[INDEX[side + name]], INDEX[f"{side}Hand"]) for side in ("Left", "Right")]
    points += [_joint(body, side + name) for name in _LEGS for side in ("Left", "Right")]
    feet = [_foot_points(body, side) for side in ("Left", "Right")]
    points += [(heel, INDEX[f"{side}Foot"]) for (heel, _), side in zip(feet, ("Left", "Right"), strict=True)]
    points += [(toe, INDEX[f"{side}ToeBase"]) for (_, toe), side in zip(feet, ("Left", "Right"), strict=True)]
    for side in ("Left", "Right"):
        points += _hand_points(body, side)
    return np.array([point for point, _ in points]), np.array([joint for _, joint in points])


def ends(body: AnnyBody) -> NDArray[np.float64]:
    """Return the end (52, 3) of each bone: its child along the limb, or the tip of finger, toe and head."""
    result = body.tails.copy()
    for side in ("Left", "Right"):
        result[INDEX[f"{side}Hand"]] = body.heads[INDEX[f"{side}HandMiddle1"]]
        result[INDEX[f"{side}ToeBase"]] = _foot_points(body, side)[1]
        for finger in FINGERS:
            for knuckle in (1, 2):
                name = f"{side}Hand{finger}{knuckle}"
                result[INDEX[name]] = body.heads[INDEX[f"{side}Hand{finger}{knuckle + 1}"]]
    result[INDEX["Neck"]] = body.heads[INDEX["Head"]]
    # The tail of the rig's head bone leans; the end is the crown, straight above the joint.
    head = body.heads[INDEX["Head"]]
    result[INDEX["Head"]] = [head[0], head[1], body.vertices[body.groups["body"], 2].max()]
    return result


def _joint(body: AnnyBody, name: str) -> tuple[Point, int]:
    return body.heads[INDEX[name]], INDEX[name]


def _hand_points(body: AnnyBody, side: str) -> list[tuple[Point, int]]:
    """Return the wrist, then four points of each finger: its three joints and the tip, thumb first."""
    points = [_joint(body, f"{side}Hand")]
    for finger in FINGERS:
        points += [_joint(body, f"{side}Hand{finger}{knuckle}") for knuckle in (1, 2, 3)]
        last = INDEX[f"{side}Hand{finger}3"]
        points.append((body.tails[last], last))
    return points


def _foot_points(body: AnnyBody, side: str) -> tuple[Point, Point]:
    """Return the heel, which is the rearmost point of the foot's lower half, and the toe, its foremost point."""
    ankle = body.heads[INDEX[f"{side}Foot"]]
    skin = body.groups["body"]
    vertex_joints = body.main_joint()[skin]
    foot = body.vertices[skin[np.isin(vertex_joints, [INDEX[f"{side}Foot"], INDEX[f"{side}ToeBase"]])]]
    low = foot[foot[:, 2] < 0.5 * ankle[2]]
    return low[np.argmax(low[:, 1])], foot[np.argmin(foot[:, 1])]


def _face_points(body: AnnyBody) -> dict[str, Point]:
    skin = body.vertices[body.groups["body"]]
    points = {"left_ear": body.keypoints["left_ear"], "right_ear": body.keypoints["right_ear"]}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        ball = body.vertices[body.groups[f"helper-{side[0]}-eye"]]
        centre = 0.5 * (ball.min(axis=0) + ball.max(axis=0))
        radius = 0.5 * np.ptp(ball[:, 2])
        # The edges of the lids are the skin near the eyeball; the corners are their ends.
        lids = skin[(np.linalg.norm(skin - centre, axis=1) < 1.3 * radius) & (skin[:, 1] < centre[1])]
        points[f"{side}_eye"] = ball[np.argmin(ball[:, 1])]
        points[f"{side}_eye_inner"] = lids[np.argmin(sign * lids[:, 0])]
        points[f"{side}_eye_outer"] = lids[np.argmax(sign * lids[:, 0])]
        lips = body.vertices[body.mask_coverage("lips") > 0.35]
        points[f"mouth_{side}"] = lips[np.argmax(sign * lips[:, 0])]
    eyes, mouth = points["left_eye"][2], points["mouth_left"][2]
    midline = skin[(np.abs(skin[:, 0]) < 0.01) & (skin[:, 2] < eyes) & (skin[:, 2] > mouth)]
    tip = midline[np.argmin(midline[:, 1])]
    points["nose"] = np.array([0.0, tip[1], tip[2]])
    for name, point in points.items():
        outward, backward, up = next((h for part, h in _BIASES.items() if part in name), (0.0, 0.0, 0.0))
        points[name] = point + np.array([np.sign(point[0]) * outward, backward, up])
    return {name: 0.5 * (point + points[_mirrored(name)] * [-1.0, 1.0, 1.0]) for name, point in points.items()}


def _mirrored(name: str) -> str:
    """Return the name of the point on the face's other side."""
    swap = {"left": "right", "right": "left"}
    return "_".join(swap.get(word, word) for word in name.split("_"))
