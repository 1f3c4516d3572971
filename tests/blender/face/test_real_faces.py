# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces of real characters, as Blender evaluates them: mouths open, lids close and eyes turn where they should."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSION_INDEX
from mimic.retarget.face.face_mapping import map_face
from mimic.retarget.face.face_plan import RESTING, FacePlan
from mimic.retarget.face.face_rig import FaceMap, FaceRig

_spec = spec_from_file_location("rig_gallery", Path(__file__).parents[1] / "rig_gallery.py")
rig_gallery = module_from_spec(_spec)
_spec.loader.exec_module(rig_gallery)

AHEAD = rot.identity(2)


class Shown(NamedTuple):
    """A character, its face and what moves it."""

    armature: object
    face: FaceRig
    face_map: FaceMap
    plan: FacePlan


def shown(armature) -> Shown:
    from mimic.addon.face.face_rig import face_rig_of

    face = face_rig_of(armature)
    face_map = map_face(face, name=armature.name)
    return Shown(armature, face, face_map, FacePlan(face, face_map))


def pose(bpy, character: Shown, eyes=AHEAD, **values: float) -> None:
    """Pose a face by its expressions, at rest where none is given."""
    expressions = RESTING.copy()
    for name, value in values.items():
        expressions[EXPRESSION_INDEX[name]] = value
    found = character.plan.values(expressions, eyes)
    bones = character.armature.pose.bones
    for name, turn in zip(character.plan.bones, found.rotations, strict=True):
        bones[name].rotation_mode = "QUATERNION"
        bones[name].rotation_quaternion = turn
    for name, place in zip(character.plan.moved, found.places, strict=True):
        bones[name].location = place
    for key, value in zip(character.plan.keys, found.keys, strict=True):
        bpy.data.objects[key.mesh].data.shape_keys.key_blocks[key.name].value = value
    bpy.context.view_layer.update()


def vertices(bpy, character: Shown, bone: str) -> np.ndarray:
    """Places (n, 3), in the world, of the vertices that most belong to a bone."""
    mesh = next(thing for thing in bpy.data.objects if thing.type == "MESH" and bone in thing.vertex_groups)
    group = mesh.vertex_groups[bone].index
    own = [v.index for v in mesh.data.vertices if any(g.group == group and g.weight > 0.5 for g in v.groups)]
    evaluated = mesh.evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array([evaluated.matrix_world @ evaluated.data.vertices[index].co for index in own])


def moved(bpy, character: Shown, bone: str, eyes=AHEAD, **values: float) -> np.ndarray:
    """Mean way (3,), in metres and the world, that a bone's vertices go from rest to a pose of the face."""
    pose(bpy, character)
    before = vertices(bpy, character, bone)
    pose(bpy, character, eyes, **values)
    return (vertices(bpy, character, bone) - before).mean(axis=0)


@pytest.fixture
def rocketbox(bpy, shared_data):
    from mimic.addon.character.files import open_rig

    def load(name: str) -> Shown:
        return shown(open_rig(shared_data / "rigs" / "rocketbox" / name))

    return load


@pytest.mark.parametrize("name", ["Female_Adult_01_facial.fbx", "Male_Adult_08_facial.fbx"])
def test_rocketbox_s_shape_keys_are_arkit_s_and_its_eyes_are_bones(bpy, rocketbox, name):
    character = rocketbox(name)
    assert character.face_map.missing == character.face_map.warnings == ()
    assert {key.name[:3] for key in character.plan.keys} == {"AK_"}
    assert len(character.plan.keys) == 44  # Keys that slide the eyeballs rest, as bones turn them.
    assert character.plan.bones == ("Bip01 LEye", "Bip01 REye")
    pose(bpy, character)
    rest = vertices(bpy, character, "Bip01 LEye")
    pose(bpy, character, rot.from_vector([[0.0, 0.0, 0.3]] * 2), eyeLookOutLeft=1.0)
    went = (vertices(bpy, character, "Bip01 LEye") - rest)[rest[:, 1].argmin()]
    assert 0.002 < went[0] < 0.006  # The pupil of an eye of 12 mm radius, to the character's left.
    assert moved(bpy, character, "Bip01 LEyeBlinkTop", eyeBlinkLeft=1.0)[2] < -0.003
    assert np.abs(moved(bpy, character, "Bip01 REyeBlinkTop", eyeBlinkLeft=1.0)).max() < 1e-4


