# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the Blender side that a user can put right."""

from ..errors import MimicError


class NoArmature(MimicError):
    """There is no armature where one is needed, or none of the given name."""


class SeveralArmatures(MimicError):
    """There are several armatures and none was chosen."""


class NotInPicture(MimicError):
    """A place was chosen that is not in the camera's picture."""


class ArmatureTaken(MimicError):
    """The armature that is chosen for a person follows another one."""


class NobodyStands(MimicError):
    """The camera's tilt was to be found from someone who stands, and nobody does."""


class NoBone(MimicError):
    """The armature has no bone of the given name, or no name was given."""


class NoTarget(MimicError):
    """The character has no shape key or bone of the given name, or there is no such expression."""


class UnknownFileType(MimicError):
    """The file's extension is not a type that can be read or written here."""


class UnreadableRig(MimicError):
    """The rig file does not exist, or Blender cannot read it."""


class ArmatureLocked(MimicError):
    """The armature cannot be keyed: it is linked from another file, or an NLA strip is in tweak mode."""


class NothingToBake(MimicError):
    """The motion has no frames."""


class ArmatureGone(MimicError):
    """The armature of a live session was deleted, or its file was closed."""


class CamerasUnknown(MimicError):
    """It is not known where the cameras of a scene stood, or there is only one."""


class CameraForbidden(MimicError):
    """macOS would kill Blender if it opened a camera."""


class OnlineAccessForbidden(MimicError):
    """A stream is outside the user's local network, and Blender has no online access."""


class SessionRuns(MimicError):
    """A live session is already running; there can be only one."""


class NotEnabled(MimicError):
    """Mimic is not enabled in Blender."""


class NoSession(MimicError):
    """A live session is needed, but none is running."""


class SourceEnded(MimicError):
    """The camera or video of a live session sends no more frames."""


class Unexpected(MimicError):
    """A bug in Mimic, whose traceback is in the system console."""


class TakeNameTaken(MimicError):
    """There is already a take of that name, or the name is not valid for a file."""


class TakeLocked(MimicError):
    """The file of a take cannot be renamed or deleted: a program uses it, or its folder is not writable."""


class NoSource(MimicError):
    """No camera, file or address was given."""


class ActionMissing(MimicError):
    """There is no action of the given name."""


class NoPerformer(MimicError):
    """An avatar is to be fitted to a performer whose proportions nothing tells."""


class BlenderMissing(MimicError):
    """Neither Blender nor its Python module is available."""
