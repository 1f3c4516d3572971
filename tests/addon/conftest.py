# SPDX-License-Identifier: GPL-3.0-or-later
"""Run the command line as a user does, and check the form of its error messages."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Outcome:
    """Exit status, and the text on stdout and stderr."""

    status: int
    out: str
    err: str

    def complaint(self) -> str:
        """Return the one sentence on stderr of a command with faulty input."""
        assert self.status == 2, self
        assert "Traceback" not in self.err
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("mimic: ")
        return lines[0]


@pytest.fixture
def mimic(tmp_path: Path) -> Callable[..., Outcome]:
    """Run ``mimic`` in an empty folder of its own, with this environment and these variables."""

    def run(*arguments: object, env: dict[str, str] | None = None) -> Outcome:
        import os

        done = subprocess.run(
            [sys.executable, "-m", "mimic", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, **(env or {})},
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=240,  # before the test's own ends the whole run
            check=False,
        )
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run
