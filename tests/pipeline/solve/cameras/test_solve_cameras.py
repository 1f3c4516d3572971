# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes of several cameras: from landmarks on disk to cameras, and to one motion."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX
from mimic.models.body.model import neutral_body
from mimic.pipeline.errors import CamerasUnclear, PersonMissing, TakeTooLong
from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.solve.cameras.finding import find_cameras
from mimic.pipeline.solve.cameras.solving import numbers_of, solve_cameras
from mimic.pipeline.solve.one_view import SolvedTake, solve_view
from mimic.pipeline.solve.sides.exchange import Exchange, exchanged
from mimic.pipeline.takes.file import store_cameras
from mimic.pipeline.takes.geometry import CameraGeometry, Clock
from mimic.pipeline.takes.take import CALIBRATION, Take

from . import staged
from .staged import Performer, camera_at, write_take

Array = NDArray[np.float64]

FIRST, SECOND = camera_at(0.0), camera_at(75.0, clock=Clock(offset=0.4))
TIME = np.arange(90) / 30.0
LIMBS = [INDEX[f"{side}{name}"] for side in ("Left", "Right") for name in ("Arm", "ForeArm", "UpLeg", "Leg")]


def off(solved: SolvedTake, performer: Performer) -> Array:
    """Degrees (n, 8) between the directions of limbs and the true ones."""
    body, motion = neutral_body(), solved.motion
    along = (body.ends - body.rest)[LIMBS]
    found, true = (
        rot.unit(rot.rotate(body.globals(rotations)[:, LIMBS], along))
        for rotations in (motion.rotations, performer.rotations(motion.time))
    )
    return np.asarray(np.degrees(np.arccos(np.clip((found * true).sum(axis=-1), -1.0, 1.0))))


@pytest.fixture
def performer() -> Performer:
    return Performer()


@pytest.fixture
def take(tmp_path: Path, performer: Performer) -> Path:
    """A take of two cameras whose geometry is known."""
    path = write_take(tmp_path / "two.take", [FIRST, SECOND], [TIME, TIME], [performer])
    store_cameras(path, [FIRST, SECOND])
    return path


def test_take_of_two_cameras_is_solved_better_than_by_one(take: Path, performer: Performer) -> None:
    with Take.open(take) as opened:
        alone, both = solve_view(opened), solve_cameras(opened)
    assert off(both, performer).mean() < min(0.6 * off(alone, performer).mean(), 6.0)


def test_cameras_of_a_stranger_that_filmed_months_apart_are_refused_before_they_fill_the_memory(take: Path) -> None:
    store_cameras(take, [FIRST, replace(SECOND, clock=Clock(offset=1e7))])
    with Take.open(take) as opened, pytest.raises(TakeTooLong, match="2778 hours apart"):
        solve_cameras(opened)


def test_take_of_two_cameras_is_solved_for_the_neutral_body_and_its_performer(take: Path, performer: Performer) -> None:
    with Take.open(take) as opened:
        solved = solve_cameras(opened)
    assert solved.performer is not None
    assert solved.performer.scale == pytest.approx(1.0, abs=0.06)
    motion = solved.motion
    assert solved.scale == solved.performer.scale
    assert np.linalg.norm(motion.root * solved.scale - performer.root(motion.time), axis=1).mean() < 0.06


def test_take_whose_cameras_overlap_in_part_is_solved_for_all_of_it(take: Path) -> None:
    with Take.open(take) as opened:
        solved = solve_cameras(opened)
    n = len(solved.motion.time)
    assert solved.motion.time[-1] == pytest.approx(TIME[-1] + 0.4)
    np.testing.assert_array_equal(solved.motion.time[: len(TIME)], TIME)
    assert (solved.exchanges.shape, solved.gaps.shape) == ((n,), (n,))
    assert solved.motion.expressions.shape[0] == n


def test_take_with_a_calibration_is_turned_by_it(take: Path, tmp_path: Path) -> None:
    turn = rot.from_axis_angle(np.array([1.0, 0.0, 0.0]), 0.3)
    with Take.open(take) as opened:
        plain = solve_cameras(opened)
        opened.info = replace(opened.info, settings={**opened.info.settings, CALIBRATION: turn.tolist()})
        turned = solve_cameras(opened)
        again = solve_cameras(opened, calibrated=False)
    np.testing.assert_allclose(turned.motion.root, rot.rotate(turn, plain.motion.root), atol=1e-9)
    np.testing.assert_allclose(again.motion.root, plain.motion.root, atol=1e-9)


