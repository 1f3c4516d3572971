# SPDX-License-Identifier: GPL-3.0-or-later
"""What Blender does with Mimic's operators beyond calling them: search, undo, Adjust Last Operation, remembering."""

from pathlib import Path

import pytest

from mimic.addon.bake.options import BAKING, CAPTURING, options_of

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "scripting.md"

EDITS = {"avatar_add", "pose_reset", "bones_detect", "bones_clear", "bone_choose", "bones_mirror", "bones_load"}
EDITS |= {f"expressions_{verb}" for verb in ("detect", "clear", "mirror", "load")}
EDITS |= {"expression_add", "expression_remove", "expression_show", "framing_set", "person_add", "take_level"}
EDITS |= {"camera_tilt_set", "camera_tilt_clear", "source_add"}
"""They change something at once, and may do so again otherwise."""

UNSEARCHED = {"job_cancel", "bone_choose", "messages_dismiss", "take_recover", "takes_refresh", "session_wait"}
UNSEARCHED |= {"expression_remove", "person_remove", "source_remove"}
"""They mean something only where the panel has their button, or in a script."""

REMEMBERED = {("bones_mirror", "direction"), ("expressions_mirror", "direction")}
REMEMBERED |= {("session_calibrate", "countdown"), ("camera_level", "countdown")}
"""Properties that are next time as they were last time, on purpose."""


@pytest.fixture
def add_on(bpy):
    """Blender with Mimic enabled, and afterwards without."""
    import mimic

    mimic.register()
    yield bpy
    mimic.unregister()


def operators(bpy):
    return {name: getattr(bpy.ops.mimic, name) for name in dir(bpy.ops.mimic) if name[0] != "_"}


def test_operators_that_edit_at_once_are_the_only_adjustable_ones(add_on):
    assert {name for name, each in operators(add_on).items() if "REGISTER" in each.bl_options} == EDITS
    undone = {name for name, each in operators(add_on).items() if "UNDO" in each.bl_options}
    assert undone == EDITS | {"session_start", "session_stop", "camera_level", "source_remove"}


def test_search_leaves_out_operators_for_panels_and_scripts_only(add_on):
    assert {name for name, each in operators(add_on).items() if "INTERNAL" in each.bl_options} == UNSEARCHED


def test_operator_properties_are_not_remembered_but_for_the_intended_ones(add_on):
    kept = {
        (name, each.identifier)
        for name, operator in operators(add_on).items()
        for each in operator.get_rna_type().properties
        if each.identifier != "rna_type" and not each.is_skip_save
    }
    assert kept == REMEMBERED


def test_guide_names_every_operator_with_its_properties(add_on):
    part = GUIDE.read_text(encoding="utf-8").split("## All operators\n", 1)[1]
    rows = [line for line in part.splitlines() if line.startswith("| `")]
    options = {option.name for option in options_of(*BAKING, *CAPTURING)}
    for name, operator in operators(add_on).items():
        own = [row for row in rows if f"`{name}`" in row.split("|")[1]]
        assert len(own) == 1, name
        properties = operator.get_rna_type().properties
        given = {each.identifier for each in properties if each.name and each.identifier != "rna_type"}
        given -= {f"armature_{number}" for number in range(3, 8)}  # "`armature_2` to `armature_8`"
        missing = {each for each in given - options if f"`{each}`" not in own[0].split("|")[2]}
        assert missing - {"filter_glob", "check_existing", "filter_folder", "filter_movie", "filter_image"} == set()
        assert not given & options or "options of" in own[0]


@pytest.fixture
def steps(add_on, make, monkeypatch, tmp_path):
    """Undo steps that bakes make; takes are of somebody made of numbers."""
    from mimic.addon.bake import operators as bake_operators
    from mimic.addon.bake import requests

    monkeypatch.setattr("mimic.addon.takes.store.takes_folder", lambda: str(tmp_path))
    monkeypatch.setattr(requests, "people_in", lambda _path: 1)
    monkeypatch.setattr(requests, "solved_of", lambda _path, _how: make.solved(make.walk(10)))
    monkeypatch.setattr(requests, "capture_motion", lambda _film, _progress, _how: make.solved(make.walk(10)))
    made = []
    monkeypatch.setattr(bake_operators, "push_undo", made.append)
    monkeypatch.setattr(requests, "push_undo", made.append)
    make.armature(add_on)
    return made


