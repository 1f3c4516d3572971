# SPDX-License-Identifier: GPL-3.0-or-later
"""Clean a solved motion for baking: smoothing, limits, vertical, floor, feet, loop and trim."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...models.body import rotations as rot
from ...models.body.joints import INDEX, JOINTS
from ...models.body.model import Body, neutral_body
from ...models.body.motion import BodyMotion
from .contacts import find_contacts
from .edits import cut_frames, swap_sides, trimmed
from .feet import planted
from .gaps import held
from .gravity.gravity import joint_gravity
from .limits import limited
from .loops import best_loop, looped, repeated
from .options import FeetMode, MotionOptions, RootMode
from .ranges import within_range
from .reach import reach_motion
from .root import GroundedMotion, ground, resting_height
from .smoothing import smoothed
from .soles import PosedSoles
from .together import Place, origins, placed, sized
from .travel import FEET_ONLY, LOCATED, MEMORY, path_on_feet
from .upper_body import upper_body_motion
from .upright import rotate_motion

Array = NDArray[np.float64]


def polish(motion: BodyMotion, body: Body, options: MotionOptions) -> GroundedMotion:
    """Smooth a motion, set it upright on the floor, lock its feet, and loop or trim it, according to `options`.

    With `upper_body`, feet are not locked and the root stays in place, whatever the options for them.

    Args:
        motion: as solved: in the camera's space, with gaps and noise. Rotations that are NaN hold.
        body: the body it is a motion of.
        options: the options.

    Raises:
        NothingLeft: the options trim the whole motion away, or leave too little for a loop.
    """
    return polish_together([motion], [body], options)[0]


def polish_together(
    motions: Sequence[BodyMotion], bodies: Sequence[Body], options: MotionOptions, *, places: Sequence[Place] = ()
) -> list[GroundedMotion]:
    """Polish the motions of people who were filmed together, so that they stand as they stood: see `polish`.

    All are turned upright alike, are on one floor, and are where they were beside the first, who begins at rest. The
    ends of loops are the same for all.

    Args:
        motions: of k people, of the same moments and in the space of the same camera.
        bodies: k bodies that they are motions of.
        options: the options.
        places: where the k characters rest; side by side in the same place, and of one size, unless given.

    Raises:
        NothingLeft: as for `polish`.
    """
    places = places or [Place()] * len(motions)
    if options.upper_body:
        motions = [upper_body_motion(motion) for motion in motions]
        options = replace(options, feet="off", root="in-place", upright=False)
    motions = [_cleaned(motion, body, options) for motion, body in zip(motions, bodies, strict=True)]
    found: tuple[str, ...] = ()
    if options.upright:
        gravity = joint_gravity(motions, bodies, options)
        motions = [rotate_motion(motion, gravity.turn) for motion in motions]
        found = (gravity.sentence,)
    standing = [
        _standing(sized(motion, place), body, options)
        for motion, body, place in zip(motions, bodies, places, strict=True)
    ]
    if options.loop == "find":
        first, last = best_loop(*zip(standing, bodies, strict=True))
        standing = [cut_frames(motion, first, last) for motion in standing]
    finished = [
        _finished(motion, body, options, memory=_memory(filmed))
        for motion, body, filmed in zip(standing, bodies, motions, strict=True)
    ]
    beside = origins(motions, finished, places, options)
    return [
        replace(placed(motion, place, origin), found=found)
        for motion, place, origin in zip(finished, places, beside, strict=True)
    ]


def _cleaned(motion: BodyMotion, body: Body, options: MotionOptions) -> BodyMotion:
    """Return a motion without gaps in its rotations, smoothed and within the limits of the joints."""
    motion = replace(motion, rotations=held(motion.rotations, rot.identity(len(JOINTS))))
    motion = smoothed(motion, options)
    if options.limits:
        motion = replace(motion, rotations=limited(within_range(motion.rotations, body), body))
    return motion


def _standing(motion: BodyMotion, body: Body, options: MotionOptions) -> GroundedMotion:
    """Return a motion on the floor; its feet are locked already unless it is to loop."""
    memory = _memory(motion)
    if options.reach:
        motion = reach_motion(motion, neutral_body(), body)
    standing = _on_floor(motion, body, options)
    trim = options.trim_start, options.trim_end or None
    if options.loop != "off":
        return trimmed(standing, *trim)
    return trimmed(_on_feet(standing, body, options.feet, memory=memory), *trim)


def _finished(motion: GroundedMotion, body: Body, options: MotionOptions, *, memory: float) -> GroundedMotion:
    """Return a motion on the floor that loops, stays in place and has its sides swapped as the options say."""
    if options.loop != "off":
        motion = _loop(motion, body, options, memory=memory)
    motion = replace(motion, root=_root(motion, body, options.root))
    return swap_sides(motion) if options.swap_sides else motion


def _memory(motion: BodyMotion) -> float:
    """Return the seconds beyond which the camera outweighs the feet."""
    if not np.isfinite(motion.root).any():
        return FEET_ONLY
    return LOCATED if motion.located else MEMORY


def _on_floor(motion: BodyMotion, body: Body, options: MotionOptions) -> GroundedMotion:
    """Put a motion on the floor; with the root mode "horizontal" its lowest part never leaves it."""
    if options.root == "horizontal":
        path = ground(motion, body)
        path[:, 2] = resting_height(motion, body)
    else:
        path = ground(motion, body)
    return GroundedMotion(
        time=motion.time,
        rotations=motion.rotations,
        root=path,
        shape=motion.shape,
        confidence=motion.confidence,
        expressions=motion.expressions,
        eyes=motion.eyes,
        standing=body.rest[INDEX["Hips"]],
    )


def _loop(motion: GroundedMotion, body: Body, options: MotionOptions, *, memory: float) -> GroundedMotion:
    """Make a loop of the motion, with feet locked across the seam as well."""
    motion = looped(motion, blend=options.loop_blend)
    if options.feet == "off":
        return motion
    long, once = repeated(motion)
    found = _on_feet(long, body, options.feet, memory=memory)
    # Both ends were locked among the same steps, apart from the distant ends of the context.
    return looped(cut_frames(found, once.start, once.stop - 1), blend=options.loop_blend)


def _on_feet(motion: GroundedMotion, body: Body, mode: FeetMode, *, memory: float) -> GroundedMotion:
    """Let the standing feet carry the motion, and lock them in place."""
    if mode == "off":
        return motion
    path, seen = motion.root, motion.confidence.max(axis=1) > 0.0
    # Each corrected path gives better contacts, so this runs twice. Only feet that clearly stand may carry ("auto"):
    # a foot that is being moved would drag the hips half of its way along.
    for _ in range(2):
        soles = PosedSoles.of(body, motion.rotations, path)
        contacts = find_contacts(motion.time, soles, "auto").only(seen)
        path = path_on_feet(motion.time, path, soles, contacts, memory=memory)
    contacts = find_contacts(motion.time, PosedSoles.of(body, motion.rotations, path), mode).only(seen)
    rotations, path = planted(motion.time, motion.rotations, path, body, contacts)
    return replace(motion, rotations=rotations, root=path)


def _root(motion: GroundedMotion, body: Body, mode: RootMode) -> Array:
    if mode != "in-place" or not len(motion.root):
        return motion.root
    start = body.rest[INDEX["Hips"], :2]
    return np.column_stack([np.broadcast_to(start, (len(motion.root), 2)), motion.root[:, 2]])
