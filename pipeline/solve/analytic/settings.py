# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the analytic solver."""

from dataclasses import dataclass, field
from typing import Final

from ....models.body.motion import SEEN
from ...landmarks.settings import OneEuro
from ..camera import CameraSettings
from ..continuity import HoldSettings
from ..limbs import STRAIGHT

_HAND_FILTER: Final = OneEuro(min_cutoff=1.0, beta=16.0, scaled=False)


@dataclass(frozen=True)
class AnalyticSettings:
    """Settings of the analytic solver. Shares are 0..1, times seconds, angles degrees.

    Attributes:
        min_confidence: least confidence of its landmarks for a joint to count as seen.
        image_share: how far world landmarks are moved sideways onto the lines of sight of the image landmarks, which
            are more accurate in that direction.
        palm_limit: largest angle between the palms from hand landmarks and from the pose's points of the hand. Beyond
            it the hand is ignored: the hand network sometimes mistakes the back of a hand for the palm.
        hand_filter: One-Euro filter of hand landmarks, speeds in metres per second; None is off.
        unseen: how joints that are not seen hold and relax.
        back_share: share of the bend between trunk and thighs, beyond `back_free`, that is taken by the back instead
            of the hips, as people round their backs when they sit or crouch. On CMU's motion capture this reduces the
            hips' error by a tenth.
        back_free: bend up to which the hips follow the trunk.
        neck_share: share of the rotation between chest and head that the neck takes.
        clavicle_share: share of an arm's rise above the shoulder line that the clavicle takes.
        clavicle_limit: largest rise of a clavicle.
        forearm_share: share of the hand's twist that the forearm takes; the wrist takes the rest.
        arm_turn_from_palm: share of the hand's twist that a straight arm takes at the shoulder, as its elbow does not
            show the arm's twist.
        leg_turn_from_foot: share of the foot's twist that a straight leg takes at the hip.
        straight: bend of elbow or knee up to which its plane is ignored.
        bent: bend from which its plane has full weight.
        plane_memory: time constant with which the plane of a straight limb drifts to that suggested by palm or foot.
        camera: the camera's properties, for the position of the root.
    """

    min_confidence: float = SEEN
    image_share: float = 0.8
    palm_limit: float = 100.0
    hand_filter: OneEuro | None = _HAND_FILTER
    unseen: HoldSettings = field(default_factory=HoldSettings)
    back_share: float = 0.25
    back_free: float = 30.0
    neck_share: float = 0.5
    clavicle_share: float = 0.25
    clavicle_limit: float = 25.0
    forearm_share: float = 0.5
    arm_turn_from_palm: float = 0.5
    leg_turn_from_foot: float = 0.7
    straight: float = STRAIGHT
    bent: float = 35.0
    plane_memory: float = 1.0
    camera: CameraSettings = field(default_factory=CameraSettings)
