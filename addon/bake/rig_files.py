# SPDX-License-Identifier: GPL-3.0-or-later
"""Which characters people move who are baked to a file: as given, and what is done where they are too few or too many.

It needs no Blender.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class RigFile:
    """A character, by the file that it is in.

    Attributes:
        path: the file; None for the built-in avatar.
        armature: name of its armature, where the file has several.
        bone_map: file that says which bone follows which joint, as the panel saves it; the rig's own map unless given.
    """

    path: Path | None = None
    armature: str | None = None
    bone_map: Path | None = None

    @property
    def is_scene(self) -> bool:
        """Whether the file holds a scene of Blender's, which is kept around the character."""
        return self.path is not None and self.path.suffix.lower() == ".blend"


def cast_of(rigs: Sequence[RigFile], people: int) -> tuple[list[RigFile], list[str]]:
    """Return a rig for each person, and sentences on rigs that are missing or left over.

    Without any rig, all are built-in avatars. People without a rig of their own get the last one given.
    """
    if not any(rig.path for rig in rigs):
        return [*rigs[:people], *[RigFile(bone_map=rigs[-1].bone_map if rigs else None)] * (people - len(rigs))], []
    given, said = len(rigs), []
    if given < people:
        times = "twice" if people - given == 1 else f"{people - given + 1} times"
        which = "one rig was given: it" if given == 1 else f"{given} rigs were given: the last one"
        said.append(f"There are {people} people and {which} appears {times}. Give a rig for each person instead.")
    elif given > people:
        who = "there is one person" if people == 1 else f"there are {people} people"
        left = ", ".join(f"“{rig.path}”" for rig in rigs[people:])
        said.append(f"{given} rigs were given and {who}: {left} was left out.")
    return [*rigs[:people], *[rigs[-1]] * (people - given)], said


def each_named(name: str, people: int) -> Iterator[str]:
    """Yield a name for what each person gets; with a number if there are several."""
    yield from ([name] if people == 1 else [f"{name} {number}" for number in range(1, people + 1)])
