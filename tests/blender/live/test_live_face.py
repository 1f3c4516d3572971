# SPDX-License-Identifier: GPL-3.0-or-later
"""The character's face follows the performer's: shape keys, face bones, switches, edits in between, and reset."""

from dataclasses import dataclass, replace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.expressions import EXPRESSION_INDEX
from mimic.pipeline.landmarks.data import COEFFICIENTS, FaceLandmarks, Region
from mimic.pipeline.solve.axes import from_blender
from mimic.pipeline.solve.face import head_frame
from mimic.pipeline.solve.face.neutral import Neutral

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("performer_with_face")]


def frontal_face() -> np.ndarray:
    """Points (478, 3) px of a face 200 px wide that looks at the camera, true where the head's frame is read."""
    points = np.random.default_rng(5).normal(0.0, 4.0, (478, 3))
    points[head_frame._POINTS] = head_frame._BASIS[:, 2:]
    return from_blender(points) * 12.0 + np.array([320.0, 240.0, 0.0])


FRONTAL = frontal_face()


@dataclass(frozen=True)
class Seen:
    """What the stand-in for the solver of faces returns."""

    expressions: np.ndarray
    eyes: np.ndarray


class FaceOfNumbers:
    """Stands in for the solver of faces: what the network read, unchanged, and eyes that look to the left."""

    def __init__(self, neutral=None):
        self.neutral = neutral
        self._last = Seen(np.full(52, np.nan), np.full((2, 4), np.nan))

    def update(self, landmarks):
        if landmarks.face is not None:
            eyes = rot.from_axis_angle(np.array([[0.0, 0.0, 1.0]] * 2), np.array([0.2, 0.3]))
            self._last = Seen(np.append(landmarks.face.coefficients[1:], 0.0), eyes)
        return self._last

    def calibrate(self):
        self.neutral = Neutral(np.full(52, 0.25), np.zeros((2, 2)))
        return True


@pytest.fixture
def performer_with_face(performer_in_numbers, monkeypatch):
    """The synthetic performer with a face that opens its mouth as far as the picture is bright."""
    body = performer_in_numbers.process

    def process(self, frame):
        coefficients = np.zeros(len(COEFFICIENTS))
        coefficients[COEFFICIENTS.index("jawOpen")] = 0.5 + 0.3 * np.sin(5.0 * frame.time)
        coefficients[COEFFICIENTS.index("eyeBlinkLeft")] = 0.7
        face = FaceLandmarks(FRONTAL, 1.0, Region(0.0, 0.0, 1.0, 1.0, 0.0), coefficients)
        found = body(self, frame)
        return replace(found, face=face if found.pose is not None else None)

    monkeypatch.setattr(performer_in_numbers, "process", process)
    monkeypatch.setattr("mimic.addon.live.pipeline.FaceSolver", FaceOfNumbers)


@pytest.fixture
def character(add_on, make):
    """A humanoid whose head and teeth have shape keys."""
    armature = make.armature(add_on)
    make.face(add_on, "Head", ["jawOpen", "eyeBlinkLeft", "mine"], armature=armature)
    make.face(add_on, "Teeth", ["jawOpen"], armature=armature)
    add_on.context.view_layer.objects.active = armature
    return armature


@pytest.fixture
def value(add_on):
    return lambda mesh, key: add_on.data.objects[mesh].data.shape_keys.key_blocks[key].value


@pytest.fixture
def start(add_on, film, until):
    """Start a session with some settings, and wait for poses."""
    from mimic.addon.runtime import runtime

    def started(count=5, **fields):
        for name, chosen in fields.items():
            setattr(add_on.context.scene.mimic, name, chosen)
        add_on.ops.mimic.session_start(source=str(film))
        running = runtime().sessions.required()
        until(lambda: running.count > count)
        return running

    return started


@pytest.fixture
def go_on(until):
    """Wait for some more poses of a session."""

    def more(running, count=5):
        before = running.count
        until(lambda: running.count > before + count)

    return more


def test_session_moves_the_shape_keys_of_all_meshes(character, start, value):
    running = start()
    shown = running.shown.poses[0].keys["Head", "jawOpen"]
    assert 0.2 <= shown <= 0.8
    assert value("Head", "jawOpen") == pytest.approx(shown, abs=1e-3)
    assert value("Teeth", "jawOpen") == pytest.approx(shown, abs=1e-3)
    assert value("Head", "eyeBlinkLeft") == pytest.approx(0.7)
    assert value("Head", "mine") == 0.0
    assert running.moves_face


def test_session_leaves_driven_keys_to_their_drivers(add_on, character, start, value):
    driver = add_on.data.objects["Teeth"].data.shape_keys.key_blocks["jawOpen"].driver_add("value").driver
    driver.expression = "0.125"
    running = start()
    assert value("Teeth", "jawOpen") == pytest.approx(0.125)
    assert ("Teeth", "jawOpen") not in running.shown.poses[0].keys
    assert value("Head", "jawOpen") > 0.15


