# SPDX-License-Identifier: GPL-3.0-or-later
"""`mimic bake` and `mimic solve` of a take of several people."""

import json
from pathlib import Path

import numpy as np
import pytest

from mimic.addon.command_line import main
from mimic.models.body import rotations as rot
from mimic.models.body.joints import JOINTS
from mimic.models.body.model import neutral_body
from mimic.pipeline.landmarks.data import HandLandmarks, Landmarks, PoseLandmarks, Region
from mimic.pipeline.solve.axes import from_blender
from mimic.pipeline.takes.writer import TakeWriter

PLACES = ([-0.5, 3.5, 0.0], [0.8, 4.5, 0.0])
FRAMES, NOWHERE = 30, Region(640.0, 480.0, 100.0, 100.0, 0.0)


def seen(place, person: int) -> list[Landmarks]:
    """Landmarks of someone who stands at `place`."""
    turns = rot.identity(FRAMES, len(JOINTS))
    points = neutral_body().landmark_positions(turns, np.tile(np.array(place, dtype=float), (FRAMES, 1)))
    world = from_blender(points - points[:, 23:25].mean(axis=1, keepdims=True))
    image = from_blender(points / points[..., 1:2]) * 1000.0 + np.array([640.0, 480.0, 0.0])
    result = []
    for i in range(FRAMES):
        pose = PoseLandmarks(image[i, :33], world[i, :33], np.ones(33), np.ones(33), 1.0, NOWHERE)
        hands = [
            HandLandmarks(image[i, part], world[i, part], 1.0, side, NOWHERE)
            for part, side in ((slice(33, 54), 0.0), (slice(54, 75), 1.0))
        ]
        result.append(Landmarks(i / 30.0, i, (1280, 960), pose, *hands, person=person))
    return result


@pytest.fixture
def take(tmp_path) -> Path:
    path = tmp_path / "pair.take"
    with TakeWriter(path, source="pair.mp4", size=(1280, 960), fps=30.0) as writer:
        for first, second in zip(*(seen(place, person) for person, place in enumerate(PLACES)), strict=True):
            writer.add(first, [second])
    return path


def run(*words) -> int:
    return main([str(word) for word in words])


def test_bake_command_of_two_people_writes_both_and_reports_each(bpy, make, take, tmp_path, capsys):
    out, report = tmp_path / "pair.blend", tmp_path / "pair.json"
    assert run("bake", take, "-o", out, "--report", report, "--solver", "analytic") == 0
    said = capsys.readouterr().out
    assert "Avatar: 52 of 54 bones mapped" in said
    assert "Avatar.001: 52 of 54 bones mapped" in said
    assert said.count(f"Characters: {out}") == 1
    told = json.loads(report.read_text())
    assert [(each["person"], each["armature"], each["action"]) for each in told["people"]] == [
        (1, "Avatar", "pair 1"),
        (2, "Avatar.001", "pair 2"),
    ]
    assert [each["sides_mended_frames"] for each in told["people"]] == [0, 0]
    assert any("camera" in sentence for sentence in told["people"][0]["found"])
    make.reopened(bpy, out)
    bpy.context.scene.frame_set(10)
    places = [
        np.array((thing.matrix_world @ thing.pose.bones["mixamorig:Hips"].head)[:2])
        for thing in (bpy.data.objects["Avatar"], bpy.data.objects["Avatar.001"])
    ]
    np.testing.assert_allclose(places[1] - places[0], [1.3, 1.0], rtol=0.15)


def test_bake_command_of_two_people_can_take_the_first_alone(bpy, take, tmp_path, capsys):
    assert run("bake", take, "-o", tmp_path / "one.blend", "--people", "1", "--solver", "analytic") == 0
    assert "Avatar.001" not in capsys.readouterr().out
    assert run("bake", take, "-o", tmp_path / "all.blend", "--people", "all", "--solver", "analytic") == 0
    assert run("bake", take, "-o", tmp_path / "more.blend", "--people", "5", "--solver", "analytic") == 0
    said = capsys.readouterr().out
    assert "5 people were asked for and 2 found: that is how many are baked." in said


def test_bake_command_of_two_people_to_bvh_names_a_file_for_each(bpy, take, tmp_path, capsys):
    assert run("bake", take, "-o", tmp_path / "pair.bvh", "--solver", "analytic") == 0
    said = capsys.readouterr().out
    for number in (1, 2):
        assert (tmp_path / f"pair-{number}.bvh").is_file()
        assert f"pair-{number}.bvh" in said


