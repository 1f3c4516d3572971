# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks to joint rotations by the lifter, a small network trained on what the landmark networks get wrong.

The lifter turns the 22 joints that body landmarks tell of. Fingers, and palms where the hand networks see them, are
the analytic solver's, and so is the pose while nobody is seen.
"""

import json
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..models import body as body_package
from ..models.body import rotations as rot
from ..models.body.joints import INDEX, PARENTS
from ..models.body.model import Body
from ..models.body.pose import BodyMotion
from . import axes, camera_root
from . import lifter_tokens as lt
from .analytic.hold import Hold
from .analytic.settings import AnalyticSettings
from .analytic.solver import AnalyticSolver
from .errors import LifterMissing
from .landmarks import LandmarkTrack
from .rotation_smoothing import RotationFilter
from .settings import OneEuro

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Array = NDArray[np.float64]

FILE: Final = "lifter.onnx"
_TOLD: Final = {"rest_frames": (-1, 3, 3), "offsets": (33, 3)}
"""What a lifter's metadata must hold, as JSON lists."""
_HALF: Final = np.radians(35.0)
"""Error in radians at which the confidence is 1/e."""
_WIDEST: Final = 1.0
"""Tangent of the greatest angle off the camera's axis that is believed."""
_HANDS: Final = tuple(INDEX[f"{side}Hand"] for side in ("Left", "Right"))
_FOREARMS: Final = tuple(INDEX[f"{side}ForeArm"] for side in ("Left", "Right"))


@dataclass(frozen=True)
class LifterSettings:
    """How the lifter is used.

    Attributes:
        mirror: also lift the mirrored landmarks and average: twice the work, a little calmer.
        smoothing: One-Euro filter on the joints' rotations (beta per radian a second), or None.
        off_axis: turn the person by the angle under which the camera sees the hips. Right where the focal length is
            known (limbs some 1.2 degrees better on rendered pictures); a field of view that is assumed too wide
            turns people too far, so it is off.
        analytic: settings of the solver that makes fingers and roots and fills gaps.
    """

    mirror: bool = True
    smoothing: OneEuro | None = field(default_factory=lambda: OneEuro(1.5, 3.0, scaled=False))
    off_axis: bool = False
    analytic: AnalyticSettings = field(default_factory=AnalyticSettings)


@dataclass(frozen=True)
class LifterNetwork:
    """The network, the rest frames (22, 3, 3) that its answers are measured against, and what it was trained with.

    `offsets` (33, 3) say how far in metres BlazePose's points lie beside the body's own, in the frames of the joints
    that carry them: with them the posed body can be compared with landmarks.
    """

    session: "InferenceSession"
    rest: Array
    offsets: Array = field(default_factory=lambda: np.zeros((33, 3)))

    def __call__(self, seen: lt.Seen) -> tuple[Array, Array]:
        """Corrections (n, 22, 6), and the error in radians (n, 22) that it expects to be left."""
        feed = {"tokens": seen.tokens, "base": seen.base.astype(np.float32)}
        correction, log_error = self.session.run(["correction", "log_error"], feed)
        return np.asarray(correction, dtype=float), np.exp(np.clip(np.asarray(log_error, dtype=float), -8.0, 2.0))


def load(path: Path | None = None) -> LifterNetwork:
    """The lifter that comes with Mimic, or that of a file.

    Raises:
        LifterMissing: there is no such file, or it is no lifter.
    """
    if path is None:
        return _own()
    return _load(path)


@cache
def _own() -> LifterNetwork:
    with resources.as_file(resources.files(body_package) / FILE) as path:
        return _load(path)


def _load(path: Path) -> LifterNetwork:
    import onnxruntime as ort

    if not path.is_file():
        raise LifterMissing(
            f"The lifter “{path}” is missing: use the analytic solver, or train it (mimic lifter train)."
        )
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    told = session.get_modelmeta().custom_metadata_map
    if not _TOLD.keys() <= told.keys():
        raise LifterMissing(f"“{path}” is not a lifter of this version of Mimic: train it again (mimic lifter train).")
    rest, offsets = (np.array(json.loads(told[key]), dtype=float).reshape(shape) for key, shape in _TOLD.items())
    return LifterNetwork(session, rest, offsets)


def solve(
    track: LandmarkTrack, body: Body, *, settings: LifterSettings | None = None, network: LifterNetwork | None = None
) -> BodyMotion:
    """Motion of `body` over a whole track, by the lifter that comes with Mimic or by `network`."""
    return LifterSolver(body, settings=settings, network=network).update(track)


