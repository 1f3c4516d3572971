# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras that filmed a take, as objects of the scene: they see the baked character where the performer was filmed."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.camera_tilt import up_of
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.model import neutral_body
from mimic.models.body.motion import BodyMotion, Vertical
from mimic.pipeline.solve.cameras.fitting.performer import Performer
from mimic.pipeline.takes.geometry import CameraGeometry, Clock
from mimic.retarget.motion.options import MotionOptions

SEEN = ("Hips", "LeftArm", "RightHand", "Head", "LeftFoot")
FOCAL, SIZE = 1100.0, (1280, 720)
FIRST = CameraGeometry(focal=FOCAL, size=SIZE)
SIDE = CameraGeometry(
    rotation=tuple(rot.from_axis_angle([0.1, 0.0, 0.995], 1.2).tolist()),
    position=(3.6, 1.7, 0.2),
    focal=900.0,
    size=(720, 1280),
    clock=Clock(0.4, 1.0),
)


def filmed_motion(*, pitch=0.3, frames=40) -> BodyMotion:
    """Somebody who walks aside and waves, as a camera sees them that looks down by an angle."""
    turns = np.tile(rot.identity(len(JOINTS)), (frames, 1, 1))
    time = np.arange(frames) / 25.0
    turns[:, INDEX["LeftArm"]] = rot.from_axis_angle([0.0, 1.0, 0.0], -0.8 * np.sin(3.0 * time))
    turns[:, 0] = rot.from_axis_angle([0.0, 0.0, 1.0], 0.3 + 0.2 * time)
    root = np.stack([-0.5 + 0.6 * time, 3.5 + 0.1 * time, np.full(frames, -0.4)], axis=1)
    tilt = rot.between([0.0, 0.0, 1.0], up_of([pitch, 0.0]))
    turns[:, 0] = rot.multiply(tilt, turns[:, 0])
    shown = Vertical("calibration", tuple(up_of([pitch, 0.0]).tolist()), 0.001)
    return BodyMotion(
        time, turns, rot.rotate(tilt, root), np.empty(0), np.ones((frames, len(JOINTS))), verticals=(shown,)
    )


@pytest.fixture
def add_on(bpy):
    """Blender with Mimic enabled, and afterwards without."""
    import mimic

    mimic.register()
    yield bpy
    mimic.unregister()


@pytest.fixture
def bake(add_on, make):
    """Bake a motion on the avatar, then add the cameras of its take; the armature and the camera objects."""
    from mimic.addon.bake.requests import BakeSettings, apply_bake
    from mimic.addon.bake.take_cameras import FilmedBy, FilmedTake, add_cameras

    def run(
        motion,
        cameras,
        *,
        options=None,
        turn=(1.0, 0.0, 0.0, 0.0),
        fps=25.0,
        folders=(),
        place=None,
        performer=None,
        source="{number}.avi",
    ):
        add_on.ops.mimic.avatar_add()
        armature = add_on.context.object
        if place is not None:
            armature.matrix_world = place
        add_on.context.scene.render.fps = 25
        options = options or MotionOptions(feet="off", smoothing=0.0, limits=False)
        settings = BakeSettings(armatures=(armature.name,), action="Walk", motion_options=options)
        solved = make.solved(motion)
        scale = 1.0 if performer is None else performer.scale
        person = replace(solved.people[0], performer=performer, scale=scale)
        taken = FilmedTake(
            replace(solved, people=(person,)),
            tuple(
                FilmedBy(each, source.format(number=number), fps, mirrored=False, turn=turn)
                for number, each in enumerate(cameras)
            ),
        )
        apply_bake(taken.solved, settings)
        said = add_cameras("Walk", taken, settings, folders, begin_frame=1.0)
        things = list(add_on.data.collections["Cameras of Walk"].objects)
        return SimpleNamespace(armature=armature, cameras=things, said=said)

    return run