@pytest.mark.parametrize("name", ["Female_Adult_01.fbx", "Male_Adult_08.fbx"])
def test_rocketbox_without_shape_keys_moves_its_face_by_bones(bpy, rocketbox, name):
    character = rocketbox(name)
    assert character.face_map.family == "Rocketbox"
    chin = moved(bpy, character, "Bip01 MJaw", jawOpen=1.0)
    assert chin[2] < -0.008
    assert abs(chin[0]) < 1e-3
    assert moved(bpy, character, "Bip01 LEyeBlinkTop", eyeBlinkLeft=1.0)[2] < -0.004
    assert np.abs(moved(bpy, character, "Bip01 REyeBlinkTop", eyeBlinkLeft=1.0)).max() < 1e-4
    corner = moved(bpy, character, "Bip01 LMouthCorner", mouthSmileLeft=1.0)
    assert corner[0] > 0.002
    assert corner[2] > 0.003
    assert moved(bpy, character, "Bip01 LInnerEyebrow", browInnerUp=1.0)[2] > 0.003


@pytest.mark.slow
def test_rigify_s_face_follows_through_its_controls(bpy):
    try:
        character = shown(rig_gallery._generated("human")(bpy))
    except LookupError as fault:
        pytest.skip(str(fault))
    assert character.face_map.family == "Rigify"
    bones = character.armature.pose.bones

    def places(*names: str) -> list[np.ndarray]:
        return [np.array(bones[name].head) for name in names]

    pose(bpy, character)
    upper, lower, chin, left = places("lid.T.L.002", "lid.B.L.002", "chin", "lips.L")
    pose(bpy, character, jawOpen=1.0, eyeBlinkLeft=1.0, mouthSmileLeft=1.0)
    lid, below, opened, corner = places("lid.T.L.002", "lid.B.L.002", "chin", "lips.L")
    assert np.linalg.norm(lid - below) < 0.15 * np.linalg.norm(upper - lower)
    assert opened[2] < chin[2] - 0.01
    assert corner[0] > left[0] + 0.005
    gaze = rot.from_vector([[0.15, 0.0, 0.3]] * 2)
    pose(bpy, character, gaze)
    ahead = rot.rotate(gaze[0], [0.0, -1.0, 0.0])
    looks = np.array(bones["MCH-eye.L"].matrix.to_3x3().col[1])
    assert np.degrees(np.arccos(looks @ ahead)) < 2.0
    pose(bpy, character, jawOpen=1.0, mouthClose=1.0)
    top, bottom = places("lip.T", "lip.B")
    pose(bpy, character)
    top_at_rest, bottom_at_rest = places("lip.T", "lip.B")
    assert abs((top - bottom)[2] - (top_at_rest - bottom_at_rest)[2]) < 0.006


def eye_mesh(bpy, make, *, weighted: bool):
    """A character with eye bones and a mesh whose eyeLook keys move an eyeball, or a lid without the eye's weight."""
    armature = make.armature(bpy)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    head = armature.data.edit_bones["mixamorig:Head"]
    for side, x in (("Left", 0.03), ("Right", -0.03)):
        bone = armature.data.edit_bones.new(f"mixamorig:{side}Eye")
        bone.head, bone.tail, bone.parent = (x, -0.05, 1.6), (x, -0.1, 1.6), head
    bpy.ops.object.mode_set(mode="OBJECT")
    mesh = bpy.data.meshes.new("Eyes")
    mesh.from_pydata([(0.03, -0.06, 1.6), (0.03, -0.06, 1.61), (0.03, -0.06, 1.62)], [], [(0, 1, 2)])
    thing = bpy.data.objects.new("Eyes", mesh)
    bpy.context.scene.collection.objects.link(thing)
    thing.parent = armature
    thing.vertex_groups.new(name="mixamorig:LeftEye").add([0 if weighted else 2], 1.0, "REPLACE")
    thing.shape_key_add(name="Basis")
    for name in ("eyeLookUpLeft", "eyeLookDownLeft"):
        thing.shape_key_add(name=name, from_mix=False).data[0].co.z += 0.01
    return armature


@pytest.mark.parametrize("weighted", [True, False])
def test_look_key_rests_only_if_it_moves_the_vertices_of_the_eye_s_bone(bpy, make, weighted):
    character = shown(eye_mesh(bpy, make, weighted=weighted))
    assert character.plan.bones == ("mixamorig:LeftEye", "mixamorig:RightEye")
    assert {key.eyeball for key in character.face.keys} == {weighted}
    assert len(character.plan.keys) == (0 if weighted else 2)