class LifterSolver:
    """Solves tracks that follow one another, a whole video or one frame at a time, and remembers between them.

    Raises:
        LifterMissing: no network is given, and none came with Mimic.
    """

    def __init__(
        self, body: Body, *, settings: LifterSettings | None = None, network: LifterNetwork | None = None
    ) -> None:
        self._body = body
        self._settings = s = settings or LifterSettings()
        self._network = network or load()
        self._analytic = AnalyticSolver(body, settings=s.analytic)
        self._hold = Hold(hold=s.analytic.hold, relax=s.analytic.relax, rejoin=s.analytic.rejoin)
        self._filter = None if s.smoothing is None else RotationFilter(s.smoothing)
        self._last: Array | None = None

    def update(self, track: LandmarkTrack) -> BodyMotion:
        """Motion over the next n frames; `track.time` goes on from the call before."""
        plain = self._analytic.update(track)
        if not len(track.time):
            return plain
        turns, error, found = self.lift(track)
        pose = self._posed(plain, turns, found)
        joints = list(lt.SOLVED)
        source = np.repeat(found[:, None], len(joints), axis=1).astype(int)
        pose[:, joints] = self._hold.run(plain.time, pose[:, joints], source, plain.rotations[:, joints])
        if self._filter is not None:
            pose = self._filter.run(plain.time, pose)
        confidence = plain.confidence.copy()
        confidence[:, joints] = np.where(found[:, None], np.exp(-error / _HALF), 0.0)
        return replace(plain, rotations=self._continuous(pose), confidence=confidence)

    def lift(self, track: LandmarkTrack) -> tuple[Array, Array, NDArray[np.bool_]]:
        """Global turns (n, 22, 4) of `lifter_tokens.SOLVED`, the expected error (n, 22), and who was seen (n,)."""
        image, world = track.pose_image, axes.to_blender(track.pose_world)
        certainty = np.stack([track.visibility, track.presence], axis=-1)
        seen, turns, error = self._run(image, world, certainty)
        if self._settings.mirror:
            flipped = certainty[:, list(lt.POINT_MIRROR)]
            _, other, other_error = self._run(lt.mirrored(image), lt.mirrored(world), flipped)
            turns = rot.slerp(turns, lt.mirrored_turns(other), 0.5)
            error = 0.5 * (error + other_error[:, list(lt.SOLVED_MIRROR)])
        found = seen.tokens[..., -1].mean(axis=1) > 0.5
        if self._settings.off_axis:
            turns = rot.multiply(self._rays(track)[:, None], turns)
        return turns, error, found

    def _run(self, image: Array, world: Array, certainty: Array) -> tuple[lt.Seen, Array, Array]:
        rest = self._network.rest
        seen = lt.see(image, world, certainty[..., 0], certainty[..., 1], rest=rest)
        correction, error = self._network(seen)
        return seen, lt.rotations_of(seen.base, correction, rest=rest), np.nan_to_num(error, nan=10.0)

    def _rays(self, track: LandmarkTrack) -> Array:
        """(n, 4) turns from straight ahead to where the hips are; none where that is not known."""
        focal = camera_root.focal_length(track.size, self._settings.analytic.camera)[:, None]
        off = (track.pose_image[:, [23, 24], :2].mean(axis=1) - 0.5 * track.size) / focal
        off = np.clip(np.nan_to_num(off, nan=0.0, posinf=0.0, neginf=0.0), -_WIDEST, _WIDEST)
        ray = np.stack([off[:, 0], np.ones(len(off)), -off[:, 1]], axis=-1)
        return rot.between(np.array([0.0, 1.0, 0.0]), ray)

    def _posed(self, plain: BodyMotion, turns: Array, found: NDArray[np.bool_]) -> Array:
        """Parent-relative rotations (n, 52, 4): the lifter's body with the analytic solver's hands."""
        before = self._body.globals(plain.rotations)
        after = before.copy()
        after[:, list(lt.SOLVED)] = turns
        for side, (hand, forearm) in enumerate(zip(_HANDS, _FOREARMS, strict=True)):
            # Where the hand network sees a palm, it sees it better.
            sees = plain.confidence[:, hand + 1] >= self._settings.analytic.min_confidence
            after[sees, hand] = before[sees, hand]
            after[:, forearm] = self._twisted(after[:, forearm], after[:, hand], forearm, side, sees)
        pose = plain.rotations.copy()
        for joint in lt.SOLVED:
            parent = PARENTS[joint]
            local = after[:, joint] if parent < 0 else rot.multiply(rot.conjugate(after[:, parent]), after[:, joint])
            pose[:, joint] = np.where(found[:, None], local, plain.rotations[:, joint])
        return pose

    def _twisted(self, forearm: Array, hand: Array, joint: int, side: int, sees: NDArray[np.bool_]) -> Array:
        """Forearms (n, 4) that take their share of the twist of hands that are seen."""
        axis = rot.unit(self._body.rest[_HANDS[side]] - self._body.rest[joint])
        local = rot.multiply(rot.conjugate(forearm), hand)
        _, twist = rot.swing_twist(rot.conjugate(local), axis)
        twist = rot.conjugate(np.where(twist[:, :1] < 0.0, -twist, twist))
        share = rot.power(twist, self._settings.analytic.forearm_share)
        return np.where(sees[:, None], rot.multiply(forearm, share), forearm)

    def _continuous(self, pose: Array) -> Array:
        before = pose[:1] if self._last is None else self._last[None]
        pose = rot.continuous(np.concatenate([before, pose]))[1:]
        self._last = pose[-1]
        return pose
