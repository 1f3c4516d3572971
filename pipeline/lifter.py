# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks to joint rotations by the lifter, a small network trained on what the landmark networks get wrong.

The lifter turns all 52 joints. What nobody sees it takes from what it knows of people, and says so in the confidence;
but limbs beyond the picture's edge, fingers of hands that nobody sees, and all while nobody is there, are held, then
relax as the analytic solver's do.
"""

import json
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from ..models import body as body_package
from ..models.body import rotations as rot
from ..models.body.joints import INDEX, JOINTS, PARENTS
from ..models.body.model import Body
from ..models.body.pose import BodyMotion
from ..models.body.rotation_filter import RotationFilter
from . import axes, camera_root
from . import lifter_tokens as lt
from .analytic.arms import Arms
from .analytic.hands import HandRest
from .analytic.hold import Hold
from .analytic.relaxed import relaxed_pose
from .analytic.settings import AnalyticSettings
from .camera_root import CameraSettings, DepthFilter
from .errors import LifterMissing
from .landmarks import LandmarkTrack
from .lifter_sight import shown
from .lifter_window import averaged
from .settings import OneEuro

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

Array = NDArray[np.float64]

FILE: Final = "lifter.onnx"
_OUTPUTS: Final = ["correction", "finger_correction", "log_error", "finger_log_error", "shape"]
_TOLD: Final = {
    "rest_frames": (22, 3, 3),
    "rest_palms": (2, 3, 3),
    "rest_fingers": (15, 3, 3),
    "offsets": (33, 3),
    "calibration": (37, 2),
}
"""What a lifter's metadata must hold, as JSON lists."""
_DOUBT: Final = np.radians(30.0)
"""Error in radians at which the confidence is 1/e: twice that is a guess, half of it sure."""
_IN_SIGHT: Final = 0.3
"""Least confidence of what is seen, however doubtful: above `body.pose.SEEN`, so that nothing takes it for a loss."""
_MOST: Final = 1e3
"""What an endless answer is taken for."""
_AT_ONCE: Final = 256
"""Frames that go through the network together: what fits a processor's cache."""
_RATIOS_KEPT: Final = 5000
"""Frames over which a person's size is measured: all of most clips, the last minutes of a live session."""
_HIPS: Final = [23, 24]
_PARENTS: Final = np.array([max(parent, 0) for parent in PARENTS])
_FINGERS: Final = [list(joints) for joints in lt.FINGER_JOINTS]
_SOLVED: Final = list(lt.SOLVED)
_HANDS: Final = [INDEX[f"{side}Hand"] for side in ("Left", "Right")]


@dataclass(frozen=True)
class LifterSettings:
    """How the lifter is used.

    Attributes:
        mirror: look twice, the second time in a mirror and without the hands, and average.
        smoothing: One-Euro filter on the joints' rotations (beta per radian a second), or None.
        window: seconds over which each frame is averaged with those on both sides of it that are given together with
            it; 0 is off. Frames that come one at a time have no neighbours.
        hold: seconds that what is not seen keeps its last rotation, then `relax` until it is at rest.
        rejoin: seconds in which it catches up when it is seen again.
        camera: how the root is found; rotations do not depend on it.
    """

    mirror: bool = True
    smoothing: OneEuro | None = field(default_factory=lambda: OneEuro(1.5, 3.0, scaled=False))
    window: float = 0.0
    hold: float = 0.5
    relax: float = 1.5
    rejoin: float = 0.2
    camera: CameraSettings = field(default_factory=CameraSettings)


WHOLE: Final = LifterSettings(smoothing=None, window=0.07)
"""For tracks that are given whole: on clips of rendered motion this takes 0.5 to 0.8 degrees off the limbs' error and
two thirds off their shaking, and nothing lags."""


