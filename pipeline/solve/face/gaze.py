# SPDX-License-Identifier: GPL-3.0-or-later
"""Where eyes look: directions in the head's frame from the places of the irises, and rotations of the eyes.

An eye is a ball whose iris moves between the corners of its lids, in the head's frame, so the turn of the head towards
the camera does not matter. Rays from the camera to such a ball are more exact for true irises, but not for those of the
network, which puts them at the depth of the lids: on 360 rendered faces turned by 30 degrees (28 November 2026), rays
were off sideways by 5.7 degrees, with a gain that rises with the turn, and this is by 4.3. Angles are pairs: to the
person's left, and up.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ....models.body import rotations as rot
from ....models.body.curves import smoothstep
from .head_frame import HeadFrame

Array = NDArray[np.float64]

_CORNERS: Final = np.array([[362, 263], [33, 133]])
"""Points at the corners of the left and the right eye."""

_IRISES: Final = np.array([473, 468])
"""Points at the centres of the left and the right iris."""

_REST: Final = np.array([[0.03, 0.0, 0.12], [-0.03, 0.0, 0.12]])
"""Centimetres from the middle between the corners of an eye to its iris when it looks straight ahead, in the head's
frame."""

_RADIUS: Final = 1.0
"""Centimetres from the centre of an eye's ball, about which it turns, to its iris."""

_RIM: Final = 0.95
"""Largest sine of the angle of an eye."""

_FORWARD: Final = np.array([0.0, -1.0, 0.0])

_FARTHEST: Final = np.radians([36.0, 26.0, 32.0])
"""Angles that eyes turn at most: sideways, up and down."""

_PARALLEL: Final = np.radians(8.0)
"""Angle by which the eyes may seem to cross before they are believed to: a person's eyes differ, and irises tremble."""

_CROSSED: Final = np.radians(40.0)
"""Largest angle by which eyes cross."""

_UNSURE: Final = 0.5
"""Trust below which eyes turn less far than seen."""

LOOKS: Final = {"In": 30.0, "Out": 30.0, "Up": 22.0, "Down": 26.0}
"""Degrees that an eye turns for 1 of each of ARKit's four expressions of looking, `eyeLookInLeft` and so on."""


def gaze_angles(head: HeadFrame, points: Array) -> Array:
    """Return the angles (..., 2, 2) in radians of the left and the right eye.

    Args:
        head: the frames of the faces.
        points: (..., 478, 3) px.
    """
    corners = head.to_head(points[..., _CORNERS.ravel(), :]).reshape(*points.shape[:-2], 2, 2, 3)
    away = (head.to_head(points[..., _IRISES, :]) - corners.mean(axis=-2) - _REST) / _RADIUS
    aside, up = away[..., 0], away[..., 2]
    length = np.hypot(aside, up)
    # An iris seen beyond the rim of the ball is at its rim.
    inside = np.minimum(1.0, _RIM / np.maximum(length, 1e-9))
    ahead = -np.sqrt(1.0 - np.square(length * inside))
    return angles_of(np.stack([aside * inside, ahead, up * inside], axis=-1))


def angles_of(directions: Array) -> Array:
    """Return the angles (..., 2) in radians of directions (..., 3) in the head's frame."""
    x, y, z = np.moveaxis(directions, -1, 0)
    return np.stack([np.arctan2(x, -y), np.arctan2(z, np.hypot(x, y))], axis=-1)


def joint_gaze(gaze: Array, trust: Array) -> tuple[Array, Array]:
    """Return the angles (..., 2, 2) of a pair of eyes that belong together, and the trust (...) in them.

    Both look the same way, as the one that is seen best does most; they cross if they clearly do, never diverge, and
    keep within the limits of eyes.

    Args:
        gaze: (..., 2, 2) radians relative to looking straight ahead.
        trust: (..., 2) 0..1 in each eye.
    """
    weight = np.square(trust) + 1e-6
    weight = weight / weight.sum(axis=-1, keepdims=True)
    both = np.sum(gaze * weight[..., None], axis=-2)
    crossing = gaze[..., 1, 0] - gaze[..., 0, 0]
    crossing = np.clip(crossing - _PARALLEL, 0.0, _CROSSED) * trust.min(axis=-1)
    # The better eye stays, and the other one takes the rest of the angle.
    turned = np.stack([-crossing * weight[..., 1], crossing * weight[..., 0]], axis=-1)
    best = trust.max(axis=-1)
    result = np.stack([both[..., None, 0] + turned, np.repeat(both[..., None, 1], 2, axis=-1)], axis=-1)
    result = result * smoothstep(best, 0.0, _UNSURE)[..., None, None]
    aside, up, down = _FARTHEST
    return np.clip(result, [-aside, -down], [aside, up]), best


def looks(angles: Array) -> Array:
    """Return ARKit's expressions (..., 8) of looking, in the order of `LOOK_NAMES`, for angles (..., 2, 2) of eyes."""
    left, up = np.degrees(angles[..., 0]), np.degrees(angles[..., 1])
    outward = left * np.array([1.0, -1.0])
    ways = {"In": -outward, "Out": outward, "Up": up, "Down": -up}
    parts = [np.clip(ways[way] / LOOKS[way], 0.0, 1.0) for way in LOOKS]
    return np.concatenate(parts, axis=-1)


LOOK_NAMES: Final = tuple(f"eyeLook{way}{side}" for way in LOOKS for side in ("Left", "Right"))


def eye_rotations(angles: Array) -> Array:
    """Return the rotations (..., 4) of eyes that look in the directions of angles (..., 2), without torsion."""
    left, up = angles[..., 0], angles[..., 1]
    # Listing's law: an eye turns from straight ahead about an axis across both directions.
    direction = np.stack([np.sin(left) * np.cos(up), -np.cos(left) * np.cos(up), np.sin(up)], axis=-1)
    half = rot.unit(direction + _FORWARD)
    return np.concatenate([np.sum(half * _FORWARD, axis=-1, keepdims=True), rot.cross(_FORWARD, half)], axis=-1)


def head_angles(head: HeadFrame) -> Array:
    """Return the angles (..., 2) in radians at which heads look, relative to the camera's axis."""
    return angles_of(rot.rotate(head.turn, _FORWARD))
