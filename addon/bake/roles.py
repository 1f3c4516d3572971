# SPDX-License-Identifier: GPL-3.0-or-later
"""Who does what: the motions of a bake, made fit for the characters that are to follow them, side by side."""

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import INDEX
from ...models.body.motion import BodyMotion
from ...retarget.motion.options import MotionOptions
from ...retarget.motion.polish import polish_together
from ...retarget.motion.resample import resample, whole_length
from ...retarget.motion.together import Place
from ...retarget.transfer.plan import RetargetPlan
from .. import stage
from ..character.armature import bones_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Role:
    """What a character is to do.

    Attributes:
        armature: the armature object.
        motion: the motion of the body that it is to follow.
        name: of the new action.
    """

    armature: bpy.types.Object
    motion: BodyMotion
    name: str


def fitted(
    roles: Sequence[Role],
    retargeting: Sequence[RetargetPlan],
    *,
    options: MotionOptions | None,
    rate: float,
    whole: bool,
) -> list[BodyMotion]:
    """Return the motions as options have them for the characters' bodies, at the moments that are keyed."""
    motions: list[BodyMotion] = [role.motion for role in roles]
    if options is not None:
        places = places_of([(role.armature, plan) for role, plan in zip(roles, retargeting, strict=True)])
        polished = polish_together(motions, [plan.character for plan in retargeting], options, places=places)
        motions = [whole_length(motion, rate) if options.loop != "off" else motion for motion in polished]
    return [resample(motion, _even(motion.time, rate)) for motion in motions] if whole else motions


def _even(time: Array, rate: float) -> Array:
    """Moments (m,) at whole frames from the first time to the last."""
    count = int(np.floor((time[-1] - time[0]) * rate + stage.WHOLE)) + 1
    return time[0] + np.arange(count) / rate


def places_of(characters: Sequence[tuple[bpy.types.Object, RetargetPlan]]) -> list[Place]:
    """Return where characters rest, seen from the first one, given armatures of the open scene and their plans."""
    sizes, turns, floors = zip(*(_rest(*character) for character in characters), strict=True)
    back = rot.from_axis_angle([0.0, 0.0, 1.0], -turns[0])
    return [
        Place(
            position=tuple((rot.rotate(back, floor - floors[0]) / sizes[0]).tolist()),
            turn=turn - turns[0],
            size=size / sizes[0],
        )
        for size, turn, floor in zip(sizes, turns, floors, strict=True)
    ]


def _rest(armature: bpy.types.Object, plan: RetargetPlan) -> tuple[float, float, Array]:
    """Return the size of a character at rest, where it faces and the floor under its hips, all in world space.

    Returns:
        Units for each metre of its motion; radians about Z from -Y; (3,) units.
    """
    world = armature.matrix_world
    size = plan.size * abs(world.median_scale)
    facing = np.array(world.to_3x3() @ Vector(rot.rotate(plan.axes, [0.0, -1.0, 0.0]).tolist()))
    hips = np.array(world @ bones_of(armature).bones[plan.rig_map.bones["Hips"]].head_local)
    floor = hips - [0.0, 0.0, size * float(plan.character.rest[INDEX["Hips"], 2])]
    return size, float(np.arctan2(facing[0], -facing[1])), floor
