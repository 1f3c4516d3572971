# SPDX-License-Identifier: GPL-3.0-or-later
"""A skinned surface, and the operations for dressing a body: cut, smooth, inflate, hem, join, subdivide."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Surface:
    """Polygons with skin weights, and with the shapes that expressions give them.

    Attributes:
        vertices: (v, 3) metres.
        weights: (v, 52) weights of the joints; rows sum to 1.
        faces: vertices of each polygon, counter-clockwise seen from outside.
        materials: (f,) material index of each face.
        moves: (v, k, 3) metres by which each of k expressions moves a vertex; k is 0 unless given. Every operation
            carries them along with the vertices, except that `inflate` leaves them as they are.
    """

    vertices: Floats
    weights: Floats
    faces: tuple[tuple[int, ...], ...]
    materials: Ints
    moves: Floats = field(default_factory=lambda: np.empty((0, 0, 3)), kw_only=True)

    def __post_init__(self) -> None:
        if not self.moves.size:
            object.__setattr__(self, "moves", np.zeros((len(self.vertices), *self.moves.shape[1:])))

    @classmethod
    def of(
        cls,
        vertices: Floats,
        weights: Floats,
        faces: Sequence[Sequence[int]],
        *,
        material: int,
        moves: Floats | None = None,
    ) -> "Surface":
        """Make a surface of one material, without unused vertices."""
        polygons = tuple(tuple(int(i) for i in face) for face in faces)
        moves = np.empty((len(vertices), 0, 3)) if moves is None else moves
        return cls(vertices, weights, polygons, np.full(len(polygons), material), moves=moves).compact()

    def compact(self) -> "Surface":
        """Remove unused vertices."""
        used = np.unique([i for face in self.faces for i in face]).astype(int)
        new_index = np.full(len(self.vertices), -1)
        new_index[used] = np.arange(len(used))
        faces = tuple(tuple(int(new_index[i]) for i in face) for face in self.faces)
        return replace(
            self, vertices=self.vertices[used], weights=self.weights[used], faces=faces, moves=self.moves[used]
        )

    def keep(self, faces: NDArray[np.bool_]) -> "Surface":
        """Keep only the faces in a mask (f,)."""
        chosen = tuple(face for face, kept in zip(self.faces, faces, strict=True) if kept)
        return replace(self, faces=chosen, materials=self.materials[faces]).compact()

    def paint(self, faces: NDArray[np.bool_], material: int) -> "Surface":
        """Assign a material to the faces in a mask (f,)."""
        return replace(self, materials=np.where(faces, material, self.materials))

    def face_mean(self, values: Floats) -> Floats:
        """Return the mean of values (v, ...) at the vertices over each face's corners."""
        return np.array([values[list(face)].mean(axis=0) for face in self.faces])

    def normals(self) -> Floats:
        """Return unit normals (v, 3), with faces weighted by area."""
        result = np.zeros_like(self.vertices)
        for face in self.faces:
            corners = self.vertices[list(face)]
            # Newell's method: the sum of the corners' cross products is twice the area along the normal.
            result[list(face)] += np.cross(corners, np.roll(corners, -1, axis=0)).sum(axis=0)
        return result / np.maximum(np.linalg.norm(result, axis=1, keepdims=True), 1e-12)

    def inflate(self, thickness: Floats | float) -> "Surface":
        """Move every vertex outward by `thickness` (v,) metres."""
        return replace(self, vertices=self.vertices + self.normals() * np.reshape(thickness, (-1, 1)))

    def cut(self, field: Floats) -> tuple["Surface", Floats]:
        """Split the faces along the zero line of `field` (v,). Return the surface and its field.

        No face of the result has corners on both sides, so that ``face_mean(field) > 0`` distinguishes them.
        """
        # A corner that is almost on the line is put on it, because slivers would spoil the shading.
        field = np.where(np.abs(field) < 1e-5, 0.0, field)
        new: dict[tuple[int, int], int] = {}
        pieces: list[tuple[int, ...]] = []
        materials: list[int] = []
        for face, material in zip(self.faces, self.materials, strict=True):
            for piece in _split(face, field, new):
                pieces.append(piece)
                materials.append(int(material))
        starts, stops = (np.array([edge[i] for edge in new], dtype=int) for i in (0, 1))
        fraction = field[starts] / (field[starts] - field[stops])
        surface = Surface(
            vertices=np.concatenate([self.vertices, _interpolate(self.vertices, starts, stops, fraction)]),
            weights=np.concatenate([self.weights, _interpolate(self.weights, starts, stops, fraction)]),
            faces=tuple(pieces),
            materials=np.array(materials),
            moves=np.concatenate([self.moves, _interpolate(self.moves, starts, stops, fraction)]),
        )
        return surface, np.concatenate([field, np.zeros(len(new))])

    def inside(self, field: Floats) -> tuple["Surface", Floats]:
        """Return the part of the surface where `field` (v,) is positive, and the field on it."""
        cut, values = self.cut(field)
        used = np.zeros(len(values), dtype=bool)
        mask = cut.face_mean(values) > 0
        used[[i for face, kept in zip(cut.faces, mask, strict=True) if kept for i in face]] = True
        return cut.keep(mask), values[used]

    def border(self) -> list[tuple[int, int]]:
        """Return the edges with a face on one side only, in that face's direction."""
        edges = {(a, b) for face in self.faces for a, b in _edges(face)}
        return [(a, b) for a, b in edges if (b, a) not in edges]

    def smooth(self, rounds: int, *, free: NDArray[np.bool_] | None = None) -> "Surface":
        """Move vertices towards the mean of their neighbours, those on a border only along it.

        `free` (v,) is a mask of the vertices that may move; all if it is None.
        """
        border = self.border()
        on_border = np.zeros(len(self.vertices), dtype=bool)
        on_border[[i for edge in border for i in edge]] = True
        links = {tuple(sorted(edge)) for face in self.faces for edge in _edges(face)}
        a, b = np.array(sorted(links)).T
        along = {tuple(sorted(edge)) for edge in border}
        rim = np.array([tuple(link) in along for link in sorted(links)])
        a, b = np.concatenate([a, b]), np.concatenate([b, a])
        # A border vertex is averaged with its neighbours on the border, an inner one with all.
        linked = ~on_border[a] | np.concatenate([rim, rim])
        a, b = a[linked], b[linked]
        count = np.maximum(np.bincount(a, minlength=len(self.vertices)), 1)[:, None]
        both = self._columns()
        for _ in range(rounds):
            mean = np.zeros_like(both)
            np.add.at(mean, a, both[b])
            step = 0.5 * (mean / count - both)
            both += step if free is None else step * free[:, None]
        return replace(self, vertices=both[:, :3], moves=both[:, 3:].reshape(self.moves.shape))

    def _columns(self) -> Floats:
        """Return a copy of the vertices and their moves in one table (v, 3 + 3 k)."""
        return np.concatenate([self.vertices, self.moves.reshape(len(self.vertices), -1)], axis=1)

    def hem(self, depth: float) -> "Surface":
        """Fold the border inward by `depth` metres, so that a garment's edge has a visible thickness."""
        border = self.border()
        rim = sorted({i for edge in border for i in edge})
        new_index = {i: len(self.vertices) + k for k, i in enumerate(rim)}
        inner = self.vertices[rim] - self.normals()[rim] * depth
        material = {edge: m for face, m in zip(self.faces, self.materials, strict=True) for edge in _edges(face)}
        return Surface(
            vertices=np.concatenate([self.vertices, inner]),
            weights=np.concatenate([self.weights, self.weights[rim]]),
            faces=self.faces + tuple((b, a, new_index[a], new_index[b]) for a, b in border),
            materials=np.concatenate([self.materials, [material[edge] for edge in border]]).astype(int),
            moves=np.concatenate([self.moves, self.moves[rim]]),
        )


