# SPDX-License-Identifier: GPL-3.0-or-later
"""``--second-look``: the pose network is shown each frame in a mirror too, and the take says so."""

import numpy as np
import pytest

from mimic.pipeline.takes.take import Take


@pytest.mark.networks
@pytest.mark.slow
def test_capture_with_a_second_look_remembers_the_setting_and_differs_a_little(mimic, networks, performer, tmp_path):
    worlds = {}
    for name, words in {"once": [], "twice": ["--second-look"]}.items():
        done = mimic("capture", performer, "-o", f"{name}.take", "--end", "0.1", "--no-face", "--no-hands", *words)
        assert done.status == 0, done.err
        with Take.open(tmp_path / f"{name}.take") as take:
            assert take.info.settings["second_look"] is bool(words)
            worlds[name] = take.track().pose_world
    apart = np.linalg.norm(worlds["once"] - worlds["twice"], axis=-1)
    assert 0.0 < apart.max() < 0.2
