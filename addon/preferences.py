# SPDX-License-Identifier: GPL-3.0-or-later
"""What belongs to this machine rather than to a file: where networks run, where takes lie."""

from typing import Final, cast

import bpy
from bpy.props import EnumProperty, StringProperty

ROOT: Final = str(__package__).removesuffix(".addon")
"""Name of the extension as Blender has it: bl_ext.<repository>.mimic."""

PROVIDERS: Final = (
    ("cpu", "Processor", "Run the networks on the processor, as works everywhere"),
    ("cuda", "CUDA", "Run the networks on an NVIDIA graphics card, with an ONNX Runtime that was built for it"),
    ("directml", "DirectML", "Run the networks on the graphics card, on Windows"),
    ("coreml", "Core ML", "Run the networks on Apple's neural engine and graphics card"),
)


class MIMIC_AP_preferences(bpy.types.AddonPreferences):
    """Mimic's page in Blender's preferences."""

    bl_idname = ROOT

    provider: EnumProperty(name="Device", description="What the networks run on", items=PROVIDERS, default="cpu")
    takes_folder: StringProperty(
        name="Takes Folder",
        description="Folder in which recorded takes are kept; beside your other Blender data unless given",
        subtype="DIR_PATH",
    )

    def draw(self, _context: bpy.types.Context) -> None:
        """Show both."""
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "provider")
        layout.prop(self, "takes_folder")


def stored() -> MIMIC_AP_preferences | None:
    """The preferences; None if Mimic was not enabled as an extension, but registered by a script."""
    preferences = bpy.context.preferences
    entry = None if preferences is None else preferences.addons.get(ROOT)
    return None if entry is None else cast(MIMIC_AP_preferences, entry.preferences)


def provider() -> str:
    """Where networks run."""
    preferences = stored()
    return "cpu" if preferences is None else preferences.provider


def takes_folder() -> str:
    """The folder that the user chose for takes; empty for Mimic's own."""
    preferences = stored()
    return "" if preferences is None else preferences.takes_folder


CLASSES: Final = (MIMIC_AP_preferences,)
