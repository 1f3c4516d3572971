# SPDX-License-Identifier: GPL-3.0-or-later
"""Mimic sees what MediaPipe Holistic 0.10.21 sees: goldens/ holds MediaPipe's answers, see make_goldens.py.

First frames must agree closely. Later ones may drift: a thousandth of a pixel in the region of interest moves limbs
by a pixel within five frames, because each frame's region comes from the last one's landmarks. MediaPipe drifts from
itself as far when one pixel in a hundred is brighter by one grey level; a golden's `twins_present` and `strays` tell
how far, and nothing can agree with MediaPipe better than that.
"""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from mimic.pipeline.landmarks.data import Floats, Landmarks
from mimic.pipeline.landmarks.holistic import Holistic
from mimic.pipeline.landmarks.settings import HolisticSettings, Model, PoseSettings
from mimic.pipeline.sources.frame import Frame

pytestmark = [pytest.mark.networks, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
GOLDENS = sorted(p for p in (Path(__file__).parent / "goldens").glob("*.npz") if p.stem != "hands_world")
MODELS: dict[int, Model] = {0: "lite", 1: "full", 2: "heavy"}
PARTS = ("pose", "left", "right", "face")

# Medians over points, of the distance in the picture (px) or in the world (m).
FIRST = {"pose": 0.2, "hands": 0.6, "face": 0.6, "world": 0.001}
DRIFTED = {"pose": 2.0, "hands": 2.0, "face": 2.0, "world": 0.005}
STREAMS = {"pose": ["pose"], "hands": ["left", "right"], "face": ["face"], "world": ["world"]}
STRAYS = ["pose", "left", "right", "face", "world"]  # columns of a golden's `strays`
# The second frame's region comes from the first one's landmarks: this many times as far apart.
SECOND = 3
# Of z, which is noisier, as a share of the part's extent in the picture.
FIRST_Z = 0.03

Golden = Mapping[str, Any]


@cache
def load(path: Path) -> Golden:
    with np.load(path) as golden:
        return dict(golden)


def source(golden: Golden) -> Path:
    """Where the golden's picture or video is, or skip."""
    path = ROOT / str(golden["source"])
    if not path.is_file():
        pytest.skip(f"needs {golden['source']}, which is not on this machine")
    return path


def frames(golden: Golden) -> Iterator[Frame]:
    """Decode as make_goldens.py does, with the clock that MediaPipe simulates."""
    path = source(golden)
    if golden["static"]:
        yield Frame(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB), 0.0, 0)
        return
    capture = cv2.VideoCapture(str(path))
    for index in range(len(golden["present"])):
        read, image = capture.read()
        assert read, f"{path.name} ends before frame {index}"
        yield Frame(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), index * float(golden["seconds_per_frame"]), index)
    capture.release()


def settings(golden: Golden) -> HolisticSettings:
    return HolisticSettings(
        model=MODELS[int(golden["complexity"])],
        attention=bool(golden["refine_face"]),
        static=bool(golden["static"]),
        smooth=not golden["static"],
        parity=True,
        # Python's MediaPipe loses the graph's own 7.
        pose_settings=PoseSettings(heatmap_kernel=9),
    )


@cache
def observed(path: Path) -> tuple[list[Landmarks], list[str]]:
    """Return what Mimic sees of a golden's source, and where its pixels are not those that MediaPipe saw."""
    golden = load(path)
    expected = dict(zip(golden["frames"].tolist(), golden["digests"].tolist(), strict=True))
    seen, other_pixels = [], []
    holistic = Holistic(settings(golden))
    for frame in frames(golden):
        digest = hashlib.sha256(frame.image.tobytes()).hexdigest()[:16]
        if expected.get(frame.index, digest) != digest:
            other_pixels.append(f"frame {frame.index} is decoded differently here")
        seen.append(holistic.process(frame))
    return seen, other_pixels


def image(landmarks: Landmarks, part: str) -> Floats | None:
    """Return the part's points in pixels, (n, 3), or None."""
    found = {
        "pose": landmarks.pose,
        "left": landmarks.left_hand,
        "right": landmarks.right_hand,
        "face": landmarks.face,
    }[part]
    return None if found is None else np.asarray(found.image)


