# SPDX-License-Identifier: GPL-3.0-or-later
"""Write motion as a VRM animation (.vrma): a binary glTF with the extension VRMC_vrm_animation 1.0.

It moves every VRM humanoid, whatever its proportions: bones are those of `humanoid.t_pose`, which turn and do not move
but for the hips; expressions are weights, held by nodes that move along X; the gaze is the turn of a node. As the
specification has it, the eyes' bones and the expressions that look somewhere have no animation of their own.
"""

import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import INDEX, PARENTS
from ...models.body.model import Body
from ...models.body.motion import BodyMotion
from ...retarget.face.vrm import EXPRESSION_PRESETS, LOOKING
from ...retarget.rig.humanoid import HUMANOID, HUMANOID_MAP, t_pose
from ...retarget.transfer.fingers import finger_bones, without_bones
from ...retarget.transfer.plan import RetargetPlan

Array = NDArray[np.float64]

_FLOAT: Final = 5126
_EYES: Final = [2, 5]
"""BlazePose's left and right eye among the landmarks of the body."""


def write_vrma(
    path: Path,
    motion: BodyMotion,
    body: Body,
    character: Body,
    *,
    expressions: Mapping[str, Array] | None = None,
    gaze: Array | None = None,
    fingers: bool = True,
) -> None:
    """Write a motion of the body as a VRM animation. Overwrites `path`.

    Args:
        path: the file.
        motion: n frames, at least one.
        body: the body of the motion.
        character: the same body with the proportions of the character, which are those of the file's skeleton.
        expressions: expression -> its weights (n,), 0 to 1. Names are VRM 1.0's, or a character's own.
        gaze: (n, 4) unit quaternions, the direction of both eyes in the head's frame; None to leave it out.
        fingers: whether fingers are animated.
    """
    rig = t_pose(character)
    moved = RetargetPlan(body, rig, HUMANOID_MAP).motion(motion)
    if not fingers:
        moved = without_bones(moved, finger_bones(HUMANOID_MAP))
    document = _Document(motion.time - motion.time[0])
    heads = rig.rest[:, :3, 3]
    root = document.node("Root", np.zeros(3))
    nodes: list[int] = []
    for joint, bone in enumerate(HUMANOID.values()):
        parent = PARENTS[joint]
        offset = heads[joint] - heads[parent] if parent >= 0 else heads[joint]
        nodes.append(document.node(bone, _to_gltf(offset), root if parent < 0 else nodes[parent]))
    if moved.location is not None:
        document.animate(nodes[0], "translation", _to_gltf(heads[0] + moved.location))
    for place, bone in enumerate(moved.bones):
        document.animate(nodes[rig.names.index(bone)], "rotation", _turn_to_gltf(moved.rotations[:, place]))
    extension: dict[str, Any] = {
        "specVersion": "1.0",
        "humanoid": {"humanBones": {bone: {"node": node} for bone, node in zip(rig.names, nodes, strict=True)}},
    }
    if gaze is not None:
        node = document.node("LookAt", _to_gltf(_eyes(character)), nodes[INDEX["Head"]])
        document.animate(node, "rotation", _turn_to_gltf(gaze))
        extension["lookAt"] = {"node": node, "offsetFromHeadBone": _to_gltf(_eyes(character)).tolist()}
    extension["expressions"] = _expressions(document, expressions or {})
    path.write_bytes(document.packed(extension))


def _expressions(document: "_Document", expressions: Mapping[str, Array]) -> dict[str, Any]:
    """Add the nodes of expressions. They come last and in the order of their channels, as UniVRM removes them so."""
    found: dict[str, dict[str, Any]] = {"preset": {}, "custom": {}}
    for name, weights in expressions.items():
        if name in LOOKING:
            continue
        places = np.zeros((len(weights), 3))
        places[:, 0] = np.clip(weights, 0.0, 1.0)
        node = document.node(name, np.zeros(3))
        document.animate(node, "translation", places)
        found["preset" if name in EXPRESSION_PRESETS else "custom"][name] = {"node": node}
    return {kind: named for kind, named in found.items() if named}


