# SPDX-License-Identifier: GPL-3.0-or-later
"""Export: the web libraries' names and shapes, a table of one row a frame, and nothing half-written."""

import csv
import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mimic.pipeline.errors import OutputExists, OutputUnwritable, TakeCorrupt
from mimic.pipeline.landmarks import names
from mimic.pipeline.landmarks.data import COEFFICIENTS, Landmarks
from mimic.pipeline.takes.export import export
from mimic.pipeline.takes.take import Take
from mimic.pipeline.takes.writer import TakeWriter

MakeLandmarks = Callable[..., Landmarks]


def exported(folder: Path, frames: Sequence[Landmarks], name: str) -> Path:
    with TakeWriter(folder / "a.mimic", source="Tanz “1”.mp4", size=(640, 480), fps=29.97) as writer:
        for frame in frames:
            writer.add(frame)
    with Take.open(folder / "a.mimic") as take:
        export(take, folder / name)
    return folder / name


def coordinates(points: list[dict[str, Any]]) -> np.ndarray:
    return np.array([[point[axis] for axis in "xyz"] for point in points])


def test_json_export_of_a_pose_has_the_shape_of_the_web_libraries(
    tmp_path: Path, make_landmarks: MakeLandmarks
) -> None:
    found = make_landmarks(3)
    document = json.loads(exported(tmp_path, [found], "a.json").read_text(encoding="utf-8"))
    assert (document["source"], document["fps"], document["size"]) == ("Tanz “1”.mp4", 29.97, [640, 480])
    (frame,) = document["frames"]
    assert (frame["time"], frame["index"]) == (0.1, 3)
    (pose,) = frame["poses"]
    assert found.pose is not None
    assert [point["name"] for point in pose["keypoints"]] == list(names.POSE)
    assert pose["keypoints3D"][11]["name"] == "left_shoulder"
    assert pose["score"] == pytest.approx(0.9)
    np.testing.assert_allclose(coordinates(pose["keypoints"]), found.pose.image, atol=1e-3)
    np.testing.assert_allclose(coordinates(pose["keypoints3D"]), found.pose.world, atol=1e-5)
    np.testing.assert_allclose([point["score"] for point in pose["keypoints"]], found.pose.visibility, atol=1e-4)


def test_json_export_of_hands_and_face_has_the_web_libraries_names(
    tmp_path: Path, make_landmarks: MakeLandmarks
) -> None:
    found = make_landmarks(0)
    (frame,) = json.loads(exported(tmp_path, [found], "a.json").read_text())["frames"]
    left, right = frame["hands"]
    assert (left["handedness"], right["handedness"]) == ("Left", "Right")
    assert [point["name"] for point in left["keypoints"]] == list(names.HAND)
    assert found.right_hand is not None
    np.testing.assert_allclose(coordinates(right["keypoints3D"]), found.right_hand.world, atol=1e-5)
    (face,) = frame["faces"]
    assert len(face["keypoints"]) == 478
    assert face["keypoints"][474]["name"] == "leftIris"
    assert "name" not in face["keypoints"][1]
    assert found.face is not None
    assert face["box"]["xMin"] == pytest.approx(found.face.image[:, 0].min(), abs=1e-3)
    assert face["box"]["height"] == pytest.approx(np.ptp(found.face.image[:, 1]), abs=2e-3)


def test_json_export_writes_null_for_nan_and_empty_lists_for_missing_parts(
    tmp_path: Path, make_landmarks: MakeLandmarks
) -> None:
    broken = make_landmarks(0, parts="p")
    assert broken.pose is not None
    broken.pose.image[4, 1] = np.nan
    path = exported(tmp_path, [broken, make_landmarks(1, parts="")], "a.json")
    first, second = json.loads(path.read_text(), parse_constant=pytest.fail)["frames"]
    assert first["poses"][0]["keypoints"][4]["y"] is None
    assert (second["poses"], second["hands"], second["faces"]) == ([], [], [])


def test_json_export_of_an_empty_take_has_no_frames(tmp_path: Path) -> None:
    assert json.loads(exported(tmp_path, [], "a.json").read_text())["frames"] == []


