# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules for the files that Mimic writes: no file is overwritten without `force`, or replaced by an incomplete one."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from ..models.networks import files
from .errors import OutputExists, OutputUnwritable


def check_output(path: Path, *, force: bool) -> None:
    """Check that `path` can be written. Changes nothing on disk.

    Raises:
        OutputExists: the file exists and `force` is not set.
        OutputUnwritable: the folder is missing or read-only, or `path` is a folder.
    """
    folder = path.absolute().parent
    if not folder.is_dir():
        raise OutputUnwritable(
            f"“{path}” cannot be written, because the folder “{folder}” does not exist: create it first."
        )
    if path.is_dir():
        raise OutputUnwritable(f"“{path}” cannot be written, because it is a folder: choose a file name.")
    if not os.access(folder, os.W_OK):
        raise OutputUnwritable(
            f"“{path}” cannot be written, because you have no permission to write in “{folder}”: choose another folder."
        )
    if path.exists() and not force:
        raise OutputExists(f"“{path}” already exists: choose another name, or use --force to overwrite it.")


@contextmanager
def replacing(path: Path, *, force: bool) -> Iterator[Path]:
    """Yield a temporary path beside `path`, which replaces `path` if the block succeeds and is deleted otherwise.

    If the block deletes the temporary file, `path` stays unchanged.

    Raises:
        OutputExists, OutputUnwritable: see `check_output`.
    """
    check_output(path, force=force)
    with ExitStack() as made:
        try:
            part = made.enter_context(files.replacing(path))
        except OSError as fault:
            raise OutputUnwritable(f"“{path}” cannot be written ({fault.strerror}): choose another folder.") from fault
        yield part
