# SPDX-License-Identifier: GPL-3.0-or-later
"""The data sets of the lifter, in one folder with the results of the training.

    bank.npz         poses of motion capture; motion.npz: all of its frames
    people/          dressed bodies
    pairs/           training pairs, in shards; clips/: training clips of successive frames
    held_captured/   held-out motion and people; held_mixed/: the same people in all kinds of poses
    clips_held/      clips of held-out motion and people
    characters/      characters by other artists in keyframed poses; clips_characters/: in keyframed motion
    offsets.npy      positions of BlazePose's points on the body
    run/             checkpoint, log and plot of the training
    lifter.onnx      the result

Every step resumes where it was interrupted, and does nothing if it is complete.
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
from .pairs.clips import ClipGenerator, Clips, ClipSettings
from .pairs.clips import read as read_clips
from .pairs.pairs import PairGenerator, Pairs, PairSettings, PersonPool
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
Subjects = Literal["people", "held out", "characters"]
_SEEDS: Final[dict[Subjects, int]] = {"people": 0, "held out": 1, "characters": 2}
_CLIPS_OF: Final[dict[Subjects, dict[str, bool]]] = {
    "people": {"held_out": False},
    "held out": {"held_out": True},
    "characters": {"keyframed": True},
}
_ALL_CAPTURED: Final = (0.0, 1.0, 0.0)
_CLIP_MIXTURE: Final = (0.4, 0.6, 0.0)


def held_out_people(count: int) -> tuple[int, ...]:
    """Return the numbers of the people who are only used for tests, out of `count`: four, or fewer if there are few."""
    return (22, 23, 24, 25) if count > 26 else tuple(range(count - max(1, count // 6), count))


@dataclass(frozen=True)
class DatasetSettings:
    """Size and contents of the data sets; stored in the lifter's file.

    Attributes:
        people: number of dressed bodies.
        held_out_people: numbers of those that are only used for tests.
        shards: number of shards of training pairs, `pairs.PER_SHARD` each.
        test_shards: number of shards of each kind of held-out pairs.
        clip_shards: number of shards of training clips, `clips.PER_SHARD` each.
        test_clip_shards: number of shards of each kind of held-out clips.
        mixture: proportions of `poses.KINDS`.
        model: the pose network.
        seed: random seed of everything but the people's bodies.
        people_seed: random seed of the people's bodies.
        processes: number of processes that generate shards.
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
class SourceData:
    """The sources of the data sets: a folder of motion capture, and one of characters by other artists.

    Without characters there are no tests on them.
    """

    motion: Path
    characters: Path | None = None


@dataclass(frozen=True)
class DatasetSpec:
    """One data set: a folder of shards.

    Attributes:
        folder: the folder of the shards.
        numbers: the numbers of the shards.
        subjects: the people in the pictures.
        mixture: proportions of the kinds of poses; for clips, the first is the share that is not motion capture.
        clips: whether the shards have clips instead of pairs.
    """

    folder: Path
    numbers: range
    subjects: Subjects
    mixture: tuple[float, float, float]
    clips: bool = False


