# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of all errors that a user can fix. Imports nothing."""


class MimicError(Exception):
    """An error that the user can fix. The message is one sentence: what happened, where, and what to do.

    Each layer has its own subclasses, raised where the cause is known. They are shown to the user in exactly two
    places: the command line and Blender's panel.
    """
