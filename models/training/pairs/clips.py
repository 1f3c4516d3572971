# SPDX-License-Identifier: GPL-3.0-or-later
"""Training clips: pairs of successive frames, with the person tracked as in a video.

A clip is a section of a motion in front of a static or hand-held camera. Its frames are as large as a user's; pose
and hands are tracked, and landmarks that the pipeline smooths are stored with and without smoothing.
"""

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.landmarks.data import PoseLandmarks, Region
from ....pipeline.landmarks.hands import HandTracker, same_hand
from ....pipeline.landmarks.pose import PoseTracker
from ....pipeline.landmarks.settings import HolisticSettings, Model
from ...body import rotations as rot
from ...body.joints import INDEX
from ...body.model import neutral_body
from ..pictures import scenery, views
from ..pictures.closeups import SIDES, Hands, hands_of, no_hands
from ..pictures.render import Renderer
from ..poses import movement
from ..poses.motion_capture import Motion
from ..poses.movement import Movement
from . import pairs
from .pairs import Pairs, PersonPool

Array = NDArray[np.float64]
Image = NDArray[np.uint8]

FRAMES: Final = 13
PER_SHARD: Final = 20
RATES: Final = (15.0, 20.0, 24.0, 25.0, 30.0)
_WARM_UP: Final = 4
"""Frames before a clip, in which trackers find the person and filters converge."""
_SIDES: Final = (1.25, 2.9)
"""Range of the scale of frames relative to `views.SIZES`: the longer side has 440 to 1110 pixels."""
_LOST: Final = 4
"""Largest number of frames without a person in a clip; clips with more are dropped."""
_SMOOTHED: Final = {"image": "smoothed_image", "world": "smoothed_world", "visibility": "smoothed_visibility"}


@dataclass(frozen=True)
class Clips:
    """Frames of successive clips, `FRAMES` of each.

    Attributes:
        pairs: unsmoothed landmarks of n frames, NaN where the person was lost, and the true poses.
        clip: (n,) number of the clip, unique in a folder.
        time: (n,) seconds from the beginning of the clip.
        smoothed_image: (n, 33, 3) px, smoothed by the pipeline as in a take.
        smoothed_world: (n, 33, 3) m, likewise.
        smoothed_visibility: (n, 33) likewise.
    """

    pairs: Pairs
    clip: NDArray[np.int32]
    time: NDArray[np.float32]
    smoothed_image: NDArray[np.float32]
    smoothed_world: NDArray[np.float32]
    smoothed_visibility: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.clip)

    def columns(self) -> dict[str, NDArray[Any]]:
        """Return all arrays by name, including those of the pairs."""
        own = {name: getattr(self, name) for name in _CLIP_COLUMNS}
        return self.pairs.columns() | own

    def smoothed(self) -> Pairs:
        """Return the pairs with smoothed landmarks, as in a take."""
        columns: dict[str, Any] = {name: getattr(self, own) for name, own in _SMOOTHED.items()}
        return replace(self.pairs, **columns)


_CLIP_COLUMNS: Final = tuple(field.name for field in fields(Clips) if field.name != "pairs")


def read(folder: Path) -> Clips:
    """Read all clips in a folder.

    Raises:
        PairsMissing: there are none.
    """
    names = [field.name for field in fields(Pairs)]
    columns = pairs.read_columns(folder, [*names, *_CLIP_COLUMNS])
    return Clips(Pairs(**{name: columns[name] for name in names}), *(columns[name] for name in _CLIP_COLUMNS))


@dataclass(frozen=True)
class ClipSettings:
    """Contents of clips.

    Attributes:
        motion: all motion capture.
        clips: numbers of the motion capture clips to draw from.
        ordinary: fraction of the clips that are not motion capture; see `movement.draw_ordinary`.
        hands: fraction of the clips in which hands are detected.
        model: the pose network.
        seed: random seed.
    """

    motion: Motion
    clips: NDArray[np.int64]
    ordinary: float = 0.4
    hands: float = 0.6
    model: Model = "full"
    seed: int = 1


@dataclass(frozen=True)
class ClipScene:
    """One clip before rendering: times (f,), poses (f, 52, 4) relative to the camera, hips joint (f, 3)."""

    time: Array
    rotations: Array
    root: Array
    person: int
    camera: views.Camera
    appearance: views.Appearance
    kind: int


