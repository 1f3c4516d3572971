# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of retargeting that a user can put right."""

from ..errors import MimicError


class RigUnmapped(MimicError):
    """No family of bone names fits the rig well enough to move it."""


class InvalidOption(MimicError):
    """An option has an invalid value."""


class NothingLeft(MimicError):
    """Trimming leaves no frame of the motion, or too few frames for a loop."""


class PresetUnreadable(MimicError):
    """A file is not a bone map or face map, or cannot be read or written."""


class FacesApart(MimicError):
    """The face of another take cannot be put onto a motion: it has none, or nothing says when it was filmed."""
