# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of further cameras in the panel of the source: nothing but a button while there are none."""

from types import SimpleNamespace
from typing import Any

import pytest


class Layout:
    """Stands in for Blender's layout and keeps what is drawn; `test_panels` checks that Blender has it."""

    def __init__(self, kept: list[tuple[str, str]] | None = None) -> None:
        self.kept = [] if kept is None else kept

    def _part(self, **_how: Any) -> "Layout":
        return Layout(self.kept)

    row = column = box = _part

    def label(self, *, text: str, **_how: Any) -> None:
        self.kept.append(("label", text))

    def prop(self, _data: Any, name: str, **_how: Any) -> None:
        self.kept.append(("prop", name))

    def prop_search(self, _data: Any, name: str, *_where: Any, **_how: Any) -> None:
        self.kept.append(("prop", name))

    def operator(self, name: str, **_how: Any) -> Any:
        self.kept.append(("operator", name))
        return SimpleNamespace()


@pytest.fixture
def add_on(bpy):
    """Blender with Mimic enabled, and afterwards without."""
    import mimic

    mimic.register()
    yield bpy
    mimic.unregister()


def drawn(bpy) -> list[tuple[str, str]]:
    layout = Layout()
    bpy.types.MIMIC_PT_source.draw(SimpleNamespace(layout=layout), bpy.context)
    return layout.kept


@pytest.mark.parametrize("source", ["CAMERA", "FILE", "STREAM"])
def test_source_panel_has_one_button_for_further_cameras_and_their_options_only_with_some(add_on, source):
    settings = add_on.context.scene.mimic
    settings.source = source

    fields = {"field_of_view", "cameras"}
    assert drawn(add_on).count(("operator", "mimic.source_add")) == 1
    assert not {("prop", name) for name in fields} & set(drawn(add_on))
    add_on.ops.mimic.source_add()
    assert {("prop", name) for name in fields} <= set(drawn(add_on))
    assert drawn(add_on).count(("operator", "mimic.source_remove")) == 1
    assert ("label", "Camera 2") in drawn(add_on)


def test_source_panel_says_what_is_known_of_each_file_and_what_is_wrong_with_it(add_on, tmp_path):
    from mimic.addon.runtime import runtime
    from mimic.addon.sources.media import Medium

    settings = add_on.context.scene.mimic
    settings.source, settings.filepath = "FILE", str(tmp_path / "front.mp4")
    settings.further_sources.add().filepath = str(tmp_path / "side.mp4")
    known = runtime().media._known
    known[settings.filepath] = Medium((1280, 720), 29.97, 300)
    known[settings.further_sources[0].filepath] = Medium(problem="There is no such file: choose another one.")
    said = [text for kind, text in drawn(add_on) if kind == "label"]
    assert "10.0 s, 29.97 fps, 1280 x 720" in said
    assert "There is no such file" in " ".join(said)


def test_removing_a_row_can_be_undone(add_on):
    assert "UNDO" in add_on.types.MIMIC_OT_source_remove.bl_options
    assert "UNDO" in add_on.types.MIMIC_OT_source_add.bl_options


@pytest.mark.parametrize(("source", "shown"), [("CAMERA", False), ("FILE", True), ("STREAM", False)])
def test_source_panel_asks_how_cameras_are_synchronised_only_for_films_that_are_baked(
    add_on, source, shown, monkeypatch
):
    from mimic.addon.runtime import runtime

    add_on.context.scene.mimic.source = source
    add_on.ops.mimic.source_add()
    assert (("prop", "sync") in drawn(add_on)) is shown
    with monkeypatch.context() as running:
        running.setattr(type(runtime()), "session", object())
        assert ("prop", "sync") not in drawn(add_on)
