# SPDX-License-Identifier: GPL-3.0-or-later
"""The one table of options: what it says is what the guide says, and what every line of it must have."""

import re
import subprocess
import sys
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from mimic.addon.bake.options import BAKING, CAPTURING, KEPT, CaptureOptions, SourceSpan, holistic_settings, options_of
from mimic.retarget.errors import InvalidOption
from mimic.retarget.motion.option_table import Option, check, choice, count, number, read, switch, table, text

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "scripting.md"

EVERY = options_of(*CAPTURING, *BAKING)


@dataclass(frozen=True)
class Sample:
    """One option of each kind."""

    height: float = number(2.0, "Height", "How high it is", minimum=1.0, maximum=3.0, unset=0.0, unit="seconds")
    wide: bool = switch(False, "Wide", "Whether it is wide")
    colour: str = choice("red", "Colour", "What it looks like", (("red", "Red", ""), ("blue", "Blue", "")))
    note: str = text("Note", "What is written on it")
    size: str = text("Size", "How large it is", default="S", pattern="S|M|L", example="one of S, M, L")
    pieces: int = count(1, "Pieces", "How many there are", minimum=1, maximum=9, unset=0)
    other: int = 3

    def __post_init__(self) -> None:
        check(self)


def test_table_reads_names_types_and_words_off_a_dataclass():
    assert [(o.name, o.kind, o.default) for o in table(Sample)] == [
        ("height", "number", 2.0),
        ("wide", "switch", False),
        ("colour", "choice", "red"),
        ("note", "text", ""),
        ("size", "text", "S"),
        ("pieces", "number", 1),
    ]
    assert table(Sample)[0].wanted == "a number of seconds from 1 to 3, or 0"


def test_read_asks_for_each_option_by_its_name():
    given = {"height": 1.5, "wide": True, "colour": "blue", "note": "x", "size": "L", "pieces": 2}
    assert read(Sample, given.__getitem__) == Sample(1.5, True, "blue", "x", "L", 2)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"height": 3.5}, "Option height is 3.5: give a number of seconds from 1 to 3, or 0."),
        ({"height": float("nan")}, "Option height is nan: give a number of seconds from 1 to 3, or 0."),
        ({"height": True}, "Option height is True: give a number of seconds from 1 to 3, or 0."),
        ({"wide": "no"}, 'Option wide is "no": give True or False.'),
        ({"colour": "green"}, 'Option colour is "green": give one of red, blue.'),
        ({"note": 3}, "Option note is 3: give text."),
        ({"size": "XL"}, 'Option size is "XL": give one of S, M, L.'),
        ({"pieces": 1.5}, "Option pieces is 1.5: give a whole number from 1 to 9, or 0."),
        ({"pieces": 10}, "Option pieces is 10: give a whole number from 1 to 9, or 0."),
    ],
)
def test_check_of_a_bad_value_is_refused_with_a_sentence(wrong, said):
    with pytest.raises(InvalidOption, match=f"^{re.escape(said)}$"):
        Sample(**wrong)
    assert Sample(height=0.0).height == 0.0


def test_options_all_have_a_description_and_an_allowed_default():
    names = [option.name for option in EVERY]
    assert len(names) == len(set(names))
    for option in EVERY:
        assert option.allows(option.default), option.name
        assert option.label == option.label.strip() != ""
        assert option.description[0].isupper()
        assert not option.description.endswith(".")
        assert "\n" not in option.description
        assert bool(option.without) is (option.default is True), option.name


def test_table_lists_every_field_of_the_options():
    for group in {*CAPTURING, *BAKING}:
        assert [each.name for each in fields(group)] == [option.name for option in table(group)]
    assert set(EVERY) - set(options_of(*KEPT)) == set(options_of(SourceSpan))


def test_importing_the_option_table_loads_no_heavy_library():
    heavy = {"bpy", "cv2", "onnxruntime"}
    program = f"import sys, mimic.addon.bake.options; sys.stdout.write(str(set(sys.modules) & {heavy!r}))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "set()"


def row(option: Option) -> str:
    """A line of the guide's table."""
    flag = f"--{'no-' if option.default is True else ''}{option.name.replace('_', '-')}"
    values = option.wanted if option.kind == "text" else ""
    if option.kind == "choice":
        values = ", ".join(f'`"{value}"`' for value, _, _ in option.choices)
    elif option.kind == "number":
        values = option.wanted.removeprefix("a number ").removeprefix("of ")
    default = f'`"{option.default}"`' if isinstance(option.default, str) else f"`{option.default}`"
    flag = "given by naming a region" if option.name == "by_region" else f"`{flag}`"
    return f"| `{option.name}` | {flag} | {option.description} | {values} | {default} |"


@pytest.mark.parametrize(("heading", "groups"), [("captures", CAPTURING), ("bakes", BAKING)])
def test_guide_shows_the_option_table_unchanged(heading, groups):
    guide = GUIDE.read_text(encoding="utf-8")
    part = guide.split(f"### Options of {heading}\n", 1)[1].split("\n#", 1)[0]
    shown = [line for line in part.splitlines() if line.startswith("| `")]
    expected = [row(option) for option in options_of(*groups)]
    assert shown == expected, "the table should be:\n" + "\n".join(expected)


def test_capture_options_with_a_bad_field_of_view_are_refused():
    assert CaptureOptions(field_of_view=0.0).field_of_view == 0.0
    with pytest.raises(InvalidOption, match="field_of_view is 3"):
        CaptureOptions(field_of_view=3.0)


def test_source_span_with_its_end_before_its_start_is_refused():
    with pytest.raises(InvalidOption, match="would end at 1 s, before it begins at 2 s"):
        SourceSpan(start=2.0, end=1.0)


@pytest.mark.parametrize("person", ["centre", "largest", "left", "right", "640,360", "12.5,0"])
def test_capture_options_take_a_word_or_a_point_for_the_person(person):
    assert holistic_settings(CaptureOptions(person=person, people=0)).person == person


@pytest.mark.parametrize("person", ["", "middle", "640", "640;360", "-1,5", "1,2,3", "largest,left"])
def test_capture_options_with_any_other_person_are_refused(person):
    with pytest.raises(
        InvalidOption, match=r"^Option person is \".*\": give one of centre, largest, left, right, or a"
    ):
        CaptureOptions(person=person)


@pytest.mark.parametrize("people", [-1, 17, 1.5, float("nan"), "all"])
def test_capture_options_with_a_meaningless_number_of_people_are_refused(people):
    with pytest.raises(InvalidOption, match="give a whole number from 1 to 16, or 0"):
        CaptureOptions(people=people)
