# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan moves shape keys and bones as the expressions say: in the body's axes, within ranges, strengths and gates."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSION_INDEX, EXPRESSIONS, MIRROR
from mimic.retarget.face.face_plan import RESTING, FacePlan
from mimic.retarget.face.face_rig import FaceMap, FaceRig, FaceTarget, ShapeKey
from mimic.retarget.face.options import FaceOptions
from mimic.retarget.rig.mapping import map_rig
from mimic.retarget.rig.rig import Rig

AHEAD = rot.identity(2)

ALL_KEYS = FaceMap("ARKit", tuple(FaceTarget("key", name, {name: 1.0}) for name in EXPRESSIONS))


def only(**values: float) -> np.ndarray:
    """The expressions (52,) of which only some are not at rest."""
    found = RESTING.copy()
    for name, value in values.items():
        found[EXPRESSION_INDEX[name]] = value
    return found


def turn(face: FaceRig, bone: str, basis: np.ndarray) -> np.ndarray:
    """Rotation vector of a bone's basis in the axes of the body."""
    rest = rot.from_matrix(face.rig.rest[face.rig.names.index(bone), :3, :3])
    turned = rot.multiply(rot.multiply(rest, basis), rot.conjugate(rest))
    return rot.rotate(rot.conjugate(face.axes), rot.to_vector(turned))


def single(face: FaceRig, target: FaceTarget, expressions: np.ndarray, **options: float) -> float:
    """Value of the only shape key of a face."""
    values = FacePlan(face, FaceMap("", (target,)), FaceOptions(**options)).values(expressions, AHEAD)
    return float(values.keys[0])


def test_keys_of_all_meshes_follow_their_expressions(face):
    both = face({"Body": EXPRESSIONS, "Teeth": ("jawOpen",)})
    plan = FacePlan(both, ALL_KEYS)
    values = plan.values(only(jawOpen=0.5, mouthSmileLeft=0.25), AHEAD)
    found = {(key.mesh, key.name): value for key, value in zip(plan.keys, values.keys, strict=True) if value}
    assert found == {("Body", "jawOpen"): 0.5, ("Teeth", "jawOpen"): 0.5, ("Body", "mouthSmileLeft"): 0.25}


def test_values_of_a_motion_have_a_row_for_each_frame_and_equal_those_of_poses(face):
    both = face(EXPRESSIONS, ("LeftEye", "Jaw"))
    jaw = FaceTarget("bone", "Jaw", {"jawOpen": 1.0}, axis=(0.3, 0.0, 0.0))
    shift = FaceTarget("bone", "Jaw", {"jawLeft": 1.0}, axis=(0.1, 0.0, 0.0), moves=True)
    eye = FaceTarget("bone", "LeftEye", eye="left")
    plan = FacePlan(both, replace(ALL_KEYS, targets=(*ALL_KEYS.targets, jaw, shift, eye)))
    rng = np.random.default_rng(0)
    expressions = rng.uniform(size=(6, 52))
    eyes = rot.from_vector(rng.normal(scale=0.2, size=(6, 2, 3)))
    together = plan.values(expressions, eyes)
    assert together.keys.shape == (6, 52)
    assert together.rotations.shape == (6, 2, 4)
    assert together.places.shape == (6, 1, 3)
    assert together.vrm.shape == (6, 0)
    for frame in range(6):
        alone = plan.values(expressions[frame], eyes[frame])
        for name in ("keys", "rotations", "places", "vrm"):
            np.testing.assert_allclose(getattr(alone, name), getattr(together, name)[frame], atol=1e-12)


@pytest.mark.parametrize("axes", [rot.identity(), rot.from_vector([0.0, 0.0, 1.5]), rot.from_vector([1.5, 0.0, 0.0])])
def test_jaw_bone_turns_about_the_body_s_axis_whatever_its_own_axes_are(face, axes):
    jawed = face(bones=("Jaw",), axes=axes)
    jaw = FaceTarget("bone", "Jaw", {"jawOpen": 1.0}, axis=(0.4, 0.0, 0.0))
    values = FacePlan(jawed, FaceMap("", (jaw,))).values(only(jawOpen=0.5), AHEAD)
    np.testing.assert_allclose(turn(jawed, "Jaw", values.rotations[0]), [0.2, 0.0, 0.0], atol=1e-9)


def test_jaw_that_opens_moves_the_chin_down():
    assert rot.rotate(rot.from_vector([0.3, 0.0, 0.0]), [0.0, -1.0, 0.0])[2] < 0.0


@pytest.mark.parametrize("local", [True, False])
def test_moved_bone_goes_along_the_body_s_axes_in_head_widths(face, head, local):
    rig = head(("Jaw",), local_location=local)
    jawed = face(rig=rig)
    jaw = FaceTarget("bone", "Jaw", {"jawForward": 1.0}, axis=(0.0, -0.1, 0.0), moves=True)
    plan = FacePlan(jawed, FaceMap("", (jaw,)))
    assert plan.moved == ("Jaw",)
    axes = rig.rest[1 if local else 0, :3, :3]
    went = axes @ plan.values(only(jawForward=1.0), AHEAD).places[0]
    np.testing.assert_allclose(went, [0.0, -0.1 * jawed.head_width, 0.0], atol=1e-9)


