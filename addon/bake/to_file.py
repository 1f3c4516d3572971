# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion onto a character from file to file."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import bpy
import numpy as np

from ...models.body import rotations as rot
from ...models.body.motion import BodyMotion
from ...retarget.face.options import FaceOptions
from ...retarget.motion.options import MotionOptions
from ...retarget.rig.rest import body_axes, joint_positions, rest_as_posed
from .. import stage
from ..bone_map.store import load, mapped_by_file, rig_map_of
from ..character import files, studio
from ..character.armature import bones_of, check_editable, pose_of, rig_of
from ..character.avatar import add_avatar
from ..errors import NothingToBake, UnknownFileType
from ..face.vrm import expressions_by_file
from .apply import AppliedBake, apply_motion
from .options import BakeOptions
from .plan import BakedFace, collected, timed
from .to_vrma import save_vrma


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
        face: how the face moves; None if the motion has none, or it is left alone.
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
    face: BakedFace | None
    frames: int
    keys: int
    rate: float
    warnings: tuple[str, ...]
    seconds: Mapping[str, float]


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
    face_options: FaceOptions | None = None,
    bake_options: BakeOptions | None = None,
    force: bool = False,
) -> BakeSummary:
    """Key a motion on a character and save it as a file. Replaces the file that is open in Blender.

    Args:
        motion: the motion.
        out: .blend, .glb, .fbx or .bvh; or .vrma, for the motion alone.
        rig: the character's file; the built-in avatar unless given.
        armature: name of its armature, where the file has several.
        bone_map: file that says which bone follows which joint, as the panel saves it; the rig's own map unless given.
        fps: frame rate of scene and keys. Unless given, keys lie at the motion's own moments, and the scene runs at
            the rate of the rig's .blend, or else of the motion.
        name: of the action.
        options: how the motion is smoothed, grounded and cut; None keys it as it is.
        face_options: how expressions move the face; as captured unless given.
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
    with timed(seconds, "open"):
        character = _open(rig, armature)
        notes = _map_by(character, bone_map)
        scene = stage.current_scene()
        own_scene = rig is not None and rig.suffix.lower() == ".blend"
        rate = fps if fps is not None else None if own_scene else stage.source_rate(motion.time)
        if rate is not None:
            stage.set_rate(scene, rate)
    if fps is not None:
        bake_options = replace(bake_options, whole_frames=True)
    applied = apply_motion(
        character, motion, name=name, options=options, face_options=face_options, bake_options=bake_options
    )
    stage.set_range(scene, applied.frames)
    with timed(seconds, "save"):
        if not own_scene and out.suffix.lower() == ".blend":
            _set_up(character, applied, with_floor=rig is None)
        if out.suffix.lower() == files.VRM_ANIMATION:
            save_vrma(
                character,
                applied.motion,
                out,
                face_options=face_options,
                fingers=bake_options.fingers,
                force=force,
            )
        else:
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
        face=applied.face,
        frames=len(applied.frames),
        keys=applied.keys,
        rate=stage.rate_of(scene),
        warnings=collected(notes, _of_file(out, applied)),
        seconds={**seconds, **applied.seconds},
    )


def _of_file(out: Path, applied: AppliedBake) -> Iterator[str]:
    """Yield the sentences that are true of the file: a VRM animation has a face, whatever shape keys there are."""
    elsewhere = applied.face.notices if applied.face and out.suffix.lower() == files.VRM_ANIMATION else ()
    yield from (warning for warning in applied.warnings if warning not in elsewhere)


def _open(rig: Path | None, armature: str | None) -> bpy.types.Object:
    if rig is not None:
        character = files.open_rig(rig, armature)
        mapped_by_file(character, rig)
        expressions_by_file(character, rig)
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


def _set_up(armature: bpy.types.Object, applied: AppliedBake, *, with_floor: bool) -> None:
    """Camera, light and perhaps a floor, for all that the character does (seen at some twenty moments of it)."""
    scene = stage.current_scene()
    joints = []
    for frame in np.unique(np.linspace(applied.frames[0], applied.frames[-1], 20).round()):
        scene.frame_set(int(frame))
        world = armature.matrix_world
        joints += [world @ pose_of(armature).bones[bone].head for bone in applied.rig_map.bones.values()]
    scene.frame_set(scene.frame_start)
    places = np.array(joints)
    rig = rest_as_posed(rig_of(armature), applied.rig_map)
    axes = body_axes(joint_positions(rig, applied.rig_map))
    facing = np.array(armature.matrix_world.to_3x3()) @ rot.rotate(axes, [0.0, -1.0, 0.0])
    studio.set_up(scene, places, facing)
    if with_floor:
        studio.floor(scene, size=12.0 + 4.0 * float(np.abs(places).max()))
    studio.look_through_camera(bpy.data.screens)
