# SPDX-License-Identifier: GPL-3.0-or-later
"""Trust: what trembles is hidden, what is small or turned away says little."""

import numpy as np
import pytest

from mimic.pipeline.solve.face.observation import FaceTrack
from mimic.pipeline.solve.face.trust import Trust, tremble, trembles, trust_of

from .conftest import MakeFace

MASK, GLASSES = (0, 2), (1, 3, 4)


def _trust(*, head: float = 0.0, scale: float = 12.0, presence: float = 1.0, shaking: dict[int, float] | None = None
           ) -> Trust:  # fmt: skip
    values = np.full(5, 0.02)
    for part, size in (shaking or {}).items():
        values[part] = size
    return trust_of(
        np.array([presence]), np.array([scale]), np.radians([[head, 0.0]]), values[None]
    )  # fmt: skip


def test_plain_face_is_trusted_fully() -> None:
    trust = _trust()
    assert trust.seen.all()
    for part in (trust.mouth, trust.brows, trust.lids, trust.gaze, trust.sides):
        np.testing.assert_allclose(part, 1.0)


def test_mouth_behind_a_mask_says_nothing_and_the_brows_still_do() -> None:
    trust = _trust(shaking=dict.fromkeys(MASK, 0.13))
    assert trust.mouth[0] == 0.0
    assert trust.brows[0] == 1.0


def test_eyes_behind_dark_glasses_do_not_look_and_the_mouth_still_speaks() -> None:
    trust = _trust(shaking=dict.fromkeys(GLASSES, 0.3))
    assert not trust.gaze.any()
    assert not trust.lids.any()
    assert trust.mouth[0] == 1.0


@pytest.mark.parametrize("how", [{"presence": 0.4}, {"presence": np.nan}, {"scale": 0.9}, {"head": 85.0}])
def test_face_that_is_unsure_tiny_or_turned_away_is_not_seen(how: dict[str, float]) -> None:
    trust = _trust(**how)
    assert not trust.seen.any()
    assert not trust.mouth.any()


def test_far_side_of_a_turned_head_is_not_trusted_and_the_near_side_is() -> None:
    np.testing.assert_allclose(_trust(head=45.0).sides, [[0.0, 1.0]])
    np.testing.assert_allclose(_trust(head=-45.0).sides, [[1.0, 0.0]])


def test_trembling_is_measured_from_noise_and_not_from_movement(make_face: MakeFace) -> None:
    time = np.arange(60) / 30.0
    still = FaceTrack.of([make_face(t, noise=0.5, seed=i) for i, t in enumerate(time)])
    sweep = FaceTrack.of([make_face(t, head=(20.0 * np.sin(2.0 * t), 0.0)) for t in time])
    shaking = trembles(time, still.places)
    assert shaking[:, 0].min() > 5.0 * trembles(time, sweep.places)[:, 0].max()
    np.testing.assert_allclose(tremble(still.places), shaking[30], rtol=0.5)


def test_too_few_frames_do_not_tremble() -> None:
    assert not trembles(np.arange(4) / 30.0, np.random.default_rng(0).normal(size=(4, 5, 2))).any()
    assert not tremble(np.full((40, 5, 2), np.nan)).any()
    assert not trembles(np.arange(0.0), np.empty((0, 5, 2))).size
