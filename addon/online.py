# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's permission for online access."""

import bpy

from ..pipeline.sources import needs_internet
from .errors import OnlineAccessForbidden


def check(source: str) -> None:
    """Check that a source is in the user's local network, or that Blender has online access.

    Args:
        source: a source as for `open_source`.

    Raises:
        OnlineAccessForbidden: neither holds.
    """
    if needs_internet(source) and not bpy.app.online_access:
        raise OnlineAccessForbidden(
            f"Blender has no online access, and “{source}” is outside your local network: turn on Preferences > System "
            "> Network > Allow Online Access, or start Blender with --online-mode."
        )
