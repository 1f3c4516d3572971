# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's bone hierarchy in numpy: what a bone inherits from its parent, and forward kinematics of a motion."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ..rig.rig import Rig, RigMotion

Array = NDArray[np.float64]

ByRow = Sequence[Array] | Mapping[int, Array]


@dataclass(frozen=True)
class PosedBones:
    """Posed bones in armature space.

    Attributes:
        turns: bone -> (n, 4) quaternions.
        heads: bone -> (n, 3), armature units.
    """

    turns: Mapping[str, Array]
    heads: Mapping[str, Array]


class Skeleton:
    """A rig at rest, with what each bone inherits from its parent computed once.

    Attributes:
        names: n bone names, parents before children.
        rows: bone name -> its row.
        parents: row of each bone's parent, -1 for none.
        rest: (n, 4) rest rotations in armature space.
        heads: (n, 3) heads at rest, armature units.
        lengths: (n,) armature units, head to tail.
        rotation_parents: row of the parent whose rotation each bone inherits; -1 if it inherits none.
        rotations: (n, 4) rest rotation of each bone in that parent's frame, or in armature space.
        locations: (n, 4) axes of its basis location, in its parent's frame or in armature space.
    """

    def __init__(self, rig: Rig) -> None:
        self.names = rig.names
        self.rows = {name: row for row, name in enumerate(rig.names)}
        self.parents: list[int] = rig.parents.tolist()
        self.rest = rot.from_matrix(rig.rest[:, :3, :3])
        self.heads: Array = rig.rest[:, :3, 3]
        self.lengths = rig.lengths
        above = np.maximum(rig.parents, 0)
        has_parent = (rig.parents >= 0)[:, None]
        into_parent = rot.conjugate(self.rest[above])
        in_parent = np.where(has_parent, rot.multiply(into_parent, self.rest), self.rest)
        self.rotation_parents = [
            parent if inherits else -1 for parent, inherits in zip(self.parents, rig.inherit_rotation, strict=True)
        ]
        turned = np.array(self.rotation_parents)[:, None] >= 0
        self.rotations = np.where(turned, in_parent, self.rest)
        self.locations = np.where(rig.local_location[:, None], in_parent, rot.identity())
        self._head = np.where(has_parent, rot.rotate(into_parent, self.heads - self.heads[above]), self.heads)

    def inherited_rotation(self, bone: int, turns: ByRow) -> Array:
        """Return the rotation of a bone in armature space if its basis is the identity: (4,) or (n, 4).

        Args:
            bone: its row.
            turns: rotations of the bones before it in armature space, by row: (4,) or (n, 4).
        """
        parent = self.rotation_parents[bone]
        return self.rotations[bone] if parent < 0 else rot.multiply(turns[parent], self.rotations[bone])

    def location_axes(self, bone: int, turns: ByRow) -> Array:
        """Return the axes, (4,) or (n, 4), of a bone's basis location; arguments as for `inherited_rotation`.

        They are the bone's axes at rest, rotated with the parent even if the bone does not inherit rotation; without
        *Local Location* they are the parent's, or the armature's if there is no parent.
        """
        parent = self.parents[bone]
        return self.locations[bone] if parent < 0 else rot.multiply(turns[parent], self.locations[bone])

    def inherited_head(self, bone: int, turns: ByRow, heads: ByRow) -> Array:
        """Return the head of a bone if its basis location is zero: (3,) or (n, 3), armature units.

        Args:
            bone: its row.
            turns: rotations of the bones before it in armature space, by row: (4,) or (n, 4).
            heads: their heads, by row: (3,) or (n, 3).
        """
        parent = self.parents[bone]
        return self._head[bone] if parent < 0 else heads[parent] + rot.rotate(turns[parent], self._head[bone])

    def pose(self, motion: RigMotion, bones: Iterable[str] | None = None) -> PosedBones:
        """Pose bones (by default all) by a motion, in armature space and without constraints.

        Raises:
            KeyError: the rig has no bone of that name.
        """
        wanted = list(self.names if bones is None else bones)
        column = {bone: i for i, bone in enumerate(motion.bones)}
        places = dict(motion.places)
        if motion.location is not None:
            places[motion.root] = motion.location
        turns: dict[int, Array] = {}
        heads: dict[int, Array] = {}
        for bone in self._with_ancestors(wanted):
            name = self.names[bone]
            turn, head = self.inherited_rotation(bone, turns), self.inherited_head(bone, turns, heads)
            if name in places:
                head = head + rot.rotate(self.location_axes(bone, turns), places[name])
            turns[bone] = rot.multiply(turn, motion.rotations[:, column[name]]) if name in column else turn
            heads[bone] = head
        count = len(motion.rotations)
        return PosedBones(
            {name: np.broadcast_to(turns[self.rows[name]], (count, 4)) for name in wanted},
            {name: np.broadcast_to(heads[self.rows[name]], (count, 3)) for name in wanted},
        )

    def _with_ancestors(self, bones: Iterable[str]) -> list[int]:
        """Return the rows of some bones and all their ancestors, parents first."""
        kept: set[int] = set()
        for bone in bones:
            row = self.rows[bone]
            while row >= 0 and row not in kept:
                kept.add(row)
                row = self.parents[row]
        return sorted(kept)


class Anchors:
    """The nearest moving ancestor of each bone, where only some bones of a skeleton move.

    Bones in between keep their rest pose, so they only add a constant rotation.

    Args:
        skeleton: the bones.
        moving: rows of the moving bones.
    """

    def __init__(self, skeleton: Skeleton, moving: Sequence[int]) -> None:
        self._skeleton = skeleton
        places = {row: place for place, row in enumerate(moving)}
        self._stands: list[tuple[int, Array]] = []
        for row in range(len(skeleton.names)):
            self._stands.append((places[row], rot.identity()) if row in places else self.rotation(row))

    def rotation(self, bone: int) -> tuple[int, Array]:
        """Return the index of the moving bone that rotates a bone (-1: none), and its rest rotation (4,) in it."""
        return self._on(self._skeleton.rotation_parents[bone], self._skeleton.rotations[bone])

    def location(self, bone: int) -> tuple[int, Array]:
        """Return the index of the moving bone that carries a bone's location axes (-1: none), and those (4,) in it."""
        return self._on(self._skeleton.parents[bone], self._skeleton.locations[bone])

    def _on(self, parent: int, own: Array) -> tuple[int, Array]:
        if parent < 0:
            return -1, own
        place, turn = self._stands[parent]
        return place, rot.multiply(turn, own)
