# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera's field of view: given on the command line, remembered by takes, believed by both solvers."""

from dataclasses import asdict

import numpy as np
import pytest

from mimic.addon.command_line.arguments import parser
from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX
from mimic.models.body.model import neutral_body
from mimic.pipeline.landmarks.data import Landmarks, LandmarkTrack, PoseLandmarks, Region
from mimic.pipeline.landmarks.settings import HolisticSettings
from mimic.pipeline.solve import axes
from mimic.pipeline.solve.creation import create_solver
from mimic.pipeline.solve.solving import solve_take
from mimic.pipeline.takes.take import Take
from mimic.pipeline.takes.writer import TakeWriter

WIDTH, HEIGHT, VIEW = 1280, 720, 30.0
HIPS = INDEX["Hips"]
ROOT = np.array([0.8, 5.0, 0.1])


@pytest.fixture
def film(tmp_path):
    """Makes takes of a body at rest, `ROOT` away from a lens of `VIEW` degrees, as a perfect network would see it."""

    def make(view):
        focal = 0.5 * WIDTH / np.tan(np.radians(0.5 * VIEW))
        points = neutral_body().landmark_positions(rot.identity(52), ROOT)[:33]
        x, y, z = points.T
        hips = points[23:25].mean(axis=0)
        # A region shows the person along the ray to it.
        seen = rot.rotate(rot.between(hips, np.array([0.0, 1.0, 0.0])), points - hips)
        image = np.stack(
            [WIDTH / 2 + focal * x / y, HEIGHT / 2 - focal * z / y, focal * (y - hips[1]) / hips[1]], axis=-1
        )
        sure = np.ones(33)
        pose = PoseLandmarks(image, axes.from_blender(seen), sure, sure, 1.0, Region(640, 360, 700, 700, 0.0))
        path, settings = tmp_path / "a.take", asdict(HolisticSettings(field_of_view=view))
        with TakeWriter(path, source="made up", size=(WIDTH, HEIGHT), fps=10.0, settings=settings) as take:
            for frame in range(5):
                take.add(Landmarks(time=frame / 10.0, index=frame, size=(WIDTH, HEIGHT), pose=pose))
        return Take.open(path)

    return make


def depth(motion):
    return float(motion.root[-1, 1])


SOLVERS = pytest.mark.parametrize("solver", ["analytic", "lifter"])


@SOLVERS
def test_solve_take_with_its_field_of_view_finds_the_true_depth(film, solver):
    with film(VIEW) as take:
        assert depth(solve_take(take, solver=solver, calibrated=False)) == pytest.approx(ROOT[1], rel=0.1)


@SOLVERS
def test_solve_take_without_a_field_of_view_assumes_a_wider_one(film, solver):
    with film(None) as take:
        assert depth(solve_take(take, solver=solver, calibrated=False)) < 0.6 * ROOT[1]


@SOLVERS
def test_solve_take_with_a_given_field_of_view_overrides_that_of_the_take(film, solver):
    with film(90.0) as take:
        assert depth(solve_take(take, solver=solver, calibrated=False)) < 0.4 * ROOT[1]
        assert depth(solve_take(take, solver=solver, field_of_view=VIEW, calibrated=False)) == pytest.approx(
            ROOT[1], rel=0.1
        )


@pytest.mark.parametrize("nonsense", [0.0, -40.0, 1e9, float("nan"), "wide"])
def test_solve_take_with_a_meaningless_field_of_view_ignores_the_value(film, nonsense):
    with film(nonsense) as odd:
        strange = solve_take(odd, solver="analytic", calibrated=False)
        odd.path.unlink()
    with film(None) as plain:
        np.testing.assert_allclose(
            strange.root, solve_take(plain, solver="analytic", calibrated=False).root, atol=1e-6, equal_nan=True
        )


def test_lifter_rotations_are_the_same_with_and_without_a_field_of_view(film):
    with film(None) as take:
        assumed, told = (
            solve_take(take, solver="lifter", field_of_view=view, calibrated=False) for view in (None, VIEW)
        )
    np.testing.assert_allclose(told.rotations, assumed.rotations, atol=1e-5)


@SOLVERS
def test_solver_frame_by_frame_with_a_field_of_view_puts_the_root_as_solve_take(film, solver):
    live = create_solver(solver, field_of_view=VIEW)
    with film(VIEW) as take:
        whole = solve_take(take, solver=solver, calibrated=False)
        roots = [live.update(LandmarkTrack.of([frame])).root[0] for frame in take.frames()]
    np.testing.assert_allclose(roots, whole.root, atol=0.05)


@pytest.mark.parametrize("words", [["3"], ["180"], ["nan"], ["wide"]])
@pytest.mark.parametrize("command", [["solve", "a.take", "-o", "a.npz"], ["capture", "0", "-o", "a.take"]])
def test_field_of_view_flag_with_a_bad_angle_is_refused(command, words):
    with pytest.raises(SystemExit):
        parser().parse_args([*command, "--fov", *words])


@pytest.mark.networks
@pytest.mark.slow
def test_capture_with_a_field_of_view_remembers_the_angle(mimic, networks, performer, tmp_path):
    done = mimic("capture", performer, "-o", "a.take", "--end", "0.1", "--no-face", "--fov", "41.5")
    assert done.status == 0, done.err
    with Take.open(tmp_path / "a.take") as take:
        assert take.info.settings["field_of_view"] == 41.5
