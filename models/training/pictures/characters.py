# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters from binary glTF files, which are not made from Anny, for tests with unseen kinds of bodies.

Their rest poses differ from the body's, so poses are converted with `fit`: the rotation of each joint from the body's
rest to theirs. Materials are assigned by the joint with the largest weight.
"""

import json
import struct
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.solve.lifter.frames import SOLVED, rest_frames
from ...body import rotations as rot
from ...body.joints import INDEX, JOINTS, PARENTS
from ...body.model import Body, neutral_body
from ..anny.materials import Material
from ..errors import CharacterUnreadable
from .people import Person

Array = NDArray[np.float64]

_COMPONENTS: Final = {5121: np.uint8, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
_WIDTHS: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_UNREAL: Final = {
    "Hips": "pelvis",
    "Spine": "spine_01",
    "Spine1": "spine_02",
    "Spine2": "spine_03",
    "Neck": "neck_01",
    "Head": "head",
    "Shoulder": "clavicle",
    "Arm": "upperarm",
    "ForeArm": "lowerarm",
    "Hand": "hand",
    "UpLeg": "thigh",
    "Leg": "calf",
    "Foot": "foot",
    "ToeBase": "ball",
}
_PAINT: Final = {"Head": Material.SKIN, "Neck": Material.SKIN, "Foot": Material.SHOES, "ToeBase": Material.SHOES}
_AT_JOINTS: Final = {17: "LeftHandPinky1", 18: "RightHandPinky1", 19: "LeftHandIndex1", 20: "RightHandIndex1"}


def read(path: Path) -> Person:
    """Read a skinned character with Mixamo's or Unreal's bone names, standing on the floor and facing -Y.

    Raises:
        CharacterUnreadable: the file is not such a character.
    """
    content, binary = _chunks(path)
    if not content.get("skins"):
        raise CharacterUnreadable(f"“{path}” has no skeleton: choose a character with Mixamo's or Unreal's bones.")
    skin = content["skins"][0]
    names = [content["nodes"][node].get("name", "") for node in skin["joints"]]
    bones = _bones(path, names)
    inverse = _array(content, binary, skin["inverseBindMatrices"]).reshape(-1, 4, 4)
    heads = _upright(np.linalg.inv(np.swapaxes(inverse, 1, 2))[:, :3, 3])
    owner = _joints_of_bones(content, skin["joints"], bones)
    parts = [_primitive(content, binary, primitive, owner) for primitive in _skinned(content)]
    vertices = np.concatenate([part[0] for part in parts])
    starts = np.cumsum([0, *(len(part[0]) for part in parts)])
    floor = np.array([0.0, 0.0, vertices[:, 2].min()])
    joints, weights = (np.concatenate([part[i] for part in parts]) for i in (2, 3))
    strongest = np.take_along_axis(joints, weights.argmax(axis=1)[:, None], axis=1)[:, 0]
    return Person(
        body=_body(heads[bones] - floor),
        vertices=(vertices - floor).astype(np.float32),
        triangles=np.concatenate([part[1] + s for part, s in zip(parts, starts, strict=False)]).astype(np.int32),
        materials=np.array([_paint(JOINTS[joint]) for joint in range(len(JOINTS))], np.uint8)[strongest],
        weight_joints=joints.astype(np.uint8),
        weights=(weights / np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)).astype(np.float32),
        phenotype=np.full(6, np.nan),
    )


def fit(person: Person) -> Array:
    """Return the rotations (52, 4) from the neutral body's rest to a character's."""
    turns = rot.identity(len(JOINTS))
    own, neutral = (rest_frames(body) for body in (person.body, neutral_body()))
    turns[list(SOLVED)] = rot.from_matrix(neutral @ np.swapaxes(own, -1, -2))
    for joint, name in enumerate(JOINTS):
        if joint not in SOLVED:
            turns[joint] = turns[INDEX[f"{name[: name.index('Hand')]}Hand"]]
    return turns


def fitted(rotations: Array, turns: Array) -> Array:
    """Convert poses (..., 52, 4) of the neutral body to a character, with its rotations from `fit`."""
    result = np.empty_like(np.asarray(rotations, dtype=float))
    for joint, parent in enumerate(PARENTS):
        before = rot.conjugate(turns[parent]) if parent >= 0 else rot.identity()
        result[..., joint, :] = rot.multiply(rot.multiply(before, rotations[..., joint, :]), turns[joint])
    return result


def _chunks(path: Path) -> tuple[dict[str, Any], bytes]:
    data = path.read_bytes()
    if data[:4] != b"glTF" or len(data) < 20:
        raise CharacterUnreadable(f"“{path}” is not a binary glTF file: export the character as .glb.")
    (length,) = struct.unpack("<I", data[12:16])
    return json.loads(data[20 : 20 + length]), data[28 + length :]


def _array(content: dict[str, Any], binary: bytes, number: int) -> NDArray[Any]:
    accessor = content["accessors"][number]
    view = content["bufferViews"][accessor["bufferView"]]
    kind, width = np.dtype(_COMPONENTS[accessor["componentType"]]), _WIDTHS[accessor["type"]]
    start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
    flat = np.frombuffer(binary, kind, accessor["count"] * width, start)
    return flat.reshape(accessor["count"], width)


def _bones(path: Path, names: list[str]) -> NDArray[np.int64]:
    """Return the index of each joint of JOINTS in the file's skeleton."""
    short_names = [name.rpartition(":")[2] for name in names]
    wanted = JOINTS if "Hips" in short_names else tuple(unreal_bone(joint) for joint in JOINTS)
    missing = sorted(set(wanted) - set(short_names))
    if missing:
        raise CharacterUnreadable(f"“{path}” lacks bones ({', '.join(missing[:4])}): choose a character that has them.")
    return np.array([short_names.index(name) for name in wanted])


