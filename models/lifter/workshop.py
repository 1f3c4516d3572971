# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything from motion capture to a lifter, in one folder: what `mimic lifter train` and `evaluate` call.

    bank.npz         poses of motion capture
    people/          dressed bodies
    pairs/           what is trained on, in shards
    held_captured/   motion and people that nothing is trained on; held_mixed/ the same people in all kinds of poses
    characters/      characters of other makers in keyframed poses
    offsets.npy      where BlazePose's points lie on the body
    run/             checkpoint, log and plot of the training
    lifter.onnx      the result

Every step goes on where it was broken off, and does nothing where it is done.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from ...pipeline.settings import Model
from . import characters, conventions, motion_capture
from . import pairs as paired
from .pairs import Pairs, Recipe, Studio
from .people import Person, make_all
from .people import read as read_person

RUN: Final = "run"
LIFTER: Final = "lifter.onnx"
HELD_OUT: Final = "held-out people, all kinds of poses"
_CAPTURED: Final = (0.0, 1.0, 0.0)


@dataclass(frozen=True)
class Order:
    """What to make.

    Attributes:
        people: how many dressed bodies, and `held_out_people` how many of them, the last, are for tests only.
        shards: of training pairs, `pairs.PER_SHARD` each; `test_shards` of each kind of held-out pairs.
        mixture: how often each of `poses.KINDS` is drawn.
        model: the pose network.
        seed: of all chance but what people look like, which `people_seed` draws.
        processes: how many make pairs at once.
    """

    people: int = 26
    held_out_people: int = 4
    shards: int = 400
    test_shards: int = 5
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
    """One folder of pairs to be made: which shards, of which poses, and of whom."""

    folder: Path
    numbers: range
    who: Literal["people", "held out", "characters"]
    mixture: tuple[float, float, float]


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
    jobs = [
        Job(folder / "held_captured", range(order.test_shards), "held out", _CAPTURED),
        Job(folder / "held_mixed", range(100, 100 + order.test_shards), "held out", order.mixture),
        Job(folder / "characters", range(200, 200 + order.test_shards), "characters", _CAPTURED),
        Job(folder / "pairs", range(order.shards), "people", order.mixture),
    ]
    if sources.rigs is None:
        jobs = [job for job in jobs if job.who != "characters"]
    for job in jobs:
        yield from _make_pairs(folder, job, order, sources)
    if not (folder / "offsets.npy").exists():
        offsets = conventions.measure(paired.read(folder / "pairs"), read_people(folder))
        np.save(folder / "offsets.npy", offsets)
        yield "BlazePose's conventions measured"


def read_people(folder: Path) -> list[Person]:
    """All people of a workshop, by number."""
    return [read_person(path) for path in sorted((folder / "people").glob("person_*.npz"))]


def read_tests(folder: Path, sources: Sources, order: Order) -> dict[str, tuple[Pairs, Sequence[Person]]]:
    """The pairs of the tests by name, with the people that they show."""
    people = read_people(folder)[-order.held_out_people :]
    tests: dict[str, tuple[Pairs, Sequence[Person]]] = {
        "held-out motion and people": (paired.read(folder / "held_captured"), people),
        HELD_OUT: (paired.read(folder / "held_mixed"), people),
    }
    if sources.rigs is not None:
        tests["characters of other makers"] = (paired.read(folder / "characters"), _characters(sources.rigs))
    return tests


def read_offsets(folder: Path) -> NDArray[np.float64]:
    """Where BlazePose's points lie, see `conventions`."""
    return np.asarray(np.load(folder / "offsets.npy"), dtype=float)


def studio(folder: Path, job: Job, order: Order, sources: Sources) -> Studio:
    """The studio in which the pairs of a job are made."""
    bank = motion_capture.read_bank(folder / "bank.npz")
    seeds = {"people": order.seed, "held out": order.seed + 1, "characters": order.seed + 2}
    recipe = Recipe(bank.split(held_out=False), mixture=job.mixture, model=order.model, seed=seeds[job.who])
    if job.who == "characters" and sources.rigs is not None:
        cast = _characters(sources.rigs)
        return Studio(cast, replace(recipe, captured=bank.keyframed()), fits=[characters.fit(one) for one in cast])
    people = read_people(folder)
    if job.who == "people":
        return Studio(people[: -order.held_out_people], recipe)
    return Studio(people[-order.held_out_people :], replace(recipe, captured=bank.split(held_out=True)))


def _characters(rigs: Path) -> list[Person]:
    files = [*sorted(rigs.glob("makehuman_mixamo_CC0/*.glb")), *sorted(rigs.glob("mesh2motion/human-*ale.glb"))]
    return [characters.read(file) for file in files]


def _make_pairs(folder: Path, job: Job, order: Order, sources: Sources) -> Iterator[str]:
    missing = [n for n in job.numbers if not (job.folder / f"shard_{n:05d}.npz").exists()]
    if order.processes == 1 or len(missing) < order.processes:
        made = paired.make(job.folder, studio(folder, job, order, sources), missing) if missing else iter(())
        for path, count in made:
            yield f"{job.folder.name}/{path.stem}: {count} pairs"
        return
    parts = [missing[i :: order.processes] for i in range(order.processes)]
    with ProcessPoolExecutor(order.processes, mp_context=get_context("spawn")) as pool:
        for count in pool.map(partial(_make_part, folder, job, order, sources), parts):
            yield f"{job.folder.name}: {count} pairs"


def _make_part(folder: Path, job: Job, order: Order, sources: Sources, numbers: list[int]) -> int:
    return sum(count for _, count in paired.make(job.folder, studio(folder, job, order, sources), numbers))
