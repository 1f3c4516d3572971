# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes of rendered and real clips for measurements, captured as users do."""

from pathlib import Path
from typing import Final

from ....pipeline.landmarks.settings import HolisticSettings
from ....pipeline.sources import open_source
from ....pipeline.takes.capture import CaptureSummary, capture

EVERYONE: Final = 0


def captured(video: Path, folder: Path, *, people: int = 1, again: bool = True) -> Path:
    """Capture a video; returns the take, which has the video's name, in a folder.

    Args:
        video: the video.
        folder: where to write the take.
        people: how many people to follow, `EVERYONE` for all.
        again: capture it even if there is a take.
    """
    take = folder / f"{video.stem}.take"
    if again or not take.exists():
        summary(video, take, people=people)
    return take


def summary(video: Path, take: Path, *, people: int = 1) -> CaptureSummary:
    """Capture a video in a take, and return what is reported of it."""
    take.parent.mkdir(parents=True, exist_ok=True)
    with open_source(video) as source:
        return capture(source, take, settings=HolisticSettings(people=people), force=True)
