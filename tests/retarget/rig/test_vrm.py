# SPDX-License-Identifier: GPL-3.0-or-later
"""A VRM file names its bones itself, in both versions of the format."""

import json
import struct

import pytest

from mimic.retarget.rig.families import families, match_family
from mimic.retarget.rig.vrm import humanoid_of

BONES = ("hips", "spine", "chest", "upperChest", "neck", "head", "leftUpperArm", "leftLowerArm", "rightLowerLeg")
JOINTS = {
    "Hips": "骨0",
    "Spine": "骨1",
    "Spine1": "骨2",
    "Spine2": "骨3",
    "Neck": "骨4",
    "Head": "骨5",
    "LeftArm": "骨6",
    "LeftForeArm": "骨7",
    "RightLeg": "骨8",
    "LeftHandThumb1": "骨9",
    "LeftHandThumb2": "骨10",
}
THUMBS = {0: ("leftThumbProximal", "leftThumbIntermediate"), 1: ("leftThumbMetacarpal", "leftThumbProximal")}


def written(path, told):
    text = json.dumps(told).encode()
    text += b" " * (-len(text) % 4)
    path.write_bytes(struct.pack("<4sII II", b"glTF", 2, 20 + len(text), len(text), 0x4E4F534A) + text)
    return path


def vrm(version):
    human = {bone: number for number, bone in enumerate((*BONES, *THUMBS[version]))}
    nodes = [{"name": f"骨{number}"} for number in range(len(human))]
    if version == 0:
        listed = [{"bone": bone, "node": node} for bone, node in human.items()]
        return {"nodes": nodes, "extensions": {"VRM": {"humanoid": {"humanBones": listed}}}}
    mapped = {bone: {"node": node} for bone, node in human.items()}
    return {"nodes": nodes, "extensions": {"VRMC_vrm": {"humanoid": {"humanBones": mapped}}}}


@pytest.mark.parametrize("version", [0, 1])
def test_vrm_file_of_either_version_tells_the_bones(tmp_path, version):
    assert humanoid_of(written(tmp_path / "a.vrm", vrm(version))) == JOINTS


@pytest.mark.parametrize(
    "told",
    [
        {},
        [],
        {"nodes": [], "extensions": {"VRM": {"humanoid": {"humanBones": [{"bone": "hips", "node": 3}]}}}},
        {"nodes": [{}], "extensions": {"VRMC_vrm": {"humanoid": {"humanBones": {"hips": {"node": 0}}}}}},
        {"extensions": {"VRMC_vrm": {}}},
        {"extensions": []},
    ],
)
def test_vrm_file_without_humanoid_bones_tells_nothing(tmp_path, told):
    assert humanoid_of(written(tmp_path / "a.vrm", told)) == {}


@pytest.mark.parametrize("content", [b"", b"glTF", b"no file of that kind, but long enough", b"glTF" + b"\0" * 40])
def test_file_that_is_no_vrm_tells_nothing(tmp_path, content):
    path = tmp_path / "a.vrm"
    path.write_bytes(content)
    assert humanoid_of(path) == {}


def test_vrm_file_tells_the_bones_that_the_family_finds_by_name(shared_data):
    """The file has the bone names of Unity's avatars, so the family VRChat must find the bones that the file names."""
    told = humanoid_of(shared_data / "rigs" / "vrm" / "cryptovoxels.vrm")
    family = next(family for family in families() if family.name == "VRChat")
    named = match_family(family, tuple(told.values())).bones
    assert len(told) > 40
    assert {joint: named[joint] for joint in told} == told
