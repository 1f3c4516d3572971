# SPDX-License-Identifier: GPL-3.0-or-later
"""Which armature follows which person, where there are several: rows of the panel, for sessions and for bakes alike.

People are counted from 1 in what is shown, and from 0 in Python.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import bpy
from bpy.props import PointerProperty, StringProperty

from .errors import ArmatureTaken, NoArmature
from .polls import is_armature
from .scene_settings import SceneSettings
from .stage import current_scene, object_called

ROWS: Final = 8
"""People whose armature can be chosen; those beyond get the built-in avatar."""


def field_of(person: int) -> str:
    """Name of the setting, and of the property of operators, with the armature of a person, counted from 0."""
    return "armature" if person == 0 else f"armature_{person + 1}"


def fields() -> dict[str, Any]:
    """Settings of a scene that hold the armatures of all people but the first."""
    pointer: Any = PointerProperty
    return {
        field_of(person): pointer(
            name="Armature",
            description="Character that follows this person; another selected armature if empty, or a new avatar",
            type=bpy.types.Object,
            poll=is_armature,
        )
        for person in range(1, ROWS)
    }


def names() -> dict[str, Any]:
    """Properties of operators that name those armatures instead."""
    name: Any = StringProperty
    return {
        field_of(person): name(
            name="Armature",
            description="Character that follows one of several people; the panel's if empty",
            options={"SKIP_SAVE"},
        )
        for person in range(1, ROWS)
    }


def armatures(
    settings: SceneSettings, first: bpy.types.Object | None, count: int, *, named: Mapping[int, str] | None = None
) -> list[bpy.types.Object | None]:
    """Return the armature of each of `count` people: as chosen, then other selected ones; None where there is none.

    Args:
        settings: what the panel holds.
        first: armature of the first person.
        count: number of people.
        named: person, counted from 0 -> name of an armature that is chosen instead of the panel's.

    Raises:
        NoArmature: there is no armature of a given name.
        ArmatureTaken: two people have the same one.
    """
    found = [first, *(_chosen(settings, person, (named or {}).get(person, "")) for person in range(1, count))]
    for person, armature in enumerate(found):
        if armature is not None and armature in found[:person]:
            raise ArmatureTaken(f"One armature cannot follow two people: choose another one for Person {person + 1}.")
    free = iter(_selected_but(found))
    return [next(free, None) if armature is None else armature for armature in found]


def _chosen(settings: SceneSettings, person: int, name: str) -> bpy.types.Object | None:
    if name:
        thing = object_called(name)
        if thing is None or thing.type != "ARMATURE":
            raise NoArmature(f'There is no armature "{name}" in this file: check the spelling.')
        return thing
    chosen: bpy.types.Object | None = getattr(settings, field_of(person), None) if person < ROWS else None
    return chosen if chosen is not None and chosen.name in current_scene().objects else None


def _selected_but(taken: Sequence[bpy.types.Object | None]) -> list[bpy.types.Object]:
    """Selected armatures that nobody follows yet, by name."""
    selected = sorted(bpy.context.selected_objects, key=lambda thing: thing.name)
    return [thing for thing in selected if thing.type == "ARMATURE" and thing not in taken]


def row_count(settings: SceneSettings) -> int:
    """Return the number of people with a row in the panel; for everyone in the picture, those with an armature."""
    if settings.people:
        return min(settings.people, ROWS)
    return max(person + 1 for person in range(ROWS) if person == 0 or getattr(settings, field_of(person)) is not None)
