# SPDX-License-Identifier: GPL-3.0-or-later
"""What a take keeps of its cameras when they are looked for."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from mimic.addon.bake.finding import find
from mimic.addon.bake.options import CaptureOptions, SolveOptions
from mimic.addon.bake.recording import FurtherSource, check_sources
from mimic.errors import MimicError
from mimic.pipeline.errors import CamerasApart, CamerasSame, SourceMissing, TooManyCameras
from mimic.pipeline.takes.geometry import CameraGeometry
from mimic.pipeline.takes.take import Take
from mimic.pipeline.takes.writer import TakeWriter
from mimic.retarget.errors import InvalidOption

FOUND = (CameraGeometry(focal=64.0, size=(64, 48)), CameraGeometry(position=(3.0, 3.0, 0.0), focal=64.0, size=(64, 48)))


@pytest.fixture
def take(tmp_path: Path) -> Path:
    path = tmp_path / "two.take"
    with TakeWriter(path, source="a.avi", size=(64, 48), fps=25.0) as writer:
        writer.camera(source="b.avi", size=(64, 48), fps=25.0).close()
    return path


def looked_for(take: Path, monkeypatch: pytest.MonkeyPatch, *, fails: bool) -> tuple[bool, str]:
    def found(*_args: object, **_how: object) -> SimpleNamespace:
        if fails:
            raise CamerasApart("Nothing matches.")
        return SimpleNamespace(cameras=FOUND, quality=SimpleNamespace(summary="They were found."), doubt="")

    monkeypatch.setattr("mimic.pipeline.solve.cameras.finding.find_cameras", found)
    finding = find(take, sync="auto", cameras=None, solve_options=SolveOptions())
    return finding.found, finding.said


def test_cameras_that_cannot_be_found_leave_a_reason_in_the_take(take: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert looked_for(take, monkeypatch, fails=True) == (
        False,
        "Nothing matches. Until the cameras are found, only what the first one saw is baked.",
    )
    with Take.open(take) as opened:
        assert opened.info.cameras == ()
        assert opened.info.cameras_said.startswith("Nothing matches.")


def test_seconds_and_places_of_all_cameras_are_of_no_use_once_one_is_left_out(
    take: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def found(_take: object, *, sync: object, cameras_of: Path | None, **_how: object) -> SimpleNamespace:
        asked.extend([sync, cameras_of])
        return SimpleNamespace(cameras=FOUND, quality=SimpleNamespace(summary="They were found."), doubt="")

    monkeypatch.setattr("mimic.pipeline.solve.cameras.finding.find_cameras", found)
    three = take.with_name("three.take")
    assert find(take, sync="1,2,3", cameras=three, solve_options=SolveOptions(), left_out=True).found
    assert find(take, sync="none", cameras=None, solve_options=SolveOptions(), left_out=True).found
    assert asked == ["auto", None, "none", None]
    with pytest.raises(InvalidOption, match="3 seconds for 2 cameras"):
        find(take, sync="1,2,3", cameras=None, solve_options=SolveOptions())


@pytest.mark.parametrize(
    ("further", "fault", "said"),
    [
        (["1"], CamerasSame, "Cameras 1 and 2 are the same one, “1”"),
        (["2", "http://a:8080/video", "http://a:8080/video"], CamerasSame, "Cameras 3 and 4 are the same one"),
        ([str(number) for number in range(2, 10)], TooManyCameras, "9 cameras are given, and a take holds 8"),
        (["2", ""], SourceMissing, "Camera 3 has no source"),
    ],
)
def test_what_cannot_be_the_cameras_of_one_scene_is_refused(
    further: list[str], fault: type[MimicError], said: str
) -> None:
    with pytest.raises(fault, match=said):
        check_sources("1", [FurtherSource(each) for each in further], CaptureOptions())


def test_cameras_that_were_found_stay_if_they_cannot_be_found_again(
    take: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_for(take, monkeypatch, fails=False)
    found, said = looked_for(take, monkeypatch, fails=True)
    assert not found
    assert said == "Nothing matches. The cameras that were found before are used."
    with Take.open(take) as opened:
        assert opened.info.cameras == FOUND
        assert opened.info.warnings == ()
