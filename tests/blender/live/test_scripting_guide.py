# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of docs/scripting.md do what they say, one after the other."""

import re
import shutil
from pathlib import Path

import numpy as np
import pytest

GUIDE = Path(__file__).resolve().parents[3] / "docs" / "scripting.md"


def examples() -> list[str]:
    return re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def run(example: str) -> None:
    exec(compile(example, str(GUIDE), "exec"), {"__name__": "__main__"})


@pytest.mark.slow
@pytest.mark.usefixtures("performer_in_numbers")
def test_guide_examples_run_one_after_the_other(add_on, make_film, tmp_path, monkeypatch, capsys):
    bake, again, cameras, edit, people, bones, live, two, together, alone, everyone, read, retarget = examples()
    (tmp_path / "videos").mkdir()
    for name in ("tango.avi", "waltz.avi"):
        make_film(tmp_path / "videos" / name, frames=50)
    monkeypatch.chdir(tmp_path)

    run(bake)
    assert (tmp_path / "dances.blend").is_file()
    assert {"tango", "waltz"} <= set(add_on.data.actions.keys())

    run(again)
    assert add_on.data.actions["waltz, calmer"].frame_range[0] == pytest.approx(100.0)

    for name, frames in (("front.avi", 40), ("side.avi", 30)):
        make_film(tmp_path / name, frames=frames)
    run(cameras)
    assert "front" in add_on.data.actions

    run(edit)
    assert add_on.data.actions["waltz, one round"].use_cyclic
    tracks = add_on.data.objects["Avatar"].animation_data.nla_tracks
    assert {"waltz, other foot", "waltz on top"} <= {strip.action.name for track in tracks for strip in track.strips}

    run(people)
    assert {"duet", "solo"} <= set(add_on.data.actions.keys())

    run(bones)
    from mimic.addon.runtime import runtime

    assert (tmp_path / "dancer.toml").is_file()
    assert {"LeftShoulder", "RightShoulder"} == set(runtime().fits.of(add_on.data.objects["Avatar"]).missing)

    run(live)
    assert runtime().session is None
    assert runtime().jobs.current is None
    assert add_on.data.objects["Avatar"].animation_data.action.name == "Rehearsal"
    hips = add_on.data.objects["Avatar"].pose.bones["mixamorig:Hips"]
    np.testing.assert_allclose(hips.location, 0.0, atol=1e-6)

    run(two)
    run(together)
    said = capsys.readouterr().out
    assert "2 people: Avatar.001 Avatar" in said
    assert "the camera looks down by" in said
    assert add_on.context.scene.mimic.camera_pitch > -90.0
    assert add_on.context.scene.mimic.people == 1

    shutil.copy(tmp_path / "takes" / "waltz.take", tmp_path / "waltz.take")
    run(retarget)
    said = capsys.readouterr().out
    assert "recognised as Mixamo" in said
    assert "52 bones" in said

    run(read)
    said = capsys.readouterr().out
    assert "waltz.avi" in said
    assert "left hand from shoulder" in said

    run(alone)
    assert (tmp_path / "copy.blend").is_file()
    assert "keys in copy.blend" in capsys.readouterr().out

    run(everyone)
    assert (tmp_path / "people.blend").is_file()
    assert "Avatar does Mimic" in capsys.readouterr().out


def test_scripting_guide_imports_nothing_of_mimic_but_its_api():
    imported = re.findall(r"^\s*(?:from|import) (mimic\S*.*)$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE)
    assert imported
    assert set(imported) == {"mimic import api"}