def join(surfaces: Sequence[Surface]) -> Surface:
    """Join several surfaces; those without expressions are not moved by the others'."""
    count = max(s.moves.shape[1] for s in surfaces)
    starts = np.cumsum([0, *(len(s.vertices) for s in surfaces)])
    faces = [
        tuple(i + int(start) for i in face) for s, start in zip(surfaces, starts, strict=False) for face in s.faces
    ]
    return Surface(
        vertices=np.concatenate([s.vertices for s in surfaces]),
        weights=np.concatenate([s.weights for s in surfaces]),
        faces=tuple(faces),
        materials=np.concatenate([s.materials for s in surfaces]),
        moves=np.concatenate(
            [s.moves if s.moves.shape[1] else np.zeros((len(s.vertices), count, 3)) for s in surfaces]
        ),
    )


def subdivide(surface: Surface) -> Surface:
    """Apply Catmull-Clark subdivision once, with borders as curves of their own."""
    v, n = surface.vertices, len(surface.vertices)
    joints = surface.weights.shape[1]
    both = np.concatenate([v, surface.weights, surface.moves.reshape(n, -1)], axis=1)
    centres = surface.face_mean(both)
    edges: dict[tuple[int, int], list[int]] = {}
    for k, face in enumerate(surface.faces):
        for a, b in _edges(face):
            edges.setdefault((min(a, b), max(a, b)), []).append(k)
    index = {edge: n + i for i, edge in enumerate(edges)}
    ends = np.array(list(edges))
    middles = both[ends].mean(axis=1)
    points = middles.copy()
    sums = {"ring": np.zeros_like(both), "rim": np.zeros_like(both), "face": np.zeros_like(both)}
    valence, rims = np.zeros(n), np.zeros(n)
    for i, ((a, b), sides) in enumerate(edges.items()):
        if len(sides) == 2:
            points[i] = 0.5 * (middles[i] + centres[sides].mean(axis=0))
        else:
            sums["rim"][[a, b]] += middles[i]
            rims[[a, b]] += 1
        sums["ring"][[a, b]] += middles[i]
        valence[[a, b]] += 1
    for k, face in enumerate(surface.faces):
        sums["face"][list(face)] += centres[k]
    count = np.maximum(valence, 1)[:, None]
    inner = (sums["face"] / count + 2.0 * sums["ring"] / count + (count - 3.0) * both) / count
    rim = 0.5 * both + 0.5 * sums["rim"] / np.maximum(rims, 1)[:, None]
    moved = np.where(rims[:, None] > 0, rim, inner)
    base = n + len(edges)
    quads, materials = [], []
    for f, (face, material) in enumerate(zip(surface.faces, surface.materials, strict=True)):
        for before, i, after in zip(face[-1:] + face[:-1], face, face[1:] + face[:1], strict=True):
            first, last = (index[min(i, j), max(i, j)] for j in (after, before))
            quads.append((i, first, base + f, last))
            materials.append(int(material))
    all_vertices = np.concatenate([moved, points, centres])
    weights = np.maximum(all_vertices[:, 3 : 3 + joints], 0.0)
    return Surface(
        all_vertices[:, :3],
        weights / weights.sum(axis=1, keepdims=True),
        tuple(quads),
        np.array(materials),
        moves=all_vertices[:, 3 + joints :].reshape(len(all_vertices), *surface.moves.shape[1:]),
    )


