# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions onto a face: one plan serves a whole motion and one live pose alike.

All is linear up to the end: a shape key's value is a weighted sum of expressions; a bone's rotation vector is a sum of
axes, each as long as its expression is strong, or an eye's own rotation vector. A face's bones follow the head rigidly,
so a turn T of a bone with the rest rotation R, both in armature space, is the basis ``R^-1 T R``, whose rotation vector
is T's, rotated by ``R^-1``.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.curves import smoothstep
from ...models.body.expressions import EXPRESSION_INDEX, EXPRESSION_REGIONS, EXPRESSIONS, MIRROR
from .face_rig import FaceMap, FaceRig, FaceTarget, FaceValues, ShapeKey, head_width
from .options import FaceOptions
from .vrm import ExpressionBlend, VrmExpression

Array = NDArray[np.float64]

RESTING: Final = np.zeros(len(EXPRESSIONS))
"""The expressions (52,) of a face at rest."""

_COUNT: Final = len(EXPRESSIONS)

_EYES: Final = {"left": _COUNT, "right": _COUNT + 3}
"""First of the three inputs that hold the rotation vector of each eye, after the expressions."""

_LEAST_GAZE: Final = np.radians([-30.0, 0.0, -40.0])
_MOST_GAZE: Final = np.radians([35.0, 0.0, 40.0])
"""Radians about the body's axes that an eye can turn: up and down, not about its own axis, right and left."""

_CLOSE, _OPEN = EXPRESSION_INDEX["mouthClose"], EXPRESSION_INDEX["jawOpen"]

_ACROSS: Final = np.array([1.0, 1.0, -1.0, -1.0])
"""Signs that mirror a quaternion across the median plane."""


