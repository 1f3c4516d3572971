# SPDX-License-Identifier: GPL-3.0-or-later
"""What `mimic bake` is told of the motion reaches it, and nonsense is refused before anything is captured."""

import pytest

from mimic.addon.bake.options import BAKING, CAPTURING, BakeOptions, CaptureOptions, flips_of, options_of
from mimic.addon.command_line import main
from mimic.addon.command_line.arguments import parser
from mimic.addon.command_line.options import (
    bake_options,
    capture_options,
    face_options,
    motion_options,
    old_flags,
    solve_options,
)
from mimic.retarget.errors import InvalidOption
from mimic.retarget.face.options import FaceOptions
from mimic.retarget.motion.options import MotionOptions


def parsed(*words):
    return parser().parse_args(["bake", "walk.take", "-o", "out.blend", *words])


def motion(*words):
    return motion_options(parsed(*words))


def test_bake_without_flags_uses_the_defaults_of_the_table():
    given = parsed()
    assert motion_options(given) == MotionOptions()
    assert bake_options(given) == BakeOptions()
    assert face_options(given) == FaceOptions()
    assert capture_options(given) == CaptureOptions()
    assert solve_options(given).solver == "lifter"
    assert (given.start, given.end) == (0.0, 0.0)


def test_bake_flags_include_one_for_every_option_of_the_table():
    flags = {flag for action in bake_parser()._actions for flag in action.option_strings}
    expected = {
        f"--{'no-' if o.default is True else ''}{o.name.replace('_', '-')}" for o in options_of(*BAKING, *CAPTURING)
    }
    assert expected - flags == {"--by-region"}  # given by naming a region


def bake_parser():
    (commands,) = (action for action in parser()._actions if action.dest != "help")
    return commands.choices["bake"]


def test_bake_flags_of_the_motion_reach_the_motion_options():
    told = motion(
        *("--smoothing", "0.8", "--smoothing-hands", "1", "--smoothing-root", "0"),
        *("--root", "in-place", "--feet", "always", "--no-upright", "--no-limits", "--upper-body"),
        *("--trim", "1.5", "-", "--swap-sides", "--reach", "--loop", "find", "--loop-blend", "0.3"),
    )
    assert told == MotionOptions(
        smoothing=0.8,
        by_region=True,
        smoothing_torso=0.8,
        smoothing_head=0.8,
        smoothing_arms=0.8,
        smoothing_hands=1.0,
        smoothing_legs=0.8,
        smoothing_root=0.0,
        root="in-place",
        feet="always",
        upright=False,
        limits=False,
        upper_body=True,
        trim_start=1.5,
        swap_sides=True,
        loop="find",
        loop_blend=0.3,
        reach=True,
    )
    assert motion("--trim", "-", "2") == motion("--trim-end", "2") == MotionOptions(trim_end=2.0)


def test_bake_flags_of_the_keys_reach_the_bake_options():
    told = parsed(
        *("--offset", "-0.5", "--simplify", "2", "--ik", "--no-fingers", "--whole-frames"),
        *("--layer", "additive", "--onto", "Dance"),
    )
    assert bake_options(told) == BakeOptions(
        layer="additive", onto="Dance", ik=True, fingers=False, offset=-0.5, whole_frames=True, simplify=2.0
    )


def test_bake_flags_of_the_face_reach_the_face_options():
    told = parsed("--no-expressions", "--expression-strength", "0.5", "--strength-jaw", "2", "--threshold-eyes", "0.1")
    assert face_options(told) == FaceOptions(
        expressions=False, expression_strength=0.5, strength_jaw=2.0, threshold_eyes=0.1
    )
    assert "--strength-jaw 0..3" in bake_parser().format_help()


def test_bake_flags_of_a_capture_reach_the_capture_options():
    told = parsed(
        *("--model", "heavy", "--no-hands", "--no-face", "--second-look", "--no-smooth-landmarks"),
        *("--field-of-view", "70", "--mirror", "--person", "left", "--people", "all"),
    )
    assert capture_options(told) == CaptureOptions(
        model="heavy",
        hands=False,
        face=False,
        second_look=True,
        smooth_landmarks=False,
        field_of_view=70.0,
        mirror=True,
        person="left",
        people=0,
    )
    assert solve_options(parsed("--sides", "off")).sides == "off"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["--smooth", "0.8"], ["--smoothing", "0.8"]),
        (["--smooth", "0.2", "--smooth-region", "hands=1"], ["--smoothing", "0.2", "--smoothing-hands", "1"]),
        (["--keep-tilt"], ["--no-upright"]),
        (["--reduce", "2"], ["--simplify", "2"]),
        (["--look-twice"], ["--second-look"]),
    ],
)
def test_old_flag_sets_the_same_options_and_names_the_new_flag_once(old, new):
    before, after = parsed(*old, *old), parsed(*new)
    for options in (motion_options, bake_options, capture_options):
        assert options(before) == options(after)
    said = old_flags(before)
    assert len(said) == len([word for word in old if word.startswith("--")])
    assert f"{old[0]} is now called {new[0]}" in said[0]
    assert old_flags(after) == []
    assert old[0] not in bake_parser().format_help().split()


