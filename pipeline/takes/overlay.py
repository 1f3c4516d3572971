# SPDX-License-Identifier: GPL-3.0-or-later
"""Drawing landmarks on the frames they were found in, and writing such frames to a video."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from .. import opencv
from ..errors import OutputUnwritable
from ..landmarks import connections
from ..landmarks.data import FaceLandmarks, Floats, Landmarks, PoseLandmarks
from ..outputs import replacing

Image = NDArray[np.uint8]
Colour = tuple[int, int, int]

LEFT: Final[Colour] = (255, 148, 64)
RIGHT: Final[Colour] = (48, 188, 255)
MIDDLE: Final[Colour] = (246, 224, 124)
FACE: Final[Colour] = (150, 216, 160)
UNSURE: Final[Colour] = (96, 96, 104)
RIM: Final[Colour] = (24, 24, 28)
"""RGB. The person's left is a warm colour and the right a cold one; low confidence fades to grey."""

PEOPLE: Final[tuple[Colour, ...]] = (
    MIDDLE,
    (236, 92, 160),
    (120, 220, 90),
    (170, 130, 255),
    (255, 110, 90),
    (80, 220, 210),
    (220, 170, 110),
    (150, 160, 255),
)
"""Colours of people 0, 1, 2 and so on; they repeat."""

MIN_UNIT: Final = 0.6
"""Width of the finest lines in pixels."""

MIN_CONFIDENCE: Final = 0.1
"""Points below it are not drawn, because their positions are only guessed."""

LONGEST_SIDE: Final = 1920
"""Pixels to which overlay videos are limited: writing an 8K video would take longer than finding the landmarks."""

_FRACTION_BITS: Final = 4  # OpenCV draws at sixteenths of a pixel
_SUFFIXES: Final = {".mp4": "mp4v", ".mov": "mp4v", ".mkv": "mp4v", ".avi": "MJPG"}


def draw(image: Image, *people: Landmarks) -> Image:
    """Draw body, hands and face of people on a copy of an RGB image, which may be a scaled version of their frame.

    Several people, or somebody who is not person 0, have colours of their own and their numbers over their heads,
    counted from 1.
    """
    canvas = np.ascontiguousarray(image).copy()
    named = any(person.person for person in people)
    for person in people:
        _draw_person(canvas, person)
        if named and person.pose is not None:
            _draw_number(canvas, person, person.pose)
    return canvas


def person_colour(number: int) -> Colour:
    """Return the colour of a person's number and of the middle of their body."""
    return PEOPLE[number % len(PEOPLE)]


def _draw_number(canvas: Image, person: Landmarks, pose: PoseLandmarks) -> None:
    """Draw a person's number, counted from 1, in their colour over their head."""
    cv2 = opencv.load()
    scale = np.array([canvas.shape[1] / person.size[0], canvas.shape[0] / person.size[1]])
    points = pose.image[:, :2] * scale
    if not np.isfinite(points).all():
        return
    height = float(np.clip(0.08 * np.ptp(points[:, 1]), 12.0, 48.0))
    x, y = float(points[:11, 0].mean()), float(points[:, 1].min()) - height
    at = (round(np.clip(x, 0.0, canvas.shape[1])), round(np.clip(y, height, canvas.shape[0])))
    shown = str(person.person + 1)
    for colour, width in ((RIM, 5), (person_colour(person.person), 2)):
        cv2.putText(canvas, shown, at, cv2.FONT_HERSHEY_SIMPLEX, height / 22.0, colour, width, cv2.LINE_AA)


def _draw_person(canvas: Image, landmarks: Landmarks) -> None:
    scale = np.array([canvas.shape[1] / landmarks.size[0], canvas.shape[0] / landmarks.size[1]])
    hands = (landmarks.left_hand, landmarks.right_hand)
    if landmarks.face is not None:
        _draw_face(_Pen(canvas, landmarks.face.image, scale=scale, finest=1 / 120), landmarks.face)
    if landmarks.pose is not None:
        pen = _Pen(canvas, landmarks.pose.image, scale=scale, finest=1 / 300)
        pen.tint = None if landmarks.person == 0 else person_colour(landmarks.person)
        _draw_pose(pen, landmarks.pose, with_face=landmarks.face is None, with_palms=[hand is None for hand in hands])
    for hand, colour in zip(hands, (LEFT, RIGHT), strict=True):
        if hand is not None:
            _draw_hand(_Pen(canvas, hand.image, scale=scale, finest=1 / 80), colour)


