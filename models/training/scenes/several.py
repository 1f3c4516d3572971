# SPDX-License-Identifier: GPL-3.0-or-later
"""One performance filmed by several cameras, whose clocks, lenses and places differ: plan, truth and videos."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...body import rotations as rot
from ..pictures.people import Person
from ..pictures.render import Renderer
from ..poses.motion_capture import Motion
from .actions import Performance
from .film import Actor, Box, Image, Plan, Staged, StoredTruth, Truth, placed, record, shot, true
from .room import Decor, furnished
from .tilted import TiltedCamera

Array = NDArray[np.float64]

LETTERS: Final = "abcdefgh"
"""Names of the cameras' files."""
_FINE: Final = 100.0
"""Poses per second of the performance, between which each camera's frames lie."""
_LIGHT: Final = np.array([0.25, -0.6, 0.9])
"""Direction to the light in the room."""


@dataclass(frozen=True)
class Eye:
    """One of several cameras that film a performance.

    Attributes:
        around: degrees around the performance from -Y, to the left of somebody who faces -Y.
        pitch: degrees by which it looks down.
        roll: degrees by which what it sees leans to the right.
        view: field of view in degrees along the longer side.
        size: width and height in pixels.
        fill: fraction of the picture that is filled by the people or the stage.
        stage: what fills the picture, instead of the people: least and greatest x, y and z in metres.
        rate: frames per second of its own clock.
        start: second of the performance at which it begins.
        pace: seconds of the performance for each second of its clock; not 1 if the clock drifts.
        seconds: length by its own clock; None for the rest of the performance.
        actors: who performs before it, if that is another performance; `()` for nobody.
        moved: second of its own clock at which it is put somewhere else, and `around` from then on.
        mirrored: its pictures are mirror images, as of some selfie cameras; the truth is that of the world.
    """

    around: float = 0.0
    pitch: float = 8.0
    roll: float = 0.0
    view: float = 62.0
    size: tuple[int, int] = (848, 480)
    fill: float = 0.86
    stage: Box | None = None
    rate: float = 30.0
    start: float = 0.0
    pace: float = 1.0
    seconds: float | None = None
    actors: tuple[Actor, ...] | None = None
    moved: tuple[float, float] | None = None
    mirrored: bool = False


@dataclass(frozen=True)
class CamerasPlan:
    """A performance and the cameras that film it; `a`, the first one, is what the others are relative to.

    Attributes:
        name: name of its folder.
        kind: what it shows, in words.
        actors: the people, who keep their order in the truth.
        eyes: the cameras.
        seconds: length of the performance.
        decor: the room.
        cameras_of: name of an earlier clip whose cameras are used, as they have not been moved since.
    """

    name: str
    kind: str
    actors: tuple[Actor, ...]
    eyes: tuple[Eye, ...]
    seconds: float = 7.0
    decor: Decor = field(default_factory=Decor)
    cameras_of: str | None = None


@dataclass(frozen=True)
class CamerasTruth(StoredTruth):
    """How c cameras stood, and who the p people before them are.

    Attributes:
        rotation: (c, 4) from each camera's axes to those of the first.
        position: (c, 3) metres in the first one's axes.
        focal: (c,) px.
        size: (c, 2) px.
        offset: (c,) seconds; a camera's time t is `offset + rate * t` by the first one's clock.
        rate: (c,) likewise.
        fps: (c,) frames per second.
        body: (p,) number of each person.
        shape: (p, 6) phenotype of each person, as `Person.phenotype`.
        rest: (p, 52, 3) joints of each person's body at rest in metres.
        kind: what it shows.
    """

    rotation: Array
    position: Array
    focal: Array
    size: NDArray[np.int64]
    offset: Array
    rate: Array
    fps: Array
    body: NDArray[np.int64]
    shape: Array
    rest: Array
    kind: str


@dataclass(frozen=True)
class Reel:
    """What one camera films: pieces between which it was moved, each with its plan."""

    eye: Eye
    plan: Plan
    pieces: tuple[Staged, ...]

    @property
    def truth(self) -> Truth:
        """The truth of all pieces, each in the axes that the camera had then; `up` is that of the first."""
        every = [piece.truth for piece in self.pieces]
        joined = {
            name: np.concatenate([getattr(each, name) for each in every], axis=1)
            for name in ("rotations", "root", "joints", "points")
        }
        return replace(every[0], time=np.concatenate([each.time for each in every]), **joined)


def reels(plan: CamerasPlan, people: Sequence[Person], motion: Motion) -> tuple[Reel, ...]:
    """Work out what each camera films, without drawing anything."""
    fine = np.arange(round(plan.seconds * _FINE) + 1) / _FINE
    casts = [plan.actors if eye.actors is None else eye.actors for eye in plan.eyes]
    acted = {actors: _acted(actors, people, motion, fine) for actors in casts}
    everywhere = [_everywhere(actors, people, acted[actors] or acted[plan.actors]) for actors in casts]
    plans = [_plan_of(plan, number) for number in range(len(plan.eyes))]
    cameras = [
        [placed(own, points, around=around) for around in _places(eye)]
        for own, points, eye in zip(plans, everywhere, plan.eyes, strict=True)
    ]
    stands = np.stack([camera.position for each in cameras for camera in each])
    room = furnished(plan.decor, np.concatenate([*everywhere, stands]), stands[0], closed=True)
    result = []
    for eye, own, stood in zip(plan.eyes, plans, cameras, strict=True):
        bodies = [people[actor.person % len(people)].body for actor in own.actors]
        pieces = []
        for time, camera in zip(_times(eye, plan.seconds), stood, strict=True):
            shown = [_at(each, fine, eye.start + eye.pace * time) for each in acted[own.actors]]
            light = rot.unit(rot.rotate(camera.turn, _LIGHT))
            pieces.append(Staged(camera, room, tuple(shown), true(own, time, camera, bodies, shown), light))
        result.append(Reel(eye, own, tuple(pieces)))
    return tuple(result)


