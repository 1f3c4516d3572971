# SPDX-License-Identifier: GPL-3.0-or-later
"""The scene that is open: its rate, its length, and what its materials are made of."""

from fractions import Fraction
from typing import Any, Final, cast

import bpy
import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

WHOLE: Final = 0.01
"""Frames: a key this near to a whole frame belongs on it. Rounded timestamps alone set it off."""


def current_scene() -> bpy.types.Scene:
    """The scene that is open; there always is one outside of file loading."""
    scene = bpy.context.scene
    if scene is None:
        raise RuntimeError("no scene is open")
    return scene


def current_layer() -> bpy.types.ViewLayer:
    """The view layer that is open, where objects are selected."""
    layer = bpy.context.view_layer
    if layer is None:
        raise RuntimeError("no view layer is open")
    return layer


def object_called(name: str) -> bpy.types.Object | None:
    """The object of that name in the open file, if there is one."""
    return bpy.data.objects.get(name)


def rate_of(scene: bpy.types.Scene) -> float:
    """Frames per second."""
    return scene.render.fps / scene.render.fps_base


def set_rate(scene: bpy.types.Scene, rate: float) -> None:
    """Set the frames per second, 29.97 and its like as the 30 / 1.001 that they are."""
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
    """Frames per second of steady timestamps (n,); the nearest whole rate of unsteady ones; None for one frame."""
    steps = np.diff(time)
    if not len(steps) or np.median(steps) <= 0.0:
        return None
    rate = 1.0 / float(np.median(steps))
    steady = np.abs(steps * rate - 1.0) < 0.05
    if steady.mean() < 0.9:
        return float(max(1, round(rate)))
    # The mean over steady steps is finer than timestamps in whole milliseconds are.
    exact = 1.0 / float(steps[steady].mean())
    return float(round(exact)) if abs(exact - round(exact)) < 0.01 else exact


def frames_of(time: Array, *, start: float, rate: float) -> Array:
    """Scene frames (n,) of timestamps, the first one at `start`."""
    frames: Array = start + (time - time[0]) * rate
    whole = np.round(frames)
    return np.where(np.abs(frames - whole) < WHOLE, whole, frames)


def set_range(scene: bpy.types.Scene, frames: Array) -> None:
    """Let playback run over the keys and begin at the first."""
    scene.frame_start = int(np.floor(frames[0]))
    scene.frame_end = max(scene.frame_start, int(np.ceil(frames[-1])))
    scene.frame_set(scene.frame_start)


def set_input(owner: bpy.types.Material | bpy.types.World, node: str, name: str, value: object) -> None:
    """Set an input of a node that a material or world has from the start."""
    if owner.node_tree is None:
        owner.use_nodes = True  # From 5.0 on there is nothing else, and asking for it is deprecated.
    tree = cast(bpy.types.ShaderNodeTree, owner.node_tree)
    cast(Any, tree.nodes[node].inputs[name]).default_value = value
