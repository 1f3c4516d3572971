# SPDX-License-Identifier: GPL-3.0-or-later
"""All that a bake will write, worked out before anything in Blender is changed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain
from time import perf_counter
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...models.body.model import neutral_body
from ...models.body.motion import BodyMotion
from ...models.networks import files
from ...pipeline.landmarks import coefficients
from ...retarget.face.face_motion import has_face, with_face
from ...retarget.face.face_plan import FacePlan
from ...retarget.face.notices import face_notices
from ...retarget.face.options import FaceOptions
from ...retarget.motion.edits import differences
from ...retarget.motion.options import MotionOptions
from ...retarget.rig.rest import body_axes, joint_positions, rest_as_posed, size_ratio
from ...retarget.rig.rig import Rig, RigMap, RigMotion, Switch
from ...retarget.transfer.fingers import finger_bones, without_bones
from ...retarget.transfer.plan import RetargetPlan
from .. import stage
from ..bone_map.store import fk_warning, rig_map_of
from ..character.armature import bones_of, check_editable, map_notices, pose_warnings, rig_of
from ..errors import NothingToBake
from ..face.face_rig import face_rig_of
from ..face.store import face_map_of
from . import layers
from .holders import Holder, key_channels
from .ik import IKBake, add_control_keys, ik_notice, ik_warning
from .ik_objects import with_objects
from .keys import Channel, Tolerance, channels_of, reduced
from .options import BakeOptions, LayerMode
from .roles import Role, fitted

Array = NDArray[np.float64]

PLACE_SHARE: Final = 0.1
"""Of how far a turn of the whole leg by the tolerance moves the hips, how far they may stray: feet slide with them."""


SHARE_PER_DEGREE: Final = 0.005
"""Fraction of a shape key's full strength that its values may stray for each degree that bones may."""


@dataclass(frozen=True)
class BakedFace:
    """How the face of a character was found to move.

    Attributes:
        family: kind of face ("ARKit").
        keys: how many shape keys are moved, over all meshes.
        bones: how many bones are moved.
        vrm: how many expressions that the VRM add-on manages are moved.
        missing: expressions that move nothing.
        notices: sentences about what keeps it from following.
    """

    family: str
    keys: int
    bones: int
    vrm: int
    missing: tuple[str, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True)
class BakePlan:
    """What a bake will write.

    Attributes:
        name: of the new action, unless it is taken.
        layer: where the keys go.
        onto: name of the action that they are added to; empty for the armature's own.
        cyclic: the action goes on from its end as from its beginning.
        rig_map: which bone follows which joint.
        motion: the motion of the body that is keyed: as options have it, at the moments of the keys.
        frames: (n,) scene frames of the motion's moments, rising.
        channels: what is keyed of the armature.
        others: datablock that is keyed besides the armature -> what is keyed of it.
        face: how the character's face was found to move; None if the motion has none, or it is left alone.
        switches: what is set to hand limbs over to the kind of control that is keyed.
        warnings: sentences about what may keep the character from moving as keyed, each once, in order.
        seconds: time that planning took, by stage: retarget, key.
    """

    name: str
    layer: LayerMode
    onto: str
    cyclic: bool
    rig_map: RigMap
    motion: BodyMotion
    frames: Array
    channels: tuple[Channel, ...]
    others: Mapping[Holder, tuple[Channel, ...]]
    face: BakedFace | None
    switches: tuple[Switch, ...]
    warnings: tuple[str, ...]
    seconds: Mapping[str, float]


def plan_bake(
    armature: bpy.types.Object,
    motion: BodyMotion,
    *,
    name: str,
    start_frame: float | None = None,
    options: MotionOptions | None = None,
    face_options: FaceOptions | None = None,
    bake_options: BakeOptions | None = None,
) -> BakePlan:
    """Work out how a motion of the body is keyed on an armature of the open scene. Changes nothing.

    Args:
        armature: the armature object.
        motion: the motion.
        name: of the new action.
        start_frame: scene frame of the first key; the scene's first frame unless given.
        options: how the motion is smoothed, grounded and cut; None keys it as it is.
        face_options: how expressions move the face; as captured unless given.
        bake_options: which keys are made of it, and where they go; all of them, into a new action, unless given.

    Raises:
        NothingToBake, NothingLeft, RigUnmapped, ArmatureLocked, ActionMissing.
    """
    (plan,) = plan_bakes(
        [Role(armature, motion, name)],
        start_frame=start_frame,
        options=options,
        face_options=face_options,
        bake_options=bake_options,
    )
    return plan


