# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a new action goes: to the character, beside what it has, or on top of it. Nothing that is there is changed.

Layers are NLA tracks: the animator can mute, weaken, shift and trim what was added, and the actions below stay as
they are. Added keys hold differences, which Blender's Combine mode puts on top in the way of each property (rotations
are multiplied, places added).
"""

from collections.abc import Iterable, Iterator
from typing import Final, cast

import bpy

from ..character.armature import check_editable
from ..errors import ActionMissing
from .keys import Channel, Written, slot_for_objects, use, used

STASH: Final = "[Action Stash]"
"""What Blender calls the tracks of its own Stash Action."""

FADE: Final = 0.25
"""Seconds in which an added motion ends; it begins with nothing."""


def stash(target: bpy.types.Object, written: Written) -> None:
    """Keep an action in a muted, locked NLA track, as Blender's Stash Action does. The object plays what it played.

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


def add_on_top(target: bpy.types.Object, written: Written, *, onto: str = "", rate: float) -> None:
    """Put an action of differences on top of what an object plays, or of the action called `onto`.

    Its own action, if it has one, is pushed down into a track of its own first, unchanged.

    Args:
        target: the object.
        written: the differences.
        onto: name of an action to push down in place of the object's own; empty for its own.
        rate: frames per second.

    Raises:
        ArmatureLocked, ActionMissing.
    """
    check_editable(target)
    data = target.animation_data_create()
    base = check_base(onto)
    if base is not None and base is not data.action:
        if data.action is not None:
            data.action.use_fake_user = True
        use(data, base, slot_for_objects(base))
    _push_down(data)
    _, strip = _layer(data, written.action.name, written)
    strip.blend_type = "COMBINE"
    strip.extrapolation = "NOTHING"
    if not written.action.use_cyclic:
        strip.blend_out = min(FADE * rate, 0.5 * (strip.frame_end - strip.frame_start))


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
