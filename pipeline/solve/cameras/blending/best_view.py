# SPDX-License-Identifier: GPL-3.0-or-later
"""Which camera sees a hand or the face best, changing softly over time."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot
from .....models.body.curves import smoothstep
from .....models.body.joints import INDEX
from .....models.body.model import Body
from .....models.body.motion import SEEN
from ....takes.geometry import CameraGeometry
from ..clocks import HAND_POINTS, PALM, TimedView
from .weights import ramped, shares, smooth

Array = NDArray[np.float64]

HANDS: Final = np.array([INDEX["LeftHand"], INDEX["RightHand"]])
HEAD: Final = INDEX["Head"]

_SMALL_HAND: Final = (12.0, 60.0)
"""Pixels of a hand's length at which its fingers say nothing, and from which they are clear."""
_EDGE_ON: Final = 0.35
"""What a hand counts whose palm is seen edge-on."""
_UNFOUND_HAND: Final = 0.03
"""What a hand counts whose points were not found: something, as all views may lack them."""
_SMALL_FACE: Final = (16.0, 80.0)
"""Pixels of a face's height at which it says nothing, and from which it is clear."""
_FACE: Final = 0.2
"""Height of a face in metres."""
_FACING: Final = (0.1, 0.95)
"""Cosine between where the face looks and the camera, at which it shows nothing, and all."""
_LEAST: Final = 0.02
"""What is always added, so that the better one of two bad views is still known."""
_HEAD_AWAY: Final = 0.3
"""What a head counts whose face is turned away."""
_DECIDED: Final = 3
"""Power of scores in the shares of fingers and faces: views that are alike count alike, a better one nearly alone."""


@dataclass(frozen=True)
class PosedView:
    """A view at n times of the take.

    Attributes:
        seen: what it shows.
        camera: the camera.
        turns: (n, 52, 4) global rotations in the take's axes.
        sights: (n, 52, 3) unit vectors from the camera to the joints.
    """

    seen: TimedView
    camera: CameraGeometry
    turns: Array
    sights: Array


def hand_shares(views: list[PosedView], body: Body, fade: int) -> Array:
    """Return the shares (views, n, 2) of views in the left and the right hand: found, large, and not seen edge-on."""
    scores = np.stack([np.stack([_hand_score(view, body, hand) for hand in (0, 1)], axis=-1) for view in views])
    known = np.stack([ramped(view.seen.confidence[:, HANDS] >= SEEN, fade) for view in views])
    return _soft_shares(scores, known, fade)


def face_shares(views: list[PosedView], head: Array, fade: int) -> Array:
    """Return the shares (views, n) of views in the face, by how far it is turned to each, and how large it is there.

    `head` (n, 4) is the global rotation of the head.
    """
    scores, known = [], []
    for view in views:
        distance = np.nan_to_num(np.linalg.norm(view.seen.root, axis=1), nan=3.0)
        pixels = view.camera.focal * _FACE / np.maximum(distance, 0.1)
        size = smoothstep(np.log(np.maximum(pixels, 1.0)), *np.log(_SMALL_FACE))
        scores.append((_LEAST + smoothstep(_facing(head, view.sights), *_FACING)) * (_LEAST + size))
        known_faces = np.isfinite(view.seen.expressions).all(axis=1)
        known.append(ramped((view.seen.confidence[:, HEAD] >= SEEN) & known_faces, fade))
    return _soft_shares(np.stack(scores), np.stack(known), fade)


def heads_turned(views: list[PosedView], fade: int) -> Array:
    """Return how much the head of each view (views, n) counts: more if its face is turned to the camera."""
    turned = [smoothstep(_facing(view.turns[:, HEAD], view.sights), *_FACING) for view in views]
    return np.stack([_HEAD_AWAY + (1.0 - _HEAD_AWAY) * smooth(each, fade) for each in turned])


def _hand_score(view: PosedView, body: Body, hand: int) -> Array:
    """Return how well a view shows the left (0) or the right hand (1) in each frame (n,)."""
    joint, seen = HANDS[hand], view.seen
    length = np.nan_to_num(seen.hand_lengths[:, hand])
    size = smoothstep(np.log(np.maximum(length, 1.0)), *np.log(_SMALL_HAND))
    rest = body.landmarks[HAND_POINTS[hand]][list(PALM)]
    normal = rot.unit(rot.cross(rest[1] - rest[0], rest[2] - rest[0]))
    flat = np.abs((rot.rotate(view.turns[:, joint], normal) * view.sights[:, joint]).sum(axis=-1))
    clear = seen.hands_found[:, hand] * size * (_EDGE_ON + (1.0 - _EDGE_ON) * flat)
    return np.asarray(clear + _UNFOUND_HAND * (_LEAST + seen.wrists_found[:, hand]))


def _facing(head: Array, sights: Array) -> Array:
    """Return the cosines (n,) between where a face looks, for rotations (n, 4), and the way to the camera."""
    return np.asarray(-(rot.rotate(head, np.array([0.0, -1.0, 0.0])) * sights[:, HEAD]).sum(axis=-1))


def _soft_shares(scores: Array, known: Array, fade: int) -> Array:
    """Return the shares (views, n, ...) of views by their scores, changing softly; nothing where not known."""
    decided = shares(scores**_DECIDED)
    return shares(known * np.stack([smooth(each, fade) for each in decided]))
