# SPDX-License-Identifier: GPL-3.0-or-later
"""One pose after the other onto a rig, as they come: what `transfer` does, with all that stays the same done once.

A whole motion can be looked at twice, a live one only once: the floor and the hips' height here follow from the past
alone. Rotations are those of `transfer`.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import FOOT_JOINTS, INDEX, JOINTS, PARENTS
from ...models.body.model import Body
from ...models.body.motion import BodyMotion
from ..motion.edits import mirrored_pose
from ..motion.reach import reaching
from ..motion.root import FLESH, FLOOR_PERCENTILE, FLOOR_WINDOW, SETTLING, STEP
from ..rig.rest import alignment, body_axes, joint_positions, size_ratio
from ..rig.rig import Rig, RigMap
from .ik import limbs_alone
from .live_controls import LiveControls
from .live_pose import RigPose
from .proportions import with_proportions
from .spread import shares_of, spread

Array = NDArray[np.float64]
Indices = NDArray[np.int64]

_HIPS: Final = INDEX["Hips"]
_NONE: Final = -1
"""Of no bone: the row of armature space itself, behind those of the bones."""


def _levels() -> tuple[tuple[Indices, Indices], ...]:
    """Joints and their parents by depth: all of one depth can be turned at once."""
    depth = [0] * len(JOINTS)
    for joint, parent in enumerate(PARENTS):
        depth[joint] = depth[parent] + 1 if parent >= 0 else 0
    parents = np.array(PARENTS)
    levels = [np.flatnonzero(np.array(depth) == d) for d in range(1, max(depth) + 1)]
    return tuple((joints, parents[joints]) for joints in levels)


def _chains() -> Array:
    """(52, 52): 1 where the column's joint is the row's own or lies above it, the hips not counted."""
    chains = np.zeros((len(JOINTS), len(JOINTS)))
    for joint in range(len(JOINTS)):
        above = joint
        while above != _HIPS:
            chains[joint, above] = 1.0
            above = PARENTS[above]
    return chains


_LEVELS: Final = _levels()
_CHAINS: Final = _chains()


class LiveTransfer:
    """Puts poses of a body onto a rig, in the order of time.

    Args:
        body: the body whose poses come.
        rig: the rig at rest.
        rig_map: its bones by joint.
        travels: whether the body moves about; if not, poses have no location.
        reach: let hands and feet come where the body's are beside it, as `motion.reach` has it.
        ik: let controls of IK lead the limbs, where they can be placed without Blender (`ik.limbs_alone`).
    """

    def __init__(
        self, body: Body, rig: Rig, rig_map: RigMap, *, travels: bool = True, reach: bool = False, ik: bool = False
    ) -> None:
        positions = joint_positions(rig, rig_map)
        self._axes = axes = body_axes(positions)
        rest = rot.from_matrix(rig.rest[:, :3, :3])
        shares = shares_of(rig_map)
        moved = [bone for bone, name in enumerate(rig.names) if name in shares]
        names = [rig.names[bone] for bone in moved]
        joints = [INDEX[shares[name].joint] for name in names]
        chains = _Chains.of(rig, rest, moved)

        self._mirrored = rig.mirrored
        self._rest_joints = body.rest
        self._joints = np.array(joints)
        self._parted = [row for row, name in enumerate(names) if shares[name].part > 0.0]
        self._parts = [shares[names[row]] for row in self._parted]
        # A bone stands at axes * turn of its joint * this.
        self._fixed = rot.multiply(
            rot.multiply(rot.conjugate(axes), alignment(positions, body.rest, axes)[joints]), rest[moved]
        )
        self._chains = chains
        self._keyed = [row for row, name in enumerate(names) if name not in rig_map.carried]
        self._bones = tuple(names[row] for row in self._keyed)
        self._root = rig_map.carrier
        self._body, self._shape = body, with_proportions(body, rig, rig_map)
        self._reaches = reach
        limbs = limbs_alone(rig, rig_map) if ik else ()
        self._controls = LiveControls(rig, rig_map, limbs) if limbs else None
        self._ground = _Ground(self._shape) if travels else None
        self._place = _Place.of(rig, rig_map, rest, moved, size=size_ratio(positions, body.rest, axes))

    def pose(self, time: float, rotations: Array, root: Array) -> RigPose:
        """The rig at `time` seconds, for the body's rotations (52, 4), all known, and root (3,), NaN if unknown."""
        if self._reaches:
            rotations = self._reached(time, rotations)
        if self._mirrored:
            rotations, root = mirrored_pose(rotations, root)
        joints = _globals(rotations)
        turns = joints[self._joints]
        if self._parts:
            turns[self._parted] = spread(joints, self._parts, self._rest_joints)
        stands = rot.multiply(rot.multiply(self._axes, turns), self._fixed)
        basis = rot.multiply(rot.conjugate(self._chains.carried(stands)), stands)
        location = None
        if self._ground is not None:
            way = rot.rotate(self._axes, self._ground.path(time, joints, root))
            location = self._place.location(way, stands)
        pose = RigPose(bones=self._bones, rotations=basis[self._keyed], root=self._root, location=location)
        return pose if self._controls is None else self._controls.added(pose)

    def _reached(self, time: float, rotations: Array) -> Array:
        """Rotations (52, 4) of the rig's own proportions whose hands and feet are where those of `rotations` are."""
        count = len(JOINTS)
        now = BodyMotion(np.array([time]), rotations[None], np.zeros((1, 3)), np.empty(0), np.ones((1, count)))
        return reaching(now, self._body, self._shape).rotations[0]


