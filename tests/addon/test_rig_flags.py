# SPDX-License-Identifier: GPL-3.0-or-later
"""`--rig`, `--armature` and `--map`: as often as there are people, and what is done where they are too few or many."""

from pathlib import Path

import pytest

from mimic.addon.bake.rig_files import RigFile, cast_of, each_named
from mimic.addon.command_line.arguments import parser

A, B = Path("a.fbx"), Path("b.blend")


def rigs(*words):
    return list(parser().parse_args(["bake", "two.take", "-o", "out.blend", *words]).rigs)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ((), []),
        (("--rig", "a.fbx"), [RigFile(A)]),
        (("--rig", "a.fbx", "--rig", "b.blend"), [RigFile(A), RigFile(B)]),
        (("--rig", "a.fbx", "--rig", "a.fbx"), [RigFile(A), RigFile(A)]),
        (("--rig", "a.fbx", "--rig", "b.blend", "--armature", "Bo"), [RigFile(A), RigFile(B, "Bo")]),
        (("--armature", "Bo", "--rig", "b.blend"), [RigFile(B, "Bo")]),
        (("--rig", "b.blend", "--armature", "Bo", "--armature", "Cy"), [RigFile(B, "Bo"), RigFile(B, "Cy")]),
        (
            ("--rig", "a.fbx", "--map", "a.toml", "--rig", "b.blend", "--armature", "Bo", "--map", "b.toml"),
            [RigFile(A, None, Path("a.toml")), RigFile(B, "Bo", Path("b.toml"))],
        ),
        (("--map", "m.toml"), [RigFile(None, None, Path("m.toml"))]),
    ],
)
def test_rig_flags_in_any_number_say_who_moves_what(words, found):
    assert rigs(*words) == found


def test_cast_without_rigs_is_an_avatar_for_each_person():
    assert cast_of([], 3) == ([RigFile()] * 3, [])


def test_cast_of_one_rig_for_two_people_is_that_rig_twice_and_says_so():
    cast, said = cast_of([RigFile(A)], 2)
    assert cast == [RigFile(A), RigFile(A)]
    assert said == ["There are 2 people and one rig was given: it appears twice. Give a rig for each person instead."]


def test_cast_of_too_few_or_too_many_rigs_says_what_is_done():
    cast, said = cast_of([RigFile(A), RigFile(B)], 4)
    assert cast == [RigFile(A), RigFile(B), RigFile(B), RigFile(B)]
    assert said == [
        "There are 4 people and 2 rigs were given: the last one appears 3 times. Give a rig for each person instead."
    ]
    cast, said = cast_of([RigFile(A), RigFile(B)], 1)
    assert (cast, said) == ([RigFile(A)], ["2 rigs were given and there is one person: “b.blend” was left out."])


def test_names_of_several_people_have_numbers():
    assert list(each_named("dance", 1)) == ["dance"]
    assert list(each_named("dance", 2)) == ["dance 1", "dance 2"]