def test_eyes_turn_with_the_gaze_within_limits_and_without_a_twist(face):
    looking = face(bones=("LeftEye", "RightEye"))
    plan = FacePlan(
        looking, FaceMap("", tuple(FaceTarget("bone", f"{s.title()}Eye", eye=s) for s in ("left", "right")))
    )
    eyes = rot.from_vector([[0.2, 0.3, -0.1], [0.0, 0.0, 2.0]])
    left, right = plan.values(RESTING, eyes).rotations
    np.testing.assert_allclose(turn(looking, "LeftEye", left), [0.2, 0.0, -0.1], atol=1e-9)
    np.testing.assert_allclose(turn(looking, "RightEye", right), [0.0, 0.0, np.radians(40.0)], atol=1e-9)


def test_what_an_eye_looks_at_goes_where_the_eye_looks(face):
    looking = face(bones=("target",))
    target = FaceTarget("bone", "target", axis=(0.0, -1.0, 0.0), moves=True, eye="left")
    plan = FacePlan(looking, FaceMap("", (target,)))
    eyes = rot.from_vector([[0.1, 0.0, 0.2], [0.0, 0.0, 0.0]])
    went = rot.rotate(rot.from_matrix(looking.rig.rest[1, :3, :3]), plan.values(RESTING, eyes).places[0])
    np.testing.assert_allclose(went / looking.head_width, [0.2, 0.0, -0.1], atol=1e-9)


def test_eyes_stay_ahead_with_a_strength_of_zero(face):
    plan = FacePlan(
        face(bones=("LeftEye",)),
        FaceMap("", (FaceTarget("bone", "LeftEye", eye="left"),)),
        FaceOptions(strength_eyes=0.0),
    )
    turned = plan.values(RESTING, rot.from_vector([[0.2, 0.0, 0.1]] * 2)).rotations
    np.testing.assert_allclose(turned, rot.identity(1), atol=1e-12)


def test_turns_of_one_bone_add_up(face):
    jawed = face(bones=("Jaw",))
    targets = (
        FaceTarget("bone", "Jaw", {"jawOpen": 1.0}, axis=(0.4, 0.0, 0.0)),
        FaceTarget("bone", "Jaw", {"jawLeft": 1.0, "jawRight": -1.0}, axis=(0.0, 0.0, 0.2)),
    )
    plan = FacePlan(jawed, FaceMap("", targets))
    assert plan.bones == ("Jaw",)
    basis = plan.values(only(jawOpen=0.5, jawRight=1.0), AHEAD).rotations[0]
    np.testing.assert_allclose(turn(jawed, "Jaw", basis), [0.2, 0.0, -0.2], atol=1e-9)


def test_distance_of_the_eyes_gives_the_width_of_a_drawn_head(face, head):
    rig = head(("LeftEye", "RightEye", "Jaw"))
    rig.rest[1:3, :3, 3] = [[0.07, -0.1, 1.7], [-0.07, -0.1, 1.7]]
    targets = (
        FaceTarget("bone", "LeftEye", eye="left"),
        FaceTarget("bone", "RightEye", eye="right"),
        FaceTarget("bone", "Jaw", {"jawForward": 1.0}, axis=(0.0, 1.0, 0.0), moves=True),
    )
    went = FacePlan(face(rig=rig), FaceMap("", targets)).values(only(jawForward=1.0), AHEAD).places[0]
    assert np.linalg.norm(went) == pytest.approx(0.14 / 0.41)


def test_face_of_a_rig_knows_its_head_axes_and_size(rigs, t_pose):
    rig = rigs.build(t_pose, scale=100.0, space=rot.from_vector([0.0, 0.0, np.pi / 2]))
    found = FaceRig.of([], rig, map_rig(rig))
    assert found.head == "mixamorig:Head"
    assert found.head_width == pytest.approx(15.5, rel=1e-3)
    np.testing.assert_allclose(rot.rotate(found.axes, [1.0, 0.0, 0.0]), [0.0, 1.0, 0.0], atol=1e-9)


@pytest.mark.parametrize(
    ("target", "limits", "value", "expected"),
    [
        ((0.0, 1.0), (0.0, 1.0), 0.7, 0.7),
        ((0.0, 1.0), (-1.0, 1.0), 0.7, 0.7),
        ((0.0, 1.0), (0.0, 10.0), 0.7, 0.7),
        ((0.0, 1.0), (0.0, 0.5), 0.7, 0.5),
        ((0.0, 10.0), (0.0, 10.0), 0.7, 7.0),
        ((-1.0, 1.0), (-1.0, 1.0), 0.0, -1.0),
        ((1.0, 0.0), (0.0, 1.0), 0.7, 0.3),
    ],
)
def test_value_goes_from_low_to_high_within_the_key_s_range(face, target, limits, value, expected):
    ranged = replace(face(), keys=(ShapeKey("Body", "open", *limits),))
    low, high = target
    opening = FaceTarget("key", "open", {"jawOpen": 1.0}, low=low, high=high)
    assert single(ranged, opening, only(jawOpen=value)) == pytest.approx(expected)


