# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of the command line: errors a user can act on, and help that reads as plain English."""

import argparse
import re
from collections.abc import Iterator

import pytest

from mimic.addon.command_line.arguments import parser

PRIVATE = re.compile(r"(?<![\w-])_[a-z]\w*|\b[a-z]+_[a-z_]+\b|functools|partial|lambda|invalid \w+ value|object at 0x")
"""What belongs to the code: names with underscores, and what argparse says of a type without an error of its own."""

NONSENSE = "abc"


def commands(top: argparse.ArgumentParser, *path: str) -> Iterator[tuple[tuple[str, ...], argparse.ArgumentParser]]:
    """Every command with its words, subcommands and hidden ones too."""
    for action in top._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, command in action.choices.items():
                yield (*path, name), command
                yield from commands(command, *path, name)


COMMANDS = dict(commands(parser()))

TYPED = [
    (words, flag, action.nargs or 1)
    for words, command in COMMANDS.items()
    for action in command._actions
    for flag in action.option_strings
    if action.choices or (getattr(action.type, "__name__", "") != "Path" and (action.type or action.nargs == 2))
]
"""Command, flag and number of values of each flag that cannot take any text."""


def test_typed_flags_are_found():
    assert {flag for _, flag, _ in TYPED} >= {"--start", "--fps", "--size", "--frames", "--epochs", "--trim", "--feet"}


@pytest.mark.parametrize(("words", "flag", "count"), TYPED, ids=lambda value: value if isinstance(value, str) else None)
def test_nonsense_for_a_flag_is_refused_in_words_that_name_the_flag_and_no_code(words, flag, count, capsys):
    with pytest.raises(SystemExit) as leaving:
        parser().parse_args([*words, flag, *[NONSENSE] * int(count)])
    assert leaving.value.code == 2
    error = capsys.readouterr().err.rsplit("error: ", 1)[1]
    assert flag in error
    assert NONSENSE in error
    assert not PRIVATE.search(error), error


def test_start_that_is_no_number_is_refused_with_the_values_it_takes(capsys):
    with pytest.raises(SystemExit):
        parser().parse_args(["bake", "x", "-o", "y.blend", "--start", NONSENSE])
    said = capsys.readouterr().err
    assert "argument --start: “abc” is not a number of seconds, 0 or more" in said


def helps() -> Iterator[tuple[str, str]]:
    """Every line of help, with the command that it belongs to."""
    for words, command in [((), parser()), *COMMANDS.items()]:
        for action in command._actions:
            if action.help not in (None, argparse.SUPPRESS):
                yield " ".join((*words, *action.option_strings)), str(action.help)
            for choice in getattr(action, "_choices_actions", ()):
                yield " ".join((*words, choice.dest)), str(choice.help)


def test_help_begins_small_has_no_full_stop_and_asks_no_riddles(riddle):
    lines = [(where, text) for where, text in helps() if not where.endswith("--help")]
    assert len(lines) > 100
    assert [each for each in lines if each[1].endswith(".")] == []
    assert [each for each in lines if each[1][:1].isupper() and not each[1][:2].isupper()] == []
    assert [each for each in lines if riddle.search(each[1]) or PRIVATE.search(each[1])] == []