class FacePlan:
    """All that is computed once to move a face.

    Left out are names that the character lacks, shape keys that are driven, absolute or linked, and those that move an
    eyeball where bones turn the eyes.

    Args:
        face: the face at rest.
        face_map: which expressions move what.
        options: strength of the expressions by region.

    Attributes:
        keys: the k shape keys that are moved: by themselves, then by the expressions that they are bound to.
        bones: names of the b bones that are turned.
        moved: names of the c bones that are moved.
        vrm: names of the v managed expressions.
    """

    def __init__(self, face: FaceRig, face_map: FaceMap, options: FaceOptions | None = None) -> None:
        options = options or FaceOptions()
        targets = face_map.targets if options.expressions else ()
        self._mirrored = face.rig.mirrored
        self._gain = np.array([options.gain(region) for region in EXPRESSION_REGIONS])
        self._gaze_gain = options.gain("eyes")
        gates = np.array([options.gate(region) for region in EXPRESSION_REGIONS])
        self._gate = gates if gates.any() else None

        known = {name: row for row, name in enumerate(face.rig.names)}
        bones = [target for target in targets if target.kind == "bone" and target.name in known]
        self._looks = any(target.eye for target in bones)
        able = [key for key in face.keys if key.free and not (key.eyeball and self._looks)]
        driven = [
            (target, key) for target in targets if target.kind == "key" for key in able if key.name == target.name
        ]
        keys = tuple(key for _, key in driven)
        managed = [target for target in targets if target.kind == "vrm" and target.name in face.vrm]
        self.vrm: tuple[str, ...] = tuple(target.name for target in managed)
        sums = [target for target, _ in driven] + managed
        self._rows = np.array([_row(target) for target in sums]).reshape(-1, _COUNT)
        self._least_sum = np.array([-np.inf if target.signed else 0.0 for target in sums])
        self._low = np.array([target.low for target in sums])
        self._span = np.array([target.high - target.low for target in sums])
        self._least = np.array([key.minimum for key in keys] + [0.0] * len(managed))
        self._most = np.array([key.maximum for key in keys] + [1.0] * len(managed))
        self._direct = len(keys)
        free = {(key.mesh, key.name): key for key in able if key not in keys}
        bound = {each.name: each for each in face.bound}
        self._bound = ExpressionBlend([bound.get(name, VrmExpression(name)) for name in self.vrm], free)
        bound_keys = tuple(free[key] for key in self._bound.keys)
        self._bound_range = [key.minimum for key in bound_keys], [key.maximum for key in bound_keys]
        self.keys: tuple[ShapeKey, ...] = keys + bound_keys

        turning = [target for target in bones if not target.moves]
        moving = [target for target in bones if target.moves]
        self.bones: tuple[str, ...] = tuple(dict.fromkeys(target.name for target in turning))
        self.moved: tuple[str, ...] = tuple(dict.fromkeys(target.name for target in moving))
        rest = rot.from_matrix(face.rig.rest[:, :3, :3])

        def turning_axes(bone: str) -> Array:
            return rot.multiply(rot.conjugate(rest[known[bone]]), face.axes)

        def moving_axes(bone: str) -> Array:
            row = known[bone]
            own = row if face.rig.local_location[row] else int(face.rig.parents[row])
            return rot.multiply(rot.conjugate(rest[own]), face.axes) if own >= 0 else face.axes

        used = _COUNT + 6 if self._looks else _COUNT
        self._turns = _vectors(self.bones, turning, turning_axes)[:used]
        self._moves = _vectors(self.moved, moving, moving_axes)[:used] * head_width(face, targets)

    def values(self, expressions: Array, eyes: Array) -> FaceValues:
        """Return the values of the face.

        Args:
            expressions: (..., 52) 0..1 without NaN.
            eyes: (..., 2, 4) unit quaternions of the left and the right eye in the head's frame, without NaN.
        """
        if self._mirrored:  # The rig's negative scale mirrors the face once more, back to what was performed.
            expressions, eyes = expressions[..., MIRROR], eyes[..., ::-1, :] * _ACROSS
        strong = inputs = self._strong(expressions)
        if self._looks:
            gaze = np.clip(rot.to_vector(eyes) * self._gaze_gain, _LEAST_GAZE, _MOST_GAZE)
            shape = np.broadcast_shapes(strong.shape[:-1], gaze.shape[:-2])
            inputs = np.empty((*shape, _COUNT + 6))
            inputs[..., :_COUNT] = strong
            inputs[..., _COUNT:] = gaze.reshape(*gaze.shape[:-2], 6)
        frames = inputs.shape[:-1]
        turns = (inputs @ self._turns).reshape(*frames, len(self.bones), 3)
        moves = (inputs @ self._moves).reshape(*frames, len(self.moved), 3)
        sums = np.maximum(strong @ self._rows.T, self._least_sum)
        values = np.clip(self._low + self._span * sums, self._least, self._most)
        keys, weights = values[..., : self._direct], values[..., self._direct :]
        if self._bound.keys:
            keys = np.concatenate([keys, np.clip(self._bound.values(weights), *self._bound_range)], axis=-1)
        return FaceValues(
            keys=keys,
            rotations=rot.from_vector(turns),
            places=moves,
            vrm=weights,
        )

    def _strong(self, expressions: Array) -> Array:
        """Apply gates and strengths: a weak expression counts nothing and rises to its own value at twice the gate.

        The mouth never closes further than the jaw opened it: closed lips over an open jaw are what `mouthClose` means.
        """
        if self._gate is not None:
            expressions = expressions * smoothstep(expressions / np.maximum(self._gate, 1e-9), 1.0, 2.0)
        strong: Array = expressions * self._gain
        strong[..., _CLOSE] = np.minimum(strong[..., _CLOSE], strong[..., _OPEN])
        return strong


def _row(target: FaceTarget) -> Array:
    """Return the weights (52,) of a target's expressions."""
    row = np.zeros(_COUNT)
    for name, weight in target.weights.items():
        row[EXPRESSION_INDEX[name]] = weight
    return row


def _vectors(names: tuple[str, ...], targets: list[FaceTarget], axes: Callable[[str], Array]) -> Array:
    """Return what each of the 58 inputs adds to the vectors of the bones: (58, 3 b).

    Args:
        names: the b bones.
        targets: their targets.
        axes: function of a bone's name: quaternion (4,) from the body's axes to those of its vector.
    """
    table = np.zeros((_COUNT + 6, len(names), 3))
    for target in targets:
        column, turn = names.index(target.name), axes(target.name)
        if target.eye:
            first = _EYES[target.eye]
            # What an eye looks at goes round it with the gaze, to first order.
            vectors = np.cross(np.eye(3), target.axis) if target.moves else np.eye(3)
            table[first : first + 3, column] += rot.rotate(turn, vectors)
        else:
            span = target.high - target.low
            table[:_COUNT, column] += span * _row(target)[:, None] * rot.rotate(turn, np.array(target.axis))
    return table.reshape(_COUNT + 6, -1)
