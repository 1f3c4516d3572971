# SPDX-License-Identifier: GPL-3.0-or-later
"""Time of one live pose of a face with many meshes, beside that of the body on the same machine; and of mapping it.

    .venv/bin/python tests/bench/bench_face.py

Five meshes with ARKit's 52 shape keys each, two eyes and a jaw by bones, all expressions at work. The body's time is
that of turning its 52 joints into global rotations, which every pose needs. What is mapped has 150 more shape keys in
each mesh, and 500 more bones.
"""

from time import perf_counter
from typing import Final

import numpy as np
from rich.console import Console

from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSIONS
from mimic.models.body.joints import JOINTS
from mimic.models.body.model import neutral_body
from mimic.retarget.face.face_mapping import map_face
from mimic.retarget.face.face_plan import FacePlan
from mimic.retarget.face.face_rig import FaceMap, FaceRig, FaceTarget, ShapeKey
from mimic.retarget.face.options import FaceOptions
from mimic.retarget.rig.rig import Rig

ROUNDS: Final = 2000


def _plan() -> FacePlan:
    bones = ("Head", "LeftEye", "RightEye", "Jaw")
    n = len(bones)
    rig = Rig(
        bones,
        np.array([-1, 0, 0, 0]),
        np.tile(np.eye(4), (n, 1, 1)),
        np.ones(n),
        np.ones(n, dtype=bool),
        np.ones(n, dtype=bool),
    )
    keys = tuple(ShapeKey(f"Mesh {i}", name) for i in range(5) for name in EXPRESSIONS)
    targets = (
        *(FaceTarget("key", name, {name: 1.0}) for name in EXPRESSIONS),
        FaceTarget("bone", "LeftEye", eye="left"),
        FaceTarget("bone", "RightEye", eye="right"),
        FaceTarget("bone", "Jaw", {"jawOpen": 1.0}, axis=(0.3, 0.0, 0.0)),
    )
    face = FaceRig(keys=keys, rig=rig, head="Head")
    return FacePlan(face, FaceMap("ARKit", targets), FaceOptions(threshold_mouth=0.05))


def _crowd() -> FaceRig:
    bones = ("Head", *(f"DEF-spine.{n:03}.L" for n in range(500)))
    n = len(bones)
    rig = Rig(
        bones,
        np.array([-1, *[0] * (n - 1)]),
        np.tile(np.eye(4), (n, 1, 1)),
        np.ones(n),
        np.ones(n, dtype=bool),
        np.ones(n, dtype=bool),
    )
    names = (*EXPRESSIONS, *(f"Body Morph {k}" for k in range(150)))
    return FaceRig(keys=tuple(ShapeKey(f"Mesh {i}", name) for i in range(5) for name in names), rig=rig, head="Head")


def main() -> None:
    """Print the medians in milliseconds, and the ratio of both poses."""
    plan, body = _plan(), neutral_body()
    expressions, ahead, rest = np.full(52, 0.3), rot.identity(2), rot.identity(len(JOINTS))
    seconds: dict[str, list[float]] = {"face": [], "body": []}
    for _ in range(ROUNDS):
        began = perf_counter()
        plan.values(expressions, ahead)
        between = perf_counter()
        body.globals(rest)
        seconds["face"].append(between - began)
        seconds["body"].append(perf_counter() - between)
    crowd = _crowd()
    map_face(crowd)  # reads the families' files
    began = perf_counter()
    map_face(crowd)
    mapping = 1e3 * (perf_counter() - began)
    face, joints = (1e3 * float(np.median(seconds[name])) for name in ("face", "body"))
    Console().print(
        f"Face of 5 x 52 keys and 3 bones: {face:.3f} ms a pose; body: {joints:.3f} ms; {face / joints:.2f}x. "
        f"Mapping {len(crowd.keys)} keys and {len(crowd.rig.names)} bones: {mapping:.0f} ms"
    )


if __name__ == "__main__":
    main()
