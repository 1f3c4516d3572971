# SPDX-License-Identifier: GPL-3.0-or-later
"""The data sets of faces: many people to learn from, others to test with. Each is made once and kept as a file."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ...body.expressions import EXPRESSIONS
from ..errors import FacesMissing
from ..pictures.people import draw_phenotypes
from .heads import Head, anny_head
from .looks import Look, draw_look
from .mixtures import draw_mixture, single
from .pictures import FaceShots, Shot, collect, joined, read, take_all, write
from .rocketbox import rocketbox_head

LEARN, MIXTURES, SINGLES, OTHERS = "learn", "mixtures", "singles", "others"
TURNS: Final = (0.0, 15.0, 30.0)
"""Degrees by which heads are turned in tests, to either side."""
NEUTRALS: Final = 5
"""Pictures of each person without any expression, as a calibration would see them."""
_TILT: Final = 6.0
_ROLL: Final = 4.0


@dataclass(frozen=True)
class FaceSettings:
    """How much is made; the people of the tests are others than those to learn from.

    Attributes:
        shards: how many files of pictures to learn from.
        people: how many to learn from, in each shard.
        mixtures: pictures of each.
        test_people: how many to test with.
        test_mixtures: pictures of each, at each of `TURNS`.
        single_people: how many of these show each expression alone, at each of `TURNS`.
        looks: how often each head of another maker is painted anew.
        seed: of everything that is drawn.
    """

    shards: int = 2
    people: int = 100
    mixtures: int = 36
    test_people: int = 12
    test_mixtures: int = 36
    single_people: int = 6
    looks: int = 5
    seed: int = 0


People = list[tuple[Head, Look]]


def make_faces(
    folder: Path, settings: FaceSettings, characters: Path | None = None, *, learn: bool = True
) -> Iterator[str]:
    """Make the data sets that are missing in a folder; yields what was made.

    Args:
        folder: where they are kept.
        settings: how much is made.
        characters: folder of `*_facial.fbx` files of Rocketbox, for the test with another maker's heads.
        learn: also make the pictures to learn from, which are most of the work.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, (plan, number) in _plans(settings).items():
        learns = name.startswith(LEARN)
        path = folder / f"{name}.npz"
        if path.exists() or (learns and not learn):
            continue
        rng = np.random.default_rng((settings.seed, number))
        if name == OTHERS:
            people = other_people(settings, characters)
        else:
            people = anny_people(settings, shard=number - _FIRST_SHARD if learns else None)
        if not people:
            continue
        shots = collect(take_all(rng, people, plan(rng, settings, len(people))))
        write(shots, path)
        found = float(np.isfinite(shots.points[:, 0, 0]).mean())
        yield f"{name}: {len(shots)} pictures, a face found in {100.0 * found:.1f} % of them"


def read_tests(folder: Path) -> dict[str, FaceShots]:
    """Read the data sets for tests in a folder, by name; those that are missing are left out."""
    return {name: read(folder / f"{name}.npz") for name in _TESTS if (folder / f"{name}.npz").exists()}


def read_learning(folder: Path) -> FaceShots:
    """Read the shots to learn from; people of different shards have different numbers."""
    shards = [read(path) for path in sorted(folder.glob(f"{LEARN}_*.npz"))]
    if not shards:
        raise FacesMissing(f"“{folder}” has no faces to learn from: make them with `mimic train --faces`.")
    return joined(shards)


def anny_people(settings: FaceSettings, *, shard: int | None) -> People:
    """Draw the people of a shard to learn from, or, without one, those to test with."""
    part = 1 if shard is None else 2 * shard
    rng = np.random.default_rng((settings.seed, 1000 + part))
    count = settings.test_people if shard is None else settings.people
    return [
        (anny_head(rng, phenotype), draw_look(rng, man=phenotype["gender"]))
        for phenotype in draw_phenotypes(count, seed=settings.seed * 1000 + part)
    ]


def other_people(settings: FaceSettings, characters: Path | None) -> People:
    """Return the heads of Rocketbox in a folder, each painted anew several times; none without a folder."""
    files = sorted(characters.glob("*_facial.fbx")) if characters else []
    rng = np.random.default_rng((settings.seed, 1002))
    faces = [rocketbox_head(path) for path in files]
    men = [0.0 if path.name.startswith("Female") else 1.0 for path in files]
    return [
        (head, draw_look(rng, man=man)) for head, man in zip(faces, men, strict=True) for _ in range(settings.looks)
    ]


def neutral_shots(rng: np.random.Generator, people: int) -> Iterator[Shot]:
    """Yield shots of every person's neutral face, nearly frontal."""
    for person in range(people):
        for _ in range(NEUTRALS):
            yaw, pitch, roll = rng.normal(0.0, [5.0, 4.0, 2.0])
            yield Shot(person, np.zeros(len(EXPRESSIONS)), (yaw, pitch, roll))


def mixture_shots(rng: np.random.Generator, people: int, count: int) -> Iterator[Shot]:
    """Yield shots of mixtures, at `TURNS`."""
    for person in range(people):
        for turn in TURNS:
            for _ in range(count):
                yield Shot(person, draw_mixture(rng), _angles(rng, turn))


def single_shots(rng: np.random.Generator, people: int) -> Iterator[Shot]:
    """Yield shots in which each expression acts alone, and shots without any, at `TURNS`."""
    for person in range(people):
        for turn in TURNS:
            for name in EXPRESSIONS:
                yield Shot(person, single(name), _angles(rng, turn))
            for _ in range(NEUTRALS):
                yield Shot(person, np.zeros(len(EXPRESSIONS)), _angles(rng, turn))


def _learn(rng: np.random.Generator, settings: FaceSettings, people: int) -> Iterator[Shot]:
    yield from neutral_shots(rng, people)
    for person in range(people):
        for _ in range(settings.mixtures):
            yaw = rng.uniform(-40.0, 40.0)
            weaker = rng.choice([0.0, 1.0], p=[0.06, 0.94])
            angles = (yaw, rng.normal(0.0, 9.0), rng.normal(0.0, 6.0))
            yield Shot(person, weaker * draw_mixture(rng), angles)


def _mixtures(rng: np.random.Generator, settings: FaceSettings, people: int) -> Iterator[Shot]:
    yield from neutral_shots(rng, people)
    yield from mixture_shots(rng, people, settings.test_mixtures)


def _singles(rng: np.random.Generator, settings: FaceSettings, people: int) -> Iterator[Shot]:
    chosen = min(settings.single_people, people)
    yield from neutral_shots(rng, chosen)
    yield from single_shots(rng, chosen)


def _angles(rng: np.random.Generator, turn: float) -> tuple[float, float, float]:
    return float(turn * rng.choice([-1.0, 1.0])), float(rng.normal(0.0, _TILT)), float(rng.normal(0.0, _ROLL))


_Plan = Callable[[np.random.Generator, FaceSettings, int], Iterator[Shot]]

_TESTS: Final[dict[str, _Plan]] = {MIXTURES: _mixtures, SINGLES: _singles, OTHERS: _mixtures}
_FIRST_SHARD: Final = len(_TESTS)


def _plans(settings: FaceSettings) -> dict[str, tuple[_Plan, int]]:
    """Return what is made, in order, with the number from which it is drawn."""
    plans = {name: (plan, number) for number, (name, plan) in enumerate(_TESTS.items())}
    return plans | {f"{LEARN}_{shard}": (_learn, _FIRST_SHARD + shard) for shard in range(settings.shards)}
