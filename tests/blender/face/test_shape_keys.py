# SPDX-License-Identifier: GPL-3.0-or-later
"""Shape keys are set in bulk, by name, and only when they change."""

import numpy as np
import pytest


def height(bpy, name):
    """How far Blender lifts the first vertex of a mesh."""
    graph = bpy.context.evaluated_depsgraph_get()
    graph.update()
    return bpy.data.objects[name].evaluated_get(graph).data.vertices[0].co.z - 1.0


def value(bpy, mesh, key):
    return bpy.data.objects[mesh].data.shape_keys.key_blocks[key].value


@pytest.fixture
def writer():
    pytest.importorskip("bpy", reason="needs Blender's Python module")
    from mimic.addon.character.shape_keys import ShapeKeyWriter

    return ShapeKeyWriter()


def test_values_of_two_meshes_with_the_same_key_are_set_and_evaluated(bpy, make, writer):
    for mesh in ("Head", "Teeth"):
        make.face(bpy, mesh, ["jawOpen", "mine"])
    assert writer.write({("Head", "jawOpen"): 0.5, ("Teeth", "jawOpen"): 0.25})
    assert (height(bpy, "Head"), height(bpy, "Teeth")) == pytest.approx((0.5, 0.25))
    assert writer.write({("Head", "jawOpen"): 0.75, ("Teeth", "jawOpen"): 0.25})
    assert (height(bpy, "Head"), height(bpy, "Teeth")) == pytest.approx((0.75, 0.25))


def test_keys_that_are_not_written_keep_the_value_that_the_user_gave(bpy, make, writer):
    face = make.face(bpy, "Head", ["jawOpen", "mine"])
    writer.write({("Head", "jawOpen"): 0.5})
    face.data.shape_keys.key_blocks["mine"].value = 0.3
    writer.write({("Head", "jawOpen"): 0.6})
    assert value(bpy, "Head", "mine") == pytest.approx(0.3)


def test_keys_renamed_reordered_or_removed_in_between_are_found_again_or_reported(bpy, make, writer):
    face = make.face(bpy, "Head", ["a", "b", "c"])
    values = {("Head", "a"): 0.1, ("Head", "c"): 0.3}
    assert writer.write(values)
    face.shape_key_remove(face.data.shape_keys.key_blocks["b"])
    face.active_shape_key_index = 2
    bpy.context.view_layer.objects.active = face
    bpy.ops.object.shape_key_move(type="UP")
    for block in face.data.shape_keys.key_blocks:
        block.value = 0.0
    assert writer.write(values)
    assert (value(bpy, "Head", "a"), value(bpy, "Head", "c")) == pytest.approx((0.1, 0.3))
    face.data.shape_keys.key_blocks["c"].name = "d"
    assert not writer.write({("Head", "a"): 0.2, ("Head", "c"): 0.4})
    assert (value(bpy, "Head", "a"), value(bpy, "Head", "d")) == pytest.approx((0.2, 0.3))


def test_meshes_that_vanish_are_skipped_and_reported(bpy, make, writer):
    head, teeth = (make.face(bpy, mesh, ["jawOpen"]) for mesh in ("Head", "Teeth"))
    values = {("Head", "jawOpen"): 0.5, ("Teeth", "jawOpen"): 0.5}
    assert writer.write(values)
    bpy.data.objects.remove(head)
    teeth.shape_key_clear()
    assert not writer.write(dict.fromkeys(values, 0.6))


def test_values_after_undo_are_set_on_the_objects_that_undo_made(bpy, make, writer):
    make.face(bpy, "Head", ["jawOpen"])
    bpy.ops.ed.undo_push(message="Before")
    bpy.data.objects["Head"].location.x = 1.0
    bpy.ops.ed.undo_push(message="Moved")
    assert writer.write({("Head", "jawOpen"): 0.5})
    bpy.ops.ed.undo()
    assert writer.write({("Head", "jawOpen"): 0.75})
    assert value(bpy, "Head", "jawOpen") == pytest.approx(0.75)
    assert height(bpy, "Head") == pytest.approx(0.75)


def test_values_beyond_the_range_of_a_key_are_clamped_by_blender(bpy, make, writer):
    face = make.face(bpy, "Head", ["wide", "far"])
    face.data.shape_keys.key_blocks["far"].slider_min = -1.0
    writer.write({("Head", "wide"): 2.0, ("Head", "far"): -0.5})
    assert (value(bpy, "Head", "wide"), value(bpy, "Head", "far")) == pytest.approx((1.0, -0.5))


def test_a_face_that_does_not_change_is_not_evaluated_again(bpy, make, writer):
    make.face(bpy, "Head", ["jawOpen"])
    writer.write({("Head", "jawOpen"): 0.5})
    bpy.context.view_layer.update()
    updates = []
    bpy.app.handlers.depsgraph_update_post.append(lambda _scene, graph: updates.append(list(graph.updates)))
    for wanted, changed in ((0.5, 0), (0.50005, 0), (0.502, 1)):
        writer.write({("Head", "jawOpen"): wanted})
        bpy.context.view_layer.update()
        assert len(updates) == changed
    bpy.app.handlers.depsgraph_update_post.pop()
    assert value(bpy, "Head", "jawOpen") == pytest.approx(0.502)


def test_values_of_five_meshes_with_52_keys_each_all_arrive(bpy, make, writer):
    names = [f"key{i}" for i in range(52)]
    keys = [(mesh, name) for mesh in "ABCDE" for name in names]
    for mesh in "ABCDE":
        make.face(bpy, mesh, names)
    rng = np.random.default_rng(0)
    for _ in range(3):
        values = dict(zip(keys, rng.random(len(keys)).tolist(), strict=True))
        assert writer.write(values)
        assert [value(bpy, *key) for key in keys] == pytest.approx(list(values.values()))
