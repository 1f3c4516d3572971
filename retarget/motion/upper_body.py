# SPDX-License-Identifier: GPL-3.0-or-later
"""Move the upper body alone, for a performer seated at a desk: hips and legs stay at rest, the chest as captured."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import INDEX
from ...models.body.motion import BodyMotion

Array = NDArray[np.float64]

_HIPS: Final = INDEX["Hips"]
_SPINE: Final = [INDEX[name] for name in ("Spine", "Spine1", "Spine2")]
_LEGS: Final = [INDEX[f"{side}{part}"] for side in ("Left", "Right") for part in ("UpLeg", "Leg", "Foot", "ToeBase")]


def upper_body(rotations: Array) -> Array:
    """Put hips and legs of rotations (..., 52, 4) at rest; the spine takes over the hips' rotation."""
    chest = rotations[..., _HIPS, :]
    for joint in _SPINE:
        chest = rot.multiply(chest, rotations[..., joint, :])
    result = np.array(rotations)
    result[..., [_HIPS, *_LEGS], :] = rot.identity()
    result[..., _SPINE, :] = rot.slerp(rot.identity(), chest, 1.0 / len(_SPINE))[..., None, :]
    return result


def upper_body_motion(motion: BodyMotion) -> BodyMotion:
    """Put hips and legs of a whole motion at rest, in place: its root becomes unknown."""
    return replace(motion, rotations=upper_body(motion.rotations), root=np.full_like(motion.root, np.nan))
