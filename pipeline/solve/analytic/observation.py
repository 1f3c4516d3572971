# SPDX-License-Identifier: GPL-3.0-or-later
"""What is observed in a track: landmarks corrected by the image, palms, and how confident both are."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ....models.body import rotations as rot
from ....models.body.model import Body
from ...landmarks.data import LandmarkTrack
from ..camera import POINT_WEIGHTS, focal_length, locate, move_onto_rays
from ..geometry import Array, relative
from ..limbs import HandRest
from ..points import HIPS, hand_points, world_points
from .confidence import palm_confidence, with_end_confidence
from .hand_smoothing import HandSmoothing
from .hands import palm_from_hand, palm_from_pose
from .settings import AnalyticSettings


@dataclass(frozen=True)
class Observation:
    """What n frames show.

    Attributes:
        time: (n,) seconds.
        points: (n, 75, 3) metres in Blender's axes: body points about the mid-hip, hands each about its wrist.
        confidence: (n, 75) how far to believe them, 0..1.
        palm: (n, 2, 4) global turns of the hands, left and right.
        palm_source: (n, 2) what those come from: 0 nothing, 1 the body's landmarks, 2 the hand's.
        place: (n, 3) metres, where the mid-hip is before the camera.
        raw_points: (n, 75, 3) metres, world landmarks as the networks found them, with `raw_confidence` (n, 75).
    """

    time: Array
    points: Array
    confidence: Array
    palm: Array
    palm_source: NDArray[np.int64]
    place: Array
    raw_points: Array
    raw_confidence: Array


class Observer:
    """Reads tracks that follow one another; remembers the hands' last shapes."""

    def __init__(self, body: Body, hands: HandRest, settings: AnalyticSettings) -> None:
        self._body, self._hands, self._settings = body, hands, settings
        self._smoothing = HandSmoothing(settings.hand_filter)

    def observe(self, track: LandmarkTrack) -> Observation:
        """Read the next frames."""
        world, raw_confidence = world_points(track)
        body, place = self._place_before_camera(track, world[:, :33], raw_confidence[:, :33])
        # Nothing vouches for what is not there at all.
        confidence = with_end_confidence(raw_confidence) * np.isfinite(world).all(axis=-1)
        pose_palm = palm_from_pose(body, self._body.landmarks)
        hands, found = self._check_hands(track, pose_palm)
        confidence[:, 33:] *= np.repeat(found, 21, axis=1)
        from_hand, from_pose = (c >= self._settings.min_confidence for c in palm_confidence(confidence))
        hands = self._smoothing.run(track.time, hands, from_hand)
        palm = np.where(from_hand[..., None], palm_from_hand(hands, self._hands), pose_palm)
        return Observation(
            time=track.time,
            points=np.concatenate([body, hands.reshape(len(track.time), 42, 3)], axis=1),
            confidence=confidence,
            palm=palm,
            palm_source=np.where(from_hand, 2, from_pose.astype(int)) * np.isfinite(palm).all(axis=-1),
            place=place,
            raw_points=world,
            raw_confidence=raw_confidence,
        )

    def _place_before_camera(self, track: LandmarkTrack, world: Array, confidence: Array) -> tuple[Array, Array]:
        """Body points (n, 33, 3) moved towards their lines of sight, and the mid-hip's place (n, 3)."""
        world = world - world[:, HIPS].mean(axis=1, keepdims=True)
        pixels = track.pose_image[..., :2]
        focal, centre = focal_length(track.size, self._settings.camera), 0.5 * track.size
        weights = confidence * POINT_WEIGHTS
        place = locate(world, pixels, weights, focal=focal, centre=centre)
        share = self._settings.image_share * confidence
        return move_onto_rays(world, pixels, place, share, focal=focal, centre=centre), place

    def _check_hands(self, track: LandmarkTrack, pose_palm: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Hands (n, 2, 21, 3) about their wrists, and which (n, 2) agree with the body's own points of them."""
        hands = hand_points(track)
        disagreement = rot.angle(relative(pose_palm, palm_from_hand(hands, self._hands)))
        return hands, ~(disagreement > np.radians(self._settings.palm_limit))