@dataclass(frozen=True)
class Answer:
    """What the network says of n frames: `correction` (n, 22, 6) of the joints and `fingers` (n, 2, 15, 6), the
    errors in radians that it expects to be left, `error` (n, 22) and `finger_error` (n, 2, 15), and the person's
    `shape` (n, 6), Anny's phenotype parameters."""

    correction: Array
    fingers: Array
    error: Array
    finger_error: Array
    shape: Array

    def part(self, rows: slice) -> "Answer":
        """Of some of the frames."""
        return Answer(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))


@dataclass(frozen=True)
class LifterNetwork:
    """The network, the rest frames that its answers are measured against, and what it was trained with.

    `offsets` (33, 3) say how far in metres BlazePose's points lie beside the body's own, in the frames of the joints
    that carry them: with them the posed body can be compared with landmarks. `calibration` (37, 2) are factor and
    power that turn the errors it expects of 22 joints and 15 finger joints into those that were measured.
    """

    session: "InferenceSession"
    rest: lt.Rest
    offsets: Array = field(default_factory=lambda: np.zeros((33, 3)))
    calibration: Array = field(default_factory=lambda: np.ones((37, 2)))

    def __call__(self, seen: lt.Seen) -> Answer:
        """Its answer to any number of frames."""
        feed = {
            "tokens": seen.tokens,
            "hands": seen.hands,
            "palms": seen.palms,
            "base": seen.base,
            "fingers": seen.fingers,
        }
        told = self.session.run(_OUTPUTS, feed)
        if not all(np.isfinite(x).all() for x in told):
            told = [np.nan_to_num(x, posinf=_MOST, neginf=-_MOST) for x in told]
        correction, fingers, *errors, shape = told
        parts = self.calibration[: len(lt.SOLVED)], self.calibration[len(lt.SOLVED) :]
        body, hands = (
            part[:, 0] * np.exp(part[:, 1] * np.clip(error, -8.0, 2.0))
            for part, error in zip(parts, errors, strict=True)
        )
        return Answer(correction, fingers, body, hands, np.clip(shape, 0.0, 1.0))


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
    read = {key: np.array(json.loads(told[key]), dtype=float).reshape(shape) for key, shape in _TOLD.items()}
    rest = lt.Rest(read["rest_frames"], read["rest_palms"], read["rest_fingers"])
    return LifterNetwork(session, rest, read["offsets"], read["calibration"])


def solve(
    track: LandmarkTrack, body: Body, *, settings: LifterSettings | None = None, network: LifterNetwork | None = None
) -> BodyMotion:
    """Motion of `body` over a whole track, by the lifter that comes with Mimic or by `network`."""
    return LifterSolver(body, settings=settings or WHOLE, network=network).update(track)


