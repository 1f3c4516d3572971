# SPDX-License-Identifier: GPL-3.0-or-later
"""What a bake was planned to write, written onto a character of the open scene."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from ...models.body.motion import BodyMotion
from ...pipeline.solve.one_view import SolvedTake
from ...retarget.face.options import FaceOptions
from ...retarget.motion.options import MotionOptions
from ...retarget.motion.root import GroundedMotion
from ...retarget.rig.rig import RigMap
from .. import stage
from ..character.armature import Keyable, check_editable, set_switches
from . import layers
from .findings import findings
from .holders import base_of, write_keys
from .keys import Written, assign, new_action, repeat
from .options import BakeOptions, LayerMode
from .plan import BakedFace, BakePlan, plan_bakes, timed
from .roles import Role

Array = NDArray[np.float64]


@dataclass(frozen=True)
class AppliedBake:
    """A motion that was keyed.

    Attributes:
        action: name of the new action.
        layer: where it went.
        rig_map: which bone follows which joint.
        motion: the motion of the body that was keyed: as options have it, at the moments of the keys.
        face: how the face moves; None if the motion has none, or it is left alone.
        frames: (n,) scene frames of the keys.
        keys: how many keys were written, over all F-curves.
        warnings: sentences about what may keep the character from moving as keyed.
        seconds: time taken, by stage: retarget, key.
    """

    action: str
    layer: LayerMode
    rig_map: RigMap
    motion: BodyMotion
    face: BakedFace | None
    frames: Array
    keys: int
    warnings: tuple[str, ...]
    seconds: Mapping[str, float]

    @property
    def found(self) -> tuple[str, ...]:
        """Sentences about what was found of the take when the motion was made fit to be keyed."""
        return self.motion.found if isinstance(self.motion, GroundedMotion) else ()

    @property
    def said(self) -> str:
        """What was done, in words."""
        where = {"action": "", "stash": ", stashed in a muted NLA track", "additive": ", added on top in the NLA"}
        return f'Keyed {len(self.frames)} frames as action "{self.action}"{where[self.layer]}'


def said_of(names: Sequence[str], solved: Sequence[SolvedTake], applied: Sequence[AppliedBake]) -> Iterator[str]:
    """Yield what was done, what was found on the way and what may be in the way, each once, for each character.

    Args:
        names: of the armatures.
        solved: the people they follow.
        applied: what was keyed.
    """
    for name, person, each in zip(names, solved, applied, strict=True):
        who = f"{name}: " if len(names) > 1 else ""
        yield f"{who}{each.said}."
        yield from (f"{who}{sentence}" for sentence in (*findings(person), *each.warnings))
    yield from dict.fromkeys(sentence for each in applied for sentence in each.found)


def apply_motion(
    armature: bpy.types.Object,
    motion: BodyMotion,
    *,
    name: str,
    start_frame: float | None = None,
    options: MotionOptions | None = None,
    face_options: FaceOptions | None = None,
    bake_options: BakeOptions | None = None,
) -> AppliedBake:
    """Key a motion of the body on an armature of the open scene, as a new action: `plan_bake`, then `write`.

    Nothing in the scene is changed if it cannot be done.
    """
    (applied,) = apply_motions(
        [Role(armature, motion, name)],
        start_frame=start_frame,
        options=options,
        face_options=face_options,
        bake_options=bake_options,
    )
    return applied


def apply_motions(
    roles: Sequence[Role],
    *,
    start_frame: float | None = None,
    options: MotionOptions | None = None,
    face_options: FaceOptions | None = None,
    bake_options: BakeOptions | None = None,
) -> tuple[AppliedBake, ...]:
    """Key the motions of people who were filmed together on an armature each: `plan_bakes`, then `write` each.

    Nothing in the scene is changed if one of them cannot be keyed.
    """
    plans = plan_bakes(
        roles, start_frame=start_frame, options=options, face_options=face_options, bake_options=bake_options
    )
    return tuple(write(role.armature, plan) for role, plan in zip(roles, plans, strict=True))


def write(armature: bpy.types.Object, plan: BakePlan) -> AppliedBake:
    """Write what was planned for an armature, which is not changed but for its action, NLA tracks and IK switches.

    Raises:
        ArmatureLocked, before anything is written: it, or an object that it reaches for, cannot be keyed any more.
    """
    for target in (armature, *(holder.datablock for holder in plan.others)):
        check_editable(target)
    seconds = dict(plan.seconds)
    with timed(seconds, "key"):
        written = new_action(armature, plan.channels, plan.frames, name=plan.name)
        others = {
            holder: write_keys(written, holder, channels, plan.frames) for holder, channels in plan.others.items()
        }
        if plan.cyclic:
            for each in (written, *others.values()):
                repeat(each)
        _put(armature, written, plan.layer, onto=plan.onto)
        for holder, keys in others.items():
            _put(holder.datablock, keys, plan.layer, onto="" if holder.kind == "OBJECT" else base_of(holder, plan.onto))
        set_switches(armature, plan.switches)
    return AppliedBake(
        action=written.action.name,
        layer=plan.layer,
        rig_map=plan.rig_map,
        motion=plan.motion,
        face=plan.face,
        frames=plan.frames,
        keys=written.keys + sum(each.keys for each in others.values()),
        warnings=plan.warnings,
        seconds=seconds,
    )


def _put(target: Keyable, written: Written, layer: LayerMode, *, onto: str = "") -> None:
    """Put a new action where it belongs."""
    if layer == "additive":
        layers.add_on_top(target, written, onto=onto, rate=stage.rate_of(stage.current_scene()))
    elif layer == "stash":
        layers.stash(target, written)
    else:
        assign(target, written)
