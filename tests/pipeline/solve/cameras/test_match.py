# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is who in several cameras: each person is matched to themselves, whatever their numbers."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.pipeline.solve.cameras.timing.people import NOBODY, matched
from mimic.pipeline.takes.geometry import Clock

from .acted import filmed

LEFT, MIDDLE, RIGHT = (-1.0, 4.0, 0.0), (0.0, 5.0, 0.0), (1.2, 4.5, 0.0)
CLOCKS = [Clock(), Clock(1.5)]


def people(start, shoot, heading, table):
    """What a camera solved: number -> (seed of the performance, place)."""
    return {
        number: filmed(start, 8.0, seed=seed, at=at, shoot=shoot + number, heading=heading)
        for number, (seed, at) in table.items()
    }


def test_people_with_other_numbers_are_matched_to_themselves():
    front = people(0.0, 1, 0.0, {0: (1, LEFT), 1: (2, MIDDLE), 4: (3, RIGHT)})
    side = people(1.5, 11, 80.0, {0: (3, RIGHT), 2: (1, LEFT), 3: (2, MIDDLE)})
    assert matched([front, side], CLOCKS) == [(0, 2), (1, 3), (4, 0)]


def test_person_whom_one_camera_sees_alone_is_matched_to_nobody():
    front = people(0.0, 1, 0.0, {0: (1, LEFT), 1: (2, MIDDLE)})
    side = people(1.5, 11, 80.0, {0: (2, MIDDLE), 1: (5, RIGHT)})
    assert matched([front, side], CLOCKS) == [(0, NOBODY), (1, 0), (NOBODY, 1)]


def test_people_who_dance_in_unison_are_matched_by_where_they_are():
    front = people(0.0, 1, 0.0, {0: (1, LEFT), 1: (1, RIGHT)})
    side = people(1.5, 11, 80.0, {0: (1, RIGHT), 1: (1, LEFT)})
    assert matched([front, side], CLOCKS) == [(0, 1), (1, 0)]


def test_person_who_comes_late_and_goes_early_is_matched():
    front = people(0.0, 1, 0.0, {0: (1, LEFT), 1: (2, RIGHT)})
    side = people(1.5, 11, 80.0, {0: (2, RIGHT), 1: (1, LEFT)})
    guest = side[0]
    away = (guest.time < 1.0) | (guest.time > 3.0)
    guest.rotations[away], guest.root[away], guest.confidence[away] = np.nan, np.nan, 0.0
    assert matched([front, side], CLOCKS) == [(0, 1), (1, 0)]


def test_person_of_a_third_camera_is_matched_to_whom_only_the_second_one_sees():
    first = people(0.0, 1, 0.0, {0: (1, LEFT)})
    second = people(1.5, 11, 80.0, {0: (2, RIGHT), 1: (1, LEFT)})
    third = people(0.5, 21, -60.0, {5: (1, LEFT), 6: (2, RIGHT)})
    assert matched([first, second, third], [*CLOCKS, Clock(0.5)]) == [(0, 1, 5), (NOBODY, 0, 6)]


def test_only_person_of_every_camera_is_the_same_one_even_without_motion():
    still = people(0.0, 1, 0.0, {3: (1, LEFT)}), people(0.0, 2, 50.0, {1: (7, LEFT)})
    assert matched(list(still), [Clock(), Clock()]) == [(3, 1)]


@pytest.mark.parametrize("number", [0, 1])
def test_people_are_matched_while_one_of_them_stands_still(number):
    front = people(0.0, 1, 0.0, {0: (1, LEFT), 1: (2, RIGHT)})
    side = people(1.5, 11, 80.0, {0: (2, RIGHT), 1: (1, LEFT)})
    for camera, still in ((front, number), (side, 1 - number)):
        rotations = np.repeat(camera[still].rotations[:1], len(camera[still].time), axis=0)
        camera[still] = replace(camera[still], rotations=rotations)
    assert matched([front, side], CLOCKS) == [(0, 1), (1, 0)]


def test_nobody_is_matched_if_nobody_is_seen_together():
    front, side = people(0.0, 1, 0.0, {0: (1, LEFT)}), people(50.0, 11, 80.0, {0: (1, LEFT), 1: (2, RIGHT)})
    assert matched([front, side], [Clock(), Clock(50.0)]) == [(0, NOBODY), (NOBODY, 0), (NOBODY, 1)]


def test_people_of_cameras_whose_clocks_are_days_apart_are_matched_to_nobody():
    front, side = people(0.0, 1, 0.0, {0: (1, LEFT)}), people(1.5, 11, 80.0, {0: (1, LEFT), 1: (2, RIGHT)})
    assert matched([front, side], [Clock(), Clock(1e9)]) == [(0, NOBODY), (NOBODY, 0), (NOBODY, 1)]