class LifterSolver:
    """Solves tracks that follow one another, a whole video or one frame at a time, and remembers between them.

    Raises:
        LifterMissing: no network is given, and none came with Mimic.
    """

    def __init__(
        self, body: Body, *, settings: LifterSettings | None = None, network: LifterNetwork | None = None
    ) -> None:
        self._settings = s = settings or LifterSettings()
        self._network = network or load()
        self._landmarks = body.landmarks[:33] + self._network.offsets
        self._to_joint = body.rest[0] - self._landmarks[_HIPS].mean(axis=0)
        hands = HandRest.of(body.landmarks)
        self._relaxed = relaxed_pose(Arms(body.landmarks, hands, AnalyticSettings()).rest, hands)
        self._hold = Hold(hold=s.hold, relax=s.relax, rejoin=s.rejoin)
        calm = s.smoothing
        self._filter = (
            None if calm is None else RotationFilter(calm.min_cutoff, calm.beta, speed_cutoff=calm.derivative_cutoff)
        )
        self._depth = DepthFilter(s.camera.depth_smoothing)
        self._ratios = np.empty(0)
        self._last: Array | None = None

    def update(self, track: LandmarkTrack) -> BodyMotion:
        """Motion over the next n frames; `track.time` goes on from the call before."""
        time = np.asarray(track.time, dtype=float)
        if not len(time):
            nothing = np.empty((0, len(JOINTS), 4)), np.empty((0, 3)), np.empty(0), np.empty((0, len(JOINTS)))
            return BodyMotion(time, *nothing)
        points = _points(track)
        seen = lt.see(points, self._network.rest)
        answer = self._lift(seen)
        turns = self._turns(time, seen, answer)
        pose = _relative(turns)
        visible = shown(points, seen.hand_found)
        pose = self._hold.run(time, pose, _sources(seen) * visible, self._resting(turns[:, 0]))
        if self._filter is not None:
            pose = self._filter.run(time, pose)
        return BodyMotion(
            time=time,
            rotations=self._continuous(pose),
            root=self._root(track, points, seen, turns[:, 0]),
            shape=_usual(answer.shape, seen.found),
            confidence=_confidence(answer, seen) * visible,
        )

    def lift(self, track: LandmarkTrack) -> tuple[lt.Seen, Answer]:
        """What is seen in a track, and the network's answer to it, each frame by itself."""
        seen = lt.see(_points(track), self._network.rest)
        return seen, self._lift(seen)

    def _lift(self, seen: lt.Seen) -> Answer:
        if not self._settings.mirror:
            return self._run(seen)
        # The second look goes without the hands, so that a hand taken for another's cannot pull the arm with it.
        rest, n = self._network.rest, len(seen.found)
        both = self._run(seen.and_also(lt.mirrored_seen(lt.without_hands(seen, rest), rest)))
        plain, other = both.part(slice(n)), both.part(slice(n, 2 * n))
        correction = 0.5 * (plain.correction + lt.mirrored_corrections(other.correction, rest))
        correction[:, lt.HAND_PLACES] = np.where(
            seen.hand_found[..., None], plain.correction[:, lt.HAND_PLACES], correction[:, lt.HAND_PLACES]
        )
        return Answer(
            correction=correction,
            fingers=plain.fingers,
            error=0.5 * (plain.error + other.error[:, list(lt.SOLVED_MIRROR)]),
            finger_error=plain.finger_error,
            shape=0.5 * (plain.shape + other.shape),
        )

    def _run(self, seen: lt.Seen) -> Answer:
        if len(seen.found) <= _AT_ONCE:
            return self._network(seen)
        parts = [self._network(seen.part(slice(i, i + _AT_ONCE))) for i in range(0, len(seen.found), _AT_ONCE)]
        return Answer(*(np.concatenate([getattr(p, name) for p in parts]) for name in Answer.__dataclass_fields__))

    def _turns(self, time: Array, seen: lt.Seen, answer: Answer) -> Array:
        """Global turns (n, 52, 3, 3) of all joints."""
        n, rest = len(time), self._network.rest
        base = np.concatenate([seen.base, seen.fingers.reshape(n, 30, 3, 3)], axis=1)
        frames = lt.corrected(base, np.concatenate([answer.correction, answer.fingers.reshape(n, 30, 6)], axis=1))
        if self._settings.window > 0.0:
            error = np.concatenate([answer.error, answer.finger_error.reshape(n, 30)], axis=1)
            shown = np.repeat(np.column_stack([seen.found, seen.hand_found]), [len(_SOLVED), 15, 15], axis=1)
            frames = averaged(time, frames, error, shown, seconds=self._settings.window)
        told = frames @ np.swapaxes(np.concatenate([rest.frames, rest.fingers, rest.fingers]), -1, -2)
        told[:, -15:] *= lt.REFLECT[:, None] * lt.REFLECT
        turns = np.empty((n, len(JOINTS), 3, 3))
        turns[:, _SOLVED] = told[:, : len(_SOLVED)]
        for side, joints in enumerate(_FINGERS):
            first = len(_SOLVED) + 15 * side
            turns[:, joints] = turns[:, [_HANDS[side]]] @ told[:, first : first + 15]
        return turns

    def _resting(self, hips: Array) -> Array:
        """What joints relax to (n, 52, 4): standing as the person faces."""
        pose = np.repeat(self._relaxed[None], len(hips), axis=0)
        heading = np.arctan2(hips[:, 1, 0], hips[:, 0, 0])
        pose[:, 0] = rot.from_axis_angle(np.array([0.0, 0.0, 1.0]), heading)
        return pose

    def _root(self, track: LandmarkTrack, points: lt.Points, seen: lt.Seen, hips: Array) -> Array:
        """Positions (n, 3) of the hips joint, the person scaled to the body's size."""
        sure = np.nan_to_num(points.certainty).min(axis=-1)
        world = np.where(np.abs(points.world) < lt.MOST, points.world, np.nan)
        ratios = camera_root.size_ratios(world, sure, self._landmarks)
        self._ratios = np.concatenate([self._ratios, ratios])[-_RATIOS_KEPT:]
        ratio = float(np.median(self._ratios)) if len(self._ratios) else 1.0
        # A lens that is longer than the assumed one shows people as large from farther away.
        place = seen.place.copy()
        place[:, 1] *= camera_root.focal_length(track.size, self._settings.camera) / points.focal
        return self._depth.run(np.asarray(track.time, dtype=float), ratio * place + hips @ self._to_joint)

    def _continuous(self, pose: Array) -> Array:
        if not len(pose):
            return pose
        before = pose[:1] if self._last is None else self._last[None]
        pose = rot.continuous(np.concatenate([before, pose]))[1:]
        self._last = pose[-1]
        return pose


