# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rig at hand: the files of the shared data, Blender's own metarigs, and what Rigify makes of them."""

import atexit
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

import numpy as np

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.motion import BodyMotion

METARIGS = ("basic_human", "human")
NO_RIGIFY = "this Blender has no Rigify"


def gallery(folder: Path) -> dict[str, Callable[[object], object]]:
    """Label -> what loads the rig into an empty scene and gives its armature object."""
    files = sorted(f for f in folder.rglob("*") if f.suffix in {".fbx", ".glb", ".vrm"} and "hand" not in f.parent.name)
    found = {f"{file.parent.name}/{file.name}": _from_file(file) for file in files}
    for kind in METARIGS:
        found[f"metarig/{kind}"] = _metarig(kind)
        found[f"rigify/{kind}"] = _generated(kind)
    return found


def _from_file(path: Path) -> Callable[[object], object]:
    def load(bpy: object) -> object:
        from mimic.addon.character.files import open_rig

        return open_rig(path)

    return load


def _metarig(kind: str) -> Callable[[object], object]:
    def load(bpy: object) -> object:
        import addon_utils

        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        if addon_utils.enable("rigify", default_set=True) is None:
            raise LookupError(NO_RIGIFY)
        getattr(bpy.ops.object, f"armature_{kind}_metarig_add")()
        return bpy.context.object

    return load


def _generated(kind: str) -> Callable[[object], object]:
    def load(bpy: object) -> object:
        from mimic.addon.character.files import open_rig

        return open_rig(_generate(kind))

    return load


@cache
def _generate(kind: str) -> Path:
    folder = Path(mkdtemp(prefix="mimic-rigify-"))
    atexit.register(rmtree, folder)
    path, script = folder / f"{kind}.blend", Path(__file__).with_name("generate_rigify.py")
    run = [sys.executable, script, kind, path]
    status = subprocess.run(run, stdout=subprocess.DEVNULL, check=False, timeout=300).returncode
    if not path.exists():
        raise LookupError(NO_RIGIFY) if status == 3 else RuntimeError(f"Rigify ended with exit status {status}")
    return path


def turned(axis: tuple[float, float, float], degrees: float) -> np.ndarray:
    return rot.from_axis_angle(rot.unit(axis), np.radians(degrees))


X, Y, Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)

# Left side; the body faces -Y and its left is +X. An arm is lifted about Y, brought forward about Z.
POSES: dict[str, dict[str, np.ndarray]] = {
    "rest": {},
    "T": {"LeftArm": turned(Y, -40), "RightArm": turned(Y, 40)},
    "arms up": {"LeftArm": turned(Y, -110), "RightArm": turned(Y, 110), "Head": turned(X, 20)},
    "walk": {
        "LeftUpLeg": turned(X, -35), "LeftLeg": turned(X, 15), "RightUpLeg": turned(X, 20), "RightLeg": turned(X, 35),
        "LeftArm": rot.multiply(turned(X, 30), turned(Y, 35)), "RightArm": rot.multiply(turned(X, -30), turned(Y, -35)),
        "RightForeArm": turned(Z, 30), "Spine1": turned(Z, 10),
    },
    "squat": {
        "Hips": turned(X, 15), "LeftUpLeg": turned(X, -105), "RightUpLeg": turned(X, -105), "LeftLeg": turned(X, 110),
        "RightLeg": turned(X, 110), "LeftFoot": turned(X, -20), "RightFoot": turned(X, -20),
        "LeftArm": turned(Z, -70), "RightArm": turned(Z, 70), "Spine1": turned(X, 15),
    },
    "bow": {"Spine": turned(X, 25), "Spine1": turned(X, 25), "Spine2": turned(X, 20), "Neck": turned(X, 15)},
    "twist": {
        "Spine": turned(Z, 15), "Spine1": turned(Z, 15), "Spine2": turned(Z, 15), "Head": turned(Z, 25),
        "LeftArm": turned(Y, -40), "RightArm": turned(Y, 40), "LeftForeArm": turned(X, 60), "LeftHand": turned(X, 60),
    },
    "wave": {
        "LeftArm": turned(Y, -30), "LeftForeArm": turned(Y, -90), "RightArm": turned(Y, -25), "Neck": turned(Y, 10),
        "Head": turned(Y, 10), "LeftHandIndex1": turned(Y, 30),
    },
    "fists": {
        "LeftArm": turned(Z, -60), "RightArm": turned(Z, 60), "LeftForeArm": turned(Z, -40),
        "RightForeArm": turned(Z, 40),
        **{f"{s}Hand{f}{k}": turned(Y, d) for s, d in (("Left", 55), ("Right", -55))
           for f in ("Index", "Middle", "Ring", "Pinky") for k in (1, 2, 3)},
    },
    "kick": {
        "Hips": turned(X, -15), "LeftUpLeg": turned(X, -80), "LeftLeg": turned(X, 5), "RightLeg": turned(X, 10),
        "LeftFoot": turned(X, 25), "LeftArm": turned(Y, -35), "RightArm": turned(Y, 20), "Spine": turned(X, 20),
    },
}  # fmt: skip


def poses() -> BodyMotion:
    """The ten poses, one a frame at 30 frames a second, standing where the body was modelled."""
    rotations = rot.identity(len(POSES), len(JOINTS))
    for frame, pose in enumerate(POSES.values()):
        for joint, turn in pose.items():
            rotations[frame, INDEX[joint]] = turn
    root = np.full((len(POSES), 3), np.nan)
    return BodyMotion(np.arange(len(POSES)) / 30.0, rotations, root, np.empty(0), np.ones((len(POSES), len(JOINTS))))
