# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: ``python -m mimic``, ``mimic``, and ``blender --command mimic``.

Exit status: 0 done; 2 the input is at fault (one sentence on stderr); 1 a bug; 130 stopped with Ctrl-C, what
was done until then being kept and named.
"""

import os
import sys
from collections.abc import Callable, Sequence

from ...errors import MimicError
from .arguments import parser
from .options import old_flags

INPUT_AT_FAULT = 2
STOPPED = 130


Check = Callable[[str], None]
"""Raises a MimicError if a source must not be opened."""


def main(arguments: Sequence[str] | None = None, *, check_source: Check | None = None) -> int:
    """Run one command and return its exit status. `check_source` may refuse the source, if the command has one."""
    options = parser().parse_args(arguments)
    for sentence in old_flags(options):
        sys.stderr.write(f"mimic: {sentence}\n")
    try:
        if check_source is not None and hasattr(options, "source"):
            check_source(options.source)
        status: int = options.run(options)
    except MimicError as error:
        sys.stderr.write(f"mimic: {error}\n")
        return INPUT_AT_FAULT
    except KeyboardInterrupt:
        sys.stderr.write("mimic: stopped\n")
        return STOPPED
    return status


def run_command(arguments: Sequence[str] | None = None, *, check_source: Check | None = None) -> int:
    """Run one command as `main` does, and return a status for wrong options too."""
    try:
        return main(arguments, check_source=check_source)
    except SystemExit as leaving:  # argparse: 0 after --help, 2 after a wrong option
        return leaving.code if isinstance(leaving.code, int) else 1


def run_and_exit() -> None:
    """Run the command that the process was started with, and end the process with its status."""
    status = run_command()
    if "bpy" in sys.modules:
        # Blender's Python module may crash (4.2) or hang (4.5) when the interpreter tears it down.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
