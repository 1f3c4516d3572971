# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line on real input: what a user types, and what is there afterwards."""

import csv
import json
import signal
import subprocess
import sys
import time

import cv2
import numpy as np
import pytest

from mimic.models.body.expressions import EXPRESSIONS
from mimic.models.body.joints import JOINTS
from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.takes.take import Take
from mimic.pipeline.takes.writer import TakeWriter

pytestmark = [pytest.mark.networks, pytest.mark.slow]


@pytest.fixture
def take(mimic, networks, performer, tmp_path):
    done = mimic("capture", performer, "-o", "walk.take", "--end", "0.5", "--overlay", "seen.mp4")
    assert done.status == 0, done.err
    return tmp_path / "walk.take"


def test_capture_writes_a_take_and_an_overlay(take):
    with Take.open(take) as opened:
        frames = list(opened.frames())
        assert opened.info.complete
    assert 10 <= len(frames) <= 31
    assert all(frame.pose is not None for frame in frames)
    film = cv2.VideoCapture(str(take.with_name("seen.mp4")))
    assert film.get(cv2.CAP_PROP_FRAME_COUNT) == pytest.approx(len(frames), abs=1)


@pytest.mark.parametrize("solver", ["analytic", "lifter"])
def test_solve_writes_proper_rotations(mimic, take, tmp_path, solver):
    done = mimic("solve", take, "-o", "walk.npz", "--solver", solver)
    assert done.status == 0, done.err
    with np.load(tmp_path / "walk.npz") as solved:
        n = len(solved["time"])
        assert tuple(solved["names"]) == JOINTS
        assert solved["rotations"].shape == (n, 52, 4)
        np.testing.assert_allclose(np.linalg.norm(solved["rotations"], axis=-1), 1.0, atol=1e-6)
        assert solved["root"].shape == (n, 3)
        assert solved["confidence"].shape == (n, 52)
        assert solved["joints"].shape == (n, 52, 3)
        assert tuple(solved["expression_names"]) == EXPRESSIONS
        assert solved["expressions"].shape == (n, 52)
        assert ((solved["expressions"] >= 0.0) & (solved["expressions"] <= 1.0)).all()
        np.testing.assert_allclose(np.linalg.norm(solved["eyes"], axis=-1), np.ones((n, 2)), atol=1e-6)
        # The performer stands in front of the camera, which looks along +Y, head up.
        assert (solved["root"][:, 1] > 0.5).all()
        head, hips = solved["joints"][:, JOINTS.index("Head")], solved["joints"][:, JOINTS.index("Hips")]
        assert (head[:, 2] > hips[:, 2] + 0.2).all()


def test_export_writes_json_of_the_web_api_and_a_csv_table(mimic, take, tmp_path):
    assert mimic("export", take, "-o", "walk.json").status == 0
    assert mimic("export", take, "-o", "walk.csv").status == 0
    frames = json.loads((tmp_path / "walk.json").read_text())["frames"]
    keypoints = frames[0]["poses"][0]["keypoints"]
    assert len(keypoints) == len(frames[0]["poses"][0]["keypoints3D"]) == 33
    assert keypoints[0]["name"] == "nose"
    assert 0.0 <= keypoints[0]["score"] <= 1.0
    with (tmp_path / "walk.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(frames)


def test_capture_stopped_by_ctrl_c_keeps_the_recorded_frames(networks, performer, tmp_path):
    # The heavy network, or the whole clip again and again, is slow enough to be stopped on any machine.
    folder = tmp_path / "pictures"
    folder.mkdir()
    film = cv2.VideoCapture(str(performer))
    picture = film.read()[1]
    for number in range(400):
        cv2.imwrite(str(folder / f"{number:04}.jpg"), picture)
    take = tmp_path / "stopped.take"
    running = subprocess.Popen(
        [sys.executable, "-m", "mimic", "capture", str(folder), "-o", str(take)],
        stdout=subprocess.PIPE,
        text=True,
        # Whoever runs the tests in the background may have had them ignore Ctrl-C, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not _frames(take):
        time.sleep(0.2)
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate(timeout=60)
    assert running.returncode == 130
    assert "Stopped" in said
    with Take.open(take) as opened:
        assert opened.info.complete
        assert 0 < opened.frame_count < 400


def _frames(take) -> int:
    """Frames that are safely in a take that is being recorded; 0 before it can be opened."""
    from mimic.errors import MimicError

    try:
        with Take.open(take) as opened:
            return opened.frame_count
    except MimicError:
        return 0


def test_doctor_with_networks_says_that_capture_and_bake_will_work(mimic, networks):
    done = mimic("doctor")
    assert done.status == 0, done.out
    assert "onnxruntime" in done.out
    assert "Capture and bake will work." in done.out


def test_models_list_names_every_network(mimic):
    from mimic.models.networks import catalogue

    done = mimic("models", "list", env={"COLUMNS": "200"})
    assert done.status == 0
    assert all(name in done.out for name in catalogue.load())


def test_help_names_the_commands(mimic):
    said = mimic("--help").out
    assert all(
        command in said for command in ("capture", "bake", "solve", "export", "models", "train", "evaluate", "doctor")
    )


def test_capture_of_several_people_says_how_often_each_was_seen_and_who_came(tmp_path, capsys):
    from mimic.addon.command_line.capture import describe
    from mimic.pipeline.solve.cameras.capture import CamerasSummary
    from mimic.pipeline.takes.capture import CaptureSummary

    duet = (
        CaptureSummary(
            take=tmp_path / "duet.take",
            overlay=None,
            source="duet.mp4",
            frames=90,
            expected=90,
            duration=3.0,
            elapsed=9.0,
            poses=90,
            left_hands=0,
            right_hands=0,
            faces=0,
            stages={},
            cancelled=False,
            warning="Only 2 people were found of the 3 to follow.",
            people=2,
            person_poses={0: 90, 1: 41},
            notes=("Person 2 appears at 1.6 s.",),
        ),
    )
    describe(CamerasSummary(duet, (), cancelled=False))
    said = capsys.readouterr().out.splitlines()
    assert said[1:4] == [
        "2 people: person 1 in 90 frames, person 2 in 41 frames.",
        "Note: Person 2 appears at 1.6 s.",
        "Only 2 people were found of the 3 to follow.",
    ]


@pytest.fixture
def take_of_two(tmp_path):
    """A take of two cameras, the second of which has fewer frames."""
    path = tmp_path / "two.take"
    with TakeWriter(path, source="front.mp4", size=(640, 480), fps=30.0) as writer:
        with writer.camera(source="side.mp4", size=(640, 480), fps=30.0) as side:
            side.add(Landmarks(0.0, 0, (640, 480)))
        for index in range(3):
            writer.add(Landmarks(index / 30.0, index, (640, 480)))
    return path


def test_export_of_a_camera_writes_what_it_saw(mimic, take_of_two, tmp_path):
    first, second = (mimic("export", take_of_two, "-o", f"{k}.json", "--camera", k) for k in (1, 2))
    assert first.out.startswith("Camera 1: 3 frames:")
    assert second.out.startswith("Camera 2: 1 frame:")
    assert "export the others with --camera" in first.out
    assert [len(json.loads((tmp_path / f"{k}.json").read_text())["frames"]) for k in (1, 2)] == [3, 1]


def test_export_of_a_camera_that_is_not_there_is_refused(mimic, take_of_two):
    assert (
        "has no camera 3: it was recorded by 2"
        in mimic("export", take_of_two, "-o", "x.csv", "--camera", 3).complaint()
    )
