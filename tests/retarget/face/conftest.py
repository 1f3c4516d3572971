# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces made of names: shape keys in meshes, and bones on a head with random axes."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.retarget.face.face_rig import FaceRig, ShapeKey
from mimic.retarget.rig.rig import Rig


def rig_of(bones: Iterable[str], *, head: str = "Head", seed: int = 3, mirrored: bool = False, **flags: bool) -> Rig:
    """A head with bones on it, whose axes are random, left ones to the left.

    Args:
        bones: names of the bones below the head.
        head: name of the head's bone.
        seed: seed of the axes.
        mirrored: whether the rig's scale is negative.
        flags: `local_location` of all bones.
    """
    names = (head, *bones)
    rng = np.random.default_rng(seed)
    rest = np.tile(np.eye(4), (len(names), 1, 1))
    rest[:, :3, :3] = rot.to_matrix(rot.unit(rng.normal(size=(len(names), 4))))
    rest[:, :3, 3] = [[0.0, 0.0, 1.6], *([rng.uniform(-0.05, 0.05), -0.08, 1.65] for _ in names[1:])]
    return Rig(
        names=names,
        parents=np.array([-1, *(0 for _ in names[1:])]),
        rest=rest,
        lengths=np.full(len(names), 0.05),
        inherit_rotation=np.ones(len(names), dtype=bool),
        local_location=np.full(len(names), flags.get("local_location", True)),
        mirrored=mirrored,
    )


def face_of(
    keys: Iterable[str] | Mapping[str, Iterable[str]] = (),
    bones: Iterable[str] = (),
    *,
    vrm: Iterable[str] = (),
    rig: Rig | None = None,
    axes: np.ndarray | None = None,
) -> FaceRig:
    """A face with shape keys, of one mesh "Body" or by mesh, and bones."""
    meshes = keys if isinstance(keys, Mapping) else {"Body": keys}
    return FaceRig(
        keys=tuple(ShapeKey(mesh, name) for mesh, names in meshes.items() for name in names),
        rig=rig_of(bones) if rig is None else rig,
        head="Head",
        vrm=tuple(vrm),
        axes=rot.identity() if axes is None else axes,
    )


@pytest.fixture(scope="session")
def face() -> Callable[..., FaceRig]:
    """Make a face of names."""
    return face_of


@pytest.fixture(scope="session")
def head() -> Callable[..., Rig]:
    """Make a head with bones."""
    return rig_of
