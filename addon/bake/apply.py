# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion onto a character: as a new action in the open scene, or from file to file."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.model import neutral_body
from ...models.body.motion import BodyMotion
from ...retarget.motion.edits import differences
from ...retarget.motion.options import MotionOptions
from ...retarget.motion.polish import polish
from ...retarget.motion.resample import resample, whole_length
from ...retarget.rig.rest import body_axes, joint_positions, settled, size_ratio
from ...retarget.rig.rig import RigMap, RigMotion
from ...retarget.transfer.fingers import finger_bones, without
from ...retarget.transfer.proportions import with_proportions
from ...retarget.transfer.transfer import transfer
from .. import stage
from ..bone_map.store import hand_over, load, mapped_by_file, rig_map_of
from ..character import files, studio
from ..character.armature import bones_of, check_editable, hindrances, map_notices, pose_of, rig_of
from ..character.avatar import add_avatar
from ..errors import NothingToBake, UnknownFileType
from . import layers
from .ik import Led, hand_to_ik, unled, with_controls
from .ik_objects import with_objects
from .keys import Tolerance, Written, assign, motion_action, repeat
from .options import BakeOptions, LayerMode

Array = NDArray[np.float64]

PLACE_SHARE: Final = 0.1
"""Of how far a turn of the whole leg by the tolerance moves the hips, how far they may stray: feet slide with them."""


@dataclass(frozen=True)
class Applied:
    """A motion that was keyed.

    Attributes:
        action: name of the new action.
        layer: where it went.
        rig_map: which bone follows which joint.
        frames: (n,) scene frames of the keys.
        keys: how many keys were written, over all F-curves.
        warnings: sentences about what may keep the character from moving as keyed.
        seconds: time taken, by stage: retarget, key.
    """

    action: str
    layer: LayerMode
    rig_map: RigMap
    frames: Array
    keys: int
    warnings: tuple[str, ...]
    seconds: Mapping[str, float]

    @property
    def said(self) -> str:
        """What was done, in words."""
        where = {"action": "", "stash": ", stashed in a muted NLA track", "additive": ", added on top in the NLA"}
        return f'Keyed {len(self.frames)} frames as action "{self.action}"{where[self.layer]}'


@dataclass(frozen=True)
class BakeSummary:
    """What a bake wrote.

    Attributes:
        out: the file.
        size: its bytes.
        armature: name of the armature object.
        action: name of its new action.
        family: kind of rig ("Mixamo").
        bones_mapped: bones that follow a joint of the body.
        bones_total: bones of the armature.
        joints_missing: joints of the body without a bone.
        frames: key times.
        keys: keys over all F-curves.
        rate: frames per second of the scene.
        warnings: sentences about what may keep the character from moving as keyed.
        seconds: time taken, by stage: open, retarget, key, save.
    """

    out: Path
    size: int
    armature: str
    action: str
    family: str
    bones_mapped: int
    bones_total: int
    joints_missing: tuple[str, ...]
    frames: int
    keys: int
    rate: float
    warnings: tuple[str, ...]
    seconds: Mapping[str, float]


