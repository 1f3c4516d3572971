# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces of bones, and of bones and shape keys together, keyed with the body."""

import numpy as np
import pytest

from mimic.addon.bake.options import BakeOptions
from mimic.models.body.expressions import EXPRESSION_INDEX
from mimic.retarget.motion.options import AS_SOLVED


def values(motion, name):
    return motion.expressions[:, EXPRESSION_INDEX[name]]


@pytest.mark.parametrize("layer", ["action", "stash", "additive"])
def test_face_bones_are_keyed_with_the_body_in_every_layer(bpy, make, face, monkeypatch, layer):
    from mimic.addon.bake import plan
    from mimic.addon.bake.apply import apply_motion
    from mimic.retarget.face.face_rig import FaceMap, FaceTarget

    targets = (
        FaceTarget("bone", "Jaw", {"jawOpen": 1.0}, axis=(0.3, 0.0, 0.0)),
        FaceTarget("bone", "Brow", {"browInnerUp": 1.0}, axis=(0.0, 0.0, 0.1), moves=True),
        FaceTarget("bone", "mixamorig:Head", {"jawLeft": 1.0}, axis=(0.0, 0.0, 1.0)),
    )
    monkeypatch.setattr(plan, "face_map_of", lambda *_: FaceMap("Bones", targets))
    armature = make.armature(bpy)
    bpy.ops.object.mode_set(mode="EDIT")
    for index, name in enumerate(("Jaw", "Brow")):
        bone = armature.data.edit_bones.new(name)
        bone.head, bone.tail = (0.02 * index, -0.1, 1.5), (0.02 * index, -0.15, 1.5)
        bone.parent = armature.data.edit_bones["mixamorig:Head"]
    bpy.ops.object.mode_set(mode="OBJECT")
    bpy.context.scene.render.fps, bpy.context.scene.render.fps_base = 30, 1.0
    motion = face.walk()
    applied = apply_motion(
        armature, motion, name="Talk", start_frame=1.0, options=AS_SOLVED, bake_options=BakeOptions(layer=layer)
    )
    assert (applied.face.keys, applied.face.bones) == (0, 3)
    data = armature.animation_data
    action = data.action or data.nla_tracks[-1].strips[0].action
    from mimic.addon.bake.keys import curves_in, slot_for

    curves = {(c.data_path, c.array_index): c for c in curves_in(action, slot_for(action, armature))}
    jaw = [curves['pose.bones["Jaw"].rotation_quaternion', axis].evaluate(8) for axis in range(4)]
    start = values(motion, "jawOpen")[0] if layer == "additive" else 0.0
    angle = 2.0 * np.arccos(min(1.0, abs(jaw[0])))
    assert angle == pytest.approx(0.3 * abs(values(motion, "jawOpen")[7] - start), abs=1e-4)
    lifts = [curves['pose.bones["Brow"].location', axis].evaluate(1) for axis in range(3)]
    assert (np.linalg.norm(lifts) < 1e-6) == (layer == "additive")
    assert sum(path == 'pose.bones["mixamorig:Head"].rotation_quaternion' for path, _ in curves) == 4


@pytest.mark.parametrize("name", ["Female_Adult_01_facial", "Male_Adult_08_facial"])
def test_bake_onto_a_rocketbox_character_moves_its_face(bpy, face, shared_data, tmp_path, name):
    from mimic.addon.bake.to_file import bake as bake_file

    motion = face.walk()
    out = tmp_path / "out.blend"
    summary = bake_file(motion, out, rig=shared_data / "rigs" / "rocketbox" / f"{name}.fbx", options=AS_SOLVED)
    # The eight keys that slide the eyeballs rest, as bones turn them.
    assert (summary.face.keys, summary.face.bones) == (44, 2)
    assert not any("face" in sentence for sentence in summary.warnings)
    bpy.ops.wm.open_mainfile(filepath=str(out))
    keys = [thing for thing in bpy.data.objects if thing.type == "MESH" and thing.data.shape_keys]
    found = [
        shown
        for thing in keys
        for key, shown in face.shown(bpy, thing, thing.data.shape_keys.animation_data.action.frame_range[0] + 7).items()
        if key.endswith("JawOpen")
    ]
    assert found
    assert found == pytest.approx([values(motion, "jawOpen")[7]] * len(found), abs=1e-5)
