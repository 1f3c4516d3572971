# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in avatar with the proportions of a person: its bones, its meshes and its shape keys. It needs no Blender.

What is around a joint is mapped by that joint's own linear map, which makes it longer, thicker and turned as the limb
is; where several joints share a vertex, their maps are blended by their weights, as poses are.
"""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...models.body.joints import INDEX, JOINTS
from ...models.body.model import Body
from ...models.body.shape import PARAMETERS, shape_space
from .avatar import Avatar

Array = NDArray[np.float64]

_HEAD: Final = INDEX["Head"]


def shaped(avatar: Avatar, shape: ArrayLike) -> Avatar:
    """Return the avatar with the proportions of a body of a shape (6,), in the order of `shape.PARAMETERS`.

    It stands on the floor z = 0 as before, and faces the same way. Bones keep their names and parents; their axes at
    rest turn with the limbs, by a few degrees.
    """
    shape = np.asarray(shape, dtype=float).reshape(len(PARAMETERS))
    maps, heads = _maps(avatar, shape), _heads(avatar, shape)
    vertices = _moved(avatar, maps, heads)
    floor = float(avatar.vertices[:, 2].min()) - float(vertices[:, 2].min())
    up = np.array([0.0, 0.0, floor])
    along = np.einsum("bij,bj->bi", maps, avatar.bone_tails - avatar.bone_heads)
    return replace(
        avatar,
        vertices=(vertices + up).astype(np.float32),
        bone_heads=heads + up,
        bone_tails=heads + along + up,
        bone_z=np.einsum("bij,bj->bi", maps, avatar.bone_z),
        key_moves=_keys(avatar, maps),
    )


def _maps(avatar: Avatar, shape: Array) -> Array:
    """Return the linear maps (54, 3, 3) of the joints, and of the eyes, which stay balls to roll in their sockets."""
    space = shape_space()
    nodes = avatar.fit_nodes.astype(float).reshape(*(len(values) for values in space.anchors), -1)
    found = avatar.fit_mean + space.interpolated(nodes, shape) @ avatar.fit_basis.astype(float)
    maps = found.reshape(len(JOINTS), 3, 3)
    ball = np.cbrt(np.linalg.det(maps[_HEAD])) * np.eye(3)
    return np.concatenate([maps, [ball, ball]])


def _heads(avatar: Avatar, shape: Array) -> Array:
    """Return the places (54, 3) of the joints at rest, and of the eyes, which go with the head."""
    rest = Body.of_shape(shape).rest
    eyes = avatar.bone_heads[len(JOINTS) :] - avatar.bone_heads[_HEAD]
    own = _maps(avatar, shape)[_HEAD]
    return np.concatenate([rest, rest[_HEAD] + eyes @ own.T])


def _moved(avatar: Avatar, maps: Array, heads: Array) -> Array:
    """Return the vertices (v, 3) of the avatar's meshes."""
    points = avatar.vertices.astype(float)
    result = np.zeros_like(points)
    for bones, weights in zip(avatar.weights_joint.T, avatar.weights.astype(float).T, strict=True):
        away = points - avatar.bone_heads[bones]
        result += weights[:, None] * (heads[bones] + np.einsum("vij,vj->vi", maps[bones], away))
    return np.asarray(result / avatar.weights.astype(float).sum(axis=1, keepdims=True))


def _keys(avatar: Avatar, maps: Array) -> NDArray[np.int16]:
    """Return how far each vertex is moved by each shape key: as before, in the face as it is now."""
    bones, weights = avatar.weights_joint[avatar.key_vertices], avatar.weights[avatar.key_vertices].astype(float)
    blended = np.einsum("nk,nkij->nij", weights, maps[bones])
    moves = np.einsum("nij,nj->ni", blended, avatar.key_moves.astype(float))
    return np.rint(moves).astype(np.int16)
