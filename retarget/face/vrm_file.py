# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the expressions that a VRM file contains, for Blenders without the VRM add-on, and keep them as text.

VRM 0 binds expressions to morph targets of meshes, in percent; VRM 1 to those of nodes (https://vrm.dev).
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any, Final, cast

from ..rig.vrm import gltf_json
from .vrm import LOOKING, VRM_0_PRESETS, Bind, VrmExpression

_HEAVIEST: Final = 1e4
"""Largest weight that is believed; a whole shape key is 1 in VRM 1, and 100 in VRM 0."""


def expressions_of(path: Path) -> tuple[VrmExpression, ...]:
    """Return the expressions of a VRM file that move morph targets; none if it declares none or is not a VRM file.

    The mesh of a bind is glTF's mesh instead of Blender's object. Expressions that look somewhere are left out if the
    character looks with the bones of its eyes.
    """
    document = gltf_json(path)
    try:
        extensions = document.get("extensions", {})
        if "VRMC_vrm" in extensions:
            found = list(_vrm_1(document, extensions["VRMC_vrm"]))
        elif "VRM" in extensions:
            found = list(_vrm_0(document, extensions["VRM"]))
        else:
            return ()
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError):
        return ()
    first: dict[str, VrmExpression] = {}
    for each in found:
        if each.name and each.binds:
            first.setdefault(each.name, each)
    return tuple(first.values())


def to_text(expressions: Iterable[VrmExpression]) -> str:
    """Return expressions as text, in ASCII: names of strangers may hold what Blender cannot store."""
    return json.dumps([astuple(each) for each in expressions])


def from_text(text: str) -> tuple[VrmExpression, ...]:
    """Return the expressions that text holds; none if it is not of `to_text`."""
    try:
        return tuple(
            VrmExpression(
                name=str(name),
                binds=tuple(Bind(str(mesh), str(key), _weight(weight)) for mesh, key, weight in binds),
                binary=bool(binary),
                holds=(bool(mouth), bool(blinking), bool(looking)),
            )
            for name, binds, binary, (mouth, blinking, looking) in json.loads(text)
        )
    except (OverflowError, RecursionError, TypeError, ValueError):
        return ()


def _weight(value: Any) -> float:
    """Return the weight of a bind.

    Raises:
        ValueError: it is not finite, or far beyond any use.
        OverflowError, TypeError: it is not a number.
    """
    weight = float(value)
    if not abs(weight) <= _HEAVIEST:
        raise ValueError(f"a shape key is bound with the weight {weight}")
    return weight


def _vrm_1(document: Mapping[str, Any], vrm: Mapping[str, Any]) -> Iterator[VrmExpression]:
    expressions = vrm.get("expressions", {})
    by_bones = vrm.get("lookAt", {}).get("type", "bone") == "bone"
    presets = expressions.get("preset", {})
    named = [(name, each) for name, each in presets.items() if not (by_bones and name in LOOKING)]
    for name, each in [*named, *expressions.get("custom", {}).items()]:
        holds = [each.get(f"override{part}", "none") in {"block", "blend"} for part in ("Mouth", "Blink", "LookAt")]
        binds = [
            _bind(document, document["nodes"][bind["node"]]["mesh"], bind["index"], _weight(bind["weight"]))
            for bind in each.get("morphTargetBinds", ())
        ]
        yield VrmExpression(
            name, tuple(binds), bool(each.get("isBinary", False)), cast(tuple[bool, bool, bool], tuple(holds))
        )


def _vrm_0(document: Mapping[str, Any], vrm: Mapping[str, Any]) -> Iterator[VrmExpression]:
    by_bones = vrm.get("firstPerson", {}).get("lookAtTypeName", "Bone") == "Bone"
    for group in vrm.get("blendShapeMaster", {}).get("blendShapeGroups", ()):
        name = VRM_0_PRESETS.get(str(group.get("presetName", "")).lower(), str(group.get("name", "")))
        if by_bones and name in LOOKING:
            continue
        binds = [
            _bind(document, bind["mesh"], bind["index"], _weight(bind["weight"]) / 100.0)
            for bind in group.get("binds") or ()
        ]
        yield VrmExpression(name, tuple(binds), bool(group.get("isBinary", False)))


def _bind(document: Mapping[str, Any], mesh: int, target: int, weight: float) -> Bind:
    """Return a bind with the names that Blender gives mesh and shape key when it imports the file."""
    found = document["meshes"][mesh]
    extras = found.get("extras") or found["primitives"][0].get("extras") or {}
    names = extras.get("targetNames", ())
    return Bind(str(found["name"]), str(names[target]) if target < len(names) else f"target_{target}", weight)
