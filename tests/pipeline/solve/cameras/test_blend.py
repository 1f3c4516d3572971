# SPDX-License-Identifier: GPL-3.0-or-later
"""One motion from the motions of several views."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSIONS
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.model import neutral_body
from mimic.models.body.motion import BodyMotion, Vertical
from mimic.pipeline.solve.cameras.blending.blend import blended
from mimic.pipeline.takes.geometry import Clock

from .staged import Performer, camera_at, lost, with_motion

Array = NDArray[np.float64]

FIRST = camera_at(0.0)
SECOND = camera_at(80.0)
TIME = np.arange(150) / 30.0
FINGER = INDEX["LeftHandIndex1"]


@pytest.fixture
def performer() -> Performer:
    return Performer()


def apart(motion: BodyMotion, performer: Performer) -> Array:
    """Degrees (n, 52) between the global rotations of a motion and the true ones."""
    body = neutral_body()
    true = body.globals(performer.rotations(motion.time))
    return np.degrees(rot.apart(body.globals(motion.rotations), true))


def hitches(motion: BodyMotion) -> Array:
    """Acceleration (n - 2,) of the fastest joint, m/s^2."""
    points = neutral_body().positions(motion.rotations, motion.root)
    step = float(np.median(np.diff(motion.time)))
    return np.asarray(np.linalg.norm(np.diff(points, 2, axis=0), axis=-1).max(axis=1) / step**2)


def constant(*vector: float) -> object:
    return lambda time: np.tile(np.array(vector), (len(time), 1))


def test_blend_of_true_views_is_the_true_motion(performer: Performer) -> None:
    views = [performer.seen_by(camera, TIME) for camera in (FIRST, SECOND)]
    blend = blended(views, [FIRST, SECOND])
    assert apart(blend.motion, performer).max() < 0.01
    np.testing.assert_allclose(blend.motion.root, performer.root(TIME), atol=1e-6)
    assert blend.scale == pytest.approx(1.0, abs=1e-6)


def test_blend_of_cameras_with_other_clocks_and_rates_is_in_the_clock_of_the_first(performer: Performer) -> None:
    second = camera_at(80.0, clock=Clock(offset=0.317, rate=1.0004))
    views = [performer.seen_by(FIRST, TIME), performer.seen_by(second, np.arange(240) / 60.0)]
    motion = blended(views, [FIRST, second]).motion
    np.testing.assert_array_equal(motion.time, TIME)
    assert apart(motion, performer).max() < 1.0
    np.testing.assert_allclose(motion.root, performer.root(TIME), atol=0.003)


def test_blend_of_a_camera_that_starts_earlier_and_ends_later_covers_all_of_it(performer: Performer) -> None:
    second = camera_at(80.0, clock=Clock(offset=-1.0))
    views = [performer.seen_by(FIRST, TIME), performer.seen_by(second, np.arange(210) / 30.0 + 0.01)]
    motion = blended(views, [FIRST, second]).motion
    assert motion.time[0] == pytest.approx(-0.99)
    assert motion.time[-1] == pytest.approx(209 / 30.0 - 0.99)
    assert (np.diff(motion.time) > 0.015).all()
    assert np.isin(TIME, motion.time).all()
    assert apart(motion, performer).max() < 0.5
    assert (motion.confidence > 0.2).all()


def test_blend_of_errors_towards_each_camera_is_better_than_any_view(performer: Performer) -> None:
    # Each camera takes people for leaning towards it, which is across the other one's line of sight.
    views = [performer.seen_by(camera, TIME, error=constant(0.3, 0.0, 0.0)) for camera in (FIRST, SECOND)]
    motion = blended(views, [FIRST, SECOND]).motion
    alone = np.degrees(0.3)
    upright = [INDEX[name] for name in ("Spine", "Spine1", "Neck")]
    assert apart(motion, performer)[:, upright].mean() < 0.65 * alone


def test_blend_of_three_views_leaves_out_one_that_is_wrong(performer: Performer) -> None:
    cameras = [FIRST, SECOND, camera_at(-70.0)]
    views = [performer.seen_by(camera, TIME) for camera in cameras]
    views[1] = performer.seen_by(SECOND, TIME, error=constant(0.0, 0.0, 2.5))
    assert apart(blended(views, cameras).motion, performer).mean() < 4.0


def test_blend_of_views_half_a_turn_apart_does_not_flip_between_them(performer: Performer) -> None:
    rng = np.random.default_rng(3)
    second = performer.seen_by(SECOND, TIME, error=constant(0.0, 0.0, np.pi))
    noise = rng.normal(0.0, 0.1, second.motion.confidence.shape)
    second = with_motion(second, confidence=np.clip(0.75 + noise, 0.3, 1.0))
    motion = blended([performer.seen_by(FIRST, TIME), second], [FIRST, SECOND]).motion
    steps = np.degrees(rot.apart(motion.rotations[1:, 0], motion.rotations[:-1, 0]))
    assert steps.max() < 8.0


def test_blend_of_one_view_is_that_view_in_the_axes_of_the_take(performer: Performer) -> None:
    view = performer.seen_by(SECOND, TIME, error=constant(0.0, 0.1, 0.0))
    motion = blended([None, view], [FIRST, SECOND]).motion
    turned = rot.multiply(np.array(SECOND.rotation), view.motion.rotations[:, 0])
    np.testing.assert_allclose(rot.apart(motion.rotations[:, 0], turned), 0.0, atol=1e-6)
    np.testing.assert_allclose(motion.rotations[:, 1:], view.motion.rotations[:, 1:], atol=1e-9)
    np.testing.assert_allclose(motion.root, performer.root(TIME), atol=1e-6)


def test_blend_of_nobody_is_refused() -> None:
    with pytest.raises(ValueError, match="no camera sees the person"):
        blended([None, None], [FIRST, SECOND])


@pytest.mark.parametrize("scale", [0.9, 1.1])
def test_blend_of_wrong_distances_is_where_the_lines_of_sight_cross(performer: Performer, scale: float) -> None:
    views = [performer.seen_by(camera, TIME, scale=scale) for camera in (FIRST, SECOND)]
    blend = blended(views, [FIRST, SECOND])
    np.testing.assert_allclose(blend.motion.root, performer.root(TIME), atol=0.005)
    assert blend.scale == pytest.approx(1.0 / scale, rel=0.005)


def test_blend_has_no_seam_where_a_camera_ends(performer: Performer) -> None:
    first = performer.seen_by(FIRST, TIME, error=constant(0.1, 0.1, 0.1), scale=1.06)
    second = performer.seen_by(SECOND, TIME[:80], error=constant(-0.2, 0.1, -0.2), scale=0.93)
    whole = hitches(blended([first, performer.seen_by(SECOND, TIME)], [FIRST, SECOND]).motion)
    ended = hitches(blended([first, second], [FIRST, SECOND]).motion)
    assert ended[60:95].max() < 1.3 * whole.max()


def test_blend_has_no_seam_where_a_camera_loses_and_finds_the_person(performer: Performer) -> None:
    first = performer.seen_by(FIRST, TIME, error=constant(0.1, 0.1, 0.1), scale=1.06)
    second = performer.seen_by(SECOND, TIME, error=constant(-0.2, 0.1, -0.2), scale=0.93)
    whole = hitches(blended([first, second], [FIRST, SECOND]).motion)
    motion = blended([first, lost(second, slice(50, 90))], [FIRST, SECOND]).motion
    assert hitches(motion).max() < 1.3 * whole.max()
    alone = np.degrees(rot.apart(motion.rotations[60:80, 0], first.motion.rotations[60:80, 0]))
    assert alone.max() < 0.01


def test_blend_has_no_step_in_the_path_where_a_camera_of_unsure_distances_is_left_alone(performer: Performer) -> None:
    first, second = (performer.seen_by(camera, TIME) for camera in (FIRST, SECOND))
    wobble = 1.06 + 0.03 * np.sin(11.0 * TIME)
    first = with_motion(first, root=first.motion.root * wobble[:, None])
    second = with_motion(second, root=second.motion.root * 0.95)
    path = blended([first, lost(second, slice(80, 150))], [FIRST, SECOND]).motion.root
    alone = blended([first, None], [FIRST, SECOND]).motion.root
    change, usual = (np.linalg.norm(np.diff(each, 2, axis=0), axis=1) for each in (path, alone))
    assert change[60:110].max() < 1.3 * usual.max()


def test_blend_keeps_a_root_that_nobody_sees_unknown_and_rotations_known(performer: Performer) -> None:
    views = [lost(performer.seen_by(camera, TIME), slice(40, 70)) for camera in (FIRST, SECOND)]
    motion = blended(views, [FIRST, SECOND]).motion
    assert np.isnan(motion.root[40:70]).all()
    assert np.isfinite(np.delete(motion.root, slice(40, 70), axis=0)).all()
    assert np.isfinite(motion.rotations).all()
    assert (motion.confidence[40:70] == 0.0).all()
    assert (np.degrees(rot.apart(motion.rotations[1:], motion.rotations[:-1])).max(axis=1)[35:69] < 8.0).all()


def test_blend_of_fingers_follows_the_view_that_sees_the_hand_and_changes_softly(performer: Performer) -> None:
    views = [performer.seen_by(camera, TIME) for camera in (FIRST, SECOND)]
    for k, (frames, view) in enumerate(zip((slice(0, 70), slice(75, 150)), views, strict=True)):
        rotations, weight = view.motion.rotations.copy(), view.weight.copy()
        rotations[:, FINGER] = rot.from_axis_angle([1.0, 0.0, 0.0], 0.8 * k)
        seen = np.zeros(len(TIME), bool)
        seen[frames] = True
        weight[~seen, 33:54] = 0.0
        views[k] = replace(with_motion(view, rotations=rotations), weight=weight)
    curl = np.degrees(rot.angle(blended(views, [FIRST, SECOND]).motion.rotations[:, FINGER]))
    assert curl[:60].max() < 3.0
    assert curl[90:].min() > np.degrees(0.8) - 3.0
    assert np.abs(np.diff(curl)).max() < 10.0


def test_blend_of_faces_follows_the_view_that_the_face_is_turned_to() -> None:
    cameras = [camera_at(-45.0), camera_at(45.0)]
    turning = Performer(speed=0.25, yaw=0.0)
    views = [turning.seen_by(camera, TIME) for camera in cameras]
    eyes = rot.identity(len(TIME), 2)
    for k, view in enumerate(views):
        views[k] = with_motion(view, expressions=np.full((len(TIME), len(EXPRESSIONS)), float(k)), eyes=eyes)
    jaw = blended(views, cameras).motion.expressions[:, 0]
    yaw = 0.5 * np.sin(0.7 * 2.0 * np.pi * 0.15 * TIME)
    assert jaw[yaw > 0.4].mean() > 0.8  # turned to its left: the second camera's side
    assert jaw[yaw < -0.2].size == 0 or jaw[yaw < -0.2].mean() < 0.4
    assert np.abs(np.diff(jaw)).max() < 0.1


def test_blend_of_a_face_that_one_camera_never_saw_is_the_others(performer: Performer) -> None:
    views = [performer.seen_by(camera, TIME) for camera in (FIRST, SECOND)]
    smile = np.full((len(TIME), len(EXPRESSIONS)), 0.6)
    eyes = np.tile(rot.from_axis_angle([0.0, 0.0, 1.0], 0.2), (len(TIME), 2, 1))
    views[1] = with_motion(views[1], expressions=smile, eyes=eyes)
    motion = blended(views, [FIRST, SECOND]).motion
    np.testing.assert_allclose(motion.expressions, smile)
    np.testing.assert_allclose(rot.apart(motion.eyes, eyes), 0.0, atol=1e-6)


def test_blend_without_faces_has_no_expressions(performer: Performer) -> None:
    motion = blended([performer.seen_by(camera, TIME) for camera in (FIRST, SECOND)], [FIRST, SECOND]).motion
    assert motion.expressions.shape == (len(TIME), len(EXPRESSIONS))
    assert np.isnan(motion.expressions).all()
    assert np.isnan(motion.eyes).all()


def test_blend_turns_the_verticals_of_all_cameras(performer: Performer) -> None:
    views = []
    for doubt, camera in ((0.05, FIRST), (0.06, camera_at(90.0))):
        back = rot.rotate(rot.conjugate(np.array(camera.rotation)), np.array([0.6, 0.0, 0.8]))
        up = Vertical("lines", (float(back[0]), float(back[1]), float(back[2])), doubt)
        views.append(with_motion(performer.seen_by(camera, TIME), verticals=(up,)))
    verticals = blended(views, [FIRST, camera_at(90.0)]).motion.verticals
    assert len(verticals) == 2
    for vertical in verticals:
        np.testing.assert_allclose(vertical.up, (0.6, 0.0, 0.8), atol=1e-9)


def test_blend_is_as_sure_as_the_best_view(performer: Performer) -> None:
    views = [performer.seen_by(FIRST, TIME, confidence=0.4), performer.seen_by(SECOND, TIME[:80], confidence=0.9)]
    confidence = blended(views, [FIRST, SECOND]).motion.confidence
    assert confidence.shape == (len(TIME), len(JOINTS))
    np.testing.assert_allclose(confidence[:80], 0.9)
    np.testing.assert_allclose(confidence[85:], 0.4)
