# SPDX-License-Identifier: GPL-3.0-or-later
"""A session from start to stop. The timer's tick is called by hand, as no timer fires without a window."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("performer_in_numbers")]


def test_session_moves_the_character_and_leaves_the_last_pose_when_stopped(add_on, avatar, started, until, arm):
    seen = arm.poses(avatar, started)
    assert np.ptp(seen, axis=0).max() > 0.05
    add_on.ops.mimic.session_stop()
    until(lambda: started.worker.task.done and started.reader.task.done)
    kept = arm.turn(avatar)
    from mimic.addon.runtime import runtime

    assert runtime().timer.tick() is None
    np.testing.assert_array_equal(arm.turn(avatar), kept)
    assert add_on.ops.mimic.session_start.poll()
    add_on.ops.mimic.pose_reset()
    np.testing.assert_array_equal(arm.turn(avatar), [1.0, 0.0, 0.0, 0.0])


def test_live_pose_in_every_rotation_mode_is_the_same(add_on, avatar, started, until):
    from mimic.addon.live.target import apply_pose

    pose = started.shown.poses[0]
    bone = avatar.pose.bones["mixamorig:LeftArm"]
    matrices = []
    for mode in ("QUATERNION", "XYZ", "ZYX", "AXIS_ANGLE"):
        bone.rotation_mode = mode
        apply_pose(avatar, pose)
        add_on.context.view_layer.update()
        matrices.append(np.array(bone.matrix_basis))
    for matrix in matrices[1:]:
        np.testing.assert_allclose(matrix, matrices[0], atol=1e-5)


def test_session_while_another_runs_is_refused(add_on, avatar, started, film):
    from mimic.addon.errors import SessionRuns
    from mimic.addon.runtime import runtime

    assert not add_on.ops.mimic.session_start.poll()
    with pytest.raises(SessionRuns, match="Avatar"):
        runtime().sessions.start([avatar], started.settings)
    assert runtime().session is started


def test_session_started_again_at_once_gets_the_camera(add_on, avatar, camera, until):
    from mimic.addon.runtime import runtime

    for _ in range(2):
        add_on.ops.mimic.session_start(source=camera.address)
        running = runtime().session
        until(lambda running=running: running.count > 2)
        add_on.ops.mimic.session_stop()


def test_session_when_paused_makes_no_poses_until_continued(add_on, avatar, started, until):
    from mimic.addon.live.session import State

    add_on.ops.mimic.session_pause()
    assert started.state is State.PAUSED
    number = started.worker.newest.number
    add_on.ops.mimic.session_wait(seconds=0.5)
    # The frame that was at work when the pause began may still have come out.
    assert started.worker.newest.number <= number + 1
    add_on.ops.mimic.session_pause()
    until(lambda: started.worker.newest.number > number + 3)


def test_session_on_a_keyed_armature_keeps_the_live_pose_at_a_frame_change(add_on, avatar, started, arm):
    bone = avatar.pose.bones["mixamorig:LeftArm"]
    bone.rotation_quaternion = (0.0, 1.0, 0.0, 0.0)
    for frame in (1, 50):
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    arm.poses(avatar, started, 2)
    shown = arm.turn(avatar)
    add_on.context.scene.frame_set(20)
    np.testing.assert_allclose(arm.turn(avatar), shown, atol=1e-6)


def test_session_of_the_upper_body_leaves_hips_and_legs_at_rest(add_on, avatar, film, until, arm):
    from mimic.addon.runtime import runtime

    add_on.context.scene.mimic.upper_body = True
    add_on.ops.mimic.session_start(source=str(film))
    until(lambda: runtime().session.count > 5)
    for name in ("Hips", "LeftUpLeg", "RightLeg"):
        np.testing.assert_allclose(
            np.abs(avatar.pose.bones[f"mixamorig:{name}"].rotation_quaternion), [1.0, 0.0, 0.0, 0.0], atol=1e-6
        )
    np.testing.assert_allclose(avatar.pose.bones["mixamorig:Hips"].location, 0.0, atol=1e-6)
    assert abs(arm.turn(avatar)[0]) < 0.9999


@pytest.mark.usefixtures("tilted_camera")
def test_calibration_of_a_tilted_camera_levels_the_live_pose_and_the_take(add_on, avatar, film, until):
    from mimic.addon.runtime import runtime

    def lean() -> float:
        add_on.context.view_layer.update()
        bones = avatar.pose.bones
        up = bones["mixamorig:Neck"].head - bones["mixamorig:Hips"].head
        return float(np.degrees(up.angle((0.0, 0.0, 1.0))))

    rest = lean()
    add_on.ops.mimic.session_start(source=str(film))
    running = runtime().session
    until(lambda: running.count > 10)
    assert lean() > 20.0
    add_on.ops.mimic.session_calibrate(countdown=0.2)
    assert running.stance.calibrating is not None
    until(lambda: running.stance.calibrating is None)
    number = running.count
    until(lambda: running.count > number + 2)
    assert lean() == pytest.approx(rest, abs=1.0)
    add_on.ops.mimic.take_record(take="Upright")
    until(lambda: running.recording.frames > 4)
    add_on.ops.mimic.session_stop()
    until(lambda: avatar.animation_data is not None and avatar.animation_data.action is not None)
    add_on.context.scene.frame_set(2)
    assert lean() == pytest.approx(rest, abs=3.0)
    assert tuple(add_on.context.scene.mimic.calibration) != (1.0, 0.0, 0.0, 0.0)
    add_on.ops.mimic.calibration_clear()
    assert tuple(add_on.context.scene.mimic.calibration) == (1.0, 0.0, 0.0, 0.0)


def test_calibration_after_a_walk_puts_the_hips_back_in_place(add_on, avatar, started, until, walk_away):
    def away() -> float:
        return float(np.linalg.norm(avatar.pose.bones["mixamorig:Hips"].location))

    walk_away()
    until(lambda: away() > 0.5)
    add_on.ops.mimic.session_calibrate(countdown=1.2)
    until(lambda: away() < 0.05)
    assert started.stance.calibrating is None


def test_live_smoothing_of_a_calmer_region_follows_later(add_on, avatar, wave):
    from mimic.addon import panel_settings
    from mimic.addon.live.pipeline import LivePipeline
    from mimic.addon.live.target import Target

    settings = add_on.context.scene.mimic
    target = Target(avatar)

    def reached(calm: float) -> float:
        """Radians by which the arm has turned in the frame after a turn of half a radian."""
        settings.live_smoothing_arms = calm
        pipeline = LivePipeline(target.rig, target.rig_map, panel_settings.live(settings, source_spec="0").live)
        poses = [pipeline.pose(wave(i, i / 30, (640, 480), angle=0.5 * (i == 10))) for i in range(11)]
        before, after = (pose.rotations[pose.bones.index("mixamorig:LeftArm")] for pose in poses[-2:])
        return float(rot.angle(rot.multiply(rot.conjugate(before), after)))

    at_once, later, latest = (reached(calm) for calm in (0.0, 0.5, 1.0))
    assert latest < later - 0.02
    assert later < at_once - 0.02
    assert at_once > 0.35


def test_smoothing_slider_moved_while_a_session_runs_reaches_the_session(add_on, avatar, started, monkeypatch):
    told = []
    monkeypatch.setattr("mimic.addon.live.pipeline.LivePipeline.smooth", lambda _self, regions: told.append(regions))
    add_on.context.scene.mimic.live_smoothing_legs = 0.9
    assert told[0]["legs"] == pytest.approx(0.9)
    assert told[0]["arms"] == pytest.approx(0.25)


def test_live_settings_hold_the_chosen_camera_size(add_on):
    from mimic.addon import panel_settings

    settings = add_on.context.scene.mimic
    assert panel_settings.live(settings, source_spec="0").size is None
    settings.camera_size = "1280x720"
    assert panel_settings.live(settings, source_spec="0").size == (1280, 720)


def test_worker_while_recording_makes_more_poses_than_blender_shows(started, tmp_path, until):
    """A take gets every frame; a pose that is only shown waits until Blender has shown the one before."""
    import time

    from mimic.pipeline.live import pace

    assert pace.MAX_WAIT < 0.5
    shown = started.worker.newest.number
    time.sleep(3.0 * pace.MAX_WAIT)  # Blender does not look
    idle = started.worker.newest.number - shown
    started.worker.recorder.begin(tmp_path / "all.take")
    until(lambda: (started.worker.recorder.frames or 0) > 2)
    shown = started.worker.newest.number
    time.sleep(3.0 * pace.MAX_WAIT)
    assert started.worker.newest.number - shown > idle


@pytest.mark.parametrize(("apart", "gone", "works"), [(0.04, 0.0, True), (0.8, 0.0, True), (0.04, 5.0, False)])
def test_calibration_works_with_few_slow_frames_but_not_with_old_ones(  # noqa: PLR0917
    add_on, avatar, wave, apart, gone, works
):
    from mimic.addon.live.pipeline import LivePipeline, LiveSettings
    from mimic.addon.live.target import Target

    target = Target(avatar)
    pipeline = LivePipeline(target.rig, target.rig_map, LiveSettings())
    for number in range(5):
        pipeline.pose(wave(number, number * apart, (64, 48), angle=0.2))
    pipeline.pose(wave(5, 5 * apart + gone, (64, 48), angle=0.2, person=False))
    assert pipeline.calibrate() is works


def test_calibration_without_a_person_fails_and_the_session_goes_on(add_on, avatar, make_film, tmp_path, until):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.session_start(source=str(make_film(tmp_path / "dark.avi", frames=20, shade=0)))
    until(lambda: runtime().session.count > 2)
    add_on.ops.mimic.session_calibrate(countdown=0.0)
    until(lambda: runtime().notices.error("live"))
    assert "Nobody" in runtime().notices.error("live")
    assert runtime().session is not None


@pytest.mark.parametrize(
    ("region", "size"), [((800, 600), (384, 216)), ((300, 900), (384, 288)), ((900, 300), (288, 384))]
)
def test_preview_keeps_its_shape_within_a_third_of_the_region(bpy, region, size):
    from mimic.addon.live.preview import place

    x, y, width, height = place(*region, size, scale=1.5)
    assert x > 0
    assert y > 0
    assert width <= region[0] / 3 + 1
    assert height <= region[1] / 3 + 1
    assert width / height == pytest.approx(size[0] / size[1], rel=0.03)


def test_wait_in_a_script_lets_the_session_run(add_on, avatar, film):
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.session_start(source=str(film))
    add_on.ops.mimic.session_wait(seconds=1.5)
    assert runtime().session.count > 0
    assert runtime().session.delay > 0.0
    assert runtime().session.rate > 0.0
    add_on.ops.mimic.session_stop()
    add_on.ops.mimic.session_wait(seconds=5.0)


def test_register_in_a_fresh_process_loads_no_heavy_library(bpy):
    """Registering must cost nothing; a fresh process shows it."""
    import subprocess
    import sys

    program = (
        "import sys, os, bpy, mimic; mimic.register(); "
        "sys.stdout.write(' '.join({'cv2', 'onnxruntime', 'rich'} & set(sys.modules))); sys.stdout.flush(); os._exit(0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
