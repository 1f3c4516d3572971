# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the pipeline's tests: synthetic landmarks and videos."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from mimic.pipeline import opencv
from mimic.pipeline.landmarks.data import FaceLandmarks, HandLandmarks, Landmarks, PoseLandmarks, Region

MakeLandmarks = Callable[..., Landmarks]
MakeFilm = Callable[..., Path]


def _landmarks(
    index: int = 0, *, time: float | None = None, size: tuple[int, int] = (640, 480), parts: str = "plrf", seed: int = 0
) -> Landmarks:
    """Landmarks at random places of the frame; `parts` selects pose (p), left (l) and right hand (r), and face (f)."""
    random = np.random.default_rng((seed, index))

    def points(n: int, spread: float) -> np.ndarray:
        centre = random.uniform(0.3, 0.7, 3) * np.array([*size, 100.0])
        return centre + random.normal(0.0, spread * min(size), (n, 3))

    region = Region(cx=size[0] / 2, cy=size[1] / 2, width=120.0, height=130.0, rotation=0.25)
    pose = PoseLandmarks(
        image=points(33, 0.15),
        world=random.normal(0.0, 0.4, (33, 3)),
        visibility=random.uniform(0.0, 1.0, 33),
        presence=random.uniform(0.0, 1.0, 33),
        score=0.9,
        region=region,
    )
    left, right = (
        HandLandmarks(
            image=points(21, 0.03), world=random.normal(0.0, 0.05, (21, 3)), presence=0.8, right_handed=belief,
            region=region,
        )
        for belief in (0.1, 0.9)
    )  # fmt: skip
    face = FaceLandmarks(
        image=points(478, 0.05), presence=0.7, region=region, coefficients=random.uniform(0.0, 1.0, 52)
    )
    return Landmarks(
        time=index / 30.0 if time is None else time,
        index=index,
        size=size,
        pose=pose if "p" in parts else None,
        left_hand=left if "l" in parts else None,
        right_hand=right if "r" in parts else None,
        face=face if "f" in parts else None,
    )


@pytest.fixture(scope="session")
def make_landmarks() -> MakeLandmarks:
    """Make random landmarks of a frame: `make_landmarks(index, time=, size=, parts="plrf", seed=)`."""
    return _landmarks


def _film(
    path: Path, shades: Sequence[int] = range(0, 200, 10), *, size: tuple[int, int] = (64, 48), fps: float = 25.0
) -> Path:
    """Write a video whose frames are each of one grey, with a white top-left quarter."""
    cv2 = opencv.load()
    codec = "MJPG" if path.suffix == ".avi" else "mp4v"
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*codec), fps, size)
    assert writer.isOpened()
    for shade in shades:
        frame = np.full((size[1], size[0], 3), shade, np.uint8)
        frame[: size[1] // 2, : size[0] // 2] = 255
        writer.write(frame)
    writer.release()
    return path


@pytest.fixture(scope="session")
def make_film() -> MakeFilm:
    """Write a video of grey frames with a white top-left quarter: `make_film(path, shades, size=, fps=)`."""
    return _film
