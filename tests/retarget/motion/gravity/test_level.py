# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera's tilt from people who stand for that purpose."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.camera_tilt import up_of
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.model import neutral_body
from mimic.models.body.motion import BodyMotion
from mimic.retarget.motion.gravity.level import level_from, level_from_all
from mimic.retarget.motion.upright import rotate_motion


def standing(frames: int = 30, *, pitch: float = 0.0, roll: float = 0.0, seen: float = 1.0) -> BodyMotion:
    """Return a motion of someone who stands still, at 30 frames a second, as a tilted camera sees it."""
    motion = BodyMotion(
        time=np.arange(frames) / 30.0,
        rotations=np.tile(rot.identity(len(JOINTS)), (frames, 1, 1)),
        root=np.full((frames, 3), np.nan),
        shape=np.empty(0),
        confidence=np.full((frames, len(JOINTS)), seen),
    )
    return rotate_motion(motion, rot.between([0.0, 0.0, 1.0], up_of(np.radians([pitch, roll]))))


@pytest.mark.parametrize(("pitch", "roll"), [(0.0, 0.0), (25.0, 0.0), (-10.0, 5.0), (20.0, 25.0), (40.0, -15.0)])
def test_tilt_is_found_from_someone_who_stands(pitch: float, roll: float) -> None:
    assert level_from(standing(pitch=pitch, roll=roll), neutral_body()) == pytest.approx((pitch, roll), abs=2.0)


def test_only_the_first_seconds_of_standing_count() -> None:
    straight, askew = standing(60), standing(60, roll=20.0)
    both = BodyMotion(
        np.arange(120) / 30.0,
        np.concatenate([straight.rotations, askew.rotations]),
        np.full((120, 3), np.nan),
        np.empty(0),
        np.ones((120, len(JOINTS))),
    )
    found = level_from(both, neutral_body(), seconds=1.5)
    assert found == pytest.approx((0.0, 0.0), abs=2.0)


def test_nobody_whose_legs_are_out_of_view_shows_a_tilt() -> None:
    assert level_from(standing(seen=0.2), neutral_body()) is None


def test_nobody_who_sits_shows_a_tilt() -> None:
    motion = standing()
    for side in ("Left", "Right"):
        motion.rotations[:, INDEX[f"{side}UpLeg"]] = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(-90.0))
        motion.rotations[:, INDEX[f"{side}Leg"]] = rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(90.0))
    assert level_from(motion, neutral_body()) is None


def test_a_moment_is_too_short_to_show_a_tilt() -> None:
    assert level_from(standing(5), neutral_body()) is None


def test_of_several_people_the_middle_counts_and_who_does_not_stand_does_not() -> None:
    assert level_from_all([(10.0, 1.0), None, (12.0, 2.0), (40.0, 3.0)]) == (12.0, 2.0)
    assert level_from_all([None, None]) is None