@pytest.mark.parametrize("switch", ["face", "expressions"])
def test_session_without_the_face_leaves_it_alone(add_on, character, start, value, switch):
    add_on.data.objects["Head"].data.shape_keys.key_blocks["jawOpen"].value = 0.9
    running = start(**{switch: False})
    assert value("Head", "jawOpen") == pytest.approx(0.9)
    assert value("Head", "eyeBlinkLeft") == 0.0
    assert not running.moves_face


def test_session_of_the_upper_body_moves_the_face_too(character, start, value):
    start(upper_body=True)
    assert value("Head", "eyeBlinkLeft") == pytest.approx(0.7)


def test_session_takes_changed_strengths_and_switches_at_once(add_on, character, start, go_on, value):
    running = start()
    settings = add_on.context.scene.mimic
    settings.strength_eyes = 0.5
    go_on(running)
    assert value("Head", "eyeBlinkLeft") == pytest.approx(0.35)
    settings.expression_strength = 0.0
    go_on(running)
    assert value("Head", "eyeBlinkLeft") == value("Head", "jawOpen") == 0.0
    settings.expressions = False
    go_on(running)
    add_on.data.objects["Head"].data.shape_keys.key_blocks["jawOpen"].value = 0.9
    settings.expression_strength = 1.0
    go_on(running)
    assert value("Head", "jawOpen") == pytest.approx(0.9)
    settings.expressions = True
    go_on(running)
    assert value("Head", "eyeBlinkLeft") == pytest.approx(0.35)


def test_session_follows_edits_of_the_face_map(add_on, character, start, go_on, value):
    running = start()
    add_on.ops.mimic.expressions_clear()
    go_on(running)
    assert not running.moves_face
    add_on.ops.mimic.expression_add(expression="eyeBlinkLeft", target="mine", gain=0.5)
    go_on(running)
    assert value("Head", "mine") == pytest.approx(0.35)
    add_on.ops.mimic.expressions_detect()
    go_on(running)  # The pose of the old map that was on its way is shown.
    add_on.data.objects["Head"].data.shape_keys.key_blocks["mine"].value = 0.0
    go_on(running)
    assert value("Head", "mine") == 0.0
    assert value("Head", "eyeBlinkLeft") == pytest.approx(0.7)


@pytest.mark.usefixtures("character")
def test_session_survives_meshes_and_keys_that_are_renamed_and_removed(add_on, start, go_on, value):
    running = start()
    head = add_on.data.objects["Head"]
    head.data.shape_keys.key_blocks["eyeBlinkLeft"].name = "old"
    go_on(running)
    head.name = "Face"
    add_on.data.objects.remove(add_on.data.objects["Teeth"])
    go_on(running)
    assert value("Face", "jawOpen") == pytest.approx(running.shown.poses[0].keys["Face", "jawOpen"], abs=1e-3)


def test_session_moves_a_mesh_that_is_added_to_the_character(make, character, start, value, until):
    import bpy

    start()
    make.face(bpy, "Beard", ["eyeBlinkLeft"], armature=character)
    until(lambda: value("Beard", "eyeBlinkLeft") == pytest.approx(0.7))


def test_session_goes_on_after_undo(add_on, character, start, go_on, value):
    running = start()
    add_on.ops.ed.undo_push(message="Before")
    add_on.data.objects["Head"].location.x = 1.0
    add_on.ops.ed.undo_push(message="Moved")
    add_on.ops.ed.undo()
    go_on(running)
    add_on.data.objects["Head"].data.shape_keys.key_blocks["eyeBlinkLeft"].value = 0.0
    go_on(running)
    assert value("Head", "eyeBlinkLeft") == pytest.approx(0.7)


def test_session_turns_the_bones_of_the_eyes(add_on, make, character, start):
    make.face_bones(add_on, character, ["eye.L", "eye.R"])
    add_on.ops.mimic.expression_add(expression="eyeLeft", target="eye.L")
    running = start()
    turned = character.pose.bones["eye.L"].matrix_basis.to_quaternion()
    assert turned.angle == pytest.approx(0.2, abs=1e-3)
    assert running.moves_face
    add_on.ops.mimic.session_stop()
    add_on.ops.mimic.pose_reset()
    assert character.pose.bones["eye.L"].matrix_basis.to_quaternion().angle == pytest.approx(0.0, abs=1e-6)