def distances(path: Path, stream: str) -> dict[int, Floats]:
    """Return, for each kept frame where both sides have it, the distances of the stream's points: px, or m."""
    golden, (seen, _) = load(path), observed(path)
    found: dict[int, list[Floats]] = {}
    for part in STREAMS[stream]:
        for index, expected in zip(golden["frames"].tolist(), golden[part], strict=True):
            pose = seen[index].pose
            ours = (None if pose is None else pose.world) if part == "world" else image(seen[index], part)
            if ours is not None and np.isfinite(expected).all():
                axes = 3 if part == "world" else 2
                apart = np.linalg.norm(ours[: len(expected), :axes] - expected[:, :axes], axis=1)
                found.setdefault(index, []).append(apart)
    return {index: np.concatenate(parts) for index, parts in found.items()}


def pictures() -> list[Path]:
    return [path for path in GOLDENS if load(path)["static"]]


def videos() -> list[Path]:
    return [path for path in GOLDENS if not load(path)["static"]]


def stem(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", GOLDENS, ids=stem)
def test_holistic_finds_the_parts_that_mediapipe_finds_on_each_frame(networks: Path, path: Path) -> None:
    golden, (seen, note) = load(path), observed(path)
    ours = np.array([[image(landmarks, part) is not None for part in PARTS] for landmarks in seen])
    differs = (ours != golden["present"]).sum(axis=0)
    # As often as MediaPipe disagrees with itself, and on one frame more of a video.
    limit = (golden["twins_present"] != golden["present"]).sum(axis=1).max(axis=0) + (not golden["static"])
    assert differs[0] == 0, note
    assert np.all(differs <= limit), (dict(zip(PARTS, differs.tolist(), strict=True)), limit, note)


@pytest.mark.parametrize("path", GOLDENS, ids=stem)
@pytest.mark.parametrize("stream", FIRST)
def test_holistic_landmarks_of_the_first_frame_agree_with_mediapipe(networks: Path, path: Path, stream: str) -> None:
    found = distances(path, stream)
    if 0 in found:
        assert np.median(found[0]) < FIRST[stream], observed(path)[1]


@pytest.mark.parametrize("path", GOLDENS, ids=stem)
def test_holistic_depth_and_visibility_of_the_first_frame_agree_with_mediapipe(networks: Path, path: Path) -> None:
    golden, (seen, note) = load(path), observed(path)
    if seen[0].pose is not None:
        assert np.abs(seen[0].pose.visibility - golden["pose"][0, :, 3]).max() < 0.01, note
    for part in PARTS:
        points, expected = image(seen[0], part), golden[part][0]
        if points is not None and np.isfinite(expected).all():
            extent = np.ptp(expected[:, :2], axis=0).max()
            assert np.median(np.abs(points[: len(expected), 2] - expected[:, 2])) < FIRST_Z * extent, (part, note)


@pytest.mark.parametrize("path", videos(), ids=stem)
@pytest.mark.parametrize("stream", FIRST)
def test_holistic_landmarks_of_the_second_frame_agree_with_mediapipe(networks: Path, path: Path, stream: str) -> None:
    found = distances(path, stream)
    if 1 in found:
        assert np.median(found[1]) < SECOND * FIRST[stream], observed(path)[1]


@pytest.mark.parametrize("path", videos(), ids=stem)
@pytest.mark.parametrize("stream", DRIFTED)
def test_holistic_landmarks_of_later_frames_drift_no_more_than_mediapipes(
    networks: Path, path: Path, stream: str
) -> None:
    strays = load(path)["strays"][:, [STRAYS.index(part) for part in STREAMS[stream]]]
    # NaN: MediaPipe may have found the part in no frame.
    limit = max(DRIFTED[stream], float(np.nan_to_num(strays).max()))
    found = distances(path, stream)
    if found:
        assert np.median(np.concatenate(list(found.values()))) < limit, observed(path)[1]
