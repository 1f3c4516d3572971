# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of a motion: its expressions and the rotations of its eyes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class FacePose:
    """A face at one moment.

    Attributes:
        expressions: (52,) 0..1, `expressions.EXPRESSIONS`; NaN as long as no face was seen.
        eyes: (2, 4) unit quaternions w, x, y, z of the left and the right eye in the frame of the head, away from
            looking straight ahead; NaN as long as no face was seen.
    """

    expressions: Array
    eyes: Array


@dataclass(frozen=True)
class FaceMotion:
    """A face over n frames: `expressions` (n, 52) and `eyes` (n, 2, 4) as in `FacePose`; NaN if no face was seen."""

    expressions: Array
    eyes: Array
