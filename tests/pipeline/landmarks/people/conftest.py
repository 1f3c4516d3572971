# SPDX-License-Identifier: GPL-3.0-or-later
"""A stage of painted people: networks that see what a test has placed there, and nobody behind somebody else."""

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, sin

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mimic.pipeline.landmarks import networks as network_files
from mimic.pipeline.landmarks.data import Landmarks, PoseLandmarks, Region
from mimic.pipeline.landmarks.people.events import Event
from mimic.pipeline.landmarks.people.people import People
from mimic.pipeline.landmarks.person_detection import DetectedPerson, PersonDetector
from mimic.pipeline.landmarks.pose import PoseResult, PoseTracker
from mimic.pipeline.landmarks.settings import HolisticSettings
from mimic.pipeline.sources.frame import Frame

Colours = tuple[tuple[int, int, int], tuple[int, int, int]]
RED: Colours = ((200, 40, 40), (40, 40, 60))
BLUE: Colours = ((40, 60, 190), (150, 140, 110))
GREEN: Colours = ((40, 150, 60), (30, 30, 30))

POINTS = {
    11: (0.11, -0.27),
    12: (-0.11, -0.27),
    13: (0.17, -0.14),
    14: (-0.17, -0.14),
    15: (0.19, -0.02),
    16: (-0.19, -0.02),
    23: (0.07, 0.0),
    24: (-0.07, 0.0),
    25: (0.08, 0.2),
    26: (-0.08, 0.2),
    27: (0.08, 0.4),
    28: (-0.08, 0.4),
}
"""Points of the body in people's sizes from the hips, x right, y down; the others are at the head or the feet."""


@dataclass(frozen=True)
class Figure:
    """Someone on the stage.

    Attributes:
        x: hips in pixels at a frame; NaN while they are away.
        colours: RGB of the torso and of the legs.
        depth: who is farther is hidden.
        size: side in pixels of the square around them.
        turn: radians by which the body is turned at a frame.
        light: factor of the light at a frame.
    """

    x: Callable[[int], float]
    colours: Colours = RED
    depth: float = 0.0
    size: float = 150.0
    turn: Callable[[int], float] = lambda i: 0.1 * sin(0.4 * i)
    light: Callable[[int], float] = lambda _: 1.0

    def pose(self, index: int, height: int, region: Region) -> PoseLandmarks:
        """The pose at a frame in a picture of a height, as found in a region."""
        unit = np.zeros((33, 3))
        unit[:11, 1], unit[29:, 1] = -0.4, 0.43
        for point, place in POINTS.items():
            unit[point, :2] = place
        unit[17:23] = unit[[15, 16] * 3]
        angle = self.turn(index)
        turned = unit * [cos(angle), 1.0, 1.0]
        turned[:, 2] = unit[:, 0] * sin(angle)
        image = turned * self.size + [self.x(index), height / 2, 0.0]
        image[[13, 14, 15, 16], 1] += 0.1 * self.size * sin(0.3 * index)  # everybody moves
        return PoseLandmarks(
            image=image,
            world=2.0 * turned,
            visibility=np.ones(33),
            presence=np.ones(33),
            score=0.9,
            region=region,
            size=self.size,
        )


