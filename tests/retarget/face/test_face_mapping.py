# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces are recognised by the names of their shape keys, bones and managed expressions, in all spellings."""

import re
from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSION_INDEX, EXPRESSIONS, mirrored
from mimic.retarget.face.edits import eye_bones, links
from mimic.retarget.face.face_mapping import NO_FACE, map_face
from mimic.retarget.face.face_plan import RESTING, FacePlan
from mimic.retarget.face.face_rig import FaceMap, FaceRig, ShapeKey
from mimic.retarget.face.families import face_families
from mimic.retarget.face.notices import face_notices
from mimic.retarget.rig.rig import Rig

AHEAD = rot.identity(2)


def names(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


VRM_1 = names(
    "happy angry sad relaxed surprised neutral aa ih ou ee oh blink blinkLeft blinkRight lookUp "
    "lookDown lookLeft lookRight"
)
VISEMES = names("sil PP FF TH DD kk CH SS nn RR aa E I O U")
VROID = [
    f"Face.M_F00_000_00_Fcl_{name}"
    for name in names(
        "ALL_Neutral ALL_Joy BRW_Angry BRW_Fun BRW_Joy BRW_Sorrow BRW_Surprised EYE_Natural EYE_Close "
        "EYE_Close_R EYE_Close_L EYE_Joy EYE_Spread MTH_Up MTH_Down MTH_Small MTH_Fun MTH_Joy MTH_A "
        "MTH_I MTH_U MTH_E MTH_O"
    )
]
CC4 = names(
    "Brow_Raise_Inner_L Brow_Raise_Inner_R Brow_Raise_Outer_L Brow_Raise_Outer_R Brow_Drop_L "
    "Brow_Drop_R Eye_Blink_L Eye_Blink_R Eye_Squint_L Eye_Squint_R Eye_Wide_L Eye_Wide_R "
    "Eye_L_Look_L Eye_R_Look_L Eye_L_Look_R Eye_R_Look_R Eye_L_Look_Up Eye_R_Look_Up Eye_L_Look_Down "
    "Eye_R_Look_Down Nose_Sneer_L Nose_Sneer_R Cheek_Raise_L Cheek_Raise_R Cheek_Puff_L Cheek_Puff_R "
    "Mouth_Smile_L Mouth_Smile_R Mouth_Frown_L Mouth_Frown_R Mouth_Stretch_L Mouth_Stretch_R "
    "Mouth_Dimple_L Mouth_Dimple_R Mouth_Press_L Mouth_Press_R Mouth_Pucker_Up_L Mouth_Pucker_Up_R "
    "Mouth_Pucker_Down_L Mouth_Pucker_Down_R Mouth_Funnel_Up_L Mouth_Funnel_Up_R Mouth_Funnel_Down_L "
    "Mouth_Funnel_Down_R Mouth_Roll_In_Upper_L Mouth_Roll_In_Upper_R Mouth_Roll_In_Lower_L "
    "Mouth_Roll_In_Lower_R Mouth_Shrug_Upper Mouth_Shrug_Lower Mouth_Up_Upper_L Mouth_Up_Upper_R "
    "Mouth_Down_Lower_L Mouth_Down_Lower_R Mouth_L Mouth_R Mouth_Close Jaw_Open Jaw_L Jaw_R "
    "Jaw_Forward Tongue_Out V_Open V_Explosive"
)
FACS = [
    *(f"facs_jnt_{name}" for name in names("JawOpen JawLeft JawRight JawForward EyeBlinkLeft EyeBlinkRight")),
    *(f"facs_ctrl_{name}" for name in names("EyeLookUpLeft EyeLookUpRight CheekPuff BrowInnerUp")),
    *(
        f"facs_bs_{name}_div2"
        for name in names("MouthSmileLeft MouthSmileRight MouthFunnel BrowDownLeft BrowDownRight")
    ),
]
GENESIS_8 = [
    f"Genesis8Female__eCTRL{name}"
    for name in names(
        "EyesClosed EyesClosedL EyesClosedR MouthOpen MouthSmileSimpleL MouthSmileSimpleR LipsPucker "
        "BrowInnerUp-DownL BrowInnerUp-DownR"
    )
]
MMD = names("まばたき 笑い ウィンク ウィンク右 ウィンク２ ｳｨﾝｸ２右 あ い う え お 困る 怒り 上 真面目 にこり")


def spelt(separator: str, left: str, right: str, *, upper: bool = False, first: str = "") -> list[str]:
    """ARKit's names in another spelling."""
    found = []
    for name in EXPRESSIONS:
        words = re.findall("[A-Z]?[a-z]+", name)
        words = [{"Left": left, "Right": right}.get(word, word if upper else word.lower()) for word in words]
        found.append(first + separator.join(words))
    return found


SPELLINGS = {
    "ARKit": list(EXPRESSIONS),
    "capital": [name[0].upper() + name[1:] for name in EXPRESSIONS],
    "short": [name.replace("Left", "_L").replace("Right", "_R") for name in EXPRESSIONS],
    "letters": [name.replace("Left", "L").replace("Right", "R") for name in EXPRESSIONS],
    "snake": spelt("_", "left", "right"),
    "dots": spelt(".", "l", "r"),
    "lower": [name.lower() for name in EXPRESSIONS],
    "Rocketbox": [f"AK_{n:02}_{name[0].upper()}{name[1:]}" for n, name in enumerate(EXPRESSIONS, 1)],
    "Character Creator 3+": spelt("_", "Left", "Right", upper=True, first="A07_"),
    "Maya": [f"blendShape1.{name}" for name in EXPRESSIONS],
    "with a suffix": [f"{name}_Geo" for name in EXPRESSIONS],
}


def key_of(face_map: FaceMap, expression: str) -> str:
    """Name of the shape key that follows an expression most."""
    return links(face_map, expression)[0].name


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_arkit_s_names_in_any_spelling_are_known_each_on_its_side(face, spelling):
    found = map_face(face(SPELLINGS[spelling]))
    assert found.family == "ARKit"
    assert [key_of(found, name) for name in EXPRESSIONS] == SPELLINGS[spelling]
    assert found.missing == found.warnings == ()


FACES = {
    "VRoid": (VROID, [], "eyeBlinkLeft eyeBlinkRight jawOpen mouthFunnel mouthPucker mouthSmileLeft browDownLeft"),
    "Character Creator": (CC4, [], " ".join(EXPRESSIONS)),
    "Daz Genesis 8.1 and 9": (FACS, [], "jawOpen eyeBlinkLeft eyeBlinkRight mouthSmileLeft browDownRight browInnerUp"),
    "Daz Genesis": (GENESIS_8, [], "eyeBlinkLeft eyeBlinkRight jawOpen mouthSmileRight mouthFrownLeft browInnerUp"),
    "MikuMikuDance": (MMD, [], "eyeBlinkLeft eyeBlinkRight jawOpen mouthPucker mouthFunnel browDownLeft browInnerUp"),
    "Visemes": ([f"viseme_{name}" for name in VISEMES], [], "jawOpen mouthFunnel mouthPucker mouthStretchLeft"),
    "Ready Player Me": (["mouthOpen", "mouthSmile"], [], "jawOpen mouthSmileLeft mouthSmileRight"),
    "VRM": ([], VRM_1, "jawOpen mouthPucker mouthFunnel eyeBlinkLeft eyeBlinkRight browDownLeft eyeLookUpLeft"),
    "MakeHuman": (
        ["mouth_open", "mouth_wide_left", "mouth_wide_right", "brow_squeeze"],
        [],
        "jawOpen mouthStretchLeft",
    ),
    "MetaHuman": (
        [
            f"CTRL_expressions_{name}"
            for name in names(
                "browDownL browDownR eyeBlinkL eyeBlinkR jawOpen mouthCornerPullL mouthCornerPullR mouthFunnelUL "
                "mouthFunnelUR mouthFunnelDL mouthFunnelDR eyeWidenL eyeWidenR mouthUpperLipRaiseL mouthUpperLipRaiseR"
            )
        ],
        [],
        "browDownLeft eyeBlinkLeft eyeBlinkRight jawOpen mouthSmileLeft mouthFunnel eyeWideRight mouthUpperUpLeft",
    ),
    "Common names": (
        names("A I U E O Blink Smile BrowsUp BrowsDown"),
        [],
        "jawOpen eyeBlinkLeft mouthPucker mouthSmileRight browDownLeft",
    ),
    "Adobe Fuse": (
        ["Blink_Left", "Blink_Right", "MouthOpen", "Smile_Left", "Smile_Right", "BrowsDown_Left", "BrowsDown_Right"],
        [],
        "eyeBlinkLeft eyeBlinkRight jawOpen mouthSmileLeft browDownRight",
    ),
}


@pytest.mark.parametrize("family", FACES)
def test_family_s_names_give_its_expressions(face, family):
    keys, vrm, expected = FACES[family]
    found = map_face(face(keys, vrm=vrm))
    assert found.family == family.strip()
    assert not set(expected.split()) & set(found.missing)


@pytest.mark.parametrize("family", FACES)
def test_mirrored_expressions_give_mirrored_values(face, family):
    keys, vrm, _ = FACES[family]
    named = face(keys, vrm=vrm)
    plan = FacePlan(named, map_face(named))
    rng = np.random.default_rng(1)
    expressions = rng.uniform(size=52)
    swapped = expressions[[EXPRESSION_INDEX[mirrored(name)] for name in EXPRESSIONS]]
    values = [
        np.concatenate([each.keys, each.vrm]) for each in (plan.values(expressions, AHEAD), plan.values(swapped, AHEAD))
    ]
    np.testing.assert_allclose(sorted(values[0]), sorted(values[1]), atol=1e-12)


@pytest.mark.parametrize("family", FACES)
def test_face_at_rest_moves_nothing(face, family):
    keys, vrm, _ = FACES[family]
    named = face(keys, vrm=vrm)
    values = FacePlan(named, map_face(named)).values(RESTING, AHEAD)
    assert not values.keys.any()
    assert not values.vrm.any()


def test_winks_of_mmd_are_the_left_eye_s_and_the_right_eye_s(face):
    found = map_face(face(MMD))
    assert (key_of(found, "eyeBlinkLeft"), key_of(found, "eyeBlinkRight")) == ("ウィンク２", "ｳｨﾝｸ２右")
    assert key_of(map_face(face(["まばたき", "あ", "い"])), "eyeBlinkLeft") == "まばたき"


def test_looks_of_character_creator_cross_the_nose(face):
    found = map_face(face(CC4))
    looks = [key_of(found, f"eyeLook{way}") for way in ("InLeft", "OutLeft", "InRight", "OutRight")]
    assert looks == ["Eye_L_Look_R", "Eye_L_Look_L", "Eye_R_Look_L", "Eye_R_Look_R"]


def test_key_of_both_eyes_gives_way_to_those_of_each(face):
    both = map_face(face(["Genesis8Female__eCTRLEyesClosed", "Genesis8Female__eCTRLMouthOpen"]))
    assert key_of(both, "eyeBlinkLeft") == "Genesis8Female__eCTRLEyesClosed"
    each = map_face(face(GENESIS_8))
    assert links(each, "eyeBlinkLeft")[0].name == "Genesis8Female__eCTRLEyesClosedL"
    assert "Genesis8Female__eCTRLEyesClosed" not in {target.name for target in each.targets}


def test_meshes_with_prefixes_of_their_own_are_all_moved(face):
    lashes = ["Genesis8FemaleEyelashes__eCTRLEyesClosedL", "Genesis8FemaleEyelashes__eCTRLEyesClosedR"]
    found = map_face(face({"Body": GENESIS_8, "Lashes": lashes}))
    assert {link.name for link in links(found, "eyeBlinkLeft")} == {"Genesis8Female__eCTRLEyesClosedL", lashes[0]}


def test_mouth_of_visemes_goes_with_lids_of_another_family(face):
    found = map_face(
        face([*(f"vrc.v_{name.lower()}" for name in VISEMES), "まばたき", "ウィンク", "ウィンク右", "怒り"])
    )
    assert set(found.family.split(", ")) == {"Visemes", "MikuMikuDance"}
    assert key_of(found, "jawOpen") == "vrc.v_aa"
    assert key_of(found, "eyeBlinkRight") == "ウィンク右"


def test_managed_expressions_come_before_vroid_s_shape_keys_but_not_before_arkit_s(face):
    vroid = map_face(face(VROID, vrm=VRM_1))
    assert links(vroid, "jawOpen")[0].kind == "vrm"
    synced = map_face(face(EXPRESSIONS, vrm=VRM_1))
    assert {target.kind for target in synced.targets} == {"key"}
    managed = map_face(face(EXPRESSIONS, vrm=[*VRM_1, *EXPRESSIONS]))
    assert {target.kind for target in managed.targets} == {"vrm"}
    assert managed.missing == ()


def test_eyes_that_are_bones_take_the_look_from_managed_expressions(face):
    found = map_face(face(vrm=VRM_1, bones=("J_Adj_L_FaceEye", "J_Adj_R_FaceEye")))
    assert eye_bones(found) == {"left": "J_Adj_L_FaceEye", "right": "J_Adj_R_FaceEye"}
    assert not {"lookUp", "lookLeft"} & {target.name for target in found.targets}


def test_jaw_bone_moves_only_where_no_key_does_unless_the_family_needs_both(face, head):
    jaw = "Jaw"
    alone = map_face(face(bones=(jaw,)))
    assert links(alone, "jawOpen")[0].kind == "bone"
    keyed = map_face(face(EXPRESSIONS, bones=(jaw,)))
    assert [link.kind for link in links(keyed, "jawOpen")] == ["key"]
    driven = face(EXPRESSIONS, bones=(jaw,))
    keys = tuple(replace(key, driven=key.name == "jawOpen") for key in driven.keys)
    assert {link.kind for link in links(map_face(replace(driven, keys=keys)), "jawOpen")} == {"key", "bone"}
    rig = head(("CC_Base_JawRoot", "CC_Base_L_Eye", "CC_Base_R_Eye"), head="CC_Base_Head")
    creator = map_face(replace(face(CC4, rig=rig), head="CC_Base_Head"))
    assert {link.kind for link in links(creator, "jawOpen")} == {"key", "bone"}


def test_character_without_a_face_has_no_targets_and_a_sentence(face):
    found = map_face(face(), name="Robot")
    assert (found.family, found.targets, found.missing) == (NO_FACE, (), EXPRESSIONS)
    assert found.warnings == ("Robot has no shape keys or bones for a face: only the body is animated.",)
    named = face(["Fat", "E"])
    (sentence,) = map_face(named, name="Robot").warnings
    assert sentence.startswith("Robot has no shape keys that are named as expressions")
    assert list(face_notices(named, map_face(named), "Robot")) == [sentence]


def test_keys_that_cannot_show_all_get_a_sentence(face):
    keys = (
        ShapeKey("Body", "jawOpen", driven=True),
        ShapeKey("Hat", "jawOpen"),
        ShapeKey("Teeth", "jawOpen", maximum=0.2),
    )
    cut = replace(face(), keys=keys)
    found = map_face(cut)
    assert found.warnings == (
        "The shape key jawOpen of Teeth goes up to 0.2 only, so it shows its expression in part; raise its maximum.",
    )
    assert list(face_notices(cut, found, "Ann")) == [
        *found.warnings,
        "Drivers set shape key jawOpen of Body, which stay as they are; remove the drivers to animate them.",
    ]


def test_two_spellings_in_one_mesh_are_one_expression_with_a_sentence(face):
    found = map_face(face([*EXPRESSIONS, "jaw_open"]))
    assert links(found, "jawOpen")[0].name == "jawOpen"
    assert found.warnings == ("Body has “jawOpen” and “jaw_open” for the same expression; Mimic moves “jawOpen”.",)


def test_face_whose_keys_are_all_driven_is_known_and_says_so(face):
    keys = tuple(ShapeKey("Body", name, driven=True) for name in EXPRESSIONS)
    driven = replace(face(bones=("Jaw",)), keys=keys)
    found = map_face(driven)
    assert found.family == "ARKit, Face bones"
    assert [target.kind for target in found.targets].count("key") == 52
    assert {link.kind for link in links(found, "jawOpen")} == {"key", "bone"}
    assert next(face_notices(driven, found, "Ann")).startswith("Drivers set shape keys browDownLeft")


def test_no_key_is_moved_twice_whatever_families_know_it(face):
    every = [line.name for family in face_families() for _, line in family.targets if line.kind == "key"]
    found = map_face(face(list(dict.fromkeys(every))))
    targets = [(target.kind, target.name) for target in found.targets]
    assert len(set(targets)) == len(targets)


def test_many_keys_in_two_spellings_get_one_sentence(face):
    found = map_face(face([*EXPRESSIONS, "jaw_open", "tongue_out"]))
    assert found.warnings == (
        "Body has shape keys in two spellings for 2 expressions, such as “jawOpen” and “jaw_open”; Mimic moves the "
        "first of each.",
    )


def test_same_names_in_two_meshes_are_one_target_without_a_warning(face):
    found = map_face(face({"Body": EXPRESSIONS, "Teeth": EXPRESSIONS}))
    assert len(found.targets) == 52
    assert found.warnings == ()
    assert len(FacePlan(face({"Body": EXPRESSIONS, "Teeth": EXPRESSIONS}), found).keys) == 104


def test_every_family_moves_known_expressions_and_names_no_label_twice():
    for family in face_families():
        labels = [(label, line.kind) for label, line in family.targets]
        assert len(set(labels)) == len(labels), family.name
        for _, line in family.targets:
            assert set(line.weights) <= set(EXPRESSIONS)


def test_every_name_of_every_family_is_found_again(face):
    for family in face_families():
        keys = [line.name for label, line in family.targets if line.kind == "key"]
        if keys:
            found = map_face(face(list(dict.fromkeys(keys))))
            assert family.name in found.family, family.name


def test_expressions_among_many_other_keys_and_bones_are_all_found(face):
    keys = {f"Mesh {n}": [*EXPRESSIONS, *(f"Body Morph {k}" for k in range(150))] for n in range(5)}
    many = face(keys, bones=[f"DEF-spine.{n:03}.L" for n in range(500)])
    found = map_face(many)
    assert sorted(target.name for target in found.targets) == sorted(EXPRESSIONS)
    assert len(FacePlan(many, found).keys) == 5 * len(EXPRESSIONS)


def test_face_rig_without_anything_maps_to_nothing():
    empty = Rig(
        (), np.empty(0, dtype=int), np.empty((0, 4, 4)), np.empty(0), np.empty(0, dtype=bool), np.empty(0, dtype=bool)
    )
    assert map_face(FaceRig((), empty)).targets == ()
