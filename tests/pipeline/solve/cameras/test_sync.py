# SPDX-License-Identifier: GPL-3.0-or-later
"""When cameras filmed, from the motion in them alone: to a fraction of a frame, or refused with a sentence."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS, mirrored
from mimic.pipeline.errors import CamerasApart
from mimic.pipeline.solve.cameras.timing.contradiction import contradiction
from mimic.pipeline.solve.cameras.timing.synchronise import synchronise, synchronise_people
from mimic.pipeline.takes.geometry import Clock

from .acted import filmed


@pytest.mark.parametrize("late", [-3.21, 0.0, 0.0137, 6.503])
@pytest.mark.parametrize("fps", [24.0, 60.0])
def test_cameras_of_different_rates_are_synchronised_within_a_frame(late, fps):
    front, side = filmed(10.0, 15.0), filmed(10.0 + late, 12.0, fps=fps, heading=70.0, shoot=2)
    first, second = synchronise([front, side])
    assert first == Clock()
    assert second.rate == 1.0
    assert second.offset == pytest.approx(late, abs=0.012)


def test_camera_that_began_a_minute_earlier_is_synchronised():
    front, side = filmed(70.0, 20.0), filmed(10.0, 90.0, shoot=2)
    assert synchronise([front, side])[1].offset == pytest.approx(-60.0, abs=0.012)


def test_cameras_whose_clocks_do_not_begin_at_zero_are_synchronised_by_their_own_times():
    front, side = filmed(0.0, 15.0), filmed(2.0, 12.0, shoot=2)
    front, side = replace(front, time=front.time + 100.0), replace(side, time=side.time + 7.0)
    assert synchronise([front, side])[1].offset == pytest.approx(95.0, abs=0.012)


def test_camera_of_a_variable_frame_rate_is_synchronised():
    front, side = filmed(0.0, 15.0), filmed(2.0, 12.0, fps=60.0, shoot=2)
    kept = np.sort(np.random.default_rng(4).choice(len(side.time), len(side.time) // 3, replace=False))
    uneven = replace(
        side,
        time=side.time[kept],
        rotations=side.rotations[kept],
        root=side.root[kept],
        confidence=side.confidence[kept],
    )
    assert synchronise([front, uneven])[1].offset == pytest.approx(2.0, abs=0.015)


def test_moments_in_which_nobody_is_seen_do_not_count():
    front, side = filmed(0.0, 15.0), filmed(2.0, 12.0, shoot=2)
    gone = (side.time > 3.0) & (side.time < 6.0)
    side.rotations[gone] = rot.from_vector(np.random.default_rng(5).normal(size=(gone.sum(), 52, 3)))
    side.confidence[gone] = 0.0
    front.rotations[30:60] = np.nan
    assert synchronise([front, side])[1].offset == pytest.approx(2.0, abs=0.015)


@pytest.mark.parametrize("drift", [3e-4, -1e-3])
def test_clock_that_runs_apart_over_minutes_is_found_with_its_rate(drift):
    front, side = filmed(0.0, 180.0), filmed(4.0, 170.0, rate=1.0 + drift, shoot=2)
    clock = synchronise([front, side])[1]
    assert clock.rate == pytest.approx(1.0 + drift, abs=1e-4)
    for at in (5.0, 80.0, 165.0):
        assert clock.offset + clock.rate * at == pytest.approx(4.0 + (1.0 + drift) * at, abs=0.015)


def test_clocks_that_run_alike_over_minutes_are_left_so():
    assert synchronise([filmed(0.0, 120.0), filmed(4.0, 110.0, shoot=2)])[1].rate == 1.0


def test_camera_that_shares_nothing_with_the_first_is_synchronised_by_another_one():
    early, whole, late = filmed(0.0, 10.0), filmed(2.0, 25.0, shoot=2), filmed(16.0, 12.0, shoot=3)
    clocks = synchronise([early, whole, late])
    assert [each.offset for each in clocks] == pytest.approx([0.0, 2.0, 16.0], abs=0.02)


def test_people_of_whom_nobody_knows_who_is_who_are_synchronised_together():
    front = [filmed(0.0, 12.0, seed=1), filmed(0.0, 12.0, seed=2)]
    side = [filmed(1.5, 12.0, seed=seed, shoot=2) for seed in (3, 2, 1)]
    assert synchronise_people([front, side])[1].offset == pytest.approx(1.5, abs=0.012)


def test_given_seconds_of_a_clap_are_the_clocks():
    still = [filmed(0.0, 1.0, swing=0.0)] * 3
    clocks = synchronise(still, seconds=(2.0, 5.5, 0.5))
    assert clocks == (Clock(), Clock(-3.5), Clock(1.5))
    with pytest.raises(CamerasApart, match="2 seconds were given for 3 cameras"):
        synchronise(still, seconds=(2.0, 5.5))


@pytest.mark.parametrize(("late", "said"), [(2.0, "started 1.1 s later"), (0.9, ""), (-0.6, "started 1.5 s earlier")])
def test_seconds_that_the_motion_contradicts_are_doubted(late, said):
    motions = [[filmed(10.0, 15.0)], [filmed(10.0 + late, 12.0, shoot=2)]]
    sentence = contradiction(motions, synchronise_people(motions, seconds=[2.0, 1.1]))
    assert said in sentence
    assert bool(sentence) is bool(said)


def test_seconds_are_believed_where_the_motion_says_nothing():
    still = filmed(10.0, 15.0, swing=0.0, noise=0.5)
    assert not contradiction([[still], [still]], synchronise_people([[still], [still]], seconds=[2.0, 1.1]))


def test_camera_in_which_nobody_moves_is_refused_by_its_number():
    with pytest.raises(CamerasApart, match=r"nobody moves in camera 2.* Synchronise \(--sync\)"):
        synchronise([filmed(0.0, 10.0), filmed(0.0, 10.0, swing=0.0, noise=0.5)])


def test_cameras_that_share_too_little_are_refused():
    with pytest.raises(CamerasApart, match=r"less than 2 s.* Synchronise \(--sync\)"):
        synchronise([filmed(0.0, 10.0), filmed(0.0, 1.5, shoot=2)])


def test_cameras_of_different_performances_are_refused():
    for seed in range(1, 6):
        with pytest.raises(CamerasApart, match=r"does not match.* Synchronise \(--sync\)"):
            synchronise([filmed(0.0, 15.0), filmed(0.0, 12.0, seed=seed)])


def test_performance_that_repeats_itself_is_refused():
    with pytest.raises(CamerasApart, match=r"repeats itself.*clap or jump"):
        synchronise([filmed(0.0, 15.0, steps=2.0), filmed(1.0, 12.0, steps=2.0, shoot=2)])


def test_camera_that_shows_the_scene_in_a_mirror_is_refused():
    side = filmed(2.0, 12.0, shoot=2)
    twins = [INDEX[mirrored(name)] for name in JOINTS]
    flipped = replace(side, rotations=side.rotations[:, twins] * np.array([1.0, 1.0, -1.0, -1.0]))
    with pytest.raises(CamerasApart, match=r"in a mirror.*under Mirror Cameras"):
        synchronise([filmed(0.0, 15.0), flipped])