def make_datasets(folder: Path, sources: SourceData, settings: DatasetSettings) -> Iterator[str]:
    """Make all data sets for training and tests; yields a short message for the user after every step.

    Args:
        folder: folder of the data sets; its contents are described at the top of this module.
        sources: what the data sets are made from.
        settings: size and contents of the data sets.

    Raises:
        MotionMissing, ModelMissing: motion capture or networks are missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "bank.npz").exists():
        motion_capture.make_bank(sources.motion, folder / "bank.npz")
        yield "motion capture solved"
    for person in make_all(folder / "people", count=settings.people, seed=settings.people_seed):
        yield f"{person.stem} dressed"
    if settings.clip_shards and not (folder / "motion.npz").exists():
        motion_capture.make_motion(sources.motion, folder / "motion.npz")
        yield "movement solved"
    for spec in dataset_specs(folder, settings, sources):
        yield from _generate(folder, spec, settings, sources)
    if not (folder / "offsets.npy").exists():
        offsets = landmark_offsets.measure_offsets(paired.read(folder / "pairs"), read_people(folder))
        np.save(folder / "offsets.npy", offsets)
        yield "BlazePose's conventions measured"


def dataset_specs(folder: Path, settings: DatasetSettings, sources: SourceData) -> list[DatasetSpec]:
    """Return all data sets, tests first, so that training can start and be evaluated while pairs are still added."""
    tests, clips = settings.test_shards, settings.test_clip_shards
    specs = [
        DatasetSpec(folder / "held_captured", range(tests), "held out", _ALL_CAPTURED),
        DatasetSpec(folder / "held_mixed", range(100, 100 + tests), "held out", settings.mixture),
        DatasetSpec(folder / "characters", range(200, 200 + tests), "characters", _ALL_CAPTURED),
        DatasetSpec(folder / "clips_held", range(clips), "held out", _ALL_CAPTURED, clips=True),
        DatasetSpec(folder / "clips_characters", range(200, 200 + clips), "characters", _ALL_CAPTURED, clips=True),
        DatasetSpec(folder / "clips", range(settings.clip_shards), "people", _CLIP_MIXTURE, clips=True),
        DatasetSpec(folder / "pairs", range(settings.shards), "people", settings.mixture),
    ]
    shown = [spec for spec in specs if spec.subjects != "characters" or sources.characters is not None]
    return [spec for spec in shown if settings.clip_shards or not spec.clips]


def read_people(folder: Path) -> list[Person]:
    """Read the dressed people in a folder of data sets, in order of their numbers."""
    return [read_person(path) for path in sorted((folder / "people").glob("person_*.npz"))]


def read_test_clips(
    folder: Path, sources: SourceData, settings: DatasetSettings
) -> dict[str, tuple[Clips, Sequence[Person]]]:
    """Read the test clips by name, with the people in them."""
    tests: dict[str, tuple[Clips, Sequence[Person]]] = {
        CLIPS: (read_clips(folder / "clips_held"), _held_out(folder, settings))
    }
    if sources.characters is not None:
        shown = read_clips(folder / "clips_characters"), _characters(sources.characters)
        tests[CLIPS_OF_OTHERS] = shown
    return tests


def read_test_pairs(
    folder: Path, sources: SourceData, settings: DatasetSettings
) -> dict[str, tuple[Pairs, Sequence[Person]]]:
    """Read the test pairs by name, with the people in them."""
    people = _held_out(folder, settings)
    tests: dict[str, tuple[Pairs, Sequence[Person]]] = {
        CAPTURED: (paired.read(folder / "held_captured"), people),
        HELD_OUT: (paired.read(folder / "held_mixed"), people),
    }
    if sources.characters is not None:
        tests[OTHERS] = (paired.read(folder / "characters"), _characters(sources.characters))
    return tests


def read_offsets(folder: Path) -> NDArray[np.float64]:
    """Read the offsets (33, 3) of BlazePose's points in metres; see `landmark_offsets`.

    Raises:
        PairsMissing: the folder has no data sets.
    """
    if not (folder / "offsets.npy").is_file():
        raise PairsMissing(f"The folder “{folder}” contains no data sets: make them with `mimic train`.")
    return np.asarray(np.load(folder / "offsets.npy"), dtype=float)


def make_generator(
    folder: Path, spec: DatasetSpec, settings: DatasetSettings, sources: SourceData
) -> PairGenerator | ClipGenerator:
    """Return the generator of a data set's shards."""
    pool = person_pool(folder, spec.subjects, settings, sources)
    seed = settings.seed + _SEEDS[spec.subjects]
    if spec.clips:
        motion = motion_capture.read_motion(folder / "motion.npz")
        chosen = motion.chosen(**_CLIPS_OF[spec.subjects])
        clip_settings = ClipSettings(motion, chosen, ordinary=spec.mixture[0], model=settings.model, seed=seed)
        return ClipGenerator(pool, clip_settings)
    bank = motion_capture.read_bank(folder / "bank.npz")
    captured = bank.keyframed() if spec.subjects == "characters" else bank.split(held_out=spec.subjects == "held out")
    return PairGenerator(pool, PairSettings(captured, mixture=spec.mixture, model=settings.model, seed=seed))


def person_pool(folder: Path, subjects: Subjects, settings: DatasetSettings, sources: SourceData) -> PersonPool:
    """Return the people for a data set; held-out people and characters have numbers of their own."""
    if subjects == "characters" and sources.characters is not None:
        people = tuple(_characters(sources.characters))
        return PersonPool(people, tuple(range(len(people))), tuple(characters.fit(one) for one in people))
    if subjects == "held out":
        people = tuple(_held_out(folder, settings))
        return PersonPool(people, tuple(range(len(people))))
    people = tuple(read_people(folder))
    return PersonPool(people, tuple(number for number in range(len(people)) if number not in settings.held_out_people))


def _held_out(folder: Path, settings: DatasetSettings) -> list[Person]:
    people = read_people(folder)
    return [people[number] for number in settings.held_out_people]


def _characters(folder: Path) -> list[Person]:
    files = [*sorted(folder.glob("makehuman_mixamo_CC0/*.glb")), *sorted(folder.glob("mesh2motion/human-*ale.glb"))]
    return [characters.read(file) for file in files]


def _generate(folder: Path, spec: DatasetSpec, settings: DatasetSettings, sources: SourceData) -> Iterator[str]:
    missing = [n for n in spec.numbers if not (spec.folder / f"shard_{n:05d}.npz").exists()]
    what = "frames of clips" if spec.clips else "pairs"
    if settings.processes == 1 or len(missing) < settings.processes:
        if missing:
            generator = make_generator(folder, spec, settings, sources)
            for path, count in paired.write_shards(spec.folder, generator, missing):
                yield f"{spec.folder.name}/{path.stem}: {count} {what}"
        return
    parts = [missing[i :: settings.processes] for i in range(settings.processes)]
    with ProcessPoolExecutor(settings.processes, mp_context=get_context("spawn")) as pool:
        for count in pool.map(partial(_generate_part, folder, spec, settings, sources), parts):
            yield f"{spec.folder.name}: {count} {what}"


def _generate_part(
    folder: Path, spec: DatasetSpec, settings: DatasetSettings, sources: SourceData, numbers: list[int]
) -> int:
    generator = make_generator(folder, spec, settings, sources)
    return sum(count for _, count in paired.write_shards(spec.folder, generator, numbers))
