# SPDX-License-Identifier: GPL-3.0-or-later
"""The tools of dressing keep their promises on small surfaces: a sheet and a cube."""

from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimic.models.body.joints import JOINTS
from mimic.models.training.anny.surface import Surface, join, subdivide


def weights(count: int) -> np.ndarray:
    result = np.zeros((count, len(JOINTS)))
    result[:, 0] = 1.0
    return result


def sheet(size: int = 4) -> Surface:
    """A square of unit faces in the plane z = 0, facing up."""
    points = np.array([(x, y, 0.0) for y in range(size + 1) for x in range(size + 1)], dtype=float)
    row = size + 1
    faces = [(a := y * row + x, a + 1, a + row + 1, a + row) for y in range(size) for x in range(size)]
    return Surface.of(points, weights(len(points)), faces, material=0)


def cube() -> Surface:
    points = np.array([(x, y, z) for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)], dtype=float)
    faces = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    return Surface.of(points, weights(8), faces, material=0)


def area(surface: Surface) -> float:
    total = 0.0
    for face in surface.faces:
        corners = surface.vertices[list(face)]
        total += 0.5 * float(np.linalg.norm(np.cross(corners, np.roll(corners, -1, axis=0)).sum(axis=0)))
    return total


def volume(surface: Surface) -> float:
    total = 0.0
    for face in surface.faces:
        a, *others = surface.vertices[list(face)]
        total += sum(float(a @ np.cross(b, c)) / 6.0 for b, c in pairwise(others))
    return total


@given(st.floats(-5.0, 5.0), st.floats(0.0, 2.0 * np.pi))
def test_surface_cut_keeps_the_area_and_leaves_no_face_on_both_sides(offset: float, angle: float) -> None:
    whole = sheet()
    field = whole.vertices @ [np.cos(angle), np.sin(angle), 0.0] - offset
    pieces, values = whole.cut(field)
    assert area(pieces) == pytest.approx(area(whole), rel=1e-4)
    for face in pieces.faces:
        corners = values[list(face)]
        assert not ((corners > 1e-9).any() and (corners < -1e-9).any())
    assert np.allclose(pieces.weights.sum(axis=1), 1.0)


def test_surface_keep_after_a_cut_has_the_kept_sides_area() -> None:
    pieces, values = sheet().cut(sheet().vertices[:, 0] - 1.25)
    assert area(pieces.keep(pieces.face_mean(values) > 0)) == pytest.approx(4.0 * 2.75)


def test_surface_normals_point_outward_and_inflate_enlarges() -> None:
    assert np.allclose(sheet().normals(), [0.0, 0.0, 1.0])
    assert volume(cube()) == pytest.approx(8.0)
    bigger = cube().inflate(np.sqrt(3.0))
    assert volume(bigger) == pytest.approx(64.0)


def test_surface_border_of_a_sheet_is_the_rim_and_of_a_cube_none() -> None:
    assert len(sheet(3).border()) == 12
    assert cube().border() == []


def test_surface_smooth_flattens_a_bump_and_keeps_the_border() -> None:
    points = sheet().vertices.copy()
    points[12, 2] = 1.0
    flat = Surface(points, sheet().weights, sheet().faces, sheet().materials).smooth(20)
    assert flat.vertices[:, 2].max() < 0.15
    border = np.unique(flat.border())
    assert np.allclose(flat.vertices[border, 2], 0.0)


def test_surface_hem_folds_the_rim_inward_and_keeps_the_material() -> None:
    painted = sheet(2).paint(np.array([True, True, False, False]), 3)
    hemmed = painted.hem(0.5)
    assert len(hemmed.faces) == 4 + 8
    assert hemmed.vertices[:, 2].min() == pytest.approx(-0.5)
    assert sorted(hemmed.materials[4:]) == [0] * 4 + [3] * 4


def test_subdivide_of_a_cube_is_rounder_and_closed() -> None:
    once = subdivide(cube())
    assert len(once.faces) == 24
    assert all(len(face) == 4 for face in once.faces)
    assert once.border() == []
    # Catmull and Clark: a cube's corner of valence 3 goes to 5/9 of where it was.
    assert np.allclose(np.abs(once.vertices[:8]), 5.0 / 9.0)
    assert 0.0 < volume(once) < volume(cube())


def test_subdivide_of_a_sheet_stays_flat_with_the_border_in_place() -> None:
    once = subdivide(sheet())
    assert np.allclose(once.vertices[:, 2], 0.0)
    assert once.vertices[:, 0].min() == pytest.approx(0.0)
    assert np.allclose(once.weights.sum(axis=1), 1.0)


def test_join_of_surfaces_keeps_the_faces_apart() -> None:
    both = join([cube(), sheet(1).paint(np.array([True]), 2)])
    assert len(both.vertices) == 12
    assert both.faces[-1] == (8, 9, 11, 10)
    assert both.materials.tolist() == [0] * 6 + [2]


EXPRESSIONS = np.array(
    [[[0.1, 0.0, 0.2], [0.0, 0.3, 0.0], [0.5, 0.0, 0.0]], [[0.0, 0.2, 0.0], [0.4, 0.0, 0.1], [0.0] * 3]]
)
"""Two expressions as linear maps: a mean of vertices moves by the mean of their moves, whatever the operation."""


def moved(vertices: np.ndarray) -> np.ndarray:
    return np.einsum("kij,vj->vki", EXPRESSIONS, vertices)


@pytest.mark.parametrize(
    "operation",
    [
        subdivide,
        lambda surface: surface.cut(surface.vertices[:, 0] - 0.3)[0],
        lambda surface: surface.inside(surface.vertices[:, 0] - 0.3)[0],
        lambda surface: surface.keep(np.arange(len(surface.faces)) % 2 == 0),
        lambda surface: surface.smooth(2),
    ],
    ids=["subdivide", "cut", "inside", "keep", "smooth"],
)
def test_surface_expressions_go_through_an_operation_with_the_vertices(
    operation: Callable[[Surface], Surface],
) -> None:
    flat = sheet()
    result = operation(Surface.of(flat.vertices, flat.weights, flat.faces, material=0, moves=moved(flat.vertices)))
    np.testing.assert_allclose(result.moves, moved(result.vertices), atol=1e-12)


def test_surface_hem_moves_with_its_border() -> None:
    flat = sheet()
    hemmed = Surface.of(flat.vertices, flat.weights, flat.faces, material=0, moves=moved(flat.vertices)).hem(0.5)
    rim = hemmed.vertices[len(flat.vertices) :] + np.array([0.0, 0.0, 0.5])
    np.testing.assert_allclose(hemmed.moves[len(flat.vertices) :], moved(rim), atol=1e-12)


def test_join_leaves_surfaces_without_expressions_still() -> None:
    flat = sheet()
    both = join([cube(), Surface.of(flat.vertices, flat.weights, flat.faces, material=0, moves=moved(flat.vertices))])
    assert not both.moves[:8].any()
    np.testing.assert_allclose(both.moves[8:], moved(flat.vertices))
