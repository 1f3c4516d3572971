# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's leave to go online, which its user gives or not."""

import bpy

from ..pipeline.sources import needs_internet
from .errors import OnlineAccessForbidden


def check(source: str) -> None:
    """Raise a sentence if a source lies beyond the user's own network and Blender may not go there.

    Args:
        source: what `open_source` opens.

    Raises:
        OnlineAccessForbidden: see there.
    """
    if needs_internet(source) and not bpy.app.online_access:
        raise OnlineAccessForbidden(
            f"Blender may not go online, and “{source}” is not in your own network: turn on Preferences > System > "
            "Network > Allow Online Access, or start Blender with --online-mode."
        )
