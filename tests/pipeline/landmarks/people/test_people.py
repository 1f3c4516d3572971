# SPDX-License-Identifier: GPL-3.0-or-later
"""People: who is returned and in which order, choosing somebody else, starting anew, and the same in the scheduler."""

import threading

import cv2
import numpy as np
import pytest

from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.landmarks.people.people import People
from mimic.pipeline.landmarks.scheduler import run_people
from mimic.pipeline.landmarks.settings import HolisticSettings
from mimic.pipeline.sources.frame import Frame


def two(figure, clothes):
    return figure(lambda _: 120.0, clothes["red"]), figure(lambda _: 340.0, clothes["blue"])


def numbers(found: tuple[Landmarks, ...]) -> list[int]:
    return [each.person for each in found]


def hips(found: Landmarks) -> float:
    return float(found.pose.image[[23, 24], 0].mean())


def test_people_return_person_0_first_even_while_out_of_sight(theatre, figure, clothes) -> None:
    cast = (
        figure(lambda i: 120.0 if i < 10 else float("nan"), clothes["red"]),
        figure(lambda _: 340.0, clothes["blue"]),
    )
    followed = theatre.follow(*cast, frames=20)
    assert all(numbers(found) == [0, 1] for found in followed.landmarks[5:])
    assert followed.landmarks[15][0].pose is None
    assert followed.landmarks[15][1].pose is not None


def test_people_of_an_empty_stage_are_person_0_without_landmarks(theatre) -> None:
    assert theatre.follow(frames=2).landmarks[1] == (Landmarks(time=1 / 30, index=1, size=(480, 240)),)


@pytest.mark.parametrize(("most", "returned"), [(1, 1), (2, 2), (3, 3), (5, 3), (0, 3)])
def test_people_follow_no_more_than_asked_and_no_more_than_there_are(
    theatre, figure, clothes, most: int, returned: int
) -> None:
    names = ("red", "blue", "green")
    cast = tuple(figure(lambda _, x=x: x, clothes[n]) for x, n in zip((90.0, 250.0, 390.0), names, strict=True))
    followed = theatre.follow(*cast, frames=30, settings=theatre.settings(people=most))
    assert followed.who[-1] == {i: i for i in range(returned)}


def test_choosing_somebody_followed_exchanges_the_two_numbers(theatre, figure, clothes) -> None:
    followed = theatre.follow(*two(figure, clothes), frames=40, choose={20: (340.0, 120.0)})
    assert followed.who[19] == {0: 0, 1: 1}
    assert followed.who[20:] == [{0: 1, 1: 0}] * 20
    assert [event.sentence for event in followed.events if "chosen" in event.sentence] == [
        "At 0.7 s person 2 was chosen and is person 1 from then on."
    ]


def test_choosing_person_0_again_changes_nothing(theatre, figure, clothes) -> None:
    followed = theatre.follow(*two(figure, clothes), frames=30, choose={20: (120.0, 120.0)})
    assert followed.who[20:] == [{0: 0, 1: 1}] * 10
    assert not any("chosen" in event.sentence for event in followed.events)


def test_choosing_somebody_else_where_one_is_followed_leaves_the_former(theatre, figure, clothes) -> None:
    settings = theatre.settings(people=1)
    followed = theatre.follow(*two(figure, clothes), frames=60, settings=settings, choose={20: (340.0, 120.0)})
    assert followed.who[:20] == [{0: 0}] * 20
    assert followed.who[20:] == [{0: 1}] * 40


def test_choosing_from_another_thread_counts_from_the_next_frame_on(theatre, figure, stage, clothes) -> None:
    show = stage(*two(figure, clothes))
    people = theatre.people(show)
    assert [hips(people.process(show.frame(i))[0]) for i in range(12)][-1] == pytest.approx(120.0)
    thread = threading.Thread(target=people.choose, args=(340.0, 120.0))
    thread.start()
    thread.join()
    found = people.process(show.frame(12))
    assert numbers(found) == [0, 1]
    assert [hips(each) for each in found] == [pytest.approx(340.0), pytest.approx(120.0)]


