# SPDX-License-Identifier: GPL-3.0-or-later
"""A rig as retargeting sees it, how it maps to the body, and the motion that comes out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class InverseKinematics:
    """A constraint that bends a chain of bones until it reaches a bone.

    Attributes:
        chain: the bones that it bends, the one that moves the whole chain first.
        target: bone of the rig whose head the end of the chain goes to.
        pole: bone of the rig that the chain bends towards; empty for none.
        pole_angle: radians about the first bone, from its X axis, where the side lies that turns to the pole.
        muted: it has no effect as the rig is now.
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
        inherit_rotation: (n,) False where a bone keeps its turn when its parent turns.
        local_location: (n,) False where a bone's location is given in armature axes.
        basis: (n, 4, 4) how each bone is posed now (Blender's ``matrix_basis``); None for a rig at rest.
        ik: its constraints of inverse kinematics that bones of its own steer.
        mirrored: a negative scale of its object shows it the other way round, its left on its right.
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
    """How a bone turns that is not simply one joint's: part of the way from one joint's turn to another's.

    Attributes:
        joint: the joint to start from; the bone is aligned to the body as that joint is.
        end: the joint to end at.
        part: 0 (turns as `joint`) to 1 (turns as `end`).
        twist: only the twist about the segment of `joint` is shared, never its direction.
    """

    joint: str
    end: str
    part: float
    twist: bool = False


@dataclass(frozen=True)
class Switch:
    """A custom property of a pose bone that hands the limbs to the bones of the map (FK instead of IK).

    Attributes:
        bone: the pose bone.
        property: name of its custom property.
        value: what it must be.
    """

    bone: str
    property: str
    value: float


@dataclass(frozen=True)
class Control:
    """Bones that steer a limb by inverse kinematics.

    Attributes:
        joint: the hand or foot that they lead.
        target: bone that hand or foot goes with.
        pole: bone that elbow or knee points to; empty for none.
        followers: joint -> bone, for joints further out that bones of their own turn while IK leads.
        switches: what must be set for these bones to act.
    """

    joint: str
    target: str
    pole: str = ""
    followers: Mapping[str, str] = field(default_factory=dict)
    switches: tuple[Switch, ...] = ()

    @property
    def bones(self) -> tuple[str, ...]:
        """All of them: the target, the pole if there is one, and the followers."""
        return tuple(bone for bone in (self.target, self.pole, *self.followers.values()) if bone)


@dataclass(frozen=True)
class RigMap:
    """Which bone follows which joint.

    Attributes:
        family: what kind of rig it is, in words ("Mixamo").
        bones: joint name -> bone name, for every joint that has a bone.
        missing: joints without a bone.
        unmapped: bones that follow no joint.
        root: bone that carries the whole body through space; the hips' own if empty.
        shares: bone -> how it turns, for bones of chains that are longer or shorter than the body's. Bones of joints
            among them turn so instead of with their joint.
        constrained: bone -> how the rig itself turns it by constraints; never keyed.
        switches: what must be set for the mapped bones to act.
        controls: bones that lead limbs by IK instead, as the family knows them.
        weights: bone -> how much it bends beside the others of its back, neck or finger; of a bone that shares a limb's
            twist, which part of it (0 to 1). Bones that are not in it share by their lengths and places.
        warnings: sentences about what cannot be moved as it should.
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
        """Bone that carries the whole body through space."""
        return self.root or self.bones["Hips"]


@dataclass(frozen=True)
class RigMotion:
    """Motion of a rig, ready to be keyed.

    Attributes:
        bones: k bone names.
        rotations: (n, k, 4) w, x, y, z basis quaternions (Blender's ``rotation_quaternion``), sign-continuous.
        root: name of the bone that carries the location.
        location: (n, 3) its basis location (Blender's ``location``), armature units; None to leave it at rest.
        places: other bone -> its basis location (n, 3). Such bones need not turn.
    """

    bones: tuple[str, ...]
    rotations: NDArray[np.float64]
    root: str
    location: NDArray[np.float64] | None
    places: Mapping[str, NDArray[np.float64]] = field(default_factory=dict)
