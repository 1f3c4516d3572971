# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions onto a face: one plan serves a whole motion and one live pose alike."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body.expressions import EXPRESSION_INDEX, EXPRESSION_REGIONS, EXPRESSIONS
from .face_rig import FaceMap, FaceRig, FaceValues, ShapeKey
from .options import FaceOptions

Array = NDArray[np.float64]


class FacePlan:
    """All that is computed once to move a face.

    Args:
        face: the face at rest.
        face_map: which expressions move what.
        options: strength of the expressions by region.

    Attributes:
        keys: the k shape keys that are moved.
        bones: names of the b bones that are turned.
        moved: names of the c bones that are moved.
        vrm: names of the v managed expressions.
    """

    def __init__(self, face: FaceRig, face_map: FaceMap, options: FaceOptions | None = None) -> None:
        options = options or FaceOptions()
        self.keys: tuple[ShapeKey, ...] = ()
        self.bones: tuple[str, ...] = ()
        self.moved: tuple[str, ...] = ()
        self.vrm: tuple[str, ...] = ()
        self._gain = np.array([options.gain(region) for region in EXPRESSION_REGIONS])
        self._gate = np.array([options.gate(region) for region in EXPRESSION_REGIONS])
        rows = []
        keys = []
        for target in face_map.targets:
            for key in face.keys:
                if target.kind == "key" and key.name == target.name and not (key.driven or key.locked):
                    row = np.zeros(len(EXPRESSIONS))
                    for name, weight in target.weights.items():
                        row[EXPRESSION_INDEX[name]] = weight
                    keys.append(key)
                    rows.append(row)
        self.keys = tuple(keys)
        self._rows = np.array(rows).reshape(-1, len(EXPRESSIONS))
        self._least = np.array([key.minimum for key in keys])
        self._most = np.array([key.maximum for key in keys])

    def values(self, expressions: Array, eyes: Array) -> FaceValues:
        """Return the values of the face.

        Args:
            expressions: (..., 52) 0..1 without NaN.
            eyes: (..., 2, 4) unit quaternions of the left and the right eye in the head's frame, without NaN.
        """
        shape = np.broadcast_shapes(expressions.shape[:-1], eyes.shape[:-2])
        strong = np.where(expressions < self._gate, 0.0, expressions) * self._gain
        return FaceValues(
            keys=np.clip(strong @ self._rows.T, self._least, self._most),
            rotations=np.empty((*shape, len(self.bones), 4)),
            places=np.empty((*shape, len(self.moved), 3)),
            vrm=np.empty((*shape, len(self.vrm))),
        )


RESTING: Final = np.zeros(len(EXPRESSIONS))
"""The expressions (52,) of a face at rest."""
