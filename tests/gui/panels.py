# SPDX-License-Identifier: GPL-3.0-or-later
"""Screenshots of all panels of Mimic's tab, opened, in every supported language, for inspection.

blender -P panels.py -- ZIP VIDEO STREAM FOLDER        run by .ci/gui, which prepares everything; use SIZE=700x1900
"""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from hands import ADD_ON, Eyes, Script, clear_scene, install_extension, open_sidebar, perform, until

ARCHIVE, VIDEO, _STREAM, FOLDER = sys.argv[sys.argv.index("--") + 1 :][:4]

SPOKEN = ("de_DE", "fr_FR")

TOGETHER = (
    ("live", ("source", "avatar", "live", "live_smoothing", "recording", "people")),
    ("bone-map", ("avatar", "bone_map", "bone_map_body", "bone_map_left")),
    ("face", ("avatar", "face", "face_map")),
    ("takes", ("takes", "motion", "timing", "keys", "settings")),
    ("cameras", ("source", "takes")),
)
"""Screenshots, and the panels on each."""

eyes = Eyes(Path(FOLDER))
known: dict[str, Any] = {}


def day() -> Script:
    install_extension(ARCHIVE)
    yield from until(lambda: ADD_ON in bpy.context.preferences.addons, "the extension is enabled")
    clear_scene()
    bpy.ops.mimic.avatar_add()
    fields = bpy.context.scene.mimic_bones
    fields.Neck, fields.LeftHandThumb1 = "", "mixamorig:LeftHandIndex1"
    bpy.context.object.data.bones["mixamorig:LeftToeBase"].name = "Zeh"
    every = [*(panel for _, panels in TOGETHER for panel in panels), "bone_map_right"]
    two_cameras()
    languages = ["en_US", *SPOKEN]
    for language in languages:
        bpy.context.preferences.view.language = language
        for name, panels in TOGETHER:
            show(every, panels)
            settings = bpy.context.scene.mimic
            settings.source = "FILE" if name == "cameras" else "CAMERA"
            settings.filepath = VIDEO
            settings.further_sources.clear()
            if name == "cameras":
                settings.further_sources.add().filepath = VIDEO
            yield from open_sidebar("Mimic")
            yield 1.5
            eyes.see(f"{language}-{name}")
    show(every, every)  # or disabling Mimic would fail to unregister some


def two_cameras() -> None:
    """Choose a take of two cameras; the panel of the source gets a second one with its screenshot."""
    listed = bpy.context.window_manager.mimic_takes
    entry = listed.entries.add()
    entry.name, entry.seconds, entry.readable, entry.complete, entry.cameras = "Duet", 12.3, True, True, 2
    entry.cameras_said = (
        "2 cameras, 71 degrees from the first one; fields of view 65 and 62 degrees; landmarks agree within 1.5 pixels."
    )
    sys.modules[f"{ADD_ON}.addon.takes.properties"].mark_read()


def show(every: Sequence[str], wanted: Sequence[str]) -> None:
    """Register the wanted panels, opened, and no others. In both lists parents precede their children."""
    for name in reversed(list(dict.fromkeys(every))):
        panel: Any = getattr(bpy.types, f"MIMIC_PT_{name}", None)
        if panel is not None:
            bpy.utils.unregister_class(panel)
            known[name] = panel
    for name in dict.fromkeys(wanted):
        known[name].bl_options = set()
        bpy.utils.register_class(known[name])


perform(day(), eyes, end=lambda: None)
