# SPDX-License-Identifier: GPL-3.0-or-later
"""Write down what MediaPipe Holistic 0.10.21 sees, for test_parity.py to compare Mimic with.

Runs in an environment of MediaPipe's own, which knows nothing of Mimic; tests/bench/bench_holistic.py says how to make
one, when it is not given one. Complexity 0 and 2 need the extra networks that it names::

    PEER/bin/python tests/parity/make_goldens.py [--only NAME ...]

A golden is one .npz for each case below: `source`, `seconds_per_frame`, `complexity`, `refine_face`, `static` say how
it was made; `present` (n, 4) bool says for every frame whether pose, left hand, right hand and face were found;
`frames` (k,) are the frames whose landmarks were kept, `digests` (k,) identify their decoded pixels, and `pose`
(k, 33, 4: x, y, z in pixels, visibility), `world` (k, 33, 3: metres), `left`, `right` (k, 21, 3: pixels) and `face`
(k, 468 or 478, 3: pixels) are the landmarks, NaN where nothing was found.

Tracking amplifies whatever it is given, so a golden also says how far MediaPipe strays from itself. Twins are runs
over the same frames with one pixel in a hundred brighter by one grey level: `twins_present` (twins, n, 4) is what
they find, and `strays` (twins, 5) is each one's median distance from the golden run over all kept frames and points,
of pose, left, right, face (pixels) and world (metres).
"""

import argparse
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import mediapipe
import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[2]
GOLDENS = Path(__file__).resolve().parent / "goldens"
PICTURES = (".jpg", ".png")
# solution_base.py simulates this clock, whatever the real frame rate is.
SECONDS_PER_FRAME = 0.033333
PARTS = ("pose", "left", "right", "face")
TWINS = 12
SETTLED = 30


@dataclass(frozen=True)
class Case:
    """One run of MediaPipe: over the first `frames` frames of `source`, keeping every `keep`-th one's landmarks."""

    name: str
    source: str
    complexity: int = 1
    refine_face: bool = False
    frames: int = 1
    keep: int = 1


TFJS = "../shared/data/groundtruth"
MEDIA = "../shared/data/media/mediapipe-samples"
STEREO = f"{TFJS}/bodypose3d/media/cam0_test.mp4"
SQUATS = f"{TFJS}/pose-detection/test_data/pose_squats.mp4"
STILLS = {
    "portrait": f"{TFJS}/face-landmarks-detection/test_data/portrait.jpg",
    "hands_only": f"{TFJS}/hand-pose-detection/test_data/hands.jpg",
    "yoga": f"{TFJS}/pose-detection/test_data/pose.jpg",
    "mask": f"{TFJS}/pose-detection/test_data/pose_segmentation.png",
    "thumb_up": f"{MEDIA}/gesture_recognizer__hand_thumb_up.jpg",
    "fist": f"{MEDIA}/hand_landmarker__test_image.jpg",
    "thumbs_up": f"{MEDIA}/hand_landmarker__thumbs-up.png",
    "businessman": f"{MEDIA}/holistic_landmarker__business-person.png",
    "sitting": f"{MEDIA}/pose_landmarker__test_image.jpg",
}
CASES = [
    *(
        Case(f"{name}{suffix}", source, refine_face=refine)
        for name, source in STILLS.items()
        for suffix, refine in (("", False), ("_refined", True))
    ),
    Case("performer", "tests/clips/performer.mp4", frames=96, keep=6),
    Case("performer_refined", "tests/clips/performer.mp4", refine_face=True, frames=30, keep=6),
    Case("squats", SQUATS, frames=65, keep=4),
    Case("squats_refined", SQUATS, refine_face=True, frames=20, keep=5),
    Case("squats_lite", SQUATS, complexity=0, frames=20, keep=5),
    Case("squats_heavy", SQUATS, complexity=2, frames=20, keep=5),
    Case("stereo", STEREO, frames=60, keep=5),
    Case("gestures", f"{MEDIA}/gesture_recognizer__test_video.mp4", frames=60, keep=5),
]


def decoded(source: Path, count: int) -> Iterator[NDArray[Any]]:
    """Yield the first `count` frames of a video, or a picture once, as RGB uint8 (H, W, 3)."""
    if source.suffix in PICTURES:
        yield cv2.cvtColor(cv2.imread(str(source)), cv2.COLOR_BGR2RGB)
        return
    capture = cv2.VideoCapture(str(source))
    for _ in range(count):
        read, image = capture.read()
        if not read:
            break
        yield cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    capture.release()


def digest(image: NDArray[Any]) -> str:
    """Identify decoded pixels, since two builds of a decoder may differ by a grey level."""
    return hashlib.sha256(image.tobytes()).hexdigest()[:16]


def points(found: Any, *, count: int, scale: tuple[float, ...], visibility: bool = False) -> NDArray[Any]:
    """Return MediaPipe's landmark list as (count, 3), or (count, 4) with visibility, in units of `scale`."""
    if found is None:
        return np.full((count, 3 + visibility), np.nan, np.float32)
    rows = [[p.x, p.y, p.z, p.visibility][: 3 + visibility] for p in found.landmark]
    return (np.array(rows) * scale).astype(np.float32)


