# SPDX-License-Identifier: GPL-3.0-or-later
"""Native libraries are loaded at first use, and may then turn out to be broken."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import EngineMissing


@contextmanager
def loading(library: str) -> Iterator[None]:
    """Say in a sentence that a library cannot be loaded.

    Raises:
        EngineMissing: what is done within needs it.
    """
    try:
        yield
    except (ImportError, OSError) as fault:
        raise EngineMissing(
            f"{library} cannot be loaded ({fault}): restart Blender, and if that does not help install Mimic again."
        ) from fault