def test_old_flag_is_reported_on_stderr(capsys):
    assert main(["bake", "none.take", "-o", "out.txt", "--reduce", "1"]) == 2
    said = capsys.readouterr().err.splitlines()
    assert said[0].startswith("mimic: --reduce is now called --simplify")
    assert len(said) == 2


@pytest.mark.parametrize(
    "words",
    [
        ("--smoothing", "2"),
        ("--smoothing", "calm"),
        ("--smoothing-hands", "-1"),
        ("--smooth-region", "tail=1"),
        ("--root", "up"),
        ("--feet", "maybe"),
        ("--simplify", "46"),
        ("--expression-strength", "4"),
        ("--trim", "1"),
        ("--trim", "1", "late"),
        ("--loop", "round"),
        ("--loop-blend", "-1"),
        ("--layer", "top"),
        ("--start", "-1"),
        ("--fps", "many"),
    ],
)
def test_bake_flag_with_a_bad_value_is_refused_by_name(words, capsys):
    with pytest.raises(SystemExit) as leaving:
        motion(*words)
    assert leaving.value.code == 2
    said = capsys.readouterr().err
    assert words[0] in said
    assert "invalid _" not in said
    assert "partial" not in said


def test_trim_flag_with_its_end_before_its_beginning_is_refused_with_a_sentence():
    with pytest.raises(InvalidOption, match=r"would end at 1 s, before it begins at 2 s: choose a later end\.$"):
        motion("--trim", "2", "1")


def test_fov_flag_takes_one_angle_or_one_for_each_camera():
    from mimic.addon.command_line.options import fields_of_view

    one, two = parsed("--fov", "63"), parsed("--fov", "63,0")
    assert capture_options(one).field_of_view == capture_options(two).field_of_view == 63.0
    assert fields_of_view(one, 2) == ()  # said of all
    assert fields_of_view(two, 2) == (63.0, None)
    with pytest.raises(InvalidOption, match="2 fields of view are given for 3 cameras: give one for each"):
        fields_of_view(two, 3)


@pytest.mark.parametrize("words", ["63,", "63,3", "wide"])
def test_fov_flag_with_what_is_no_angle_is_refused(words, capsys):
    with pytest.raises(SystemExit, match="2"):
        parsed("--fov", words)
    assert "is not a number of degrees from 5 to 170, or 0" in capsys.readouterr().err


def test_flags_of_several_cameras_reach_the_capture_options():
    given = parsed("--sync", "2.1,0.4", "--cameras", "yesterday.take")
    assert (capture_options(given).sync, capture_options(given).cameras) == ("2.1,0.4", "yesterday.take")


@pytest.mark.parametrize(
    ("words", "flips"),
    [
        ((), (False, False, False)),
        (("--mirror",), (True, True, True)),
        (("--mirror-cameras", "2"), (False, True, False)),
        (("--mirror-cameras", "1,3"), (True, False, True)),
        (("--mirror", "--mirror-cameras", "2"), (True, False, True)),
    ],
)
def test_mirror_flags_say_which_of_several_cameras_are_flipped(words, flips):
    assert flips_of(capture_options(parsed(*words)), 3) == flips


def test_one_camera_is_flipped_by_its_own_option_alone():
    assert flips_of(CaptureOptions(mirror=True, mirror_cameras="2"), 1) == (True,)


@pytest.mark.parametrize("number", ["0", "1,4"])
def test_camera_to_mirror_that_is_not_there_is_refused(number):
    with pytest.raises(InvalidOption, match="of 3: give numbers from 1 to 3"):
        flips_of(CaptureOptions(mirror_cameras=number), 3)


@pytest.mark.parametrize("words", ["late", "1.5", "-1,2", "1,2,"])
def test_sync_flag_with_a_meaningless_value_is_refused(words, capsys):
    with pytest.raises(SystemExit, match="2"):
        parsed(f"--sync={words}")
    assert "one of auto, none, or seconds of each camera" in capsys.readouterr().err


def test_capture_of_one_file_twice_is_refused_before_any_work(tmp_path, capsys):
    (tmp_path / "a.mp4").write_bytes(bytes(100))
    film = str(tmp_path / "a.mp4")
    assert main(["capture", film, film, "-o", str(tmp_path / "a.take")]) == 2
    assert "Cameras 1 and 2 are the same file" in capsys.readouterr().err
