# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything from motion capture to a lifter, in one folder: what `mimic lifter train` and `evaluate` call.

    bank.npz         poses of motion capture; motion.npz all of its frames
    people/          dressed bodies
    pairs/           what is trained on, in shards; clips/ likewise, frame after frame
    held_captured/   motion and people that nothing is trained on; held_mixed/ the same people in all kinds of poses
    clips_held/      clips of motion and people that nothing is trained on
    characters/      characters of other makers in keyframed poses; clips_characters/ in keyframed movement
    offsets.npy      where BlazePose's points lie on the body
    run/             checkpoint, log and plot of the training
    lifter.onnx      the result

Every step goes on where it was broken off, and does nothing where it is done.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ...pipeline.landmarks.settings import Model
from .errors import PairsMissing
from .pairs import landmark_offsets
from .pairs import pairs as paired
from .pairs.clips import ClipRecipe, Clips, ClipStudio
from .pairs.clips import read as read_clips
from .pairs.pairs import Cast, Pairs, Recipe, Studio
from .pictures import characters
from .pictures.people import Person, make_all
from .pictures.people import read as read_person
from .poses import motion_capture

RUN: Final = "run"
LIFTER: Final = "lifter.onnx"
RUN_CLEAN: Final = "run_clean"
LIFTER_CLEAN: Final = "lifter_clean.onnx"
HELD_OUT: Final = "held-out people, all kinds of poses"
CAPTURED: Final = "held-out motion and people"
OTHERS: Final = "characters of other makers"
CLIPS: Final = f"clips of {CAPTURED}"
CLIPS_OF_OTHERS: Final = f"clips of {OTHERS}"
Who = Literal["people", "held out", "characters"]
_SEEDS: Final[dict[Who, int]] = {"people": 0, "held out": 1, "characters": 2}
_SHOWN: Final[dict[Who, dict[str, bool]]] = {
    "people": {"held_out": False},
    "held out": {"held_out": True},
    "characters": {"keyframed": True},
}
_CAPTURED: Final = (0.0, 1.0, 0.0)
_MOVING: Final = (0.4, 0.6, 0.0)


