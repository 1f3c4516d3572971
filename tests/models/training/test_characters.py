# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters of other makers, posed as our body is."""

import json
import struct

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX
from mimic.models.body.model import neutral_body
from mimic.models.training.errors import CharacterUnreadable
from mimic.models.training.evaluation import metrics
from mimic.models.training.pictures import characters
from mimic.models.training.poses.poses import draw

FILES = ("makehuman_mixamo_CC0/mh_mixamo_heavy.glb", "mesh2motion/human-male.glb")


@pytest.fixture(params=FILES)
def character(request, shared_data):
    return characters.read(shared_data / "rigs" / request.param)


def test_character_at_rest_stands_on_the_floor_and_faces_the_camera(character):
    rest = character.body.rest
    assert character.vertices[:, 2].min() == pytest.approx(0.0, abs=1e-6)
    assert rest[INDEX["Head"], 2] > rest[INDEX["Hips"], 2] > rest[INDEX["LeftLeg"], 2] > 0.2
    assert rest[INDEX["LeftHand"], 0] > 0.3
    assert rest[INDEX["LeftToeBase"], 1] < rest[INDEX["LeftFoot"], 1]


def test_character_skin_is_weighted_to_near_joints(character):
    assert np.allclose(character.weights.sum(axis=1), 1.0, atol=1e-3)
    assert character.triangles.max() < len(character.vertices)
    near = character.vertices[:, None] - character.body.rest[character.weight_joints]
    strongest = character.weights.argmax(axis=1)
    assert np.median(np.linalg.norm(near[np.arange(len(strongest)), strongest], axis=-1)) < 0.2


def test_character_posed_as_the_body_has_limbs_pointing_alike(character):
    poses = draw(np.random.default_rng(0), 40, captured=rot.identity(1, 52), mixture=(1, 0, 1)).rotations
    own = characters.fitted(poses, characters.fit(character))
    ours = neutral_body().landmark_positions(poses, np.zeros(3))[:, metrics.POINTS]
    theirs = character.body.landmark_positions(own, np.zeros(3))[:, metrics.POINTS]
    off = metrics.directions(theirs, ours)
    assert off[:, [1, 3, 5, 7]].max() < 1.0  # forearms and shanks
    assert off[:, [0, 2, 4, 6]].mean() < 8.0


def test_file_that_is_no_character_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "a.glb").write_bytes(b"no such thing at all")
    with pytest.raises(CharacterUnreadable, match=r"\.glb"):
        characters.read(tmp_path / "a.glb")
    content = json.dumps({"nodes": [{"name": "bone"}], "skins": [{"joints": [0]}]}).encode()
    header = b"glTF" + struct.pack("<II", 2, 0) + struct.pack("<I", len(content)) + b"JSON"
    (tmp_path / "b.glb").write_bytes(header + content)
    with pytest.raises(CharacterUnreadable, match="lacks bones"):
        characters.read(tmp_path / "b.glb")
