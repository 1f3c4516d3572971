# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors about the lifter's training data that a user can fix."""

from ...errors import MimicError


class PairsMissing(MimicError):
    """There is no training data."""


class FacesMissing(MimicError):
    """There are no rendered faces."""


class MotionMissing(MimicError):
    """There is no motion capture from which to draw poses."""


class CharacterUnreadable(MimicError):
    """A character's file cannot be read, or lacks required bones."""