def _globals(rotations: Array) -> Array:
    """Global turns (52, 4) of parent-relative ones."""
    turns = np.array(rotations)
    for joints, parents in _LEVELS:
        turns[joints] = rot.multiply(turns[parents], turns[joints])
    return turns


@dataclass(frozen=True)
class _Chains:
    """What carries each of k bones that move: the row of the one above it (-1: armature space), and its turn in that.

    Bones between that do not move keep their rest pose, so they only add to the turn.
    """

    above: Indices
    offset: Array

    @classmethod
    def of(cls, rig: Rig, rest: Array, moved: Sequence[int]) -> "_Chains":
        carriers = _carriers(rig, rest, moved)
        found = [carriers[bone] for bone in moved]
        return cls(np.array([row for row, _ in found]), np.array([offset for _, offset in found]))

    def carried(self, stands: Array) -> Array:
        """Turns (k, 4) in armature space of the bones if they had no basis, for those (k, 4) that they stand at."""
        return rot.multiply(np.concatenate([stands, rot.identity(1)])[self.above], self.offset)


@dataclass(frozen=True)
class _Place:
    """How the bone that carries the body is displaced.

    Attributes:
        row: of that bone; -1 if it does not turn.
        rest: (4,) its rest turn.
        reach: (3,) from its head to the hips' at rest: turning takes the hips along on an arc, which is made up for.
        above: row of the bone in whose space its location counts, and `offset` (4,) the axes of it there.
        size: of the rig beside the body.
    """

    row: int
    rest: Array
    reach: Array
    above: int
    offset: Array
    size: float

    @classmethod
    def of(cls, rig: Rig, rig_map: RigMap, rest: Array, moved: Sequence[int], *, size: float) -> "_Place":
        bone = rig.names.index(rig_map.carrier)
        if bone not in moved:
            return cls(_NONE, rot.identity(), np.zeros(3), _NONE, rot.identity(), size)
        parent = int(rig.parents[bone])
        above, offset = (_NONE, rot.identity()) if parent < 0 else _stands(rig, rest, moved)[parent]
        if rig.local_location[bone]:
            own = rest[bone] if parent < 0 else rot.multiply(rot.conjugate(rest[parent]), rest[bone])
            offset = rot.multiply(offset, own)
        reach = rig.rest[rig.names.index(rig_map.bones["Hips"]), :3, 3] - rig.rest[bone, :3, 3]
        return cls(list(moved).index(bone), rest[bone], reach, above, offset, size)

    def location(self, way: Array, stands: Array) -> Array:
        """Basis location (3,) for a way (3,) of the hips in metres and armature axes."""
        turn = rot.multiply(stands[self.row], rot.conjugate(self.rest)) if self.row != _NONE else rot.identity()
        path = self.size * way + self.reach - rot.rotate(turn, self.reach)
        axes = self.offset if self.above == _NONE else rot.multiply(stands[self.above], self.offset)
        return rot.rotate(rot.conjugate(axes), path)