def held_out_people(count: int) -> tuple[int, ...]:
    """Numbers of those of so many people who are for tests only: four of them, or one where there are few."""
    return (22, 23, 24, 25) if count > 26 else tuple(range(count - max(1, count // 6), count))


@dataclass(frozen=True)
class Order:
    """What to make.

    Attributes:
        people: how many dressed bodies, and `held_out_people` the numbers of those that are for tests only.
        shards: of training pairs, `pairs.PER_SHARD` each; `test_shards` of each kind of held-out pairs.
        clip_shards: of training clips, `clips.PER_SHARD` each; `test_clip_shards` of each kind of held-out clips.
        mixture: how often each of `poses.KINDS` is drawn.
        model: the pose network.
        seed: of all chance but what people look like, which `people_seed` draws.
        processes: how many make pairs at once.
    """

    people: int = 40
    held_out_people: tuple[int, ...] = held_out_people(40)
    shards: int = 400
    test_shards: int = 5
    clip_shards: int = 75
    test_clip_shards: int = 9
    mixture: tuple[float, float, float] = (0.55, 0.3, 0.15)
    model: Model = "full"
    seed: int = 1
    people_seed: int = 7
    processes: int = 1


@dataclass(frozen=True)
class Sources:
    """What is not made here: folders `mocap` and `rigs` of the shared data. Without rigs, one test less."""

    motion: Path
    rigs: Path | None = None


@dataclass(frozen=True)
class Job:
    """One folder to be made.

    Attributes:
        folder: to make it in.
        numbers: of the shards.
        who: is shown.
        mixture: of the kinds of poses; of clips, the first says what part of them is no motion capture.
        clips: whether clips are made, not pairs.
    """

    folder: Path
    numbers: range
    who: Who
    mixture: tuple[float, float, float]
    clips: bool = False


def make_material(folder: Path, sources: Sources, order: Order) -> Iterator[str]:
    """Make all that training needs; yields a few words after every step.

    Args:
        folder: the workshop.
        sources: what it is made from.
        order: what to make.

    Raises:
        MotionMissing, ModelMissing: what is needed is not there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "bank.npz").exists():
        motion_capture.make_bank(sources.motion, folder / "bank.npz")
        yield "motion capture solved"
    for person in make_all(folder / "people", count=order.people, seed=order.people_seed):
        yield f"{person.stem} dressed"
    if order.clip_shards and not (folder / "motion.npz").exists():
        motion_capture.make_motion(sources.motion, folder / "motion.npz")
        yield "movement solved"
    for job in jobs(folder, order, sources):
        yield from _make(folder, job, order, sources)
    if not (folder / "offsets.npy").exists():
        offsets = landmark_offsets.measure(paired.read(folder / "pairs"), read_people(folder))
        np.save(folder / "offsets.npy", offsets)
        yield "BlazePose's conventions measured"


def jobs(folder: Path, order: Order, sources: Sources) -> list[Job]:
    """What is to be made, tests first: training can begin, and be watched, while there are more and more pairs."""
    tests, clips = order.test_shards, order.test_clip_shards
    every = [
        Job(folder / "held_captured", range(tests), "held out", _CAPTURED),
        Job(folder / "held_mixed", range(100, 100 + tests), "held out", order.mixture),
        Job(folder / "characters", range(200, 200 + tests), "characters", _CAPTURED),
        Job(folder / "clips_held", range(clips), "held out", _CAPTURED, clips=True),
        Job(folder / "clips_characters", range(200, 200 + clips), "characters", _CAPTURED, clips=True),
        Job(folder / "clips", range(order.clip_shards), "people", _MOVING, clips=True),
        Job(folder / "pairs", range(order.shards), "people", order.mixture),
    ]
    shown = [job for job in every if job.who != "characters" or sources.rigs is not None]
    return [job for job in shown if order.clip_shards or not job.clips]


def read_people(folder: Path) -> list[Person]:
    """All people of a workshop, by number."""
    return [read_person(path) for path in sorted((folder / "people").glob("person_*.npz"))]


def read_clip_tests(folder: Path, sources: Sources, order: Order) -> dict[str, tuple[Clips, Sequence[Person]]]:
    """The clips of the tests by name, with the people that they show."""
    tests: dict[str, tuple[Clips, Sequence[Person]]] = {
        CLIPS: (read_clips(folder / "clips_held"), _held_out(folder, order))
    }
    if sources.rigs is not None:
        shown = read_clips(folder / "clips_characters"), _characters(sources.rigs)
        tests[CLIPS_OF_OTHERS] = shown
    return tests


def read_tests(folder: Path, sources: Sources, order: Order) -> dict[str, tuple[Pairs, Sequence[Person]]]:
    """The pairs of the tests by name, with the people that they show."""
    people = _held_out(folder, order)
    tests: dict[str, tuple[Pairs, Sequence[Person]]] = {
        CAPTURED: (paired.read(folder / "held_captured"), people),
        HELD_OUT: (paired.read(folder / "held_mixed"), people),
    }
    if sources.rigs is not None:
        tests[OTHERS] = (paired.read(folder / "characters"), _characters(sources.rigs))
    return tests


def read_offsets(folder: Path) -> NDArray[np.float64]:
    """Where BlazePose's points lie, see `landmark_offsets`.

    Raises:
        PairsMissing: nothing has been measured in this workshop yet.
    """
    if not (folder / "offsets.npy").is_file():
        raise PairsMissing(f"The folder “{folder}” is no workshop yet: let `mimic lifter train` make one.")
    return np.asarray(np.load(folder / "offsets.npy"), dtype=float)


def studio(folder: Path, job: Job, order: Order, sources: Sources) -> Studio | ClipStudio:
    """The studio in which the pairs or the clips of a job are made."""
    cast = cast_of(folder, job.who, order, sources)
    seed = order.seed + _SEEDS[job.who]
    if job.clips:
        motion = motion_capture.read_motion(folder / "motion.npz")
        chosen = motion.chosen(**_SHOWN[job.who])
        return ClipStudio(cast, ClipRecipe(motion, chosen, ordinary=job.mixture[0], model=order.model, seed=seed))
    bank = motion_capture.read_bank(folder / "bank.npz")
    captured = bank.keyframed() if job.who == "characters" else bank.split(held_out=job.who == "held out")
    return Studio(cast, Recipe(captured, mixture=job.mixture, model=order.model, seed=seed))


def cast_of(folder: Path, who: Who, order: Order, sources: Sources) -> Cast:
    """Who may be drawn: people by their numbers, those of the tests and characters by their places among themselves."""
    if who == "characters" and sources.rigs is not None:
        people = tuple(_characters(sources.rigs))
        return Cast(people, tuple(range(len(people))), tuple(characters.fit(one) for one in people))
    if who == "held out":
        people = tuple(_held_out(folder, order))
        return Cast(people, tuple(range(len(people))))
    people = tuple(read_people(folder))
    return Cast(people, tuple(number for number in range(len(people)) if number not in order.held_out_people))


def _held_out(folder: Path, order: Order) -> list[Person]:
    people = read_people(folder)
    return [people[number] for number in order.held_out_people]


def _characters(rigs: Path) -> list[Person]:
    files = [*sorted(rigs.glob("makehuman_mixamo_CC0/*.glb")), *sorted(rigs.glob("mesh2motion/human-*ale.glb"))]
    return [characters.read(file) for file in files]


def _make(folder: Path, job: Job, order: Order, sources: Sources) -> Iterator[str]:
    missing = [n for n in job.numbers if not (job.folder / f"shard_{n:05d}.npz").exists()]
    what = "frames of clips" if job.clips else "pairs"
    if order.processes == 1 or len(missing) < order.processes:
        made = paired.make(job.folder, studio(folder, job, order, sources), missing) if missing else iter(())
        for path, count in made:
            yield f"{job.folder.name}/{path.stem}: {count} {what}"
        return
    parts = [missing[i :: order.processes] for i in range(order.processes)]
    with ProcessPoolExecutor(order.processes, mp_context=get_context("spawn")) as pool:
        for count in pool.map(partial(_make_part, folder, job, order, sources), parts):
            yield f"{job.folder.name}: {count} {what}"


def _make_part(folder: Path, job: Job, order: Order, sources: Sources, numbers: list[int]) -> int:
    return sum(count for _, count in paired.make(job.folder, studio(folder, job, order, sources), numbers))
