# SPDX-License-Identifier: GPL-3.0-or-later
"""Actions and F-curves: the one module that knows how each Blender stores animation.

Until 4.3 an action holds its F-curves itself. From 4.4 on it holds slots, layers and strips, and a channelbag for
each slot; until 4.5 the old names are still there but write to a slot that nothing uses, and 5.0 has dropped them.
Curves are filled whole, by `foreach_set`: some 300 times faster than `keyframe_insert`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final, cast

import bpy
import numpy as np
from numpy.typing import NDArray

from ...retarget.motion.keys_reduction import Curve, reduce_keys
from ...retarget.rig.rig import RigMotion
from ..character.armature import Keyable, bone_path, check_editable, pose_of
from .rotation_modes import channels

Array = NDArray[np.float64]

LAYERED: Final = bpy.app.version >= (4, 4, 0)


@dataclass(frozen=True)
class Channel:
    """One animated property.

    Attributes:
        group: name under which the editors gather its curves; empty for none.
        path: data path, seen from the datablock.
        values: (n, k), one column for each element of the property.
        curve: the keys, if there are to be fewer than values.
        full: of a property that is neither a place nor a rotation, its value at full strength.
    """

    group: str
    path: str
    values: Array
    curve: Curve | None = None
    full: float = 1.0


@dataclass(frozen=True)
class Tolerance:
    """How far curves may stray from what they are to show.

    Attributes:
        turn: of rotations, in radians.
        place: of places, in armature units.
        share: of other properties, as a fraction of their value at full strength.
    """

    turn: float
    place: float
    share: float = 0.01


@dataclass(frozen=True)
class Written:
    """A new action, the slot of it that holds the keys (None until 4.3), and how many keys there are."""

    action: bpy.types.Action
    slot: Any
    keys: int


def motion_action(
    armature: bpy.types.Object, motion: RigMotion, frames: Array, *, name: str, tolerance: Tolerance | None = None
) -> Written:
    """Key a motion as a new action, in each bone's own rotation mode. The armature keeps the action that it has.

    Args:
        armature: object whose bones `motion` names.
        motion: the motion of n frames.
        frames: (n,) scene frames, rising; fractions are fine.
        name: of the action; Blender adds a number if it is taken.
        tolerance: how far the curves may stray for the sake of fewer keys; None keys every frame.

    Raises:
        ArmatureLocked.
    """
    check_editable(armature)
    return new_action(armature, channels_of(armature, motion, frames, tolerance=tolerance), frames, name=name)


def new_action(target: Keyable, animated: Iterable[Channel], frames: Array, *, name: str) -> Written:
    """Make a new action for a datablock, with the channels keyed at `frames` (n,)."""
    action = bpy.data.actions.new(name)
    action.use_fake_user = True
    if not LAYERED:
        action.id_root = target.id_type
    return add_keys(action, target, animated, frames)


def add_keys(action: bpy.types.Action, target: Keyable, animated: Iterable[Channel], frames: Array) -> Written:
    """Key channels of a datablock at `frames` (n,): in a new slot of an action, or until 4.3 in a new action itself."""
    slot = cast(Any, action).slots.new(id_type=target.id_type, name=target.name) if LAYERED else None
    owner = _container(action, slot)
    keys = 0
    for channel in animated:
        group = None
        if channel.group:
            known = channel.group in owner.groups
            group = owner.groups[channel.group] if known else owner.groups.new(channel.group)
        for index, values in enumerate(channel.values.T):
            curve = owner.fcurves.new(channel.path, index=index)
            if group is not None:
                curve.group = group
            if channel.curve is None:
                _fill(curve, frames, values)
            else:
                _fill_bezier(curve, channel.curve, index)
            keys += len(curve.keyframe_points)
    return Written(action, slot, keys)


def assign(target: Keyable, written: Written) -> None:
    """Give a datablock a new action. The one that it had stays in the file, though nothing else may use it.

    Raises:
        ArmatureLocked.
    """
    check_editable(target)
    data = target.animation_data_create()
    if data.action is not None:
        data.action.use_fake_user = True
    use(data, written.action, written.slot)


def use(holder: bpy.types.AnimData | bpy.types.NlaStrip, action: bpy.types.Action, slot: Any) -> None:
    """Let animation data or an NLA strip play an action, in the part of it that is meant for them."""
    holder.action = action
    if LAYERED:
        cast(Any, holder).action_slot = slot


def used(holder: bpy.types.AnimData | bpy.types.NlaStrip) -> Any:
    """The slot of its action that animation data or an NLA strip plays; None until 4.3, which have none."""
    return cast(Any, holder).action_slot if LAYERED else None


def slot_for(action: bpy.types.Action, target: Keyable) -> Any:
    """The slot of an action that is meant for a datablock: the one of its name, or the first that an object can play.

    None if there is none, and until 4.3.
    """
    slots = list(cast(Any, action).slots) if LAYERED else []
    if not isinstance(target, bpy.types.Object):
        return next((s for s in slots if (s.target_id_type, s.name_display) == (target.id_type, target.name)), None)
    return next((slot for slot in slots if slot.target_id_type in {"OBJECT", "UNSPECIFIED"}), None)


def repeat(written: Written) -> None:
    """Let an action go on from its end as from its beginning, and places from where they have got to."""
    action, curves = written.action, curves_in(written.action, written.slot)
    ends = [point.co[0] for curve in curves[:1] for point in (curve.keyframe_points[0], curve.keyframe_points[-1])]
    if ends:
        action.use_frame_range = True
        action.frame_start, action.frame_end = ends
        action.use_cyclic = True
    for curve in curves:
        cycles = cast(bpy.types.FModifierCycles, curve.modifiers.new("CYCLES"))
        cycles.mode_before = cycles.mode_after = "REPEAT_OFFSET" if curve.data_path.endswith("location") else "REPEAT"


def curves_of(target: Keyable) -> list[bpy.types.FCurve]:
    """The F-curves that move a datablock through its assigned action; empty if it has none."""
    data = target.animation_data
    if data is None or data.action is None:
        return []
    return curves_in(data.action, used(data))


def curves_in(action: bpy.types.Action, slot: Any) -> list[bpy.types.FCurve]:
    """The F-curves in a slot of an action; all of them until 4.3, which have no slots."""
    if not LAYERED:
        return list(action.fcurves)
    strips = (cast(Any, strip) for layer in action.layers for strip in layer.strips)
    bags = (strip.channelbag(slot) for strip in strips)
    return [curve for bag in bags if bag is not None for curve in bag.fcurves]


def _container(action: bpy.types.Action, slot: Any) -> Any:
    """What holds the F-curves and groups of a new slot: its channelbag, or the action itself until 4.3."""
    if not LAYERED:
        return action
    layers: Any = action.layers
    strip = layers[0].strips[0] if layers else layers.new("Layer").strips.new(type="KEYFRAME")
    return strip.channelbag(slot, ensure=True)


def _fill(curve: bpy.types.FCurve, frames: Array, values: Array) -> None:
    """Key a new curve. Straight lines between keys: motion capture is dense, and its samples are what was seen."""
    points = curve.keyframe_points
    points.add(len(frames))
    points.foreach_set("co", _flat(frames, values))
    points.foreach_set("interpolation", np.full(len(frames), _LINEAR, dtype=np.int32))
    curve.update()


def _fill_bezier(fcurve: bpy.types.FCurve, curve: Curve, index: int) -> None:
    """Key one element of a reduced curve. Handles a third of the way make time run evenly along each cubic."""
    frames, values, slopes = curve.frames, curve.values[:, index], curve.slopes[:, index]
    gaps = np.diff(frames) / 3.0 if len(frames) > 1 else np.ones(1)
    before, after = np.append(gaps[0], gaps)[: len(frames)], np.append(gaps, gaps[-1])[: len(frames)]
    points = fcurve.keyframe_points
    points.add(len(frames))
    points.foreach_set("co", _flat(frames, values))
    points.foreach_set("interpolation", np.full(len(frames), _enum("interpolation", "BEZIER"), dtype=np.int32))
    for side in ("left", "right"):
        aligned = np.full(len(frames), _enum(f"handle_{side}_type", "ALIGNED"), dtype=np.int32)
        points.foreach_set(f"handle_{side}_type", aligned)
    points.foreach_set("handle_left", _flat(frames - before, values - before * slopes))
    points.foreach_set("handle_right", _flat(frames + after, values + after * slopes))
    fcurve.update()


def _flat(frames: Array, values: Array) -> NDArray[np.float32]:
    return np.column_stack([frames, values]).astype(np.float32).ravel()


def _enum(name: str, value: str) -> int:
    """Number of a keyframe's enumerated value, which is what `foreach_set` takes."""
    return int(cast(Any, bpy.types.Keyframe.bl_rna.properties[name]).enum_items[value].value)


