# SPDX-License-Identifier: GPL-3.0-or-later
"""Several people polished together: one vertical, one floor, and the distances that they had."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.motion import BodyMotion
from mimic.retarget.motion.options import AS_SOLVED, MotionOptions
from mimic.retarget.motion.polish import polish, polish_together
from mimic.retarget.motion.together import Place
from mimic.retarget.motion.upright import rotate_motion

FEET = [INDEX["LeftFoot"], INDEX["RightFoot"]]


def person(at, *, frames=60, walks=(0.0, 0.0, 0.0), facing=0.0) -> BodyMotion:
    """Someone who stands upright, drifting along `walks` metres over the take, in the space of a level camera."""
    turns = rot.identity(frames, len(JOINTS))
    turns[:, 0] = rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(facing))
    return BodyMotion(
        time=np.arange(frames) / 30.0,
        rotations=turns,
        root=np.array(at) + np.linspace(0.0, 1.0, frames)[:, None] * np.array(walks),
        shape=np.empty(0),
        confidence=np.ones((frames, len(JOINTS))),
    )


def apart(first, second, scale=1.0):
    """Distances (n,) over the floor between two people, the second one's in metres of a character of another size."""
    return np.linalg.norm((second.root * scale - first.root)[:, :2], axis=1)


def test_polish_together_of_one_person_is_polish(body, rigs):
    motion = rigs.motion(2, frames=30, size=0.05)
    (together,) = polish_together([motion], [body], MotionOptions())
    np.testing.assert_array_equal(together.root, polish(motion, body, MotionOptions()).root)


@pytest.mark.parametrize("options", [AS_SOLVED, MotionOptions()], ids=["as solved", "polished"])
def test_people_polished_together_keep_their_distance_on_one_floor(body, options):
    first = person([-0.6, 3.0, 0.0])
    second = person([0.9, 4.2, -0.35], walks=(0.0, -0.4, 0.0))
    found = polish_together([first, second], [body, body], options)
    # Both show the vertical, so that it differs a little from what the first one shows alone.
    np.testing.assert_allclose(found[0].root, polish(first, body, options).root, atol=1e-3)
    np.testing.assert_allclose(found[0].root[0, :2], body.rest[0, :2], atol=1e-9)
    np.testing.assert_allclose(apart(*found), apart(first, second), rtol=0.15)
    np.testing.assert_allclose((found[1].root - found[0].root)[:, :2].mean(axis=0), [1.5, 1.0], atol=0.02)
    for motion in found:
        np.testing.assert_allclose(body.positions(motion.rotations, motion.root)[:, FEET, 2].min(), 0.08, atol=0.03)


def test_people_from_a_tilted_camera_are_turned_upright_alike(body):
    camera = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(18.0))
    level = [person([-0.5, 3.0, 0.0]), person([1.0, 5.0, 0.0], facing=90.0)]
    # The second one lies on a couch, and shows nothing of the vertical.
    lying = replace(level[1], rotations=level[1].rotations.copy())
    lying.rotations[:, 0] = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(-90.0))
    tilted = [rotate_motion(motion, camera) for motion in (level[0], lying)]
    found = polish_together(tilted, [body, body], MotionOptions(feet="off"))
    up, head = (rot.rotate(motion.rotations[:, 0], [0.0, 0.0, 1.0])[30] for motion in found)
    assert np.degrees(np.arccos(up[2])) < 5.0  # The rest pose leans back by four degrees.
    assert np.degrees(np.arcsin(abs(head[2]))) < 5.0
    np.testing.assert_allclose(apart(*found), np.hypot(1.5, 2.0), rtol=0.05)


def test_person_who_appears_halfway_stands_where_first_seen(body):
    late = person([1.0, 4.0, 0.0])
    late.root[:30] = np.nan
    found = polish_together([person([0.0, 3.0, 0.0], walks=(-1.0, 0.0, 0.0)), late], [body, body], AS_SOLVED)
    np.testing.assert_allclose((found[1].root - found[0].root[0])[:, :2], np.tile([1.0, 1.0], (60, 1)), atol=1e-6)


