# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with a rig that motion is to be put on."""

from .. import MimicError


class RigUnmapped(MimicError):
    """No family of bone names fits the rig well enough to move it."""