def plan_bakes(
    roles: Sequence[Role],
    *,
    start_frame: float | None = None,
    options: MotionOptions | None = None,
    face_options: FaceOptions | None = None,
    bake_options: BakeOptions | None = None,
) -> tuple[BakePlan, ...]:
    """Work out how the motions of people who were filmed together are keyed, so that they stand as they stood.

    Args:
        roles: who does what; the motions are of the same moments, and of the space of one camera.
        start_frame, options, face_options, bake_options: as for `plan_bake`.

    Raises:
        NothingToBake, NothingLeft, RigUnmapped, ArmatureLocked, ActionMissing.
    """
    if not all(len(role.motion.time) for role in roles):
        raise NothingToBake("The motion has no frames: capture the source again.")
    keying = bake_options or BakeOptions()
    for role in roles:
        check_editable(role.armature)
    layers.check_base(keying.onto)
    rate = stage.rate_of(stage.current_scene())
    seconds: dict[str, float] = {}
    with timed(seconds, "retarget"):
        retargeting = [retargeting_of(role.armature) for role in roles]
        motions = fitted(roles, retargeting, options=options, rate=rate, whole=keying.whole_frames)
    shared = {stage_name: spent / len(roles) for stage_name, spent in seconds.items()}
    return tuple(
        _plan(
            replace(role, motion=motion),
            plan,
            start_frame=start_frame,
            cyclic=options is not None and options.loop != "off",
            face_options=face_options or FaceOptions(),
            keying=keying,
            spent=shared,
        )
        for role, motion, plan in zip(roles, motions, retargeting, strict=True)
    )


def retargeting_of(armature: bpy.types.Object) -> RetargetPlan:
    """Return how an armature of the open scene follows motions of the body.

    Raises:
        NoArmature, RigUnmapped.
    """
    found = rig_of(armature)
    rig_map = rig_map_of(armature, found)
    return RetargetPlan(neutral_body(), rest_as_posed(found, rig_map), rig_map)


def _plan(
    role: Role,
    retargeting: RetargetPlan,
    *,
    start_frame: float | None,
    cyclic: bool,
    face_options: FaceOptions,
    keying: BakeOptions,
    spent: Mapping[str, float],
) -> BakePlan:
    """Work out how a motion that is fit to be keyed is keyed on one armature."""
    armature, motion, rig, rig_map = role.armature, role.motion, retargeting.rig, retargeting.rig_map
    scene = stage.current_scene()
    rate = stage.rate_of(scene)
    seconds = dict(spent)
    with timed(seconds, "retarget"):
        moved = retargeting.motion(motion)
        if not keying.fingers:
            moved = without_bones(moved, finger_bones(rig_map))
        moved, face = _with_expressions(armature, moved, motion, face_options)
    with timed(seconds, "key"):
        start = scene.frame_start if start_frame is None else start_frame
        frames = stage.frames_of(motion.time, start=start + keying.offset * rate, rate=rate)
        shown = differences(moved) if keying.layer == "additive" else moved
        ik_bake = IKBake(shown)
        if keying.ik and keying.layer != "additive":
            ik_bake = add_control_keys(armature, moved, frames, rig=rig, rig_map=rig_map)
        tolerance = _tolerance(keying.simplify, joint_positions(rig, rig_map))
        channels = tuple(channels_of(armature, ik_bake.motion, frames, tolerance=tolerance))
        others = {Holder("OBJECT", name): keyed for name, keyed in ik_bake.object_channels(armature).items()}
        for holder, keyed in key_channels(shown.keys).items():
            check_editable(holder.datablock)
            others[holder] = tuple(reduced(each, frames, tolerance) for each in keyed) if tolerance else keyed
    switches = tuple(switch for limb in ik_bake.limbs for switch in limb.control.switches)
    if keying.layer == "action" and not ik_bake.limbs:
        switches = rig_map.switches
    return BakePlan(
        name=role.name,
        layer=keying.layer,
        onto=keying.onto,
        cyclic=cyclic,
        rig_map=rig_map,
        motion=motion,
        frames=frames,
        channels=channels,
        others=others,
        face=face,
        switches=switches,
        warnings=collected(
            _warnings(armature, rig, rig_map, moved, ik_bake, channels, keying),
            face.notices if face else (),
            _unknown_expressions(motion) if face else (),
        ),
        seconds=seconds,
    )


