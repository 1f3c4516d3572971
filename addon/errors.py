# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with a character or a file of Blender's."""

from ..errors import MimicError


class NoArmature(MimicError):
    """There is no armature where one is needed, or none of the name that was given."""


class SeveralArmatures(MimicError):
    """There are several armatures, and which one is meant was not said."""


class NoBone(MimicError):
    """The armature has no bone of the name that was given, or none was."""


class UnknownFileType(MimicError):
    """The file's ending stands for nothing that can be read or written here."""


class UnreadableRig(MimicError):
    """The rig file is absent, or Blender cannot read it."""


class ArmatureLocked(MimicError):
    """The armature cannot be keyed as it is: linked from another file, or held by the NLA editor."""


class NothingToBake(MimicError):
    """The motion has no frames."""


class ArmatureGone(MimicError):
    """The armature that a live session moves was deleted, or its file was closed."""


class CameraForbidden(MimicError):
    """macOS would end Blender if it opened a camera."""


class OnlineAccessForbidden(MimicError):
    """A stream lies beyond the user's own network, and Blender may not go online."""


class SessionRuns(MimicError):
    """Only one live session can run at a time."""


class NotEnabled(MimicError):
    """Mimic is not enabled in Blender, so nothing of it runs there."""


class NoSession(MimicError):
    """What was asked for needs a live session, and none runs."""


class SourceEnded(MimicError):
    """The camera or video of a live session sends no more frames."""


class Unexpected(MimicError):
    """A bug of Mimic's; its traceback is in the console."""


class TakeNameTaken(MimicError):
    """There is another take of that name, or the name cannot be a file's."""


class TakeLocked(MimicError):
    """The file of a take cannot be renamed or deleted: somebody uses it, or its folder does not allow it."""


class NoSource(MimicError):
    """No camera, file or address is given."""


class ActionMissing(MimicError):
    """There is no action of the name that was given."""


class BlenderMissing(MimicError):
    """Neither Blender nor its Python module is here."""