def test_reset_pose_returns_the_face_to_rest(add_on, character, start, value):
    start()
    add_on.ops.mimic.session_stop()
    add_on.data.objects["Head"].data.shape_keys.key_blocks["mine"].value = 0.4
    add_on.ops.mimic.pose_reset()
    assert value("Head", "jawOpen") == value("Teeth", "jawOpen") == value("Head", "eyeBlinkLeft") == 0.0
    assert value("Head", "mine") == pytest.approx(0.4)


def test_reset_pose_without_expressions_leaves_the_face_alone(add_on, character, value):
    add_on.data.objects["Head"].data.shape_keys.key_blocks["jawOpen"].value = 0.9
    add_on.context.scene.mimic.expressions = False
    add_on.ops.mimic.pose_reset()
    assert value("Head", "jawOpen") == pytest.approx(0.9)


@pytest.mark.usefixtures("character")
def test_calibration_takes_the_neutral_face_for_takes_and_later_sessions(add_on, start, until):
    from mimic.addon.runtime import runtime
    from mimic.addon.takes import store
    from mimic.pipeline.takes.take import NEUTRAL_FACE, Take

    running = start()
    add_on.ops.mimic.session_calibrate(countdown=0.0)
    until(lambda: running.stance.calibrating is None)
    add_on.ops.mimic.take_record(take="calm", bake=False)
    until(lambda: running.recording.frames > 3)
    add_on.ops.mimic.take_record()
    until(lambda: not runtime().coming_takes)
    with Take.open(store.existing("calm")) as take:
        rest = take.info.settings[NEUTRAL_FACE]
    assert rest == pytest.approx([0.25] * 52 + [0.0] * 4)
    add_on.ops.mimic.session_stop()
    until(lambda: not runtime().sessions._ending)
    again = start()
    assert again.pipeline.neutral == pytest.approx(rest)
    add_on.ops.mimic.calibration_clear()
    assert again.pipeline.neutral == again.worker.recorder.neutral == ()
    assert add_on.context.scene.mimic.neutral_face == ""


def test_recorded_take_holds_the_face_and_bakes_it(add_on, character, start, until, value):
    from mimic.addon.runtime import runtime

    running = start()
    add_on.ops.mimic.take_record(take="talk", bake=True)
    until(lambda: running.recording.seconds > 1.5)
    add_on.ops.mimic.session_stop()
    until(lambda: character.animation_data is not None and character.animation_data.action is not None)
    assert not runtime().notices.error("bake")
    shown = []
    for frame in range(1, 30):
        add_on.context.scene.frame_set(frame)
        shown.append(value("Teeth", "jawOpen"))
    assert np.ptp(shown) > 0.2


@pytest.mark.parametrize("text", ["nonsense", "0.5", " ".join(["nan"] * 56)])
def test_neutral_face_of_a_scene_that_is_none_is_learnt_anew(character, start, text):
    assert start(neutral_face=text).pipeline.neutral == ()


def test_session_of_a_character_without_a_face_moves_its_body(add_on, make, film, until, arm):
    from mimic.addon.runtime import runtime

    armature = make.armature(add_on)
    add_on.ops.mimic.session_start(source=str(film))
    running = runtime().sessions.required()
    until(lambda: running.count > 5)
    assert not running.moves_face
    assert armature.pose.bones["mixamorig:LeftArm"].matrix_basis.to_quaternion().angle > 0.01


def test_session_before_any_face_is_seen_leaves_the_face_alone(add_on, character, start, value, monkeypatch):
    monkeypatch.setattr(FaceOfNumbers, "update", lambda self, _landmarks: self._last)
    add_on.data.objects["Head"].data.shape_keys.key_blocks["jawOpen"].value = 0.9
    start()
    assert value("Head", "jawOpen") == pytest.approx(0.9)


def test_expression_index_is_that_of_the_network():
    assert [COEFFICIENTS[1 + EXPRESSION_INDEX[name]] for name in ("jawOpen", "eyeBlinkLeft")] == [
        "jawOpen",
        "eyeBlinkLeft",
    ]


def test_framings_choose_what_of_the_performer_is_followed(add_on):
    settings = add_on.context.scene.mimic
    settings.hands = settings.face = settings.expressions = settings.fingers = False
    add_on.ops.mimic.framing_set(framing="HEAD_AND_SHOULDERS")
    assert settings.hands and settings.face and settings.expressions and settings.fingers  # noqa: PT018
    assert settings.upper_body
    assert not settings.travel
    add_on.ops.mimic.framing_set(framing="WHOLE_BODY")
    assert settings.hands and settings.face  # noqa: PT018
    assert not settings.upper_body
    assert settings.travel


def test_framing_can_be_undone(add_on):
    add_on.ops.ed.undo_push(message="Before")
    add_on.ops.mimic.framing_set(framing="HEAD_AND_SHOULDERS")
    add_on.ops.ed.undo_push(message="Set Framing")
    add_on.ops.ed.undo()
    assert not add_on.context.scene.mimic.upper_body
