# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads of Microsoft Rocketbox: another maker's faces with ARKit's expressions, for tests only.

Their textures are not needed: paint follows the places of brows, lips and hairline on the average head.
"""

import re
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body.curves import smoothstep
from ...body.expressions import EXPRESSION_INDEX, EXPRESSIONS
from ..errors import CharacterUnreadable
from . import heads
from .fbx import FbxMesh, read_meshes
from .heads import BELOW, Head

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]

_NAME: Final = re.compile(r"AK_\d+_(\w+)$")
_CENTIMETRE: Final = 0.01
_MOVED: Final = 0.05
_HEAD, _OPACITY = 1, 2
"""Indices of the materials of the head, and of lashes and hair."""
_EYE: Final = 0.0288
_MOUTH: Final = -0.0665
_BROWS: Final = 0.022
"""Metres from the point between the eyes to an eye, and up to the mouth and the brows, on the average head."""


def rocketbox_head(path: Path) -> Head:
    """Read a head from a Rocketbox file with facial shape keys.

    Raises:
        CharacterUnreadable: it is no such file.
    """
    named = [(mesh, _expressions(mesh)) for mesh in read_meshes(path)]
    faces = [(mesh, shapes) for mesh, shapes in named if len(shapes) == len(EXPRESSIONS)]
    if not faces:
        raise CharacterUnreadable(f"“{path}” has no face with ARKit's expressions: choose a Rocketbox *_facial.fbx.")
    mesh, shapes = faces[0]
    vertices = mesh.vertices * _CENTIMETRE
    actions = np.stack([shapes[name] for name in EXPRESSIONS]) * _CENTIMETRE
    moved = np.linalg.norm(actions, axis=2)
    caps = [_eyeball(mesh, moved, side) for side in ("Left", "Right")]
    balls = [vertices[cap] for cap in caps]
    radius = 0.25 * sum(float(np.ptp(ball[:, 0])) for ball in balls)
    centres = np.array(
        [[0.5 * (b[:, 0].min() + b[:, 0].max()), b[:, 1].max(), 0.5 * (b[:, 2].min() + b[:, 2].max())] for b in balls]
    )
    between = centres.mean(axis=0)
    vertices = vertices - between
    lips = _lips(moved)
    places = _places(vertices, centres - between, lips, moved)
    triangles = mesh.triangles[~np.isin(mesh.triangles, np.flatnonzero(caps[0] | caps[1])).any(axis=1)]
    triangles = triangles[(vertices[triangles, 2] > -BELOW).all(axis=1)]
    triangles = triangles[~_lashes(mesh, places)[triangles].any(axis=1)]
    return _without_unused(
        Head(
            vertices=vertices,
            actions=actions,
            triangles=triangles,
            places=places,
            parts=_parts(vertices, places, moved),
            lips=lips,
            scalp=heads.scalp(places),
            follows=smoothstep(places[:, 2], -0.17, -0.11),
            eyes=centres - between,
            eye_radius=radius,
            pivot=np.array([0.0, 0.09, -0.085]),
        )
    )


def _expressions(mesh: FbxMesh) -> dict[str, Array]:
    """Return the shapes with ARKit's names, without their numbers."""
    found = {}
    for name, shape in mesh.shapes.items():
        match = _NAME.search(name)
        if match:
            found[match[1][0].lower() + match[1][1:]] = shape
    return {name: found[name] for name in EXPRESSIONS if name in found}


def _eyeball(mesh: FbxMesh, moved: Array, side: str) -> Flags:
    """Return the vertices (v,) of an eyeball: a piece of its own that is moved by looking aside."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    t = mesh.triangles
    links = np.concatenate([t[:, :2], t[:, 1:]])
    count = len(mesh.vertices)
    linked = csr_array((np.ones(len(links)), (links[:, 0], links[:, 1])), shape=(count, count))
    _, piece = connected_components(linked, directed=False)
    size = np.bincount(piece)
    turned = np.bincount(piece, weights=moved[EXPRESSION_INDEX[f"eyeLookOut{side}"]]) / size
    turned[(size < _EYEBALL[0]) | (size > _EYEBALL[1])] = 0.0
    found: Flags = piece == int(np.argmax(turned))
    return found


_EYEBALL: Final = (50, 200)
"""Vertices of an eyeball: fewer than a head has, and more than a row of lashes."""


def _lips(moved: Array) -> Array:
    """Return how much of a lip each vertex is (v,): the lips are what rolls in most."""
    rolled = np.zeros(moved.shape[1])
    for name in ("mouthRollLower", "mouthRollUpper"):
        one = moved[EXPRESSION_INDEX[name]]
        rolled = np.maximum(rolled, one / one.max())
    return np.asarray(np.clip((rolled - _LIP_FROM) / (1.0 - _LIP_FROM), 0.0, 1.0))


_LIP_FROM: Final = 0.3


def _places(vertices: Array, eyes: Array, lips: Array, moved: Array) -> Array:
    """Return where vertices are on the average head, by the places of eyes, mouth and brows."""
    wide = 2.0 * _EYE / float(np.ptp(eyes[:, 0]))
    mouth = float(np.average(vertices[:, 2], weights=lips))
    lifted = moved[EXPRESSION_INDEX["browInnerUp"]] ** 2
    brows = float(np.average(vertices[:, 2], weights=lifted))
    places = vertices * wide
    places[:, 2] = np.where(vertices[:, 2] < 0.0, vertices[:, 2] * _MOUTH / mouth, vertices[:, 2] * wide)
    low = np.clip(vertices[:, 2] / brows, 0.0, 1.0)
    # Up to the brows by the brows, and above them by the width.
    places[:, 2] += np.where(vertices[:, 2] > 0.0, low * (_BROWS - brows * wide), 0.0)
    return places


def _parts(vertices: Array, places: Array, moved: Array) -> NDArray[np.int64]:
    parts = np.full(len(vertices), heads.SKIN)
    lips_front = vertices[np.abs(vertices[:, 0]) < 0.02]
    at_mouth = (np.abs(places[:, 2] - _MOUTH) < 0.022) & (np.abs(places[:, 0]) < 0.024)
    front = float(np.quantile(lips_front[np.abs(lips_front[:, 2] + 0.065) < 0.02, 1], 0.02))
    # The corners of the mouth lie deeper than its middle.
    parts[at_mouth & (vertices[:, 1] > front + _DEEP + 18.0 * vertices[:, 0] ** 2)] = heads.INSIDE
    parts[moved[EXPRESSION_INDEX["tongueOut"]] > _MOVED * _CENTIMETRE] = heads.TONGUE
    return parts


def _lashes(mesh: FbxMesh, places: Array) -> Flags:
    """Return which vertices (v,) are lashes: without their texture, they would be plates before the eyes."""
    opacity = np.zeros(len(places), dtype=bool)
    opacity[mesh.triangles[mesh.materials == _OPACITY]] = True
    found: Flags = opacity & (np.abs(places[:, 2]) < 0.016) & (places[:, 1] < 0.03)
    return found


_DEEP: Final = 0.016


def _without_unused(head: Head) -> Head:
    used, index = np.unique(head.triangles, return_inverse=True)
    return Head(
        vertices=head.vertices[used],
        actions=head.actions[:, used],
        triangles=index.reshape(head.triangles.shape),
        places=head.places[used],
        parts=head.parts[used],
        lips=head.lips[used],
        scalp=head.scalp[used],
        follows=head.follows[used],
        eyes=head.eyes,
        eye_radius=head.eye_radius,
        pivot=head.pivot,
    )