class _Pen:
    """Draws chains and dots, with line widths that suit the size of the image and of the drawn body part."""

    def __init__(self, canvas: Image, points: Floats, *, scale: Floats, finest: float) -> None:
        """Prepare to draw points (n, 2 or 3) px of the frame; one unit of width is `finest` times their extent."""
        self._cv2 = opencv.load()
        self._canvas = canvas
        self._scale = scale
        extent = np.nan_to_num(np.nanmax(points[:, :2], axis=0) - np.nanmin(points[:, :2], axis=0)) * scale
        self._unit = float(np.clip(finest * max(extent), MIN_UNIT, max(MIN_UNIT, min(canvas.shape[:2]) / 360.0)))

        self._positions = self._fixed_point(points)
        self.tint: Colour | None = None

    def _fixed_point(self, points: Floats) -> list[tuple[int, int] | None]:
        """Return the points' positions on the canvas in sixteenths of a pixel; None for those too far outside."""
        height, width = self._canvas.shape[:2]
        placed = np.asarray(points, dtype=float)[:, :2] * self._scale
        near = np.all(np.isfinite(placed), axis=1) & np.all(np.abs(placed) < 4.0 * max(width, height), axis=1)
        fixed = np.where(near[:, None], placed, 0.0) * (1 << _FRACTION_BITS)
        return [
            (int(x), int(y)) if shown else None for (x, y), shown in zip(np.rint(fixed), near.tolist(), strict=True)
        ]

    def chains(
        self, chains: Iterable[Sequence[int]], *, colour: Colour, width: float, confidence: Floats | None = None
    ) -> None:
        """Draw lines along the chains, faded by the lower confidence (n,) of both ends."""
        for a, b in (pair for chain in chains for pair in pairwise(chain)):
            start, end = self._positions[a], self._positions[b]
            sure = 1.0 if confidence is None else float(min(confidence[a], confidence[b]))
            if start is None or end is None or not sure >= MIN_CONFIDENCE:
                continue
            stroke = max(1, round(width * self._unit))
            self._cv2.line(
                self._canvas,
                start,
                end,
                _faded(_mixed(colour, self.tint), sure),
                stroke,
                self._cv2.LINE_AA,
                _FRACTION_BITS,
            )

    def dots(self, which: Iterable[int], *, colour: Colour, radius: float, confidence: Floats | None = None) -> None:
        """Draw dots at the points with the given indices, with a dark rim that is visible on any background."""
        fixed_radius = round(radius * self._unit * (1 << _FRACTION_BITS))
        for i in which:
            sure = 1.0 if confidence is None else float(confidence[i])
            position = self._positions[i]
            if position is None or not sure >= MIN_CONFIDENCE:
                continue
            for size, fill in ((1.45, RIM), (1.0, _faded(_mixed(colour, self.tint), sure))):
                self._cv2.circle(
                    self._canvas, position, round(size * fixed_radius), fill, -1, self._cv2.LINE_AA, _FRACTION_BITS
                )


def _faded(colour: Colour, confidence: float) -> Colour:
    share = float(np.clip(confidence, 0.0, 1.0))
    red, green, blue = (round(share * c + (1.0 - share) * grey) for c, grey in zip(colour, UNSURE, strict=True))
    return red, green, blue


def _mixed(colour: Colour, tint: Colour | None) -> Colour:
    if tint is None:
        return colour
    red, green, blue = (round(0.35 * c + 0.65 * t) for c, t in zip(colour, tint, strict=True))
    return red, green, blue


