# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters with faces, and motions with expressions."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSION_INDEX, EXPRESSIONS


def add_head(bpy, armature, names=EXPRESSIONS, *, name="Head", low=0.0, high=1.0, data=None):
    """A mesh that an armature carries, with shape keys; or one more object of the mesh `data`."""
    mesh = data or bpy.data.meshes.new(name)
    if data is None:
        mesh.from_pydata([(0.0, 0.0, 1.5), (0.1, 0.0, 1.5), (0.0, 0.1, 1.6)], [], [(0, 1, 2)])
    head = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(head)
    head.parent = armature
    head.modifiers.new("Armature", "ARMATURE").object = armature
    if data is None:
        head.shape_key_add(name="Basis", from_mix=False)
        for index, key in enumerate(names):
            block = head.shape_key_add(name=key, from_mix=False)
            block.slider_min, block.slider_max = low, high
            block.data[0].co.x += 0.01 * (index + 1)
    return head


def talking(motion, *, seed=0):
    """The motion with smooth expressions of all kinds, with lips that close no more than the jaw opens."""
    rng = np.random.default_rng(seed)
    count = len(motion.time)
    phase = np.linspace(0.0, 4.0, count)[:, None] + rng.uniform(0.0, 6.0, size=len(EXPRESSIONS))
    expressions = 0.5 + 0.5 * np.sin(phase)
    closed, opened = EXPRESSION_INDEX["mouthClose"], EXPRESSION_INDEX["jawOpen"]
    expressions[:, closed] = 0.5 * expressions[:, opened]
    return replace(motion, expressions=expressions, eyes=rot.identity(count, 2))


def shown(bpy, thing, frame: float) -> dict[str, float]:
    """Values of an object's shape keys as Blender evaluates them at a frame or subframe."""
    bpy.context.scene.frame_set(int(np.floor(frame)), subframe=float(frame - np.floor(frame)))
    bpy.context.view_layer.update()
    keys = thing.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.shape_keys
    return {block.name: block.value for block in keys.key_blocks}


@pytest.fixture(scope="session")
def face(make) -> SimpleNamespace:
    """Functions with which these tests build faces and read them."""

    def walk(frames=20, *, seed=0):
        return talking(make.walk(frames, seed=seed), seed=seed)

    return SimpleNamespace(head=add_head, talking=talking, shown=shown, walk=walk)
