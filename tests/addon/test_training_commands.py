# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic train`` and ``mimic evaluate`` where training cannot run, or nothing was made to be measured on."""

from importlib.util import find_spec

import pytest

from mimic.addon.command_line.arguments import parser

NAMES = pytest.mark.parametrize("name", [(), ("lifter",)], ids=["today's name", "old name"])


@NAMES
@pytest.mark.skipif(find_spec("torch") is not None, reason="needs a machine without PyTorch")
def test_train_without_its_packages_names_the_missing_package(mimic, tmp_path, name):
    said = mimic(*name, "train", "datasets", "--data", "data").complaint()
    assert "torch" in said
    assert "mimic[train]" in said
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(find_spec("moderngl") is not None, reason="needs a machine without moderngl")
def test_evaluate_with_a_sheet_without_moderngl_names_the_missing_package(mimic, tmp_path):
    sheet = ("-o", "table.md", "--sheet", "sheet.jpg")
    assert "moderngl" in mimic("evaluate", "datasets", "--data", "data", *sheet).complaint()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("what", ["--sides", "--gravity", "--crossings", "--cameras", "--refined"])
@pytest.mark.skipif(find_spec("moderngl") is not None, reason="needs a machine without moderngl")
def test_evaluate_on_rendered_clips_without_moderngl_names_the_missing_package(mimic, tmp_path, what):
    assert "moderngl" in mimic("evaluate", "datasets", what, "--data", "data", "-o", "table.md").complaint()
    assert not list(tmp_path.iterdir())


def test_evaluate_measures_one_thing_at_a_time(capsys):
    with pytest.raises(SystemExit):
        parser().parse_args(["evaluate", "datasets", "--sides", "--gravity", "--data", "data", "-o", "table.md"])
    assert "not allowed with argument" in capsys.readouterr().err


@NAMES
@pytest.mark.slow
def test_evaluate_without_data_sets_says_how_to_make_them(mimic, tmp_path, name):
    said = mimic(*name, "evaluate", "datasets", "--data", "data", "-o", "table.md").complaint()
    assert "mimic train" in said
    assert not list(tmp_path.iterdir())


def test_help_lists_train_and_evaluate_and_not_their_old_name():
    listed = [line.split()[0] for line in parser().format_help().splitlines() if line.startswith("    ")]
    assert {"train", "evaluate"} <= set(listed)
    assert "lifter" not in listed
