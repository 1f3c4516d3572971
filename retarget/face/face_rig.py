# SPDX-License-Identifier: GPL-3.0-or-later
"""Data of faces: what of a character can move, and which expressions move it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.model import neutral_body
from ..rig.rest import body_axes, joint_positions, size_ratio
from ..rig.rig import Rig, RigMap
from .vrm import VrmExpression

Array = NDArray[np.float64]

TargetKind = Literal["key", "bone", "vrm"]

Eye = Literal["left", "right"]

_HEAD_WIDTH: Final = 0.155
"""Metres, breadth of an adult's head."""

_EYES_APART: Final = 0.41
"""Distance of the eyes in head widths."""


@dataclass(frozen=True)
class ShapeKey:
    """A shape key of one mesh.

    Attributes:
        mesh: name of the mesh object.
        name: name of the key.
        minimum, maximum: range of its value.
        muted: whether it is switched off.
        driven: whether a driver sets its value, which must not be keyed then.
        locked: why its value cannot be keyed: it is "linked" from another file, or "absolute", so that its value does
            not count; empty if it can.
        eyeball: whether it moves an eyeball that a bone moves too; it then rests while that bone turns with the gaze.
    """

    mesh: str
    name: str
    minimum: float = 0.0
    maximum: float = 1.0
    muted: bool = False
    driven: bool = False
    locked: Literal["", "linked", "absolute"] = ""
    eyeball: bool = False

    @property
    def free(self) -> bool:
        """Whether its value may be set."""
        return not (self.driven or self.locked)


@dataclass(frozen=True)
class FaceRig:
    """What of a character's face can move.

    Attributes:
        keys: the shape keys of all meshes that the armature carries, in the meshes' order; the same name may occur in
            several meshes.
        rig: the bones at rest.
        head: name of the bone that follows the head; empty if there is none.
        vrm: names of the expressions that the VRM add-on manages for this character; empty without it.
        bound: those expressions, with the shape keys that they move.
        axes: (4,) quaternion from the body's axes (left +X, back +Y, up +Z) to armature space.
        head_width: armature units, breadth of the head.
    """

    keys: tuple[ShapeKey, ...]
    rig: Rig
    head: str = ""
    vrm: tuple[str, ...] = ()
    bound: tuple[VrmExpression, ...] = ()
    axes: Array = field(default_factory=rot.identity)
    head_width: float = _HEAD_WIDTH

    @classmethod
    def of(cls, keys: Sequence[ShapeKey], rig: Rig, rig_map: RigMap, bound: Sequence[VrmExpression] = ()) -> "FaceRig":
        """Describe the face of a rig whose bones are mapped to the body.

        Args:
            keys: the shape keys of all its meshes.
            rig: the bones at rest (`rest_as_posed`).
            rig_map: its bones by joint.
            bound: the expressions that the VRM add-on manages.
        """
        positions = joint_positions(rig, rig_map)
        axes = body_axes(positions)
        size = size_ratio(positions, neutral_body().rest, axes)
        head = rig_map.bones.get("Head", "")
        return cls(
            keys=tuple(keys),
            rig=rig,
            head=head,
            vrm=tuple(each.name for each in bound),
            bound=tuple(bound),
            axes=axes,
            head_width=size * _HEAD_WIDTH,
        )

    def place(self, bone: str) -> Array | None:
        """Return where a bone's head rests (3,) in armature space and units; None if the rig lacks the bone."""
        names = self.rig.names
        return np.asarray(self.rig.rest[names.index(bone), :3, 3]) if bone in names else None


@dataclass(frozen=True)
class FaceTarget:
    """A shape key, bone or managed expression of a character, and the expressions that move it.

    Attributes:
        kind: "key": the shape keys of this name, in every mesh that has it; "bone": a bone; "vrm": an expression of
            the VRM add-on.
        name: its name in the character.
        weights: expression -> how much of it counts; a weighted sum. For a bone that turns with an eye it is empty.
        low, high: values of the target when the sum is 0 and 1. A shape key's value is clipped to the key's own range.
        signed: whether a sum below 0 moves a shape key backwards, if its range allows it; otherwise it counts as 0.
        axis: for a bone: (x, y, z) rotation vector in radians, or translation in head widths, in the axes of the body
            at rest, when the sum is 1; zeros for an eye.
        moves: whether `axis` is a translation instead of a rotation.
        eye: "left" or "right": the bone turns with that eye; empty otherwise. If it `moves`, it is what the eye looks
            at, and `axis` is its place from the eye in head widths.
    """

    kind: TargetKind
    name: str
    weights: Mapping[str, float] = field(default_factory=dict)
    low: float = 0.0
    high: float = 1.0
    signed: bool = False
    axis: tuple[float, float, float] = (0.0, 0.0, 0.0)
    moves: bool = False
    eye: Eye | Literal[""] = ""


def head_width(face: FaceRig, targets: Iterable[FaceTarget]) -> float:
    """Return the head's width in armature units: by the distance of the eyes, as heads of drawn characters are large.

    Bones of eyes may lie elsewhere than the eyes; then the size of the body tells.
    """
    named = {target.eye: face.place(target.name) for target in targets if target.eye}
    places = [place for place in named.values() if place is not None]
    if len(places) == 2:
        width = float(np.linalg.norm(places[0] - places[1])) / _EYES_APART
        if 0.5 * face.head_width < width < 4.0 * face.head_width:
            return width
    return face.head_width


@dataclass(frozen=True)
class FaceMap:
    """Which expressions move which parts of a character's face.

    Attributes:
        family: display name of the kind of face ("ARKit").
        targets: what is moved. A bone may occur several times: its turns add up.
        missing: expressions that move nothing.
        warnings: sentences about what cannot be animated as expected.
    """

    family: str
    targets: tuple[FaceTarget, ...]
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class FaceValues:
    """Values of a face, of one pose (leading shape ()) or of n frames (leading shape (n,)).

    Attributes:
        keys: (..., k) values of the plan's shape keys.
        rotations: (..., b, 4) w, x, y, z basis quaternions of the plan's bones.
        places: (..., c, 3) basis locations of the plan's moved bones, armature units.
        vrm: (..., v) values of the plan's managed expressions.
    """

    keys: Array
    rotations: Array
    places: Array
    vrm: Array
