# SPDX-License-Identifier: GPL-3.0-or-later
"""Sentences about what of a face cannot be animated as expected."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from .face_rig import FaceRig, FaceTarget, ShapeKey

_LISTED: Final = 5
"""Names that a sentence lists."""


def face_warnings(
    face: FaceRig, targets: Sequence[FaceTarget], doubles: Iterable[tuple[str, str, str]], name: str
) -> tuple[str, ...]:
    """Return sentences about a mapped face.

    Args:
        face: the face.
        targets: what is moved.
        doubles: mesh, name that is moved, and another name in it that is only another spelling.
        name: the character's name in messages.
    """
    if not targets:
        return (_no_face(face, name),)
    return (*_locked(face, targets), *_doubles(doubles), *_unfit(face, targets))


def names_left_out(names: Iterable[str], name: str) -> Iterator[str]:
    """Yield a sentence about names of a map that a character lacks."""
    listed = [f"“{each}”" for each in names]
    if listed:
        rest = f" and {len(listed) - _LISTED} more" if len(listed) > _LISTED else ""
        yield f"{name} has no {', '.join(listed[:_LISTED])}{rest}, which the face map asks for; they are left out."


def _no_face(face: FaceRig, name: str) -> str:
    if face.keys:
        return f"No shape key of {name} has a name of an expression that Mimic knows, so its face stays still."
    return f"{name} has neither shape keys nor bones for a face, so its face stays still."


def _locked(face: FaceRig, targets: Sequence[FaceTarget]) -> Iterator[str]:
    """Yield sentences about shape keys that must not be keyed, and those that do nothing."""
    named = {target.name for target in targets if target.kind == "key"}
    keys = [key for key in face.keys if key.name in named]
    for mesh in dict.fromkeys(key.mesh for key in keys):
        own = [key for key in keys if key.mesh == mesh]
        for which, one, several in _STATES:
            names = [key.name for key in own if which(key)]
            if len(names) == 1:
                yield f"The shape key “{names[0]}” of {mesh} {one}."
            elif names:
                yield f"{len(names)} shape keys of {mesh} {several}."


_STATES: Final[tuple[tuple[Callable[[ShapeKey], bool], str, str], ...]] = (
    (
        lambda key: key.driven,
        "is driven and left alone; remove its driver to animate it",
        "are driven and left alone; remove their drivers to animate them",
    ),
    (
        lambda key: bool(key.locked),
        "is linked from another file and left alone; make its mesh local to animate it",
        "are linked from another file and left alone; make their mesh local to animate them",
    ),
    (
        lambda key: key.muted and key.free,
        "is muted and shows nothing; switch it on to see it",
        "are muted and show nothing; switch them on to see them",
    ),
)
"""What may be the matter with shape keys, in words for one and for several."""


def _doubles(doubles: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    for mesh, first, other in doubles:
        yield f"{mesh} has “{first}” and “{other}” for the same expression; Mimic moves “{first}”."


def _unfit(face: FaceRig, targets: Sequence[FaceTarget]) -> Iterator[str]:
    """Yield sentences about shape keys whose range keeps them from showing an expression."""
    highest = {target.name: max(target.low, target.high) for target in targets if target.kind == "key"}
    for key in face.keys:
        if key.free and key.name in highest and key.maximum < 0.5 * highest[key.name]:
            yield (
                f"The shape key “{key.name}” of {key.mesh} goes up to {key.maximum:g} only, so it shows its expression "
                "in part: raise its maximum."
            )
