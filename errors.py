# SPDX-License-Identifier: GPL-3.0-or-later
"""The base class of all errors that a user can fix, and how sentences list things. Imports only what Python has."""

from collections.abc import Sequence


class MimicError(Exception):
    """An error that the user can fix. The message is one sentence: what happened, where, and what to do.

    Each layer has its own subclasses, raised where the cause is known. They are shown to the user in exactly two
    places: the command line and Blender's panel.
    """


def listed(texts: Sequence[str]) -> str:
    """Return "a", "a and b" or "a, b and c", for a sentence; once if all are the same."""
    if len(set(texts)) == 1:
        return texts[0]
    return f"{', '.join(texts[:-1])} and {texts[-1]}"
