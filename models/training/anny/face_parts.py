# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a face that Anny's skin lacks: eyeballs, brows, lashes, teeth and tongue.

Those that move with expressions have MakeHuman's vertices, or lie on its skin.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body.expressions import EXPRESSION_INDEX
from ...body.joints import INDEX, JOINTS
from .anny_body import AnnyBody
from .materials import Material
from .surface import Floats, Surface, join, subdivide

_LASH: Final = 0.30
"""Length of lashes, as a share of MakeHuman's, which are made for a texture with transparent gaps."""
_ROOT: Final = 0.001
"""Distance from the skin in metres up to which a vertex of a lash is at its root."""
_TEETH: Final = {"upper-teeth": (0.0, -0.002, -0.0050), "lower-teeth": (0.0, -0.001, -0.0025)}
"""How far each row of MakeHuman's teeth is moved, in metres, so that they show when the lips part."""
_TONGUE: Final = (0.60, 0.003, 1.35)
"""Height of the resting tongue as a share of MakeHuman's, metres by which it lies further back, and how much further
out than MakeHuman's it is put."""


def eyes(body: AnnyBody) -> list[tuple[Floats, float]]:
    """Return centre and radius of the left and of the right eyeball."""
    balls = [body.vertices[body.groups[f"helper-{side}-eye"]] for side in "lr"]
    return [(0.5 * (ball.min(axis=0) + ball.max(axis=0)), 0.5 * float(np.ptp(ball[:, 2]))) for ball in balls]


def eye_middle(body: AnnyBody) -> Floats:
    """Return the midpoint of the eyeballs."""
    return np.mean([centre for centre, _ in eyes(body)], axis=0)


def brows(body: AnnyBody, skin: Surface) -> Surface:
    """Return the brows, raised from the skin below them."""
    eye = eye_middle(body)
    near = (np.abs(skin.vertices - eye - [0.0, 0.0, 0.02]) < [0.08, 0.05, 0.035]).all(axis=1)
    face = skin.keep(skin.face_mean(near.astype(float)) == 1.0)
    face = subdivide(subdivide(face))
    p = face.vertices - eye
    out = (np.abs(p[:, 0]) - 0.013) / 0.042
    middle = 0.0215 + 0.0042 * np.sin(np.clip(out, 0.0, 1.0) * 2.7)
    half = 0.0030 * np.sqrt(np.clip(1.0 - np.clip(out, 0.0, 1.0) ** 2, 0.0, 1.0)) + 0.0004
    field = np.minimum(half - np.abs(p[:, 2] - middle), 0.03 * np.minimum(out, 1.0 - out))
    brows, depth = face.inside(field)
    return brows.inflate(0.0006 + 0.25 * np.clip(depth, 0.0, 0.003)).paint(brows.materials >= 0, Material.HAIR)


def eyeball(centre: NDArray[np.float64], radius: float, *, sectors: int = 20) -> Surface:
    """Return an eyeball that looks along -Y, with pupil, iris and white as rings about its axis."""
    degrees = np.array([0.0, 11.0, 29.0, 45.0, 62.0, 80.0, 100.0])
    polar, turn = np.radians(degrees[1:]), np.linspace(0.0, 2.0 * np.pi, sectors, endpoint=False)
    ring = np.stack([np.cos(turn), np.zeros(sectors), np.sin(turn)], axis=1)
    rings = [np.sin(p) * ring - [0.0, np.cos(p), 0.0] for p in polar]
    vertices = centre + radius * np.concatenate([[[0.0, -1.0, 0.0]], *rings])
    weights = np.zeros((len(vertices), len(JOINTS)))
    weights[:, INDEX["Head"]] = 1.0
    after = np.roll(np.arange(sectors), -1)
    faces: list[tuple[int, ...]] = [(0, 1 + int(i), 1 + int(j)) for i, j in enumerate(after)]
    for k in range(len(polar) - 1):
        near, far = 1 + k * sectors, 1 + (k + 1) * sectors
        faces += [(near + i, far + i, far + int(j), near + int(j)) for i, j in enumerate(after)]
    materials = np.full(len(faces), Material.EYE_WHITE)
    materials[:sectors] = Material.PUPIL
    materials[sectors : 2 * sectors] = Material.IRIS
    return Surface(vertices, weights, tuple(faces), materials)


def mouth(body: AnnyBody, weights: Floats, moves: Floats) -> Surface:
    """Return both rows of teeth and the tongue; `weights` (v, 52) and `moves` (v, k, 3) are the body's vertices'."""
    rows = []
    for name, shift in _TEETH.items():
        row = Surface.of(body.vertices, weights, body.helpers[name].tolist(), material=Material.TEETH, moves=moves)
        rows.append(subdivide(replace(row, vertices=row.vertices + shift)))
    return join([*rows, _tongue(body, weights, moves)])


def _tongue(body: AnnyBody, weights: Floats, moves: Floats) -> Surface:
    """Return the tongue, which lies flat at rest, so that an open mouth is not filled by it."""
    faces = body.faces[np.isin(body.faces, body.groups["helper-tongue"]).all(axis=1)]
    tongue = Surface.of(body.vertices, weights, faces.tolist(), material=Material.TONGUE, moves=moves)
    height, back, reach = _TONGUE
    floor = float(tongue.vertices[:, 2].min())
    flat = tongue.vertices * [1.0, 1.0, height] + [0.0, back, floor * (1.0 - height)]
    lifted = tongue.moves.copy()
    if lifted.shape[1]:
        out = EXPRESSION_INDEX["tongueOut"]
        lifted[:, out] = lifted[:, out] * [1.0, reach, 1.0] + tongue.vertices - flat
    return replace(tongue, vertices=flat, moves=lifted)


def lashes(body: AnnyBody, weights: Floats, moves: Floats, skin: Surface) -> Surface:
    """Return the lashes of the upper lids: MakeHuman's, shortened towards the skin that they grow from."""
    names = [name for name in body.helpers if name.endswith("eyelashes-2")]
    faces = [face for name in names for face in body.helpers[name].tolist()]
    long = Surface.of(body.vertices, weights, faces, material=Material.HAIR, moves=moves)
    low, high = long.vertices.min(axis=0) - 0.01, long.vertices.max(axis=0) + 0.01
    lids = skin.vertices[((skin.vertices > low) & (skin.vertices < high)).all(axis=1)]
    rooted = np.flatnonzero(_distances(long.vertices, lids).min(axis=1) < _ROOT)
    root = rooted[_distances(long.vertices, long.vertices[rooted]).argmin(axis=1)]
    return replace(
        long,
        vertices=long.vertices[root] + _LASH * (long.vertices - long.vertices[root]),
        moves=long.moves[root] + _LASH * (long.moves - long.moves[root]),
    )


def _distances(points: Floats, others: Floats) -> Floats:
    """Return the distance of each of n points from each of m: (n, m)."""
    result: Floats = np.linalg.norm(points[:, None] - others, axis=-1)
    return result
