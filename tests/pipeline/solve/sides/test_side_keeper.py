# SPDX-License-Identifier: GPL-3.0-or-later
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimic.pipeline.landmarks.data import Landmarks, LandmarkTrack
from mimic.pipeline.solve.sides.evidence import crossing_evidence, hand_evidence
from mimic.pipeline.solve.sides.exchange import Exchange
from mimic.pipeline.solve.sides.facing import seen_face_evidence
from mimic.pipeline.solve.sides.geometry import EXCHANGED, GROUPS, shoulder_axes
from mimic.pipeline.solve.sides.glance import Glance
from mimic.pipeline.solve.sides.live import SideKeeper

WHOLE = range(33)
ARM_POINTS = range(13, 23)
LEG_POINTS = range(25, 33)


def wrong(found: list[Landmarks], truth: list[Landmarks]) -> list[int]:
    """Frames in which some landmark of the trunk or a limb is nearer to its twin's true place than to its own."""
    left = [point for group in GROUPS for point in group]
    result = []
    for i, (one, other) in enumerate(zip(found, truth, strict=True)):
        assert one.pose is not None
        assert other.pose is not None
        seen, true = one.pose.image[:, :2], other.pose.image[:, :2]
        own = np.linalg.norm(seen[left] - true[left], axis=1)
        twin = np.linalg.norm(seen[left] - true[np.array(left) + 1], axis=1)
        if (own > twin + 10.0).any():
            result.append(i)
    return result


def kept(frames: list[Landmarks]) -> tuple[list[Landmarks], list[Exchange]]:
    keeper, exchanges, result = SideKeeper(), [], []
    for frame in frames:
        result.append(keeper.frame(frame))
        exchanges.append(keeper.exchange)
    return result, exchanges


@pytest.mark.parametrize("yaw", [0.0, 30.0, 150.0, 180.0])
def test_side_keeper_of_a_flickering_network_undoes_each_exchange_in_its_frame(actor, yaw) -> None:
    truth = actor.frames([yaw] * 40, swing=0.2, noise=0.002)
    flicker = [15, 16, 17, 20, 30, 31]
    frames = [actor.mistaken(frame) if i in flicker else frame for i, frame in enumerate(truth)]
    result, exchanges = kept(frames)
    assert [i for i, each in enumerate(exchanges) if each] == flicker
    assert {exchanges[i] for i in flicker} == {Exchange.WHOLE}
    assert not wrong(result, truth)


@pytest.mark.parametrize("yaw", [0.0, 30.0, 150.0, 180.0])
@pytest.mark.parametrize("points", [ARM_POINTS, LEG_POINTS])
def test_side_keeper_of_limbs_that_flicker_makes_no_frame_wrong(actor, yaw, points) -> None:
    """Without delay, limbs that are exchanged for a moment are undone only where that is clear."""
    truth = actor.frames([yaw] * 40, swing=0.2, noise=0.002)
    flicker = [15, 16, 17, 20, 30, 31]
    frames = [actor.mistaken(frame, points) if i in flicker else frame for i, frame in enumerate(truth)]
    result, exchanges = kept(frames)
    assert set(wrong(result, truth)) <= set(flicker)
    assert {int(each) for i, each in enumerate(exchanges) if i not in flicker} == {0}


def test_side_keeper_of_a_body_exchanged_for_a_second_keeps_it_in_order(actor) -> None:
    truth = actor.frames([180.0] * 70, swing=0.4, noise=0.004)
    frames = [actor.mistaken(frame) if 20 <= i < 45 else frame for i, frame in enumerate(truth)]
    result, _ = kept(frames)
    assert not wrong(result, truth)


@pytest.mark.parametrize("speed", [90.0, 360.0, 720.0])
def test_side_keeper_of_somebody_who_turns_changes_nothing(actor, speed) -> None:
    truth = actor.frames(np.arange(0.0, 720.0, speed / 30.0), swing=0.3, noise=0.004)
    result, exchanges = kept(truth)
    assert not any(exchanges)
    assert all(one is other for one, other in zip(result, truth, strict=True))


def test_side_keeper_of_somebody_walking_by_changes_nothing(actor) -> None:
    """Legs pass each other in the picture."""
    _, exchanges = kept(actor.frames([90.0] * 90, swing=0.6, noise=0.004))
    assert not any(exchanges)


@pytest.mark.parametrize("seen_by", ["face", "hands"])
def test_side_keeper_of_somebody_exchanged_from_the_start_recovers_within_a_second(actor, seen_by) -> None:
    truth = actor.frames([10.0] * 60, swing=0.2, noise=0.004, **{seen_by: True})
    result, _ = kept([actor.mistaken(frame) for frame in truth])
    assert max(wrong(result, truth)) < 30


def test_side_keeper_of_somebody_who_enters_from_behind_exchanged_recovers_after_turning_round(actor) -> None:
    yaw = np.concatenate([np.full(30, 180.0), np.linspace(180.0, 0.0, 30), np.zeros(60)])
    truth = actor.frames(yaw, swing=0.2, noise=0.004, face=True)
    result, exchanges = kept([actor.mistaken(frame) for frame in truth])
    assert max(wrong(result, truth)) < 75
    assert np.count_nonzero(np.diff(exchanges)) <= 2


