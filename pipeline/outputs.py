# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules for files that Mimic writes: nothing is overwritten unasked, and nothing half-written replaces a whole."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

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
    try:
        with tempfile.NamedTemporaryFile(
            dir=path.absolute().parent, prefix=f".{path.stem}-", suffix=path.suffix, delete=False
        ) as made:
            part = Path(made.name)
    except OSError as fault:
        raise OutputUnwritable(f"“{path}” cannot be written ({fault.strerror}): choose another folder.") from fault
    try:
        yield part
        if part.exists():
            part.chmod(0o666 & ~_umask())  # temporary files are made private
            part.replace(path)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
