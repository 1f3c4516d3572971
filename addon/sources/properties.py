# SPDX-License-Identifier: GPL-3.0-or-later
"""The further cameras of a scene, beside the panel's own source. All are of its kind: files, cameras or streams."""

from collections.abc import Sequence
from typing import Any, Final

import bpy
from bpy.props import CollectionProperty, FloatProperty, StringProperty

from ...pipeline.takes.geometry import MAX_CAMERAS
from ..bake.options import CaptureOptions, fields_of_view_of, options_of
from ..bake.recording import FurtherSource
from ..scene_settings import SceneSettings
from ..translations import CONTEXT

MOST: Final = MAX_CAMERAS - 1
"""Largest number of further cameras."""

FIELDS: Final = {"CAMERA": "camera", "FILE": "filepath", "STREAM": "address"}
"""Kind of source -> the field, of a row or of the panel, that says which one."""

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


def fields() -> dict[str, Any]:
    """The setting of a scene that holds its further cameras."""
    make: Any = CollectionProperty
    return {
        "further_sources": make(
            name="Further Cameras",
            description="Further cameras or videos of the same scene, seen from elsewhere at the same time",
            type=MIMIC_PG_further_source,
        )
    }


def names() -> dict[str, Any]:
    """Properties of operators that name further videos instead."""
    several: Any = CollectionProperty
    text: Any = StringProperty
    return {
        "further_sources": several(
            name="Further Cameras",
            description="Further videos of the same scene, seen from elsewhere at the same time: their paths as names",
            type=bpy.types.OperatorFileListElement,
            options={"SKIP_SAVE", "HIDDEN"},
        ),
        "fields_of_view": text(
            name="Fields of View",
            description="Field of view of each of several cameras in degrees, 0 if unknown, separated by commas",
            options={"SKIP_SAVE", "HIDDEN"},
        ),
    }


def copy_rows(settings: SceneSettings, operator: Any) -> None:
    """Let an operator have the further files of the panel."""
    operator.further_sources.clear()
    for row in settings.further_sources:
        operator.further_sources.add().name = row.filepath
    if settings.further_sources and not operator.fields_of_view:
        views = [settings.field_of_view, *(row.field_of_view for row in settings.further_sources)]
        operator.fields_of_view = ",".join(f"{view:g}" for view in views)


def rows_of(operator: Any) -> Sequence[Any]:
    """The further files that an operator is given, each with a name."""
    return list(operator.further_sources)


def first_view(operator: Any) -> float:
    """The field of view of the first of several cameras that an operator is given, 0 if unknown.

    Raises:
        InvalidOption: as for `further_of`.
    """
    return fields_of_view_of(operator.fields_of_view, len(rows_of(operator)) + 1)[0] or 0.0


def further_of(operator: Any) -> tuple[FurtherSource, ...]:
    """The further files that an operator is given, with their fields of view.

    Raises:
        InvalidOption: these are no angles, or not as many as cameras.
    """
    rows = rows_of(operator)
    views = fields_of_view_of(operator.fields_of_view, len(rows) + 1)
    return tuple(FurtherSource(bpy.path.abspath(row.name), view) for row, view in zip(rows, views[1:], strict=True))


CLASSES: Final = (MIMIC_PG_further_source,)