def test_person_that_the_take_does_not_have_is_refused(take: Path) -> None:
    with Take.open(take) as opened, pytest.raises(PersonMissing, match="has no person 3"):
        solve_cameras(opened, 3)


def test_person_whom_one_camera_alone_sees_is_solved_as_in_a_take_of_one(take: Path) -> None:
    store_cameras(take, [FIRST, replace(SECOND, people=(-1,))])
    with Take.open(take) as opened:
        assert numbers_of(opened, 0) == (0, -1)
        solved, alone = solve_cameras(opened), solve_view(opened, field_of_view=FIRST.field_of_view)
    np.testing.assert_array_equal(solved.motion.time, TIME)
    np.testing.assert_allclose(rot.apart(solved.motion.rotations, alone.motion.rotations), 0.0, atol=1e-6)
    np.testing.assert_allclose(solved.motion.root, alone.motion.root, atol=1e-9)
    assert solved.performer is None


def test_cameras_are_found_from_somebody_who_moves(longer: Path) -> None:
    with Take.open(longer) as opened:
        found = find_cameras(opened, fields_of_view=[FIRST.field_of_view, SECOND.field_of_view])
    second = found.cameras[1]
    assert np.degrees(rot.apart(np.array(second.rotation), np.array(SECOND.rotation))) < 3.0
    assert second.clock.offset == pytest.approx(0.4, abs=0.01)
    assert [camera.people for camera in found.cameras] == [(0,), (0,)]


@pytest.fixture
def longer(tmp_path: Path, performer: Performer) -> Path:
    """A take of two cameras of which nothing is known, eight seconds long."""
    time = np.arange(240) / 30.0
    return write_take(tmp_path / "longer.take", [FIRST, SECOND], [time, time], [performer])


def other_take(tmp_path: Path, *cameras: CameraGeometry) -> Path:
    """Another take, in which cameras were found."""
    path = write_take(tmp_path / "other.take", [FIRST] * max(len(cameras), 2), [TIME[:2]] * max(len(cameras), 2))
    store_cameras(path, cameras)
    return path


def test_cameras_known_from_another_take_keep_their_place_and_get_their_clocks(longer: Path, tmp_path: Path) -> None:
    elsewhen = replace(SECOND, clock=Clock(offset=-7.0), size=(1920, 1080), focal=1.5 * SECOND.focal)
    other = other_take(tmp_path, FIRST, elsewhen)
    with Take.open(longer) as opened:
        found = find_cameras(opened, cameras_of=other, sync=(0.46, 0.0))
    second = found.cameras[1]
    assert (second.rotation, second.position, second.size) == (SECOND.rotation, SECOND.position, SECOND.size)
    assert second.focal == pytest.approx(SECOND.focal)
    assert second.clock.offset == pytest.approx(0.4, abs=0.008)
    assert second.people == (0,)
    assert found.quality.grade == "good"
    assert found.quality.cameras[1].angle == pytest.approx(75.0, abs=5.0)


def test_cameras_known_from_another_take_are_refused_if_one_was_moved(longer: Path, tmp_path: Path) -> None:
    moved = replace(SECOND, rotation=camera_at(75.0).rotation, position=(0.0, 0.0, 1.5))
    other = other_take(tmp_path, FIRST, moved)
    with Take.open(longer) as opened, pytest.raises(CamerasUnclear, match="no longer stands where it did"):
        find_cameras(opened, cameras_of=other, sync=(0.4, 0.0))


def test_cameras_known_from_a_take_of_more_are_refused(longer: Path, tmp_path: Path) -> None:
    other = other_take(tmp_path, FIRST, SECOND, SECOND)
    with (
        Take.open(longer) as opened,
        pytest.raises(CamerasUnclear, match="says of 3 cameras where they stood, and there are 2"),
    ):
        find_cameras(opened, cameras_of=other, sync=(0.4, 0.0))