def _points(track: LandmarkTrack) -> lt.Points:
    """Landmarks through the lens that the network learnt with, which is nobody's: told the true one it does worse."""
    return lt.Points(
        image=track.pose_image,
        world=axes.to_blender(track.pose_world),
        certainty=np.stack([track.visibility, track.presence], axis=-1),
        hand_image=track.hand_image,
        hand_world=axes.to_blender(track.hand_world),
        hand_presence=track.hand_presence,
        centre=0.5 * track.size,
        focal=camera_root.focal_length(track.size, CameraSettings()),
    )


def _relative(turns: Array) -> Array:
    """Parent-relative rotations (n, 52, 4) of global turns (n, 52, 3, 3)."""
    local = np.swapaxes(turns[:, _PARENTS], -1, -2) @ turns
    local[:, 0] = turns[:, 0]
    return rot.from_matrix(local)


def _sources(seen: lt.Seen) -> Array:
    """By what (n, 52) each joint is seen: 0 not at all, 1 by landmarks of its own, 2 a palm by the hand's."""
    source = np.repeat(seen.found[:, None].astype(float), len(JOINTS), axis=1)
    for side, joints in enumerate(_FINGERS):
        source[:, joints] = seen.hand_found[:, [side]]
        # Where the hand's own landmarks take over, the hand catches up instead of jumping.
        source[:, _HANDS[side]] *= 1 + seen.hand_found[:, side]
    return source


def _confidence(answer: Answer, seen: lt.Seen) -> Array:
    """(n, 52) from the errors that are expected, `_IN_SIGHT` to 1; 0 for what nobody sees."""
    result = np.zeros((len(seen.found), len(JOINTS)))
    result[:, _SOLVED] = _sure(answer.error) * seen.found[:, None]
    for side, joints in enumerate(_FINGERS):
        result[:, joints] = _sure(answer.finger_error[:, side]) * seen.hand_found[:, [side]]
    return result


def _sure(error: Array) -> Array:
    return np.asarray(_IN_SIGHT + (1.0 - _IN_SIGHT) * np.exp(-((error / _DOUBT) ** 1.5)))


def _usual(shape: Array, found: NDArray[np.bool_]) -> Array:
    """The median (6,) of the phenotypes (n, 6) of frames that show someone; empty where none does."""
    return np.median(shape[found], axis=0) if found.any() else np.empty(0)