@pytest.mark.parametrize(("signed", "expected"), [(True, -0.5), (False, 0.0)])
def test_sum_below_zero_moves_a_signed_key_alone_backwards(face, signed, expected):
    ranged = replace(face(), keys=(ShapeKey("Body", "brow", -1.0, 1.0),))
    weights = {"browOuterUpLeft": 1.0, "browDownLeft": -1.0}
    assert single(ranged, FaceTarget("key", "brow", weights, signed=signed), only(browDownLeft=0.5)) == expected


def test_key_that_is_driven_or_linked_is_left_alone(face):
    keys = (
        ShapeKey("Body", "jawOpen", driven=True),
        ShapeKey("Hat", "jawOpen", locked="linked"),
        ShapeKey("A", "jawOpen"),
    )
    plan = FacePlan(replace(face(), keys=keys), ALL_KEYS)
    assert [key.mesh for key in plan.keys] == ["A"]


@pytest.mark.parametrize(("bones", "moved"), [((), ["Eyes", "Lids"]), (("LeftEye",), ["Lids"])])
def test_key_that_moves_an_eyeball_rests_where_a_bone_turns_it(face, bones, moved):
    keys = (ShapeKey("Eyes", "eyeLookUpLeft", eyeball=True), ShapeKey("Lids", "eyeLookUpLeft"))
    target = FaceTarget("bone", "LeftEye", eye="left")
    plan = FacePlan(replace(face(bones=bones), keys=keys), replace(ALL_KEYS, targets=(*ALL_KEYS.targets, target)))
    assert [key.mesh for key in plan.keys] == moved


def test_mouth_closes_no_further_than_the_jaw_opened_it(face):
    plan = FacePlan(face(EXPRESSIONS), ALL_KEYS, FaceOptions(strength_jaw=0.5))
    values = plan.values(only(mouthClose=0.8, jawOpen=0.6), AHEAD)
    assert values.keys[EXPRESSION_INDEX["mouthClose"]] == pytest.approx(0.3)


def test_switched_off_expressions_move_nothing(face):
    plan = FacePlan(face(EXPRESSIONS), ALL_KEYS, FaceOptions(expressions=False))
    assert plan.keys == ()
    assert plan.values(RESTING, AHEAD).keys.shape == (0,)


def test_mirrored_rig_shows_the_performed_side(face, head):
    plan = FacePlan(face(EXPRESSIONS, rig=head((), mirrored=True)), ALL_KEYS)
    values = plan.values(only(eyeBlinkLeft=1.0), AHEAD)
    assert values.keys[EXPRESSION_INDEX["eyeBlinkRight"]] == 1.0


FACES = arrays(float, 52, elements=st.floats(0.0, 1.0))


@given(expressions=FACES)
def test_swapped_sides_give_the_values_of_the_other_side(expressions):
    keys = tuple(ShapeKey("Body", name) for name in EXPRESSIONS)
    plan = FacePlan(FaceRig(keys, _no_bones()), ALL_KEYS)
    swapped = plan.values(expressions[list(MIRROR)], AHEAD).keys
    np.testing.assert_allclose(swapped, plan.values(expressions, AHEAD).keys[list(MIRROR)], atol=1e-12)


@given(expressions=FACES)
def test_strength_of_zero_leaves_the_face_at_rest(expressions):
    keys = tuple(ShapeKey("Body", name) for name in EXPRESSIONS)
    plan = FacePlan(FaceRig(keys, _no_bones()), ALL_KEYS, FaceOptions(expression_strength=0.0))
    assert not plan.values(expressions, AHEAD).keys.any()


@given(value=st.floats(0.0, 1.0), more=st.floats(0.0, 0.2), gate=st.floats(0.0, 0.5), strength=st.floats(0.0, 3.0))
def test_stronger_expression_never_gives_a_smaller_value_and_none_pops(value, more, gate, strength):
    keys = (ShapeKey("Body", "mouthSmileLeft", 0.0, 3.0),)
    options = FaceOptions(threshold_mouth=gate, strength_mouth=strength)
    plan = FacePlan(FaceRig(keys, _no_bones()), ALL_KEYS, options)
    weak, strong = plan.values(np.stack([only(mouthSmileLeft=value), only(mouthSmileLeft=value + more)]), AHEAD).keys
    assert weak[0] - 1e-12 <= strong[0] <= weak[0] + 4.0 * strength * more + 1e-9
    if value <= gate:
        assert weak[0] == pytest.approx(0.0 if gate else strength * value, abs=1e-9)
    if value >= 2.0 * gate:
        assert weak[0] == pytest.approx(strength * value, abs=1e-8)


def _no_bones() -> Rig:
    return Rig(("Head",), np.array([-1]), np.eye(4)[None], np.ones(1), np.ones(1, dtype=bool), np.ones(1, dtype=bool))
