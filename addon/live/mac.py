# SPDX-License-Identifier: GPL-3.0-or-later
"""Camera permission on macOS, which kills a program that opens a camera without a usage description in its bundle."""

import os
import plistlib
import sys
from functools import cache
from pathlib import Path
from typing import Final

import bpy

from ...pipeline.sources import means_camera
from ..errors import CameraForbidden
from ..layout import iface

HELP: Final = (
    "macOS does not let Blender use the camera when Blender is started from the Dock. Start it from the Terminal, "
    "which then asks for permission: {command}. Or choose a video, or record a take on the command line with 'mimic "
    "capture 0 -o my.take' and bake it here."
)

REASON: Final = "NSCameraUsageDescription"
"""Entry of a bundle's Info.plist with which macOS asks the user for permission instead of killing the program."""

LAUNCHD: Final = 1
"""Id of the process that starts programs from the Dock or the Finder."""


def camera_forbidden() -> bool:
    """Return whether macOS would kill Blender for opening a camera; from the Terminal it has permission."""
    return sys.platform == "darwin" and os.getppid() == LAUNCHD and not _gives_reason(bpy.app.binary_path)


def help_text() -> str:
    """Return the instructions for that case in the user's language."""
    return iface(HELP).format(command=bpy.app.binary_path)


def check(source: str) -> None:
    """Check that macOS would not kill Blender for opening a source.

    Raises:
        CameraForbidden: it would.
    """
    if camera_forbidden() and means_camera(source):
        raise CameraForbidden(help_text())


@cache
def _gives_reason(program: str) -> bool:
    try:
        with (Path(program).parent.parent / "Info.plist").open("rb") as file:
            return bool(plistlib.load(file).get(REASON))
    except (OSError, ValueError):
        return False
