# SPDX-License-Identifier: GPL-3.0-or-later
"""Every language says all that the panel says, and nothing else; placeholders are those of the English."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

ADD_ON = Path(__file__).parents[2] / "addon"

TEXTS = {"text", "heading"}
"""Arguments of layouts that people read."""

MESSAGES = {"iface", "counted", "Job", "begin"}
"""Functions that are given messages."""

SAME = re.compile(r"[\d x]+|CUDA|DirectML|Core ML|Mimic|")
"""What needs no translation."""


@pytest.fixture
def add_on(bpy):
    """Blender with Mimic enabled, and afterwards without."""
    import mimic

    mimic.register()
    yield bpy
    mimic.unregister()


def described(bpy) -> Iterator[str]:
    """Names and tooltips of operators, properties, choices and panels."""
    from mimic.addon import registration

    kinds = [each.bl_rna for each in registration._CLASSES if not issubclass(each, bpy.types.Operator)]
    for name in dir(bpy.ops.mimic):
        kinds.append(getattr(bpy.ops.mimic, name).get_rna_type())
        yield from (kinds[-1].name, kinds[-1].description)
    yield from (each.bl_label for each in registration._CLASSES if issubclass(each, (bpy.types.Panel, bpy.types.Menu)))
    for kind in kinds:
        for each in (p for p in kind.properties if p.is_runtime and p.identifier != "rna_type" and not p.is_hidden):
            yield from (each.name, each.description)
            if each.type == "ENUM":
                yield from (text for item in each.enum_items for text in (item.name, item.description))


def said() -> Iterator[str]:
    """What panels and menus say beyond that, out of their source."""
    from mimic.addon.bone_map import panel as bone_map_panel
    from mimic.addon.face import panel as face_panel
    from mimic.addon.live import mac
    from mimic.addon.live.session import State
    from mimic.retarget.rig.labels import BODY, HANDS, LABELS

    yield from (mac.HELP, bone_map_panel._LINKED, face_panel.LINKED, face_panel.NO_FACE)
    yield from ("by structure", "by hand", "by its VRM file")
    yield from (state.value for state in State)
    yield from LABELS.values()
    for groups in (BODY, HANDS):
        for heading, joints in groups.items():
            yield from (heading, *joints.values())
    for path in ADD_ON.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call):
                yield from _texts(call)


def _texts(call: ast.Call) -> Iterator[str]:
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    found = list(call.args) if name in MESSAGES else []
    if name in {"label", "operator", "column"}:
        found = [word.value for word in call.keywords if word.arg in TEXTS]
    for each in found:
        yield from (part.value for part in _constants(each) if isinstance(part.value, str))


def _constants(node: ast.expr) -> Iterator[ast.Constant]:
    """Constants that an expression may come out as."""
    if isinstance(node, ast.Constant):
        yield node
    elif isinstance(node, ast.IfExp):
        yield from (*_constants(node.body), *_constants(node.orelse))


@pytest.fixture
def english(add_on) -> set[str]:
    return {text for text in (*described(add_on), *said()) if not SAME.fullmatch(text)}


def languages() -> list[str]:
    return sorted(path.stem for path in (ADD_ON / "translations").glob("*.toml"))


def test_translations_include_german_and_french():
    assert {"de", "fr"} <= set(languages())


@pytest.mark.parametrize("language", languages())
def test_translation_has_exactly_the_texts_of_the_interface(language, english):
    from mimic.addon import translations

    table = translations.messages(language)
    assert len(english) > 250
    assert (sorted(english - set(table)), sorted(set(table) - english)) == ([], [])


@pytest.mark.parametrize("language", languages())
def test_translation_keeps_the_placeholders_and_endings_of_the_english(language):
    from mimic.addon import translations

    def marks(text):
        return sorted(re.findall(r"\{[^}]*\}", text)), text.endswith("."), text.endswith("..."), text != text.strip()

    table = translations.messages(language)
    assert {message: each for message, each in table.items() if marks(message) != marks(each)} == {}
    assert all(table.values())


def test_translations_are_registered_and_unregistered_with_mimic(bpy, monkeypatch):
    import mimic
    from mimic.addon import translations

    told = {}
    blender = SimpleNamespace(register=told.__setitem__, unregister=told.__delitem__)
    monkeypatch.setattr(translations, "bpy", SimpleNamespace(app=SimpleNamespace(translations=blender)))
    mimic.register()
    (tables,) = told.values()
    assert tables["de"]["Operator", "Add Avatar"] == "Avatar hinzufügen"
    assert tables["de"]["*", "Avatar"] == "Avatar"
    assert tables["de"]["Mimic", "Face"] == "Gesicht"
    mimic.unregister()
    assert told == {}


def test_labels_of_options_are_translated_by_mimic_and_not_by_blender(add_on):
    """Blender's own "Face" is that of a mesh, in German "Fläche"."""
    fields = add_on.context.scene.mimic.bl_rna.properties
    assert {fields[name].translation_context for name in ("face", "strength_eyes", "smoothing")} == {"Mimic"}
    assert add_on.types.MIMIC_PT_face.bl_translation_context == "Mimic"
