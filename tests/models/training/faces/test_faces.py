# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendered faces with known expressions, and the scores of what is read from them."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest

from mimic.models.body.expressions import EXPRESSION_INDEX, EXPRESSIONS
from mimic.models.training.errors import CharacterUnreadable
from mimic.models.training.faces import fbx, rocketbox
from mimic.models.training.faces.face_scores import FaceScores, Reading, as_expressions, calibrated, mediapipe, score
from mimic.models.training.faces.face_sets import NEUTRALS, TURNS, mixture_shots, neutral_shots, single_shots
from mimic.models.training.faces.face_tables import Compared, markdown
from mimic.models.training.faces.heads import gaze_degrees
from mimic.models.training.faces.mixtures import draw_mixture, single
from mimic.models.training.faces.pictures import FaceShots, Photographer, Shot, read, write
from mimic.pipeline.landmarks.data import COEFFICIENTS


def index(*names):
    return [EXPRESSION_INDEX[name] for name in names]


def shots_of(plan) -> FaceShots:
    """Return shots in which a perfect network sees the same frontal face every time."""
    taken = list(plan)
    truth = np.array([shot.expressions for shot in taken])
    coefficients = np.zeros((len(taken), len(COEFFICIENTS)))
    for column, name in enumerate(COEFFICIENTS[1:], start=1):
        coefficients[:, column] = truth[:, EXPRESSION_INDEX[name]]
    points = np.random.default_rng(0).normal(0.0, 40.0, (478, 3))
    return FaceShots(
        points=np.repeat(points[None], len(taken), axis=0),
        coefficients=coefficients,
        expressions=truth,
        person=np.array([shot.person for shot in taken]),
        angles=np.array([shot.angles for shot in taken]),
    )


def mixed(people: int = 2, count: int = 25) -> FaceShots:
    rng = np.random.default_rng(4)
    return shots_of([*neutral_shots(rng, people), *mixture_shots(rng, people, count)])


def test_mixtures_are_in_range_and_pull_nothing_both_ways():
    rng = np.random.default_rng(1)
    drawn = np.array([draw_mixture(rng) for _ in range(400)])
    assert drawn.min() == 0.0
    assert drawn.max() <= 1.0
    for one, other in (("jawLeft", "jawRight"), ("mouthLeft", "mouthRight"), ("eyeLookUpLeft", "eyeLookDownLeft")):
        assert not drawn[:, index(one, other)].all(axis=1).any()
    closed = drawn[:, EXPRESSION_INDEX["mouthClose"]] > 0
    assert (drawn[closed, EXPRESSION_INDEX["mouthClose"]] <= drawn[closed, EXPRESSION_INDEX["jawOpen"]]).all()
    assert (drawn > 0).any(axis=0).all(), "every expression is drawn sometimes"


def test_tongue_alone_opens_the_jaw():
    alone = single("tongueOut")
    assert alone[EXPRESSION_INDEX["tongueOut"]] == 1.0
    assert 0.0 < alone[EXPRESSION_INDEX["jawOpen"]] < 1.0


def test_gaze_to_the_left_turns_both_eyes_to_the_left():
    expressions = np.zeros(52)
    expressions[index("eyeLookOutLeft", "eyeLookInRight")] = 0.5
    left, right = gaze_degrees(expressions)
    assert left[0] == pytest.approx(right[0])
    assert left[0] > 0.0
    assert left[1] == right[1] == 0.0


def test_score_of_a_perfect_reader_is_perfect():
    shots = mixed()
    scores = score(mediapipe, shots)
    seen = [i for i, name in enumerate(EXPRESSIONS) if name != "tongueOut" and not name.startswith("eyeLook")]
    np.testing.assert_allclose(scores.correlation[seen], 1.0, atol=1e-9)
    np.testing.assert_allclose(scores.gain[seen], 1.0, atol=1e-9)
    assert scores.correlation[EXPRESSION_INDEX["tongueOut"]].max() == 0.0, "MediaPipe has no tongue"


def test_score_of_singles_finds_what_leaks_and_where():
    rng = np.random.default_rng(2)
    singles = shots_of([*neutral_shots(rng, 1), *single_shots(rng, 1)])

    def reader(shots: FaceShots):
        values = as_expressions(shots.coefficients)
        values[:, EXPRESSION_INDEX["cheekPuff"]] += 0.5 * values[:, EXPRESSION_INDEX["mouthPucker"]]
        return Reading(values, np.zeros((len(shots), 2, 2)))

    scores = score(reader, mixed(), singles)
    pucker = EXPRESSION_INDEX["mouthPucker"]
    assert scores.stray[pucker] == ("cheekPuff", pytest.approx(0.5))
    assert scores.leak[pucker] == pytest.approx(0.5 / 51)
    assert scores.leak[EXPRESSION_INDEX["jawOpen"]] == 0.0
    np.testing.assert_allclose(scores.rest, 0.0)


def test_calibration_takes_away_what_a_person_says_at_rest():
    shots = mixed()
    values = as_expressions(shots.coefficients)
    brow = EXPRESSION_INDEX["browInnerUp"]
    values[:, brow] = 0.4 + 0.6 * values[:, brow]
    read = calibrated(shots, values)
    np.testing.assert_allclose(read[:, brow], shots.expressions[:, brow], atol=1e-9)


def test_shots_written_are_the_ones_read(tmp_path):
    shots = mixed(1, 2)
    write(shots, tmp_path / "shots.npz")
    again = read(tmp_path / "shots.npz")
    assert len(again) == len(shots) == NEUTRALS + 2 * len(TURNS)
    np.testing.assert_allclose(again.points, shots.points, rtol=1e-6)
    np.testing.assert_array_equal(again.person, shots.person)
    assert len(again.where(again.person == 7)) == 0


