# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips of people in a room: what is planned, the truth of it, and the video."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from ...body import rotations as rot
from ...body.model import Body
from ..pictures import scenery, views
from ..pictures.people import Person
from ..pictures.render import PosedPerson, Renderer
from ..pictures.views import Appearance, Camera
from ..poses.motion_capture import Motion
from .actions import Performance
from .room import Decor, Room, furnished
from .tilted import TiltedCamera, framed, tilt

Array = NDArray[np.float64]
Image = NDArray[np.uint8]
Action = Callable[[Motion, Body, Array], Performance]
Box = tuple[float, float, float, float, float, float]

RATE: Final = 25.0
_FINE: Final = 1280
"""Width and height in pixels up to which a room is drawn, to be reduced without jagged edges."""
_POSTER: Final = (300, 525)
_HEADROOM: Final = 0.12
_SILHOUETTE: Final = 0.03
_COARSE_QUALITY: Final = 30
_LIGHT: Final = np.array([0.3, -0.6, 0.8])
_CLOTHES: Final = {"shirt": (6, 7), "trousers": (8,), "shoes": (9, 10)}
"""Materials of each piece of clothing."""


@dataclass(frozen=True)
class Actor:
    """Somebody in a clip.

    Attributes:
        person: number of the person, modulo those there are.
        action: what the person does.
        look: random seed of skin, hair and clothes; twins have the same.
        shirt: RGB 0..1 of the shirt; None for that of the look.
        trousers: likewise.
    """

    person: int
    action: Action
    look: int = 0
    shirt: tuple[float, float, float] | None = None
    trousers: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Plan:
    """A clip to be made.

    Attributes:
        name: name of its files.
        kind: kind of movement, in words.
        actors: the people, who keep their order in the truth.
        seconds: its length.
        pitch: degrees by which the camera looks down.
        roll: degrees by which what it sees leans to the right.
        view: field of view in degrees along the longer side.
        size: width and height in pixels.
        fill: fraction of the picture that is filled.
        stage: what fills the picture, instead of the actors: least and greatest x, y and z in metres.
        decor: the room.
        poster: whether a picture of somebody hangs on the wall.
        noise: standard deviation of the camera's noise in levels.
        blur: standard deviation of its blur in pixels.
        detail: fraction of the pixels' size that is resolved, as of somebody far from a cheap camera; below 1, the
            picture is also strongly compressed.
        silhouette: the people are seen against the light, in one dark colour.
    """

    name: str
    kind: str
    actors: tuple[Actor, ...]
    seconds: float = 4.0
    pitch: float = 0.0
    roll: float = 0.0
    view: float = 62.0
    size: tuple[int, int] = (640, 480)
    fill: float = 0.86
    stage: Box | None = None
    decor: Decor = field(default_factory=Decor)
    poster: bool = False
    noise: float = 3.0
    blur: float = 0.6
    detail: float = 1.0
    silhouette: bool = False

    @property
    def seed(self) -> int:
        """Random seed by the name, so that a clip stays the same when others are added."""
        return int.from_bytes(self.name.encode()[-6:], "little")


