# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the pipeline that a user can fix: unusable sources, takes, outputs and libraries."""

from ..errors import MimicError


class SourceMissing(MimicError):
    """There is no such file, folder or camera."""


class UnreadableVideo(MimicError):
    """The file is not a video, or nothing of it can be decoded."""


class UnreadablePicture(MimicError):
    """The file, or every file of the folder, is not a picture that can be decoded."""


class EmptyFolder(MimicError):
    """A folder without pictures was given as a source."""


class EmptyRange(MimicError):
    """The source has no frames between the requested start and end."""


class CameraUnavailable(MimicError):
    """The camera is missing, in use by another program, or sends no frames."""


class CamerasSame(MimicError):
    """The same camera or file was given twice as two cameras of one scene."""


class LibraryMissing(MimicError):
    """A library that Mimic depends on cannot be loaded."""


class LibraryUnfit(MimicError):
    """The loaded version of a library does not work with Mimic, usually because another extension installed it."""


class PersonUnclear(MimicError):
    """A text does not say whom to follow."""


class PersonMissing(MimicError):
    """A take has no person of the given number."""


class CameraMissing(MimicError):
    """A take has no camera of the given number."""


class TooManyCameras(MimicError):
    """More cameras than a take holds."""


class NoPersonFound(MimicError):
    """No person was found in any frame of the source."""


class TakeCorrupt(MimicError):
    """The file is not a take, or is damaged."""


class TakeClosed(MimicError):
    """The take was closed before it was read."""


class TakeTooLong(MimicError):
    """The take has more frames, or is longer, than can be read at once."""


class TakeTooNew(MimicError):
    """The take was written by a later version of Mimic."""


class OutputExists(MimicError):
    """The output file already exists, and overwriting was not requested."""


class OutputUnwritable(MimicError):
    """The output file cannot be written to the requested path."""


class ProviderUnavailable(MimicError):
    """ONNX Runtime cannot run the networks on the requested device."""


class LifterMissing(MimicError):
    """The lifter's network is missing, or belongs to another version of Mimic."""


class CamerasUnclear(MimicError):
    """Where the cameras of a scene stood cannot be found from the people they saw."""


class CamerasApart(MimicError):
    """Nothing says when each of several cameras filmed: the motion in them does not match, or matches too often."""
