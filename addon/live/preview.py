# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera's picture, landmarks drawn on it, in the corner of 3D viewports while a session runs."""

from dataclasses import dataclass
from typing import Any, Final

import bpy

from ...pipeline.live.worker import Picture
from ..properties import settings_of
from ..stage import current_scene
from . import session

MARGIN: Final = 12
"""Pixels at a scale of 1 between the picture and the edges of the region."""

WIDTH: Final = 280
"""Pixels at a scale of 1; in a small region the picture takes a third of either side at most."""


@dataclass
class _Shown:
    """The picture that lies on the graphics card."""

    number: int
    size: tuple[int, int]
    texture: Any


_handle: Any = None
_shown: _Shown | None = None


def begin() -> None:
    """Draw pictures from now on, if there is anything to draw on."""
    global _handle  # noqa: PLW0603
    if _handle is None and not bpy.app.background:
        _handle = bpy.types.SpaceView3D.draw_handler_add(draw, (), "WINDOW", "POST_PIXEL")


def end() -> None:
    """Draw no more."""
    global _handle, _shown
    if _handle is not None:
        bpy.types.SpaceView3D.draw_handler_remove(_handle, "WINDOW")
    _handle, _shown = None, None


def draw() -> None:
    """Draw the newest picture into the region that Blender is drawing."""
    running = session.current()
    region = bpy.context.region
    if running is None or region is None or not settings_of(current_scene()).show_preview:
        return
    picture = running.worker.picture
    if picture is None:
        return
    shown = _on_card(picture)
    x, y, width, height = place(region.width, region.height, shown.size, scale=_interface_scale())
    x += _covered()
    _paint(shown.texture, x, y, width, height)


def place(across: int, up: int, size: tuple[int, int], *, scale: float) -> tuple[int, int, int, int]:
    """Where a picture of `size` goes in a region: x, y, width, height in pixels, lower left."""
    margin = round(MARGIN * scale)
    width = min(WIDTH * scale, across / 3, (up / 3) * size[0] / size[1])
    return margin, margin, round(width), round(width * size[1] / size[0])


def _on_card(picture: Picture) -> _Shown:
    import gpu

    global _shown  # noqa: PLW0603
    if _shown is None or _shown.number != picture.number:
        height, width = picture.pixels.shape[:2]
        types: Any = gpu.types
        buffer = types.Buffer("FLOAT", picture.pixels.size, picture.pixels.ravel())
        texture = types.GPUTexture((width, height), format="RGBA16F", data=buffer)
        _shown = _Shown(picture.number, (width, height), texture)
    return _shown


def _paint(texture: Any, x: int, y: int, width: int, height: int) -> None:
    import gpu
    from gpu_extras.batch import batch_for_shader

    try:
        shader = gpu.shader.from_builtin("IMAGE_SCENE_LINEAR_TO_REC709_SRGB")
    except ValueError:  # Where it is not known yet, the framebuffer turns linear light into sRGB itself.
        shader = gpu.shader.from_builtin("IMAGE")
    corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
    batch = batch_for_shader(shader, "TRI_FAN", {"pos": corners, "texCoord": ((0, 0), (1, 0), (1, 1), (0, 1))})
    shader.bind()
    shader.uniform_sampler("image", texture)
    batch.draw(shader)


def _covered() -> int:
    """Pixels at the left that the toolbar covers."""
    area = bpy.context.area
    return 0 if area is None else max((each.width for each in area.regions if each.type == "TOOLS"), default=0)


def _interface_scale() -> float:
    preferences = bpy.context.preferences
    return 1.0 if preferences is None else preferences.system.ui_scale
