# SPDX-License-Identifier: GPL-3.0-or-later
"""Data of retargeting: a rig, its mapping to the body, and the resulting motion."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class InverseKinematics:
    """An IK constraint whose target is a bone of the rig.

    Attributes:
        chain: the bones of the chain, from its base to its end.
        target: bone of the rig whose head the end of the chain reaches for.
        pole: bone of the rig that the chain bends towards; empty for none.
        pole_angle: radians about the first bone, from its X axis to the side that faces the pole.
        muted: whether the constraint has no effect at present.
    """

    chain: tuple[str, ...]
    target: str
    pole: str = ""
    pole_angle: float = 0.0
    muted: bool = False


@dataclass(frozen=True)
class Rig:
    """Bones of an armature at rest, parents before children.

    Attributes:
        names: n bone names.
        parents: (n,) index of each bone's parent, -1 for none.
        rest: (n, 4, 4) rest matrices in armature space and armature units (Blender's ``bone.matrix_local``: Y runs
            along the bone).
        lengths: (n,) armature units, head to tail.
        inherit_rotation: (n,) False for bones that do not rotate with their parent.
        local_location: (n,) False for bones without Blender's *Local Location*.
        basis: (n, 4, 4) current pose of each bone (Blender's ``matrix_basis``); None for a rig at rest.
        ik: IK constraints whose targets are bones of the rig.
        mirrored: whether a negative object scale mirrors it, so that its left is shown on the right.
    """

    names: tuple[str, ...]
    parents: NDArray[np.int64]
    rest: NDArray[np.float64]
    lengths: NDArray[np.float64]
    inherit_rotation: NDArray[np.bool_]
    local_location: NDArray[np.bool_]
    basis: NDArray[np.float64] | None = None
    ik: tuple[InverseKinematics, ...] = ()
    mirrored: bool = False


@dataclass(frozen=True)
class Share:
    """Rotation of a bone between those of two joints, for bones that do not follow one joint alone.

    Attributes:
        joint: the joint at part 0; the bone is aligned to the body like that joint.
        end: the joint at part 1.
        part: 0 (rotates as `joint`) to 1 (rotates as `end`).
        twist: share only the twist about the segment of `joint`, not its direction.
    """

    joint: str
    end: str
    part: float
    twist: bool = False


@dataclass(frozen=True)
class Switch:
    """A custom property of a pose bone that switches limbs between FK and IK.

    Attributes:
        bone: the pose bone.
        property: name of its custom property.
        value: the value to set.
    """

    bone: str
    property: str
    value: float


@dataclass(frozen=True)
class Control:
    """IK controls of a limb.

    Attributes:
        joint: the hand or foot at the end of the limb.
        target: bone that hand or foot follows.
        pole: bone that elbow or knee points to; empty for none.
        followers: joint -> bone, for joints beyond it that have controls of their own in IK (the toes).
        switches: properties to set for these bones to take effect.
    """

    joint: str
    target: str
    pole: str = ""
    followers: Mapping[str, str] = field(default_factory=dict)
    switches: tuple[Switch, ...] = ()

    @property
    def bones(self) -> tuple[str, ...]:
        """All bones: the target, the pole if there is one, and the followers."""
        return tuple(bone for bone in (self.target, self.pole, *self.followers.values()) if bone)


@dataclass(frozen=True)
class RigMap:
    """Mapping of a rig's bones to the joints of the body.

    Attributes:
        family: display name of the kind of rig ("Mixamo").
        bones: joint name -> bone name, for every joint that has a bone.
        missing: joints without a bone.
        unmapped: bones that follow no joint.
        root: bone that carries the whole body through space; the hips' own if empty.
        shares: bone -> its share, for chains with more or fewer bones than the body's. It takes precedence over the
            joint of a mapped bone.
        constrained: bone -> how the rig's own constraints rotate it; never keyed.
        switches: properties to set for the mapped bones to take effect.
        controls: IK controls of the limbs, as known from the family.
        weights: bone -> its weight among the bones of its spine, neck or finger; for a bone that shares a limb's twist,
            its part (0 to 1). Other bones share by length and position.
        warnings: sentences about what cannot be animated as expected.
    """

    family: str
    bones: Mapping[str, str]
    missing: tuple[str, ...]
    unmapped: tuple[str, ...]
    root: str = ""
    shares: Mapping[str, Share] = field(default_factory=dict)
    constrained: Mapping[str, Share] = field(default_factory=dict)
    switches: tuple[Switch, ...] = ()
    controls: tuple[Control, ...] = ()
    weights: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def root_bone(self) -> str:
        """The bone that carries the whole body through space."""
        return self.root or self.bones["Hips"]


@dataclass(frozen=True)
class RigMotion:
    """Motion of a rig, ready to be keyed.

    Attributes:
        bones: k bone names.
        rotations: (n, k, 4) w, x, y, z basis quaternions (Blender's ``rotation_quaternion``), sign-continuous.
        root: name of the bone that carries the location.
        location: (n, 3) its basis location (Blender's ``location``), armature units; None to leave it at rest.
        places: other bone -> its basis location (n, 3). Such bones need not be in `bones`.
        keys: (mesh object, shape key) -> its values (n,).
    """

    bones: tuple[str, ...]
    rotations: NDArray[np.float64]
    root: str
    location: NDArray[np.float64] | None
    places: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
    keys: Mapping[tuple[str, str], NDArray[np.float64]] = field(default_factory=dict)
