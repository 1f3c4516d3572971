# SPDX-License-Identifier: GPL-3.0-or-later
"""Global turns of limbs of two segments: upper arm and forearm, thigh and shank.

The direction of a segment gives two of its three degrees of freedom; the plane in which elbow or knee bends gives
the third. A limb that is nearly straight has no plane: there its turn about itself comes from a hint.
"""

from dataclasses import dataclass

import numpy as np

from ...models.body import rotations as rot
from ...models.body.curves import smoothstep
from .geometry import Array, angle_about, dot, turn_between


@dataclass(frozen=True)
class LimbRest:
    """Two limbs, left and right, at rest.

    Attributes:
        upper, lower: (2, 3) unit directions of the segments.
        hinge: (2, 3) unit axis of elbow or knee, square to the upper segment; it bends counter-clockwise about it.
    """

    upper: Array
    lower: Array
    hinge: Array

    @classmethod
    def of(cls, joints: tuple[Array, Array, Array], *, bends_to: Array, straight: float) -> "LimbRest":
        """From positions (2, 3) of the limbs' three joints.

        A rest pose that bends less than `straight` degrees does not show the hinge; its limbs then bend to the
        direction `bends_to` (3,).
        """
        top, middle, end = joints
        upper, lower = rot.unit(middle - top), rot.unit(end - middle)
        bend = rot.cross(upper, lower)
        seen = np.linalg.norm(bend, axis=-1, keepdims=True) > np.sin(np.radians(straight))
        return cls(upper, lower, rot.unit(np.where(seen, bend, rot.cross(upper, bends_to))))


@dataclass(frozen=True)
class Limb:
    """Observed limbs, left and right, before their turn about themselves is settled.

    Attributes:
        upper, lower: (n, 2, 3) unit directions of the segments.
        carried: (n, 2, 4) global turn of the upper segment as the parent carries it there by the shortest way.
        angle: (n, 2) radians that its bend plane is turned about the upper segment beyond `carried`.
        weight: (n, 2) how far that plane is to be believed, 0..1.
    """

    upper: Array
    lower: Array
    carried: Array
    angle: Array
    weight: Array


def observe(joints: tuple[Array, Array, Array], parent: Array, rest: LimbRest, *, straight: float, bent: float) -> Limb:
    """Limbs from observed positions (n, 2, 3) of their three joints and the parents' global turns (n, 2, 4).

    The plane's weight grows from 0 at a bend of `straight` degrees to 1 at `bent`.
    """
    top, middle, end = joints
    upper, lower = rot.unit(middle - top), rot.unit(end - middle)
    carried = rot.multiply(rot.between(rot.rotate(parent, rest.upper), upper), parent)
    hinge = _hinge(upper, lower, dot(rest.hinge, rest.lower))
    angle = angle_about(upper, rot.rotate(carried, rest.hinge), hinge)
    bend = np.degrees(np.arccos(np.clip(dot(upper, lower), -1.0, 1.0)))
    return Limb(upper, lower, carried, angle, smoothstep(bend, straight, bent))


def upper_turn(limb: Limb, angle: Array) -> Array:
    """Global turn (n, 2, 4) of the upper segments, turned about themselves by `angle` (n, 2)."""
    return rot.multiply(rot.from_axis_angle(limb.upper, angle), limb.carried)


def lower_turn(limb: Limb, upper: Array, rest: LimbRest) -> Array:
    """Global turn (n, 2, 4) of the lower segments with the hinge where the upper segments' turn has it."""
    hinge = rot.rotate(upper, rest.hinge)
    return turn_between(rot.frame(limb.lower, hinge), rot.frame(rest.lower, rest.hinge))


def _hinge(upper: Array, lower: Array, lean: Array) -> Array:
    """Axes (n, 2, 3), square to `upper`, about which the limb bends so that ``axis . lower`` is `lean`.

    `lean` (2,) is not 0 where the rest pose bends a little to the side of its hinge.
    """
    cross = rot.cross(upper, lower)
    sine = np.linalg.norm(cross, axis=-1)
    normal = rot.unit(cross)
    side = np.clip(-lean / np.maximum(sine, 1e-9), -1.0, 1.0)[..., None]
    return np.sqrt(1.0 - side**2) * normal + side * rot.cross(upper, normal)
