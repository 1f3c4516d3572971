# SPDX-License-Identifier: GPL-3.0-or-later
"""Correcting the rotation of the head from the face mesh.

BlazePose has eleven points on a head that may be only 30 pixels wide in its input, so a nod is little more than a
guess. The face mesh is found at full resolution; if the face is large enough in the picture, its points show the
head's rotation best.
"""

from math import exp, radians
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body import rotations as rot
from ....models.body.joints import INDEX
from .. import axes
from ..points import MAX_COORDINATE

Array = NDArray[np.float64]

_HEAD, _NECK = INDEX["Head"], INDEX["Neck"]
_SMALL, _LARGE, _SHARE = 20.0, 60.0, 0.8
"""Pixels between the outer corners of the eyes from which the face has a weight, and from which it is `_SHARE`."""
_LIKELY, _IMPOSSIBLE = radians(30.0), radians(60.0)
"""Angles of a correction from which the face loses weight, and from which it is ignored as a false detection."""
_SMOOTHING_SECONDS: Final = 0.15
"""Time constant of the correction's average in seconds: the correction lags, but not the head."""
_BLEND_SECONDS: Final = 0.25
"""Seconds over which the correction is blended in when a face is found, and out when it is lost."""
_NECK_SHARE: Final = 0.5
"""Share of a correction that the neck takes."""
_RAISED: Final = rot.from_axis_angle([1.0, 0.0, 0.0], -radians(8.7))
"""Turns the frame of forehead and chin into that of a level head. On level rendered heads (`mimic evaluate --faces`,
2026-11-28) the mesh leans forwards by this much: 8.9 degrees on Anny's heads, 8.6 on Rocketbox's."""
_CAMERA_AXIS: Final = np.array([0.0, 1.0, 0.0])


class HeadByFace:
    """Corrects head and neck in successive frames, and keeps its state between calls."""

    def __init__(self) -> None:
        self._correction = rot.identity()
        self._share = 0.0
        self._before: float | None = None

    def run(self, time: Array, faces: Array, turns: Array, *, centre: Array, focal: Array) -> Array:
        """Return global rotations (n, 52, 4) with head and neck corrected.

        Args:
            time: (n,) seconds, continuing from the previous call.
            faces: (n, 6, 3) px, the points `landmarks.data.FACE_POINTS`; NaN where no face was found.
            turns: (n, 52, 4) global rotations without the face.
            centre: (n, 2) px, the middle of the picture.
            focal: (n,) focal length in pixels.
        """
        shares = _weights(faces)
        if not shares.any() and self._share == 0.0:
            self._before = float(time[-1])
            return turns
        head, observed = turns[:, _HEAD], np.tile(rot.identity(), (len(time), 1))
        visible = np.flatnonzero(shares)
        rotations = _head_rotations(faces[visible], centre[visible], focal[visible])
        degenerate = ~np.isfinite(rotations).all(axis=-1)
        rotations[degenerate], shares[visible[degenerate]] = rot.identity(), 0.0
        observed[visible] = rot.multiply(rot.conjugate(head[visible]), rotations)
        shares *= np.clip((_IMPOSSIBLE - rot.angle(observed)) / (_IMPOSSIBLE - _LIKELY), 0.0, 1.0)
        corrections = np.array(
            [self._step(*step) for step in zip(time.tolist(), observed, shares.tolist(), strict=True)]
        )
        changed = rot.multiply(rot.multiply(head, corrections), rot.conjugate(head))
        result = turns.copy()
        result[:, _HEAD] = rot.multiply(head, corrections)
        result[:, _NECK] = rot.multiply(rot.power(changed, _NECK_SHARE), turns[:, _NECK])
        return result

    def _step(self, time: float, observed: Array, share: float) -> Array:
        """Return the next frame's correction (4,), given the face's `observed` (4,), both in the head's own frame."""
        passed = _BLEND_SECONDS if self._before is None else max(0.0, time - self._before)
        self._before = time
        if share > 0.0:
            starting = self._share == 0.0
            keep = 0.0 if starting else exp(-passed / _SMOOTHING_SECONDS)
            self._correction = observed if starting else rot.slerp(self._correction, observed, 1.0 - keep)
        max_step = passed / _BLEND_SECONDS
        self._share += min(max(share - self._share, -max_step), max_step)
        return np.asarray(rot.slerp(rot.identity(), self._correction, self._share))


def _head_rotations(faces: Array, centre: Array, focal: Array) -> Array:
    """Return the heads' rotations (n, 4) relative to the camera, from eyes, sides, forehead and chin of faces."""
    right_eye, left_eye, right, left, forehead, chin = np.moveaxis(axes.to_blender(faces), 1, 0)
    across = (left_eye - right_eye) + (left - right)
    # Z up the face, X to the person's left.
    turns = rot.from_matrix(rot.frame(forehead - chin, across)[..., [2, 0, 1]])
    middle = faces[..., :2].mean(axis=1)
    # The network saw the face along the line of sight to it.
    ahead = np.stack([middle[:, 0] - centre[:, 0], focal, centre[:, 1] - middle[:, 1]], axis=-1)
    seen_from = rot.between(np.broadcast_to(_CAMERA_AXIS, ahead.shape), ahead)
    return rot.multiply(seen_from, rot.multiply(turns, _RAISED))


def _weights(faces: Array) -> Array:
    """Return the weights (n,) of faces (n, 6, 3) by their size in the picture: 0 for a missing or invalid face."""
    known = (np.abs(faces) < MAX_COORDINATE).all(axis=(1, 2))
    faces = np.where(known[:, None, None], faces, 0.0)
    eyes = np.linalg.norm(faces[:, 1, :2] - faces[:, 0, :2], axis=-1)
    height = np.linalg.norm(faces[:, 4, :2] - faces[:, 5, :2], axis=-1)
    size = np.maximum(eyes, 0.5 * height)  # looking aside shortens the eyes' distance, nodding the face's height
    return np.asarray(_SHARE * np.clip((size - _SMALL) / (_LARGE - _SMALL), 0.0, 1.0))
