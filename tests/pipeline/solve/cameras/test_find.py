# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras found from people: where they stand, their lenses and clocks, and what cannot be found."""

import re
from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.pipeline.errors import CamerasUnclear
from mimic.pipeline.solve.cameras.geometry import find
from mimic.pipeline.solve.cameras.geometry.find import FoundCameras
from mimic.pipeline.solve.cameras.geometry.known_cameras import known_cameras
from mimic.pipeline.takes.geometry import CameraGeometry, Clock

from .filmed import Filming, filmed, flipped, performance, true_geometry
from .staged import lost

_SECONDS = 8.0


def find_geometry(people, clocks, **settings):
    """Find cameras from fewer moments than usual, which is faster."""
    return find.find_geometry(people, clocks, moments=70, **settings)


def _assert_found(found: FoundCameras, cameras: list[Filming], *, degrees: float = 3.0, lens: float = 0.08) -> None:
    truth = true_geometry(cameras)
    for camera, known, (rotation, position) in zip(found.cameras, cameras, truth, strict=True):
        assert np.degrees(rot.apart(np.array(camera.rotation), rotation)) < degrees
        assert camera.focal == pytest.approx(known.focal(known.field_of_view), rel=lens)
        scale = 1.0 if known is cameras[0] else np.linalg.norm(camera.position) / np.linalg.norm(position)
        assert scale == pytest.approx(1.0, abs=0.1)
        assert np.linalg.norm(np.array(camera.position) / scale - position) < 0.35
        assert camera.size == known.size
        assert 1.0 < camera.residual < 12.0


@pytest.mark.parametrize("angle", [40.0, 100.0, 170.0])
def test_two_cameras_of_unknown_lenses_are_found(angle):
    cameras = [Filming(0.0, 60.0), Filming(angle, 72.0, size=(720, 1280))]
    found = find_geometry(filmed([performance(1, _SECONDS)], cameras), [Clock(), Clock()])
    # Cameras that face each other hardly see each other's depth, and lean on the assumed lens.
    _assert_found(found, cameras, lens=0.12 if angle > 150.0 else 0.08)
    assert found.quality.cameras[1].angle == pytest.approx(angle, abs=20.0)
    assert found.quality.cameras[1].assumed == pytest.approx(65.0)
    assert f"from {found.quality.cameras[1].angle:.0f} degrees apart" in found.quality.summary


def test_three_cameras_are_found_from_two_people_whom_not_all_of_them_see():
    cameras = [Filming(0.0, 60.0), Filming(50.0, 70.0), Filming(-60.0, 65.0)]
    views = filmed([performance(2, _SECONDS), performance(3, _SECONDS)], cameras)
    people = [[views[0][0], views[0][1], None], [None, views[1][1], views[1][2]]]
    _assert_found(find_geometry(people, [Clock()] * 3), cameras)


def test_a_known_lens_stays_as_it_is():
    cameras = [Filming(0.0, 50.0, None), Filming(60.0, 80.0, None)]
    found = find_geometry(filmed([performance(4, _SECONDS)], cameras), [Clock(), Clock()])
    _assert_found(found, cameras, degrees=2.0, lens=0.02)


def test_clocks_two_frames_off_are_found_to_a_quarter_of_a_frame():
    cameras = [Filming(0.0), Filming(60.0, clock=Clock(2.5), fps=24.0), Filming(110.0, clock=Clock(-1.2), fps=60.0)]
    views = filmed([performance(5, _SECONDS)], cameras)
    found = find_geometry(views, [Clock(), Clock(2.5 + 0.06), Clock(-1.2 - 0.05)])
    for camera, known in zip(found.cameras, cameras, strict=True):
        local = np.array([1.0, 7.0]) - known.clock.offset
        assert camera.clock.offset + camera.clock.rate * local == pytest.approx([1.0, 7.0], abs=0.25 / 30.0)
    assert found.cameras[0].clock == Clock()


def test_clocks_stay_as_given_if_they_are_not_to_be_refined():
    cameras = [Filming(0.0), Filming(60.0)]
    clocks = [Clock(), Clock(0.01)]
    found = find_geometry(filmed([performance(5, _SECONDS)], cameras), clocks, refine_clocks=False)
    assert [camera.clock for camera in found.cameras] == clocks


def test_frames_with_exchanged_sides_do_not_matter():
    cameras = [Filming(0.0), Filming(60.0, exchanged=0.3)]
    _assert_found(find_geometry(filmed([performance(6, _SECONDS)], cameras), [Clock(), Clock()]), cameras)


def test_a_camera_that_ends_early_is_found():
    cameras = [Filming(0.0), Filming(60.0, until=3.0)]
    _assert_found(find_geometry(filmed([performance(7, _SECONDS)], cameras), [Clock(), Clock()]), cameras, lens=0.15)


