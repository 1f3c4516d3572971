# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a new action goes: to the character, beside what it has, or on top of it. Nothing that is there is changed.

Layers are NLA tracks: the animator can mute, weaken, shift and trim what was added, and the actions below stay as
they are. Added keys hold differences, which Blender's Combine mode puts on top of bones in the way of each property
(rotations are multiplied, places added). Differences of shape keys are added.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final, cast

import bpy
import numpy as np

from ..character.armature import Keyable, check_editable
from ..errors import ActionMissing
from .keys import LAYERED, Channel, Written, curves_in, curves_of, new_action, slot_for, use, used

STASH: Final = "[Action Stash]"
"""What Blender calls the tracks of its own Stash Action."""

REST: Final = "Rest"
"""Name of the track that holds the values to which differences are added."""

FADE: Final = 0.25
"""Seconds in which an added motion ends; it begins with nothing."""


def stash(target: Keyable, written: Written) -> None:
    """Keep an action in a muted, locked NLA track, as Blender's Stash Action does. The datablock plays what it played.

    Raises:
        ArmatureLocked.
    """
    check_editable(target)
    track, _ = _layer(target.animation_data_create(), STASH, written)
    track.mute = track.lock = True


def check_base(onto: str) -> bpy.types.Action | None:
    """The action of that name, which motion is to be added to; None if none is named.

    Raises:
        ActionMissing.
    """
    if not onto:
        return None
    found = cast(bpy.types.Action | None, bpy.data.actions.get(onto))
    if found is None:
        raise ActionMissing(f'There is no action "{onto}" to add to: choose one that is in this file.')
    return found


def adding_warnings(target: bpy.types.Object, channels: Iterable[Channel], *, onto: str = "") -> Iterator[str]:
    """Sentences about what may not add up if channels of differences are put on top of what an object plays."""
    data = target.animation_data
    if not onto and not (data is not None and (data.action or data.nla_tracks)):
        yield f"{target.name} had no action; the motion is added to its rest."
    angles = sum(channel.path.endswith("rotation_euler") for channel in channels)
    if angles:
        yield (
            f"{'1 bone turns' if angles == 1 else f'{angles} bones turn'} by Euler angles, which add up only roughly: "
            "set the rotation mode to Quaternion and bake again, for turns that add up exactly."
        )


def add_on_top(target: Keyable, written: Written, *, onto: str = "", rate: float) -> None:
    """Put an action of differences on top of what a datablock plays, or of the action called `onto`.

    Its own action, if it has one, is pushed down into a track of its own first, unchanged.

    Args:
        target: the datablock.
        written: the differences.
        onto: name of an action to push down in place of the datablock's own; empty for its own. Shape keys keep their
            own if it has none for them.
        rate: frames per second.

    Raises:
        ArmatureLocked, ActionMissing.
    """
    check_editable(target)
    data = target.animation_data_create()
    base = check_base(onto)
    if base is not None and base is not data.action:
        slot = slot_for(base, target)
        if slot is not None or isinstance(target, bpy.types.Object) or not LAYERED:
            if data.action is not None:
                data.action.use_fake_user = True
            use(data, base, slot)
    _hold_rest(target, data, written)
    _push_down(data)
    _, strip = _layer(data, written.action.name, written)
    # Combine counts from a property's default, which for shape keys is 1 from 5.0 on.
    strip.blend_type = "COMBINE" if isinstance(target, bpy.types.Object) else "ADD"
    strip.extrapolation = "NOTHING"
    if not written.action.use_cyclic:
        strip.blend_out = min(FADE * rate, 0.5 * (strip.frame_end - strip.frame_start))


def _hold_rest(target: Keyable, data: bpy.types.AnimData, written: Written) -> None:
    """Hold the present values of properties that nothing animates yet in an NLA track of their own, unless of bones.

    Blender would add to the defaults of these properties otherwise, not to the values that they have.
    """
    if isinstance(target, bpy.types.Object):
        return
    strips = (strip for track in data.nla_tracks if not track.mute for strip in track.strips)
    played = [curves_in(strip.action, used(strip)) for strip in strips if strip.action is not None]
    animated = {curve.data_path for curves in (*played, curves_of(target)) for curve in curves}
    rest = []
    for path in dict.fromkeys(curve.data_path for curve in curves_in(written.action, written.slot)):
        owner, _, name = path.rpartition(".")
        value = target.path_resolve(path)
        default = cast(Any, target.path_resolve(owner)).bl_rna.properties[name].default
        if path not in animated and value != default:
            rest.append(Channel("", path, np.array([[value]])))
    if rest:
        start = written.action.frame_range.x
        _layer(data, REST, new_action(target, rest, np.array([start]), name=f"{written.action.name} {REST}"))


def _push_down(data: bpy.types.AnimData) -> None:
    """Move the action that is played into an NLA track on top of the others, where it plays the same."""
    action, slot = data.action, used(data)
    if action is None:
        return
    how = data.action_blend_type, data.action_extrapolation, data.action_influence
    _, strip = _layer(data, action.name, Written(action, slot, 0))
    strip.blend_type, strip.extrapolation, strip.influence = how
    data.action = None
    data.action_blend_type, data.action_extrapolation, data.action_influence = "REPLACE", "HOLD", 1.0


def _layer(data: bpy.types.AnimData, name: str, written: Written) -> tuple[bpy.types.NlaTrack, bpy.types.NlaStrip]:
    """A new NLA track on top, and the strip on it that plays an action where its keys are."""
    track = data.nla_tracks.new()
    track.name = name
    start, end = written.action.frame_range.x, written.action.frame_range.y
    strip = track.strips.new(written.action.name, int(start), written.action)
    use(strip, written.action, written.slot)
    strip.action_frame_start, strip.action_frame_end = start, max(end, start + 1.0)
    strip.frame_start, strip.frame_end = start, max(end, start + 1.0)
    strip.use_sync_length = False
    return track, strip
