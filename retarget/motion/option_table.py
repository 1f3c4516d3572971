# SPDX-License-Identifier: GPL-3.0-or-later
"""Options as entries of a single table that panel, operators, command line and Python API read.

An option is declared once, as a field of a frozen dataclass:

    smoothing: float = number(0.5, "Smoothing", "Smoothing of baked motion", maximum=1.0, unit="factor")

So mypy knows its type, and a misspelt option is an error. `table` returns the rest of its declaration. An option has
the same name, range and default everywhere.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from math import inf, isfinite
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar, cast

from ..errors import InvalidOption

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Kind = Literal["switch", "number", "choice", "text"]
Unit = Literal["", "factor", "seconds", "degrees"]

Choices = tuple[tuple[str, str, str], ...]
"""Value, label and description of each choice, like the items of Blender's EnumProperty."""

C = TypeVar("C", bound=str)
T = TypeVar("T", bound="DataclassInstance")

_OPTION: Final = "option"

_NOUNS: Final[dict[Unit, str]] = {
    "": "a number",
    "factor": "a number",
    "seconds": "a number of seconds",
    "degrees": "a number of degrees",
}


@dataclass(frozen=True)
class Option:
    """An entry of the table.

    Attributes:
        kind: kind of its values.
        default: default value.
        label: label in the panel, in title case.
        description: what it does, in one line without a full stop.
        minimum, maximum: range of a number, both included.
        unset: a number outside the range that means "not given"; None if there is none.
        unit: unit of a number; a factor is a fraction of the maximum effect.
        choices: the choices of a choice.
        whole: whether a number is a whole one.
        unset_word: word for `unset` on the command line, such as "all"; empty for none.
        suggestions: values that are offered for a text.
        pattern: regular expression of a whole text that is valid; empty for any text.
        example: description of what `pattern` allows, such as "left, right or X,Y".
        without: help of the command-line flag that turns off a switch which is on by default.
        name: name of the field, which is the option's name everywhere.
    """

    kind: Kind
    default: bool | float | str
    label: str
    description: str
    minimum: float = -inf
    maximum: float = inf
    unset: float | None = None
    unit: Unit = ""
    choices: Choices = ()
    whole: bool = False
    unset_word: str = ""
    suggestions: tuple[str, ...] = ()
    pattern: str = ""
    example: str = ""
    without: str = ""
    name: str = ""

    @property
    def wanted(self) -> str:
        """Description of its valid values, such as "a number from 0 to 1"."""
        if self.kind == "switch":
            return "True or False"
        if self.kind == "choice":
            return f"one of {', '.join(value for value, _, _ in self.choices)}"
        if self.kind == "text":
            return self.example or "text"
        words = "a whole number" if self.whole else _NOUNS[self.unit]
        if isfinite(self.minimum):
            bounds = (
                f" from {self.minimum:g} to {self.maximum:g}"
                if isfinite(self.maximum)
                else f", {self.minimum:g} or more"
            )
            words += bounds
        return words if self.unset is None else f"{words}, or {self.unset:g}"

    def allows(self, value: object) -> bool:
        """Return whether a value is valid."""
        if self.kind == "switch":
            return isinstance(value, bool)
        if self.kind == "choice":
            return value in [known for known, _, _ in self.choices]
        if self.kind == "text":
            return isinstance(value, str) and (not self.pattern or re.fullmatch(self.pattern, value) is not None)
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            return False
        if self.whole and not float(value).is_integer():
            return False
        return value == self.unset or self.minimum <= value <= self.maximum


def number(
    default: float,
    label: str,
    description: str,
    *,
    minimum: float = -inf,
    maximum: float = inf,
    unset: float | None = None,
    unit: Unit = "",
) -> float:
    """Declare an option that is a number. For the arguments see `Option`."""
    option = Option("number", default, label, description, minimum=minimum, maximum=maximum, unset=unset, unit=unit)
    return cast(float, _declared(option))


def count(
    default: int,
    label: str,
    description: str,
    *,
    minimum: int,
    maximum: int,
    unset: int | None = None,
    unset_word: str = "",
) -> int:
    """Declare an option that is a whole number. For the arguments see `Option`."""
    option = Option("number", default, label, description, minimum=minimum, maximum=maximum, unset=unset)
    return cast(int, _declared(replace(option, unset_word=unset_word, whole=True)))


def switch(default: bool, label: str, description: str, *, without: str = "") -> bool:
    """Declare an option that is on or off. For the arguments see `Option`."""
    return cast(bool, _declared(Option("switch", default, label, description, without=without)))


def choice(default: C, label: str, description: str, choices: Choices) -> C:
    """Declare an option that is one of a few words. For the arguments see `Option`."""
    return cast(C, _declared(Option("choice", default, label, description, choices=choices)))


def text(
    label: str,
    description: str,
    *,
    default: str = "",
    suggestions: tuple[str, ...] = (),
    pattern: str = "",
    example: str = "",
) -> str:
    """Declare an option that is a text. For the arguments see `Option`."""
    option = Option("text", default, label, description, suggestions=suggestions, pattern=pattern, example=example)
    return cast(str, _declared(option))


def _declared(option: Option) -> object:
    return field(default=option.default, metadata={_OPTION: option})


def table(group: "type[DataclassInstance]") -> tuple[Option, ...]:
    """Return the options that a dataclass declares, in order."""
    return tuple(
        replace(cast(Option, each.metadata[_OPTION]), name=each.name)
        for each in fields(group)
        if _OPTION in each.metadata
    )


def read(group: type[T], value: Callable[[str], Any]) -> T:
    """Create a dataclass of options from a function that returns the value of an option by name.

    Raises:
        InvalidOption: an option has an invalid value, if the dataclass checks it.
    """
    return group(**{option.name: value(option.name) for option in table(group)})


def check(options: "DataclassInstance") -> None:
    """Check the values of all options.

    Raises:
        InvalidOption: an option has an invalid value.
    """
    for option in table(type(options)):
        value = getattr(options, option.name)
        if not option.allows(value):
            said = f'"{value}"' if isinstance(value, str) else f"{value}"
            raise InvalidOption(f"Option {option.name} is {said}: give {option.wanted}.")