class ClipGenerator:
    """Renders clips of people and runs the landmark networks on them. Use one per process.

    Args:
        pool: the people to show.
        settings: contents of the clips.
    """

    def __init__(self, pool: PersonPool, settings: ClipSettings) -> None:
        self._pool = pool
        self._clip_settings = settings
        self._renderer = Renderer(pool.people)
        self._holistic_settings = HolisticSettings(model=settings.model, face=False)
        self._pose = PoseTracker(self._holistic_settings)
        self._hands = [HandTracker(side, self._holistic_settings) for side in SIDES]

    def shard(self, number: int, *, count: int = PER_SHARD) -> Clips:
        """Generate the clips of a shard: fewer than `count`, as those in which the person is lost are dropped."""
        rng = np.random.default_rng([self._clip_settings.seed, number])
        rows: list[dict[str, object]] = []
        for clip in range(count):
            frames = self._frames(rng, self.scene(rng))
            if sum(np.isnan(frame["visibility"]).all() for frame in frames) <= _LOST:
                rows += [frame | {"clip": number * PER_SHARD + clip} for frame in frames]
        own: dict[str, Any] = {
            name: np.array([row[name] for row in rows], np.int32 if name == "clip" else np.float32)
            for name in _CLIP_COLUMNS
        }
        return Clips(pairs.pairs_of(rows), **own)

    def scene(self, rng: np.random.Generator) -> ClipScene:
        """Draw a scene: a person, a motion and a camera."""
        rate = RATES[int(rng.integers(len(RATES)))]
        time = np.arange(-_WARM_UP, FRAMES) / rate
        moved, kind = self._movement(rng, time)
        person = self._pool.draw(rng)
        body = self._pool.people[person].body
        turn = views.draw_turn(rng, kind)
        rotations = views.rotate_poses(self._pool.pose(person, moved.rotations), turn)
        path = rot.rotate(turn, moved.path) * (body.rest[INDEX["Hips"], 2] / neutral_body().rest[INDEX["Hips"], 2])
        camera, middle = views.place(rng, body, rotations, path=path)
        scale = float(np.exp(rng.uniform(*np.log(_SIDES))))
        scaled_camera = views.Camera(round(scale * camera.width), round(scale * camera.height), scale * camera.focal)
        shake = movement.draw_camera_shake(rng, time)
        return ClipScene(
            time=time,
            rotations=views.rotate_poses(rotations, shake),
            root=rot.rotate(shake, middle + path),
            person=person,
            camera=scaled_camera,
            appearance=views.draw_appearance(rng),
            kind=kind,
        )

    def _movement(self, rng: np.random.Generator, time: Array) -> tuple[Movement, int]:
        if rng.random() < self._clip_settings.ordinary:
            return movement.draw_ordinary(rng, time), 0
        return movement.draw_captured(rng, time, self._clip_settings.motion, self._clip_settings.clips), 1

    def _frames(self, rng: np.random.Generator, scene: ClipScene) -> list[dict[str, Any]]:
        """Render the frames of a clip, and return them as rows."""
        self._pose.reset()
        for tracker in self._hands:
            tracker.forget()
        camera, appearance = scene.camera, scene.appearance
        room = scenery.draw_scene(rng, (camera.height, camera.width), background=appearance.background)
        with_hands, blur = rng.random() < self._clip_settings.hands, scenery.draw_blur(rng, scale=camera.width / 384.0)
        rows = []
        for time, rotations, root in zip(scene.time, scene.rotations, scene.root, strict=True):
            drawn = self._renderer.draw(scene.person, rotations, root, camera, appearance)
            image = scenery.simulate_camera(rng, room, scenery.compose(room, *drawn), blur=blur)
            tracked = self._pose(image, float(time - scene.time[0]))
            smoothed = None if tracked is None else tracked.smoothed
            hands = self._track_hands(image, smoothed) if with_hands else no_hands()
            if time >= -1e-9:
                seen = pairs.RenderedPicture(image, camera, scene.person, rotations, root, room)
                pose = _no_pose() if tracked is None else tracked.found
                row = pairs.row_of(seen, pose, hands, scene.kind)
                after = smoothed or pose
                rows.append(row | {own: getattr(after, name) for name, own in _SMOOTHED.items()} | {"time": time})
        return rows

    def _track_hands(self, image: Image, pose: PoseLandmarks | None) -> Hands:
        left, right = (tracker(image, pose) for tracker in self._hands)
        limit = self._holistic_settings.hand_settings.same_hand_distance
        if left is None or right is None or not same_hand(left, right, max_distance=limit):
            return hands_of(left, right)
        wrong = 0 if left.right_handed > 0.5 else 1
        self._hands[wrong].forget()
        return hands_of(None, right) if wrong == 0 else hands_of(left, None)


def _no_pose() -> PoseLandmarks:
    nothing = np.full((33, 3), np.nan)
    region = Region(np.nan, np.nan, np.nan, np.nan, np.nan)
    return PoseLandmarks(nothing, nothing, nothing[:, 0], nothing[:, 0], 0.0, region)
