# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic train --faces`` and ``mimic evaluate --faces``: expressions, on rendered faces that show known ones."""

import argparse
from pathlib import Path
from typing import Final

from ...pipeline.outputs import check_output, replacing
from .console import say
from .training_packages import check_installed

_FOLDER: Final = "faces"
_NEEDED: Final = ("anny", "moderngl", "scipy", "torch")


def train_faces(options: argparse.Namespace) -> int:
    """Make faces and learn the corrector of expressions from them."""
    check_installed(_NEEDED)
    from ...models.training.faces.corrector_training import train_corrector

    folder = _make(options, learn=True)
    say(f"Corrector: {train_corrector(folder)}")
    return 0


def evaluate_faces(options: argparse.Namespace) -> int:
    """Write a table of how well each expression is read, by MediaPipe's network and by Mimic."""
    check_installed(_NEEDED)
    from ...models.training.faces import face_comparison
    from ...models.training.faces.face_sheet import write_face_sheet

    for path in (options.output, options.sheet):
        if path is not None:
            check_output(path, force=options.force)
    folder = _make(options, learn=False)
    table = face_comparison.compare(folder)
    with replacing(options.output, force=options.force) as part:
        part.write_text(table, encoding="utf-8")
    say(f"Table: {options.output}")
    if options.sheet is not None:
        write_face_sheet(options.sheet, _characters(options))
        say(f"Contact sheet: {options.sheet}")
    return 0


def _make(options: argparse.Namespace, *, learn: bool) -> Path:
    from ...models.training.faces.face_sets import FaceSettings, make_faces

    folder: Path = options.datasets / _FOLDER
    for step in make_faces(folder, FaceSettings(), _characters(options), learn=learn):
        say(step)
    return folder


def _characters(options: argparse.Namespace) -> Path | None:
    characters: Path = options.data / "rigs" / "rocketbox"
    return characters if characters.is_dir() else None