def collected(*sentences: Iterable[str]) -> tuple[str, ...]:
    """All sentences in order, each once."""
    return tuple(dict.fromkeys(chain(*sentences)))


def _warnings(  # noqa: PLR0917
    armature: bpy.types.Object,
    rig: Rig,
    rig_map: RigMap,
    moved: RigMotion,
    ik_bake: IKBake,
    channels: tuple[Channel, ...],
    keying: BakeOptions,
) -> Iterator[str]:
    """Sentences about what may keep the character from moving as it will be keyed."""
    added, handed_over = keying.layer == "additive", keying.layer == "action" and not ik_bake.limbs
    if added:
        yield from layers.adding_warnings(armature, channels, onto=keying.onto)
    if keying.ik:
        yield from ik_notice(armature, ik_bake.limbs, added=added)
    else:
        yield from ik_warning(with_objects(armature, rig), rig_map)
    if handed_over:
        yield from fk_warning(armature, rig_map)
    yield from map_notices(armature, replace(rig_map, switches=()) if handed_over or ik_bake.limbs else rig_map)
    bent = ik_bake.bent
    yield from pose_warnings(armature, [bone for bone in moved.bones if bone not in bent])
    if bones_of(armature).bones[moved.root].use_connect:
        # Blender ignores the location of a bone that is joined to its parent.
        yield f"Bone {moved.root} is connected to its parent and stays in place; disconnect it to let it travel."


def _with_expressions(
    armature: bpy.types.Object, moved: RigMotion, motion: BodyMotion, options: FaceOptions
) -> tuple[RigMotion, BakedFace | None]:
    """Return the motion of the rig with the face of the body's, and how it moves; None if there is none to show."""
    if not (options.expressions and has_face(motion)):
        return moved, None
    rig = face_rig_of(armature)
    face_map = face_map_of(armature, rig)
    plan = FacePlan(rig, face_map, options)
    face = BakedFace(
        family=face_map.family,
        keys=len(plan.keys),
        bones=len({*plan.bones, *plan.moved}),
        vrm=len(plan.vrm),
        missing=face_map.missing,
        notices=tuple(face_notices(rig, face_map, armature.name)),
    )
    return with_face(moved, plan, motion), face


def _unknown_expressions(motion: BodyMotion) -> Iterator[str]:
    """Say why a face that was seen shows nothing: a take from before expressions, where no network finds them."""
    if not np.isfinite(motion.expressions).any() and not files.onnx_path(coefficients.NETWORK).is_file():
        yield (
            f"The network {coefficients.NETWORK} is missing, so this take has no expressions and only the eyes move: "
            "run `mimic models fetch`, and bake it again."
        )


def _tolerance(degrees: float, positions: Array) -> Tolerance | None:
    """How far curves may stray from the motion, for a rig with its joints (52, 3) at rest; None for not at all."""
    if not degrees:
        return None
    turn, rest = float(np.radians(degrees)), neutral_body().rest
    height = size_ratio(positions, rest, body_axes(positions)) * float(rest[0, 2])
    return Tolerance(turn=turn, place=PLACE_SHARE * turn * height, share=SHARE_PER_DEGREE * degrees)


@contextmanager
def timed(seconds: dict[str, float], stage_name: str) -> Iterator[None]:
    """Add the time that something takes to that of its stage."""
    began = perf_counter()
    try:
        yield
    finally:
        seconds[stage_name] = seconds.get(stage_name, 0.0) + perf_counter() - began