_LINEAR: Final[int] = _enum("interpolation", "LINEAR")


def reduced(channel: Channel, frames: Array, tolerance: Tolerance) -> Channel:
    """The channel with as few keys as the tolerance allows.

    The elements of rotations are scaled so that a step in them is as long as the turn that it makes, at the most:
    quaternions lie half as far apart as the turns they stand for, and an axis moves by what its angle makes of it.
    """
    scale, limit = np.ones(channel.values.shape[1]), tolerance.turn
    if channel.path.endswith("location"):
        limit = tolerance.place
    elif not channel.path.endswith(("quaternion", "euler", "axis_angle")):
        limit = tolerance.share * channel.full
    elif channel.path.endswith("quaternion"):
        scale *= 2.0
    elif channel.path.endswith("axis_angle"):
        scale[1:] = max(float(np.abs(channel.values[:, 0]).max()), 1e-3)
    curve = reduce_keys(frames, channel.values * scale, tolerance=limit)
    return replace(channel, curve=replace(curve, values=curve.values / scale, slopes=curve.slopes / scale))


def channels_of(
    armature: bpy.types.Object, motion: RigMotion, frames: Array, *, tolerance: Tolerance | None = None
) -> Iterator[Channel]:
    """What is keyed of an armature, for a motion at scene frames (n,): places first, then turns in each bone's mode."""
    for channel in _all_channels(armature, motion):
        yield channel if tolerance is None else reduced(channel, frames, tolerance)


def _all_channels(armature: bpy.types.Object, motion: RigMotion) -> Iterator[Channel]:
    places = dict(motion.places)
    if motion.location is not None:
        places[motion.root] = motion.location
    for bone, values in places.items():
        yield Channel(bone, f"{bone_path(bone)}.location", values)
    for i, bone in enumerate(motion.bones):
        path = bone_path(bone)
        mode = pose_of(armature).bones[bone].rotation_mode
        rotation, values = channels(mode, motion.rotations[:, i])
        yield Channel(bone, f"{path}.{rotation}", values)