def pixels(bpy, armature, camera, size, frame):
    """Where a camera of the scene sees bones of the character, px from the middle of its picture, y down."""
    bpy.context.scene.frame_set(frame)
    to_camera = np.array(camera.matrix_world.inverted())
    world = np.array(armature.matrix_world)
    heads = np.array([[*armature.pose.bones[f"mixamorig:{name}"].head, 1.0] for name in SEEN]) @ world.T @ to_camera.T
    focal = camera.data.lens / 36.0 * max(size)
    return focal * np.stack([heads[:, 0], -heads[:, 1]], axis=1) / -heads[:, 2:3]


def filmed(motion, camera, frame, *, mirrored=False):
    """Where the camera saw them."""
    row = frame - 1
    points = neutral_body().positions(motion.rotations[row], motion.root[row])[[INDEX[name] for name in SEEN]]
    own = rot.rotate(rot.conjugate(np.array(camera.rotation)), points - camera.position)
    return camera.focal * np.stack([own[:, 0], -own[:, 2]], axis=1) / own[:, 1:2]


@pytest.mark.parametrize("pitch", [0.0, 0.3, -0.15])
def test_cameras_see_the_baked_avatar_where_the_performer_was_filmed(bpy, bake, pitch):
    motion = filmed_motion(pitch=pitch)
    baked = bake(motion, [FIRST, SIDE])
    assert [thing.type for thing in baked.cameras] == ["CAMERA", "CAMERA"]
    for thing, camera in zip(baked.cameras, [FIRST, SIDE], strict=True):
        for frame in (3, 20, 37):
            away = pixels(bpy, baked.armature, thing, camera.size, frame) - filmed(motion, camera, frame)
            assert np.linalg.norm(away, axis=1).max() < 20.0  # the floor lifts the character by a centimetre or two


def test_cameras_follow_a_character_that_was_moved_turned_and_scaled(bpy, bake):
    from mathutils import Matrix

    place = Matrix.Translation((2.0, -1.0, 0.5)) @ Matrix.Rotation(0.7, 4, "Z") @ Matrix.Scale(2.0, 4)
    motion = filmed_motion()
    baked = bake(motion, [FIRST, SIDE], place=place)
    for thing, camera in zip(baked.cameras, [FIRST, SIDE], strict=True):
        away = pixels(bpy, baked.armature, thing, camera.size, 20) - filmed(motion, camera, 20)
        assert np.linalg.norm(away, axis=1).max() < 20.0
    assert baked.cameras[0].matrix_world.to_scale()[:] == pytest.approx((1.0, 1.0, 1.0), abs=1e-5)


def test_cameras_of_a_take_turned_by_its_calibration_are_turned_with_it(bpy, bake):
    from mimic.models.body.calibration import rotate_pose

    motion = filmed_motion()
    turn = rot.from_axis_angle([0.0, 0.0, 1.0], 0.6)
    rotations, root = rotate_pose(motion.rotations, motion.root, turn)
    ups = tuple(replace(each, up=tuple(rot.rotate(turn, each.up).tolist())) for each in motion.verticals)
    turned = replace(motion, rotations=rotations, root=root, verticals=ups)
    baked = bake(turned, [FIRST], turn=tuple(turn.tolist()))
    away = pixels(bpy, baked.armature, baked.cameras[0], SIZE, 20) - filmed(motion, FIRST, 20)
    assert np.linalg.norm(away, axis=1).max() < 20.0


def test_cameras_of_a_motion_with_swapped_sides_see_it_mirrored(bpy, bake):
    motion = filmed_motion()
    options = MotionOptions(feet="off", smoothing=0.0, limits=False, swap_sides=True)
    baked = bake(motion, [FIRST], options=options)
    bpy.context.scene.frame_set(20)
    seen = pixels(bpy, baked.armature, baked.cameras[0], SIZE, 20)
    wanted = filmed(motion, FIRST, 20) * [-1.0, 1.0]
    middle = [SEEN.index("Hips"), SEEN.index("Head")]
    assert np.linalg.norm((seen - wanted)[middle], axis=1).max() < 20.0