def cameras_truth(plan: CamerasPlan, filmed: Sequence[Reel], people: Sequence[Person]) -> CamerasTruth:
    """Return how the cameras stood, at the beginning if they were moved."""
    cameras = [reel.pieces[0].camera for reel in filmed]
    first, clock = cameras[0], plan.eyes[0]
    cast = [people[actor.person % len(people)] for actor in plan.actors]
    return CamerasTruth(
        rotation=np.stack([_to_first(first, camera) for camera in cameras]),
        position=np.stack([first.inward(camera.position) for camera in cameras]),
        focal=np.array([camera.lens.focal for camera in cameras]),
        size=np.array([eye.size for eye in plan.eyes]),
        offset=np.array([(eye.start - clock.start) / clock.pace for eye in plan.eyes]),
        rate=np.array([eye.pace / clock.pace for eye in plan.eyes]),
        fps=np.array([eye.rate for eye in plan.eyes]),
        body=np.array([actor.person for actor in plan.actors]),
        shape=np.stack([person.phenotype for person in cast]),
        rest=np.stack([person.body.rest for person in cast]),
        kind=plan.kind,
    )


def make_cameras(
    plan: CamerasPlan, folder: Path, people: Sequence[Person], motion: Motion, renderer: Renderer
) -> tuple[Path, ...]:
    """Write `a.mp4`, `a.npz`, `b.mp4` ... of a plan in a folder, at last `cameras.npz`; returns the videos."""
    folder.mkdir(parents=True, exist_ok=True)
    filmed = reels(plan, people, motion)
    videos = tuple(folder / f"{LETTERS[number]}.mp4" for number in range(len(filmed)))
    for video, reel in zip(videos, filmed, strict=True):
        record(_frames(reel, people, renderer), video, reel.eye.rate, reel.eye.size)
        reel.truth.write(video.with_suffix(".npz"))
    cameras_truth(plan, filmed, people).write(folder / "cameras.npz")
    return videos


def _frames(reel: Reel, people: Sequence[Person], renderer: Renderer) -> Iterator[Image]:
    for piece in reel.pieces:
        for image in shot(reel.plan, piece, people, renderer):
            yield image[:, ::-1] if reel.eye.mirrored else image


def _plan_of(plan: CamerasPlan, number: int) -> Plan:
    """Return the plan of one camera."""
    eye = plan.eyes[number]
    return Plan(
        name=f"{plan.name}_{LETTERS[number]}",
        kind=plan.kind,
        actors=plan.actors if eye.actors is None else eye.actors,
        pitch=eye.pitch,
        roll=eye.roll,
        view=eye.view,
        size=eye.size,
        fill=eye.fill,
        stage=eye.stage,
        decor=plan.decor,
    )


def _places(eye: Eye) -> tuple[float, ...]:
    return (eye.around,) if eye.moved is None else (eye.around, eye.moved[1])


def _times(eye: Eye, performance: float) -> list[Array]:
    """Return the times (n,) of the frames of each piece by the camera's clock."""
    left = (performance - eye.start) / eye.pace
    count = int((left if eye.seconds is None else min(left, eye.seconds)) * eye.rate + 1e-6)
    time = np.arange(count) / eye.rate
    if eye.moved is None:
        return [time]
    border = int(np.searchsorted(time, eye.moved[0]))
    return [time[:border], time[border:]]


def _acted(actors: Sequence[Actor], people: Sequence[Person], motion: Motion, time: Array) -> list[Performance]:
    return [actor.action(motion, people[actor.person % len(people)].body, time) for actor in actors]


def _everywhere(actors: Sequence[Actor], people: Sequence[Person], shown: Sequence[Performance]) -> Array:
    """Return all points (n, 3) of the people during a performance."""
    bodies = [people[actor.person % len(people)].body for actor in actors] or [people[0].body] * len(shown)
    points = [body.landmark_positions(each.rotations, each.path) for body, each in zip(bodies, shown, strict=True)]
    return np.concatenate([each[::4, :33].reshape(-1, 3) for each in points])


def _at(performance: Performance, fine: Array, time: Array) -> Performance:
    """Return a performance known at times `fine` (m,) at other times (n,)."""
    frame = np.clip((time - fine[0]) * _FINE, 0.0, len(fine) - 1.0)
    low = np.minimum(frame.astype(int), len(fine) - 2)
    part = (frame - low)[:, None]
    rotations = rot.slerp(performance.rotations[low], performance.rotations[low + 1], part)
    path = performance.path[low] + part * (performance.path[low + 1] - performance.path[low])
    return Performance(rotations, path)


def _to_first(first: TiltedCamera, camera: TiltedCamera) -> Array:
    return rot.multiply(first.turn, rot.conjugate(camera.turn))
