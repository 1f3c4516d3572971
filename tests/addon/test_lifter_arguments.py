# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic lifter``: what it says where training cannot run."""

from importlib.util import find_spec

import pytest


@pytest.mark.skipif(find_spec("torch") is not None, reason="needs a machine without PyTorch")
@pytest.mark.parametrize("action", [["train"], ["evaluate", "-o", "table.md"]])
def test_training_needs_its_packages(mimic, tmp_path, action):
    said = mimic("lifter", action[0], "workshop", "--data", "data", *action[1:]).complaint()
    assert "torch" in said
    assert "mimic[train]" in said
    assert not list(tmp_path.iterdir())
