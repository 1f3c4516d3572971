# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchanged sides over a whole take: undone where they are exchanged, and left alone where they are in order."""

from dataclasses import replace
from time import perf_counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mimic.pipeline.landmarks.data import Landmarks, LandmarkTrack, PoseLandmarks
from mimic.pipeline.solve.sides.doubts import FEW, SHARE, second_looks
from mimic.pipeline.solve.sides.exchange import Exchange, exchanged_track
from mimic.pipeline.solve.sides.take import mended, unmended

POINTS = {
    Exchange.WHOLE: range(33),
    Exchange.ARMS: range(13, 23),
    Exchange.LEGS: range(25, 33),
    Exchange.UPPER: range(25),
}
WAYS = [0.0, 40.0, 150.0, 180.0, 210.0]


def mistaken(actor, truth: list[Landmarks], exchange: Exchange, frames: range | list[int]) -> list[Landmarks]:
    """Frames as a network finds them that exchanges sides in some."""
    return [
        actor.mistaken(frame, POINTS[exchange]) if frame.index in frames else frame
        for frame in truth
    ]  # fmt: skip


def where(exchanges: NDArray[np.int64], exchange: Exchange) -> list[int]:
    """The frames with an exchange; all others must have none."""
    assert set(np.unique(exchanges)) <= {int(Exchange.NONE), int(exchange)}
    return list(np.flatnonzero(exchanges == exchange))


@pytest.mark.parametrize("yaw", WAYS)
@pytest.mark.parametrize("exchange", list(POINTS))
@pytest.mark.parametrize("frames", [range(30, 31), range(30, 33), range(25, 40), [20, 22, 23, 27, 30, 31]])
def test_mended_take_with_exchanged_frames_has_them_in_order(actor, yaw, exchange, frames) -> None:
    truth = actor.frames([yaw] * 60, swing=0.3, noise=0.005)
    found = mended(LandmarkTrack.of(mistaken(actor, truth, exchange, frames)))
    assert where(found.exchanges, exchange) == list(frames)
    np.testing.assert_allclose(found.track.pose_image[:, :, :2], LandmarkTrack.of(truth).pose_image[:, :, :2])


@settings(max_examples=30)
@given(
    yaw=st.floats(-180.0, 180.0),
    speed=st.floats(-12.0, 12.0),
    swing=st.floats(0.0, 0.6),
    face=st.booleans(),
    hands=st.booleans(),
    fps=st.sampled_from([15.0, 25.0, 30.0, 60.0]),
)
def test_mended_take_of_sides_in_order_is_the_take(  # noqa: PLR0917
    actor, yaw, speed, swing, face, hands, fps
) -> None:
    """Somebody who turns at up to 360 degrees a second at 30 frames a second, and walks, is left as found."""
    turning = yaw + speed * 30.0 / fps * np.arange(50)
    track = LandmarkTrack.of(actor.frames(turning, swing=swing, noise=0.005, face=face, hands=hands, fps=fps))
    found = mended(track)
    assert not found.exchanges.any()
    np.testing.assert_array_equal(found.track.pose_world, track.pose_world)


@settings(max_examples=30)
@given(
    exchange=st.sampled_from(list(POINTS)),
    yaw=st.sampled_from(WAYS),
    start=st.integers(1, 40),
    length=st.integers(1, 30),
    seed=st.integers(0, 1000),
)
def test_mended_take_with_exchanges_at_random_equals_the_take_without(  # noqa: PLR0917
    actor, exchange, yaw, start, length, seed
) -> None:
    track = LandmarkTrack.of(actor.frames([yaw] * 80, swing=0.3, noise=0.005, face=True, hands=True))
    exchanges = np.zeros(80, np.int64)
    exchanges[start : start + length] = np.random.default_rng(seed).choice([0, exchange], length, p=[0.3, 0.7])
    found = mended(exchanged_track(track, exchanges))
    np.testing.assert_array_equal(found.exchanges, exchanges)
    np.testing.assert_allclose(found.track.pose_image[:, :, :2], track.pose_image[:, :, :2])
    np.testing.assert_allclose(found.track.right_handed, track.right_handed)


@pytest.mark.parametrize("seen_by", ["face", "hands"])
def test_mended_take_exchanged_from_the_first_frame_is_put_in_order(actor, seen_by) -> None:
    truth = actor.frames([10.0] * 60, noise=0.005, face=seen_by == "face", hands=seen_by == "hands")
    found = mended(LandmarkTrack.of(mistaken(actor, truth, Exchange.WHOLE, range(60))))
    assert where(found.exchanges, Exchange.WHOLE) == list(range(60))


