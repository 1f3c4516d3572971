# SPDX-License-Identifier: GPL-3.0-or-later
"""Scores of motions before and after refining, with motions that are made up."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.model import neutral_body
from mimic.models.training.evaluation.refine_scores import Refinement, RefineScore, errors_of, refine_table

TIME = np.arange(30) / 25.0


def points(root) -> np.ndarray:
    """Points (n, 33, 3) of somebody who stands with the hips along a path (n, 3)."""
    return neutral_body().landmark_positions(rot.identity(len(TIME), 52), np.asarray(root))[:, :33]


STILL = points(np.tile([0.0, 4.0, 0.0], (len(TIME), 1)))


def test_the_truth_has_no_errors():
    found = errors_of(TIME, STILL, STILL)
    assert found.limbs == pytest.approx(0.0, abs=1e-3)
    assert [found.joints, found.along, found.across, found.distance, found.slide] == pytest.approx([0.0] * 5, abs=1e-6)


def test_a_path_that_wavers_along_the_lens_is_off_along_it_and_slides():
    waver = 0.1 * np.sign(np.sin(TIME))
    found = errors_of(TIME, STILL + waver[:, None, None] * [0.0, 1.0, 0.0], STILL)
    assert found.along > 10.0 * found.across
    assert found.slide > 0.0
    assert found.joints == pytest.approx(0.0, abs=1e-6)


def test_somebody_farther_away_is_not_off_beside_the_distance():
    found = errors_of(TIME, STILL + np.array([0.0, 0.4, 0.0]), STILL)
    assert found.distance == pytest.approx(10.0, abs=0.2)
    assert found.along == pytest.approx(0.0, abs=1e-6)


def test_feet_that_truly_move_do_not_slide():
    moving = points(np.stack([TIME, np.full(len(TIME), 4.0), np.zeros(len(TIME))], axis=1))
    assert np.isnan(errors_of(TIME, moving, moving).slide)


def test_the_table_has_a_row_for_each_kind_and_one_for_all_that_are_rendered():
    before, after = (
        RefineScore(12.0, 70.0, 60.0, 20.0, -4.0, np.nan, 3.0),
        RefineScore(11.0, 66, 30, 15, 2, np.nan, 4.0),
    )
    clips = {
        "a": Refinement("walking", before, after, 7.0),
        "b": Refinement("dancing", before, after, 9.0),
        "c": Refinement("real", before, after, 5.0),
    }
    rows = refine_table(clips).splitlines()
    assert (
        sum(row.startswith(("| walking | 1", "| dancing | 1", "| real | 1", "| **all rendered** | 2")) for row in rows)
        == 4
    )
    assert "12.0 → 11.0" in rows[-2]
    assert "4.0 → 2.0" in rows[-2]