@dataclass(frozen=True)
class StoredTruth:
    """What is true of a clip as a `.npz` file: its arrays, and the kind of movement in words."""

    def write(self, path: Path) -> None:
        """Write it; the file only appears once it is complete."""
        part = path.with_suffix(".part")
        with part.open("wb") as file:
            np.savez_compressed(file, **{name: np.asarray(value) for name, value in vars(self).items()})
        part.replace(path)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a file written by `write`."""
        with np.load(path) as data:
            found: dict[str, Any] = {each.name: data[each.name] for each in fields(cls)}
        return cls(**{**found, "kind": str(found["kind"])})


@dataclass(frozen=True)
class Truth(StoredTruth):
    """What a clip of p people and n frames shows.

    Attributes:
        time: (n,) seconds.
        rotations: (p, n, 52, 4) parent-relative, the hips relative to the camera's axes: it looks along +Y, Z is up.
        root: (p, n, 3) hips joint in metres in these axes.
        up: (3,) true vertical in these axes.
        joints: (p, n, 52, 2) px of the joints, also of those outside the picture or hidden.
        points: (p, n, 33, 3) BlazePose's points in metres in the camera's axes.
        focal: (1,) px.
        size: (2,) width and height in px.
        kind: kind of movement.
        person: (p,) number of each person.
    """

    time: Array
    rotations: Array
    root: Array
    up: Array
    joints: Array
    points: Array
    focal: Array
    size: NDArray[np.int64]
    kind: str
    person: NDArray[np.int64]


@dataclass(frozen=True)
class Staged:
    """A plan worked out: the camera, the room, each actor's performance in it, the truth, and the light.

    Attributes:
        light: (3,) direction to the light on the people, in the camera's axes.
    """

    camera: TiltedCamera
    room: Room
    performances: tuple[Performance, ...]
    truth: Truth
    light: Array = field(default_factory=lambda: rot.unit(_LIGHT))


def staged(plan: Plan, people: Sequence[Person], motion: Motion) -> Staged:
    """Work out a plan, without drawing anything."""
    time = np.arange(round(plan.seconds * RATE)) / RATE
    bodies = [people[actor.person % len(people)].body for actor in plan.actors]
    shown = tuple(actor.action(motion, body, time) for actor, body in zip(plan.actors, bodies, strict=True))
    points = [body.landmark_positions(each.rotations, each.path) for body, each in zip(bodies, shown, strict=True)]
    everywhere = np.concatenate([each[:, :33].reshape(-1, 3) for each in points])
    stage = everywhere if plan.stage is None else _corners(plan.stage)
    camera = placed(plan, stage)
    room = furnished(plan.decor, np.concatenate([stage, everywhere]), camera.position)
    return Staged(camera, room, shown, true(plan, time, camera, bodies, shown))


def placed(plan: Plan, points: Array, *, around: float = 0.0) -> TiltedCamera:
    """Return a plan's camera where it sees points (n, 3) or its stage, `around` degrees to the people's left of -Y."""
    lens = Camera(*plan.size, 0.5 * max(plan.size) / float(np.tan(np.radians(0.5 * plan.view))))
    stage = points if plan.stage is None else _corners(plan.stage)
    aside = rot.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.radians(-around))
    turn = rot.multiply(tilt(plan.pitch, plan.roll), aside)
    return framed(lens, turn, stage + np.array([0.0, 0.0, 0.5 * _HEADROOM]), fill=plan.fill)


def film(plan: Plan, people: Sequence[Person], motion: Motion, renderer: Renderer) -> Iterator[Image]:
    """Yield the frames (h, w, 3) of a clip, RGB; the renderer is that of `cast(people)`."""
    yield from shot(plan, staged(plan, people, motion), people, renderer)


def shot(plan: Plan, set_up: Staged, people: Sequence[Person], renderer: Renderer) -> Iterator[Image]:
    """Yield the frames (h, w, 3) of a plan that is worked out, RGB; the renderer is that of `cast(people)`."""
    rng = np.random.default_rng([plan.seed, 1])
    truth, lens = set_up.truth, set_up.camera.lens
    looks = [_appearance(actor, set_up.light, silhouette=plan.silhouette) for actor in plan.actors]
    behind = _draw_room(set_up, renderer)
    if plan.poster:
        behind = _with_poster(behind, set_up, _draw_poster(people, renderer, rng))
    scene = scenery.Scene(behind, (), gain=rng.uniform(0.9, 1.1), offset=rng.uniform(-6, 6), noise=plan.noise)
    for frame in range(len(truth.time)):
        posed = [
            PosedPerson(_number(plan, i, len(people)), truth.rotations[i, frame], truth.root[i, frame], look)
            for i, look in enumerate(looks)
        ]
        picture = scenery.compose(scene, *renderer.draw_together(posed, lens)) if posed else behind
        yield _coarse(scenery.simulate_camera(rng, scene, picture, blur=plan.blur), plan.detail)


def cast(people: Sequence[Person], *, most: int = 4) -> list[Person]:
    """Return the people a renderer needs so that up to `most` of them in a clip can be the same one."""
    return [person for _ in range(most) for person in people]


def make(plan: Plan, folder: Path, people: Sequence[Person], motion: Motion, renderer: Renderer) -> Path:
    """Write `NAME.mp4` and `NAME.npz` of a plan in a folder, compressed as videos are; returns the video."""
    folder.mkdir(parents=True, exist_ok=True)
    video = folder / f"{plan.name}.mp4"
    record(film(plan, people, motion, renderer), video, RATE, plan.size)
    staged(plan, people, motion).truth.write(video.with_suffix(".npz"))
    return video


def record(images: Iterable[Image], video: Path, rate: float, size: tuple[int, int]) -> None:
    """Write pictures (h, w, 3), RGB, as a video that only appears once it is complete."""
    import cv2

    part = video.with_suffix(".part.mp4")
    writer = cv2.VideoWriter(str(part), cv2.VideoWriter_fourcc(*"mp4v"), rate, size)
    try:
        for image in images:
            writer.write(np.ascontiguousarray(image[..., ::-1]))
    finally:
        writer.release()
    part.replace(video)


def _number(plan: Plan, actor: int, count: int) -> int:
    """Return the number in `cast` of an actor, another one for each actor."""
    return actor * count + plan.actors[actor].person % count


def true(plan: Plan, time: Array, camera: TiltedCamera, bodies: Sequence[Body], shown: Sequence[Performance]) -> Truth:
    """Return the truth of performances, with the bodies that do them, at times (n,) before a camera."""
    if not shown:
        return _nobody(plan, time, camera)
    rotations = np.stack([views.rotate_poses(each.rotations, camera.turn) for each in shown])
    root = np.stack([camera.inward(each.path) for each in shown])
    each_body = list(zip(bodies, rotations, root, strict=True))
    return Truth(
        time=time,
        rotations=rotations,
        root=root,
        up=camera.up,
        joints=np.stack([camera.lens.project(body.positions(turns, hips)) for body, turns, hips in each_body]),
        points=np.stack([body.landmark_positions(turns, hips)[:, :33] for body, turns, hips in each_body]),
        focal=np.array([camera.lens.focal]),
        size=np.array(plan.size),
        kind=plan.kind,
        person=np.array([actor.person for actor in plan.actors]),
    )


def _nobody(plan: Plan, time: Array, camera: TiltedCamera) -> Truth:
    count = len(time)
    return Truth(
        time=time,
        rotations=np.zeros((0, count, 52, 4)),
        root=np.zeros((0, count, 3)),
        up=camera.up,
        joints=np.zeros((0, count, 52, 2)),
        points=np.zeros((0, count, 33, 3)),
        focal=np.array([camera.lens.focal]),
        size=np.array(plan.size),
        kind=plan.kind,
        person=np.zeros(0, np.int64),
    )


def _coarse(picture: Image, detail: float) -> Image:
    """Return a picture (h, w, 3) of which only a fraction of the detail is left, as after strong compression."""
    import cv2

    if detail >= 1.0:
        return picture
    height, width = picture.shape[:2]
    small = cv2.resize(picture, (round(width * detail), round(height * detail)), interpolation=cv2.INTER_AREA)
    large = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    _, packed = cv2.imencode(".jpg", large, [cv2.IMWRITE_JPEG_QUALITY, _COARSE_QUALITY])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def _appearance(actor: Actor, light: Array, *, silhouette: bool) -> Appearance:
    drawn = views.draw_appearance(np.random.default_rng([actor.look, 5]))
    colors = drawn.colors.copy()
    for piece, colour in (("shirt", actor.shirt), ("trousers", actor.trousers)):
        if colour is not None:
            colors[list(_CLOTHES[piece])] = colour
    if actor.shirt is not None and max(actor.shirt) < 0.1:  # dark from head to toe
        colors[list(_CLOTHES["shoes"])] = 0.02
    if silhouette:
        colors[:] = _SILHOUETTE * (0.4 + colors[6])
    return replace(drawn, colors=colors, light=light, ambient=0.5)


def _draw_room(set_up: Staged, renderer: Renderer) -> Image:
    import cv2

    lens = set_up.camera.lens
    scale = min(2.0, _FINE / max(lens.width, lens.height))
    fine = Camera(round(lens.width * scale), round(lens.height * scale), lens.focal * scale)
    light = rot.unit(rot.rotate(set_up.camera.turn, np.array([0.25, -0.7, 0.9])))
    corners = set_up.camera.inward(set_up.room.corners)
    drawn = renderer.draw_rectangles(corners, set_up.room.colours, light, fine)
    return np.asarray(cv2.resize(drawn, (lens.width, lens.height), interpolation=cv2.INTER_AREA), np.uint8)


def _draw_poster(people: Sequence[Person], renderer: Renderer, rng: np.random.Generator) -> Image:
    """Return a picture of somebody who stands in front of a plain background."""
    width, height = _POSTER
    lens = Camera(width, height, 900.0)
    person = len(people) - 1
    rotations = rot.identity(1, 52)[0]
    posed = PosedPerson(person, rotations, np.array([0.0, 3.2, 0.05]), views.draw_appearance(rng))
    picture, mask = renderer.draw_together([posed], lens)
    background = np.full((height, width, 3), (196, 188, 170), np.uint8)
    background[:10], background[-10:], background[:, :10], background[:, -10:] = 30, 30, 30, 30
    return np.where(mask[..., None] > 0, picture, background)


def _with_poster(behind: Image, set_up: Staged, poster: Image) -> Image:
    import cv2

    height, width = poster.shape[:2]
    flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    place = set_up.camera.project(set_up.room.picture).astype(np.float32)
    to_picture = cv2.getPerspectiveTransform(flat, place)
    shape = behind.shape[1], behind.shape[0]
    drawn = cv2.warpPerspective(poster, to_picture, shape, flags=cv2.INTER_AREA)
    mask = cv2.warpPerspective(np.full((height, width), 255, np.uint8), to_picture, shape)
    return np.asarray(cv2.copyTo(drawn, mask, behind.copy()), np.uint8)


def _corners(box: Box) -> Array:
    x, y, z = box[:2], box[2:4], box[4:]
    return np.array([[a, b, c] for a in x for b in y for c in z])
