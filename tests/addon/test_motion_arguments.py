# SPDX-License-Identifier: GPL-3.0-or-later
"""What `mimic bake` is told of the motion reaches it, and nonsense is refused before anything is captured."""

import pytest

from mimic.addon.command_line.arguments import parser
from mimic.addon.command_line.bake import motion_options
from mimic.retarget.errors import UnknownMotionOption
from mimic.retarget.motion.options import MotionOptions


def options(*words):
    return motion_options(parser().parse_args(["bake", "walk.take", "-o", "out.blend", *words]))


def test_bake_without_flags_uses_the_default_options():
    assert options() == MotionOptions()


def test_bake_flags_all_reach_the_motion_options():
    told = options(
        *("--smooth", "0.8", "--smooth-region", "hands=1", "--smooth-region", "root=0"),
        *("--root", "in-place", "--feet", "always", "--keep-tilt", "--no-limits"),
        *("--trim", "1.5", "-", "--offset", "-0.5", "--swap-sides", "--reduce", "2"),
        *("--reach", "--ik", "--no-fingers"),
        *("--loop", "find", "--loop-blend", "0.3", "--layer", "additive"),
    )
    assert told == MotionOptions(
        smooth=0.8,
        smooth_regions={"hands": 1.0, "root": 0.0},
        root="in-place",
        feet="always",
        upright=False,
        limits=False,
        trim=(1.5, None),
        offset=-0.5,
        mirror=True,
        loop="find",
        loop_blend=0.3,
        layer="additive",
        reduce=2.0,
        reach=True,
        ik=True,
        fingers=False,
    )


@pytest.mark.parametrize(
    "words",
    [
        ("--smooth", "2"),
        ("--smooth-region", "tail=1"),
        ("--smooth-region", "hands"),
        ("--root", "up"),
        ("--feet", "maybe"),
        ("--reduce", "0"),
        ("--trim", "1"),
        ("--loop", "round"),
        ("--loop-blend", "-1"),
        ("--layer", "top"),
    ],
)
def test_bake_flag_with_a_bad_value_is_refused_by_name(words, capsys):
    with pytest.raises(SystemExit) as leaving:
        options(*words)
    assert leaving.value.code == 2
    assert words[0] in capsys.readouterr().err


def test_trim_flag_with_its_end_before_its_beginning_is_refused_with_a_sentence():
    with pytest.raises(UnknownMotionOption, match=r"would end at 1 s, before it begins at 2 s\.$"):
        options("--trim", "2", "1")
