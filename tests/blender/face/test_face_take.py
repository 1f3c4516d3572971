# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of another take on a character: by operators, and by the command line on a close-up of the same person."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from mimic.addon.command_line import main
from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSION_INDEX


@pytest.fixture
def two_takes(bpy, make, face, monkeypatch, tmp_path):
    """Blender with Mimic enabled, a character with a face, and takes "body" and "close", which has the face."""
    import mimic

    calm = make.walk(91)
    calm = replace(calm, rotations=rot.power(calm.rotations, 0.2))
    motions = {"body": calm, "close": face.talking(calm)}
    monkeypatch.setattr("mimic.addon.bake.requests.people_in", lambda _path: 1)
    monkeypatch.setattr("mimic.addon.bake.requests.solved_of", lambda path, _how: make.solved(motions[path.stem]))
    monkeypatch.setattr("mimic.addon.takes.store.takes_folder", lambda: str(tmp_path))
    for name in motions:
        (tmp_path / f"{name}.take").touch()
    mimic.register()
    face.head(bpy, make.armature(bpy))
    settings = bpy.context.scene.mimic
    settings.smoothing, settings.feet, settings.upright = 0.0, "off", False
    bpy.context.scene.render.fps = 30
    yield bpy, motions["close"]
    mimic.unregister()


@pytest.mark.parametrize("named", ["close", "close.take"])
def test_bake_take_with_a_face_take_and_an_offset_keys_that_face_there(two_takes, face, tmp_path, named):
    bpy, close = two_takes
    given = str(tmp_path / named) if named.endswith(".take") else named
    assert bpy.ops.mimic.take_bake(take="body", armature="Rig", face_take=given, face_offset=1.0) == {"FINISHED"}
    jaw = close.expressions[:, EXPRESSION_INDEX["jawOpen"]]
    head = bpy.data.objects["Head"]
    assert face.shown(bpy, head, 41)["jawOpen"] == pytest.approx(jaw[10], abs=1e-5)
    assert face.shown(bpy, head, 1)["jawOpen"] == 0.0


def test_bake_take_with_a_face_take_is_synchronised_by_the_head(two_takes, face):
    bpy, close = two_takes
    # The heads of both move alike, so they begin at the same time.
    assert bpy.ops.mimic.take_bake(take="body", armature="Rig", face_take="close") == {"FINISHED"}
    jaw = close.expressions[:, EXPRESSION_INDEX["jawOpen"]]
    assert face.shown(bpy, bpy.data.objects["Head"], 31)["jawOpen"] == pytest.approx(jaw[30], abs=0.01)


def test_bake_take_with_a_face_take_that_is_not_there_is_refused(two_takes):
    bpy, _ = two_takes
    with pytest.raises(RuntimeError, match="There is no take “closer”"):
        bpy.ops.mimic.take_bake(take="body", face_take="closer")
    with pytest.raises(RuntimeError, match="outside this motion: give another offset"):
        bpy.ops.mimic.take_bake(take="body", face_take="close", face_offset=30.0)
    assert bpy.data.objects["Rig"].animation_data is None


def test_face_from_take_bakes_the_active_take_beside_blender(two_takes, face):
    from mimic.addon.runtime import runtime
    from mimic.addon.takes.properties import read_takes

    bpy, close = two_takes
    with pytest.raises(RuntimeError, match="Record a second take"):
        bpy.ops.mimic.face_take_bake(face_take="close")
    read_takes(choose="body")
    for wrong, said in (("", "No take is chosen for the face"), ("closer", "There is no take “closer”")):
        with pytest.raises(RuntimeError, match=f"^Error: {said}"):
            bpy.ops.mimic.face_take_bake(face_take=wrong)
    assert bpy.ops.mimic.face_take_bake(face_take="close", by_head=False, face_offset=0.5) == {"FINISHED"}
    while runtime().jobs.current is not None:
        runtime().timer.tick()
    jaw = close.expressions[:, EXPRESSION_INDEX["jawOpen"]]
    assert face.shown(bpy, bpy.data.objects["Head"], 26)["jawOpen"] == pytest.approx(jaw[10], abs=1e-5)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--face-offset", "1"), "name it with --face-take"),
        (("--face-take", "none.take"), "none.take"),
    ],
)
def test_bake_command_with_a_face_take_that_is_missing_is_refused(tmp_path, monkeypatch, capsys, words, said):
    monkeypatch.chdir(tmp_path)
    assert main(["bake", "walk.take", "-o", "out.blend", *words]) == 2
    assert said in capsys.readouterr().err


def test_bake_command_with_a_face_take_and_no_expressions_is_refused(tmp_path, capsys):
    words = ["bake", "walk.take", "-o", str(tmp_path / "out.blend"), "--face-take", "close.take", "--no-expressions"]
    assert main(words) == 2
    assert "leave out --face-take" in capsys.readouterr().err


CLOSE = (150, 136, 776, 682)
"""Pixels of the performer's clip that a camera close to the face would see: left, top, right, bottom."""

LATE = 20
"""Frames by which that camera starts later."""


def film_close_up(clip: Path, out: Path) -> float:
    """Film the clip's face with a camera of its own. Returns how many seconds later it starts."""
    film = cv2.VideoCapture(str(clip))
    rate = film.get(cv2.CAP_PROP_FPS)
    left, top, right, bottom = CLOSE
    size = (720, 628)
    writer = cv2.VideoWriter(str(out), cv2.VideoWriter_fourcc(*"mp4v"), rate, size)
    read, picture = film.read()
    count = 0
    while read:
        if count >= LATE:
            writer.write(cv2.resize(picture[top:bottom, left:right], size, interpolation=cv2.INTER_CUBIC))
        read, picture = film.read()
        count += 1
    writer.release()
    return LATE / rate


@pytest.mark.slow
@pytest.mark.networks
def test_bake_command_synchronises_a_close_up_of_the_same_performance(bpy, networks, performer, tmp_path, capsys):
    late = film_close_up(performer, tmp_path / "close.mp4")
    body, close, out = (tmp_path / name for name in ("body.take", "close.take", "out.blend"))
    assert main(["capture", str(performer), "-o", str(body)]) == 0
    assert main(["capture", str(tmp_path / "close.mp4"), "-o", str(close)]) == 0
    report = tmp_path / "report.json"
    words = ["bake", str(body), "-o", str(out), "--face-take", str(close), "--report", str(report)]
    assert main(words) == 0
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["face_take"]["offset_seconds"] == pytest.approx(late, abs=0.02)
    assert np.isfinite(told["keys"])
    assert "which begins at 0.8" in capsys.readouterr().out