def test_cameras_known_with_pictures_of_other_proportions_are_refused(longer: Path, tmp_path: Path) -> None:
    upright = replace(SECOND, size=(720, 1280))
    other = other_take(tmp_path, FIRST, upright)
    with Take.open(longer) as opened, pytest.raises(CamerasUnclear, match="Camera 2 has pictures of 1280 x 720"):
        find_cameras(opened, cameras_of=other, sync=(0.4, 0.0))


def test_cameras_of_a_take_in_which_none_were_found_are_refused(longer: Path, tmp_path: Path) -> None:
    other = other_take(tmp_path)
    with Take.open(longer) as opened, pytest.raises(CamerasUnclear, match="says of none where they stood"):
        find_cameras(opened, cameras_of=other)


def test_cameras_of_a_take_of_one_are_not_looked_for(tmp_path: Path, performer: Performer) -> None:
    path = write_take(tmp_path / "one.take", [FIRST], [TIME], [performer])
    with Take.open(path) as opened, pytest.raises(CamerasUnclear, match="recorded by one camera"):
        find_cameras(opened)


def test_cameras_that_see_people_too_briefly_are_refused(tmp_path: Path, performer: Performer) -> None:
    path = write_take(tmp_path / "brief.take", [FIRST, SECOND], [TIME, TIME[:20]], [performer])
    with (
        Take.open(path) as opened,
        pytest.raises(CamerasUnclear, match="Camera 2 sees everybody for less"),
    ):
        find_cameras(opened)


def test_cameras_as_given_have_the_first_ones_numbers(take: Path) -> None:
    cameras: list[CameraGeometry] = [FIRST, replace(SECOND, people=())]
    store_cameras(take, cameras)
    with Take.open(take) as opened:
        assert numbers_of(opened, 0) == (0, -1)


@pytest.mark.slow
def test_people_are_solved_as_themselves_whatever_their_numbers_in_each_camera(tmp_path: Path) -> None:
    people = [Performer(speed=0.8, place=-0.7), Performer(speed=1.3, yaw=60.0, place=0.7)]
    time = np.arange(150) / 30.0
    path = write_take(tmp_path / "two.take", [FIRST, SECOND], [time, time], people, order=[(0, 1), (1, 0)])
    with Take.open(path) as opened:
        found = find_cameras(opened, fields_of_view=[FIRST.field_of_view] * 2, sync=(0.4, 0.0))
    assert [camera.people for camera in found.cameras] == [(0, 1), (1, 0)]
    store_cameras(path, found.cameras)
    with Take.open(path) as opened:
        solved = [solve_cameras(opened, person) for person in range(len(people))]
    for each, performer in zip(solved, people, strict=True):
        assert off(each, performer).mean() < 8.0
        assert each.scale == 1.0
    # Whatever the size of each was found to be, they are as far apart as the cameras stand for.
    true, shown = (
        np.linalg.norm(a - b, axis=-1)[10:-10]
        for a, b in (
            [performer.root(solved[0].motion.time) for performer in people],
            [each.motion.root for each in solved],
        )
    )
    places = [np.linalg.norm(camera.position) for camera in (found.cameras[1], SECOND)]
    assert np.median(shown / true) == pytest.approx(places[0] / places[1], rel=0.04)


def test_legs_that_one_camera_took_for_each_other_are_put_in_order_by_the_other_one(
    tmp_path: Path, performer: Performer, monkeypatch: pytest.MonkeyPatch
) -> None:
    frames_of = staged.frames_of

    def exchanging(who: Performer, camera: CameraGeometry, time: Array) -> list[Landmarks]:
        wrong = slice(15, 75) if camera is SECOND else slice(0)
        found = frames_of(who, camera, time)
        found[wrong] = [exchanged(each, Exchange.LEGS) for each in found[wrong]]
        return found

    monkeypatch.setattr(staged, "frames_of", exchanging)
    path = write_take(tmp_path / "two.take", [FIRST, SECOND], [TIME, TIME], [performer])
    store_cameras(path, [FIRST, SECOND])
    with Take.open(path) as opened:
        solved = solve_cameras(opened)
    assert off(solved, performer)[20:70].mean() < 6.0
    assert (solved.exchanges == Exchange.LEGS).sum() >= 55
