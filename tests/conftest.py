# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures shared by the whole suite: folders of data and networks, which skip tests if they are missing."""

import re
from pathlib import Path

import pytest
from hypothesis import settings

# A slow example on a busy machine is not a failure; pytest's own timeout counts (pyproject.toml).
settings.register_profile("mimic", deadline=None)
settings.load_profile("mimic")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of motion capture, rigs and labelled pictures, beside the repository on the team's machines."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("needs the team's shared data, which is not on this machine")
    return folder


@pytest.fixture(scope="session")
def networks() -> Path:
    """Folder of the converted networks."""
    from mimic.models.networks import files

    folder = files.networks_folder()
    if not (folder / "pose_detection.onnx").is_file():
        pytest.skip("needs the converted networks: run `mimic models fetch` first")
    return folder


@pytest.fixture(scope="session")
def performer() -> Path:
    """The repository's clip of a person."""
    return ROOT / "tests" / "clips" / "performer.mp4"


@pytest.fixture(scope="session")
def riddle() -> re.Pattern[str]:
    """Words that no label, tooltip or help text may hold: pronouns for people and things, and private language."""
    pronouns = r"(^|[:;,] )(who|what)\b(?! works)|\b(for|of|to|by|with|from|on|in|as) (who|what)\b"
    private = r"\b(unless given|as seen|calm\w*|anew|looked at|sees? them|of late|one's|whose bones are meant)\b"
    return re.compile(f"{pronouns}|{private}", re.IGNORECASE)
