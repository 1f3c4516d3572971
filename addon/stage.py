# SPDX-License-Identifier: GPL-3.0-or-later
"""The open scene: frame rate, frame range, and inputs of shader nodes."""

from fractions import Fraction
from typing import Any, Final, cast

import bpy
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

WHOLE: Final = 0.01
"""Frames: a key this close to a whole frame is placed on it, as only rounded timestamps move it off."""


def current_scene() -> bpy.types.Scene:
    """Return the open scene; there is always one except while a file is loading."""
    scene = bpy.context.scene
    if scene is None:
        raise RuntimeError("no scene is open")
    return scene


def current_layer() -> bpy.types.ViewLayer:
    """Return the active view layer, in which objects are selected."""
    layer = bpy.context.view_layer
    if layer is None:
        raise RuntimeError("no view layer is open")
    return layer


def object_called(name: str) -> bpy.types.Object | None:
    """Return the object of that name in the open file; None if there is none."""
    return bpy.data.objects.get(name)


def rate_of(scene: bpy.types.Scene) -> float:
    """Return a scene's frames per second."""
    return scene.render.fps / scene.render.fps_base


def set_rate(scene: bpy.types.Scene, rate: float) -> None:
    """Set a scene's frames per second; 29.97 and the like exactly, as 30 / 1.001."""
    near = round(rate)
    film = Fraction(round(rate * 1.001) * 1000, 1001)
    if abs(rate - near) < 1e-3:
        scene.render.fps, scene.render.fps_base = near, 1.0
    elif abs(rate - film) < 5e-3:
        scene.render.fps, scene.render.fps_base = round(rate * 1.001), 1.001
    else:
        scene.render.fps = max(1, int(np.ceil(rate)))
        scene.render.fps_base = scene.render.fps / rate


def source_rate(time: Array) -> float | None:
    """Return the frames per second of timestamps (n,), rounded if they are unsteady; None for fewer than two frames."""
    steps = np.diff(time)
    if not len(steps) or np.median(steps) <= 0.0:
        return None
    rate = 1.0 / float(np.median(steps))
    steady = np.abs(steps * rate - 1.0) < 0.05
    if steady.mean() < 0.9:
        return float(max(1, round(rate)))
    # The mean over steady steps is more precise than timestamps in whole milliseconds.
    exact = 1.0 / float(steps[steady].mean())
    return float(round(exact)) if abs(exact - round(exact)) < 0.01 else exact


def frames_of(time: Array, *, start: float, rate: float) -> Array:
    """Convert timestamps (n,) in seconds to scene frames (n,), the first one at `start`."""
    frames: Array = start + (time - time[0]) * rate
    whole = np.round(frames)
    return np.where(np.abs(frames - whole) < WHOLE, whole, frames)


def set_range(scene: bpy.types.Scene, frames: Array) -> None:
    """Set the scene's frame range to that of the keys, and go to its first frame."""
    scene.frame_start = int(np.floor(frames[0]))
    scene.frame_end = max(scene.frame_start, int(np.ceil(frames[-1])))
    scene.frame_set(scene.frame_start)


def set_input(owner: bpy.types.Material | bpy.types.World, node: str, name: str, value: object) -> None:
    """Set an input of a default node of a material or world."""
    if owner.node_tree is None:
        owner.use_nodes = True  # Always on from Blender 5.0, where setting it is deprecated.
    tree = cast(bpy.types.ShaderNodeTree, owner.node_tree)
    cast(Any, tree.nodes[node].inputs[name]).default_value = value
