# SPDX-License-Identifier: GPL-3.0-or-later
"""From what landmarks say of a face to what the face does, frame by frame: what bakes and live sessions share."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body.expressions import EXPRESSION_INDEX, EXPRESSION_REGIONS, EXPRESSIONS, MIRROR
from .correction import Correction
from .gaze import LOOK_NAMES, looks
from .lids import closing
from .neutral import Neutral
from .trust import Trust

Array = NDArray[np.float64]

LIDS: Final = [EXPRESSION_INDEX["eyeBlinkLeft"], EXPRESSION_INDEX["eyeBlinkRight"]]
LOOKS: Final = [EXPRESSION_INDEX[name] for name in LOOK_NAMES]
_DOWN: Final = [EXPRESSION_INDEX["eyeLookDownLeft"], EXPRESSION_INDEX["eyeLookDownRight"]]
_WIDE: Final = [EXPRESSION_INDEX["eyeWideLeft"], EXPRESSION_INDEX["eyeWideRight"]]

SLOW: Final = [
    index
    for index, name in enumerate(EXPRESSIONS)
    if name.startswith(("brow", "cheek", "eyeSquint", "eyeWide", "nose")) or name in ("mouthLeft", "mouthRight")
]
"""Expressions that last: one that a single frame shows is not real."""

_LOWERED: Final = 0.4
"""What the network says of the lids of eyes that look down as far as they can, and do not blink. On rendered faces (28
November 2026) it says 0.24 of such eyes, while the irises show half of that look."""

_BROWS: Final = np.array([region == "brows" for region in EXPRESSION_REGIONS])
_EYES: Final = np.array([region == "eyes" for region in EXPRESSION_REGIONS])


def _side(name: str) -> int:
    """Return 0 and 1 for what belongs to the left and the right side of a face, 2 for the middle."""
    if name.startswith(("jaw", "eyeLook")) or name in ("mouthLeft", "mouthRight"):
        return 2  # They are directions.
    return 0 if name.endswith("Left") else 1 if name.endswith("Right") else 2


_SIDES: Final = np.array([_side(name) for name in EXPRESSIONS])
_OTHER: Final = np.where(_SIDES < 2, MIRROR, np.arange(len(EXPRESSIONS)))


def shaped(expressions: Array, neutral: Neutral, trust: Trust, correction: Correction | None = None) -> Array:
    """Return the expressions (n, 52) of a face, 0 at its rest and 0 of what is hidden.

    Lids are not yet linked. The far side of a turned head does as the near one, because the network guesses it.

    Args:
        expressions: (n, 52) 0..1; rows where `trust` says that there is no face are 0.
        neutral: the face's rest.
        trust: how much of it is shown.
        correction: what the points say; None if that is not known.
    """
    values = neutral.relative(np.nan_to_num(expressions))
    if correction is not None:
        values = correction.expressions(values)
    own = np.concatenate([trust.sides, np.ones((len(values), 1))], axis=1)[:, _SIDES]
    values = values * own + values[:, _OTHER] * (1.0 - own)
    gain = np.where(_BROWS, trust.brows[:, None], trust.mouth[:, None])
    lids = np.concatenate([trust.lids, trust.lids.max(axis=1, keepdims=True)], axis=1)[:, _SIDES]
    values = values * np.where(_EYES, lids, gain)
    values[:, LIDS] = closing(values[:, LIDS])
    return values


def straight_gaze(gaze: Array, neutral: Neutral, correction: Correction | None) -> Array:
    """Return the angles (n, 2, 2) of eyes relative to looking straight ahead, corrected; 0 where they are NaN."""
    relative = np.nan_to_num(gaze - neutral.gaze)
    return relative if correction is None else correction.gaze(relative)


def with_eyes(expressions: Array, angles: Array) -> Array:
    """Return expressions (..., 52) that look where the eyes do, at angles (..., 2, 2) in radians.

    The irises win over the network's own `eyeLook`, which depends on the person and on the turn of the head, and would
    contradict the eyes' rotations. Eyes that look down are not half closed.
    """
    result = np.array(expressions)
    result[..., LOOKS] = looks(angles)
    # An upper lid follows an eye that looks down, which the network takes for the beginning of a blink.
    lowered = _LOWERED * result[..., _DOWN]
    result[..., LIDS] = np.clip((result[..., LIDS] - lowered) / (1.0 - lowered), 0.0, 1.0)
    result[..., _WIDE] *= 1.0 - result[..., LIDS]
    return result
