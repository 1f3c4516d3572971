# SPDX-License-Identifier: GPL-3.0-or-later
"""Find which expressions move which parts of a character's face, by names.

Brows, eyes and mouth are chosen one by one: each is moved by the family of shape keys, or of expressions that the VRM
add-on manages, that knows most of it; so a mouth of visemes goes with lids named otherwise. Bones move what no shape
key does, and the eyes.
"""

from collections.abc import Iterable
from typing import Final

from ...models.body.expressions import EXPRESSION_REGIONS, EXPRESSIONS
from .edits import missing_expressions
from .face_rig import FaceMap, FaceRig, FaceTarget
from .families import BonesMatch, TargetsMatch, face_families, match_bones, match_targets
from .names import NameIndex
from .notices import doubles, no_face, short_ranges

NO_FACE: Final = "none"
"""Family of a character without a face."""

AREAS: Final = ("brows", "eyes", "mouth")
"""Parts of the face that are chosen one by one; the jaw goes with the mouth."""

_AREA_OF: Final = {
    name: "mouth" if region == "jaw" else str(region)
    for name, region in zip(EXPRESSIONS, EXPRESSION_REGIONS, strict=True)
}

_IMPORTANCE: Final = {
    "jawOpen": 4.0,
    "eyeBlinkLeft": 3.0,
    "eyeBlinkRight": 3.0,
    **dict.fromkeys(("mouthSmileLeft", "mouthSmileRight", "mouthFunnel", "mouthPucker"), 2.0),
    **dict.fromkeys(("browInnerUp", "browDownLeft", "browDownRight"), 2.0),
    **dict.fromkeys((name for name in EXPRESSIONS if name.startswith("eyeLook")), 0.25),
}
"""How much expressions count in the choice of a family; others 1."""

_LOCKED: Final = 0.01
"""Part that shape keys count for that must not be keyed: they are in the map, so that a sentence can name them."""

_MANAGED: Final = 1.5
"""Managed expressions count for more than their number, as they are what the character's author meant to be used."""


def map_face(face: FaceRig, *, name: str = "The character") -> FaceMap:
    """Map a face by the names of its shape keys, bones and managed expressions.

    A face of which nothing is known has a map without targets, and a warning.

    Args:
        face: the face.
        name: the character's name in messages.
    """
    chosen = _choose(face)
    found = [target for area, match in chosen.items() for target in match.targets if area_of(target) == area]
    targets = list({(target.kind, target.name): target for target in reversed(found)}.values())[::-1]
    moved = {expression for target in targets if _moves(face, target) for expression in _shown(target)}
    bones = _bones(face)
    targets += [
        target for target in bones.targets if bones.family.bones_always or not moved.intersection(target.weights)
    ]
    if bones.eyes:  # The VRM add-on would turn the same bones.
        targets = [target for target in targets if target.kind != "vrm" or not _only_looks(target)]
    targets += bones.eyes
    names = dict.fromkeys(match.family.name for match in chosen.values())
    if len(targets) > sum(target.kind != "bone" for target in targets):
        names.setdefault(bones.family.name)
    pairs = dict.fromkeys(pair for match in chosen.values() for pair in match.doubles)
    warnings = [*doubles(pairs), *short_ranges(face, targets)] if targets else [no_face(face, name)]
    return FaceMap(
        family=", ".join(names) or NO_FACE,
        targets=tuple(targets),
        missing=missing_expressions(targets),
        warnings=tuple(warnings),
    )


def area_of(target: FaceTarget) -> str:
    """Return the part of the face, one of `AREAS`, that a target's strongest expression moves."""
    return _AREA_OF[max(target.weights, key=lambda expression: target.weights[expression])]


def _choose(face: FaceRig) -> dict[str, TargetsMatch]:
    """Return the match that moves most of each part of the face."""
    meshes: dict[str, list[str]] = {}
    for key in face.keys:
        meshes.setdefault(key.mesh, []).append(key.name)
    keys = {mesh: NameIndex.of(names) for mesh, names in meshes.items()}
    managed = {"": NameIndex.of(face.vrm)} if face.vrm else {}
    matches = [match_targets(family, "key", keys) for family in face_families()]
    matches += [match_targets(family, "vrm", managed) for family in face_families() if managed]
    scores = [{area: _score(face, match, area) for area in AREAS} for match in matches]
    whole = [sum(score.values()) for score in scores]
    best: dict[str, int] = {}
    for area in AREAS:
        ranks = [(score[area], whole[row], matches[row].fraction) for row, score in enumerate(scores)]
        row = ranks.index(max(ranks))
        if scores[row][area] > 0.0:
            best[area] = row
    return {area: matches[row] for area, row in sorted(best.items(), key=lambda item: -whole[item[1]])}


def _score(face: FaceRig, match: TargetsMatch, area: str) -> float:
    """Return how much of a part of the face a match moves."""
    found: dict[str, float] = {}
    for target in match.targets:
        if area_of(target) == area:
            part = 1.0 if _moves(face, target) else _LOCKED
            for expression in _shown(target):
                found[expression] = min(1.0, found.get(expression, 0.0) + part * abs(target.weights[expression]))
    total = sum(_IMPORTANCE.get(expression, 1.0) * part for expression, part in found.items())
    return total * (_MANAGED if match.kind == "vrm" else 1.0)


def _moves(face: FaceRig, target: FaceTarget) -> bool:
    """Whether Mimic may set the value of a target's shape keys."""
    return target.kind != "key" or any(key.name == target.name and key.free for key in face.keys)


def _only_looks(target: FaceTarget) -> bool:
    return all(expression.startswith("eyeLook") for expression in target.weights)


def _shown(target: FaceTarget) -> Iterable[str]:
    """Return the expressions that a target shows; those that only hold others back are not among them."""
    return (expression for expression, weight in target.weights.items() if weight > 0.0 or target.signed)


def _bones(face: FaceRig) -> BonesMatch:
    """Return the match of the family that knows most of the face's bones."""
    index = NameIndex.of(face.rig.names)
    matches = [match_bones(family, face, index) for family in face_families()]

    def known(match: BonesMatch) -> int:
        return len({target.name for target in (*match.eyes, *match.targets)})

    return max(matches, key=known)
