# SPDX-License-Identifier: GPL-3.0-or-later
"""What the parts of the body that are smoothed on their own are called in the panel."""

from typing import Final

from ..retarget.motion.options import Region

NAMES: Final[dict[Region, tuple[str, str]]] = {
    "torso": ("Torso", "hips and spine"),
    "head": ("Head", "neck and head"),
    "arms": ("Arms", "shoulders and arms"),
    "hands": ("Hands", "hands and fingers"),
    "legs": ("Legs", "legs and feet"),
    "root": ("Place", "the body's place"),
}
"""Region -> its label, and what belongs to it, for tooltips."""
