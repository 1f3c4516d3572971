# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes of several cameras on the command line: where these stood is looked for when it is not known, or said how."""

import argparse
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mimic.addon.command_line import bake as command
from mimic.addon.command_line.arguments import parser
from mimic.errors import MimicError
from mimic.models.body import rotations as rot
from mimic.models.body.joints import JOINTS
from mimic.models.body.motion import BodyMotion
from mimic.pipeline.errors import CamerasApart
from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.solve.cameras.capture import CamerasSummary
from mimic.pipeline.solve.one_view import SolvedTake
from mimic.pipeline.takes.capture import CaptureSummary
from mimic.pipeline.takes.file import store_cameras
from mimic.pipeline.takes.geometry import CameraGeometry
from mimic.pipeline.takes.take import Take
from mimic.pipeline.takes.writer import TakeWriter
from mimic.retarget.errors import InvalidOption

SIZE = (64, 48)
FOUND = CameraGeometry(focal=50.0, size=SIZE)


@pytest.fixture
def take(tmp_path: Path) -> Path:
    """A take of two cameras of which nothing is known, as of a capture that was stopped."""
    path = tmp_path / "two.take"
    with ExitStack() as files:
        root = files.enter_context(TakeWriter(path, source="a.mp4", size=SIZE, fps=30.0))
        second = files.enter_context(root.camera(source="b.mp4", size=SIZE, fps=30.0))
        for writer in (root, second):
            writer.add(Landmarks(0.0, 0, SIZE, None, None, None))
    return path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """How cameras were looked for; none are found."""
    calls: list[dict[str, Any]] = []

    def find(_take: Take, **how: Any) -> None:
        calls.append(how)
        raise CamerasApart("Nobody moves.")

    monkeypatch.setattr("mimic.pipeline.solve.cameras.finding.find_cameras", find)
    return calls


def bake(take: Path, *flags: str) -> None:
    command.find_anew(parser().parse_args(["bake", str(take), "-o", "out.blend", *flags]), take)


def test_cameras_that_nobody_looked_for_are_looked_for_by_a_bake(take, asked, capsys):
    bake(take)
    assert len(asked) == 1
    assert "Nobody moves. Until the cameras are found, only what the first one saw is baked." in capsys.readouterr().out


def test_cameras_that_are_found_or_could_not_be_are_not_looked_for_again(take, asked):
    store_cameras(take, (), said="Nobody moves.")
    bake(take)
    store_cameras(take, (FOUND, FOUND))
    bake(take)
    assert not asked


@pytest.mark.parametrize(
    ("flags", "name", "value"),
    [
        (("--fov", "65,60"), "fields_of_view", (65.0, 60.0)),
        (("--fov", "65"), "fields_of_view", (65.0, 65.0)),
        (("--sync", "1.0,0.5"), "sync", (1.0, 0.5)),
        (("--sync", "none"), "sync", "none"),
    ],
)
def test_cameras_of_a_take_are_found_anew_as_said(take, asked, flags, name, value):
    store_cameras(take, (FOUND, FOUND))
    bake(take, *flags)
    assert asked[0][name] == value


def test_cameras_that_are_not_found_by_a_bake_of_films_leave_their_take_beside_the_output(
    take, asked, tmp_path, monkeypatch, capsys
):
    def capture(_options: argparse.Namespace, path: Path) -> CamerasSummary:
        path.write_bytes(take.read_bytes())
        each = CaptureSummary(path, None, "a.mp4", 1, 1, 0.1, 1.0, 1, 0, 0, 0, {}, cancelled=False, warning=None)
        return CamerasSummary((each, each), (), cancelled=False)

    monkeypatch.setattr(command, "capture", capture)
    given = parser().parse_args(["bake", "a.mp4", "b.mp4", "-o", str(tmp_path / "out.blend")])
    with pytest.raises(MimicError), command.take_of(given):
        raise MimicError("as if the character were missing")
    assert "out.take: bake it again with other options, such as --sync." in capsys.readouterr().out
    with Take.open(tmp_path / "out.take") as kept:
        assert kept.camera_count == 2
        assert kept.info.cameras_said.startswith("Nobody moves.")
    assert not (tmp_path / "out-2.take").exists()


def test_more_angles_than_a_take_has_cameras_are_refused(take, asked):
    with pytest.raises(InvalidOption, match="3 fields of view are given for 2 cameras"):
        bake(take, "--fov", "65,60,70")
    assert not asked


def test_take_of_one_camera_is_baked_without_looking_for_any(tmp_path, asked):
    path = tmp_path / "one.take"
    with TakeWriter(path, source="a.mp4", size=SIZE, fps=30.0) as writer:
        writer.add(Landmarks(0.0, 0, SIZE, None, None, None))
    bake(path, "--fov", "65")
    assert not asked


@pytest.fixture
def still(monkeypatch):
    """Replaces what solves a take by somebody who stands still."""
    n = 2
    motion = BodyMotion(
        np.arange(n) / 30.0, rot.identity(n, len(JOINTS)), np.zeros((n, 3)), np.zeros(6), np.ones((n, len(JOINTS)))
    )
    solved = SolvedTake(0, motion, np.zeros(n, int), np.zeros(n, int))
    monkeypatch.setattr("mimic.addon.command_line.takes.solve_person", lambda *_who, **_how: solved)


@pytest.mark.parametrize(
    ("cameras", "flags", "said"),
    [
        ((), (), "Note: Nobody moves."),
        (
            (FOUND, FOUND),
            ("--fov", "70"),
            "Note: the lenses of several cameras are in the take, so --fov has no",
        ),
    ],
)
def test_solve_says_what_it_does_without_or_despite_the_cameras(take, tmp_path, still, capsys, cameras, flags, said):  # noqa: PLR0917
    store_cameras(take, cameras, said="Nobody moves.")
    given = parser().parse_args(["solve", str(take), "-o", str(tmp_path / "out.npz"), *flags])
    assert given.run(given) == 0
    assert said in capsys.readouterr().out