def _draw_pose(pen: _Pen, pose: PoseLandmarks, *, with_face: bool, with_palms: Sequence[bool]) -> None:
    """Draw the pose, with its own points of face and palms only if the networks for those found nothing."""
    sure = pose.visibility
    pen.chains(connections.BODY_MIDDLE, colour=MIDDLE, width=2.0, confidence=sure)
    sides = ((connections.BODY_LEFT, LEFT, with_palms[0], 11), (connections.BODY_RIGHT, RIGHT, with_palms[1], 12))
    for chains, colour, with_palm, shoulder in sides:
        face, arm, palm, leg = chains
        shown = [arm, leg, *([face] if with_face else []), *([palm] if with_palm else [])]
        pen.chains(shown, colour=colour, width=2.0, confidence=sure)
        dots = {*range(shoulder, 33, 2), *(face if with_face else ())} - (set() if with_palm else set(palm) - set(arm))
        pen.dots(sorted(dots), colour=colour, radius=2.4, confidence=sure)


def _draw_hand(pen: _Pen, colour: Colour) -> None:
    pen.chains(connections.HAND, colour=colour, width=1.2)
    pen.dots(range(21), colour=MIDDLE, radius=1.3)


def _draw_face(pen: _Pen, face: FaceLandmarks) -> None:
    colours = {"left": LEFT, "right": RIGHT}
    for name, chains in connections.FACE.items():
        if max(max(chain) for chain in chains) >= len(face.image):
            continue  # no irises without attention
        side = "left" if name.startswith("left") else "right" if name.startswith("right") else ""
        pen.chains(chains, colour=colours.get(side, FACE), width=1.0)


class OverlayWriter:
    """Writes frames with landmarks to a video of constant frame rate, repeating or dropping frames of a variable one.

    Use it in a `with` statement: the file is in its final place if the block succeeds, and is not written otherwise.

    Raises:
        OutputExists, OutputUnwritable: when it is created.
    """

    def __init__(self, path: Path, *, size: tuple[int, int], fps: float, force: bool = False) -> None:
        codec = _SUFFIXES.get(path.suffix.lower())
        if codec is None:
            raise OutputUnwritable(
                f"“{path}” cannot be written as a video: choose a name that ends in {', '.join(sorted(_SUFFIXES))}."
            )
        self._cv2 = opencv.load()
        self._fps = fps
        shrink = min(1.0, LONGEST_SIDE / max(size))
        # Video codecs need even sizes.
        self._size = tuple(max(2, 2 * round(side * shrink / 2)) for side in size)
        with ExitStack() as until_open:
            self._part = until_open.enter_context(replacing(path, force=force))
            self._writer: Any = self._cv2.VideoWriter(
                str(self._part), self._cv2.CAP_FFMPEG, self._cv2.VideoWriter_fourcc(*codec), fps, self._size
            )
            until_open.callback(self._writer.release)
            if not self._writer.isOpened():
                raise OutputUnwritable(f"“{path}” cannot be written as a video: choose another folder or name.")
            self._replacing = until_open.pop_all()
        self._began: float | None = None
        self._written = 0
        self._last: Image | None = None

    def write(self, image: Image, *people: Landmarks) -> None:
        """Add an RGB frame with the landmarks of the people in it, at the time of the first of them."""
        time = people[0].time
        self._began = time if self._began is None else self._began
        due = round((time - self._began) * self._fps)
        if due < self._written:
            return  # a second frame within one of the video's: keep the first
        if self._last is not None:
            for _ in range(due - self._written):
                self._append(self._last)
        self._last = draw(self._resized(image), *people)
        self._append(self._last)

    def _append(self, image: Image) -> None:
        self._writer.write(self._cv2.cvtColor(image, self._cv2.COLOR_RGB2BGR))
        self._written += 1

    def _resized(self, image: Image) -> Image:
        if image.shape[1::-1] == self._size:
            return image
        fitted: Image = self._cv2.resize(image, self._size, interpolation=self._cv2.INTER_AREA)
        return fitted

    def close(self) -> None:
        """Finish the video and move it to its final place. May be called twice."""
        self._release()
        self._replacing.close()

    def _release(self) -> None:
        self._writer.release()
        if self._written == 0:
            self._part.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()
        self._replacing.__exit__(kind, fault, trace)
