# SPDX-License-Identifier: GPL-3.0-or-later
"""Observations from a track: landmarks corrected by the image, palms, and the confidence of both."""

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
    """The observations of n frames.

    Attributes:
        time: (n,) seconds.
        points: (n, 75, 3) metres in Blender's axes: body points relative to the mid-hip, hands to their wrists.
        confidence: (n, 75) their confidence, 0..1.
        palm: (n, 2, 4) global rotations of the hands, left and right.
        palm_source: (n, 2) their origin: 0 none, 1 the body's landmarks, 2 the hand's landmarks.
        place: (n, 3) metres, position of the mid-hip relative to the camera.
        raw_points: (n, 75, 3) metres, world landmarks from the networks.
        raw_confidence: (n, 75) their confidence.
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
    """Makes observations from successive tracks, and keeps the state of the hands' filters."""

    def __init__(self, body: Body, hands: HandRest, settings: AnalyticSettings) -> None:
        self._body, self._hands, self._settings = body, hands, settings
        self._smoothing = HandSmoothing(settings.hand_filter)

    def observe(self, track: LandmarkTrack) -> Observation:
        """Observe the next frames."""
        world, raw_confidence = world_points(track)
        body, place = self._place_before_camera(track, world[:, :33], raw_confidence[:, :33])
        # Landmarks that are missing have no confidence, whatever the limb's end shows.
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
        """Return body points (n, 33, 3) moved towards their lines of sight, and the mid-hip's position (n, 3)."""
        world = world - world[:, HIPS].mean(axis=1, keepdims=True)
        pixels = track.pose_image[..., :2]
        focal, centre = focal_length(track.size, self._settings.camera), 0.5 * track.size
        weights = confidence * POINT_WEIGHTS
        place = locate(world, pixels, weights, focal=focal, centre=centre)
        share = self._settings.image_share * confidence
        return move_onto_rays(world, pixels, place, share, focal=focal, centre=centre), place

    def _check_hands(self, track: LandmarkTrack, pose_palm: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Return hands (n, 2, 21, 3) relative to their wrists, and which (n, 2) agree with the pose's hand points."""
        hands = hand_points(track)
        disagreement = rot.angle(relative(pose_palm, palm_from_hand(hands, self._hands)))
        return hands, ~(disagreement > np.radians(self._settings.palm_limit))
