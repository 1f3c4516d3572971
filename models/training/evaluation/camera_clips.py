# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips of several cameras, solved as users do, from the first camera alone and from all of them, and scored."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ....pipeline.errors import CamerasApart, CamerasUnclear
from ....pipeline.landmarks.settings import HolisticSettings
from ....pipeline.solve.cameras.capture import capture_cameras
from ....pipeline.solve.cameras.finding import find_cameras
from ....pipeline.solve.cameras.solving import solve_cameras
from ....pipeline.solve.one_view import SolvedTake, solve_view
from ....pipeline.sources import open_source
from ....pipeline.takes.file import store_cameras
from ....pipeline.takes.geometry import CameraGeometry
from ....pipeline.takes.take import Take
from ...body.model import neutral_body
from ..scenes.several import LETTERS
from .camera_scores import BodyScore, CameraScore, Filmed, body_score, camera_scores, owners
from .camera_sides import SidesScore, score_sides
from .clip_takes import EVERYONE
from .people_scores import NOBODY

TAKE: Final = "cameras.take"
"""Name of the take of all cameras of a clip."""


@dataclass(frozen=True)
class ClipScore:
    """How a clip of several cameras is solved.

    Attributes:
        kind: what it shows.
        people: number of people in it.
        matched: how many of them are the same person in all cameras.
        cameras: how well each was found; empty if they were not.
        one: each person solved from the first camera alone.
        several: likewise from all cameras; empty if they were not found.
        sides: exchanged sides of the only person in each camera; empty if there are several people.
        said: what the user is told.
    """

    kind: str
    people: int
    matched: int
    cameras: tuple[CameraScore, ...]
    one: tuple[BodyScore, ...]
    several: tuple[BodyScore, ...]
    sides: tuple[SidesScore, ...]
    said: str

    @property
    def summary(self) -> str:
        """The mean over people in a few words."""
        one, several = (
            np.mean([body.limbs for body in found]) if found else np.nan for found in (self.one, self.several)
        )
        return f"limbs {one:.1f} degrees from one camera, {several:.1f} from all. {self.said}"


def captured_cameras(folder: Path, take: str = TAKE, *, letters: str = LETTERS) -> tuple[Path, str]:
    """Capture the videos of a clip, those of some cameras if said; returns the take, and what is warned of."""
    videos = [folder / f"{letter}.mp4" for letter in letters if (folder / f"{letter}.mp4").exists()]
    people = EVERYONE if len(Filmed.read(folder).cameras.body) > 1 else 1
    with ExitStack() as sources:
        opened = [sources.enter_context(open_source(video)) for video in videos]
        made = capture_cameras(opened, folder / take, settings=HolisticSettings(people=people), force=True)
    return folder / take, " ".join(made.warnings)


def score_clip(
    folder: Path, take: Path, *, letters: str = LETTERS, warned: str = "", cameras_of: Path | None = None
) -> ClipScore:
    """Find the cameras of a take and score them and the people, with those cameras and with the first one alone.

    Args:
        folder: of the clip, with its truth.
        take: of its cameras.
        letters: those that are in the take, the first one among them.
        warned: what the capture warned of.
        cameras_of: take of the same cameras, which are used again; found unless given.
    """
    filmed = Filmed.read(folder, letters)
    cameras: tuple[CameraGeometry, ...] = ()
    try:
        with Take.open(take) as opened:
            found = find_cameras(opened, cameras_of=cameras_of)
        cameras, quality = found.cameras, found.quality.summary
    except (CamerasApart, CamerasUnclear) as fault:
        quality = str(fault)
    store_cameras(take, cameras)
    with Take.open(take) as opened:
        numbers = {person: number for number, person in _owners(opened, filmed, 0).items() if person != NOBODY}
        people = sorted(numbers)
        one = [solve_view(opened, numbers[person], calibrated=False) for person in people]
        several = [solve_cameras(opened, numbers[person], calibrated=False) for person in people] if cameras else []
        matched = _matched(opened, filmed, cameras)
        sides = score_sides(opened, filmed, cameras) if cameras else ()
    return ClipScore(
        kind=filmed.cameras.kind,
        people=len(filmed.cameras.body),
        matched=matched,
        cameras=camera_scores(cameras, filmed),
        one=tuple(scored(each, filmed, person) for each, person in zip(one, people, strict=True)),
        several=tuple(scored(each, filmed, person) for each, person in zip(several, people, strict=False)),
        sides=sides,
        said=" ".join(filter(None, (warned, quality))),
    )


def scored(solved: SolvedTake, filmed: Filmed, person: int) -> BodyScore:
    """Score what was solved of a person: with the body that was found to be theirs, else with the neutral one."""
    if solved.performer is None:
        return body_score(solved.motion, neutral_body(), filmed, person)
    return body_score(solved.motion, solved.performer.body, filmed, person, scale=solved.scale)


def _owners(take: Take, filmed: Filmed, camera: int) -> dict[int, int]:
    """Return which person of the truth each number in a camera of a take is."""
    seen = take.camera(camera)
    images = np.stack([seen.track(person=number, as_found=True).pose_image for number in seen.people])
    return dict(zip(seen.people, owners(images, filmed.views[camera]), strict=True))


def _matched(take: Take, filmed: Filmed, found: Sequence[CameraGeometry]) -> int:
    """Return how many people are themselves in all cameras that were found."""
    first = _owners(take, filmed, 0)
    right = {person for person in first.values() if person != NOBODY and found}
    for camera, geometry in enumerate(found):
        own = _owners(take, filmed, camera)
        for number, other in zip(take.people, geometry.people, strict=False):
            if other != NOBODY and own.get(other) != first[number]:
                right.discard(first[number])
    return len(right)