def test_csv_export_has_a_row_for_each_frame(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    frames = [make_landmarks(0, parts="plf"), make_landmarks(1, parts="")]
    with exported(tmp_path, frames, "a.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    pose, hand, face = frames[0].pose, frames[0].left_hand, frames[0].face
    assert pose is not None
    assert hand is not None
    assert face is not None
    assert float(first["pose_left_knee_x"]) == pytest.approx(pose.image[25, 0], abs=1e-3)
    assert float(first["pose_left_knee_world_z"]) == pytest.approx(pose.world[25, 2], abs=1e-5)
    assert float(first["pose_left_knee_score"]) == pytest.approx(pose.visibility[25], abs=1e-4)
    assert float(first["left_hand_pinky_finger_tip_y"]) == pytest.approx(hand.image[20, 1], abs=1e-3)
    assert first["right_hand_wrist_x"] == ""
    assert float(first["face_477_z"]) == pytest.approx(face.image[477, 2], abs=1e-3)
    assert float(second["time"]) == pytest.approx(1 / 30, abs=1e-6)
    assert {value for name, value in second.items() if name not in ("time", "index")} == {""}
    assert None not in first.keys() | second.keys()


def test_csv_export_without_faces_has_no_face_columns(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    header = exported(tmp_path, [make_landmarks(0, parts="pl")], "a.csv").read_text().splitlines()[0].split(",")
    assert len(header) == len(set(header)) == 2 + 33 * 7 + 2 * (1 + 21 * 6)


def test_export_of_a_face_names_its_blend_shapes_and_leaves_out_those_of_older_takes(
    tmp_path: Path, make_landmarks: MakeLandmarks
) -> None:
    found = make_landmarks(0, parts="f")
    assert found.face is not None
    older = replace(found, face=replace(found.face, coefficients=None))
    scores = np.linspace(0.0, 1.0, len(COEFFICIENTS))
    newer = replace(found, index=1, time=1.0, face=replace(found.face, coefficients=scores))
    before, after = json.loads(exported(tmp_path, [older, newer], "a.json").read_text())["frames"]
    assert before["faces"][0]["blendshapes"] is None
    named = after["faces"][0]["blendshapes"]
    assert tuple(named) == COEFFICIENTS
    assert named["jawOpen"] == pytest.approx(scores[COEFFICIENTS.index("jawOpen")], abs=1e-4)
    with Take.open(tmp_path / "a.mimic") as take:
        export(take, tmp_path / "a.csv")
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert first["blendshape_jawOpen"] == ""
    assert float(second["blendshape_mouthSmileLeft"]) == pytest.approx(named["mouthSmileLeft"])
    assert None not in first.keys() | second.keys()


def test_export_to_an_existing_or_unwritable_file_is_refused(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    path = exported(tmp_path, [make_landmarks(0)], "a.json")
    before = path.read_bytes()
    with Take.open(tmp_path / "a.mimic") as take:
        with pytest.raises(OutputExists, match=r"a\.json"):
            export(take, path)
        with pytest.raises(OutputUnwritable, match=r"neither \.json nor \.csv"):
            export(take, tmp_path / "a.xml")
        with pytest.raises(OutputUnwritable, match="does not exist"):
            export(take, tmp_path / "gone" / "a.json")
        export(take, tmp_path / "a.csv")
        export(take, tmp_path / "a.csv", force=True)
    assert path.read_bytes() == before
    assert sorted(other.name for other in tmp_path.iterdir()) == ["a.csv", "a.json", "a.mimic"]


def test_export_of_a_damaged_take_leaves_the_last_export_alone(tmp_path: Path, make_landmarks: MakeLandmarks) -> None:
    path = exported(tmp_path, [make_landmarks(0), make_landmarks(1)], "a.json")
    before = path.read_bytes()
    database = sqlite3.connect(tmp_path / "a.mimic")
    database.execute("UPDATE frame SET pose = zeroblob(12) WHERE source_index = 1")
    database.commit()
    database.close()
    with Take.open(tmp_path / "a.mimic") as take, pytest.raises(TakeCorrupt):
        export(take, path, force=True)
    assert path.read_bytes() == before
    assert sorted(other.name for other in tmp_path.iterdir()) == ["a.json", "a.mimic"]
