# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchanging the sides of landmarks: of the whole body, of arms, of legs, or of all but the legs.

Arms and legs are exchanged without shoulders and hips: on rendered people, networks that exchange the legs of somebody
they see well leave the hips as they are in 69 of 73 frames, and exchange arms without shoulders in 63 of 64; whole
bodies are exchanged in 5 frames, and all but the legs in 16 (28 November 2026).

A network that exchanges sides takes somebody seen from behind for somebody facing the camera, or the other way round.
Both look alike only if what is in front changes places with what is behind, and so that is what the network says. For
sides in order, depths must be mirrored too, not only names exchanged. They are mirrored about a plane through the
hips that runs across the picture and leans as the body does: cameras look down, which leans everybody, whichever way
they face.

Measured on rendered dark figures, whose sides the network exchanges often, against the truth, in degrees between the
directions of bones, mean (28 November 2026). World landmarks of 282 frames exchanged as a whole: 51 with names
exchanged only, 33 with depths mirrored about the picture's plane, 30 about the leaning one, where frames in order have
26 and the heavy network has 57, as it exchanges many of them too. Arms alone: 45, 31, 31 (163 frames); legs alone: 38,
30, 29 (60). What the lifter makes of 212 frames exchanged as a whole: 80 as found, 32 with names exchanged only, 21
with the depths of world landmarks mirrored, 20 with those of the picture too; other frames of these clips: 18.
"""

from dataclasses import replace
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...landmarks.data import Landmarks, LandmarkTrack, PoseLandmarks
from ...landmarks.names import POSE_MIRROR

Array = NDArray[np.float64]


class Exchange(IntEnum):
    """Which sides of a person are exchanged in a frame; `UPPER` are all but the legs."""

    NONE = 0
    WHOLE = 1
    ARMS = 2
    LEGS = 3
    UPPER = 4


_ARMS: Final = (*range(13, 23),)
_LEGS: Final = (*range(25, 33),)
_MOVED: Final = {
    Exchange.NONE: (),
    Exchange.WHOLE: tuple(range(33)),
    Exchange.ARMS: _ARMS,
    Exchange.LEGS: _LEGS,
    Exchange.UPPER: tuple(range(25)),
}


def _order(exchange: Exchange) -> NDArray[np.intp]:
    order = np.arange(33)
    moved = list(_MOVED[exchange])
    order[moved] = np.array(POSE_MIRROR)[moved]
    return order


_ORDERS: Final = np.stack([_order(each) for each in Exchange])
"""(5, 33) for each exchange, the landmark whose place each landmark gets."""
_DEPTHS: Final = (np.arange(33) != _ORDERS) | (
    (np.arange(33) == 0) & np.isin(np.arange(5), (Exchange.WHOLE, Exchange.UPPER))[:, None]
)
"""(5, 33) for each exchange, the landmarks whose depth is mirrored: all that change places, and the nose."""
_WITH_HANDS: Final = (Exchange.WHOLE, Exchange.ARMS, Exchange.UPPER)
_WRISTS: Final = (15, 16)
_HANDS: Final = np.arange(33, 75)
_HANDS_EXCHANGED: Final = np.roll(_HANDS, 21)
_LEAN: Final = 0.7
"""Share of the body's lean that is the camera's, not the body's own."""
_MOST_LEAN: Final = np.radians(20.0)


def landmark_order(exchanges: NDArray[np.int64]) -> NDArray[np.intp]:
    """Return, for each of `exchanges` (n,), the landmark of `Body.landmarks` whose place each one gets, (n, 75)."""
    hands = np.where(np.isin(exchanges, _WITH_HANDS)[:, None], _HANDS_EXCHANGED, _HANDS)
    return np.concatenate([_ORDERS[exchanges], hands], axis=1)


def moves_hands(exchange: Exchange | int) -> bool:
    """Whether the hands change sides too."""
    return exchange in _WITH_HANDS


def _lean(points: Array) -> tuple[Array, Array]:
    """Return the plane about which depths of points (..., 33, 3) are mirrored.

    Returns:
        Depth (...) of the plane at y = 0, and its slope (...), the change of depth with y.
    """
    hips = 0.5 * (points[..., 23, 1:] + points[..., 24, 1:])
    upright = 0.5 * (points[..., 27, 1:] + points[..., 28, 1:] - points[..., 11, 1:] - points[..., 12, 1:])
    lean = np.arctan2(upright[..., 1] * np.sign(upright[..., 0]), np.abs(upright[..., 0]))
    slope = np.tan(np.clip(_LEAN * np.nan_to_num(lean), -_MOST_LEAN, _MOST_LEAN))
    return hips[..., 1] - slope * hips[..., 0], slope


def _moved(points: Array, exchange: Exchange | NDArray[np.int64]) -> Array:
    """Return a pose's points (..., 33, 3), in the picture or in metres, with sides exchanged and depths mirrored."""
    depth, slope = _lean(points)
    moved = np.take_along_axis(points, _ORDERS[exchange][..., None], axis=-2)
    plane = depth[..., None] + slope[..., None] * moved[..., 1]
    moved[..., 2] = np.where(_DEPTHS[exchange], 2.0 * plane - moved[..., 2], moved[..., 2])
    return moved


def exchanged_pose(pose: PoseLandmarks, exchange: Exchange) -> PoseLandmarks:
    """Return a pose with sides exchanged; the points stay where they are in the picture, their depths are mirrored."""
    order = _ORDERS[exchange]
    return replace(
        pose,
        image=_moved(pose.image, exchange),
        world=_moved(pose.world, exchange),
        visibility=pose.visibility[order],
        presence=pose.presence[order],
    )


def exchanged(landmarks: Landmarks, exchange: Exchange) -> Landmarks:
    """Return a frame's landmarks with sides exchanged."""
    if exchange is Exchange.NONE or landmarks.pose is None:
        return landmarks
    pose = exchanged_pose(landmarks.pose, exchange)
    if not moves_hands(exchange):
        return replace(landmarks, pose=pose)
    left, right = (
        hand if hand is None else replace(hand, world=hand.world + (pose.world[wrist] - hand.world[0]))
        for hand, wrist in zip((landmarks.right_hand, landmarks.left_hand), _WRISTS, strict=True)
    )
    return replace(landmarks, pose=pose, left_hand=left, right_hand=right)


def exchanged_track(track: LandmarkTrack, exchanges: NDArray[np.int64]) -> LandmarkTrack:
    """Return a track of n frames with the sides exchanged that `exchanges` (n,) of `Exchange` says."""
    order = _ORDERS[exchanges]
    rows = np.arange(len(order))[:, None]
    moved = np.isin(exchanges, _WITH_HANDS)
    hands = np.where(moved[:, None], [1, 0], [0, 1])
    world = _moved(track.pose_world, exchanges)
    hand_world = track.hand_world[rows, hands]
    hand_world[moved] += (world[moved][:, _WRISTS] - hand_world[moved][:, :, 0])[:, :, None]
    return replace(
        track,
        pose_image=_moved(track.pose_image, exchanges),
        pose_world=world,
        visibility=track.visibility[rows, order],
        presence=track.presence[rows, order],
        hand_image=track.hand_image[rows, hands],
        hand_world=hand_world,
        hand_presence=track.hand_presence[rows, hands],
        right_handed=track.right_handed[rows, hands],
    )
