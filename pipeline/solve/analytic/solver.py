# SPDX-License-Identifier: GPL-3.0-or-later
"""From landmarks to the rotations of the body's 52 joints by geometry alone, with frames made from two vectors each.

Every rotation is relative to the body's own landmarks at rest, which therefore give the identity for any proportions.
Limbs keep the directions in which they were seen; their lengths are the body's.
"""

from typing import Final

import numpy as np

from ....models.body import rotations as rot
from ....models.body.curves import smoothstep
from ....models.body.joints import INDEX, JOINTS
from ....models.body.model import Body
from ....models.body.motion import BodyMotion
from ...landmarks.data import LandmarkTrack
from ..continuity import Hold, SignContinuity
from ..geometry import Array, relative
from ..limbs import HandRest
from ..points import HIPS, SIDES, drop_implausible
from ..relaxed import relaxed_pose
from ..root import RootTracker
from ..solver import Solver
from .arms import Arms
from .confidence import joint_confidence
from .legs import Legs
from .observation import Observation, Observer
from .settings import AnalyticSettings
from .trunk import Trunk, heading, solve_trunk

_HIPS: Final = INDEX["Hips"]
_SPINE: Final = [INDEX[name] for name in ("Spine", "Spine1", "Spine2")]
# Confidence of the hips from which they are used for the lean of the trunk, and from which they have full weight.
_HIPS_CONFIDENCE: Final = (0.1, 0.5)
_NECK, _HEAD = INDEX["Neck"], INDEX["Head"]


def _chain(first: str, length: int) -> list[list[int]]:
    """Return the joints of the left and of the right limb, which are consecutive in the joint table."""
    return [list(range(INDEX[side + first], INDEX[side + first] + length)) for side in SIDES]


_ARMS: Final = _chain("Shoulder", 19)
_LEGS: Final = _chain("UpLeg", 4)
_PALM_JOINTS: Final = [[INDEX[f"{side}ForeArm"], INDEX[f"{side}Hand"]] for side in SIDES]


class AnalyticSolver(Solver):
    """A solver that uses geometry alone. Joints that are not seen hold, then relax; see `AnalyticSettings`."""

    def __init__(self, body: Body, *, settings: AnalyticSettings | None = None) -> None:
        self._settings = settings or AnalyticSettings()
        self._body = body
        self._relaxed = relaxed_pose(body.landmarks)
        self.reset()

    def reset(self) -> None:
        """See `Solver.reset`."""
        s, body = self._settings, self._body
        hands = HandRest.of(body.landmarks)
        self._observer = Observer(body, hands, s)
        self._arms = Arms(body.landmarks, hands, s)
        self._legs = Legs(body.landmarks, s)
        self._hold_hips, self._hold = Hold(s.unseen), Hold(s.unseen)
        self._root = RootTracker(body, body.landmarks, depth_smoothing=s.camera.depth_smoothing)
        self._signs = SignContinuity()

    def update(self, track: LandmarkTrack) -> BodyMotion:
        """See `Solver.update`."""
        observation = self._observer.observe(drop_implausible(track))
        trunk = self._trunk(observation)
        confidence = joint_confidence(observation.confidence)
        source = self._sources(observation, confidence)
        source[:, _HIPS] *= np.isfinite(trunk.hips).all(axis=-1)
        pose = rot.identity(len(confidence), len(JOINTS))
        upright = heading(trunk.chest)[:, None]
        pose[:, [_HIPS]] = self._hold_hips.run(observation.time, trunk.hips[:, None], source[:, [_HIPS]], upright)
        # The back starts at the resulting hips, so that the chest stays as it was seen even if the hips are held.
        bend, nod = relative(pose[:, _HIPS], trunk.chest), relative(trunk.chest, trunk.head)
        pose[:, _SPINE] = rot.slerp(rot.identity(), bend, 1.0 / 3.0)[:, None]
        pose[:, _NECK] = rot.slerp(rot.identity(), nod, self._settings.neck_share)
        pose[:, _HEAD] = rot.slerp(rot.identity(), nod, 1.0 - self._settings.neck_share)
        pose[:, _ARMS] = self._arms.solve(observation, trunk.chest)
        pose[:, _LEGS] = self._legs.solve(observation, trunk.hips)
        source *= np.isfinite(pose).all(axis=-1)
        relaxed = np.broadcast_to(self._relaxed, pose.shape)
        pose[:, 1:] = self._hold.run(observation.time, pose[:, 1:], source[:, 1:], relaxed[:, 1:])
        return BodyMotion(
            time=np.asarray(track.time, dtype=float),
            rotations=self._signs.run(pose),
            root=self._root_of(observation, trunk.hips),
            shape=np.empty(0),
            confidence=confidence,
        )

    def solve(self, track: LandmarkTrack) -> BodyMotion:
        """See `Solver.solve`. Uses only the current frame and the frames before it."""
        self.reset()
        return self.update(track)

    def _trunk(self, observation: Observation) -> Trunk:
        s = self._settings
        return solve_trunk(
            observation.points,
            self._body.landmarks,
            hips_shown=smoothstep(observation.confidence[:, HIPS].min(axis=1), *_HIPS_CONFIDENCE),
            back_share=s.back_share,
            back_free=s.back_free,
        )

    def _sources(self, observation: Observation, confidence: Array) -> Array:
        """Return the source (n, 52) of each joint: 0 if not seen; that of forearms and hands depends on the palm's."""
        source = (confidence >= self._settings.min_confidence).astype(int)
        # A new source makes the joint catch up instead of jumping when another network's landmarks take over.
        source[:, _PALM_JOINTS] *= 1 + observation.palm_source[..., None]
        return source

    def _root_of(self, observation: Observation, hips: Array) -> Array:
        """Return the positions (n, 3) of the hips joint, which is not at the midpoint of the hip landmarks."""
        to_joint = rot.rotate(hips, self._root.to_joint)
        return self._root.run(
            observation.time,
            observation.place,
            to_joint,
            points=observation.raw_points,
            confidence=observation.raw_confidence,
        )
