# SPDX-License-Identifier: GPL-3.0-or-later
"""What the solver sees of a track: landmarks put right by the image, palms, and how far to believe them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....models.body import rotations as rot
from ....models.body.model import Body
from ...landmarks.data import LandmarkTrack
from .. import camera as camera_root
from .. import points
from ..geometry import Array, relative
from ..limbs import HandRest
from . import confidence
from .hand_smoothing import CalmHands
from .hands import palm_from_hand, palm_from_pose
from .settings import AnalyticSettings


@dataclass(frozen=True)
class Seen:
    """A track as the solver reads it.

    Attributes:
        time: (n,) seconds.
        points: (n, 75, 3) metres in Blender's axes: body points about the mid-hip, hands each about its wrist.
        sure: (n, 75) how far to believe them, 0..1.
        palm: (n, 2, 4) global turns of the hands, left and right.
        palm_by: (n, 2) what those come from: 0 nothing, 1 the body's landmarks, 2 the hand's.
        place: (n, 3) metres, where the mid-hip is before the camera.
        told: (n, 75, 3) metres, the points as the networks told them, and `told_sure` (n, 75) how sure those were.
    """

    time: Array
    points: Array
    sure: Array
    palm: Array
    palm_by: NDArray[np.int64]
    place: Array
    told: Array
    told_sure: Array


class Sight:
    """Reads tracks that follow one another; remembers the hands' last shapes."""

    def __init__(self, body: Body, hands: HandRest, settings: AnalyticSettings) -> None:
        self._body, self._hands, self._settings = body, hands, settings
        self._calm = CalmHands(settings.hand_filter)

    def see(self, track: LandmarkTrack) -> Seen:
        """Read the next frames."""
        world, told_sure = points.of_track(track)
        body, place = self._before_camera(track, world[:, :33], told_sure[:, :33])
        # Nothing vouches for what is not there at all.
        sure = confidence.vouched(told_sure) * np.isfinite(world).all(axis=-1)
        rough = palm_from_pose(body, self._body.landmarks)
        hands, found = self._believed_hands(track, rough)
        sure[:, 33:] *= np.repeat(found, 21, axis=1)
        from_hand, from_pose = (c >= self._settings.min_confidence for c in confidence.of_palms(sure))
        hands = self._calm.run(track.time, hands, from_hand)
        palm = np.where(from_hand[..., None], palm_from_hand(hands, self._hands), rough)
        return Seen(
            time=track.time,
            points=np.concatenate([body, hands.reshape(len(track.time), 42, 3)], axis=1),
            sure=sure,
            palm=palm,
            palm_by=np.where(from_hand, 2, from_pose.astype(int)) * np.isfinite(palm).all(axis=-1),
            place=place,
            told=world,
            told_sure=told_sure,
        )

    def _before_camera(self, track: LandmarkTrack, world: Array, sure: Array) -> tuple[Array, Array]:
        """Body points (n, 33, 3) moved towards their lines of sight, and the mid-hip's place (n, 3)."""
        world = world - world[:, points.HIPS].mean(axis=1, keepdims=True)
        pixels = track.pose_image[..., :2]
        focal, centre = camera_root.focal_length(track.size, self._settings.camera), 0.5 * track.size
        weights = sure * camera_root.POINT_WEIGHTS
        place = camera_root.locate(world, pixels, weights, focal=focal, centre=centre)
        share = self._settings.image_share * sure
        return camera_root.onto_rays(world, pixels, place, share, focal=focal, centre=centre), place

    def _believed_hands(self, track: LandmarkTrack, rough: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Hands (n, 2, 21, 3) about their wrists, and which (n, 2) agree with the body's own points of them."""
        hands = points.hands_of_track(track)
        apart = rot.angle(relative(rough, palm_from_hand(hands, self._hands)))
        return hands, ~(apart > np.radians(self._settings.palm_limit))
