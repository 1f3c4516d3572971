# SPDX-License-Identifier: GPL-3.0-or-later
"""Overlays: drawn where the landmarks are, whatever the picture's size, and played at the right speed."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from mimic.pipeline import opencv
from mimic.pipeline.errors import OutputExists, OutputUnwritable
from mimic.pipeline.landmarks import connections
from mimic.pipeline.landmarks.data import HandLandmarks, Landmarks, Region
from mimic.pipeline.takes import overlay
from mimic.pipeline.takes.overlay import OverlayWriter, draw

MakeLandmarks = Callable[..., Landmarks]

REGION = Region(50.0, 50.0, 100.0, 100.0, 0.0)


def picture(size: tuple[int, int], shade: int = 128) -> np.ndarray:
    return np.full((size[1], size[0], 3), shade, np.uint8)


def hand_at(x: float, y: float, *, spread: float = 0.0) -> HandLandmarks:
    image = np.array([[x, y, 0.0]]) + spread * np.linspace(-1.0, 1.0, 21)[:, None]
    return HandLandmarks(image=image, world=np.zeros((21, 3)), presence=1.0, right_handed=0.0, region=REGION)


def changed_box(before: np.ndarray, after: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of what differs."""
    ys, xs = np.nonzero(np.any(before != after, axis=2))
    return int(xs.min()), int(ys.min()), int(xs.max()), int(ys.max())


def test_overlay_connections_join_existing_landmarks() -> None:
    bodies = (connections.BODY_MIDDLE, connections.BODY_LEFT, connections.BODY_RIGHT)
    assert {i for chains in bodies for chain in chains for i in chain} == set(range(33)) - {9, 10}
    assert {i for chain in connections.HAND for i in chain} == set(range(21))
    assert max(i for chains in connections.FACE.values() for chain in chains for i in chain) == 477


def test_overlay_drawing_leaves_the_source_picture_unchanged(make_landmarks: MakeLandmarks) -> None:
    image = picture((640, 480))
    drawn = draw(image, make_landmarks(0))
    assert np.all(image == 128)
    assert np.any(drawn != 128)
    assert drawn.shape == image.shape


def test_overlay_without_landmarks_draws_nothing(make_landmarks: MakeLandmarks) -> None:
    image = picture((640, 480))
    np.testing.assert_array_equal(draw(image, make_landmarks(0, parts="")), image)


def test_overlay_of_several_people_numbers_them_from_one(
    make_landmarks: MakeLandmarks, monkeypatch: pytest.MonkeyPatch
) -> None:
    cv2, written = opencv.load(), []

    def note(canvas: np.ndarray, text: str, *_: object) -> None:
        written.append(text)

    monkeypatch.setattr(cv2, "putText", note)
    draw(picture((640, 480)), make_landmarks(0), replace(make_landmarks(0), person=1))
    assert list(dict.fromkeys(written)) == ["1", "2"]


@pytest.mark.parametrize("scale", [0.5, 1.0, 2.0])
def test_overlay_on_a_scaled_picture_is_drawn_at_the_landmarks(scale: float) -> None:
    found = Landmarks(time=0.0, index=0, size=(400, 300), left_hand=hand_at(300.0, 75.0))
    image = picture((round(400 * scale), round(300 * scale)))
    left, top, right, bottom = changed_box(image, draw(image, found))
    assert ((left + right) / 2, (top + bottom) / 2) == pytest.approx((300 * scale, 75 * scale), abs=1.5)
    assert right - left < 12


def test_overlay_colour_of_left_is_warm_and_of_right_is_cold() -> None:
    image = picture((400, 300), 0)
    hand = hand_at(200.0, 150.0, spread=60.0)
    warm = draw(image, Landmarks(time=0.0, index=0, size=(400, 300), left_hand=hand)).sum(axis=(0, 1))
    cold = draw(image, Landmarks(time=0.0, index=0, size=(400, 300), right_hand=hand)).sum(axis=(0, 1))
    assert warm[0] > warm[2]
    assert cold[2] > cold[0]


def test_overlay_of_less_visible_landmarks_fades_to_grey_and_to_nothing(make_landmarks: MakeLandmarks) -> None:
    found = make_landmarks(0, parts="p")
    assert found.pose is not None
    image = picture((640, 480), 0)

    def colourfulness(visibility: float) -> int:
        assert found.pose is not None
        pose = replace(found.pose, visibility=np.full(33, visibility))
        drawn = draw(image, replace(found, pose=pose)).astype(int)
        return int((drawn.max(axis=2) - drawn.min(axis=2)).sum())

    assert colourfulness(1.0) > colourfulness(0.5) > colourfulness(0.2) > 0
    assert colourfulness(0.05) == 0


