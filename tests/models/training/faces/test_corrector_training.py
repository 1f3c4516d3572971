# SPDX-License-Identifier: GPL-3.0-or-later
"""Learning the corrector from faces whose points show what MediaPipe's network does not say."""

import numpy as np
import pytest

from mimic.models.body.expressions import EXPRESSION_INDEX, EXPRESSIONS
from mimic.models.training.errors import FacesMissing
from mimic.models.training.faces.corrector_training import corrected, mirror_points, train_corrector
from mimic.models.training.faces.face_scores import correlations, mediapipe
from mimic.models.training.faces.face_sets import mixture_shots, neutral_shots, read_learning
from mimic.models.training.faces.pictures import FaceShots, write
from mimic.pipeline.landmarks.data import COEFFICIENTS
from mimic.pipeline.solve.face import head_frame
from mimic.pipeline.solve.face.correction import read_corrector

FLIP = np.array([-1.0, 1.0, 1.0])


def symmetric_face() -> tuple[np.ndarray, np.ndarray]:
    """Return points (478, 3) of the head's frame, and the pairs (k, 2) of those that expressions may move."""
    rng = np.random.default_rng(7)
    points = np.zeros((478, 3))
    points[head_frame._POINTS] = head_frame._BASIS[:, 2:]
    free = np.setdiff1d(np.arange(478), head_frame._POINTS)
    pairs = free[: len(free) // 2 * 2].reshape(-1, 2)
    points[pairs[:, 0]] = rng.normal(0.0, 4.0, (len(pairs), 3))
    points[pairs[:, 1]] = points[pairs[:, 0]] * FLIP
    return points, pairs


def movements(pairs: np.ndarray) -> np.ndarray:
    """Return how each expression moves the points, (52, 478, 3)."""
    moved = np.zeros((52, 478, 3))
    for number, name in enumerate(EXPRESSIONS):
        base = name.removesuffix("Left").removesuffix("Right")
        first = 3 * sorted({one.removesuffix("Left").removesuffix("Right") for one in EXPRESSIONS}).index(base)
        own = np.random.default_rng(first).normal(0.0, 0.5, (3, 3))
        for (left, right), way in zip(pairs[first : first + 3], own, strict=True):
            if not name.endswith("Right"):
                moved[number, left] = way
            if not name.endswith("Left"):
                moved[number, right] = way * FLIP
    return moved


def shots_of(people: int, count: int, *, seed: int) -> FaceShots:
    """Return frontal shots of deaf faces: MediaPipe's network says nothing, but the points show everything."""
    rng = np.random.default_rng(seed)
    taken = [*neutral_shots(rng, people), *mixture_shots(rng, people, count)]
    truth = np.array([shot.expressions for shot in taken])
    face, pairs = symmetric_face()
    in_head = face + np.tensordot(truth, movements(pairs), axes=1)
    pixels = 10.0 * np.stack([in_head[..., 0], -in_head[..., 2], in_head[..., 1]], axis=-1)
    return FaceShots(
        points=pixels + rng.normal(0.0, 0.2, pixels.shape),
        coefficients=np.zeros((len(taken), len(COEFFICIENTS))),
        expressions=truth,
        person=np.array([shot.person for shot in taken]),
        angles=np.array([shot.angles for shot in taken]),
    )


def test_mirrored_points_of_a_symmetric_face_are_its_pairs():
    face, pairs = symmetric_face()
    mirror = mirror_points(face[None])
    np.testing.assert_array_equal(mirror[pairs[:, 0]], pairs[:, 1])
    np.testing.assert_array_equal(mirror[mirror], np.arange(478))


def test_folder_without_faces_to_learn_from_says_how_to_make_them(tmp_path):
    with pytest.raises(FacesMissing, match="mimic train --faces"):
        read_learning(tmp_path)


def test_corrector_reads_what_only_the_points_show(tmp_path):
    for name in ("scipy", "torch"):
        pytest.importorskip(name)
    write(shots_of(8, 25, seed=1), tmp_path / "learn_0.npz")
    write(shots_of(3, 20, seed=2), tmp_path / "learn_1.npz")
    assert len(np.unique(read_learning(tmp_path).person)) == 11
    corrector = read_corrector(train_corrector(tmp_path))
    unseen = shots_of(3, 20, seed=3)
    before, after = (
        correlations(reader(unseen).expressions, unseen.expressions) for reader in (mediapipe, corrected(corrector))
    )
    jaw, cheeks = EXPRESSION_INDEX["jawOpen"], EXPRESSION_INDEX["cheekPuff"]
    assert before[jaw] == before[cheeks] == 0.0
    assert after[jaw] > 0.8
    assert after[cheeks] > 0.5
    assert corrector.share[EXPRESSION_INDEX["eyeBlinkLeft"]] == 0.0
    assert np.isinf(corrector.limit[EXPRESSION_INDEX["eyeBlinkLeft"]])
    assert corrector.share[EXPRESSION_INDEX["noseSneerLeft"]] == corrector.share[EXPRESSION_INDEX["noseSneerRight"]]