def _eyes(character: Body) -> Array:
    """Return the point (3,) between the eyes, from the head joint."""
    eyes: Array = character.landmarks[_EYES].mean(axis=0) - character.rest[INDEX["Head"]]
    return eyes


def _to_gltf(points: Array) -> Array:
    """Return points (..., 3) with glTF's axes: Y up, Z to the front."""
    return points[..., [0, 2, 1]] * [1.0, 1.0, -1.0]


def _turn_to_gltf(turns: Array) -> Array:
    """Return quaternions (n, 4) w, x, y, z as glTF's x, y, z, w, in its axes."""
    turns = rot.continuous(turns)
    return np.concatenate([_to_gltf(turns[..., 1:]), turns[..., :1]], axis=-1)


class _Document:
    """A glTF document of nodes and one animation whose channels share their times.

    Args:
        times: (n,) seconds from 0. Of frames that are not apart in single precision, the first one counts.
    """

    def __init__(self, times: Array) -> None:
        self._nodes: list[dict[str, Any]] = []
        self._roots: list[int] = []
        self._views: list[dict[str, Any]] = []
        self._accessors: list[dict[str, Any]] = []
        self._samplers: list[dict[str, Any]] = []
        self._channels: list[dict[str, Any]] = []
        self._data = bytearray()
        self._frames = np.unique(times.astype(np.float32), return_index=True)[1]
        self._times = self._accessor(times[:, None])
        least, most = times[self._frames].astype(np.float32)[[0, -1]].tolist()
        self._accessors[self._times] |= {"min": [least], "max": [most]}

    def node(self, name: str, translation: Array, parent: int | None = None) -> int:
        """Add a node, and return its index."""
        index = len(self._nodes)
        self._nodes.append({"name": name, "translation": [float(value) for value in translation]})
        if parent is None:
            self._roots.append(index)
        else:
            self._nodes[parent].setdefault("children", []).append(index)
        return index

    def animate(self, node: int, path: str, values: Array) -> None:
        """Add a channel that sets a property of a node to values (n, k)."""
        self._channels.append({"sampler": len(self._samplers), "target": {"node": node, "path": path}})
        self._samplers.append({"input": self._times, "output": self._accessor(values), "interpolation": "LINEAR"})

    def packed(self, extension: Mapping[str, Any]) -> bytes:
        """Return the bytes of the file, with the contents of VRMC_vrm_animation."""
        document = {
            "asset": {"version": "2.0", "generator": "Mimic"},
            "extensionsUsed": ["VRMC_vrm_animation"],
            "extensions": {"VRMC_vrm_animation": extension},
            "scene": 0,
            "scenes": [{"nodes": self._roots}],
            "nodes": self._nodes,
            "animations": [{"name": "Motion", "channels": self._channels, "samplers": self._samplers}],
            "accessors": self._accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": len(self._data)}],
        }
        text = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
        text += b" " * (-len(text) % 4)
        chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(self._data), b"BIN\0")
        return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks) + len(self._data)) + chunks + bytes(self._data)

    def _accessor(self, values: Array) -> int:
        """Add values (n, k) to the buffer, and return the index of their accessor."""
        numbers = np.ascontiguousarray(values[self._frames], dtype="<f4")
        self._views.append({"buffer": 0, "byteOffset": len(self._data), "byteLength": numbers.nbytes})
        self._data += numbers.tobytes()
        self._accessors.append(
            {
                "bufferView": len(self._views) - 1,
                "componentType": _FLOAT,
                "count": len(numbers),
                "type": {1: "SCALAR", 3: "VEC3", 4: "VEC4"}[numbers.shape[1]],
            }
        )
        return len(self._accessors) - 1