def _carriers(rig: Rig, rest: Array, moved: Sequence[int]) -> list[tuple[int, Array]]:
    """Of every bone: the row of the moving bone that carries it, and its turn in that one's frame without a basis."""
    stands: list[tuple[int, Array]] = []
    carriers: list[tuple[int, Array]] = []
    rows = {bone: row for row, bone in enumerate(moved)}
    for bone in range(len(rig.names)):
        parent = int(rig.parents[bone])
        if parent < 0 or not rig.inherit_rotation[bone]:
            carriers.append((_NONE, rest[bone]))
        else:
            row, turn = stands[parent]
            carriers.append((row, rot.multiply(turn, rot.multiply(rot.conjugate(rest[parent]), rest[bone]))))
        stands.append((rows[bone], rot.identity()) if bone in rows else carriers[bone])
    return carriers


def _stands(rig: Rig, rest: Array, moved: Sequence[int]) -> list[tuple[int, Array]]:
    """The same of where every bone stands, its basis included."""
    rows = {bone: row for row, bone in enumerate(moved)}
    carriers = _carriers(rig, rest, moved)
    return [(rows[bone], rot.identity()) if bone in rows else carrier for bone, carrier in enumerate(carriers)]


class _Ground:
    """Path of the hips above a floor at z = 0, as `root.ground` has it, from the past alone."""

    def __init__(self, body: Body) -> None:
        self._start = body.rest[_HIPS]
        self._parents = np.maximum(np.array(PARENTS), 0)
        self._segments = body.rest - body.rest[self._parents]
        self._flesh = np.full(len(JOINTS), FLESH)
        self._flesh[list(FOOT_JOINTS)] = body.rest[list(FOOT_JOINTS), 2]
        self._first: Array | None = None
        self._root = np.full(3, np.nan)
        self._lows: deque[tuple[float, float]] = deque()
        self._time = 0.0
        self._correction = 0.0

    def path(self, time: float, turns: Array, root: Array) -> Array:
        """Way (3,) of the hips joint from its rest position, in metres and the body's axes."""
        heights = _CHAINS @ rot.rotate(turns[self._parents], self._segments)[:, 2]
        reach = float(np.max(self._flesh - heights))
        if np.isfinite(root).all():
            self._root = root
        if not np.isfinite(self._root).all():
            return np.array([0.0, 0.0, reach - self._start[2]])
        if self._first is None:
            self._first = self._root
            self._correction = reach - float(self._root[2])
            self._time = time
        height = self._height(time, reach)
        self._time = time
        return np.array([*(self._root[:2] - self._first[:2]), height - self._start[2]])

    def _height(self, time: float, reach: float) -> float:
        """Of the hips: on the floor what is less than a step above it, in the air what is more."""
        lowest = float(self._root[2]) - reach
        self._lows.append((time, lowest))
        while self._lows[0][0] < time - FLOOR_WINDOW:  # no jump lasts longer
            self._lows.popleft()
        above = lowest - float(np.percentile([low for _, low in self._lows], FLOOR_PERCENTILE))
        lift = float(np.clip(2.0 * (above - STEP), 0.0, max(above, 0.0)))
        wanted = reach + lift - float(self._root[2])
        self._correction += (wanted - self._correction) * -float(np.expm1((self._time - time) / SETTLING))
        return float(self._root[2]) + self._correction
