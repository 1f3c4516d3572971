# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera's picture with its landmarks, in the corner of 3D viewports while a session runs."""

from dataclasses import dataclass
from typing import Any, Final

import bpy

from ...pipeline.live.preview import Picture
from .sessions import Sessions

MARGIN: Final = 12
"""Pixels at a UI scale of 1 between the picture and the edges of the region."""

WIDTH: Final = 280
"""Pixels at a UI scale of 1; in a small region the picture takes at most a third of its width and height."""


@dataclass
class _OnCard:
    """The picture that is on the graphics card."""

    number: int
    texture: Any


class Preview:
    """Draws the picture of the running session into every 3D viewport.

    Args:
        sessions: gives the running session.
    """

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._handle: Any = None
        self._on_card: _OnCard | None = None

    def start(self) -> None:
        """Start drawing, unless Blender runs in the background."""
        if self._handle is None and not bpy.app.background:
            self._handle = bpy.types.SpaceView3D.draw_handler_add(self.draw, (), "WINDOW", "POST_PIXEL")

    def stop(self) -> None:
        """Stop drawing."""
        if self._handle is not None:
            bpy.types.SpaceView3D.draw_handler_remove(self._handle, "WINDOW")
        self._handle = self._on_card = None

    def draw(self) -> None:
        """Draw the newest picture into the region that Blender is drawing."""
        running = self._sessions.current
        region = bpy.context.region
        picture = None if running is None else running.picture
        if picture is None or region is None:
            return
        if self._on_card is None or self._on_card.number != picture.number:
            self._on_card = _sent_to_card(picture)
        x, y, width, height = _placed(region, picture)
        _paint(self._on_card.texture, x + _covered(bpy.context.area), y, width, height)


def place(
    across: int, up: int, size: tuple[int, int], *, scale: float, share: float = 1.0
) -> tuple[int, int, int, int]:
    """Return the rectangle of a picture of `size` in a region: x, y, width, height in pixels from the lower left.

    With `share` below 1 it is that of two pictures side by side, of which the first takes that part of the width.
    """
    margin = round(MARGIN * scale)
    width = min(WIDTH * scale / share, across / (3 if share == 1.0 else 2), (up / 3) * size[0] / size[1])
    return margin, margin, round(width), round(width * size[1] / size[0])


def place_in_picture(
    context: bpy.types.Context, x: float, y: float, picture: Picture | None
) -> tuple[float, float] | None:
    """Return the pixel of the camera's frame that is shown at a place of the window; None if none is there.

    Args:
        context: of the window.
        x, y: pixels from the window's lower left.
        picture: the picture that is shown; None if there is none.
    """
    if picture is None or context.window is None:
        return None
    for area in (each for each in context.window.screen.areas if each.type == "VIEW_3D"):
        for region in (each for each in area.regions if each.type == "WINDOW"):
            left, low, width, height = _placed(region, picture)
            if not (width and height):
                continue  # An area that is closed but for its edge.
            across = (x - region.x - left - _covered(area)) / (width * picture.share)
            up = (y - region.y - low) / height
            if 0.0 <= across < 1.0 and 0.0 < up <= 1.0:
                return across * picture.size[0], (1.0 - up) * picture.size[1]
    return None


def _placed(region: Any, picture: Picture) -> tuple[int, int, int, int]:
    """Return the rectangle of a picture in a region, see `place`."""
    size = picture.pixels.shape[1], picture.pixels.shape[0]
    return place(region.width, region.height, size, scale=_interface_scale(), share=picture.share)


def _sent_to_card(picture: Picture) -> _OnCard:
    import gpu

    height, width = picture.pixels.shape[:2]
    types: Any = gpu.types
    buffer = types.Buffer("FLOAT", picture.pixels.size, picture.pixels.ravel())
    return _OnCard(picture.number, types.GPUTexture((width, height), format="RGBA16F", data=buffer))


def _paint(texture: Any, x: int, y: int, width: int, height: int) -> None:
    import gpu
    from gpu_extras.batch import batch_for_shader

    try:
        shader = gpu.shader.from_builtin("IMAGE_SCENE_LINEAR_TO_REC709_SRGB")
    except ValueError:  # Older Blenders lack this shader; there the framebuffer converts linear light to sRGB.
        shader = gpu.shader.from_builtin("IMAGE")
    corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
    batch = batch_for_shader(shader, "TRI_FAN", {"pos": corners, "texCoord": ((0, 0), (1, 0), (1, 1), (0, 1))})
    shader.bind()
    shader.uniform_sampler("image", texture)
    batch.draw(shader)


def _covered(area: bpy.types.Area | None) -> int:
    """Return the width in pixels of the toolbar, which covers the left of an area's main region."""
    return 0 if area is None else max((each.width for each in area.regions if each.type == "TOOLS"), default=0)


def _interface_scale() -> float:
    preferences = bpy.context.preferences
    return 1.0 if preferences is None else preferences.system.ui_scale