class Stage:
    """People in front of a grey wall, in pictures that say in their first pixel which frame they are."""

    def __init__(
        self,
        *figures: Figure,
        size: tuple[int, int] = (480, 240),
        wall: Callable[[int], int] = lambda _: 128,
    ) -> None:
        self.figures, self.size, self.wall = figures, size, wall

    def frame(self, index: int, *, size: tuple[int, int] | None = None) -> Frame:
        """A frame, 30 a second."""
        width, height = size or self.size
        image = np.full((height, width, 3), self.wall(index), np.uint8)
        for figure in sorted(self.figures, key=lambda figure: -figure.depth):
            if np.isnan(figure.x(index)):
                continue
            points = figure.pose(index, height, Region(0, 0, 1, 1, 0)).image[:, :2]
            torso, legs = (
                tuple(int(np.clip(c * figure.light(index), 0, 255)) for c in colour) for colour in figure.colours
            )
            for start, end in ((23, 25), (24, 26), (25, 27), (26, 28)):
                ends = [tuple(round(float(v)) for v in points[i]) for i in (start, end)]
                cv2.line(image, ends[0], ends[1], legs, int(0.1 * figure.size))
            cv2.fillConvexPoly(image, cv2.convexHull(np.rint(points[[11, 12, 23, 24]]).astype(np.int32)), torso)
        image[0, 0] = (index // 256, index % 256, 7)
        return Frame(image, index / 30, index)

    def visible(self, index: int) -> list[Figure]:
        """Those who are there and not hidden by somebody nearer, nearest first."""
        shown: list[Figure] = []
        for figure in sorted(self.figures, key=lambda figure: figure.depth):
            x = figure.x(index)
            hidden = any(abs(x - front.x(index)) < 0.13 * front.size for front in shown)
            if not np.isnan(x) and not hidden:
                shown.append(figure)
        return shown

    def detected(self, image: NDArray[np.uint8], view: Region | None = None) -> list[DetectedPerson]:
        """Stands in for the person detector."""
        index, height = int(image[0, 0, 0]) * 256 + int(image[0, 0, 1]), image.shape[0]
        people = []
        for figure in self.visible(index):
            x, side = figure.x(index), 1.25 * figure.size
            if view is None or abs(x - view.cx) < view.width / 2:
                people.append(DetectedPerson(0.9, Region(x, height / 2, side, side, 0.0)))
        return people

    def estimated(self, image: NDArray[np.uint8], region: Region | None) -> PoseResult | None:
        """Stands in for the pose network, which sees whoever is in front near the middle of its region."""
        index, height = int(image[0, 0, 0]) * 256 + int(image[0, 0, 1]), image.shape[0]
        for figure in self.visible(index):
            if region is not None and abs(figure.x(index) - region.cx) < 0.15 * region.width:
                hips = np.array([figure.x(index), height / 2, 0.0])
                return PoseResult(
                    figure.pose(index, height, region), np.stack([hips, hips - [0.0, figure.size / 2, 0.0]])
                )
        return None


@dataclass
class Followed:
    """What `People` found: who each number was in each frame, as an index of the stage's figures, and events."""

    who: list[dict[int, int]]
    landmarks: list[tuple[Landmarks, ...]]
    events: list[Event]

    def of(self, number: int) -> list[int | None]:
        """Who was this number in each frame; None while nobody was."""
        return [frame.get(number) for frame in self.who]

    def numbers(self, figure: int) -> set[int]:
        """Numbers that a figure ever had."""
        return {number for frame in self.who for number, who in frame.items() if who == figure}


class Theatre:
    """Lets `People` watch a stage with networks that see nothing but it; hands and face are off."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(network_files, "load", lambda *_, **__: None)
        self._patch = monkeypatch

    def show(self, stage: Stage) -> None:
        """Let the networks see this stage from now on."""
        self._patch.setattr(PersonDetector, "__call__", lambda _, image, view=None: stage.detected(image, view))
        self._patch.setattr(PoseTracker, "estimate", lambda _, image, region: stage.estimated(image, region))

    def settings(self, people: int = 0, person: str = "left", **others: object) -> HolisticSettings:
        """Settings without hands and face."""
        return HolisticSettings(hands=False, face=False, people=people, person=person, **others)

    def people(self, stage: Stage, settings: HolisticSettings | None = None, *, events: list | None = None) -> People:
        """Followers of a stage on one thread."""
        self.show(stage)
        report = None if events is None else events.append
        return People(settings or self.settings(), threads=1, as_found=True, on_event=report)

    def follow(
        self,
        *figures: Figure,
        frames: int,
        settings: HolisticSettings | None = None,
        choose: dict[int, tuple[float, float]] | None = None,
        wall: Callable[[int], int] = lambda _: 128,
    ) -> Followed:
        """Follow figures over some frames; `choose` clicks on points before frames."""
        stage = Stage(*figures, wall=wall)
        events: list[Event] = []
        people = self.people(stage, settings, events=events)
        result = Followed([], [], events)
        for index in range(frames):
            if choose and index in choose:
                people.choose(*choose[index])
            found = people.process(stage.frame(index))
            result.landmarks.append(found)
            result.who.append({each.person: self.who(figures, index, each) for each in found if each.pose is not None})
        return result

    @staticmethod
    def who(figures: tuple[Figure, ...], index: int, found: Landmarks) -> int:
        """Whose pose landmarks are, as an index of the figures."""
        shoulders = found.pose.image[[11, 12], :2]
        expected = [figure.pose(index, found.size[1], found.pose.region).image[[11, 12], :2] for figure in figures]
        apart = [float(np.abs(shoulders - points).max()) for points in expected]
        best = int(np.nanargmin(apart))
        assert apart[best] < 1e-6
        return best


@pytest.fixture
def theatre(monkeypatch: pytest.MonkeyPatch) -> Theatre:
    return Theatre(monkeypatch)


@pytest.fixture
def figure() -> type[Figure]:
    return Figure


@pytest.fixture
def stage() -> type[Stage]:
    return Stage


@pytest.fixture
def clothes() -> dict[str, Colours]:
    """RGB of torso and legs."""
    return {"red": RED, "blue": BLUE, "green": GREEN}