def test_people_of_whom_nothing_is_known_stand_side_by_side(body):
    lost = [replace(person([0.0, 3.0, 0.0]), root=np.full((60, 3), np.nan)) for _ in range(3)]
    found = polish_together(lost, [body] * 3, MotionOptions())
    assert [round(float(motion.root[0, 0] - body.rest[0, 0]), 6) for motion in found] == [0.0, 1.0, 2.0]


def test_character_of_another_size_stands_as_far_away(body):
    motions = [person([-0.5, 3.0, 0.0]), person([0.7, 3.5, 0.0], walks=(0.5, 0.3, 0.0))]
    found = polish_together(motions, [body, body], AS_SOLVED, places=[Place(), Place(size=0.5)])
    np.testing.assert_allclose(apart(*found, scale=0.5), apart(*motions), rtol=0.02)


def test_character_that_rests_elsewhere_and_turned_is_keyed_back_to_where_its_person_stood(body):
    motions = [person([0.0, 3.0, 0.0]), person([1.0, 3.0, 0.0], walks=(0.0, 1.0, 0.0), facing=30.0)]
    place = Place(position=(5.0, -2.0, 0.0), turn=np.radians(90.0), size=2.0)
    _, second = polish_together(motions, [body, body], AS_SOLVED, places=[Place(), place])
    quarter = rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(90.0))
    seen = rot.rotate(quarter, second.root - second.standing) * 2.0 + place.position
    np.testing.assert_allclose(seen[:, :2], np.stack([np.ones(60), np.linspace(0.0, 1.0, 60)], axis=1), atol=0.02)
    facing = rot.rotate(rot.multiply(quarter, second.rotations[:, 0]), [0.0, -1.0, 0.0])
    np.testing.assert_allclose(facing[0], [np.sin(np.radians(30.0)), -np.cos(np.radians(30.0)), 0.0], atol=1e-6)


def test_swapped_sides_mirror_the_places_of_all(body):
    motions = [person([0.0, 3.0, 0.0]), person([1.2, 3.5, 0.0])]
    options = replace(AS_SOLVED, swap_sides=True)
    found = polish_together(motions, [body, body], options)
    np.testing.assert_allclose((found[1].root - found[0].root)[0, :2], [-1.2, 0.5], atol=1e-6)


def test_people_in_place_stay_where_they_began(body):
    motions = [person([0.0, 3.0, 0.0], walks=(1.0, 0.0, 0.0)), person([1.2, 3.5, 0.0], walks=(0.0, 1.0, 0.0))]
    found = polish_together(motions, [body, body], replace(AS_SOLVED, root="in-place"))
    np.testing.assert_allclose((found[1].root - found[0].root)[:, :2], np.tile([1.2, 0.5], (60, 1)), atol=1e-6)


def test_loop_of_several_people_has_the_same_ends_for_all(body, rigs):
    motions = [rigs.motion(seed, frames=60, size=0.1) for seed in (1, 2)]
    found = polish_together(motions, [body, body], replace(AS_SOLVED, loop="find"))
    np.testing.assert_array_equal(found[0].time, found[1].time)
    assert len(found[0].time) < 60


def test_person_whose_feet_carry_them_elsewhere_stays_where_the_camera_saw_them(body):
    """One who glides for a second and then stands: the feet say "stands" all the time, the camera knows better."""
    glide = person([0.5, 4.0, 0.0], frames=90)
    glide.root[:30, 1] -= np.linspace(0.9, 0.0, 30)
    first = person([-0.5, 3.0, 0.0], frames=90)
    found = polish_together([first, glide], [body, body], MotionOptions())
    apart_in_the_end = (found[1].root - found[0].root)[60:, :2].mean(axis=0)
    np.testing.assert_allclose(apart_in_the_end, [1.0, 1.0], atol=0.15)


def test_person_out_of_sight_is_not_carried_by_the_feet_of_a_pose_that_waits(body):
    """Whoever leaves and comes back elsewhere has walked, though the pose is held meanwhile."""
    walker = person([-0.5, 4.0, 0.0], frames=180)
    walker.root[120:, 0] = 0.5
    walker.root[60:120] = np.nan
    walker.confidence[60:120] = 0.0
    found = polish_together([person([0.0, 3.0, 0.0], frames=180), walker], [body, body], MotionOptions())
    beside = (found[1].root - found[0].root)[:, 0]
    np.testing.assert_allclose([beside[55], beside[125]], [-0.5, 0.5], atol=0.1)
