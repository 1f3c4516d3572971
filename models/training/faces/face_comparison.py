# SPDX-License-Identifier: GPL-3.0-or-later
"""What is read from faces by MediaPipe's network and by Mimic, beside each other."""

from pathlib import Path
from typing import Final

import numpy as np

from ....pipeline.solve.face.correction import FILE, read_corrector
from .corrector_training import corrected
from .face_scores import Reader, mediapipe, score
from .face_sets import MIXTURES, OTHERS, SINGLES, read_tests
from .face_tables import Compared, markdown

MEDIAPIPE: Final = "MediaPipe"
MIMIC: Final = "corrected"


def compare(folder: Path, path: Path | None = None) -> str:
    """Return the tables for the data sets in a folder, and a corrector's file; None for the one of Mimic."""
    sets = read_tests(folder)
    corrector = read_corrector(path or FILE)
    readers: dict[str, Reader] = {MEDIAPIPE: mediapipe, MIMIC: corrected(corrector)}
    others = sets.get(OTHERS)
    results = {
        name: Compared(
            anny=score(reader, sets[MIXTURES], sets[SINGLES]),
            others=None if others is None else score(reader, others),
        )
        for name, reader in readers.items()
    }
    return markdown(results, (corrector.share > 0.0) | np.isfinite(corrector.limit))
