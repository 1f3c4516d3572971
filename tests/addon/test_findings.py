# SPDX-License-Identifier: GPL-3.0-or-later
"""What was found in a take and put right, in sentences."""

import numpy as np

from mimic.addon.bake.findings import findings
from mimic.models.body import rotations as rot
from mimic.models.body.joints import JOINTS
from mimic.models.body.motion import BodyMotion
from mimic.pipeline.solve.one_view import SolvedTake


def solved(*, exchanged: int = 0, jumped: int = 0, hidden: int = 0, frames: int = 50) -> SolvedTake:
    confidence = np.ones((frames, len(JOINTS)))
    confidence[:hidden] = 0.0
    motion = BodyMotion(
        time=np.arange(frames) / 30.0,
        rotations=rot.identity(frames, len(JOINTS)),
        root=np.zeros((frames, 3)),
        shape=np.empty(0),
        confidence=confidence,
    )
    exchanges, gaps = np.zeros((2, frames), int)
    exchanges[:exchanged], gaps[:jumped] = 1, 4
    return SolvedTake(0, motion, exchanges, gaps)


def test_findings_of_a_take_without_faults_are_none():
    assert list(findings(solved())) == []
    assert list(findings(solved(hidden=5))) == []
    assert list(findings(solved(frames=0))) == []


def test_findings_name_exchanged_sides_gaps_and_how_long_somebody_was_hidden():
    assert list(findings(solved(exchanged=12, jumped=3, hidden=20))) == [
        "Left and right were exchanged in 12 of 50 frames and are in order now.",
        "Out of sight in 20 of 50 frames, in which the pose is held and the way is bridged.",
        "Landmarks jumped away in 3 of 50 frames and are bridged there.",
    ]
