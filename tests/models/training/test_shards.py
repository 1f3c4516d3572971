# SPDX-License-Identifier: GPL-3.0-or-later
"""Shards of pairs: made once, read whole."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.training.datasets import DatasetSettings, SourceData, dataset_specs, held_out_people, make_datasets
from mimic.models.training.errors import MotionMissing
from mimic.models.training.pairs import pairs
from mimic.models.training.poses import motion_capture


class CountingGenerator:
    """Makes the same pairs every time, and counts how often."""

    def __init__(self, made):
        self.made, self.asked = made, []

    def shard(self, number):
        self.asked.append(number)
        return self.made


def test_shards_that_exist_are_not_made_again(tmp_path, perfect_pairs):
    generator = CountingGenerator(perfect_pairs)
    first = pairs.write_shards(tmp_path, generator, range(3))
    next(first)
    first.close()
    assert [path.stem for path, _ in pairs.write_shards(tmp_path, generator, range(3))] == [
        "shard_00001",
        "shard_00002",
    ]
    assert generator.asked == [0, 1, 2]
    assert not list(pairs.write_shards(tmp_path, generator, range(3)))
    assert not list(tmp_path.glob("*.part"))


def test_shards_are_read_in_order(tmp_path, perfect_pairs):
    list(pairs.write_shards(tmp_path, CountingGenerator(perfect_pairs), [7, 2]))
    read = pairs.read(tmp_path)
    assert len(read) == 2 * len(perfect_pairs)
    assert np.allclose(read.world[: len(perfect_pairs)], perfect_pairs.world)
    assert read.person.dtype == np.int16


def test_shard_left_unfinished_is_not_read(tmp_path, perfect_pairs):
    list(pairs.write_shards(tmp_path, CountingGenerator(perfect_pairs), [0]))
    (tmp_path / "shard_00001.part").write_bytes(b"half")
    assert len(pairs.read(tmp_path)) == len(perfect_pairs)


def test_shards_without_hand_columns_are_read_with_missing_hands(tmp_path, perfect_pairs):
    list(pairs.write_shards(tmp_path, CountingGenerator(perfect_pairs), [0, 1]))
    path = tmp_path / "shard_00000.npz"
    with np.load(path) as data:
        np.savez(path, **{name: data[name] for name in data if not name.startswith("hands_")})
    seen = replace(perfect_pairs, hands_presence=np.ones_like(perfect_pairs.hands_presence))
    list(pairs.write_shards(tmp_path, CountingGenerator(seen), [2]))
    read = pairs.read(tmp_path)
    count = len(perfect_pairs)
    assert read.hands_image.shape == (3 * count, 2, 21, 3)
    assert np.isnan(read.hands_presence[: 2 * count]).all()
    assert (read.hands_presence[2 * count :] == 1.0).all()


@pytest.mark.parametrize("count", [2, 3, 13, 26, 27, 40])
def test_held_out_people_are_some_and_stay_the_same_for_larger_counts(count):
    kept = held_out_people(count)
    assert 0 < len(kept) < count
    assert max(kept) < count
    assert held_out_people(26) == held_out_people(40)


def test_making_datasets_without_motion_capture_is_refused_with_a_sentence(tmp_path):
    with pytest.raises(MotionMissing, match="no motion capture"):
        next(make_datasets(tmp_path / "datasets", SourceData(tmp_path), DatasetSettings()))
    assert not (tmp_path / "datasets" / "bank.npz").exists()


def test_pose_bank_holds_the_solved_motion_capture(tmp_path, shared_data):
    source = tmp_path / "mocap" / "mesh2motion_CC0"
    source.mkdir(parents=True)
    (source / "bow.npz").symlink_to(shared_data / "mocap" / "mesh2motion_CC0" / "bow.npz")
    motion_capture.make_bank(tmp_path / "mocap", tmp_path / "bank.npz")
    bank = motion_capture.read_bank(tmp_path / "bank.npz")
    assert bank.names == ("bow",)
    assert np.allclose(np.linalg.norm(bank.rotations, axis=-1), 1.0, atol=1e-5)
    assert len(bank.split(held_out=False)) == len(bank.rotations) > 10


def test_dataset_specs_put_test_data_first_and_clips_only_on_request(tmp_path):
    settings, sources = DatasetSettings(), SourceData(tmp_path, tmp_path)
    made = [spec.folder.name for spec in dataset_specs(tmp_path, settings, sources)]
    assert set(made[:5]) == {"held_captured", "held_mixed", "characters", "clips_held", "clips_characters"}
    assert made[5:] == ["clips", "pairs"]
    without = [
        spec.folder.name for spec in dataset_specs(tmp_path, replace(settings, clip_shards=0), SourceData(tmp_path))
    ]
    assert without == ["held_captured", "held_mixed", "pairs"]
