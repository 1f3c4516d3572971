# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions that VRM characters bind to shape keys."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body.expressions import EXPRESSION_INDEX, EXPRESSIONS
from mimic.retarget.face.face_plan import FacePlan
from mimic.retarget.face.face_rig import FaceMap, FaceTarget, ShapeKey
from mimic.retarget.face.vrm import EXPRESSION_PRESETS, VRM_0_PRESETS, Bind, ExpressionBlend, VrmExpression

KEYS = {("Face", "A"), ("Face", "O"), ("Teeth", "A"), ("Face", "Smile")}
MOUTH = VrmExpression("aa", (Bind("Face", "A", 1.0), Bind("Teeth", "A", 0.5)))
ROUND = VrmExpression("oh", (Bind("Face", "O", 0.8), Bind("Face", "A", 0.2)))


def test_every_vrm_0_preset_has_a_vrm_1_name():
    assert set(VRM_0_PRESETS.values()) == set(EXPRESSION_PRESETS) - {"surprised"}


def test_blend_adds_up_the_expressions_of_a_key():
    blend = ExpressionBlend([MOUTH, ROUND], KEYS)
    assert blend.keys == (("Face", "A"), ("Teeth", "A"), ("Face", "O"))
    np.testing.assert_allclose(blend.values(np.array([[0.5, 1.0], [0.0, 0.0]])), [[0.7, 0.25, 0.8], [0.0, 0.0, 0.0]])


def test_blend_leaves_out_keys_that_cannot_be_moved():
    blend = ExpressionBlend([VrmExpression("aa", (Bind("Gone", "A", 1.0), Bind("Face", "Gone", 1.0)))], KEYS)
    assert blend.keys == ()
    assert blend.values(np.ones((3, 1))).shape == (3, 0)


def test_binary_expression_is_off_or_full():
    blend = ExpressionBlend([replace(MOUTH, binary=True)], KEYS)
    np.testing.assert_array_equal(blend.values(np.array([[0.5], [0.51]])), [[0.0, 0.0], [1.0, 0.5]])


@pytest.mark.parametrize(("smile", "left"), [(0.0, 0.6), (0.5, 0.3), (1.0, 0.0)])
def test_expression_that_holds_back_the_mouth_does_so_by_its_strength(smile, left):
    happy = VrmExpression("happy", (Bind("Face", "Smile", 1.0),), holds=(True, False, False))
    values = ExpressionBlend([MOUTH, happy], KEYS).values(np.array([0.6, smile]))
    np.testing.assert_allclose(values, [left, 0.5 * left, smile])


def test_plan_moves_the_keys_that_an_expression_is_bound_to(face):
    bare = face({"Face": ["A", "O"], "Teeth": ["A"]}, vrm=["aa"])
    rig = replace(bare, bound=(MOUTH,))
    plan = FacePlan(rig, FaceMap("VRM", (FaceTarget("vrm", "aa", {"jawOpen": 1.0}),)))
    assert [(key.mesh, key.name) for key in plan.keys] == [("Face", "A"), ("Teeth", "A")]
    expressions = np.zeros((2, len(EXPRESSIONS)))
    expressions[1, EXPRESSION_INDEX["jawOpen"]] = 0.6
    values = plan.values(expressions, np.tile([1.0, 0.0, 0.0, 0.0], (2, 2, 1)))
    np.testing.assert_allclose(values.keys, [[0.0, 0.0], [0.6, 0.3]])
    np.testing.assert_allclose(values.vrm, [[0.0], [0.6]])


def test_plan_keys_a_shape_key_once_though_a_target_and_an_expression_move_it(face):
    rig = replace(face({"Face": ["A"]}, vrm=["aa"]), bound=(MOUTH,))
    targets = (FaceTarget("key", "A", {"mouthFunnel": 1.0}), FaceTarget("vrm", "aa", {"jawOpen": 1.0}))
    assert FacePlan(rig, FaceMap("VRM", targets)).keys == rig.keys


def test_plan_leaves_bound_keys_that_are_driven_alone(face):
    bare = face(vrm=["aa"])
    rig = replace(bare, keys=(ShapeKey("Face", "A", driven=True), ShapeKey("Teeth", "A")), bound=(MOUTH,))
    plan = FacePlan(rig, FaceMap("VRM", (FaceTarget("vrm", "aa", {"jawOpen": 1.0}),)))
    assert [key.mesh for key in plan.keys] == ["Teeth"]
