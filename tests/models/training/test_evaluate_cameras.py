# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic evaluate --cameras``: what is rendered, captured and scored in which order, without doing it."""

from argparse import Namespace

import pytest

from mimic.addon.command_line import scenes
from mimic.models.training.evaluation import camera_clips, camera_sheet
from mimic.models.training.scenes import library, stages

from .test_camera_tables import GOOD


@pytest.fixture
def done(monkeypatch):
    """What was done, in order; nothing is rendered or captured, and every clip is solved well."""
    steps = []

    def captured(folder, take=camera_clips.TAKE, *, letters="abcdefgh"):
        steps.append(("captured", folder.name, letters))
        return folder / take, "A warning."

    def scored(folder, take, *, letters="abcdefgh", warned="", cameras_of=None):
        steps.append(("scored", folder.name, letters, None if cameras_of is None else cameras_of.parent.name))
        return GOOD

    def drawn(_path, folder, _people):
        steps.append(("drawn", folder.name))

    monkeypatch.setattr(scenes, "check_installed", lambda _: None)
    monkeypatch.setattr(library, "make_cameras", lambda *_: iter(["rendered"]))
    monkeypatch.setattr(library, "read_bodies", lambda _: [])
    monkeypatch.setattr(camera_clips, "captured_cameras", captured)
    monkeypatch.setattr(camera_clips, "score_clip", scored)
    monkeypatch.setattr(camera_sheet, "write_camera_sheet", drawn)
    return steps


def options(folder, **changes):
    common = {"datasets": folder, "data": folder, "output": folder / "table.md", "force": False, "sheet": None}
    return Namespace(scenes="cameras", **(common | changes))


def test_evaluate_cameras_scores_every_clip_and_writes_a_table(tmp_path, done):
    assert scenes.evaluate_scenes(options(tmp_path)) == 0
    scored = [step[1] for step in done if step[0] == "scored"]
    assert set(scored) == {plan.name for plan in (*stages.cameras(), stages.angles())}
    text = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert "12.0 → 6.0" in text
    assert "### Three cameras" in text


def test_evaluate_cameras_solves_clips_of_three_from_two_as_well_and_pairs_by_angle(tmp_path, done):
    scenes.evaluate_scenes(options(tmp_path))
    scored = [step[1:3] for step in done if step[0] == "scored"]
    assert ("three", "ab") in scored
    assert [letters for name, letters in scored if name == "angles"] == ["ab", "ac", "ad", "ae", "af", "ag", "ah"]


def test_evaluate_cameras_uses_cameras_again_that_have_not_moved(tmp_path, done):
    scenes.evaluate_scenes(options(tmp_path))
    assert {step[1]: step[3] for step in done if step[0] == "scored"}["room_again"] == "room"


def test_evaluate_cameras_draws_the_clip_of_the_page_if_a_sheet_is_wanted(tmp_path, done):
    scenes.evaluate_scenes(options(tmp_path, sheet=tmp_path / "sheet.jpg"))
    assert done[-1] == ("drawn", "phones")
