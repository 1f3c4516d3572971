# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with what the lifter is trained on, and what to do about it."""

from ...errors import MimicError


class PairsMissing(MimicError):
    """There is nothing to train the lifter on."""


class MotionMissing(MimicError):
    """There is no motion capture to draw poses from."""


class CharacterUnreadable(MimicError):
    """The file of a character cannot be read, or lacks bones that are needed."""