def test_people_in_pictures_of_changing_size_are_found_in_each(theatre, figure, stage, clothes) -> None:
    show = stage(*two(figure, clothes))
    people = theatre.people(show)
    for i in range(30):
        size = (480, 240) if i < 10 or i >= 20 else (600, 400)
        found = people.process(show.frame(i, size=size))
        assert numbers(found)[0] == 0
        assert found[0].size == size
        assert hips(found[0]) == pytest.approx(120.0)
        assert found[0].pose.image[[23, 24], 1].mean() == pytest.approx(size[1] / 2)


def test_people_after_reset_are_numbered_afresh(theatre, figure, stage, clothes) -> None:
    cast = (
        figure(lambda i: 120.0 if i < 20 else float("nan"), clothes["red"]),
        figure(lambda _: 340.0, clothes["blue"]),
    )
    show = stage(*cast)
    people = theatre.people(show)
    before = [people.process(show.frame(i)) for i in range(20)]
    assert numbers(before[-1]) == [0, 1]
    people.reset()
    after = people.process(show.frame(20))
    assert numbers(after) == [0]
    assert hips(after[0]) == pytest.approx(340.0)


def test_people_in_still_pictures_have_nothing_to_do_with_each_other(theatre, figure, clothes) -> None:
    cast = (
        figure(lambda i: 120.0 + 200.0 * (i % 2), clothes["red"]),
        figure(lambda i: 320.0 - 200.0 * (i % 2), clothes["blue"]),
    )
    followed = theatre.follow(*cast, frames=6, settings=theatre.settings(static=True))
    assert followed.who == [{0: i % 2, 1: 1 - i % 2} for i in range(6)]


def test_parity_finds_one_person_as_mediapipe_does(theatre, figure, clothes) -> None:
    followed = theatre.follow(*two(figure, clothes), frames=5, settings=theatre.settings(parity=True))
    assert all(numbers(found) == [0] for found in followed.landmarks)


def assert_same(one: tuple[Landmarks, ...], other: tuple[Landmarks, ...]) -> None:
    assert numbers(one) == numbers(other)
    for a, b in zip(one, other, strict=True):
        for part in ("pose", "left_hand", "right_hand", "face"):
            found, again = getattr(a, part), getattr(b, part)
            assert (found is None) == (again is None), part
            if found is not None:
                np.testing.assert_allclose(found.image, again.image, atol=0.1)  # px


def test_people_in_overlapping_frames_are_those_of_frame_by_frame(theatre, figure, stage, clothes) -> None:
    cast = (
        figure(lambda i: 92.0 + 4.0 * i, clothes["red"], depth=-1.0),
        figure(lambda i: 250.0 if i < 70 else float("nan"), clothes["blue"]),
    )
    show = stage(*cast)
    people = theatre.people(show)
    frames = [show.frame(i) for i in range(80)]
    scheduled = list(run_people(iter(frames), theatre.settings(), as_found=True))
    assert [found[0].index for found in scheduled] == list(range(80))
    for frame, found in zip(frames, scheduled, strict=True):
        assert_same(found, people.process(frame))


@pytest.fixture(scope="module")
def pair(performer) -> list[Frame]:
    """The performer twice, side by side, the right one some frames later."""
    capture = cv2.VideoCapture(str(performer))
    images = [cv2.resize(capture.read()[1], None, fx=0.5, fy=0.5) for _ in range(22)]
    capture.release()
    return [
        Frame(np.ascontiguousarray(np.hstack([images[i], images[i + 10]])[:, :, ::-1]), i / 30, i) for i in range(12)
    ]


@pytest.mark.networks
def test_two_performers_side_by_side_are_two_people_who_keep_their_numbers(networks, pair: list[Frame]) -> None:
    settings = HolisticSettings(people=0, person="left", attention=False)
    people = People(settings, threads=1)
    width = pair[0].image.shape[1]
    followed = [people.process(frame) for frame in pair]
    people.close()
    assert all(numbers(found) == [0, 1] for found in followed[6:])
    for left, right in followed[6:]:
        assert left.pose.image[:, 0].max() < width / 2 < right.pose.image[:, 0].min()
        assert left.face is not None
        assert right.face is not None
    for found, scheduled in zip(followed, run_people(pair, settings), strict=True):
        assert_same(found, scheduled)
