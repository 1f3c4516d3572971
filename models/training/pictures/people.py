# SPDX-License-Identifier: GPL-3.0-or-later
"""People for pictures: dressed bodies of many phenotypes, made once from Anny and stored as `.npz` files.

Making them needs the `train` extra; reading them only needs numpy.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body.model import Body
from ..anny.anny_body import AnnyBody, load
from ..anny.avatar_mesh import make_avatar
from ..anny.landmark_points import ends, landmark_points
from ..anny.surface import Surface

INFLUENCES: Final = 4
CHILDREN: Final = 0.15
"""Fraction of the people who are 5 to 14 years old; the others are 14 to 75."""


@dataclass(frozen=True)
class Person:
    """A dressed body at rest. Metres, Blender's axes, joints as in `joints.JOINTS`.

    Attributes:
        body: joints and landmarks of this phenotype.
        vertices: (v, 3), duplicated at borders of materials, so that each vertex has one material.
        triangles: (t, 3), counter-clockwise seen from outside.
        materials: (v,) `materials.Material`.
        weight_joints: (v, 4) joints that move a vertex.
        weights: (v, 4) weights of these joints; rows sum to 1.
        phenotype: (6,) Anny's parameters, 0..1: gender, age, muscle, weight, height, proportions.
    """

    body: Body
    vertices: NDArray[np.float32]
    triangles: NDArray[np.int32]
    materials: NDArray[np.uint8]
    weight_joints: NDArray[np.uint8]
    weights: NDArray[np.float32]
    phenotype: NDArray[np.float64]


def draw_phenotypes(count: int, *, seed: int) -> list[dict[str, float]]:
    """Draw phenotypes from Anny's calibrated distribution of heights, weights and builds by age and gender."""
    import anny
    import torch
    from anny.shape_distribution import SimpleShapeDistribution

    torch.manual_seed(seed)
    model = anny.Anny(rig="mixamo")
    ages = torch.distributions.Uniform(torch.tensor([5.0, 14.0]), torch.tensor([14.0, 75.0]))
    people = []
    for _ in range(count):
        adult = int(torch.rand(()) >= CHILDREN)
        age = torch.distributions.Uniform(ages.low[adult].to(model.dtype), ages.high[adult].to(model.dtype))
        drawn = SimpleShapeDistribution(model, morphological_age_distribution=age).sample(1)
        values = drawn[1] if isinstance(drawn, tuple) else drawn
        people.append({name: float(values[name]) for name in model.phenotype_labels})
    return people


def make(phenotype: dict[str, float]) -> Person:
    """Make the dressed body of a phenotype. Takes about ten seconds."""
    anny_body = load(phenotype)
    avatar = make_avatar(anny_body)
    strongest = np.argsort(-avatar.weights, axis=1, kind="stable")[:, :INFLUENCES]
    weights = np.take_along_axis(avatar.weights, strongest, axis=1)
    corners, triangles, materials = _triangles(avatar)
    return Person(
        body=_body(anny_body),
        vertices=avatar.vertices[corners].astype(np.float32),
        triangles=triangles,
        materials=materials,
        weight_joints=strongest[corners].astype(np.uint8),
        weights=(weights / weights.sum(axis=1, keepdims=True))[corners].astype(np.float32),
        phenotype=np.array(list(phenotype.values())),
    )


def make_all(folder: Path, *, count: int, seed: int) -> Iterable[Path]:
    """Make the people that are missing in a folder; yields each file once it exists."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, phenotype in enumerate(draw_phenotypes(count, seed=seed)):
        path = folder / f"person_{number:03d}.npz"
        if not path.exists():
            write(make(phenotype), path)
        yield path


def write(person: Person, path: Path) -> None:
    """Write a person. The file only appears once it is complete."""
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(
            file,
            rest=person.body.rest,
            landmarks=person.body.landmarks,
            landmark_joints=person.body.landmark_joints,
            ends=person.body.ends,
            vertices=person.vertices,
            triangles=person.triangles,
            materials=person.materials,
            weight_joints=person.weight_joints,
            weights=person.weights,
            phenotype=person.phenotype,
        )
    part.replace(path)


def read(path: Path) -> Person:
    """Read a file written by `write`."""
    with np.load(path) as data:
        return Person(
            body=Body(
                rest=data["rest"],
                landmarks=data["landmarks"],
                landmark_joints=data["landmark_joints"],
                ends=data["ends"],
            ),
            vertices=data["vertices"],
            triangles=data["triangles"],
            materials=data["materials"],
            weight_joints=data["weight_joints"],
            weights=data["weights"],
            phenotype=data["phenotype"],
        )


def _body(anny_body: AnnyBody) -> Body:
    landmarks, joints = landmark_points(anny_body)
    return Body(rest=anny_body.heads, landmarks=landmarks, landmark_joints=joints, ends=ends(anny_body))


def _triangles(surface: Surface) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.uint8]]:
    """Return the vertex index of each (corner, material), the triangles, and the material of each."""
    corners, materials = [], []
    for face, material in zip(surface.faces, surface.materials, strict=True):
        for second in range(1, len(face) - 1):
            corners.append((face[0], face[second], face[second + 1]))
            materials.append(material)
    keys = np.array(corners) * 256 + np.array(materials)[:, None]
    used, triangles = np.unique(keys, return_inverse=True)
    return used // 256, triangles.reshape(-1, 3).astype(np.int32), (used % 256).astype(np.uint8)
