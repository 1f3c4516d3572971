# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panel's fields, or an operator's own, add up to."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any, Final

import bpy

from ..pipeline.landmarks.settings import FaceSettings, HolisticSettings
from ..retarget.motion.option_table import read
from . import preferences
from .bake.options import CaptureOptions, holistic_settings
from .errors import NoArmature, NoSource
from .live import properties as options
from .live.pipeline import LiveSettings
from .live.session import SessionSettings
from .properties import settings_of
from .scene_settings import SceneSettings
from .stage import current_scene, object_called

_NEAR: Final = FaceSettings(min_size=56.0)
"""A face that is smaller in the picture says no more of the head than the pose does, and takes its time."""


def armature(name: str = "") -> bpy.types.Object:
    """The armature of that name; else the panel's; else the active one, or that of the active mesh.

    Raises:
        NoArmature: there is none.
    """
    if name:
        thing = object_called(name)
        if thing is None or thing.type != "ARMATURE":
            raise NoArmature(f'There is no armature "{name}" in this file: check the spelling.')
        return thing
    found = armature_or_none()
    if found is None:
        raise NoArmature("No armature is chosen: choose the character's armature, or add the avatar.")
    return found


def armature_or_none() -> bpy.types.Object | None:
    """The panel's armature; else the active one, or that of the active mesh; None if there is none of these."""
    chosen = settings_of(current_scene()).armature
    if chosen is not None and chosen.name in current_scene().objects:
        return chosen
    active = bpy.context.object
    if active is None or active.type == "ARMATURE":
        return active
    return active.find_armature()


def source(settings: SceneSettings) -> str:
    """What the panel's source is, as `open_source` takes it.

    Raises:
        NoSource: its field is empty.
    """
    if settings.source == "CAMERA":
        chosen, missing = settings.camera.strip(), "No camera is named: give its name or number, as a rule 0."
    elif settings.source == "FILE":
        chosen, missing = bpy.path.abspath(settings.filepath), "No video is chosen: choose a file."
    else:
        chosen, missing = settings.address.strip(), "No address is given: type that of the stream."
    if not chosen:
        raise NoSource(missing)
    return str(chosen)


def live(settings: SceneSettings, *, source_spec: str = "") -> SessionSettings:
    """How the panel says that a session is to run; from another source if `source_spec` is given.

    Raises:
        NoSource, InvalidOption.
    """
    watched = read(CaptureOptions, partial(getattr, settings))
    return SessionSettings(
        source=source_spec or source(settings),
        size=options.camera_size(settings),
        mirror=settings.mirror,
        repeat=settings.repeat,
        live=LiveSettings(
            upper_body=settings.upper_body,
            travel=settings.travel,
            fingers=settings.fingers,
            reach=settings.reach,
            ik=settings.ik,
            limits=settings.limits,
            turn=tuple(settings.calibration),
            smooth=options.smoothing(settings),
            field_of_view=watched.field_of_view or None,
            solver=settings.solver,
        ),
        landmarks=replace(landmark_settings(watched), second_look=False),
        preview=settings.show_preview,
    )


def landmark_settings(options: CaptureOptions) -> HolisticSettings:
    """How the landmark pipeline is to run in Blender. Of the face only its mesh: the head is what matters."""
    return replace(holistic_settings(options), attention=False, face_settings=_NEAR, provider=preferences.provider())


def option_reader(settings: SceneSettings) -> Callable[[str], Any]:
    """What reads an option of the panel, by its name, for a bake. Hips that do not travel live do not when baked."""

    def value(name: str) -> Any:
        return "in-place" if name == "root" and not settings.travel else getattr(settings, name)

    return value
