# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found in a take and put right before it was keyed, in sentences. It needs no Blender."""

from collections.abc import Iterator
from typing import Final

from ...pipeline.solve.one_view import SolvedTake

WORTH_SAYING: Final = 0.1
"""Fraction of a take from which on it is said that somebody is out of sight."""


def findings(solved: SolvedTake) -> Iterator[str]:
    """Yield a sentence for each kind of fault that was found in a person's landmarks."""
    total, mended, bridged = len(solved.motion.time), solved.mended_frames, bridged_frames(solved)
    if mended:
        yield f"Left and right were exchanged in {_frames(mended, total)} and are in order now."
    hidden = int((solved.motion.confidence.max(axis=1) <= 0.0).sum()) if total else 0
    if hidden > WORTH_SAYING * total:
        yield f"Out of sight in {_frames(hidden, total)}, in which the pose is held and the way is bridged."
    if bridged:
        yield f"Landmarks jumped away in {_frames(bridged, total)} and are bridged there."


def bridged_frames(solved: SolvedTake) -> int:
    """Return the number of frames in which landmarks were taken out because they jumped."""
    return int((solved.gaps > 0).sum())


def _frames(count: int, total: int) -> str:
    return f"{count} of {total} frames"
