# SPDX-License-Identifier: GPL-3.0-or-later
"""Real videos onto real characters, by the command line, into every kind of file; then opened again and looked at."""

import json

import numpy as np
import pytest

from mimic.addon.command_line import main
from mimic.models.body.model import neutral_body
from mimic.pipeline.solve.solving import solve_take
from mimic.pipeline.takes.take import Take
from mimic.retarget.motion.options import MotionOptions
from mimic.retarget.motion.polish import polish
from mimic.retarget.motion.resample import resample
from mimic.retarget.rig.mapping import map_rig
from mimic.retarget.transfer.proportions import with_proportions

pytestmark = pytest.mark.slow

VIDEOS = {
    "squats": "groundtruth/pose-detection/test_data/pose_squats.mp4",
    "stereo": "groundtruth/bodypose3d/media/cam0_test.mp4",
    "gestures": "media/mediapipe-samples/gesture_recognizer__test_video.mp4",
}
RIGS = {
    "male fbx": "rigs/makehuman_mixamo_CC0/mh_mixamo_male.fbx",
    "female glb": "rigs/makehuman_mixamo_CC0/mh_mixamo_female.glb",
    "built-in": None,
}
SECONDS = 2


@pytest.fixture(scope="session")
def takes(shared_data, networks, tmp_path_factory):
    """The first seconds of each video as a take."""
    folder = tmp_path_factory.mktemp("takes")
    for name, video in VIDEOS.items():
        status = main(
            [
                "capture",
                str(shared_data / video),
                "-o",
                str(folder / f"{name}.take"),
                "--end",
                str(SECONDS),
                "--no-face",
            ]
        )
        assert status == 0
    return folder


@pytest.mark.networks
@pytest.mark.parametrize("suffix", [".blend", ".glb", ".fbx", ".bvh"])
@pytest.mark.parametrize("rig", RIGS)
@pytest.mark.parametrize("video", VIDEOS)
def test_bake_command_of_a_real_take_moves_the_character(bpy, make, shared_data, takes, tmp_path, video, rig, suffix):  # noqa: PLR0917
    from mimic.addon.character.armature import rig_of

    out = tmp_path / f"out{suffix}"
    arguments = ["bake", takes / f"{video}.take", "-o", out, "--report", tmp_path / "report.json"]
    if RIGS[rig] is not None:
        arguments += ["--rig", shared_data / RIGS[rig]]
    assert main([str(argument) for argument in arguments]) == 0

    report = json.loads((tmp_path / "report.json").read_text())
    assert report["bones"]["mapped"] == 52
    assert report["files"]["character"]["bytes"] == out.stat().st_size

    armature = make.reopened(bpy, out)
    with Take.open(takes / f"{video}.take") as take:
        motion = solve_take(take, calibrated=False)
    shape = with_proportions(neutral_body(), rig_of(armature), map_rig(rig_of(armature)))
    motion = polish(motion, shape, MotionOptions())
    # Exchange files are imported at 30 frames a second, which stretches nothing but the numbers of the frames.
    first, last = armature.animation_data.action.frame_range
    rate = report["frame_rate"] if suffix != ".glb" else bpy.context.scene.render.fps
    spans = motion.time[-1] - motion.time[0]
    assert (last - first) / rate == pytest.approx(spans, abs=0.1)

    # The limbs stand in the world as the body's do, whichever way the file lays the armature.
    bones = armature.pose.bones
    prefix = next(bone.name for bone in bones if bone.name.endswith("LeftArm")).removesuffix("LeftArm")
    frames = np.linspace(first, last, 4).round()
    turn = np.array(armature.matrix_world.to_quaternion().to_matrix())
    shown = make.directions(bpy, armature, frames, prefix=prefix) @ turn.T
    wanted = resample(motion, np.minimum(motion.time[0] + (frames - first) / rate, motion.time[-1]))
    assert make.degrees_apart(shown, make.body_directions(wanted)) < 0.5