def test_table_has_a_row_for_each_expression():
    count = len(TURNS)
    scores = FaceScores(
        correlation=np.ones((52, count)),
        gain=np.ones(52),
        leak=np.zeros(52),
        stray=(("jawOpen", 0.1),) * 52,
        rest=np.zeros(count),
        gaze=np.ones(count),
    )
    table = markdown({"MediaPipe": Compared(scores, None)})
    for name in EXPRESSIONS:
        assert f"| {name} |" in table
    assert "10 of 10" in table


def _fbx(path: Path, *nodes: bytes) -> Path:
    path.write_bytes(b"Kaydara FBX Binary  \x00\x1a\x00" + struct.pack("<I", 7400) + b"".join(nodes) + bytes(13))
    return path


def _node(start: int, name: bytes, values: list[bytes], inside: list) -> bytes:
    """Return a record that lies at `start` in its file; `inside` has functions of a place."""
    packed = b"".join(values)
    head = 13 + len(name)
    place, content = start + head + len(packed), b""
    for make in inside:
        content += make(place + len(content))
    content += bytes(13) if inside else b""
    end = place + len(content)
    return struct.pack("<IIIB", end, len(values), len(packed), len(name)) + name + packed + content


def _array(kind: bytes, values, dtype: str) -> bytes:
    data = zlib.compress(np.asarray(values, dtype).tobytes())
    return kind + struct.pack("<III", len(values), 1, len(data)) + data


def _text(value: bytes) -> bytes:
    return b"S" + struct.pack("<I", len(value)) + value


def _leaf(name: bytes, value: bytes):
    return lambda place: _node(place, name, [value], [])


def _whole(value: int) -> bytes:
    return b"L" + struct.pack("<q", value)


def test_fbx_mesh_has_its_triangles_and_shapes(tmp_path):
    def link(child: int, parent: int):
        return lambda place: _node(place, b"C", [_text(b"OO"), _whole(child), _whole(parent)], [])

    def thing(kind: bytes, number: int, name: bytes, last: bytes, *inside):
        values = [_whole(number), _text(name + b"\x00\x01" + kind), _text(last)]
        return lambda place: _node(place, kind, values, list(inside))

    mesh = thing(
        b"Geometry",
        1,
        b"face",
        b"Mesh",
        _leaf(b"Vertices", _array(b"d", [0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 1, 0], "<f8")),
        _leaf(b"PolygonVertexIndex", _array(b"i", [0, 1, 2, -4], "<i4")),
        lambda place: _node(place, b"LayerElementMaterial", [], [_leaf(b"Materials", _array(b"i", [0], "<i4"))]),
    )
    shape = thing(
        b"Geometry",
        4,
        b"shape",
        b"Shape",
        _leaf(b"Indexes", _array(b"i", [2], "<i4")),
        _leaf(b"Vertices", _array(b"d", [0, 0, 5], "<f8")),
    )
    parts = [mesh, thing(b"Deformer", 2, b"", b"BlendShape"), thing(b"Deformer", 3, b"AK_25_JawOpen", b""), shape]
    start = 27
    objects = _node(start, b"Objects", [], parts)
    links = _node(start + len(objects), b"Connections", [], [link(2, 1), link(3, 2), link(4, 3)])
    (found,) = fbx.read_meshes(_fbx(tmp_path / "face.fbx", objects, links))
    np.testing.assert_array_equal(found.triangles, [[0, 1, 2], [0, 2, 3]])
    np.testing.assert_array_equal(found.shapes["AK_25_JawOpen"], [[0, 0, 0], [0, 0, 0], [0, 0, 5], [0, 0, 0]])
    with pytest.raises(CharacterUnreadable, match="ARKit"):
        rocketbox.rocketbox_head(tmp_path / "face.fbx")


def test_file_that_is_no_fbx_is_refused(tmp_path):
    (tmp_path / "face.fbx").write_bytes(b"glTF")
    with pytest.raises(CharacterUnreadable, match="not a binary FBX"):
        fbx.read_meshes(tmp_path / "face.fbx")


def test_rocketbox_head_faces_the_front_and_opens_its_jaw(shared_data):
    pytest.importorskip("scipy")
    head = rocketbox.rocketbox_head(shared_data / "rigs" / "rocketbox" / "Male_Adult_08_facial.fbx")
    assert head.eyes[0, 0] > 0.02 > -0.02 > head.eyes[1, 0], "left is +X"
    lips = head.vertices[head.lips > 0.5]
    assert lips[:, 1].max() < 0.0, "it faces -Y"
    opened = head.posed(single("jawOpen"))
    assert (opened - head.vertices)[:, 2].min() < -0.01


def test_drawn_head_shows_its_expression_to_the_networks():
    for name in ("anny", "moderngl", "scipy", "torch"):
        pytest.importorskip(name)
    from mimic.models.training.faces.heads import anny_head
    from mimic.models.training.faces.looks import draw_look

    rng = np.random.default_rng(8)
    head, look = anny_head(rng, {"age": 0.6, "gender": 0.2}), draw_look(rng, man=0.2)
    photographer = Photographer()
    opened = {}
    for value in (0.0, 0.9):
        picture, face, _ = photographer.take(rng, head, look, Shot(0, single("jawOpen", value), (0.0, 0.0, 0.0)))
        assert picture.shape == (448, 448, 3)
        assert face is not None
        assert face.coefficients is not None
        opened[value] = face.coefficients[COEFFICIENTS.index("jawOpen")]
    assert opened[0.0] < 0.2
    assert opened[0.9] > 0.4
