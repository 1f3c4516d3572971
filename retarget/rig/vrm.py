# SPDX-License-Identifier: GPL-3.0-or-later
"""Read the humanoid bone map that a VRM file contains.

VRM 0 lists ``humanBones`` as {"bone": "hips", "node": 3}, VRM 1 maps {"hips": {"node": 3}}; both refer to nodes of
the glTF file by index (https://vrm.dev).
"""

import json
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from .families import families, match_family

_MAGIC: Final = b"glTF"
_JSON: Final = 0x4E4F534A
_HEADER: Final = struct.Struct("<4sII II")


def humanoid_of(path: Path) -> dict[str, str]:
    """Map joints to bones as a VRM file declares them; empty if it declares none or is not a VRM file."""
    document = gltf_json(path)
    try:
        nodes = document.get("nodes", [])
        found = {bone: nodes[node]["name"] for bone, node in _human_bones(document.get("extensions", {}))}
    except (AttributeError, IndexError, KeyError, TypeError):
        return {}
    named = {bone: name for bone, name in found.items() if isinstance(bone, str) and isinstance(name, str)}
    family = next(family for family in families() if family.name == "VRM humanoid")
    matched = match_family(family, tuple(named)).bones
    return {joint: named[bone] for joint, bone in matched.items()}


def gltf_json(path: Path) -> Mapping[str, Any]:
    """Return the JSON chunk of a binary glTF file; empty if it is not one."""
    with path.open("rb") as file:
        header = file.read(_HEADER.size)
        if len(header) < _HEADER.size:
            return {}
        magic, _version, _length, size, kind = _HEADER.unpack(header)
        if magic != _MAGIC or kind != _JSON:
            return {}
        try:
            document = json.loads(file.read(size))
        except (ValueError, RecursionError):
            return {}
    return document if isinstance(document, dict) else {}


def _human_bones(extensions: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    """Yield the names of humanoid bones and the indices of their nodes."""
    if "VRMC_vrm" in extensions:
        for bone, of in extensions["VRMC_vrm"]["humanoid"]["humanBones"].items():
            yield bone, of["node"]
    elif "VRM" in extensions:
        for of in extensions["VRM"]["humanoid"]["humanBones"]:
            yield of["bone"], of["node"]