def unreal_bone(joint: str) -> str:
    """Return the name of a joint's bone in Unreal's skeleton, which Mesh2Motion uses too."""
    if joint in _UNREAL:
        return _UNREAL[joint]
    side = "Left" if joint.startswith("Left") else "Right"
    part = joint.removeprefix(side)
    if part in _UNREAL:
        return f"{_UNREAL[part]}_{side[0].lower()}"
    finger = part.removeprefix("Hand")
    return f"{finger[:-1].lower()}_0{finger[-1]}_{side[0].lower()}"


def _joints_of_bones(content: dict[str, Any], nodes: list[int], bones: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the joint for each bone in the file: its own, or that of its nearest ancestor that has one."""
    parent = {child: i for i, node in enumerate(content["nodes"]) for child in node.get("children", ())}
    ours = {nodes[int(bone)]: joint for joint, bone in enumerate(bones)}
    result = []
    for node in nodes:
        ancestor: int | None = node
        while ancestor is not None and ancestor not in ours:
            ancestor = parent.get(ancestor)
        result.append(ours.get(ancestor, 0) if ancestor is not None else 0)
    return np.array(result)


def _skinned(content: dict[str, Any]) -> list[dict[str, Any]]:
    meshes = {node["mesh"] for node in content["nodes"] if "mesh" in node and "skin" in node}
    return [primitive for mesh in sorted(meshes) for primitive in content["meshes"][mesh]["primitives"]]


def _primitive(
    content: dict[str, Any], binary: bytes, primitive: dict[str, Any], owner: NDArray[np.int64]
) -> tuple[Array, NDArray[np.int64], NDArray[np.int64], Array]:
    attributes = primitive["attributes"]
    position, joints, weights = (
        _array(content, binary, attributes[name]) for name in ("POSITION", "JOINTS_0", "WEIGHTS_0")
    )
    triangles = _array(content, binary, primitive["indices"]).reshape(-1, 3).astype(np.int64)
    return _upright(position.astype(float)), triangles, owner[joints.astype(int)], weights.astype(float)


def _upright(points: Array) -> Array:
    """Convert from glTF's axes (Y up, facing +Z) to Blender's."""
    return np.stack([points[:, 0], -points[:, 2], points[:, 1]], axis=-1)


def _paint(joint: str) -> Material:
    part = joint.removeprefix("Left").removeprefix("Right")
    if part in _PAINT:
        return _PAINT[part]
    if part.startswith("Hand"):
        return Material.SKIN
    return Material.TROUSERS if part in ("Hips", "UpLeg", "Leg") else Material.SHIRT


def _body(rest: Array) -> Body:
    """Return a body with landmarks at the joints, or with the neutral body's offsets from them, scaled."""
    neutral = neutral_body()
    scale = rest[INDEX["Head"], 2] / neutral.rest[INDEX["Head"], 2]
    offsets = scale * (neutral.landmarks - neutral.rest[neutral.landmark_joints])
    landmarks = rest[neutral.landmark_joints] + offsets
    for point, joint in _AT_JOINTS.items():
        landmarks[point] = rest[INDEX[joint]]
    for point, side in ((21, "Left"), (22, "Right")):
        landmarks[point] = rest[INDEX[f"{side}HandThumb2"]]
    ends = rest + scale * (neutral.ends - neutral.rest)
    return Body(rest=rest, landmarks=landmarks, landmark_joints=neutral.landmark_joints, ends=ends)
