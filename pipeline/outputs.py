# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules for files that Mimic writes: nothing is overwritten unasked, and nothing half-written replaces a whole."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..models.networks import files
from .errors import OutputExists, OutputUnwritable


def check_output(path: Path, *, force: bool) -> None:
    """Raise a sentence if `path` cannot be written, or is there already and `force` is not set. Changes nothing.

    Raises:
        OutputExists, OutputUnwritable.
    """
    folder = path.absolute().parent
    if not folder.is_dir():
        raise OutputUnwritable(f"“{path}” cannot be written, because the folder “{folder}” does not exist: create it.")
    if path.is_dir():
        raise OutputUnwritable(f"“{path}” cannot be written, because it is a folder: give the name of a file in it.")
    if not os.access(folder, os.W_OK):
        raise OutputUnwritable(f"“{path}” cannot be written in the folder “{folder}”: you lack the permission.")
    if path.exists() and not force:
        raise OutputExists(f"“{path}” exists already: give another name, or --force to overwrite it.")


@contextmanager
def replacing(path: Path, *, force: bool) -> Iterator[Path]:
    """Give a temporary path beside `path` that takes its place when the block ends well, and vanishes otherwise.

    A block that deletes its temporary file leaves `path` as it was.

    Raises:
        OutputExists, OutputUnwritable.
    """
    check_output(path, force=force)
    with ExitStack() as made:
        try:
            part = made.enter_context(files.replacing(path))
        except OSError as fault:
            raise OutputUnwritable(f"“{path}” cannot be written ({fault.strerror}): choose another folder.") from fault
        yield part