def landmarks(results: Any, *, size: tuple[int, int], face_points: int) -> dict[str, NDArray[Any]]:
    """Return one frame's landmarks in pixels of a picture of `size` (width, height), world in metres."""
    # MediaPipe's z is a share of the picture's width.
    pixels = (size[0], size[1], size[0])
    return {
        "pose": points(results.pose_landmarks, count=33, scale=(*pixels, 1), visibility=True),
        "world": points(results.pose_world_landmarks, count=33, scale=(1, 1, 1)),
        "left": points(results.left_hand_landmarks, count=21, scale=pixels),
        "right": points(results.right_hand_landmarks, count=21, scale=pixels),
        "face": points(results.face_landmarks, count=face_points, scale=pixels),
    }


def brightened(image: NDArray[Any], generator: np.random.Generator) -> NDArray[Any]:
    """Return the picture with one pixel in a hundred brighter by one grey level."""
    chosen = generator.random(image.shape[:2]) < 0.01
    return np.where(chosen[..., None] & (image < 255), image + 1, image).astype(np.uint8)


def observe(case: Case, source: Path, *, twin: int | None = None) -> dict[str, NDArray[Any]]:
    """Run MediaPipe over one case, afresh; the arrays of `present`, `frames`, `digests` and landmarks."""
    present: list[list[bool]] = []
    kept: list[int] = []
    streams: dict[str, list[NDArray[Any]]] = {}
    digests: list[str] = []
    generator = np.random.default_rng(twin)
    with mediapipe.solutions.holistic.Holistic(
        static_image_mode=source.suffix in PICTURES,
        model_complexity=case.complexity,
        refine_face_landmarks=case.refine_face,
    ) as holistic:
        for index, image in enumerate(decoded(source, case.frames)):
            seen = image if twin is None else brightened(image, generator)
            size, face_points = (image.shape[1], image.shape[0]), 478 if case.refine_face else 468
            found = landmarks(holistic.process(seen), size=size, face_points=face_points)
            present.append([bool(np.isfinite(found[part]).all()) for part in PARTS])
            # The first frames are where a difference is a fault and not drift.
            if index < 2 or index % case.keep == 0:
                kept.append(index)
                digests.append(digest(image))
                for name, array in found.items():
                    streams.setdefault(name, []).append(array)
    arrays = {name: np.stack(frames) for name, frames in streams.items()}
    return {"present": np.array(present), "frames": np.array(kept), "digests": np.array(digests), **arrays}


def stray(golden: dict[str, NDArray[Any]], twin: dict[str, NDArray[Any]]) -> list[float]:
    """Return the median distances between two runs; NaN where no frame has the part in both."""
    medians = []
    for part, axes in (("pose", 2), ("left", 2), ("right", 2), ("face", 2), ("world", 3)):
        distances = np.linalg.norm((twin[part] - golden[part])[..., :axes], axis=-1)
        medians.append(float(np.nanmedian(distances)) if np.isfinite(distances).any() else np.nan)
    return medians


def make_golden(case: Case, source: Path) -> dict[str, Any]:
    """Return all arrays of a case's golden."""
    golden = observe(case, source)
    twins = [observe(case, source, twin=seed) for seed in range(TWINS)]
    return {
        "source": case.source,
        "seconds_per_frame": SECONDS_PER_FRAME,
        "complexity": case.complexity,
        "refine_face": case.refine_face,
        "static": source.suffix in PICTURES,
        "twins_present": np.array([twin["present"] for twin in twins]),
        "strays": np.array([stray(golden, twin) for twin in twins]),
        **golden,
    }


def make_hands_golden(source: Path) -> dict[str, Any]:
    """Run MediaPipe Hands over one picture until it no longer moves, and return `image` and `world` of two hands.

    Holistic keeps the hands' world landmarks to itself, and Hands does not. Both follow a hand alike, so after many
    frames of one picture it does not matter how they found it: `image` (2, 21, 3: pixels), `world` (2, 21, 3: metres).
    """
    image = next(decoded(source, 1))
    height, width = image.shape[:2]
    with mediapipe.solutions.hands.Hands(max_num_hands=2) as hands:
        for _ in range(SETTLED):
            seen = hands.process(image)
    pixels = (width, height, width)
    return {
        "source": STILLS["hands_only"],
        "repeats": SETTLED,
        "digests": np.array([digest(image)]),
        "image": np.stack([points(hand, count=21, scale=pixels) for hand in seen.multi_hand_landmarks]),
        "world": np.stack([points(hand, count=21, scale=(1, 1, 1)) for hand in seen.multi_hand_world_landmarks]),
    }


def main() -> None:
    """Write every golden whose source is on this machine."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="*", help="names of the cases to write; default: all")
    only = parser.parse_args().only
    GOLDENS.mkdir(exist_ok=True)
    for case in CASES:
        source = ROOT / case.source
        if (only is None or case.name in only) and source.is_file():
            np.savez_compressed(GOLDENS / f"{case.name}.npz", **make_golden(case, source))
    hands = ROOT / STILLS["hands_only"]
    if (only is None or "hands_world" in only) and hands.is_file():
        np.savez_compressed(GOLDENS / "hands_world.npz", **make_hands_golden(hands))


if __name__ == "__main__":
    main()
