# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel in other languages: one file for each, which Blender is told of while Mimic is enabled.

A file is named after its language as Blender calls it (`de`, `pt_BR`) and holds English -> translation: labels,
tooltips and what the panels say. Sentences on what went wrong are English everywhere, as they are in logs and on the
command line.
"""

import tomllib
from importlib import resources
from typing import Any, Final, cast

import bpy

CONTEXT: Final = "Mimic"
"""Context of labels that Blender would otherwise translate itself, "Face" as that of a mesh."""

_CONTEXTS: Final = ("*", "Operator", CONTEXT)
"""Blender looks labels of buttons up in the second one, and those of properties in their own."""


def languages() -> tuple[str, ...]:
    """Languages that there is a file for."""
    files = resources.files(__package__).iterdir()
    return tuple(sorted(file.name.removesuffix(".toml") for file in files if file.name.endswith(".toml")))


def messages(language: str) -> dict[str, str]:
    """English -> translation."""
    text = resources.files(__package__).joinpath(f"{language}.toml").read_text(encoding="utf-8")
    return {message: str(translated) for message, translated in tomllib.loads(text).items()}


def register() -> None:
    """Tell Blender of all languages."""
    tables = {
        language: {
            (context, message): translated
            for message, translated in messages(language).items()
            for context in _CONTEXTS
        }
        for language in languages()
    }
    cast(Any, bpy.app.translations).register(__package__, tables)


def unregister() -> None:
    """Let Blender forget them."""
    bpy.app.translations.unregister(__package__)
