# SPDX-License-Identifier: GPL-3.0-or-later
"""How the two cameras of a session are found while the performer moves about, and what is said of it."""

import time
from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.motion import BodyMotion
from mimic.pipeline.errors import CamerasApart, CamerasUnclear
from mimic.pipeline.live.cameras import Finding, LiveCameras, Stage, find_live
from mimic.pipeline.live.pair_pose import PairPose
from mimic.pipeline.live.view import SeenPose

from .pairs import film, geometry, nobody


@pytest.fixture(scope="module")
def long():
    return film(seconds=12.0)


def at(seen: SeenPose, seconds: float) -> SeenPose:
    return replace(seen, landmarks=replace(seen.landmarks, time=seconds))


def observe(cameras: LiveCameras, filmed, seconds: float, *, since: float = 0.0) -> None:
    """Let cameras see the performer for some seconds, at 30 frames a second."""
    for i in range(round(30 * seconds)):
        first, second = filmed.frames[i % len(filmed.frames)]
        cameras.observe(at(first, since + i / 30.0), at(second, since + i / 30.0))


def settle(cameras: LiveCameras, filmed) -> None:
    """Wait until the thread has ended, and let the cameras look."""
    limit = time.monotonic() + 20.0
    while cameras.state.stage is Stage.FINDING:
        assert time.monotonic() < limit
        time.sleep(0.01)
        cameras.observe(*filmed.frames[0])


def test_cameras_wait_until_both_see_somebody_and_count_the_seconds(long):
    cameras = LiveCameras(find=lambda *_: None)
    first, second = long.frames[0]
    for pair in ((first, None), (first, nobody(second)), (nobody(first), second)):
        cameras.observe(*pair)
    assert cameras.state.stage is Stage.WAITING
    observe(cameras, long, 4.0)
    assert cameras.state.stage is Stage.MOVING
    assert cameras.state.left == pytest.approx(6.0, abs=0.05)
    observe(cameras, long, 1.0, since=60.0)  # a minute later: the time between hardly counts
    assert cameras.state.left == pytest.approx(4.85, abs=0.2)


def test_cameras_are_found_in_a_thread_after_ten_seconds(long):
    views = []

    def find(seen, known):
        views.extend([*seen, known])
        return Finding(geometry(), 0.04, "They look from 75 degrees apart.")

    cameras = LiveCameras(find=find, fields_of_view=(None, 70.0))
    observe(cameras, long, 10.1)
    settle(cameras, long)
    assert (cameras.state.stage, cameras.state.said) == (Stage.FOUND, "They look from 75 degrees apart.")
    assert (cameras.cameras, cameras.lag) == (geometry(), 0.04)
    first, second, known = views
    assert len(first.time) == len(second.time) == pytest.approx(301, abs=3)
    assert known is None
    assert second.focal == pytest.approx(0.5 * 640 / np.tan(np.radians(35.0)))
    assert first.focal_doubt > second.focal_doubt


def test_cameras_that_cannot_be_found_are_told_of_and_looked_for_again(long):
    results = [CamerasUnclear("Nobody moves."), Finding(geometry(), 0.0, "Good.")]

    def find(_seen, _known):
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    cameras = LiveCameras(find=find)
    observe(cameras, long, 10.1)
    settle(cameras, long)
    assert (cameras.state.stage, cameras.state.said, cameras.cameras) == (Stage.FAILED, "Nobody moves.", None)
    observe(cameras, long, 3.0, since=20.0)
    assert (cameras.state.stage, cameras.state.said) == (Stage.FAILED, "Nobody moves.")
    assert cameras.state.left == pytest.approx(6.85, abs=0.25)
    observe(cameras, long, 10.1, since=23.0)
    settle(cameras, long)
    assert cameras.state.stage is Stage.FOUND


def test_cameras_that_are_known_are_used_at_once_and_found_anew_when_asked(long):
    cameras = LiveCameras(geometry(), find=lambda *_: Finding(geometry(), 0.0, ""))
    assert cameras.cameras == geometry()
    assert cameras.state.stage is Stage.FOUND
    cameras.start_over()
    cameras.observe(*long.frames[0])
    assert cameras.cameras is None
    assert cameras.state.stage is Stage.MOVING


def test_known_cameras_are_scaled_to_the_pictures_and_dropped_if_their_shape_is_another():
    first, second = geometry()
    seen = film(seconds=0.5).frames[0]
    small = LiveCameras((replace(first, size=(320, 180), focal=first.focal / 4), second))
    small.match([seen[0].landmarks], [seen[1].landmarks])
    assert small.cameras is not None
    assert small.cameras[0].focal == pytest.approx(first.focal)
    tall = LiveCameras((replace(first, size=(720, 1280)), second))
    tall.match([seen[0].landmarks], [seen[1].landmarks])
    assert tall.cameras is None
    assert tall.state.stage is Stage.WAITING


