# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchanging the sides of landmarks: of the whole body, of the arms, or of the legs."""

from dataclasses import replace
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...landmarks.data import HandLandmarks, Landmarks, LandmarkTrack, PoseLandmarks
from ...landmarks.names import POSE_MIRROR

Array = NDArray[np.float64]


class Exchange(IntEnum):
    """Which sides of a person are exchanged in a frame."""

    NONE = 0
    WHOLE = 1
    ARMS = 2
    LEGS = 3


_ARMS: Final = (*range(11, 23),)
_LEGS: Final = (*range(23, 33),)
_MOVED: Final = {
    Exchange.NONE: (),
    Exchange.WHOLE: tuple(range(33)),
    Exchange.ARMS: _ARMS,
    Exchange.LEGS: _LEGS,
}


def _order(exchange: Exchange) -> NDArray[np.intp]:
    order = np.arange(33)
    moved = list(_MOVED[exchange])
    order[moved] = np.array(POSE_MIRROR)[moved]
    return order


_ORDERS: Final = np.stack([_order(each) for each in Exchange])
"""(4, 33) for each exchange, the landmark whose place each landmark gets."""


def moves_hands(exchange: Exchange | int) -> bool:
    """Whether the hands change sides too."""
    return exchange in (Exchange.WHOLE, Exchange.ARMS)


def exchanged_points(points: Array, exchange: Exchange) -> Array:
    """Return values (33, ...) of a pose's points with sides exchanged."""
    return points[_ORDERS[exchange]]


def exchanged_pose(pose: PoseLandmarks, exchange: Exchange) -> PoseLandmarks:
    """Return a pose with sides exchanged; the points stay where they are."""
    order = _ORDERS[exchange]
    return replace(
        pose,
        image=pose.image[order],
        world=pose.world[order],
        visibility=pose.visibility[order],
        presence=pose.presence[order],
    )


def exchanged(landmarks: Landmarks, exchange: Exchange) -> Landmarks:
    """Return a frame's landmarks with sides exchanged."""
    if exchange is Exchange.NONE or landmarks.pose is None:
        return landmarks
    hands: tuple[HandLandmarks | None, HandLandmarks | None] = landmarks.left_hand, landmarks.right_hand
    left, right = hands[::-1] if moves_hands(exchange) else hands
    return replace(landmarks, pose=exchanged_pose(landmarks.pose, exchange), left_hand=left, right_hand=right)


def exchanged_track(track: LandmarkTrack, exchanges: NDArray[np.int64]) -> LandmarkTrack:
    """Return a track of n frames with the sides exchanged that `exchanges` (n,) of `Exchange` says."""
    order = _ORDERS[exchanges]
    rows = np.arange(len(order))[:, None]
    hands = np.where(np.isin(exchanges, (Exchange.WHOLE, Exchange.ARMS))[:, None], [1, 0], [0, 1])
    return replace(
        track,
        pose_image=track.pose_image[rows, order],
        pose_world=track.pose_world[rows, order],
        visibility=track.visibility[rows, order],
        presence=track.presence[rows, order],
        hand_image=track.hand_image[rows, hands],
        hand_world=track.hand_world[rows, hands],
        hand_presence=track.hand_presence[rows, hands],
        right_handed=track.right_handed[rows, hands],
    )