@pytest.mark.filterwarnings("error")
def test_known_cameras_of_which_one_ends_early_are_used_again_without_a_complaint_of_numpy():
    cameras = [Filming(0.0), Filming(60.0, until=5.0)]
    known = [
        CameraGeometry(tuple(rotation), tuple(position), camera.focal(camera.field_of_view), camera.size)
        for camera, (rotation, position) in zip(cameras, true_geometry(cameras), strict=True)
    ]
    people = filmed([performance(7, _SECONDS), performance(8, _SECONDS)], cameras)
    people[1][1] = lost(people[1][1], slice(0, 100))
    found = known_cameras(known, people, [Clock(), Clock()])
    assert found.quality.cameras[1].angle == pytest.approx(60.0, abs=5.0)


def _refused(cameras: list[Filming], seed: int = 1, *, moves: float = 1.0, noise: float = 0.01) -> str:
    views = filmed([performance(seed, _SECONDS, moves=moves)], cameras, noise=noise)
    with pytest.raises(CamerasUnclear) as refusal:
        find_geometry(views, [Clock()] * len(cameras))
    return str(refusal.value)


def test_mirrored_pictures_are_refused():
    message = _refused([Filming(0.0), Filming(60.0, mirrored=True)])
    assert "Camera 2 shows the mirror image" in message
    assert "under Mirror Cameras (--mirror-cameras 2, or 1)" in message


def test_mirrored_pictures_that_are_flipped_are_found():
    """Flipping one camera's pictures, and what was solved from them, makes them what the camera would have seen."""
    cameras = [Filming(0.0), Filming(60.0, mirrored=True)]
    views = [[front, flipped(side)] for front, side in filmed([performance(1, _SECONDS)], cameras)]
    _assert_found(find_geometry(views, [Clock(), Clock()]), cameras)


@pytest.mark.parametrize(("seconds", "degrees"), [(4.0, 15.0), (5.5, 90.0)])
def test_a_camera_that_is_moved_is_told_with_its_time(seconds, degrees):
    message = _refused([Filming(0.0), Filming(60.0, moved=(seconds, degrees))])
    told = re.match(r"Camera 1 or 2 was moved about (\d+) seconds after the start", message)
    assert told
    assert abs(float(told[1]) - seconds) <= 1.0


def test_a_camera_that_is_moved_a_little_is_found_with_a_doubt():
    cameras = [Filming(0.0), Filming(60.0, moved=(2.5, 12.0))]
    found = find_geometry(filmed([performance(1, _SECONDS)], cameras), [Clock(), Clock()])
    assert re.match(r"Camera 1 or 2 may have been moved about [23] seconds after the start", found.doubt)


def test_the_one_of_three_cameras_that_is_moved_is_named():
    assert "Camera 2 was moved" in _refused([Filming(0.0), Filming(60.0, moved=(4.0, 15.0)), Filming(-50.0)])


@pytest.mark.parametrize("seed", [1, 4])
def test_three_seconds_with_errors_that_last_are_no_camera_that_is_moved(seed):
    """Networks see a limb too far to one side as long as somebody stands the same way."""
    rng = np.random.default_rng(seed)
    views = filmed([performance(seed, 3.0)], [Filming(0.0), Filming(70.0)], noise=0.004)[0]
    wrong = [rng.normal(0.0, 7.0, (2, 1, 75, 2)) for _ in views]
    people = [
        replace(view, pixels=view.pixels + np.where(view.time[:, None, None] < 1.6, *each))
        for view, each in zip(views, wrong, strict=True)
    ]
    found = find_geometry([people], [Clock(), Clock()])
    assert found.quality.moments > 30
    assert found.doubt == ""


def test_the_same_view_twice_is_refused():
    assert "from nearly the same side" in _refused([Filming(0.0), Filming(3.0)])


def test_people_who_do_not_move_are_refused():
    assert "Nobody moves" in _refused([Filming(0.0), Filming(60.0)], moves=0.0, noise=0.003)


def test_views_that_hardly_overlap_in_time_are_refused():
    assert "too few frames" in _refused([Filming(0.0, until=4.0), Filming(60.0, since=3.7)])


def test_views_of_different_performances_are_refused():
    cameras = [Filming(0.0), Filming(60.0)]
    views = [filmed([performance(seed, _SECONDS)], cameras)[0] for seed in (1, 2)]
    with pytest.raises(CamerasUnclear, match=r"do not show the same performance.* Synchronise \(--sync\)"):
        find_geometry([[views[0][0], views[1][1]]], [Clock(), Clock()])


def test_a_camera_that_sees_nobody_is_named():
    [(first, _)] = filmed([performance(1, _SECONDS)], [Filming(0.0), Filming(60.0)])
    with pytest.raises(CamerasUnclear, match="Nobody is seen by camera 2"):
        find_geometry([[first, None]], [Clock(), Clock()])


def test_a_view_without_landmarks_is_refused():
    cameras = [Filming(0.0), Filming(60.0)]
    [(first, second)] = filmed([performance(1, _SECONDS)], cameras)
    unseen = replace(second, pixels=np.full_like(second.pixels, np.nan), weight=np.zeros_like(second.weight))
    with pytest.raises(CamerasUnclear, match="too few frames"):
        find_geometry([[first, unseen]], [Clock(), Clock()])


def test_a_single_camera_is_a_mistake_of_the_caller():
    [(first,)] = filmed([performance(1, 2.0)], [Filming(0.0)])
    with pytest.raises(ValueError, match="one camera"):
        find_geometry([[first]], [Clock()])