def test_mended_take_of_somebody_who_enters_from_behind_exchanged_is_in_order(actor) -> None:
    yaw = np.concatenate([np.full(40, 180.0), np.linspace(180.0, 0.0, 20), np.zeros(40)])
    truth = actor.frames(yaw, noise=0.005, face=True)
    found = mended(LandmarkTrack.of(mistaken(actor, truth, Exchange.WHOLE, range(45))))
    assert where(found.exchanges, Exchange.WHOLE) == list(range(45))


def test_mended_take_with_a_hand_misnamed_for_long_leaves_it(actor) -> None:
    frames = actor.frames([0.0] * 90, noise=0.005, hands=True)
    wrong = [replace(frame, left_hand=replace(frame.left_hand, right_handed=0.9)) for frame in frames]
    assert not mended(LandmarkTrack.of(wrong)).exchanges.any()


def test_mended_take_with_only_one_hand_and_that_misnamed_leaves_it(actor) -> None:
    """A network may call the one hand it sees one of the other side for the whole take."""
    frames = actor.frames([180.0] * 90, noise=0.005, hands=True)
    wrong = [replace(frame, right_hand=None, left_hand=replace(frame.left_hand, right_handed=0.9)) for frame in frames]
    assert not mended(LandmarkTrack.of(wrong)).exchanges.any()


def test_mended_take_with_both_hands_at_one_wrist_learns_nothing_from_them(actor) -> None:
    frames = actor.frames([0.0] * 60, hands=True)
    wrong = [replace(frame, left_hand=frame.right_hand, right_hand=frame.right_hand) for frame in frames]
    assert not mended(LandmarkTrack.of(wrong)).exchanges.any()


def test_mended_take_without_people_or_frames_is_as_it_was() -> None:
    nobody = LandmarkTrack.of([Landmarks(i / 30.0, i, (640, 480)) for i in range(5)])
    found = mended(nobody)
    assert not found.exchanges.any()
    assert not found.doubtful.any()
    assert not len(second_looks(nobody))
    assert len(mended(LandmarkTrack.of([])).exchanges) == 0


def test_mended_take_with_gaps_and_a_repeated_time_is_finite(actor) -> None:
    frames = actor.frames([0.0] * 30, noise=0.005)
    frames[10] = Landmarks(frames[10].time, 10, frames[10].size)
    frames[20] = replace(frames[20], time=frames[19].time)
    assert not mended(LandmarkTrack.of(frames)).exchanges.any()


def test_unmended_take_is_as_found(actor) -> None:
    track = LandmarkTrack.of(mistaken(actor, actor.frames([0.0] * 20), Exchange.WHOLE, range(5, 8)))
    found = unmended(track)
    assert found.track is track
    assert not found.exchanges.any()


def test_second_looks_are_few_and_where_sides_change(actor) -> None:
    truth = actor.frames([0.0] * 200, swing=0.3, noise=0.005)
    looks = second_looks(LandmarkTrack.of(mistaken(actor, truth, Exchange.WHOLE, range(100, 110))))
    assert 0 < len(looks) <= max(SHARE * 200, FEW)
    assert all(90 < frame < 120 for frame in looks)
    assert not len(second_looks(LandmarkTrack.of(truth)))


def test_frames_beside_an_exchange_are_doubtful(actor) -> None:
    truth = actor.frames([85.0] * 60, swing=0.3, noise=0.005)
    found = mended(LandmarkTrack.of(mistaken(actor, truth, Exchange.WHOLE, range(20, 40))))
    assert found.doubtful.any()


def test_rechecks_settle_which_of_two_halves_is_exchanged(actor) -> None:
    truth = actor.frames([0.0] * 60, noise=0.005)
    wrong = mistaken(actor, truth, Exchange.WHOLE, range(30))
    rechecks = {i: pose_of(truth[i]) for i in (5, 15, 25, 35)}
    found = mended(LandmarkTrack.of(wrong), rechecks)
    assert where(found.exchanges, Exchange.WHOLE) == list(range(30))


def test_rechecks_that_are_exchanged_for_a_moment_do_not_turn_a_body_round(actor) -> None:
    truth = actor.frames([0.0] * 60, noise=0.005, face=True)
    rechecks = {i: pose_of(actor.mistaken(truth[i])) for i in (20, 21, 22)}
    assert not mended(LandmarkTrack.of(truth), rechecks).exchanges.any()


def test_minute_of_frames_is_mended_within_a_second(actor) -> None:
    track = LandmarkTrack.of(actor.frames(np.linspace(0.0, 3600.0, 1800), swing=0.3, noise=0.005))
    began = perf_counter()
    mended(track)
    assert perf_counter() - began < 1.0


def pose_of(frame: Landmarks) -> PoseLandmarks:
    assert frame.pose is not None
    return frame.pose
