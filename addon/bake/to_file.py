# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion onto a character from file to file."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import bpy
import numpy as np

from ...models.body import rotations as rot
from ...models.body.motion import BodyMotion
from ...retarget.face.options import FaceOptions
from ...retarget.motion.options import MotionOptions
from ...retarget.rig.rest import body_axes, joint_positions, rest_as_posed
from .. import stage
from ..character import files, studio
from ..character.armature import bones_of, pose_of, rig_of
from ..errors import NothingToBake, UnknownFileType
from .apply import AppliedBake, apply_motions
from .characters import open_characters
from .options import BakeOptions
from .plan import BakedFace, collected, timed
from .rig_files import RigFile, cast_of, each_named
from .roles import Role
from .to_vrma import save_vrma

_OF_ONE: Final = frozenset({".bvh", files.VRM_ANIMATION})
"""Types of files that hold one character."""


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
        found: sentences about what was found of the take, such as the tilt of its camera.
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
    found: tuple[str, ...] = ()


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
    (summary,) = bake_people(
        [motion],
        out,
        rigs=[RigFile(rig, armature, bone_map)],
        fps=fps,
        name=name,
        options=options,
        face_options=face_options,
        bake_options=bake_options,
        force=force,
    )
    return summary


def bake_people(
    motions: Sequence[BodyMotion],
    out: Path,
    *,
    rigs: Sequence[RigFile] = (),
    fps: float | None = None,
    name: str = "Mimic",
    options: MotionOptions | None = None,
    face_options: FaceOptions | None = None,
    bake_options: BakeOptions | None = None,
    force: bool = False,
) -> tuple[BakeSummary, ...]:
    """Key the motions of people who were filmed together on a character each, in one scene, where they stood.

    Args:
        motions: of the same moments, and of the space of one camera.
        out: as for `bake`. A .bvh and a .vrma hold one character: then there is a file for each, NAME-1, NAME-2 ...
        rigs: a character for each person; without any, built-in avatars. Those who have none get the last one again.
        name: of the actions; with a number if there are several.
        fps, options, face_options, bake_options, force: as for `bake`.

    Raises:
        MimicError: one of its kinds, before anything is written.
    """
    outs = targets(out, len(motions))
    for path in outs:
        files.check_target(path, force=force)
    bake_options = bake_options or BakeOptions()
    check_layers(out, bake_options)
    if not motions or not all(len(motion.time) for motion in motions):
        raise NothingToBake("The motion has no frames: capture the source again.")
    cast, said = cast_of(rigs, len(motions))
    seconds: dict[str, float] = {}
    with timed(seconds, "open"):
        characters = open_characters(cast)
        scene = stage.current_scene()
        own_scene = cast[0].is_scene
        rate = fps if fps is not None else None if own_scene else stage.source_rate(motions[0].time)
        if rate is not None:
            stage.set_rate(scene, rate)
    if fps is not None:
        bake_options = replace(bake_options, whole_frames=True)
    names = each_named(name, len(motions))
    applied = apply_motions(
        [Role(each.armature, motion, label) for each, motion, label in zip(characters, motions, names, strict=True)],
        options=options,
        face_options=face_options,
        bake_options=bake_options,
    )
    stage.set_range(scene, np.sort(np.concatenate([each.frames for each in applied])))
    armatures = [character.armature for character in characters]
    with timed(seconds, "save"):
        if not own_scene and out.suffix.lower() == ".blend":
            _set_up(armatures, applied, with_floor=all(rig.path is None for rig in cast))
        _save(armatures, applied, outs, face_options=face_options, fingers=bake_options.fingers, force=force)
    spent = {stage_name: part / len(applied) for stage_name, part in seconds.items()}
    return tuple(
        BakeSummary(
            out=path,
            size=path.stat().st_size,
            armature=character.armature.name,
            action=each.action,
            family=each.rig_map.family,
            bones_mapped=len(each.rig_map.bones),
            bones_total=len(bones_of(character.armature).bones),
            joints_missing=each.rig_map.missing,
            face=each.face,
            frames=len(each.frames),
            keys=each.keys,
            rate=stage.rate_of(scene),
            warnings=collected(said if each is applied[0] else (), character.notes, _of_file(path, each)),
            seconds={**spent, **each.seconds},
            found=each.found,
        )
        for path, character, each in zip(outs, characters, applied, strict=True)
    )


def targets(out: Path, people: int) -> list[Path]:
    """Return the file of each person: the same for all, unless its kind holds one character."""
    if people == 1 or out.suffix.lower() not in _OF_ONE:
        return [out] * people
    return [out.with_stem(f"{out.stem}-{number}") for number in range(1, people + 1)]


def _save(
    armatures: Sequence[bpy.types.Object],
    applied: Sequence[AppliedBake],
    outs: Sequence[Path],
    *,
    face_options: FaceOptions | None,
    fingers: bool,
    force: bool,
) -> None:
    if outs[0].suffix.lower() == files.VRM_ANIMATION:
        for armature, each, path in zip(armatures, applied, outs, strict=True):
            save_vrma(armature, each.motion, path, face_options=face_options, fingers=fingers, force=force)
    elif len(set(outs)) > 1:
        for armature, path in zip(armatures, outs, strict=True):
            files.save_character(armature, path, force=force)
    else:
        files.save_characters(armatures, outs[0], force=force)


def _of_file(out: Path, applied: AppliedBake) -> Iterator[str]:
    """Yield the sentences that are true of the file: a VRM animation has a face, whatever shape keys there are."""
    elsewhere = applied.face.notices if applied.face and out.suffix.lower() == files.VRM_ANIMATION else ()
    yield from (warning for warning in applied.warnings if warning not in elsewhere)


def check_layers(out: Path, bake_options: BakeOptions) -> None:
    """Refuse files for keys that they cannot hold: only Blender's own have actions that are stashed or added.

    Raises:
        UnknownFileType.
    """
    if bake_options.layer != "action" and out.suffix.lower() != ".blend":
        raise UnknownFileType(f"{out.name} cannot hold stashed or additive keys: write a .blend, or plain keys.")


def _set_up(armatures: Sequence[bpy.types.Object], applied: Sequence[AppliedBake], *, with_floor: bool) -> None:
    """Camera, light and perhaps a floor, for all that the characters do (seen at some twenty moments of it)."""
    scene = stage.current_scene()
    joints = []
    for frame in np.unique(np.linspace(scene.frame_start, scene.frame_end, 20).round()):
        scene.frame_set(int(frame))
        for armature, each in zip(armatures, applied, strict=True):
            world = armature.matrix_world
            joints += [world @ pose_of(armature).bones[bone].head for bone in each.rig_map.bones.values()]
    scene.frame_set(scene.frame_start)
    places = np.array(joints)
    first = armatures[0]
    rig = rest_as_posed(rig_of(first), applied[0].rig_map)
    axes = body_axes(joint_positions(rig, applied[0].rig_map))
    facing = np.array(first.matrix_world.to_3x3()) @ rot.rotate(axes, [0.0, -1.0, 0.0])
    studio.set_up(scene, places, facing)
    if with_floor:
        studio.floor(scene, size=12.0 + 4.0 * float(np.abs(places).max()))
    studio.look_through_camera(bpy.data.screens)