def test_overlay_with_non_finite_landmarks_draws_the_others() -> None:
    hand = hand_at(100.0, 100.0)
    hand.image[:5] = np.nan
    hand.image[5:8] = np.inf
    hand.image[8:11] = 1e30
    image = picture((200, 200))
    drawn = draw(image, Landmarks(time=0.0, index=0, size=(200, 200), left_hand=hand))
    assert np.any(drawn != image)


def test_overlay_of_a_face_without_irises_is_drawn(make_landmarks: MakeLandmarks) -> None:
    found = make_landmarks(0, parts="f")
    assert found.face is not None
    short = replace(found, face=replace(found.face, image=found.face.image[:468]))
    image = picture((640, 480))
    assert np.any(draw(image, short) != image)


def read_film(path: Path) -> tuple[float, list[np.ndarray]]:
    cv2 = opencv.load()
    capture = cv2.VideoCapture(str(path))
    frames = []
    while True:
        found, frame = capture.read()
        if not found:
            break
        frames.append(frame)
    return float(capture.get(cv2.CAP_PROP_FPS)), frames


def write_film(path: Path, times: Sequence[float], *, size: tuple[int, int] = (64, 48), fps: float = 10.0) -> Path:
    with OverlayWriter(path, size=size, fps=fps) as writer:
        for index, time in enumerate(times):
            writer.write(picture(size, 20 * index), Landmarks(time=time, index=index, size=size))
    return path


def test_overlay_video_of_a_variable_rate_repeats_and_drops_frames(tmp_path: Path) -> None:
    times = [5.0, 5.1, 5.2, 5.5, 5.51, 5.52, 5.6]
    fps, frames = read_film(write_film(tmp_path / "a.mp4", times))
    assert fps == pytest.approx(10.0)
    shown = [round(float(frame.mean()) / 20) for frame in frames]
    assert shown == [0, 1, 2, 2, 2, 3, 6]


@pytest.mark.parametrize("suffix", [".mp4", ".avi", ".mkv", ".mov"])
@pytest.mark.parametrize(("size", "even"), [((16, 16), (16, 16)), ((63, 49), (64, 48)), ((1, 1), (2, 2))])
def test_overlay_video_of_an_odd_size_is_made_even(
    tmp_path: Path, suffix: str, size: tuple[int, int], even: tuple[int, int]
) -> None:
    _, frames = read_film(write_film(tmp_path / f"Ä b{suffix}", [0.0, 0.1], size=size))
    assert len(frames) == 2
    assert np.abs(np.subtract(frames[0].shape[1::-1], even)).max() <= 2


def test_overlay_video_of_8k_is_scaled_down(tmp_path: Path) -> None:
    _, frames = read_film(write_film(tmp_path / "a.mp4", [0.0], size=(7680, 4320)))
    assert frames[0].shape == (1080, overlay.LONGEST_SIDE, 3)


def test_overlay_video_that_exists_is_not_overwritten_without_force(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    path.write_bytes(b"precious")
    with pytest.raises(OutputExists):
        OverlayWriter(path, size=(64, 48), fps=10.0)
    with suppress(ZeroDivisionError), OverlayWriter(path, size=(64, 48), fps=10.0, force=True) as writer:
        writer.write(picture((64, 48)), Landmarks(time=0.0, index=0, size=(64, 48)))
        raise ZeroDivisionError
    with OverlayWriter(path, size=(64, 48), fps=10.0, force=True):
        pass
    assert path.read_bytes() == b"precious"
    assert [other.name for other in tmp_path.iterdir()] == ["a.mp4"]


@pytest.mark.parametrize("name", ["a.txt", "a", "gone/a.mp4"])
def test_overlay_video_at_an_unwritable_path_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputUnwritable, match="cannot be written"):
        OverlayWriter(tmp_path / name, size=(64, 48), fps=10.0)
    assert list(tmp_path.iterdir()) == []


def test_overlay_video_that_cannot_be_opened_leaves_no_writer_and_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    released: list[bool] = []
    writer = SimpleNamespace(isOpened=lambda: False, release=lambda: released.append(True))
    monkeypatch.setattr(opencv.load(), "VideoWriter", lambda *_: writer)
    with pytest.raises(OutputUnwritable, match="cannot be written as a video"):
        OverlayWriter(tmp_path / "a.mp4", size=(64, 48), fps=25.0)
    assert released
    assert list(tmp_path.iterdir()) == []
