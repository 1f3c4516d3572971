# SPDX-License-Identifier: GPL-3.0-or-later
"""A reader of binary FBX files, as far as meshes with shape keys need it."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..errors import CharacterUnreadable

_MAGIC: Final = b"Kaydara FBX Binary  \x00"
_WIDE: Final = 7500
"""Version from which records have offsets of 64 bits."""
_SCALARS: Final = {b"Y": "<h", b"C": "<?", b"I": "<i", b"F": "<f", b"D": "<d", b"L": "<q"}
_ARRAYS: Final = {b"f": "<f4", b"d": "<f8", b"l": "<i8", b"i": "<i4", b"b": "<i1"}


@dataclass(frozen=True)
class Record:
    """A named record with values, and the records inside it."""

    name: str
    values: tuple[Any, ...]
    inside: tuple["Record", ...]

    def __getitem__(self, name: str) -> "Record":
        """Return the first record inside with a name."""
        for record in self.inside:
            if record.name == name:
                return record
        raise KeyError(name)

    def all(self, name: str) -> Iterator["Record"]:
        """Yield the records inside with a name."""
        yield from (record for record in self.inside if record.name == name)


@dataclass(frozen=True)
class FbxMesh:
    """A mesh of a file.

    Attributes:
        vertices: (v, 3) in the file's units and axes.
        triangles: (t, 3).
        materials: (t,) index of the material of each triangle.
        shapes: what each shape key adds to the vertices, (v, 3) by name.
    """

    vertices: NDArray[np.float64]
    triangles: NDArray[np.int64]
    materials: NDArray[np.int64]
    shapes: dict[str, NDArray[np.float64]]


def read_meshes(path: Path) -> list[FbxMesh]:
    """Read the meshes of a binary FBX file.

    Raises:
        CharacterUnreadable: it is not such a file.
    """
    data = path.read_bytes()
    if not data.startswith(_MAGIC):
        raise CharacterUnreadable(f"“{path}” is not a binary FBX file: export the character as binary FBX.")
    (version,) = struct.unpack_from("<I", data, 23)
    top = Record("", (), tuple(_records(data, 27, len(data), wide=version >= _WIDE)))
    objects = {record.values[0]: record for record in top["Objects"].inside if record.values}
    children: dict[int, list[int]] = {}
    for link in top["Connections"].all("C"):
        children.setdefault(link.values[2], []).append(link.values[1])
    meshes = []
    for number, record in objects.items():
        if record.name == "Geometry" and record.values[2] == "Mesh":
            meshes.append(_mesh(record, _shapes(number, objects, children)))
    return meshes


def _shapes(mesh: int, objects: dict[int, Record], children: dict[int, list[int]]) -> dict[str, Record]:
    """Return the shapes of a mesh by the names of their channels."""
    found = {}
    for deformer in children.get(mesh, ()):
        for channel in children.get(deformer, ()):
            for shape in children.get(channel, ()):
                if objects[shape].name == "Geometry" and objects[shape].values[2] == "Shape":
                    found[objects[channel].values[1].split("\x00")[0]] = objects[shape]
    return found


def _mesh(record: Record, shapes: dict[str, Record]) -> FbxMesh:
    vertices = np.asarray(record["Vertices"].values[0], dtype=float).reshape(-1, 3)
    triangles, polygons = _triangles(record["PolygonVertexIndex"].values[0])
    materials = np.asarray(record["LayerElementMaterial"]["Materials"].values[0], dtype=np.int64)
    deltas = {}
    for name, shape in shapes.items():
        deltas[name] = np.zeros_like(vertices)
        deltas[name][shape["Indexes"].values[0]] = np.reshape(shape["Vertices"].values[0], (-1, 3))
    of_triangle = materials[polygons] if len(materials) > 1 else np.zeros(len(polygons), dtype=np.int64)
    return FbxMesh(vertices, triangles, of_triangle, deltas)


def _triangles(corners: NDArray[np.int32]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return triangles (t, 3), and the polygon (t,) of each. A polygon's last corner is stored as its complement."""
    triangles, polygons = [], []
    polygon: list[int] = []
    number = 0
    for corner in corners.tolist():
        polygon.append(corner if corner >= 0 else ~corner)
        if corner < 0:
            for second in range(1, len(polygon) - 1):
                triangles.append((polygon[0], polygon[second], polygon[second + 1]))
                polygons.append(number)
            polygon = []
            number += 1
    return np.array(triangles, dtype=np.int64), np.array(polygons, dtype=np.int64)


def _records(data: bytes, start: int, stop: int, *, wide: bool) -> Iterator[Record]:
    """Yield the records between two places in a file."""
    form = "<QQQB" if wide else "<IIIB"
    place = start
    while place < stop:
        end, count, length, letters = struct.unpack_from(form, data, place)
        if end == 0:
            return
        place += struct.calcsize(form)
        name = data[place : place + letters].decode("ascii", "replace")
        place += letters
        values = tuple(_values(data, place, count))
        place += length
        yield Record(name, values, tuple(_records(data, place, end, wide=wide)))
        place = end


def _values(data: bytes, place: int, count: int) -> Iterator[Any]:
    for _ in range(count):
        kind = data[place : place + 1]
        place += 1
        if kind in _SCALARS:
            yield struct.unpack_from(_SCALARS[kind], data, place)[0]
            place += struct.calcsize(_SCALARS[kind])
        elif kind in _ARRAYS:
            _, packed, length = struct.unpack_from("<III", data, place)
            place += 12
            content = data[place : place + length]
            yield np.frombuffer(zlib.decompress(content) if packed else content, _ARRAYS[kind])
            place += length
        else:  # text or bytes
            (length,) = struct.unpack_from("<I", data, place)
            place += 4
            content = data[place : place + length]
            yield content.decode("utf-8", "replace") if kind == b"S" else content
            place += length
