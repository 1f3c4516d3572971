# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera on macOS, which ends a program that opens one without having said in its bundle what for."""

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
"""What a bundle must say for macOS to ask its user, rather than to end the program."""

LAUNCHD: Final = 1
"""Number of the process that starts what is opened from the Dock or the Finder."""


def camera_forbidden() -> bool:
    """Whether macOS would end Blender for opening a camera. Started from the Terminal, it has the Terminal's rights."""
    return sys.platform == "darwin" and os.getppid() == LAUNCHD and not _gives_reason(bpy.app.binary_path)


def help_text() -> str:
    """What to do then, in the user's language."""
    return iface(HELP).format(command=bpy.app.binary_path)


def check(source: str) -> None:
    """Raise a sentence if macOS would end Blender for opening a source.

    Raises:
        CameraForbidden: see there.
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
