# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion of the body to motion of a rig, relative to both rest poses.

For a joint's global turn away from the body's rest, seen in armature space (D), the alignment of the two rest poses
(A) and a bone's rest rotation (R), the bone is to stand at ``Q = D A R``. What Blender stores is the basis B, which
its evaluation puts together as ``Q = Q_parent (R_parent^-1 R) B``; so B follows.
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
    """All that is computed once to put motion of a body onto a rig: for whole takes (`motion`) and for live poses alike
    (`live.LiveTransfer`).

    Bones that follow no joint keep their rest pose relative to their parents. Joints without a bone lose nothing: the
    bones after them take up their turn. The hips travel in proportion to the rig's hip height.

    Args:
        body: the body whose motion comes.
        rig: the rig at rest.
        rig_map: its bones by joint.
        travels: whether the body moves about; if not, the rig gets no location.
        reach: let hands and feet come where the body's are beside it, as `motion.reach` has it. A motion that was
            polished so has it already.
        ik: let controls of IK lead the limbs, where they can be placed without Blender (`ik.live_ik_limbs`).

    Attributes:
        bones: k names of the bones that are turned.
        root: name of the bone that carries the location.
        controls: what leads limbs by IK; None if nothing does.
    """

    def __init__(
        self, body: Body, rig: Rig, rig_map: RigMap, *, travels: bool = True, reach: bool = False, ik: bool = False
    ) -> None:
        self.body, self.rig, self.rig_map = body, rig, rig_map
        self.travels, self.reach = travels, reach
        positions = joint_positions(rig, rig_map)
        self._axes = axes = body_axes(positions)
        skeleton, shares = Skeleton(rig), bone_shares(rig_map)
        moving = [row for row, name in enumerate(rig.names) if name in shares]
        names = [rig.names[row] for row in moving]
        self._shares = BoneShares.of([shares[name] for name in names], body.rest)
        # A bone stands at axes * turn of its joint * this.
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
        size = size_ratio(positions, body.rest, axes)
        self._location = _Location.of(skeleton, rig_map, moving, anchors, size=size)
        limbs = live_ik_limbs(rig, rig_map) if ik else ()
        self.controls = IKControls(rig, rig_map, limbs) if limbs else None

    @cached_property
    def character(self) -> Body:
        """The body with the rig's proportions, in metres: what stands on the floor as the rig does."""
        return with_proportions(self.body, self.rig, self.rig_map)

    def motion(self, motion: BodyMotion) -> RigMotion:
        """Put a motion of the body onto the rig.

        Args:
            motion: the motion of n frames. Rotations that are NaN hold their last value.
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
        """The motion as this rig is to perform it: with `reach` if asked for, mirrored if the rig is.

        Args:
            rotations: (..., 52, 4), all known.
            root: (..., 3) metres, NaN where it is unknown.

        Returns:
            Both, of the same shapes.
        """
        if self.reach:
            poses = rotations.reshape(-1, *rotations.shape[-2:])
            rotations = reach_rotations(poses, self.body, self.character).reshape(rotations.shape)
        # What is mirrored twice looks as it was.
        return swap_pose_sides(rotations, root) if self.rig.mirrored else (rotations, root)

    def rotations(self, joints: Array) -> tuple[Array, Array]:
        """How the bones turn.

        Args:
            joints: (..., 52, 4) global turns of the body's joints, in the body's axes.

        Returns:
            Basis quaternions (..., k, 4) of `bones`, and how all bones that move stand in armature space, which
            `location` asks for.
        """
        stands = rot.multiply(rot.multiply(self._axes, self._shares.turns(joints)), self._fixed)
        anchors = stands.take(self._anchors, axis=-2)
        anchors[..., self._free, :] = rot.identity()
        basis = rot.multiply(rot.conjugate(rot.multiply(anchors, self._offsets)), stands)
        return basis.take(self._keyed, axis=-2), stands

    def location(self, hips: Array, stands: Array) -> Array:
        """Basis location (..., 3) of the root in armature units.

        Args:
            hips: (..., 3) metres, where the hips are, from where they are at rest, in the body's axes.
            stands: how the bones stand, from `rotations`.
        """
        return self._location.at(rot.rotate(self._axes, hips), stands)


@dataclass(frozen=True)
class _Location:
    """How the bone that carries the body is displaced.

    Attributes:
        bone: which of the moving bones it is; -1 if it does not turn.
        rest: (4,) its rest turn.
        to_hips: (3,) from its head to the hips' at rest: turning takes the hips along on an arc, which is made up for.
        anchor: which of the moving bones carries the axes of its location; -1: none.
        axes: (4,) those axes in its frame.
        size: of the rig beside the body, armature units a metre.
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
        row = skeleton.rows[rig_map.root_bone]
        if row not in moving:
            return cls(-1, rot.identity(), np.zeros(3), -1, rot.identity(), size)
        anchor, axes = anchors.location(row)
        to_hips = skeleton.heads[skeleton.rows[rig_map.bones["Hips"]]] - skeleton.heads[row]
        return cls(moving.index(row), skeleton.rest[row], to_hips, anchor, axes, size)

    def at(self, hips: Array, stands: Array) -> Array:
        """Basis location (..., 3) of hips that are (..., 3) metres, in armature axes, from where they rest."""
        path = self.size * hips
        if self.bone >= 0:
            turn = rot.multiply(stands[..., self.bone, :], rot.conjugate(self.rest))
            path = path + self.to_hips - rot.rotate(turn, self.to_hips)
        axes = self.axes if self.anchor < 0 else rot.multiply(stands[..., self.anchor, :], self.axes)
        return rot.rotate(rot.conjugate(axes), path)
