# SPDX-License-Identifier: GPL-3.0-or-later
"""Preferences of this machine, rather than of a file: the device that runs the networks, and the folder of takes."""

from typing import Final, cast

import bpy
from bpy.props import EnumProperty, StringProperty

ROOT: Final = str(__package__).removesuffix(".addon")
"""Name of the extension as Blender has it: bl_ext.<repository>.mimic."""

PROVIDERS: Final = (
    ("cpu", "Processor", "Run the neural networks on the processor; works on every computer"),
    ("cuda", "CUDA", "Run the neural networks on an NVIDIA graphics card; needs an ONNX Runtime built for CUDA"),
    ("directml", "DirectML", "Run the neural networks on the graphics card, on Windows"),
    ("coreml", "Core ML", "Run the neural networks on Apple's Neural Engine and graphics processor"),
)


class MIMIC_AP_preferences(bpy.types.AddonPreferences):
    """Mimic's page in Blender's preferences."""

    bl_idname = ROOT

    provider: EnumProperty(
        name="Device", description="Hardware that runs the neural networks", items=PROVIDERS, default="cpu"
    )
    takes_folder: StringProperty(
        name="Takes Folder",
        description="Folder for recorded takes; in Blender's user data if empty",
        subtype="DIR_PATH",
    )

    def draw(self, _context: bpy.types.Context) -> None:
        """Show both fields."""
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "provider")
        layout.prop(self, "takes_folder")


def stored() -> MIMIC_AP_preferences | None:
    """The preferences; None if Mimic was registered by a script instead of being enabled as an extension."""
    preferences = bpy.context.preferences
    entry = None if preferences is None else preferences.addons.get(ROOT)
    return None if entry is None else cast(MIMIC_AP_preferences, entry.preferences)


def provider() -> str:
    """The device that runs the networks."""
    preferences = stored()
    return "cpu" if preferences is None else preferences.provider


def takes_folder() -> str:
    """Folder for takes that the user chose; empty for the default."""
    preferences = stored()
    return "" if preferences is None else preferences.takes_folder


CLASSES: Final = (MIMIC_AP_preferences,)
