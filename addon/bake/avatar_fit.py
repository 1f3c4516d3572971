# SPDX-License-Identifier: GPL-3.0-or-later
"""An avatar of a take's performer: with their proportions, doing what they did. Other characters stay as they are."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import bpy
import numpy as np

from ...errors import MimicError
from ...models.body.joints import INDEX
from ...pipeline.solve.cameras.fitting.performer import Performer
from ...pipeline.solve.cameras.refine import performer_in
from ...pipeline.solve.cameras.views import view_of
from ...pipeline.takes.take import Take
from .. import stage
from ..character.avatar import add_avatar, built_in
from ..character.avatar_shape import shaped
from ..character.files import character_of
from ..errors import NoPerformer
from ..jobs import Job, Progress
from ..properties import settings_of
from ..runtime import runtime
from ..stage import object_called
from ..windows import push_undo
from .options import SolveOptions
from .requests import BakeSettings, SolvedPeople, apply_bake, chosen_of, solved_of
from .scene_characters import remove_avatar

_CROWN: Final = INDEX["Head"]


@dataclass(frozen=True)
class FitRequest:
    """A take whose performer an avatar is to be fitted to.

    Attributes:
        take: the take.
        settings: how it is baked; `only` says which performer, the first one unless given.
        before: name of the character that followed the take until now, whose place the avatar takes; empty for none.
    """

    take: Path
    settings: BakeSettings
    before: str = ""


def fit_avatar_job(request: FitRequest) -> Job[SolvedPeople]:
    """Solve a take beside Blender, then add an avatar of its performer that does what they did."""

    def work(_progress: Progress) -> SolvedPeople:
        return performer_of(request)

    def finish(solved: SolvedPeople) -> None:
        said = add_performer(request, solved)
        runtime().notices.set_info("bake", f"{said} {runtime().notices.info('bake')}")
        push_undo("Fit Avatar To Performer")

    return Job("Solving {name}", work, finish, name=request.take.stem)


def performer_of(request: FitRequest) -> SolvedPeople:
    """Solve a take for the performer an avatar is fitted to. Touches nothing of Blender's.

    Raises:
        PersonMissing, TakeCorrupt, TakeTooNew, LifterMissing.
        NoPerformer: nothing tells their proportions.
    """
    settings = replace(request.settings, only=request.settings.only or 0)
    solved = chosen_of(solved_of(request.take, settings.solve_options), settings)
    (person,) = solved.people
    if person.performer is None:
        person = replace(person, performer=_seen_by_one(request.take, person.person, settings.solve_options))
    else:
        # Of several people, paths are as long as they were filmed; this one goes alone, on legs of their own.
        longer = person.scale / person.performer.scale
        motion = replace(person.motion, root=longer * person.motion.root)
        person = replace(person, motion=motion, scale=person.performer.scale)
    return replace(solved, people=(person,))


def _seen_by_one(take: Path, person: int, options: SolveOptions) -> Performer:
    """Return the performer as the first camera alone shows them: proportions, and the size of an ordinary adult.

    Raises:
        NoPerformer: they are never seen well.
    """
    with Take.open(take) as opened:
        view = view_of(opened, person, solver=options.solver, sides=options.sides, field_of_view=None)
    if not np.isfinite(view.motion.root).all(axis=1).any():
        raise NoPerformer(
            f"Nothing tells the proportions of the performer of “{take.stem}”, who is never seen whole: film the whole "
            "body, or bake onto an ordinary avatar."
        )
    return performer_in(view)


def add_performer(request: FitRequest, solved: SolvedPeople) -> str:
    """Add an avatar of a performer and key what they did on it; return what was done, in a sentence.

    Raises:
        MimicError: the motion cannot be keyed; then there is no new avatar.
    """
    performer = solved.people[0].performer
    if performer is None:
        raise NoPerformer(f"Nothing tells the proportions of the performer of “{request.take.stem}”.")
    before = object_called(request.before) if request.before else None
    avatar = add_avatar(
        stage.current_scene(), shaped(built_in(), performer.shape), name=f"Avatar of {request.take.stem}"
    )
    if before is not None:
        avatar.matrix_world = before.matrix_world
    stage.current_layer().update()
    try:
        apply_bake(solved, replace(request.settings, armatures=(avatar.name,)))
    except MimicError:
        remove_avatar(avatar)
        raise
    settings_of(stage.current_scene()).armature = avatar
    hidden = ""
    if before is not None and is_built_in(before) and _follows(before, request.take):
        shown = set(stage.current_layer().objects)
        for thing in character_of(before):
            if thing in shown:  # Blender hides nothing of a collection that is excluded.
                thing.hide_set(True)
            thing.hide_render = True
        hidden = f' in place of "{before.name}", which is hidden'
    return f'Added "{avatar.name}"{hidden}: {described(performer)}.'


def _follows(armature: bpy.types.Object, take: Path) -> bool:
    """Return whether a character does nothing, or what it does was baked from this take."""
    animated = armature.animation_data
    action = None if animated is None else animated.action
    return action is None or action.name.startswith(take.stem)


def described(performer: Performer) -> str:
    """Return how tall a performer is, and how long their limbs, in words."""
    rest, ends = performer.body.rest, performer.body.ends

    def along(*names: str) -> float:
        points = rest[[INDEX[name] for name in names]]
        return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())

    arm, leg = along("LeftArm", "LeftForeArm", "LeftHand"), along("LeftUpLeg", "LeftLeg", "LeftFoot")
    height = float(ends[_CROWN, 2])
    return (
        f"{height:.2f} m tall, arms of {100.0 * arm:.0f} cm to the wrists, legs of {100.0 * leg:.0f} cm to the ankles"
    )


def is_built_in(armature: bpy.types.Object) -> bool:
    """Return whether a character is one of Mimic's avatars, by the names of its bones."""
    data = armature.data
    return isinstance(data, bpy.types.Armature) and set(data.bones.keys()) == set(built_in().bone_names.tolist())
