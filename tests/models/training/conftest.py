# SPDX-License-Identifier: GPL-3.0-or-later
"""Synthetic pairs with known results, so that these tests need no pictures."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.model import neutral_body
from mimic.models.training.pairs.clips import Clips
from mimic.models.training.pairs.landmark_offsets import with_offsets
from mimic.models.training.pairs.pairs import Pairs
from mimic.models.training.pictures.people import Person, write
from mimic.models.training.pictures.views import Camera
from mimic.models.training.poses.poses import draw
from mimic.pipeline.solve import axes


@pytest.fixture(scope="session")
def person() -> Person:
    """The neutral body, without a skin."""
    none = np.zeros((0, 3))
    return Person(
        body=neutral_body(),
        vertices=none.astype(np.float32),
        triangles=none.astype(np.int32),
        materials=np.zeros(0, np.uint8),
        weight_joints=np.zeros((0, 4), np.uint8),
        weights=np.zeros((0, 4), np.float32),
        phenotype=np.full(6, 0.5),
    )


@pytest.fixture(scope="session")
def perfect_pairs() -> Pairs:
    """Pairs of a network that finds the body's landmarks without error."""
    rng = np.random.default_rng(5)
    count, body, camera = 96, neutral_body(), Camera(640, 480, 500.0)
    rotations = draw(rng, count, captured=rot.identity(1, 52), mixture=(1.0, 0.0, 1.0)).rotations
    yaw = rot.from_axis_angle(np.array([0.0, 0.0, 1.0]), rng.uniform(-np.pi, np.pi, count))
    rotations[:, 0] = rot.multiply(yaw, rotations[:, 0])
    root = np.stack([rng.uniform(-1, 1, count), rng.uniform(2.5, 5, count), rng.uniform(-0.5, 0.5, count)], axis=1)
    points = with_offsets(body, np.zeros((33, 3))).landmark_positions(rotations, root)[:, :33]
    hips = points[:, 23:25].mean(axis=1, keepdims=True)
    ray = rot.between(root, np.array([0.0, 1.0, 0.0]))
    depth = (points[..., 1:2] - hips[..., 1:2]) * camera.focal / hips[..., 1:2]
    return Pairs(
        image=np.concatenate([camera.project(points), depth], axis=-1),
        world=axes.from_blender(rot.rotate(ray[:, None], points - hips)),
        visibility=np.ones((count, 33)),
        presence=np.ones((count, 33)),
        region=np.zeros((count, 5)),
        camera=np.tile([640.0, 480.0, 500.0], (count, 1)),
        rotations=rotations,
        root=root,
        person=np.zeros(count, np.int16),
        kind=np.zeros(count, np.int8),
        hands_image=np.full((count, 2, 21, 3), np.nan),
        hands_world=np.full((count, 2, 21, 3), np.nan),
        hands_presence=np.full((count, 2), np.nan),
    )


@pytest.fixture
def datasets(tmp_path, person, perfect_pairs):
    """A folder as `mimic train` makes it: two people, eight of the pairs, two clips of them, no characters."""
    few = type(perfect_pairs)(**{name: values[:8] for name, values in perfect_pairs.columns().items()})
    clips = Clips(
        pairs=few,
        clip=np.repeat([0, 1], 4).astype(np.int32),
        time=np.tile(np.arange(4) / 25.0, 2).astype(np.float32),
        smoothed_image=few.image,
        smoothed_world=few.world,
        smoothed_visibility=few.visibility,
    )
    (tmp_path / "people").mkdir()
    for number in range(2):
        write(person, tmp_path / "people" / f"person_{number:03d}.npz")
    shards = {"pairs": few, "held_captured": few, "held_mixed": few, "clips": clips, "clips_held": clips}
    for folder, content in shards.items():
        (tmp_path / folder).mkdir()
        np.savez(tmp_path / folder / "shard_00000.npz", **content.columns())
    np.save(tmp_path / "offsets.npy", np.zeros((33, 3)))
    return tmp_path