def _edges(face: tuple[int, ...]) -> list[tuple[int, int]]:
    """Return a face's edges in its direction."""
    return list(zip(face, face[1:] + face[:1], strict=True))


def _interpolate(values: Floats, starts: Ints, stops: Ints, fraction: Floats) -> Floats:
    return values[starts] + (values[stops] - values[starts]) * fraction.reshape(-1, *[1] * (values.ndim - 1))


def _split(face: tuple[int, ...], field: Floats, new: dict[tuple[int, int], int]) -> list[tuple[int, ...]]:
    """Return the parts of a polygon on either side of the field's zero line; `new` collects the crossed edges."""
    signs = np.sign(field[list(face)])
    if not ((signs > 0).any() and (signs < 0).any()):
        return [face]
    sides: dict[float, list[int]] = {1.0: [], -1.0: []}
    for i, sign, j, next_sign in zip(face, signs, face[1:] + face[:1], np.roll(signs, -1), strict=True):
        for side, corners in sides.items():
            if sign in (0.0, side):
                corners.append(i)
        if sign * next_sign < 0:
            edge = (min(i, j), max(i, j))
            crossing = new.setdefault(edge, len(field) + len(new))
            for corners in sides.values():
                corners.append(crossing)
    return [tuple(corners) for corners in sides.values() if len(corners) > 2]