def test_cameras_of_a_performer_larger_than_the_body_stand_nearer_to_the_character_by_as_much(bpy, bake):
    performer = Performer.of_shape(np.array([0.3, 2 / 3, 0.6, 0.5, 0.6, 0.5]))
    assert performer.scale > 1.05
    motion = filmed_motion()
    nearer = replace(SIDE, position=tuple(np.array(SIDE.position) / performer.scale))
    baked = bake(motion, [FIRST, SIDE], performer=performer)
    away = pixels(bpy, baked.armature, baked.cameras[1], SIDE.size, 20) - filmed(motion, nearer, 20)
    assert np.linalg.norm(away, axis=1).max() < 20.0


def test_lens_of_a_camera_shows_along_the_longer_side_what_the_video_does(bake):
    from math import degrees

    baked = bake(filmed_motion(), [FIRST, SIDE])
    wide, high = (thing.data for thing in baked.cameras)
    assert (wide.sensor_fit, high.sensor_fit) == ("HORIZONTAL", "VERTICAL")
    assert degrees(wide.angle_x) == pytest.approx(FIRST.field_of_view, abs=0.1)
    assert degrees(high.angle_y) == pytest.approx(SIDE.field_of_view, abs=0.1)


def test_video_of_a_camera_is_behind_it_in_time_if_its_file_is_there(bpy, bake, tmp_path):
    cv2 = pytest.importorskip("cv2")
    for name in ("0.avi", "1.avi"):
        writer = cv2.VideoWriter(str(tmp_path / name), cv2.VideoWriter_fourcc(*"MJPG"), 25.0, SIZE)
        for _ in range(3):
            writer.write(np.full((SIZE[1], SIZE[0], 3), 99, np.uint8))
        writer.release()
    baked = bake(filmed_motion(), [FIRST, SIDE], folders=[tmp_path])
    backs = [thing.data.background_images[0] for thing in baked.cameras]
    assert [back.clip.frame_start for back in backs] == [1, 11]  # the second began 0.4 s later
    assert [back.use_flip_x for back in backs] == [False, False]
    assert baked.said == 'Added 2 cameras in the collection "Cameras of Walk".'
    assert bpy.context.scene.camera is baked.cameras[0]


def test_cameras_say_when_their_videos_are_missing(bake, tmp_path):
    said = bake(filmed_motion(), [FIRST], folders=[tmp_path]).said
    assert said == (
        'Added 1 camera in the collection "Cameras of Walk". What they filmed is not shown where its file was not '
        "found beside the panel's."
    )


@pytest.mark.parametrize("source", ["../secret.avi", "{folder}/secret.avi", "videos\\secret.avi"])
def test_take_of_a_stranger_brings_no_file_from_elsewhere_into_the_scene(bpy, bake, tmp_path, source):
    videos = tmp_path / "videos"
    videos.mkdir()
    for path in (tmp_path / "secret.avi", videos / "secret.avi"):
        path.write_bytes(b"secret")
    said = bake(filmed_motion(), [FIRST], folders=[videos], source=source.replace("{folder}", str(tmp_path))).said
    assert "is not shown" in said
    assert not bpy.data.movieclips


@pytest.mark.parametrize("view", ["wide", 180.0, -3.0, [70.0]])
def test_camera_of_a_take_whose_field_of_view_means_nothing_has_an_assumed_lens(bpy, tmp_path, view):
    from mimic.addon.bake.take_cameras import cameras_of
    from mimic.pipeline.landmarks.room_lines import ASSUMED_VIEW
    from mimic.pipeline.takes.writer import TakeWriter

    path = tmp_path / "a.take"
    with TakeWriter(path, source="0.avi", size=SIZE, fps=25.0, settings={"field_of_view": view}):
        pass
    (camera,) = cameras_of(path)
    assert camera.geometry.field_of_view == pytest.approx(ASSUMED_VIEW)
