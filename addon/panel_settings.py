# SPDX-License-Identifier: GPL-3.0-or-later
"""Turn the panel's fields into settings of sessions, captures and bakes."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

import bpy

from ..pipeline.landmarks.settings import FaceSettings, HolisticSettings
from ..pipeline.solve.face.neutral import Neutral
from ..retarget.face.options import FaceOptions
from ..retarget.motion.option_table import read
from . import people, preferences
from .bake.options import CaptureOptions, holistic_settings
from .bake.recording import FurtherSource
from .errors import NoArmature, NoSource
from .live import properties as options
from .live.pipeline import LiveSettings
from .live.second_source import pair_of_panel, second_of_panel
from .live.session import SessionSettings
from .properties import settings_of
from .scene_settings import SceneSettings
from .stage import current_scene, object_called

_NEAR: Final = FaceSettings(min_size=24.0)
"""A smaller face costs time, and tells little of its expressions and no more of the head than the pose does."""


def armature(name: str = "") -> bpy.types.Object:
    """Return the armature called `name`; without a name the panel's, the active one, or that of the active mesh.

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
        raise NoArmature("No armature is chosen: choose the character's armature or add the avatar.")
    return found


def armature_or_none() -> bpy.types.Object | None:
    """Return the panel's armature, else the active one or that of the active mesh; None if there is none."""
    chosen = settings_of(current_scene()).armature
    if chosen is not None and chosen.name in current_scene().objects:
        return chosen
    active = bpy.context.object
    if active is None or active.type == "ARMATURE":
        return active
    return active.find_armature()


def characters(
    settings: SceneSettings, name: str = "", *, named: Mapping[int, str] | None = None
) -> list[bpy.types.Object]:
    """Return the armatures of all performers of a session: that of the first, see `armature`, and of the others.

    Args:
        settings: what the panel holds.
        name: of the first armature; the panel's if empty.
        named: person, counted from 0 -> name of an armature that is chosen instead of the panel's.

    Raises:
        NoArmature: one of them has none.
        ArmatureTaken: two of them have the same.
    """
    count = max(people.row_count(settings), *(person + 1 for person, text in (named or {}).items() if text), 1)
    found = people.armatures(settings, armature(name), count, named=named)
    for number, thing in enumerate(found, start=1):
        if thing is None:
            raise NoArmature(
                f"Person {number} has no armature: choose one under Live > People, or remove the person there."
            )
    return [thing for thing in found if thing is not None]


def source(settings: SceneSettings) -> str:
    """Return the panel's source, in the form that `open_source` takes.

    Raises:
        NoSource: its field is empty.
    """
    if settings.source == "CAMERA":
        chosen, missing = settings.camera.strip(), "No camera is chosen: enter its name or number, usually 0."
    elif settings.source == "FILE":
        chosen, missing = bpy.path.abspath(settings.filepath), "No video is chosen: choose a file."
    else:
        chosen, missing = settings.address.strip(), "No address is given: enter that of the stream."
    if not chosen:
        raise NoSource(missing)
    return str(chosen)


def live(
    settings: SceneSettings, *, source_spec: str = "", second: FurtherSource | None = None, people: int = 1
) -> SessionSettings:
    """Return the session settings of the panel for a number of people.

    Args:
        settings: what the panel holds.
        source_spec: the source instead of the panel's.
        second: a second camera instead of the panel's, which is that of the panel's source.
        people: number of people.

    Raises:
        NoSource, SourceMissing, InvalidOption.
        TakeCorrupt, CamerasUnknown: there is a second camera, and the take named for the cameras does not tell.
    """
    if second is None and not source_spec:
        second = second_of_panel(settings)
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
            tilt=options.tilt(settings),
            smooth=options.smoothing(settings),
            field_of_view=watched.field_of_view or None,
            second_field_of_view=None if second is None else second.field_of_view,
            solver=settings.solver,
            face=face_options(settings),
            neutral=_neutral(settings),
            smooth_landmarks=settings.smooth_landmarks,
            sides=settings.sides,
        ),
        landmarks=replace(landmark_settings(watched), second_look=False, people=people),
        preview=settings.show_preview,
        second=None if second is None else second.source,
        cameras=None if second is None else pair_of_panel(settings),
    )


def _neutral(settings: SceneSettings) -> tuple[float, ...]:
    """Return the performer's calibrated face at rest; empty if there is none, or what is stored is not one."""
    try:
        return Neutral.of_numbers([float(number) for number in settings.neutral_face.split()]).numbers
    except ValueError:
        return ()


def face_options(settings: SceneSettings) -> FaceOptions:
    """Return how strongly expressions move the character's face.

    Raises:
        InvalidOption.
    """
    return read(FaceOptions, partial(getattr, settings))


def landmark_settings(options: CaptureOptions) -> HolisticSettings:
    """Return the settings of the landmark pipeline in Blender."""
    return replace(holistic_settings(options), face_settings=_NEAR, provider=preferences.provider())


def option_reader(settings: SceneSettings) -> Callable[[str], Any]:
    """Return a function that reads an option of the panel by name, for a bake; without *Root Motion* it is in place."""

    def value(name: str) -> Any:
        return "in-place" if name == "root" and not settings.travel else getattr(settings, name)

    return value
