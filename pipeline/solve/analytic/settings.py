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
    """How landmarks become rotations. Shares are 0..1, times seconds, angles degrees.

    Attributes:
        min_confidence: a joint whose landmarks are less sure than this counts as not seen.
        image_share: how far world landmarks are moved sideways onto the lines of sight of the image landmarks, which
            are the more exact of the two in that direction.
        palm_limit: a hand whose palm lies farther than this from where the body's own points of the hand put it is not
            believed: the hand network sometimes takes a back of a hand for a palm.
        hand_filter: One-Euro filter of hand landmarks, speeds in metres a second; None is off.
        unseen: what becomes of joints that are not seen.
        back_share: part of the bend between trunk and thighs, beyond `back_free`, that the back takes and the hips do
            not: who sits or crouches rounds the back. On CMU's motion capture this takes a tenth off the hips' error.
        back_free: bend up to which the hips follow the trunk.
        neck_share: part of the turn between chest and head that the neck takes.
        clavicle_share: part of an arm's rise above the shoulder line that the clavicle takes.
        clavicle_limit: the most that a clavicle rises.
        forearm_share: part of the hand's twist that the forearm takes; the wrist keeps the rest.
        arm_turn_from_palm: part of the hand's twist that a straight arm takes at the shoulder, where the elbow
            does not show how the arm is turned.
        leg_turn_from_foot: part of the foot's turn that a straight leg takes at the hip.
        straight: bend of elbow or knee below which its plane is not believed at all.
        bent: bend above which its plane is believed fully.
        plane_memory: time in which the plane of a limb that straightened drifts to what palm or foot suggest.
        camera: how the root is found.
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
