# SPDX-License-Identifier: GPL-3.0-or-later
"""Hierarchy and positions of a rig's bones by index, for recognising its shape."""

import numpy as np
from numpy.typing import NDArray

from .rig import Rig

Array = NDArray[np.float64]


class BoneTree:
    """Hierarchy and positions of a rig's bones, by index.

    Attributes:
        rig: the rig.
        heads: (n, 3) in armature space and units.
        parents: index of each bone's parent, -1 for none.
        children: indices of the children of each bone.
        size: longest side of the rig's bounding box, armature units.
        extent: length of the longest chain below each bone, armature units.
    """

    def __init__(self, rig: Rig) -> None:
        self.rig = rig
        self.heads: Array = rig.rest[:, :3, 3]
        self.parents = [int(parent) for parent in rig.parents]
        self.children: list[list[int]] = [[] for _ in rig.names]
        for bone, parent in enumerate(self.parents):
            if parent >= 0:
                self.children[parent].append(bone)
        self.size = float(np.ptp(self.heads, axis=0).max()) if len(self.heads) else 0.0
        above = [max(parent, 0) for parent in self.parents]
        self._lengths: list[float] = np.linalg.norm(self.heads - self.heads[above], axis=-1).tolist()
        self._longest: dict[int, list[int]] = {}
        self.extent = [0.0] * len(self.parents)
        for bone in reversed(range(len(self.parents))):
            self.extent[bone] = max((self.length(c) + self.extent[c] for c in self.children[bone]), default=0.0)

    def length(self, bone: int) -> float:
        """Return the distance of a bone from its parent, armature units; 0 without a parent."""
        return self._lengths[bone]

    def longest(self, bone: int) -> list[int]:
        """Return the chain from a bone to its furthest descendant."""
        if bone not in self._longest:
            path = [bone]
            while self.children[path[-1]]:
                path.append(max(self.children[path[-1]], key=lambda child: self.length(child) + self.extent[child]))
            self._longest[bone] = path
        return self._longest[bone]

    def above(self, bone: int) -> list[int]:
        """Return a bone and all its ancestors, the nearest first."""
        path = [bone]
        while self.parents[path[-1]] >= 0:
            path.append(self.parents[path[-1]])
        return path
