# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be wrong with what the user gives to the pipeline, and what to do about it."""

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
    """Nothing of the source lies between the start and the end that were asked for."""


class CameraUnavailable(MimicError):
    """The camera is absent, is used by another program, or sends no pictures."""


class LibraryMissing(MimicError):
    """A library that Mimic brings along cannot be loaded."""


class LibraryUnfit(MimicError):
    """A library is of a version that Mimic cannot use: another extension has brought it."""


class NoPersonFound(MimicError):
    """Not one frame of the source shows a person."""


class TakeCorrupt(MimicError):
    """The file is not a take, or is a damaged one."""


class TakeClosed(MimicError):
    """The take was closed before it was read."""


class TakeTooLong(MimicError):
    """The take has more frames, or spans more time, than are read at once."""


class TakeTooNew(MimicError):
    """The take was written by a later version of Mimic."""


class OutputExists(MimicError):
    """The file to be written is there already, and overwriting it was not asked for."""


class OutputUnwritable(MimicError):
    """The file cannot be written where it was asked for."""


class ProviderUnavailable(MimicError):
    """ONNX Runtime cannot run the networks on the device that was asked for."""


class LifterMissing(MimicError):
    """The lifter's network is not there, or is of another version."""
