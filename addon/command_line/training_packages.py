# SPDX-License-Identifier: GPL-3.0-or-later
"""The packages that training needs, which Mimic itself does without."""

from collections.abc import Sequence
from importlib.util import find_spec

from ...errors import MimicError


class TrainingMissing(MimicError):
    """The packages that training needs are not installed."""


def check_installed(needed: Sequence[str]) -> None:
    """Check that packages are installed.

    Raises:
        TrainingMissing: some are not.
    """
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise TrainingMissing(f"Training needs {', '.join(missing)}: run `pip install 'mimic[train]'`.")
