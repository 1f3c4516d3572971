# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of buttons and fields: labels, tooltips, and why a button is grey."""

import pytest

SMALL = {"a", "an", "and", "as", "at", "by", "for", "from", "in", "of", "on", "or", "the", "to", "with", "onto", "x"}


@pytest.fixture
def add_on(bpy):
    """Blender with Mimic enabled, and afterwards without."""
    import mimic

    mimic.register()
    yield bpy
    mimic.unregister()


def classes(bpy):
    """RNA of all operators, and of all that holds properties."""
    from mimic.addon import registration

    operators = [getattr(bpy.ops.mimic, name).get_rna_type() for name in dir(bpy.ops.mimic) if name[0] != "_"]
    holders = (bpy.types.PropertyGroup, bpy.types.AddonPreferences)
    return operators, [each.bl_rna for each in registration._CLASSES if issubclass(each, holders)]


def test_operators_and_properties_all_have_a_tooltip_without_a_full_stop(add_on):
    """Tooltips are not empty and have no full stop: Blender adds it."""
    operators, groups = classes(add_on)
    assert len(operators) > 20
    assert len(groups) > 3
    silent, stopped = [], []
    for each in (*operators, *(p for kind in (*operators, *groups) for p in own(kind))):
        hidden = getattr(each, "is_hidden", False)
        if not each.description and not hidden:
            silent.append(each.identifier)
        if each.description.endswith("."):
            stopped.append(each.identifier)
    assert (silent, stopped) == ([], [])


def texts() -> list[str]:
    """All that the panel says in English: `test_translations` holds the languages against it."""
    from mimic.addon import translations

    return list(translations.messages("de"))


def test_no_text_of_the_panel_is_a_riddle(riddle):
    said = texts()
    assert len(said) > 250
    assert [text for text in said if riddle.search(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "For hands of who stands far away",
        "Keep both feet flat, for who stands or sits",
        "What the networks run on",
        "As Seen",
        "How calm the head is",
        "Character to key; the panel's unless given",
    ],
)
def test_a_riddle_is_found(text, riddle):
    assert riddle.search(text)


SENTENCE = "The camera looks down by {pitch:.0f} degrees and is rolled by {roll:.0f}."
"""The one text that is a sentence without an advice: what was found."""


def test_texts_begin_with_a_capital_and_stop_only_where_they_are_sentences():
    small = ("by structure", "by hand", "by its VRM file", "macOS ", "{")
    said = [text for text in texts() if not text.startswith(small)]
    assert [text for text in said if not text[0].isupper()] == []
    assert [text for text in said if text.endswith(".") and ": " not in text and not text.endswith("...")] == [SENTENCE]


def own(kind):
    """Properties of a class that are Mimic's own."""
    return [each for each in kind.properties if each.identifier != "rna_type" and each.is_runtime]


def test_labels_are_all_in_title_case(add_on):
    from mimic.addon import registration

    operators, groups = classes(add_on)
    labels = [kind.name for kind in operators]
    labels += [each.name for kind in (*operators, *groups) for each in own(kind) if not each.is_hidden]
    labels += [
        item.name for kind in (*operators, *groups) for p in own(kind) if p.type == "ENUM" for item in p.enum_items
    ]
    shown = (add_on.types.Panel, add_on.types.Menu)
    labels += [each.bl_label for each in registration._CLASSES if issubclass(each, shown)]
    assert len(labels) > 150
    assert [label for label in labels if label != title(label)] == []


def title(label: str) -> str:
    words = label.split()
    inner = range(1, len(words) - 1)
    return " ".join(w if w in SMALL and i in inner else w[:1].upper() + w[1:] for i, w in enumerate(words))


@pytest.mark.parametrize(
    ("operator", "need"),
    [
        ("take_record", "Start a live session first"),
        ("session_calibrate", "Start a live session first"),
        ("take_bake", "Add the avatar or a character of your own first"),
        ("job_cancel", "Nothing is running in the background"),
    ],
)
def test_operator_that_cannot_run_yet_says_what_is_needed(add_on, operator, need):
    with pytest.raises(RuntimeError, match=need):
        getattr(add_on.ops.mimic, operator)()
