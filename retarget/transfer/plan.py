# SPDX-License-Identifier: GPL-3.0-or-later
"""Retarget motion of the body to a rig, relative to both rest poses.

Given a joint's global rotation away from the body's rest, in armature space (D), the alignment of the two rest poses
(A) and a bone's rest rotation (R), the bone's pose is ``Q = D A R``. Blender stores the basis B and evaluates
``Q = Q_parent (R_parent^-1 R) B``, from which B follows.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import JOINTS
from ...models.body.model import Body
from ...models.body.motion import BodyMotion
from ..motion.edits import swap_pose_sides
from ..motion.gaps import held
from ..motion.reach import reach_rotations
from ..motion.root import hips_offset
from ..rig.rest import alignment, body_axes, joint_positions, size_ratio
from ..rig.rig import Rig, RigMap, RigMotion
from .ik import IKControls, live_ik_limbs
from .proportions import with_proportions
from .shares import BoneShares, bone_shares
from .skeleton import Anchors, Skeleton

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


class RetargetPlan:
    """All that is computed once to retarget motion of a body to a rig, for whole takes (`motion`) and for live poses
    (`live.LiveTransfer`).

    Bones that follow no joint keep their rest pose relative to their parents. The rotation of a joint without a bone
    is not lost: the bones below it take it over. The root travels in proportion to the rig's hip height.

    Args:
        body: the body of the motion.
        rig: the rig at rest.
        rig_map: its bones by joint.
        travels: whether the rig moves through space; if not, it gets no location.
        reach: keep hands and feet where they are relative to the performer's body (`motion.reach`). Not needed for a
            motion that was polished with `reach`.
        ik: drive the limbs by IK controls, where they can be placed without Blender (`ik.live_ik_limbs`).

    Attributes:
        bones: k names of the animated bones.
        root: name of the bone that carries the location.
        controls: the IK controls; None if there are none.
        axes: (4,) the body's axes in armature space.
        size: armature units that the root travels for each metre of the body.
    """

    def __init__(
        self, body: Body, rig: Rig, rig_map: RigMap, *, travels: bool = True, reach: bool = False, ik: bool = False
    ) -> None:
        self.body, self.rig, self.rig_map = body, rig, rig_map
        self.travels, self.reach = travels, reach
        positions = joint_positions(rig, rig_map)
        self.axes = axes = body_axes(positions)
        skeleton, shares = Skeleton(rig), bone_shares(rig_map)
        moving = [row for row, name in enumerate(rig.names) if name in shares]
        names = [rig.names[row] for row in moving]
        self._shares = BoneShares.of([shares[name] for name in names], body.rest)
        # The pose of a bone is axes * rotation of its joint * this.
        aligned = alignment(positions, body.rest, axes)[self._shares.start]
        self._fixed = rot.multiply(rot.multiply(rot.conjugate(axes), aligned), skeleton.rest[moving])
        anchors = Anchors(skeleton, moving)
        anchored = [anchors.rotation(row) for row in moving]
        self._anchors = np.array([anchor for anchor, _ in anchored])
        self._free = np.flatnonzero(self._anchors < 0)
        self._offsets = np.array([offset for _, offset in anchored])
        self._keyed = np.array([place for place, name in enumerate(names) if name not in rig_map.constrained])
        self.bones = tuple(names[place] for place in self._keyed)
        self.root = rig_map.root_bone
        self.size = size_ratio(positions, body.rest, axes)
        self._location = _Location.of(skeleton, rig_map, moving, anchors, size=self.size)
        limbs = live_ik_limbs(rig, rig_map) if ik else ()
        self.controls = IKControls(rig, rig_map, limbs) if limbs else None

    @cached_property
    def character(self) -> Body:
        """The body with the rig's proportions, in metres, which stands on the floor as the rig does."""
        return with_proportions(self.body, self.rig, self.rig_map)

    def motion(self, motion: BodyMotion) -> RigMotion:
        """Retarget a motion of the body to the rig.

        Args:
            motion: n frames of `body`, in the camera's space or already on the floor (`GroundedMotion`).
                Rotations that are NaN hold their last value.

        Returns:
            The motion of the rig: basis quaternions (n, k, 4), sign-continuous, and the root's location (n, 3).
        """
        rotations, root = self.adapted(held(motion.rotations, rot.identity(len(JOINTS))), motion.root)
        joints = self.body.globals(rotations)
        basis, stands = self.rotations(joints)
        location = None
        if self.travels:
            location = self.location(hips_offset(replace(motion, rotations=rotations, root=root), self.body), stands)
        moved = RigMotion(bones=self.bones, rotations=rot.continuous(basis), root=self.root, location=location)
        return moved if self.controls is None else self.controls.add_keys(moved)

    def adapted(self, rotations: Array, root: Array) -> tuple[Array, Array]:
        """Adapt a motion to this rig: apply `reach` if enabled, and mirror it if the rig is mirrored.

        Args:
            rotations: (..., 52, 4) without NaN.
            root: (..., 3) metres, NaN where it is unknown.

        Returns:
            Rotations and root, of the same shapes.
        """
        if self.reach:
            poses = rotations.reshape(-1, *rotations.shape[-2:])
            rotations = reach_rotations(poses, self.body, self.character).reshape(rotations.shape)
        # The rig's negative scale mirrors the motion once more, back to what was performed.
        return swap_pose_sides(rotations, root) if self.rig.mirrored else (rotations, root)

    def rotations(self, joints: Array) -> tuple[Array, Array]:
        """Return the rotations of the bones.

        Args:
            joints: (..., 52, 4) global rotations of the body's joints, in the body's axes.

        Returns:
            Basis quaternions (..., k, 4) of `bones`, and the rotations of all moving bones in armature space, which
            `location` needs.
        """
        stands = rot.multiply(rot.multiply(self.axes, self._shares.turns(joints)), self._fixed)
        anchors = stands.take(self._anchors, axis=-2)
        anchors[..., self._free, :] = rot.identity()
        basis = rot.multiply(rot.conjugate(rot.multiply(anchors, self._offsets)), stands)
        return basis.take(self._keyed, axis=-2), stands

    def location(self, hips: Array, stands: Array) -> Array:
        """Return the basis location (..., 3) of the root in armature units.

        Args:
            hips: (..., 3) offset of the hips from their rest position, in metres and the body's axes.
            stands: rotations of the moving bones in armature space, from `rotations`.
        """
        return self._location.at(rot.rotate(self.axes, hips), stands)


