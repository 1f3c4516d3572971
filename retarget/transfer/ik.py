# SPDX-License-Identifier: GPL-3.0-or-later
"""Place IK controls to match a solved pose: targets at hands and feet, poles in front of knees and elbows.

Blender rotates a chain about the line from its base to its goal until one side of its first bone, given by the pole
angle, faces the pole. So the pole belongs where that side faces when the chain is posed as solved.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ..rig.rig import Control, InverseKinematics, Rig, RigMap, RigMotion
from .skeleton import PosedBones, Skeleton

Array = NDArray[np.float64]

_LIMB_JOINTS: Final = {
    f"{side}{end}": (f"{side}{upper}", f"{side}{lower}")
    for end, upper, lower in (("Hand", "Arm", "ForeArm"), ("Foot", "UpLeg", "Leg"))
    for side in ("Left", "Right")
}

_STRAIGHT: Final = 0.02
"""Sine of a bend below which a limb does not show which way it bends."""


@dataclass(frozen=True)
class IKLimb:
    """A limb that can be driven by IK.

    Attributes:
        control: its IK controls.
        upper, lower, end: the mapped bones of its FK pose; `end` is empty without hand or foot.
        ik: its constraint; None if the rig was read without.
        rigid: whether the target moves rigidly with hand or foot; otherwise it lies at the end of the chain.
    """

    control: Control
    upper: str
    lower: str
    end: str
    ik: InverseKinematics | None
    rigid: bool


def ik_limbs(rig: Rig, rig_map: RigMap) -> tuple[IKLimb, ...]:
    """Return the limbs of a rig that can be driven by IK, according to its family or the constraints on its bones."""
    found = (_ik_limb(rig, rig_map, joint, bones) for joint, bones in _LIMB_JOINTS.items())
    return tuple(limb for limb in found if limb is not None)


def _ik_limb(rig: Rig, rig_map: RigMap, joint: str, joints: tuple[str, str]) -> IKLimb | None:
    if any(name not in rig_map.bones for name in joints):
        return None
    upper, lower = (rig_map.bones[name] for name in joints)
    end = rig_map.bones.get(joint, "")
    control = next((control for control in rig_map.controls if control.joint == joint), None)
    if control is not None:
        ik = next((ik for ik in rig.ik if ik.pole and ik.pole == control.pole), None)
        return IKLimb(control if ik is not None else replace(control, pole=""), upper, lower, end, ik, rigid=True)
    moved = {*rig_map.bones.values(), *rig_map.shares}
    for ik in rig.ik:
        if not ik.muted and lower in ik.chain and not {ik.target, ik.pole} & moved:
            return IKLimb(Control(joint, ik.target, ik.pole), upper, lower, end, ik, rigid=False)
    return None


def live_ik_limbs(rig: Rig, rig_map: RigMap) -> tuple[IKLimb, ...]:
    """Return the limbs whose controls can be placed without Blender: none if constraints rotate mapped bones."""
    return () if rig_map.constrained else ik_limbs(rig, rig_map)


def bent_by_ik(limbs: tuple[IKLimb, ...]) -> set[str]:
    """Return the bones that follow the controls of the limbs by constraints."""
    chains = {bone for limb in limbs if limb.ik is not None for bone in limb.ik.chain}
    return chains | {limb.end for limb in limbs}


class IKControls:
    """Computes keys for IK controls; holds what is computed once for a rig.

    Args:
        rig: the rig at rest.
        rig_map: its bones by joint.
        limbs: the limbs to drive.

    Attributes:
        limbs: the same limbs.
        bones: names of the bones whose solved pose is needed.
    """

    def __init__(self, rig: Rig, rig_map: RigMap, limbs: tuple[IKLimb, ...]) -> None:
        self.limbs = limbs
        self._skeleton = skeleton = Skeleton(rig)
        self._joints = rig_map.bones
        bones: set[str] = set()
        for limb in limbs:
            control = limb.control
            parents = [skeleton.parents[skeleton.rows[bone]] for bone in control.bones]
            bones |= {limb.upper, limb.lower, *([limb.end] if limb.end else ()), *(limb.ik.chain if limb.ik else ())}
            bones |= {skeleton.names[parent] for parent in parents if parent >= 0}
            bones |= {rig_map.bones[joint] for joint in control.followers if joint in rig_map.bones}
        self.bones = frozenset(bones)

    def pose(self, motion: RigMotion) -> PosedBones:
        """Pose `bones` by a motion of n frames, in armature space and units, without constraints."""
        return self._skeleton.pose(motion, self.bones)

    def add_keys(self, motion: RigMotion, posed: PosedBones | None = None) -> RigMotion:
        """Return the motion with keys for the controls added.

        The bones of the limbs keep their keys: the IK solver starts from that pose, and so ends in it as well.

        Args:
            motion: motion of the rig's FK bones.
            posed: `bones` as that motion poses them without IK; by default computed with `pose`.
        """
        posed = self.pose(motion) if posed is None else posed
        turns: dict[str, Array] = {}
        places: dict[str, Array] = {}
        for limb in self.limbs:
            _LimbKeys(limb, posed, self._skeleton, keyed=set(motion.bones)).add(self._joints, turns, places)
        added = [rot.continuous(turn)[:, None] for turn in turns.values()]
        return replace(
            motion,
            bones=(*motion.bones, *turns),
            rotations=np.concatenate([motion.rotations, *added], axis=1),
            places={**motion.places, **places},
        )


class _LimbKeys:
    """Computes the keys of one limb's controls from its pose."""

    def __init__(self, limb: IKLimb, posed: PosedBones, skeleton: Skeleton, *, keyed: set[str]) -> None:
        self._limb, self._posed, self._skeleton, self._keyed = limb, posed, skeleton, keyed
        self._rest, self._number = skeleton.rest, skeleton.rows
        self._shoulder, self._elbow = posed.heads[limb.upper], posed.heads[limb.lower]
        self._wrist = posed.heads[limb.end] if limb.end else self._chain_end()
        self._turn = self._turn_from_rest(limb.end or limb.lower)
        self._target = self._target_place()

    def add(self, joints: Mapping[str, str], turns: dict[str, Array], places: dict[str, Array]) -> None:
        """Add the basis rotations and locations of the controls to `turns` and `places`, given joint -> bone."""
        control = self._limb.control
        target = self._number[control.target]
        turns[control.target], places[control.target] = self._basis(
            target, rot.multiply(self._turn, self._rest[target]), self._target
        )
        ik = self._limb.ik
        if ik is not None and ik.chain[0] not in self._keyed and len(ik.chain) == 2:
            turns[ik.chain[1]] = self._second_bone_basis(*ik.chain)
        if ik is not None and control.pole:
            pole = self._number[control.pole]
            _, places[control.pole] = self._basis(pole, self._rest[pole], self._pole_place(ik))
        for joint, bone in control.followers.items():
            if joint in joints:
                follower = self._number[bone]
                wanted = rot.multiply(self._turn_from_rest(joints[joint]), self._rest[follower])
                turns[bone], _ = self._basis(follower, wanted, self._target)

    def _head(self, bone: str) -> Array:
        """Return the head (3,) of a bone at rest."""
        return np.asarray(self._skeleton.heads[self._number[bone]])

    def _turn_from_rest(self, bone: str) -> Array:
        """Return the rotation (n, 4) of a bone away from its rest, in armature space."""
        return rot.multiply(self._posed.turns[bone], rot.conjugate(self._rest[self._number[bone]]))

    def _chain_end(self) -> Array:
        """Return the end of the chain: the tail (n, 3) of its last bone."""
        bone = self._limb.ik.chain[-1] if self._limb.ik is not None else self._limb.lower
        along = np.array([0.0, self._skeleton.lengths[self._number[bone]], 0.0])
        return self._posed.heads[bone] + rot.rotate(self._posed.turns[bone], along)

    def _target_place(self) -> Array:
        """Return the position (n, 3) of the target's head."""
        if not self._limb.rigid:
            return self._chain_end()
        return self._wrist + rot.rotate(self._turn, self._head(self._limb.control.target) - self._head(self._limb.end))

    def _pole_place(self, ik: InverseKinematics) -> Array:
        """Return the position (n, 3) of the pole: on the side that faces it, as far from the joint as at rest."""
        first = ik.chain[0]
        side = _pole_side(ik)
        toward_pole = rot.rotate(
            self._posed.turns[first] if first in self._keyed else self._chain_rotation(first, 0), side
        )
        axis = rot.unit(self._wrist - self._shoulder)
        toward_pole = rot.unit(toward_pole - np.sum(toward_pole * axis, axis=-1, keepdims=True) * axis)
        out = self._elbow - self._shoulder
        along = np.sum(out * axis, axis=-1, keepdims=True) * axis
        distance = np.linalg.norm(out - along, axis=-1, keepdims=True)
        length = float(np.linalg.norm(self._head(self._limb.lower) - self._head(self._limb.upper)))
        away = float(np.linalg.norm(self._head(ik.pole) - self._head(self._limb.lower)))
        return self._shoulder + along + toward_pole * (distance + max(away, 0.5 * length))

    def _second_bone_basis(self, first: str, second: str) -> Array:
        """Return the basis rotation (n, 4) of a chain's second bone, already bent as in the solution.

        So the IK solver starts at the right bend instead of a straight chain.
        """
        rest = rot.multiply(rot.conjugate(self._rest[self._number[first]]), self._rest[self._number[second]])
        return rot.multiply(
            rot.conjugate(rest),
            rot.multiply(rot.conjugate(self._chain_rotation(first, 0)), self._chain_rotation(second, 1)),
        )

    def _chain_rotation(self, bone: str, half: int) -> Array:
        """Return the rotation (n, 4), in armature space, of an unkeyed chain bone that bends as the limb does.

        Args:
            bone: the bone.
            half: 0 for the upper half of the limb, 1 for the lower.
        """
        limb = self._limb
        upper = rot.unit(self._head(limb.lower) - self._head(limb.upper))
        lower = rot.unit(self._head(limb.end) - self._head(limb.lower)) if limb.end else upper
        hinge = np.cross(upper, lower)
        if np.linalg.norm(hinge) < _STRAIGHT and limb.ik is not None:
            hinge = np.cross(rot.rotate(self._rest[self._number[limb.ik.chain[0]]], _pole_side(limb.ik)), upper)
        hinge = rot.unit(hinge)
        along, beyond = rot.unit(self._elbow - self._shoulder), rot.unit(self._wrist - self._elbow)
        axis = _bend_axes(along, beyond, self._turn_from_rest(limb.upper), hinge)
        turn = rot.frame((along, beyond)[half], axis) @ rot.frame((upper, lower)[half], hinge).T
        return rot.multiply(rot.from_matrix(turn), self._rest[self._number[bone]])

    def _basis(self, bone: int, turn: Array, head: Array) -> tuple[Array, Array]:
        """Return the basis rotation (n, 4) and location (n, 3) of a bone, given its pose in armature space."""
        parent = self._skeleton.parents[bone]
        turns, heads = {}, {}
        if parent >= 0:
            turns[parent], heads[parent] = self._parent_pose(parent)
        own = self._skeleton.inherited_rotation(bone, turns)
        axes = self._skeleton.location_axes(bone, turns)
        place = head - self._skeleton.inherited_head(bone, turns, heads)
        return rot.multiply(rot.conjugate(own), turn), rot.rotate(rot.conjugate(axes), place)

    def _parent_pose(self, bone: int) -> tuple[Array, Array]:
        """Return rotation and head of a control's parent, which follows the target if it is below it."""
        target = self._number[self._limb.control.target]
        above = bone
        while above >= 0 and above != target:
            above = self._skeleton.parents[above]
        if above < 0:
            name = self._skeleton.names[bone]
            return self._posed.turns[name], self._posed.heads[name]
        offset = self._skeleton.heads[bone] - self._skeleton.heads[target]
        return rot.multiply(self._turn, self._rest[bone]), self._target + rot.rotate(self._turn, offset)


def _pole_side(ik: InverseKinematics) -> Array:
    """Return the direction (3,), in the axes of a chain's first bone, that faces the pole."""
    return np.array([np.cos(ik.pole_angle), 0.0, np.sin(ik.pole_angle)])


def _bend_axes(along: Array, beyond: Array, turn: Array, hinge: Array) -> Array:
    """Return the unit axes (n, 3) about which a limb bends, interpolated over the frames in which it is straight.

    Args:
        along: (n, 3) unit direction of its upper half.
        beyond: (n, 3) unit direction of its lower half.
        turn: (n, 4) rotation of the upper half away from rest.
        hinge: (3,) unit axis at rest, for a limb that is never bent.
    """
    normal = np.cross(along, beyond)
    size = np.linalg.norm(normal, axis=-1)
    bent = np.flatnonzero(size > _STRAIGHT)
    if not len(bent):
        return rot.rotate(turn, hinge)
    own = rot.rotate(rot.conjugate(turn[bent]), normal[bent] / size[bent, None])
    every = np.arange(len(normal))
    between = np.stack([np.interp(every, bent, own[:, axis]) for axis in range(3)], axis=-1)
    return rot.unit(rot.rotate(turn, between))
