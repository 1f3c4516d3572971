# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips and pairs as studios take them, of a character of another maker."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.training.pairs import clips, pairs
from mimic.models.training.pairs.clips import FRAMES, ClipGenerator, Clips, ClipSettings
from mimic.models.training.pairs.pairs import PairGenerator, PairSettings, PersonPool
from mimic.models.training.pictures import characters
from mimic.models.training.poses.motion_capture import Motion

STILL = Motion(rot.identity(60, 52), np.zeros((60, 3)), np.array([0, 60]), np.array([30.0]), ("bvh_still",))


@pytest.fixture(scope="module")
def pool(shared_data, networks):
    pytest.importorskip("moderngl", reason="needs moderngl, which is not installed here")
    someone = characters.read(shared_data / "rigs" / "makehuman_mixamo_CC0" / "mh_mixamo_heavy.glb")
    return PersonPool((someone, someone), (1,), (characters.fit(someone),) * 2)


def made(generator, settings, pool, **options):
    try:
        return generator(pool, settings).shard(3, **options)
    except Exception as fault:
        if "egl" not in str(fault).lower():
            raise
        pytest.skip(f"needs OpenGL over EGL: {fault}")


@pytest.mark.networks
def test_clips_taken_are_of_one_person_with_steady_frame_times(pool):
    settings = ClipSettings(STILL, np.array([0]), ordinary=0.5, hands=1.0)
    taken = made(ClipGenerator, settings, pool, count=2)
    assert len(taken) in (FRAMES, 2 * FRAMES)
    assert set(taken.clip) <= {3 * clips.PER_SHARD, 3 * clips.PER_SHARD + 1}
    frame = 1.0 / np.array(clips.RATES)
    steps = np.diff(taken.time.reshape(-1, FRAMES), axis=1)
    assert np.abs(steps[..., None] - frame).min(axis=-1).max() < 1e-5
    assert (taken.pairs.person == 1).all()
    seen = np.isfinite(taken.pairs.visibility).all(axis=1)
    assert seen.mean() > 0.6
    true = taken.pairs.root[seen]
    width, _, focal = taken.pairs.camera[seen].T
    hips = taken.pairs.image[seen][:, 23:25, 0].mean(axis=1)
    expected = 0.5 * width + focal * true[:, 0] / true[:, 1]
    assert np.median(np.abs(hips - expected) * true[:, 1] / focal) < 0.12
    smoothed = taken.smoothed()
    assert np.abs(smoothed.image - taken.pairs.image)[seen].max() > 0.0
    assert np.array_equal(smoothed.rotations, taken.pairs.rotations)


@pytest.mark.networks
def test_pairs_taken_with_hands_have_the_hands_at_the_wrists(pool):
    settings = PairSettings(rot.identity(1, 52), mixture=(1.0, 0.0, 0.0), hands=1.0)
    seen = made(PairGenerator, settings, pool, count=16)
    found = np.isfinite(seen.hands_presence)
    assert found.any(axis=0).all()
    assert np.array_equal(np.isfinite(seen.hands_image).all(axis=(2, 3)), found)
    for side in (0, 1):
        with_hand = found[:, side]
        wrist = seen.hands_image[with_hand, side, 0, :2] - seen.image[with_hand, 15 + side, :2]
        size = np.linalg.norm(np.ptp(seen.image[with_hand, :, :2], axis=1), axis=1)
        assert np.median(np.linalg.norm(wrist, axis=1) / size) < 0.05
        assert np.allclose(seen.hands_world[with_hand, side, 0], seen.world[with_hand, 15 + side], atol=1e-5)
    nobody_looks = made(PairGenerator, replace(settings, hands=0.0), pool, count=4)
    assert np.isnan(nobody_looks.hands_presence).all()


def test_clips_written_and_read_are_the_same(tmp_path, perfect_pairs):
    count = len(perfect_pairs)

    class ShardGenerator:
        def shard(self, number):
            return Clips(
                pairs=perfect_pairs,
                clip=np.full(count, number, np.int32),
                time=np.arange(count, dtype=np.float32),
                smoothed_image=perfect_pairs.image + 1.0,
                smoothed_world=perfect_pairs.world + 1.0,
                smoothed_visibility=perfect_pairs.visibility * 0.5,
            )

    list(pairs.write_shards(tmp_path, ShardGenerator(), [4, 9]))
    read = clips.read(tmp_path)
    assert len(read) == 2 * count
    assert list(np.unique(read.clip)) == [4, 9]
    assert read.clip.dtype == np.int32
    assert np.allclose(read.pairs.root[count:], perfect_pairs.root)
    assert np.allclose(read.smoothed().image[:count], perfect_pairs.image + 1.0)
    assert np.allclose(read.smoothed().visibility, 0.5)