@dataclass(frozen=True)
class _Location:
    """Location of the root bone, which carries the body.

    Attributes:
        bone: index of the root bone among the moving bones; -1 if it does not rotate.
        rest: (4,) its rest rotation.
        to_hips: (3,) from its head to the hips at rest. Rotating it moves the hips along an arc, which is compensated.
        anchor: index of the moving bone that carries the axes of its location; -1 for none.
        axes: (4,) those axes in the anchor's frame.
        size: armature units a metre of the body.
    """

    bone: int
    rest: Array
    to_hips: Array
    anchor: int
    axes: Array
    size: float

    @classmethod
    def of(
        cls, skeleton: Skeleton, rig_map: RigMap, moving: list[int], anchors: Anchors, *, size: float
    ) -> "_Location":
        """Compute the location data of a map's root bone, given the rows of the moving bones."""
        row = skeleton.rows[rig_map.root_bone]
        if row not in moving:
            return cls(-1, rot.identity(), np.zeros(3), -1, rot.identity(), size)
        anchor, axes = anchors.location(row)
        to_hips = skeleton.heads[skeleton.rows[rig_map.bones["Hips"]]] - skeleton.heads[row]
        return cls(moving.index(row), skeleton.rest[row], to_hips, anchor, axes, size)

    def at(self, hips: Array, stands: Array) -> Array:
        """Return the basis location (..., 3) for an offset of the hips (..., 3) in metres and armature axes."""
        path = self.size * hips
        if self.bone >= 0:
            turn = rot.multiply(stands[..., self.bone, :], rot.conjugate(self.rest))
            path = path + self.to_hips - rot.rotate(turn, self.to_hips)
        axes = self.axes if self.anchor < 0 else rot.multiply(stands[..., self.anchor, :], self.axes)
        return rot.rotate(rot.conjugate(axes), path)
