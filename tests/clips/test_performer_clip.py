# SPDX-License-Identifier: GPL-3.0-or-later
"""The clip and its truth belong together: the body, projected, is where the picture shows it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSION_INDEX
from mimic.models.body.joints import INDEX
from mimic.models.body.model import neutral_body

Truth = dict[str, NDArray[Any]]
SOLES = [29, 30, 31, 32]


@pytest.fixture(scope="module")
def truth(performer: Path) -> Truth:
    with np.load(performer.with_suffix(".npz")) as data:
        return dict(data)


@pytest.fixture(scope="module")
def pictures(performer: Path) -> NDArray[np.uint8]:
    """(n, height, width, 3), blue first."""

    def frames() -> Iterator[NDArray[Any]]:
        video = cv2.VideoCapture(str(performer))
        while (found := video.read())[0]:
            yield found[1]

    return np.array(list(frames()), dtype=np.uint8)


def landmarks(truth: Truth) -> NDArray[np.float64]:
    """(n, 75, 3) metres in the camera's axes."""
    return neutral_body().landmark_positions(truth["rotations"], truth["root"])


def pixels(truth: Truth, points: NDArray[np.float64]) -> NDArray[np.float64]:
    middle = 0.5 * truth["size"]
    return middle + float(truth["focal"][0]) * np.stack([points[..., 0], -points[..., 2]], -1) / points[..., 1:2]


def test_performer_clip_has_a_pose_for_every_picture(
    truth: Truth, pictures: NDArray[np.uint8], performer: Path
) -> None:
    count = len(truth["time"])
    assert truth["rotations"].shape == (count, 52, 4)
    assert truth["root"].shape == (count, 3)
    assert len(pictures) == count
    assert pictures.shape[1:3] == (truth["size"][1], truth["size"][0])
    assert truth["expressions"].shape == (count, 52)
    assert truth["eyes"].shape == (count, 2, 4)
    assert 8.0 < truth["time"][-1] < 10.0
    assert performer.stat().st_size < 1_500_000


def test_performer_rotations_are_unit_and_continuous(truth: Truth) -> None:
    q = truth["rotations"]
    assert np.allclose(np.linalg.norm(q, axis=-1), 1.0)
    assert np.sum(q[1:] * q[:-1], axis=-1).min() > 0.8


def test_performer_landmarks_stay_inside_the_picture(truth: Truth) -> None:
    xy = pixels(truth, landmarks(truth))
    assert xy.min() > 0.0
    assert (xy < truth["size"]).all()


def test_performer_lower_foot_stays_on_the_floor(truth: Truth) -> None:
    heights = landmarks(truth)[:, SOLES, 2] - neutral_body().landmarks[SOLES, 2]
    lowest = heights.min(axis=1)
    assert np.ptp(lowest) < 0.05


def test_performer_fingers_move_by_thirty_degrees(truth: Truth) -> None:
    for side in ("Left", "Right"):
        w = np.abs(truth["rotations"][:, INDEX[f"{side}HandIndex2"], 0]).clip(0.0, 1.0)
        assert np.degrees(np.ptp(2.0 * np.arccos(w))) > 30.0


def test_performer_clip_shows_skin_at_the_nose_and_cloth_at_the_belly(
    truth: Truth, pictures: NDArray[np.uint8]
) -> None:
    points = landmarks(truth)
    joints = neutral_body().positions(truth["rotations"], truth["root"])
    nose = pixels(truth, points[:, 0]).round().astype(int)
    belly = pixels(truth, joints[:, INDEX["Spine1"]]).round().astype(int)
    number = np.arange(len(pictures))
    blue, _, red = pictures[number, nose[:, 1], nose[:, 0]].astype(int).T
    assert np.mean(red > blue + 15) > 0.95
    blue, green, red = pictures[number, belly[:, 1], belly[:, 0]].astype(int).T
    assert np.mean((green > red + 30) & (blue > red + 30)) > 0.9


def test_performer_speaks_blinks_smiles_and_looks_around(truth: Truth) -> None:
    face = truth["expressions"]
    assert face.min() >= 0.0
    assert face.max() <= 1.0
    for name, most in (("jawOpen", 0.4), ("mouthFunnel", 0.5), ("mouthSmileLeft", 0.8), ("browInnerUp", 0.7)):
        assert face[:, EXPRESSION_INDEX[name]].max() > most, name
    for side in ("Left", "Right"):
        shut = face[:, EXPRESSION_INDEX[f"eyeBlink{side}"]] > 0.9
        assert np.count_nonzero(np.diff(shut.astype(int)) > 0) == 6
    turned = 2.0 * np.degrees(np.arccos(np.abs(truth["eyes"][..., 0]).clip(0.0, 1.0)))
    assert 15.0 < turned.max() < 25.0
    assert np.allclose(np.linalg.norm(truth["eyes"], axis=-1), 1.0)


def test_performer_eyes_look_where_their_expressions_say(truth: Truth) -> None:
    face, eyes = truth["expressions"], truth["eyes"]
    ahead = rot.rotate(eyes, np.broadcast_to([0.0, -1.0, 0.0], (*eyes.shape[:2], 3)))
    left = face[:, EXPRESSION_INDEX["eyeLookOutLeft"]] - face[:, EXPRESSION_INDEX["eyeLookInLeft"]]
    up = face[:, EXPRESSION_INDEX["eyeLookUpLeft"]] - face[:, EXPRESSION_INDEX["eyeLookDownLeft"]]
    assert np.corrcoef(ahead[:, 0, 0], left)[0, 1] > 0.99
    assert np.corrcoef(ahead[:, 0, 2], up)[0, 1] > 0.98
