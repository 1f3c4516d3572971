# SPDX-License-Identifier: GPL-3.0-or-later
"""Left and right that one camera exchanged are put in order by the other ones, in pixels and in motion."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.pipeline.landmarks.names import POSE_MIRROR
from mimic.pipeline.solve.cameras.exchanges.exchanged import exchanged_motion, exchanged_view
from mimic.pipeline.solve.cameras.exchanges.settle import settled
from mimic.pipeline.solve.sides.exchange import Exchange
from mimic.pipeline.takes.geometry import Clock

LIMBS = [Exchange.ARMS, Exchange.LEGS, Exchange.UPPER]


def seen(stage, motion, camera, exchanges=None):
    """What a camera saw of a motion, solved in its own axes, with some sides exchanged (n,)."""
    view = stage.view(motion, camera, noise=2.0)
    inward = rot.conjugate(np.array(camera.rotation))
    rotations = motion.rotations.copy()
    rotations[:, 0] = rot.multiply(inward, rotations[:, 0])
    root = rot.rotate(inward, motion.root - np.array(camera.position))
    own = type(motion)(view.time, rotations, root, motion.shape, motion.confidence)
    view = type(view)(view.time, view.pixels, view.weight, own, view.size, view.focal, view.focal_doubt)
    return view if exchanges is None else exchanged_view(view, exchanges)


def test_exchanged_motion_is_the_body_mirrored_in_depth_with_its_twins_exchanged(stage):
    motion = stage.motion()
    flipped = exchanged_motion(motion, np.full(len(motion.time), Exchange.WHOLE))
    points, moved = (
        stage.body.landmark_positions(each.rotations, np.zeros((len(each.time), 3)))[:, :33]
        for each in (motion, flipped)
    )
    hips, moved_hips = (each[:, [23]] + each[:, [24]] for each in (points, moved))
    mirrored = (points - 0.5 * hips)[:, list(POSE_MIRROR)] * [1.0, -1.0, 1.0]
    np.testing.assert_allclose(moved - 0.5 * moved_hips, mirrored, atol=1e-9)


@pytest.mark.parametrize("exchange", [Exchange.WHOLE, *LIMBS])
@pytest.mark.parametrize("wrong", [0, 1])
def test_exchange_in_one_of_two_views_is_undone_in_it(stage, exchange, wrong):
    motion = stage.motion(60)
    cameras = [stage.camera(0.0), stage.camera(70.0)]
    exchanges = np.zeros(60, np.int64)
    exchanges[20:45] = exchange
    views = [seen(stage, motion, each, exchanges if k == wrong else None) for k, each in enumerate(cameras)]
    mended, found = settled(views, cameras)
    assert not found[1 - wrong].any()
    np.testing.assert_array_equal(found[wrong], exchanges)
    true = seen(stage, motion, cameras[wrong])
    np.testing.assert_allclose(mended[wrong].pixels, true.pixels)
    assert np.degrees(rot.apart(mended[wrong].motion.rotations, true.motion.rotations)).max() < 1e-3
    assert (mended[wrong].motion.confidence[20:45] < true.motion.confidence[20:45]).any()
    np.testing.assert_array_equal(mended[wrong].motion.confidence[:20], true.motion.confidence[:20])


def test_views_in_order_are_left_as_they_are(stage):
    motion = stage.motion(60)
    cameras = [stage.camera(0.0), stage.camera(50.0), stage.camera(110.0)]
    views = [seen(stage, motion, each) for each in cameras]
    mended, found = settled(views, cameras)
    assert not np.concatenate(found).any()
    assert all(each is view for each, view in zip(mended, views, strict=True))


def test_exchanges_in_two_of_five_views_are_undone_in_each(stage):
    motion = stage.motion(60)
    cameras = [stage.camera(angle) for angle in (0.0, 60.0, 120.0, 180.0, 250.0)]
    exchanges = {1: np.zeros(60, np.int64), 4: np.zeros(60, np.int64)}
    exchanges[1][10:35], exchanges[4][20:50] = Exchange.WHOLE, Exchange.LEGS
    views = [seen(stage, motion, each, exchanges.get(k)) for k, each in enumerate(cameras)]
    found = settled(views, cameras)[1]
    for k, each in enumerate(found):
        np.testing.assert_array_equal(each, exchanges.get(k, np.zeros(60, np.int64)))


def test_exchange_in_a_camera_with_another_clock_is_undone_in_its_own_frames(stage):
    motion = stage.motion(60)
    cameras = [stage.camera(0.0), stage.camera(70.0, clock=Clock(0.4, 1.01))]
    exchanges = np.zeros(60, np.int64)
    exchanges[20:45] = Exchange.WHOLE
    views = [seen(stage, motion, cameras[0]), seen(stage, motion, cameras[1], exchanges)]
    found = settled(views, cameras)[1]
    assert not found[0].any()
    assert (found[1] != exchanges).sum() <= 2


def test_frames_that_one_camera_films_alone_are_left_as_they_are(stage):
    motion = stage.motion(60)
    cameras = [stage.camera(0.0), stage.camera(70.0, clock=Clock(-1.0))]
    exchanges = np.zeros(60, np.int64)
    exchanges[40:] = Exchange.WHOLE
    views = [seen(stage, motion, cameras[0], exchanges), seen(stage, motion, cameras[1])]
    late = views[1].time <= views[1].time[0] + 1.6
    short = replace(
        views[1],
        time=views[1].time[late],
        pixels=views[1].pixels[late],
        weight=views[1].weight[late],
        motion=replace(
            views[1].motion,
            time=views[1].motion.time[late],
            rotations=views[1].motion.rotations[late],
            root=views[1].motion.root[late],
            confidence=views[1].motion.confidence[late],
            expressions=views[1].motion.expressions[late],
            eyes=views[1].motion.eyes[late],
        ),
    )
    found = settled([views[0], short], cameras)[1]
    assert (found[0][:48] == exchanges[:48]).all()
    assert not found[0][50:].any()


def test_cameras_whose_clocks_are_days_apart_are_left_as_they_are(stage):
    motion = stage.motion(60)
    cameras = [stage.camera(0.0), stage.camera(70.0)]
    views = [seen(stage, motion, each) for each in cameras]
    apart = [cameras[0], replace(cameras[1], clock=Clock(1e9))]
    assert not np.concatenate(settled(views, apart)[1]).any()


def test_view_of_one_camera_and_views_without_frames_are_left_as_they_are(stage):
    motion, camera = stage.motion(), stage.camera(0.0)
    view = seen(stage, motion, camera)
    empty = seen(stage, stage.motion(0), camera)
    assert settled([view], [camera])[0][0] is view
    mended, found = settled([view, empty], [camera, stage.camera(60.0)])
    assert [len(each) for each in found] == [40, 0]
    assert not found[0].any()
    assert mended[1] is empty