def test_people_are_matched_by_where_both_cameras_see_them():
    here, there = (film(seed=seed, seconds=0.5, noise=0.002).frames[3] for seed in (1, 2))
    moved = here[0].landmarks, there[0].landmarks
    cameras = LiveCameras(geometry())
    beside = [replace(there[1].landmarks, person=0), replace(here[1].landmarks, person=1)]
    matched = cameras.match(moved, beside)
    assert [each.person for each in matched] == [1, 0]
    assert cameras.numbers == (1, 0)
    assert cameras.match(moved, []) == [None, None]
    assert cameras.numbers == (1, 0)


def test_performer_whom_only_the_second_camera_sees_keeps_the_number():
    here, there = (film(seed=seed, seconds=0.5).frames[3] for seed in (1, 2))
    cameras = LiveCameras(geometry())
    beside = [replace(there[1].landmarks, person=0), replace(here[1].landmarks, person=1)]
    cameras.match([here[0].landmarks], beside)
    gone = replace(here[0].landmarks, pose=None)
    assert [each.person for each in cameras.match([gone], beside)] == [1]
    assert [each.person for each in cameras.match([gone], beside[:1])] == [0]


def test_cameras_as_a_take_keeps_them_have_clocks_and_people():
    cameras = LiveCameras(geometry())
    assert LiveCameras().recorded(0.5) == ()
    pair = film(seconds=0.5).frames[0]
    cameras.match([pair[0].landmarks], [replace(pair[1].landmarks, person=3)])
    cameras.lag = 0.1
    first, second = cameras.recorded(0.5)
    assert (first.clock.offset, second.clock.offset) == (0.0, pytest.approx(0.4))
    assert (first.people, second.people) == ((0,), (3,))


@pytest.mark.slow
def test_cameras_of_a_performance_are_found_with_the_time_that_pictures_take(long):
    first, second = long.views
    late = replace(second, time=second.time + 0.1, motion=replace(second.motion, time=second.motion.time + 0.1))
    found = find_live([first, late], None)
    assert found.lag == pytest.approx(0.1, abs=0.01)
    assert np.degrees(rot.apart(found.cameras[1].rotation, geometry()[1].rotation)) < 3.0
    assert "degrees apart" in found.said


def test_cameras_are_found_from_three_moments_a_second(long):
    def every_tenth(view):
        motion, at = view.motion, slice(None, None, 10)
        few = BodyMotion(motion.time[at], motion.rotations[at], motion.root[at], motion.shape, motion.confidence[at])
        return replace(view, time=view.time[at], pixels=view.pixels[at], weight=view.weight[at], motion=few)

    found = find_live([every_tenth(view) for view in long.views], None)
    assert np.degrees(rot.apart(found.cameras[1].rotation, geometry()[1].rotation)) < 4.0


def test_slow_computer_needs_more_seconds_until_there_are_enough_moments(long):
    cameras = LiveCameras(find=lambda *_: Finding(geometry(), 0.0, ""))
    for i in range(20):
        first, second = long.frames[i]
        cameras.observe(at(first, 2.0 * i), at(second, 2.0 * i))
    assert cameras.state.stage is Stage.MOVING
    assert cameras.state.left == pytest.approx(20.0)
    for i in range(20, 35):
        first, second = long.frames[i]
        cameras.observe(at(first, 2.0 * i), at(second, 2.0 * i))
    settle(cameras, long)
    assert cameras.state.stage is Stage.FOUND


def test_pictures_that_arrive_too_late_cannot_be_used_live(long):
    first, second = long.views
    late = replace(second, time=second.time + 0.8, motion=replace(second.motion, time=second.motion.time + 0.8))
    with pytest.raises(CamerasApart, match=r"camera 2 arrive 0\.8 s late"):
        find_live([first, late], None)
    assert find_live([first, late], geometry()) == Finding(geometry(), 0.0, "")


class Passing:
    """A view that has solved the second camera's frames before."""

    def __init__(self, frames):
        self._frames = iter(frames)

    def frame(self, _landmarks):
        return next(self._frames)

    def reset(self):
        pass


def test_performer_is_followed_by_the_first_camera_until_the_cameras_are_found(long):
    cameras = LiveCameras(find=lambda *_: Finding(geometry(), 0.0, ""))
    pose = PairPose(cameras, Passing(second for _, second in long.frames), leads=True)
    assert all(pose.frame(first, second.landmarks) is first.motion for first, second in long.frames[:300])
    for first, second in long.frames[300:303]:
        pose.frame(first, second.landmarks)
    settle(cameras, long)
    first, second = long.frames[304]
    assert pose.frame(first, second.landmarks) is not first.motion
