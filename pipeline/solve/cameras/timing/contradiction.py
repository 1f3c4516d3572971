# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the motion contradicts what a user says of when cameras filmed."""

from collections.abc import Sequence
from typing import Final

from .....models.body.motion import BodyMotion
from ....errors import CamerasApart
from ....takes.geometry import Clock
from .synchronise import synchronise_people

_NEAR: Final = 0.25
"""Seconds that what is said may be off: several frames, as people find a clap in a video by eye."""


def contradiction(people: Sequence[Sequence[BodyMotion]], clocks: Sequence[Clock]) -> str:
    """Return a sentence if the motion clearly says that cameras filmed at other times; or else nothing.

    Args:
        people: for each camera, the motions of the people in it.
        clocks: of the cameras, as said.
    """
    try:
        found = synchronise_people(people)
    except CamerasApart:
        return ""
    for number, (own, said) in enumerate(zip(found, clocks, strict=True), start=1):
        late = own.offset - said.offset
        if abs(late) > _NEAR:
            when = "later" if late > 0.0 else "earlier"
            return (
                f"But going by how people move, camera {number} was started {abs(late):.1f} s {when} than said: "
                "correct Synchronise (--sync), or set it to auto."
            )
    return ""