def test_side_keeper_of_a_hand_misnamed_for_long_leaves_the_body(actor) -> None:
    truth = actor.frames([180.0] * 150, swing=0.2, noise=0.004, hands=True)
    frames = [replace(frame, right_hand=None, left_hand=replace(frame.left_hand, right_handed=0.9)) for frame in truth]
    _, exchanges = kept(frames)
    assert not any(exchanges)


def test_side_keeper_after_a_long_absence_begins_anew(actor) -> None:
    frames = actor.frames([0.0] * 40, noise=0.004)
    keeper = SideKeeper()
    for i, frame in enumerate(frames):
        keeper.frame(actor.mistaken(frame) if i >= 20 else frame)
    assert keeper.exchange is Exchange.WHOLE
    later = replace(actor.mistaken(frames[0]), time=frames[-1].time + 5.0)
    assert keeper.frame(later) is later
    assert keeper.exchange is Exchange.NONE


def test_side_keeper_of_somebody_else_elsewhere_begins_anew(actor) -> None:
    keeper = SideKeeper()
    for i, frame in enumerate(actor.frames([0.0] * 40, noise=0.004)):
        keeper.frame(actor.mistaken(frame) if i >= 20 else frame)
    (other,) = actor.frames([0.0], place=1.5)
    assert other.pose is not None
    assert not other.pose.tracked
    other = replace(actor.mistaken(other), time=40.0 / 30.0)
    assert keeper.frame(other) is other


def test_side_keeper_of_somebody_of_another_number_begins_anew(actor) -> None:
    frames = actor.frames([0.0] * 40, noise=0.004)
    keeper = SideKeeper()
    for i, frame in enumerate(frames[:-1]):
        keeper.frame(actor.mistaken(frame) if i >= 20 else frame)
    other = replace(actor.mistaken(frames[-1]), person=1)
    assert keeper.frame(other) is other


def test_side_keeper_of_a_frame_that_comes_twice_keeps_its_exchange(actor) -> None:
    frames = actor.frames([0.0] * 30, noise=0.004)
    keeper = SideKeeper()
    for i, frame in enumerate(frames):
        keeper.frame(actor.mistaken(frame) if i >= 20 else frame)
    keeper.frame(actor.mistaken(frames[-1]))
    assert keeper.exchange is Exchange.WHOLE


def test_side_keeper_of_frames_without_a_person_returns_them(actor) -> None:
    keeper = SideKeeper()
    nobody = Landmarks(0.0, 0, (1280, 720))
    assert keeper.frame(nobody) is nobody
    (frame,) = actor.frames([0.0])
    assert keeper.frame(frame) is frame


@given(
    flips=st.lists(st.booleans(), min_size=40, max_size=40),
    yaw=st.sampled_from([0.0, 30.0, 150.0, 180.0, 210.0]),
    fps=st.sampled_from([15.0, 24.0, 30.0, 60.0]),
)
def test_side_keeper_of_any_flicker_adds_no_jump_of_the_body(actor, flips: list[bool], yaw: float, fps: float) -> None:
    """Whatever the network calls the sides from frame to frame, they change no more often than that, or twice."""
    truth = actor.frames([yaw] * 50, swing=0.2, noise=0.004, fps=fps)
    frames = truth[:10] + [
        actor.mistaken(frame) if flip else frame for frame, flip in zip(truth[10:], flips, strict=True)
    ]
    result, _ = kept(frames)
    mistaken = wrong(result, truth)
    jumps = np.flatnonzero(np.diff([i in mistaken for i in range(50)]))
    assert len(jumps) <= max(2, np.count_nonzero(np.diff(flips)))


@given(yaw=st.floats(-180.0, 180.0), belief=st.floats(0.0, 1.0), face=st.booleans(), hands=st.booleans())
def test_evidence_of_one_frame_equals_that_of_takes(actor, yaw: float, belief: float, face: bool, hands: bool) -> None:
    hands = hands and abs(np.cos(np.radians(yaw))) > 0.5  # Where wrists are apart, so that both hands count.
    (frame,) = actor.frames([yaw], face=face, hands=hands, noise=0.01)
    if hands:
        frame = replace(frame, left_hand=replace(frame.left_hand, right_handed=belief))
    assert frame.pose is not None
    points = frame.pose.image[:, :2]
    left = [point for group in GROUPS for point in group]
    between = (points[left] - points[np.array(left) + 1]) / 420.0
    costs = Glance().costs(frame, between, 1.0)
    track = LandmarkTrack.of([frame])
    (torso,) = seen_face_evidence(track, shoulder_axes(track.pose_world))
    (arms,) = hand_evidence(track)
    crossed = (EXCHANGED[:, 1:] != EXCHANGED[:, :1]) @ crossing_evidence(track)[0]
    expected = EXCHANGED @ [torso, arms, 0.0] + crossed
    np.testing.assert_allclose(costs, -expected, atol=1e-6)
