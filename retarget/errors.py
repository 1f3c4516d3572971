# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with a rig that motion is to be put on."""

from ..errors import MimicError


class RigUnmapped(MimicError):
    """No family of bone names fits the rig well enough to move it."""


class InvalidOption(MimicError):
    """An option has a value that it cannot have."""


class NothingLeft(MimicError):
    """Trimming leaves no frame of the motion."""


class PresetUnreadable(MimicError):
    """A file is no bone map, or cannot be read or written."""
