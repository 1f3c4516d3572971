# SPDX-License-Identifier: GPL-3.0-or-later
"""The zips as the build script makes them. Tests are skipped on a machine that cannot get the wheels."""

import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NO_WHEELS = 3


@pytest.fixture(scope="session")
def build_zip(networks: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Build the zip of a platform, once."""
    if find_spec("bpy") is None:
        pytest.skip("needs Blender's Python module, whose own tool builds extensions")
    built: dict[str, Path] = {}

    def build(platform: str) -> Path:
        if platform not in built:
            built[platform] = _build(platform, tmp_path_factory.mktemp(platform))
        return built[platform]

    return build


def _build(platform: str, folder: Path) -> Path:
    program = [sys.executable, ROOT / ".ci" / "build_extension.py", f"--platform={platform}", f"--output={folder}"]
    done = subprocess.run(program, capture_output=True, text=True, check=False)
    if done.returncode == NO_WHEELS:
        pytest.skip(f"needs the extension's wheels: {done.stderr.strip()}")
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = folder.glob("*.zip")
    return path
