# SPDX-License-Identifier: GPL-3.0-or-later
"""Camera objects in the scene: with the lens of the camera that filmed, and its video behind what they see."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import bpy
from mathutils import Matrix

SENSOR: Final = 36.0
"""Millimetres of the longer side of the sensor: lenses are those of full frame, as people know them."""


@dataclass(frozen=True)
class Footage:
    """A video behind what a camera sees.

    Attributes:
        path: the file.
        start: scene frame of its first picture.
        mirrored: whether it is shown flipped left to right.
    """

    path: Path
    start: int
    mirrored: bool = False


def add_camera(  # noqa: PLR0917
    collection: bpy.types.Collection,
    name: str,
    matrix: Matrix,
    focal: float,
    size: tuple[int, int],
    footage: Footage | None = None,
) -> bpy.types.Object:
    """Add a camera object.

    Args:
        collection: where it belongs.
        name: its name.
        matrix: where it stands in the scene, and where it looks.
        focal: focal length in pixels.
        size: width and height of its pictures in pixels.
        footage: what it filmed; None for nothing.
    """
    data = bpy.data.cameras.new(name)
    width, height = size
    # Whatever the scene's picture, its side along the longer one of the video shows as much as the video.
    data.sensor_fit = "HORIZONTAL" if width >= height else "VERTICAL"
    data.sensor_width = data.sensor_height = SENSOR
    data.lens = SENSOR * focal / max(width, height)
    camera = bpy.data.objects.new(name, data)
    collection.objects.link(camera)
    camera.matrix_world = matrix
    if footage is not None:
        _show(data, footage, size)
    return camera


def _show(data: bpy.types.Camera, footage: Footage, size: tuple[int, int]) -> None:
    clip = bpy.data.movieclips.load(str(footage.path), check_existing=False)
    clip.frame_start = footage.start
    data.show_background_images = True
    back: Any = data.background_images.new()
    back.source, back.clip = "MOVIE_CLIP", clip
    back.use_flip_x = footage.mirrored
    back.alpha = 0.7
    back.clip_user.proxy_render_size = "FULL"
    render = bpy.context.scene.render if bpy.context.scene is not None else None
    if render is not None:
        shown = render.resolution_x * render.pixel_aspect_x / (render.resolution_y * render.pixel_aspect_y)
        own = size[0] / size[1]
        # Its longer side fills that of the scene's picture, beyond which or within which the other one ends.
        narrower = shown < own if size[0] >= size[1] else shown > own
        back.frame_method = "FIT" if narrower else "CROP"
