# SPDX-License-Identifier: GPL-3.0-or-later
"""How Blender puts bones together: what a bone has from its parent, and where a motion puts every bone."""

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
    """Bones as they stand in armature space.

    Attributes:
        turns: bone -> (n, 4) quaternions.
        heads: bone -> (n, 3), armature units.
    """

    turns: Mapping[str, Array]
    heads: Mapping[str, Array]


class Skeleton:
    """A rig at rest, with what each bone has from its parent computed once.

    Attributes:
        names: n bone names, parents before children.
        rows: bone name -> its row.
        parents: row of each bone's parent, -1 for none.
        rest: (n, 4) rest rotations in armature space.
        heads: (n, 3) heads at rest, armature units.
        lengths: (n,) armature units, head to tail.
        rotation_parents: row of the bone that turns each bone, -1 for none: for a bone that does not inherit rotation.
        rotations: (n, 4) how each bone stands at rest in that one's frame, or in armature space.
        locations: (n, 4) in what axes of its parent, or of armature space, its basis location counts.
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
        """How a bone without a basis of its own would stand in armature space: (4,) or (n, 4).

        Args:
            bone: its row.
            turns: by row, how the bones before it stand: (4,) or (n, 4).
        """
        parent = self.rotation_parents[bone]
        return self.rotations[bone] if parent < 0 else rot.multiply(turns[parent], self.rotations[bone])

    def location_axes(self, bone: int, turns: ByRow) -> Array:
        """Axes, (4,) or (n, 4), in which a bone's basis location displaces its head; as of `inherited_rotation`.

        They are those of the bone at rest, turned by the parent even where its turn is not inherited; without
        local location the parent's, or the armature's if there is none.
        """
        parent = self.parents[bone]
        return self.locations[bone] if parent < 0 else rot.multiply(turns[parent], self.locations[bone])

    def inherited_head(self, bone: int, turns: ByRow, heads: ByRow) -> Array:
        """Where the head of a bone without a location of its own would be: (3,) or (n, 3), armature units.

        Args:
            bone: its row.
            turns: by row, how the bones before it stand: (4,) or (n, 4).
            heads: by row, where they begin: (3,) or (n, 3).
        """
        parent = self.parents[bone]
        return self._head[bone] if parent < 0 else heads[parent] + rot.rotate(turns[parent], self._head[bone])

    def pose(self, motion: RigMotion, bones: Iterable[str] | None = None) -> PosedBones:
        """Where a motion puts bones, without any constraint: all of them unless some are named."""
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
        """Rows of some bones and of all that they hang on, parents first."""
        kept: set[int] = set()
        for bone in bones:
            row = self.rows[bone]
            while row >= 0 and row not in kept:
                kept.add(row)
                row = self.parents[row]
        return sorted(kept)


class Anchors:
    """What carries each bone of a skeleton where only some of the bones move.

    Bones between that do not move keep their rest pose, so they only add to the turn.

    Args:
        skeleton: the bones.
        moving: rows of those that move.
    """

    def __init__(self, skeleton: Skeleton, moving: Sequence[int]) -> None:
        self._skeleton = skeleton
        places = {row: place for place, row in enumerate(moving)}
        self._stands: list[tuple[int, Array]] = []
        for row in range(len(skeleton.names)):
            self._stands.append((places[row], rot.identity()) if row in places else self.rotation(row))

    def rotation(self, bone: int) -> tuple[int, Array]:
        """Which of the moving bones turns a bone (-1: none), and how (4,) it stands in its frame without a basis."""
        return self._on(self._skeleton.rotation_parents[bone], self._skeleton.rotations[bone])

    def location(self, bone: int) -> tuple[int, Array]:
        """Which of them carries the axes of a bone's location (-1: none), and how (4,) these stand in its frame."""
        return self._on(self._skeleton.parents[bone], self._skeleton.locations[bone])

    def _on(self, parent: int, own: Array) -> tuple[int, Array]:
        if parent < 0:
            return -1, own
        place, turn = self._stands[parent]
        return place, rot.multiply(turn, own)