def apply_motion(
    armature: bpy.types.Object,
    motion: BodyMotion,
    *,
    name: str,
    start_frame: float | None = None,
    options: MotionOptions | None = None,
    bake_options: BakeOptions | None = None,
) -> Applied:
    """Key a motion of the body on an armature of the open scene, as a new action.

    Args:
        armature: the armature object; it is not changed but for its action, or its NLA tracks.
        motion: the motion.
        name: of the action; Blender adds a number if it is taken.
        start_frame: scene frame of the first key; the scene's first frame unless given.
        options: how the motion is smoothed, grounded and cut; None keys it as it is.
        bake_options: which keys are made of it, and where they go; all of them, into a new action, unless given.

    Raises:
        NothingToBake, NothingLeft, RigUnmapped, ArmatureLocked, ActionMissing.
    """
    if not len(motion.time):
        raise NothingToBake("The motion has no frames: capture the source again.")
    check_editable(armature)
    bake_options = bake_options or BakeOptions()
    layers.check_base(bake_options.onto)
    layer, ik = bake_options.layer, bake_options.ik
    loops = options is not None and options.loop != "off"
    scene = stage.current_scene()
    rate = stage.rate_of(scene)
    seconds: dict[str, float] = {}
    with _timed(seconds, "retarget"):
        rig = rig_of(armature)
        rig_map = rig_map_of(armature, rig)
        rig = settled(rig, rig_map)
        if options is not None:
            motion = polish(motion, with_proportions(neutral_body(), rig, rig_map), options)
        if loops:
            motion = whole_length(motion, rate)
        if bake_options.whole_frames:
            motion = resample(motion, _even(motion.time, rate))
        moved = transfer(motion, neutral_body(), rig, rig_map)
        if not bake_options.fingers:
            moved = without(moved, finger_bones(rig_map))
        keyed = differences(moved) if layer == "additive" else moved
    led = Led(keyed)
    with _timed(seconds, "key"):
        begin = (scene.frame_start if start_frame is None else start_frame) + bake_options.offset * rate
        frames = stage.frames_of(motion.time, start=begin, rate=rate)
        if ik and layer != "additive":
            led = with_controls(armature, keyed, frames, rig=rig, rig_map=rig_map)
        tolerance = _tolerance(bake_options.simplify, joint_positions(rig, rig_map))
        written = motion_action(armature, led.motion, frames, name=name, tolerance=tolerance)
        objects = led.key_objects(armature, frames, name=name)
        for each in (written, *objects.values()) if loops else ():
            repeat(each)
        notes = _put(armature, written, layer, onto=bake_options.onto)
        for thing, moves in objects.items():
            _put(thing, moves, layer, onto="")
    if ik:
        notes += hand_to_ik(armature, led.limbs, added=layer == "additive")
    else:
        notes += unled(with_objects(armature, rig), rig_map)
    bent = led.bent
    return Applied(
        action=written.action.name,
        layer=layer,
        rig_map=rig_map,
        frames=frames,
        keys=written.keys + sum(each.keys for each in objects.values()),
        warnings=tuple(
            notes
            + (hand_over(armature, rig_map) if layer == "action" and not led.limbs else [])
            + map_notices(armature, rig_map if not led.limbs else replace(rig_map, switches=()))
            + hindrances(armature, [bone for bone in moved.bones if bone not in bent])
            + _stuck_root(armature, moved)
        ),
        seconds=seconds,
    )


def _put(armature: bpy.types.Object, written: Written, layer: LayerMode, *, onto: str) -> list[str]:
    """Put a new action where it belongs. Returns sentences about what may not be as expected there."""
    if layer == "additive":
        return layers.add_on_top(armature, written, onto=onto, rate=stage.rate_of(stage.current_scene()))
    if layer == "stash":
        layers.stash(armature, written)
    else:
        assign(armature, written)
    return []


def check_rig(rig: Path | None, armature: str | None = None, *, bone_map: Path | None = None) -> None:
    """Raise a sentence if `bake` could not move a rig file, before long work is done for it. Opens it in Blender.

    Raises:
        UnknownFileType, UnreadableRig, NoArmature, SeveralArmatures, RigUnmapped, ArmatureLocked, PresetUnreadable.
    """
    character = _open(rig, armature)
    check_editable(character)
    _map_by(character, bone_map)
    rig_map_of(character, rig_of(character))


def bake(
    motion: BodyMotion,
    out: Path,
    *,
    rig: Path | None = None,
    armature: str | None = None,
    bone_map: Path | None = None,
    fps: float | None = None,
    name: str = "Mimic",
    options: MotionOptions | None = None,
    bake_options: BakeOptions | None = None,
    force: bool = False,
) -> BakeSummary:
    """Key a motion on a character and save it as a file. Replaces the file that is open in Blender.

    Args:
        motion: the motion.
        out: .blend, .glb, .fbx or .bvh.
        rig: the character's file; the built-in avatar unless given.
        armature: name of its armature, where the file has several.
        bone_map: file that says which bone follows which joint, as the panel saves it; the rig's own map unless given.
        fps: frame rate of scene and keys. Unless given, keys lie at the motion's own moments, and the scene runs at
            the rate of the rig's .blend, or else of the motion.
        name: of the action.
        options: how the motion is smoothed, grounded and cut; None keys it as it is.
        bake_options: which keys are made of it, and where they go; a new action unless given.
        force: overwrite `out`.

    Raises:
        MimicError: one of its kinds, before anything is written.
    """
    files.check_target(out, force=force)
    bake_options = bake_options or BakeOptions()
    check_layers(out, bake_options)
    if not len(motion.time):
        raise NothingToBake("The motion has no frames: capture the source again.")
    seconds: dict[str, float] = {}
    with _timed(seconds, "open"):
        character = _open(rig, armature)
        notes = _map_by(character, bone_map)
        scene = stage.current_scene()
        own_scene = rig is not None and rig.suffix.lower() == ".blend"
        rate = fps if fps is not None else None if own_scene else stage.source_rate(motion.time)
        if rate is not None:
            stage.set_rate(scene, rate)
    if fps is not None:
        bake_options = replace(bake_options, whole_frames=True)
    applied = apply_motion(character, motion, name=name, options=options, bake_options=bake_options)
    stage.set_range(scene, applied.frames)
    with _timed(seconds, "save"):
        if not own_scene and out.suffix.lower() == ".blend":
            _set_up(character, applied, with_floor=rig is None)
        files.save_character(character, out, force=force)
    return BakeSummary(
        out=out,
        size=out.stat().st_size,
        armature=character.name,
        action=applied.action,
        family=applied.rig_map.family,
        bones_mapped=len(applied.rig_map.bones),
        bones_total=len(bones_of(character).bones),
        joints_missing=applied.rig_map.missing,
        frames=len(applied.frames),
        keys=applied.keys,
        rate=stage.rate_of(scene),
        warnings=(*notes, *applied.warnings),
        seconds={**seconds, **applied.seconds},
    )


