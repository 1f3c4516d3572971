# SPDX-License-Identifier: GPL-3.0-or-later
"""The public API: what it costs to import, that its names are there, and that it does what the panel does."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mimic import api
from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS, PARENTS
from mimic.models.body.model import neutral_body
from mimic.pipeline.landmarks.data import Landmarks, PoseLandmarks, Region
from mimic.pipeline.solve import axes
from mimic.pipeline.solve.solving import solve_take
from mimic.pipeline.takes.take import CALIBRATION, FIELD_OF_VIEW, Take
from mimic.pipeline.takes.writer import TakeWriter

HEAVY = ("bpy", "cv2", "onnxruntime", "numpy")


def test_api_import_loads_nothing_heavy() -> None:
    program = f"import sys, mimic.api; sys.stdout.write(' '.join(name for name in {HEAVY!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == ""


def test_api_names_are_all_there_and_documented() -> None:
    for name in api.__all__:
        assert getattr(api, name).__doc__, name
    assert set(api.__all__) <= set(dir(api))


def test_api_name_that_is_not_public_raises_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'holistic'"):
        api.holistic  # noqa: B018


@pytest.fixture
def tilted_take(tmp_path: Path) -> Path:
    """A take of somebody who raises an arm, before a camera whose lens and tilt are known."""
    path, body, frames = tmp_path / "tilted.take", neutral_body(), 30
    settings = {FIELD_OF_VIEW: 50.0, CALIBRATION: [float(np.cos(0.2)), float(np.sin(0.2)), 0.0, 0.0]}
    rotations = np.repeat(rot.identity(len(JOINTS))[None], frames, axis=0)
    rotations[:, INDEX["LeftArm"]] = rot.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.linspace(0.0, 1.5, frames))
    points = body.landmark_positions(rotations, np.tile([0.2, 4.0, 0.0], (frames, 1)))[:, :33]
    with TakeWriter(path, source="clip.mp4", size=(1280, 720), fps=30.0, settings=settings) as writer:
        for index, seen in enumerate(points):
            hips = seen[23:25].mean(axis=0)
            image = np.stack(
                [640 + 1372 * seen[:, 0] / seen[:, 1], 360 - 1372 * seen[:, 2] / seen[:, 1], 343 * (seen - hips)[:, 1]],
                axis=-1,
            )
            sure, region = np.ones(33), Region(640, 360, 700, 700, 0.0)
            pose = PoseLandmarks(image, axes.from_blender(seen - hips), sure, sure, 1.0, region)
            writer.add(Landmarks(time=index / 30.0, index=index, size=(1280, 720), pose=pose))
    return path


@pytest.fixture
def take_of_two(tilted_take: Path, tmp_path: Path) -> Path:
    """A take of two people: the one who raises an arm, and the same one 100 pixels to the right."""
    path = tmp_path / "two.take"
    with Take.open(tilted_take) as take, TakeWriter(path, source="clip.mp4", size=(1280, 720), fps=30.0) as writer:
        for frame in take.frames(as_found=True):
            assert frame.pose is not None
            beside = replace(frame.pose, image=frame.pose.image + np.array([100.0, 0.0, 0.0]))
            writer.add(frame, [replace(frame, pose=beside, person=1)])
    return path


def test_api_solve_of_people_is_everyone_by_number(take_of_two: Path) -> None:
    first, second = api.solve_people(take_of_two, solver="analytic")
    np.testing.assert_allclose(first.root, api.solve(take_of_two, solver="analytic").root, atol=1e-12)
    np.testing.assert_allclose(second.root, api.solve(take_of_two, solver="analytic", person=1).root, atol=1e-12)
    assert ((second.root - first.root)[:, 0] > 0.2).all()


def test_api_solve_of_a_person_who_is_not_there_is_refused_by_number(take_of_two: Path) -> None:
    with pytest.raises(
        api.MimicError, match=r"two\.take” has no person 2: choose one of these numbers, from 0: 0, 1\."
    ):
        api.solve(take_of_two, person=2)


def mixamo_rig() -> api.Rig:
    """The neutral body's joints as bones with Mixamo's names, each along the armature's axes."""
    rest = np.tile(np.eye(4), (len(JOINTS), 1, 1))
    rest[:, :3, 3] = neutral_body().rest
    yes = np.ones(len(JOINTS), dtype=bool)
    return api.Rig(
        names=tuple(f"mixamorig:{joint}" for joint in JOINTS),
        parents=np.array(PARENTS),
        rest=rest,
        lengths=np.full(len(JOINTS), 0.1),
        inherit_rotation=yes,
        local_location=yes,
    )


def test_api_solve_uses_the_lens_and_the_calibration_of_the_take(tilted_take: Path) -> None:
    motion = api.solve(tilted_take, solver="analytic")
    with Take.open(tilted_take) as take:
        expected = solve_take(take, solver="analytic")
        other_lens = api.solve(take, solver="analytic", field_of_view=90.0)
        as_seen = api.solve(take, solver="analytic", calibrated=False)
    np.testing.assert_allclose(motion.rotations, expected.rotations, atol=1e-12)
    assert np.abs(motion.root - other_lens.root).max() > 0.1
    assert np.abs(motion.rotations - as_seen.rotations).max() > 0.1


def test_api_joint_positions_of_a_motion_have_the_order_of_its_joints(tilted_take: Path) -> None:
    motion = api.solve(tilted_take, solver="analytic")
    joints = api.joint_positions(motion)
    assert joints.shape == (len(motion.time), len(api.JOINTS), 3)
    np.testing.assert_allclose(joints[:, api.JOINTS.index("Hips")], motion.root, atol=1e-12)


def test_api_retarget_without_options_uses_the_panels_defaults(tilted_take: Path) -> None:
    rig, motion = mixamo_rig(), api.solve(tilted_take, solver="analytic")
    moved = api.retarget(motion, rig)
    same = api.retarget(motion, rig, api.map_rig(rig), options=api.MotionOptions())
    raw = api.retarget(motion, rig, options=api.MotionOptions(smoothing=0.0, feet="off", upright=False))
    assert moved.rotations.shape == (len(motion.time), len(moved.bones), 4)
    np.testing.assert_allclose(moved.rotations, same.rotations, atol=1e-12)
    assert np.abs(moved.rotations - raw.rotations).max() > 1e-3


def test_api_options_with_a_misspelt_name_are_refused() -> None:
    with pytest.raises(TypeError, match="smothing"):
        api.MotionOptions(smothing=0.5)  # type: ignore[call-arg]


def test_api_bake_without_blender_is_refused_with_a_sentence(
    tilted_take: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mimic.api.find_spec", lambda _name: None)
    with pytest.raises(api.MimicError, match=r"needs Blender.*pip install"):
        api.bake(api.solve(tilted_take, solver="analytic"), tmp_path / "out.blend")
    with pytest.raises(api.MimicError, match="needs Blender"):
        api.bake_people([], tmp_path / "out.blend")
    assert not (tmp_path / "out.blend").exists()
