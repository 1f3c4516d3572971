# SPDX-License-Identifier: GPL-3.0-or-later
"""Correlation of signals at every lag: against sums written out, with parts unseen, and its peak between samples."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.correlation import bell, blurred, correlate, correlate_turned, peak


def test_correlation_of_partly_seen_signals_equals_sums_written_out():
    rng = np.random.default_rng(0)
    seen, seen_there = (rng.random((count, 3)) > 0.3 for count in (40, 25))
    ours, theirs = rng.normal(size=(40, 3)) * seen, rng.normal(size=(25, 3)) * seen_there
    found = correlate(ours, seen.astype(float), theirs, seen_there.astype(float))
    assert found.lags[0] == -24
    assert found.lags[-1] == 39
    for lag in (-20, -3, 0, 7, 30):
        at = int(lag - found.lags[0])
        here = slice(max(lag, 0), min(25 + lag, 40))
        there = slice(here.start - lag, here.stop - lag)
        both = seen[here] & seen_there[there]
        assert found.common[at] == pytest.approx((ours[here] * theirs[there]).sum())
        power = (ours[here] ** 2 * both).sum() * (theirs[there] ** 2 * both).sum()
        assert found.power[at] == pytest.approx(np.sqrt(power))
        assert found.shared[at] == pytest.approx(both.sum() / 3)
        assert found.match[at] == pytest.approx((ours[here] * theirs[there]).sum() / np.sqrt(power))


def test_correlation_of_still_signals_is_zero():
    still = np.zeros((10, 2))
    assert (correlate(still, np.ones((10, 1)), still, np.ones((10, 1))).match == 0.0).all()


def test_peak_of_a_parabola_is_found_between_samples():
    at = np.arange(9.0)
    assert peak(-((at - 4.3) ** 2), 4) == pytest.approx(0.3)
    assert peak(at, 8) == 0.0


def test_blurred_values_ignore_what_is_unseen():
    values = np.full((50, 1), 2.0)
    seen = np.ones((50, 1))
    values[20:30], seen[20:30] = 1000.0, 0.0
    np.testing.assert_allclose(blurred(values, seen, bell(4.0)), 2.0)
    assert (blurred(values, np.zeros((50, 1)), bell(4.0)) == 0.0).all()


def test_correlation_of_turned_vectors_finds_the_lag_and_the_rotation():
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(80, 4, 3))
    turn = rot.to_matrix(rot.from_vector([0.3, -1.2, 2.0]))
    seen, seen_there = (rng.random((count, 4)) > 0.2 for count in (60, 50))
    ours = vectors[:60] * seen[..., None]
    theirs = vectors[20:70] @ turn * seen_there[..., None]
    found = correlate_turned(ours, seen.astype(float), theirs, seen_there.astype(float))
    at = int(found.match.argmax())
    assert found.lags[at] == 20
    assert found.match[at] == pytest.approx(1.0)
    assert found.shared[at] == pytest.approx((seen[20:] & seen_there[:40]).sum() / 4)
    np.testing.assert_allclose(found.rotation(at), turn, atol=1e-9)
    twice = found + found
    assert twice.at(at).match[0] == pytest.approx(1.0)


def test_correlation_of_mirrored_vectors_is_not_that_of_turned_ones():
    vectors = np.random.default_rng(2).normal(size=(80, 4, 3))
    mirrored = vectors * [-1.0, 1.0, 1.0]
    found = correlate_turned(vectors, np.ones((80, 4)), mirrored, np.ones((80, 4)))
    assert found.match[found.lags == 0] == pytest.approx(1.0 / 3.0, abs=0.1)
