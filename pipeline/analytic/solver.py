# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks to the rotations of the body's 52 joints by geometry alone: two vectors make a frame.

Every turn is measured against the body's own landmarks at rest, so those give the identity whatever the body's
proportions. Directions of limbs come out as they were seen; lengths are the body's.
"""

from typing import Final

import numpy as np

from ...models.body import rotations as rot
from ...models.body.curves import smoothstep
from ...models.body.joints import INDEX, JOINTS
from ...models.body.model import Body
from ...models.body.pose import BodyMotion
from ..camera_root import DepthFilter
from ..landmarks import LandmarkTrack
from . import confidence
from . import points as at
from .arms import Arms
from .geometry import Array, relative
from .hands import HandRest
from .hold import Hold
from .legs import Legs
from .relaxed import relaxed_pose
from .settings import AnalyticSettings
from .sight import Seen, Sight
from .trunk import Trunk, heading, solve_trunk

_HIPS: Final = INDEX["Hips"]
_SPINE: Final = [INDEX[name] for name in ("Spine", "Spine1", "Spine2")]
# Confidence of the hips at which they begin to show how the trunk leans, and at which they are believed fully.
_HIPS_SHOWN: Final = (0.1, 0.5)
_NECK, _HEAD = INDEX["Neck"], INDEX["Head"]


def _chain(first: str, length: int) -> list[list[int]]:
    """Joints of the left and of the right limb, which the joint table lists one after the other."""
    return [list(range(INDEX[side + first], INDEX[side + first] + length)) for side in at.SIDES]


_ARMS: Final = _chain("Shoulder", 19)
_LEGS: Final = _chain("UpLeg", 4)
_BY_PALM: Final = [[INDEX[f"{side}ForeArm"], INDEX[f"{side}Hand"]] for side in at.SIDES]


def solve(track: LandmarkTrack, body: Body, *, settings: AnalyticSettings | None = None) -> BodyMotion:
    """Motion of `body` over a whole track. Joints that are not seen hold, then relax; see `AnalyticSettings`."""
    return AnalyticSolver(body, settings=settings).update(track)


class AnalyticSolver:
    """Solves tracks that follow one another, a whole video or one frame at a time, and remembers between them."""

    def __init__(self, body: Body, *, settings: AnalyticSettings | None = None) -> None:
        self._settings = s = settings or AnalyticSettings()
        self._body = body
        hands = HandRest.of(body.landmarks)
        self._sight = Sight(body, hands, s)
        self._arms = Arms(body.landmarks, hands, s)
        self._legs = Legs(body.landmarks, s)
        self._relaxed = relaxed_pose(self._arms.rest, hands)
        self._hold_hips = Hold(hold=s.hold, relax=s.relax, rejoin=s.rejoin)
        self._hold = Hold(hold=s.hold, relax=s.relax, rejoin=s.rejoin)
        self._depth = DepthFilter(s.camera.depth_smoothing)
        self._last: Array | None = None

    def update(self, track: LandmarkTrack) -> BodyMotion:
        """Motion over the next n frames; `track.time` goes on from the call before."""
        seen = self._sight.see(at.believable(track))
        trunk = self._trunk(seen)
        sure = confidence.of_joints(seen.sure)
        source = self._sources(seen, sure)
        source[:, _HIPS] *= np.isfinite(trunk.hips).all(axis=-1)
        pose = rot.identity(len(sure), len(JOINTS))
        upright = heading(trunk.chest)[:, None]
        pose[:, [_HIPS]] = self._hold_hips.run(seen.time, trunk.hips[:, None], source[:, [_HIPS]], upright)
        # The back starts at the hips as they are shown, so that the chest stays as it was seen when they are not.
        bend, nod = relative(pose[:, _HIPS], trunk.chest), relative(trunk.chest, trunk.head)
        pose[:, _SPINE] = rot.slerp(rot.identity(), bend, 1.0 / 3.0)[:, None]
        pose[:, _NECK] = rot.slerp(rot.identity(), nod, self._settings.neck_share)
        pose[:, _HEAD] = rot.slerp(rot.identity(), nod, 1.0 - self._settings.neck_share)
        pose[:, _ARMS] = self._arms.solve(seen, trunk.chest)
        pose[:, _LEGS] = self._legs.solve(seen, trunk.hips)
        source *= np.isfinite(pose).all(axis=-1)
        relaxed = np.broadcast_to(self._relaxed, pose.shape)
        pose[:, 1:] = self._hold.run(seen.time, pose[:, 1:], source[:, 1:], relaxed[:, 1:])
        return BodyMotion(
            time=np.asarray(track.time, dtype=float),
            rotations=self._continuous(pose),
            root=self._root(seen, trunk.hips),
            shape=np.empty(0),
            confidence=sure,
        )

    def _trunk(self, seen: Seen) -> Trunk:
        s = self._settings
        return solve_trunk(
            seen.points,
            self._body.landmarks,
            hips_shown=smoothstep(seen.sure[:, at.HIPS].min(axis=1), *_HIPS_SHOWN),
            back_share=s.back_share,
            back_free=s.back_free,
        )

    def _sources(self, seen: Seen, sure: Array) -> Array:
        """What each joint is seen by (n, 52): 0 not at all; forearm and hand by one network or another."""
        source = (sure >= self._settings.min_confidence).astype(int)
        # Where another network's landmarks take over, the joint catches up instead of jumping.
        source[:, _BY_PALM] *= 1 + seen.palm_by[..., None]
        return source

    def _root(self, seen: Seen, hips: Array) -> Array:
        """Positions (n, 3) of the hips joint, which lies beside the middle of the hip landmarks."""
        to_joint = self._body.rest[_HIPS] - self._body.landmarks[at.HIPS].mean(axis=0)
        return self._depth.run(seen.time, seen.place + rot.rotate(hips, to_joint))

    def _continuous(self, pose: Array) -> Array:
        """The same rotations (n, 52, 4), signs going on from the last of the call before."""
        if not len(pose):
            return pose
        before = pose[:1] if self._last is None else self._last[None]
        pose = rot.continuous(np.concatenate([before, pose]))[1:]
        self._last = pose[-1]
        return pose
