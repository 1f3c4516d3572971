# SPDX-License-Identifier: GPL-3.0-or-later
"""Bones of faces are recognised by their names, and move as mirror images in the axes of the body."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSION_INDEX, mirrored
from mimic.retarget.face.edits import eye_bones
from mimic.retarget.face.face_mapping import map_face
from mimic.retarget.face.face_plan import RESTING, FacePlan

AHEAD = rot.identity(2)

BONES = {
    "Mixamo": ("mixamorig:Head", ("mixamorig:LeftEye", "mixamorig:RightEye"), "Face bones"),
    "Unity": ("Head", ("LeftEye", "RightEye", "Jaw"), "Face bones"),
    "VRoid": ("J_Bip_C_Head", ("J_Adj_L_FaceEye", "J_Adj_R_FaceEye"), "VRoid"),
    "MMD": ("頭", ("左目", "右目", "あご"), "MikuMikuDance"),
    "Character Creator": ("CC_Base_Head", ("CC_Base_L_Eye", "CC_Base_R_Eye", "CC_Base_JawRoot"), "Character Creator"),
    "Daz 8": ("head", ("lEye", "rEye", "lowerJaw", "lEyelidUpper", "rEyelidUpper"), "Daz Genesis"),
    "Daz 9": ("head", ("l_eye", "r_eye", "lowerjaw", "l_eyelidupper", "r_eyelidupper"), "Daz Genesis"),
    "MakeHuman": ("head", ("jaw", "eye.L", "eye.R", "orbicularis03.L", "orbicularis03.R"), "MakeHuman"),
    "Rocketbox": ("Bip01 Head", ("Bip01 LEye", "Bip01 REye", "Bip01 MJaw", "Bip01 MTongue"), "Rocketbox"),
    "Auto-Rig Pro": (
        "c_head.x",
        ("c_eye.l", "c_eye.r", "c_eye_target.l", "c_eye_target.r", "c_jawbone.x"),
        "Auto-Rig Pro",
    ),
    "Rigify": ("head", ("jaw_master", "master_eye.L", "master_eye.R", "eye.L", "eye.R", "lips.L", "lips.R"), "Rigify"),
    "Rigify, skin face": (
        "head",
        ("jaw_master", "eye_master.L", "eye_master.R", "eye.L", "eye.R", "lip_end.L.001", "lip_end.R.001"),
        "Rigify, skin face",
    ),
    "MetaHuman": ("head", ("FACIAL_L_Eye", "FACIAL_R_Eye", "FACIAL_C_Jaw"), "MetaHuman"),
}


@pytest.mark.parametrize("kind", BONES)
def test_bones_of_the_face_are_known(face, head, kind):
    name, bones, family = BONES[kind]
    found = map_face(replace(face(rig=head(bones, head=name)), head=name))
    assert found.family == family
    left, right = eye_bones(found)["left"], eye_bones(found)["right"]
    assert bones.index(left) < bones.index(right)
    assert ("jawOpen" in found.missing) == (not any("aw" in bone or bone == "あご" for bone in bones))


def test_opposite_bones_turn_in_mirror_image(face, head):
    for name, bones, _ in BONES.values():
        found = map_face(replace(face(rig=head(bones, head=name)), head=name))
        by_link = {(target.name, *target.weights, target.moves): target for target in found.targets if not target.eye}
        for target in by_link.values():
            (expression,) = target.weights
            twins = [
                each for each in by_link.values() if mirrored(expression) in each.weights and each.moves == target.moves
            ]
            x, y, z = target.axis
            wanted = (-x, y, z) if target.moves else (x, -y, -z)
            assert any(np.allclose(each.axis, wanted) for each in twins), (target, twins)


def test_bone_that_does_not_turn_with_its_parent_is_left_out(face, head):
    rig = replace(head(("LeftEye", "RightEye")), inherit_rotation=np.array([True, False, True]))
    assert eye_bones(map_face(face(rig=rig))) == {"right": "RightEye"}


def test_lid_moves_towards_the_lower_lid_in_head_widths(face, head):
    bones = ("jaw_master", "master_eye.L", "eye.L", "master_eye.R", "eye.R", "lid.T.L.002", "lid.B.L.002")
    rig = head(bones, head="head")
    rig.rest[1:, :3, 3] = np.array(
        [
            [0, -0.1, 1.6],
            [0.03, -0.1, 1.7],
            [0.03, -0.4, 1.7],
            [-0.03, -0.1, 1.7],
            [-0.03, -0.4, 1.7],
            [0.03, -0.12, 1.71],
            [0.03, -0.12, 1.69],
        ]
    )
    rigged = replace(face(rig=rig), head="head")
    found = map_face(rigged)
    assert found.family == "Rigify"
    plan = FacePlan(rigged, found)
    expressions = RESTING.copy()
    expressions[EXPRESSION_INDEX["eyeBlinkLeft"]] = 1.0
    eyes = rot.from_vector([[0.0, 0.0, 0.1], [0.0, 0.0, 0.1]])
    places = dict(zip(plan.moved, plan.values(expressions, eyes).places, strict=True))

    def shift(bone: str) -> np.ndarray:
        return rig.rest[rig.names.index(bone), :3, :3] @ places[bone]

    np.testing.assert_allclose(shift("lid.T.L.002"), [0.0, 0.0, -0.85 * 0.02], atol=1e-9)
    np.testing.assert_allclose(shift("eye.L"), [0.3 * 0.1, 0.0, 0.0], atol=1e-9)


def test_jaw_without_lips_stays_closed_as_the_lips_are(face):
    jawed = face(bones=("Jaw",))
    plan = FacePlan(jawed, map_face(jawed))
    expressions = RESTING.copy()
    expressions[[EXPRESSION_INDEX["jawOpen"], EXPRESSION_INDEX["mouthClose"]]] = 0.6
    turn = plan.values(expressions, AHEAD).rotations[plan.bones.index("Jaw")]
    np.testing.assert_allclose(turn, rot.identity(), atol=1e-12)
