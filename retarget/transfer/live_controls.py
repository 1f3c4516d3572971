# SPDX-License-Identifier: GPL-3.0-or-later
"""Controls of inverse kinematics in poses that come one by one, as `ik.steered` has them."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ..rig.rig import Rig, RigMap, RigMotion
from .ik import Limb, Posed, needed, steered
from .live_pose import RigPose


class LiveControls:
    """Puts the controls of a rig's limbs where these are to end.

    Args:
        rig: the rig at rest.
        rig_map: its bones by joint.
        limbs: those that controls lead.
    """

    def __init__(self, rig: Rig, rig_map: RigMap, limbs: tuple[Limb, ...]) -> None:
        self._map, self._limbs = rig_map, limbs
        self._needed = needed(rig, rig_map, limbs)
        self._rig = _with_parents(rig, self._needed.union(*(limb.control.bones for limb in limbs)))

    def added(self, pose: RigPose) -> RigPose:
        """The pose with its controls."""
        location = None if pose.location is None else pose.location[None]
        motion = RigMotion(pose.bones, pose.rotations[None], pose.root, location)
        posed = Posed.of(self._rig, motion, self._needed)
        led = steered(motion, posed, self._rig, self._map, self._limbs)
        places = {bone: place[0] for bone, place in led.places.items()}
        return replace(pose, bones=led.bones, rotations=led.rotations[0], places=places)


def _with_parents(rig: Rig, bones: Iterable[str]) -> Rig:
    """A rig with nothing left of it but some bones and all that they hang on."""
    kept: set[int] = set()
    for bone in bones:
        row = rig.names.index(bone)
        while row >= 0 and row not in kept:
            kept.add(row)
            row = int(rig.parents[row])
    rows = np.array(sorted(kept))
    number = {-1: -1, **{int(row): i for i, row in enumerate(rows)}}
    return replace(
        rig,
        names=tuple(rig.names[row] for row in rows),
        parents=np.array([number[int(rig.parents[row])] for row in rows]),
        rest=rig.rest[rows],
        lengths=rig.lengths[rows],
        inherit_rotation=rig.inherit_rotation[rows],
        local_location=rig.local_location[rows],
        basis=None if rig.basis is None else rig.basis[rows],
    )
