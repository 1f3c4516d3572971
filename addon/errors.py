# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with a character or a file of Blender's."""

from .. import MimicError


class NoArmature(MimicError):
    """There is no armature where one is needed, or none of the name that was given."""


class SeveralArmatures(MimicError):
    """There are several armatures, and which one is meant was not said."""


class UnknownFileType(MimicError):
    """The file's ending stands for nothing that can be read or written here."""


class UnreadableRig(MimicError):
    """The rig file is absent, or Blender cannot read it."""


class ArmatureLocked(MimicError):
    """The armature cannot be keyed as it is: linked from another file, or held by the NLA editor."""


class NothingToBake(MimicError):
    """The motion has no frames."""
