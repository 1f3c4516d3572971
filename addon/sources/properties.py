# SPDX-License-Identifier: GPL-3.0-or-later
"""The further cameras of a scene, beside the panel's own source. All are of its kind: files, cameras or streams."""

from typing import Any, Final

import bpy
from bpy.props import CollectionProperty, FloatProperty, StringProperty

from ...pipeline.takes.geometry import MAX_CAMERAS
from ..bake.options import CaptureOptions, options_of
from ..bake.recording import FurtherSource
from ..translations import CONTEXT

MOST: Final = MAX_CAMERAS - 1
"""Largest number of further cameras."""

_VIEW: Final = next(option for option in options_of(CaptureOptions) if option.name == "field_of_view")


def camera_names(_self: Any, _context: bpy.types.Context | None, _typed: str) -> list[str]:
    """Suggest the cameras that are connected."""
    from ...pipeline.sources import cameras

    return [camera.name for camera in cameras()]


class MIMIC_PG_further_source(bpy.types.PropertyGroup):
    """A further camera of the scene: of its fields, the one that the panel's kind of source has counts."""

    camera: StringProperty(
        name="Camera",
        description="Name or number of the camera",
        search=camera_names,
        search_options={"SUGGESTION"},
    )
    filepath: StringProperty(
        name="File", description="Video file or folder of pictures of the same scene", subtype="FILE_PATH"
    )
    address: StringProperty(name="Address", description="Address of the stream, such as http://host:8080/video")
    field_of_view: FloatProperty(
        name=_VIEW.label,
        description=_VIEW.description,
        default=float(_VIEW.default),
        min=0.0,
        max=_VIEW.maximum,
        translation_context=CONTEXT,
    )


def fields(**more: Any) -> dict[str, Any]:
    """The setting of a scene that holds its further cameras, and the property of operators that names others.

    `more` is said of it.
    """
    make: Any = CollectionProperty
    return {
        "further_sources": make(
            name="Further Cameras",
            description="Further cameras or videos of the same scene, seen from elsewhere at the same time",
            type=MIMIC_PG_further_source,
            **more,
        )
    }


def rows_of(owner: Any) -> Any:
    """The rows of further cameras of a scene's settings or of an operator."""
    return owner.further_sources


def copy_rows(settings: Any, operator: Any) -> None:
    """Let an operator have the further files of the panel."""
    operator.further_sources.clear()
    for row in settings.further_sources:
        copy = operator.further_sources.add()
        copy.filepath, copy.field_of_view = row.filepath, row.field_of_view


def further_of(operator: Any) -> tuple[FurtherSource, ...]:
    """The further files that an operator is given."""
    return tuple(
        FurtherSource(bpy.path.abspath(row.filepath), row.field_of_view or None) for row in operator.further_sources
    )


CLASSES: Final = (MIMIC_PG_further_source,)
