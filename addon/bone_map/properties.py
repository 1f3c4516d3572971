# SPDX-License-Identifier: GPL-3.0-or-later
"""The fields of the bone map: one for each joint, showing the bone that is found until another one is chosen.

They belong to the scene and show the panel's armature. Fields of the armature's own would be compared and replayed by
library overrides, as if anything were stored in them.
"""

from collections.abc import Callable
from typing import Any, Final

import bpy
from bpy.props import PointerProperty, StringProperty

from ...models.body.joints import JOINTS
from ...retarget.rig.labels import LABELS
from .. import panel_settings
from ..runtime import runtime
from . import store


def _reader(joint: str) -> Callable[[Any], str]:
    def read(_fields: Any) -> str:
        armature = panel_settings.armature_or_none()
        return "" if armature is None else runtime().fits.bone_of(armature, joint)

    return read


def _writer(joint: str) -> Callable[[Any, str], None]:
    def write(_fields: Any, bone: str) -> None:
        armature = panel_settings.armature_or_none()
        if armature is not None and not armature.library:
            store.choose(armature, {**runtime().fits.of(armature).bones, joint: bone})

    return write


def _field(joint: str) -> Any:
    make: Any = StringProperty
    return make(
        name=LABELS[joint],
        description="Bone that follows this joint of the performer; empty for none",
        get=_reader(joint),
        set=_writer(joint),
    )


MIMIC_PG_bones: Final[Any] = type(
    "MIMIC_PG_bones",
    (bpy.types.PropertyGroup,),
    {
        "__doc__": "Bone of each joint of the panel's armature. Nothing is stored here: `store` says where.",
        "__module__": __name__,
        "__annotations__": {joint: _field(joint) for joint in JOINTS},
    },
)


def fields_of(scene: bpy.types.Scene) -> Any:
    """The fields of the bone map, a `MIMIC_PG_bones`."""
    return scene.mimic_bones  # type: ignore[attr-defined]


CLASSES: Final = (MIMIC_PG_bones,)


def attach() -> None:
    """Give scenes the fields, and objects what they show."""
    store.attach()
    bpy.types.Scene.mimic_bones = PointerProperty(type=MIMIC_PG_bones)  # type: ignore[attr-defined,func-returns-value]


def detach() -> None:
    """Take them away; what was chosen stays with the objects."""
    del bpy.types.Scene.mimic_bones  # type: ignore[attr-defined]
    store.detach()
