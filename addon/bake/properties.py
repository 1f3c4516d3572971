# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of options as Blender's properties: the same in the panel, where a scene keeps them, and in operators."""

from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

from bpy.props import BoolProperty, EnumProperty, FloatProperty, IntProperty, StringProperty

from ...retarget.motion.option_table import Option, Unit
from ..translations import CONTEXT
from .options import options_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_OF_UNITS: Final[dict[Unit, dict[str, Any]]] = {
    "": {},
    "factor": {"subtype": "FACTOR"},
    "seconds": {"subtype": "TIME_ABSOLUTE"},
    "degrees": {},
}
"""What Blender is told of numbers of a unit."""


def properties_of(*groups: "type[DataclassInstance]", **more: Any) -> dict[str, Any]:
    """Groups of options as annotations of a class that Blender registers, with `more` said of each."""
    return {option.name: _property(option, **more) for option in options_of(*groups)}


def _property(option: Option, **more: Any) -> Any:
    make: Callable[..., Any]
    words: dict[str, Any] = {
        "name": option.label,
        "description": option.description,
        "translation_context": CONTEXT,
        **more,
    }
    if option.kind == "text":
        make, words = StringProperty, {"default": option.default, **_suggested(option), **words}
    elif option.kind == "choice":
        make, words = EnumProperty, {"items": option.choices, "default": option.default, **words}
    elif option.kind == "switch":
        make, words = BoolProperty, {"default": option.default, **words}
    elif option.whole:
        make = IntProperty
        words = {"default": option.default, **{name: int(bound) for name, bound in _range(option).items()}, **words}
    else:
        make, words = FloatProperty, {"default": option.default, **_range(option), **_OF_UNITS[option.unit], **words}
    return make(**words)


def _suggested(option: Option) -> dict[str, Any]:
    """What Blender is told of a text with suggestions."""
    if not option.suggestions:
        return {}

    def search(_self: Any, _context: Any, _typed: str) -> list[str]:
        return list(option.suggestions)

    return {"search": search, "search_options": {"SUGGESTION"}}


def _range(option: Option) -> dict[str, float]:
    """Bounds that a number of Blender's has; with room for the one that stands for none."""
    lowest = option.minimum if option.unset is None else min(option.minimum, option.unset)
    return {name: bound for name, bound in {"min": lowest, "max": option.maximum}.items() if isfinite(bound)}