@pytest.mark.parametrize(("operator", "step"), [("take_bake", "Bake Take"), ("video_bake", "Bake Video")])
def test_bake_operator_makes_one_undo_step_when_the_keys_are_written(add_on, steps, operator, step):
    from mimic.addon.runtime import runtime

    bake = getattr(add_on.ops.mimic, operator)
    assert bake(filepath="dance.take") == {"FINISHED"}
    assert steps == [step]
    assert bake(filepath="dance.take", wait=False) == {"FINISHED"}
    assert steps == [step]
    while runtime().jobs.current is not None:
        runtime().timer.tick()
    assert steps == [step, step]


def test_bake_video_in_a_script_takes_mirror_from_the_panel_unless_given(add_on, steps, monkeypatch):
    from mimic.addon.bake import requests

    requested = []
    monkeypatch.setattr(requests, "capture_motion", lambda request, _progress, _solver: requested.append(request))
    add_on.context.scene.mimic.mirror = True
    add_on.ops.mimic.video_bake(filepath="dance.mp4", model="heavy", hands=False, start=1.0, end=2.0)
    add_on.ops.mimic.video_bake(filepath="dance.mp4", mirror=False)
    told, plain = requested
    assert (told.flips, told.settings.model, told.settings.hands) == ((True,), "heavy", False)
    assert (told.start, told.end) == (1.0, 2.0)
    assert (plain.flips, plain.settings.model, plain.settings.hands) == ((False,), "full", True)
    assert (plain.start, plain.end) == (None, None)


def test_videos_baked_beside_blender_are_captured_into_takes_of_their_own(add_on, steps, monkeypatch):
    from mimic.addon.bake import requests
    from mimic.addon.runtime import runtime

    asked_for = []

    def capture(request, _progress, _solver):
        request.take.touch()
        asked_for.append(request.take.stem)

    monkeypatch.setattr(requests, "capture_motion", capture)
    for _ in range(3):
        add_on.ops.mimic.video_bake(filepath="dance.mp4", wait=False)
    add_on.ops.mimic.video_bake(filepath="dance.mp4")
    while runtime().jobs.current is not None:
        runtime().timer.tick()
    assert sorted(asked_for) == ["dance", "dance 001", "dance 002", "dance 003"]
    assert runtime().coming_takes == set()


def test_bake_operators_with_bad_values_are_refused_with_a_sentence(add_on, steps):
    with pytest.raises(RuntimeError, match="would end at 1 s, before it begins at 2 s"):
        add_on.ops.mimic.take_bake(filepath="dance.take", trim_start=2.0, trim_end=1.0)
    with pytest.raises(RuntimeError, match="would end at 1 s, before it begins at 2 s"):
        add_on.ops.mimic.video_bake(filepath="dance.mp4", start=2.0, end=1.0)
    with pytest.raises(RuntimeError, match=r"field_of_view is 2\.0: give a number of degrees from 5 to 170, or 0"):
        add_on.ops.mimic.video_bake(filepath="dance.mp4", field_of_view=2.0)


def test_bake_video_file_browser_shows_the_settings_of_the_panel(add_on, steps, monkeypatch):
    from types import SimpleNamespace

    from mimic.addon.bake import operators as bake_operators

    settings = add_on.context.scene.mimic
    settings.mirror, settings.model, settings.smoothing = True, "lite", 0.75
    shown, asked = [], []

    def ask(operator):
        asked.append((operator.mirror, operator.model, operator.smoothing))
        layout = SimpleNamespace(prop=lambda data, name: shown.append(name) if hasattr(data, name) else None)
        monkeypatch.setattr(bake_operators, "column", lambda _layout: layout)
        operator.draw(add_on.context)

    monkeypatch.setattr(bake_operators, "manager", lambda: SimpleNamespace(fileselect_add=ask))
    # Without a window Blender only executes.
    press = bake_operators.MIMIC_OT_video_bake.invoke
    monkeypatch.setattr(bake_operators.MIMIC_OT_video_bake, "_bake", lambda self: press(self, add_on.context, None))
    assert add_on.ops.mimic.video_bake(ask=True) == {"FINISHED"}
    assert asked == [(True, "lite", 0.75)]
    assert {"action", "start", "end", "mirror", "model", "field_of_view"} <= set(shown)
