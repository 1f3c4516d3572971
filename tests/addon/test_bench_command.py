# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic bench``: it measures, tells, and writes; how fast is not this test's affair."""

import json

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.networks
def test_bench_measures_both_modes_and_writes_the_shown_rates(mimic, networks, performer, tmp_path):
    done = mimic("bench", performer, "--model", "full", "--frames", "4", "--no-face", "--json", "speed.json")
    assert done.status == 0, done.err
    content = json.loads((tmp_path / "speed.json").read_text())
    assert [speed["mode"] for speed in content["speeds"]] == ["one at a time", "overlapping"]
    for speed in content["speeds"]:
        assert speed["frames"] == speed["poses"] == 3
        assert speed["rate"] > 0.0
        assert {"decode", "pose", "hands", "solve"} <= speed["milliseconds"].keys()
        assert "face" not in speed["milliseconds"]
        assert f"{speed['rate']:.1f}" in done.out


def test_bench_of_a_missing_video_is_refused_by_name(mimic):
    assert "nowhere.mp4" in mimic("bench", "nowhere.mp4").complaint()


@pytest.mark.networks
def test_bench_of_one_frame_is_refused(mimic, networks, performer):
    assert "too few frames" in mimic("bench", performer, "--model", "full", "--frames", "1").complaint()


def test_bench_without_networks_says_how_to_fetch(mimic, performer, tmp_path):
    nowhere = {"MIMIC_MODELS": str(tmp_path / "none")}
    assert "mimic models fetch" in mimic("bench", performer, "--model", "full", env=nowhere).complaint()
    assert "mimic models fetch" in mimic("bench", performer, env=nowhere).complaint()
