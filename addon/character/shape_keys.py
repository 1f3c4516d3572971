# SPDX-License-Identifier: GPL-3.0-or-later
"""Set shape keys of a character's meshes, all of a mesh at once, as setting them one by one costs ten times as much."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

import bpy
import numpy as np
from numpy.typing import NDArray

from ..stage import object_called

CHANGE: Final = 1e-4
"""Smallest difference by which a value is set, so that a face at rest costs Blender no evaluation."""


@dataclass(frozen=True)
class _Rows:
    """Where values lie in the shape keys of a mesh.

    Attributes:
        names: names of all shape keys of the mesh, in its order.
        places: index among them of each value.
        values: index among all values of each.
    """

    names: list[str]
    places: NDArray[np.intp]
    values: NDArray[np.intp]


class ShapeKeyWriter:
    """Sets shape keys by the names of mesh and key, pose after pose.

    It holds names only, because Blender's objects move in memory when the user undoes something.
    """

    def __init__(self) -> None:
        self._keys: tuple[tuple[str, str], ...] = ()
        self._meshes: dict[str, dict[str, int]] = {}
        self._rows: dict[str, _Rows] = {}

    def write(self, values: Mapping[tuple[str, str], float]) -> bool:
        """Set the shape keys that differ from their values.

        Args:
            values: (mesh object, shape key) -> value.

        Returns:
            Whether all of them exist; those that do not are skipped.
        """
        keys = tuple(values)
        if keys != self._keys:
            self._keys, self._meshes, self._rows = keys, {}, {}
            for index, (mesh, name) in enumerate(keys):
                self._meshes.setdefault(mesh, {})[name] = index
        wanted = np.fromiter(values.values(), np.float32, len(keys))
        found = 0
        for mesh in self._meshes:
            found += self._write_mesh(mesh, wanted)
        return found == len(keys)

    def _write_mesh(self, mesh: str, wanted: NDArray[np.float32]) -> int:
        """Set the shape keys of one mesh, and return how many of them there are."""
        shapes = shape_keys_of(object_called(mesh))
        if shapes is None:
            return 0
        blocks = shapes.key_blocks
        names = blocks.keys()
        rows = self._rows.get(mesh)
        if rows is None or rows.names != names:
            rows = self._rows[mesh] = self._located(mesh, names)
        current = np.empty(len(names), np.float32)
        blocks.foreach_get("value", current)
        mine = wanted[rows.values]
        if (np.abs(current[rows.places] - mine) > CHANGE).any():
            current[rows.places] = mine
            blocks.foreach_set("value", current)
            shapes.update_tag()
        return len(rows.places)

    def _located(self, mesh: str, names: list[str]) -> _Rows:
        indices = self._meshes[mesh]
        pairs = [(place, indices[name]) for place, name in enumerate(names) if name in indices]
        places, values = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
        return _Rows(names, places, values)


def shape_keys_of(thing: bpy.types.Object | None) -> bpy.types.Key | None:
    """Return the shape keys of a mesh object; None if it has none or is no mesh."""
    if thing is None or thing.type != "MESH":
        return None
    return cast(bpy.types.Mesh, thing.data).shape_keys
