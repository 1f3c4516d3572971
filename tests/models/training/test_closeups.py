# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands of small pictures, seen larger."""

import numpy as np
import pytest

from mimic.models.training.pictures.closeups import HandDetector, no_hands, window_about
from mimic.models.training.pictures.views import Camera, Window
from mimic.pipeline.landmarks.data import PoseLandmarks, Region
from mimic.pipeline.landmarks.settings import HolisticSettings

CAMERA = Camera(384, 320, 400.0)
WRIST, MIDDLE = np.array([200.0, 150.0]), np.array([200.0, 140.0])


def pose_at(wrist, middle, *, visibility=1.0):
    image = np.zeros((33, 3))
    image[[15, 16], :2], image[[17, 18, 19, 20], :2] = wrist, middle
    sure = np.full(33, visibility)
    return PoseLandmarks(image, np.zeros((33, 3)), sure, sure, 1.0, Region(0.0, 0.0, 1.0, 1.0, 0.0))


def test_hand_window_holds_the_region_at_any_rotation():
    window = window_about(MIDDLE, WRIST, CAMERA, 2.0, grow=2.7)
    half_diagonal = 2.7 * 10.0 * np.sqrt(2.0)
    assert window.x <= MIDDLE[0] - half_diagonal
    assert window.x + window.width / window.scale >= MIDDLE[0] + half_diagonal
    assert window.scale == 2.0


def test_hand_window_at_the_edge_stays_in_the_picture_and_in_size():
    window = window_about(np.array([380.0, 10.0]), np.array([300.0, 60.0]), CAMERA, 2.9, grow=2.7)
    assert window.x >= 0
    assert window.y >= 0
    assert window.x + window.width / window.scale <= CAMERA.width + 1.0
    assert max(window.width, window.height) <= 512


@pytest.mark.parametrize("middle", [np.array([-400.0, 100.0]), np.array([200.0, 900.0]), np.full(2, np.nan), WRIST])
def test_hand_outside_the_picture_or_without_size_has_no_window(middle):
    assert window_about(middle, WRIST if middle is WRIST else middle + 5.0, CAMERA, 1.0, grow=2.7) is None


@pytest.mark.networks
def test_hand_watcher_skips_a_hidden_wrist_and_finds_no_hand_on_a_wall(networks):
    watch = HandDetector(HolisticSettings(static=True, face=False))
    seen = []

    def wall(window: Window):
        seen.append(window)
        return np.full((window.height, window.width, 3), 90, np.uint8)

    rng = np.random.default_rng(0)
    hidden = watch(rng, CAMERA, pose_at(WRIST, MIDDLE, visibility=0.05), wall)
    assert not seen
    bare = watch(rng, CAMERA, pose_at(WRIST, MIDDLE), wall)
    assert len(seen) == 2
    for hands in (hidden, bare):
        assert np.isnan(hands.presence).all()
        assert np.isnan(hands.image).all()
    assert no_hands().world.shape == (2, 21, 3)