def test_bake_command_with_the_same_rig_given_twice_moves_it_twice(bpy, make, take, tmp_path, capsys):
    from mimic.addon.character.files import save_character

    armature = make.armature(bpy, make.t_pose(), name="Hero")
    make.skin(bpy, armature)
    rig = tmp_path / "hero.glb"
    save_character(armature, rig, force=False)
    words = ("bake", take, "-o", tmp_path / "heroes.glb", "--rig", rig, "--rig", rig, "--solver", "analytic")
    assert run(*words) == 0
    said = capsys.readouterr().out
    assert "Hero: 52 of 52 bones" in said
    assert "Hero.001: 52 of 52 bones" in said
    assert "rig was given" not in said


def test_solve_command_of_the_second_person_writes_that_one(take, tmp_path, capsys):
    for person in (1, 2):
        assert run("solve", take, "-o", tmp_path / f"{person}.npz", "--person", person, "--solver", "analytic") == 0
    assert "Person 2: " in capsys.readouterr().out
    roots = [np.load(tmp_path / f"{person}.npz")["root"][10] for person in (1, 2)]
    assert roots[1][0] - roots[0][0] > 0.8
    assert run("solve", take, "-o", tmp_path / "3.npz", "--person", "3") == 2
    assert "has no person 3: choose one of these numbers: 1, 2." in capsys.readouterr().err


def test_bake_command_of_one_of_several_people_bakes_that_one(bpy, take, tmp_path, capsys):
    out, report = tmp_path / "second.blend", tmp_path / "second.json"
    words = ("bake", take, "-o", out, "--report", report, "--solver", "analytic")
    assert run(*words, "--only-person", "2") == 0
    assert "Avatar.001" not in capsys.readouterr().out
    assert [each["person"] for each in json.loads(report.read_text())["people"]] == [2]
    assert run(*words, "--force", "--only-person", "3") == 2
    assert "has no person 3: choose one of these numbers: 1, 2." in capsys.readouterr().err


def test_bake_command_of_a_take_says_that_whom_to_capture_is_decided(bpy, take, tmp_path, capsys):
    assert run("bake", take, "-o", tmp_path / "a.blend", "--person", "left", "--solver", "analytic") == 0
    said = capsys.readouterr().out
    assert "is captured: --only-person takes one of those in it, by number." in said
    assert "Avatar.001: 52 of 54 bones mapped" in said


def test_bake_command_of_a_take_with_a_warning_repeats_it(bpy, take, tmp_path, capsys):
    doubtful = tmp_path / "doubtful.take"
    with TakeWriter(doubtful, source="pair.mp4", size=(1280, 960), fps=30.0) as writer:
        for frame in seen(PLACES[0], 0):
            writer.add(frame)
        writer.warn("The camera moved while it filmed.")
    assert run("bake", doubtful, "-o", tmp_path / "a.bvh", "--solver", "analytic") == 0
    assert "Note: The camera moved while it filmed." in capsys.readouterr().out


def test_bake_command_that_writes_a_file_each_names_each_character(bpy, take, tmp_path, capsys):
    assert run("bake", take, "-o", tmp_path / "pair.bvh", "--solver", "analytic") == 0
    said = capsys.readouterr().out
    assert [line.split(" (")[0] for line in said.splitlines() if line.startswith("Character")] == [
        f"Character: {tmp_path / 'pair-1.bvh'}",
        f"Character: {tmp_path / 'pair-2.bvh'}",
    ]


def test_export_command_of_several_people_writes_one_and_says_how_to_get_the_others(take, tmp_path, capsys):
    for person in (1, 2):
        assert run("export", take, "-o", tmp_path / f"{person}.json", "--person", person) == 0
    said = capsys.readouterr().out
    assert f"Person 2: 30 frames: {tmp_path / '2.json'}" in said
    assert "A file holds one person: export the others with --person." in said
    x = [
        json.loads((tmp_path / f"{person}.json").read_text())["frames"][0]["poses"][0]["keypoints"][0]["x"]
        for person in (1, 2)
    ]
    assert x[1] - x[0] > 100.0
    assert run("export", take, "-o", tmp_path / "3.json", "--person", "3") == 2
    assert "has no person 3: choose one of these numbers: 1, 2." in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flag", "value", "said"),
    [
        ("--people", "99", "“99” is not a whole number from 1 to 16, or 0 (or all)"),
        ("--people", "some", "“some” is not a whole number from 1 to 16, or 0 (or all)"),
        ("--person", "nobody", "“nobody” is not one of centre, largest, left, right, or a point in pixels"),
        ("--only-person", "0", "“0” is not a whole number, 1 or more"),
        ("--camera-pitch", "steep", "“steep” is not a number of degrees from -80 to 80"),
        ("--sides", "never", "invalid choice: 'never' (choose from"),
    ],
)
def test_command_with_a_value_that_makes_no_sense_is_refused_in_one_line(flag, value, said, capsys):
    with pytest.raises(SystemExit):
        run("bake", "duet.mp4", "-o", "duet.blend", flag, value)
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"mimic bake: error: argument {flag}: ")
    assert said in line
    assert line.endswith("; `mimic bake --help` lists all options")