def _open(rig: Path | None, armature: str | None) -> bpy.types.Object:
    if rig is not None:
        character = files.open_rig(rig, armature)
        mapped_by_file(character, rig)
        return character
    files.new_scene()
    return add_avatar(stage.current_scene())


def check_layers(out: Path, bake_options: BakeOptions) -> None:
    """Refuse files for keys that they cannot hold: only Blender's own have actions that are stashed or added.

    Raises:
        UnknownFileType.
    """
    if bake_options.layer != "action" and out.suffix.lower() != ".blend":
        raise UnknownFileType(f"{out.name} cannot hold stashed or additive keys: write a .blend, or plain keys.")


def _map_by(armature: bpy.types.Object, bone_map: Path | None) -> tuple[str, ...]:
    """Give an armature the map that a file holds, if one is given. Returns what the map says that it lacks."""
    return load(armature, bone_map).warnings if bone_map is not None else ()


def _even(time: Array, rate: float) -> Array:
    """Moments (m,) at whole frames from the first time to the last."""
    count = int(np.floor((time[-1] - time[0]) * rate + stage.WHOLE)) + 1
    return time[0] + np.arange(count) / rate


def _tolerance(degrees: float, positions: Array) -> Tolerance | None:
    """How far curves may stray from the motion, for a rig with its joints (52, 3) at rest; None for not at all."""
    if not degrees:
        return None
    turn, rest = float(np.radians(degrees)), neutral_body().rest
    height = size_ratio(positions, rest, body_axes(positions)) * float(rest[0, 2])
    return Tolerance(turn=turn, place=PLACE_SHARE * turn * height)


def _stuck_root(armature: bpy.types.Object, moved: RigMotion) -> list[str]:
    """A sentence if the hips cannot travel: Blender ignores the location of a bone that is joined to its parent."""
    if not bones_of(armature).bones[moved.root].use_connect:
        return []
    return [f"Bone {moved.root} is connected to its parent and stays in place; disconnect it to let it travel."]


def _set_up(armature: bpy.types.Object, applied: Applied, *, with_floor: bool) -> None:
    """Camera, light and perhaps a floor, for all that the character does (seen at some twenty moments of it)."""
    scene = stage.current_scene()
    joints = []
    for frame in np.unique(np.linspace(applied.frames[0], applied.frames[-1], 20).round()):
        scene.frame_set(int(frame))
        world = armature.matrix_world
        joints += [world @ pose_of(armature).bones[bone].head for bone in applied.rig_map.bones.values()]
    scene.frame_set(scene.frame_start)
    places = np.array(joints)
    rig = settled(rig_of(armature), applied.rig_map)
    axes = body_axes(joint_positions(rig, applied.rig_map))
    facing = np.array(armature.matrix_world.to_3x3()) @ rot.rotate(axes, [0.0, -1.0, 0.0])
    studio.set_up(scene, places, facing)
    if with_floor:
        studio.floor(scene, size=12.0 + 4.0 * float(np.abs(places).max()))
    studio.look_through_camera(bpy.data.screens)


@contextmanager
def _timed(seconds: dict[str, float], stage_name: str) -> Iterator[None]:
    began = perf_counter()
    try:
        yield
    finally:
        seconds[stage_name] = seconds.get(stage_name, 0.0) + perf_counter() - began
