# SPDX-License-Identifier: GPL-3.0-or-later
"""What all parts share of the errors that a user can put right. Imports nothing."""


class MimicError(Exception):
    """Something that the user can put right. The message is one sentence: what, where, what to do.

    Every layer has its own subclasses, raised where the fault is known. They become words in exactly two
    places: the command line and Blender's panel.
    """
