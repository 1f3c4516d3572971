# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic lifter``: what it says where training cannot run, or nothing was made to be measured on."""

from importlib.util import find_spec

import pytest


@pytest.mark.skipif(find_spec("torch") is not None, reason="needs a machine without PyTorch")
def test_training_needs_its_packages(mimic, tmp_path):
    said = mimic("lifter", "train", "workshop", "--data", "data").complaint()
    assert "torch" in said
    assert "mimic[train]" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(find_spec("moderngl") is not None, reason="needs a machine without moderngl")
def test_pictures_need_their_package(mimic, tmp_path):
    sheet = ("-o", "table.md", "--sheet", "sheet.jpg")
    assert "moderngl" in mimic("lifter", "evaluate", "workshop", "--data", "data", *sheet).complaint()
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_nothing_can_be_measured_without_a_workshop(mimic, tmp_path):
    assert "workshop" in mimic("lifter", "evaluate", "workshop", "--data", "data", "-o", "table.md").complaint()
    assert not list(tmp_path.iterdir())
