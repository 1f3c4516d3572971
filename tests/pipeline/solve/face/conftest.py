# SPDX-License-Identifier: GPL-3.0-or-later
"""Synthetic faces: a solid mesh with eyes that look somewhere, seen by a camera far away."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSION_INDEX
from mimic.pipeline.landmarks.data import COEFFICIENTS, FaceLandmarks, Landmarks, Region
from mimic.pipeline.solve import axes
from mimic.pipeline.solve.face import correction, head_frame
from mimic.pipeline.solve.face.observation import FaceTrack

MakeFace = Callable[..., Landmarks]
MakeTrack = Callable[..., FaceTrack]

CORNERS = {"left": (362, 263), "right": (33, 133)}
IRIS = {"left": 473, "right": 468}
BALL = np.array([0.0, 0.69, 0.12])
RADIUS = 1.05
REGION = Region(cx=320.0, cy=240.0, width=200.0, height=200.0, rotation=0.0)


@pytest.fixture(autouse=True)
def uncorrected(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Let nothing be corrected: these faces are no faces, and what they say is not what their points show."""
    plain = correction.Corrector(
        basis=np.zeros((478 * 3, 2), np.float32),
        flips=np.ones(2, np.float32),
        layers=((np.zeros((4, 52), np.float32), np.zeros(52, np.float32)),),
        share=np.zeros(52),
        limit=np.full(52, np.inf),
        gaze=np.array([[1.0, 1.0], [0.0, 0.0]]),
    )
    path = tmp_path_factory.mktemp("corrector") / "face_corrector.npz"
    correction.write_corrector(plain, path)
    monkeypatch.setattr(correction, "FILE", path)
    correction.corrector_of_mimic.cache_clear()
    yield
    correction.corrector_of_mimic.cache_clear()


def _mesh() -> np.ndarray:
    """Points (478, 3) in centimetres of the head's frame; those that align it are where they are in every face."""
    points = np.random.default_rng(5).normal(0.0, 4.0, (478, 3))
    points[head_frame._POINTS] = head_frame._BASIS[:, 2:]
    return points


def _face(
    time: float = 0.0,
    *,
    gaze: tuple[float, float] | Sequence[tuple[float, float]] = (0.0, 0.0),
    head: tuple[float, float] = (0.0, 0.0),
    scale: float = 12.0,
    noise: float = 0.0,
    presence: float = 1.0,
    values: dict[str, float] | None = None,
    seed: int = 0,
) -> Landmarks:
    """A face whose eyes look at `gaze` degrees (left, up) in the frame of a head turned by `head` degrees."""
    points = _mesh()
    pair = np.radians(np.broadcast_to(np.array(gaze, dtype=float), (2, 2)))
    for eye, (side, (left, up)) in enumerate(zip(("left", "right"), pair, strict=True)):
        ball = points[list(CORNERS[side])].mean(axis=0) + BALL + [0.03 * (1 - 2 * eye), 0.0, 0.0]
        away = np.array([np.sin(left) * np.cos(up), -np.cos(left) * np.cos(up), np.sin(up)])
        points[IRIS[side]] = ball + RADIUS * away
    yaw, pitch = np.radians(head)
    turn = rot.multiply(rot.from_axis_angle([0.0, 0.0, 1.0], yaw), rot.from_axis_angle([1.0, 0.0, 0.0], -pitch))
    image = axes.from_blender(rot.rotate(turn, points)) * scale + np.array([320.0, 240.0, 0.0])
    image += np.random.default_rng(seed).normal(0.0, 1.0, image.shape) * noise
    coefficients = np.full(len(COEFFICIENTS), 0.01)
    for name, value in (values or {}).items():
        coefficients[COEFFICIENTS.index(name)] = value
    face = FaceLandmarks(image=image, presence=presence, region=REGION, coefficients=coefficients)
    return Landmarks(time=time, index=round(time * 30), size=(640, 480), face=face)


@pytest.fixture(scope="session")
def make_face() -> MakeFace:
    """Make a frame with a face: `make_face(time, gaze=, head=, scale=, noise=, presence=, values=, seed=)`."""
    return _face


def _track(
    time: np.ndarray, values: dict[str, np.ndarray] | None = None, *, seen: np.ndarray | None = None
) -> FaceTrack:
    """A steady face that looks at the camera, with expressions over time."""
    n = len(time)
    seen = np.ones(n, dtype=bool) if seen is None else seen
    gone = np.where(seen, 1.0, np.nan)
    expressions = np.zeros((n, len(EXPRESSION_INDEX)))
    for name, curve in (values or {}).items():
        expressions[:, EXPRESSION_INDEX[name]] = curve
    return FaceTrack(
        time=time,
        presence=gone,
        scale=12.0 * gone,
        head=np.zeros((n, 2)) * gone[:, None],
        expressions=expressions * gone[:, None],
        gaze=np.zeros((n, 2, 2)) * gone[:, None, None],
        places=np.zeros((n, 5, 2)) * gone[:, None, None],
        features=np.full((n, len(correction.corrector_of_mimic().flips)), np.nan),  # no points: nothing is corrected
    )


@pytest.fixture(scope="session")
def make_track() -> MakeTrack:
    """Make a track: `make_track(time, {"jawOpen": (n,)}, seen=(n,))`."""
    return _track
