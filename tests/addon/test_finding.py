# SPDX-License-Identifier: GPL-3.0-or-later
"""What a take keeps of its cameras when they are looked for."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from mimic.addon.bake.finding import find
from mimic.addon.bake.options import SolveOptions
from mimic.pipeline.errors import CamerasApart
from mimic.pipeline.takes.geometry import CameraGeometry
from mimic.pipeline.takes.take import Take
from mimic.pipeline.takes.writer import TakeWriter

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
        return SimpleNamespace(cameras=FOUND, quality=SimpleNamespace(summary="They were found."))

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
