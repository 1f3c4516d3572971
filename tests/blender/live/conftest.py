# SPDX-License-Identifier: GPL-3.0-or-later
"""Mimic enabled in Blender, a synthetic performer, and simulated cameras from files and sockets."""

import http.server
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS
from mimic.models.body.model import neutral_body
from mimic.pipeline import opencv
from mimic.pipeline.landmarks.data import HandLandmarks, Landmarks, PoseLandmarks, Region
from mimic.pipeline.landmarks.settings import HolisticSettings
from mimic.pipeline.solve.axes import from_blender
from mimic.pipeline.sources.frame import Frame

POLL_SECONDS = 20.0
"""Seconds after which a test gives up; no test measures this time."""


@pytest.fixture
def add_on(bpy: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Blender with Mimic enabled and a temporary folder of takes; checks that disabling leaves nothing behind."""
    import mimic
    from mimic.addon.runtime import attached, runtime

    folder = tmp_path / "takes"
    monkeypatch.setattr("mimic.addon.takes.store.takes_folder", lambda: str(folder))
    handlers = [list(getattr(bpy.app.handlers, name)) for name in ("load_pre", "frame_change_post")]
    mimic.register()
    listed = bpy.context.window_manager.mimic_takes  # the window manager keeps what an earlier test had listed
    listed.entries.clear()
    listed.read = False
    yield bpy
    timer = runtime().timer
    mimic.unregister()
    assert attached() is None
    assert [list(getattr(bpy.app.handlers, name)) for name in ("load_pre", "frame_change_post")] == handlers
    assert not timer.running
    assert not [thread.name for thread in threading.enumerate() if thread.name.startswith("mimic")]


def landmarks_of(
    index: int,
    time: float,
    size: tuple[int, int],
    *,
    angle: float,
    person: bool = True,
    turn: np.ndarray | None = None,
    place: tuple[float, float, float] = (0.0, 4.0, 0.0),
) -> Landmarks:
    """Landmarks of a person in front of the camera with the left arm `angle` radians above the T-pose."""
    if not person:
        return Landmarks(time, index, size)
    turns = rot.identity(len(JOINTS))
    turns[INDEX["LeftArm"]] = rot.from_axis_angle([0.0, 1.0, 0.0], -angle)
    turns[0] = turns[0] if turn is None else turn
    points = neutral_body().landmark_positions(turns, np.array(place))
    world = from_blender(points - points[23:25].mean(axis=0))
    image = from_blender(points / points[:, 1:2]) * size[0] + np.array([size[0] / 2, size[1] / 2, 0.0])
    sure, nowhere = np.ones(33), Region(size[0] / 2, size[1] / 2, 100.0, 100.0, 0.0)
    pose = PoseLandmarks(image[:33], world[:33], sure, sure, 1.0, nowhere)
    left, right = (
        HandLandmarks(image[part], world[part], 1.0, side, nowhere)
        for part, side in ((slice(33, 54), 0.0), (slice(54, 75), 1.0))
    )
    return Landmarks(time, index, size, pose, left, right)


class MadeUp:
    """Replaces the networks: finds a waving person in any picture except a black one."""

    def __init__(self, *_settings: object, **_more: object) -> None:
        self.parts = ()

    def process(self, frame: Frame) -> Landmarks:
        height, width = frame.image.shape[:2]
        person = bool(frame.image.mean() > 8)
        return landmarks_of(frame.index, frame.time, (width, height), angle=np.sin(3.0 * frame.time), person=person)

    def close(self) -> None:
        pass


class MadeUpPeople:
    """Finds the waving person, and beside that one, to the right, as many others as are to be followed.

    Attributes:
        absent: numbers of the people who are out of view.
        chosen: places that were chosen.
    """

    absent: set[int] = set()  # noqa: RUF012
    chosen: list[tuple[float, float]] = []  # noqa: RUF012

    def __init__(self, settings: HolisticSettings, **_more: object) -> None:
        self._count = settings.people
        self._first = MadeUp()

    def process(self, frame: Frame) -> tuple[Landmarks, ...]:
        first = self._first.process(frame)
        others = (
            replace(
                landmarks_of(
                    frame.index,
                    frame.time,
                    first.size,
                    angle=0.5 * np.cos(3.0 * frame.time),
                    place=(1.5 * number, 4.0, 0.0),
                    person=number not in self.absent,
                ),
                person=number,
            )
            for number in range(1, self._count)
        )
        return (replace(first, pose=None) if 0 in self.absent else first, *others)

    def choose(self, x: float, y: float) -> None:
        self.chosen.append((x, y))

    def close(self) -> None:
        pass


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch, performer_in_numbers: type[MadeUp]) -> type[MadeUpPeople]:
    """The synthetic performers of a session; their attributes may be changed while it runs."""
    monkeypatch.setattr(MadeUpPeople, "absent", set())
    monkeypatch.setattr(MadeUpPeople, "chosen", [])
    return MadeUpPeople


@pytest.fixture
def performer_in_numbers(monkeypatch: pytest.MonkeyPatch) -> type[MadeUp]:
    """Let sessions see a synthetic performer instead of running networks."""

    def run(frames: Iterable[Frame], **_more: object) -> Iterator[Landmarks]:
        return map(MadeUp().process, frames)

    def run_people(frames: Iterable[Frame], **_more: object) -> Iterator[tuple[Landmarks, ...]]:
        return ((landmarks,) for landmarks in run(frames))

    # In this order: patching `scheduler` imports it, and it must import the real `Holistic`.
    monkeypatch.setattr("mimic.pipeline.landmarks.scheduler.run", run)
    monkeypatch.setattr("mimic.pipeline.landmarks.scheduler.run_people", run_people)
    monkeypatch.setattr("mimic.pipeline.landmarks.holistic.Holistic", MadeUp)
    monkeypatch.setattr("mimic.pipeline.live.worker.open_people", MadeUpPeople)
    return MadeUp


@pytest.fixture
def tilted_camera(monkeypatch: pytest.MonkeyPatch) -> None:
    """Roll the camera of the synthetic performer by half a radian."""
    turn = rot.from_axis_angle([0.0, 1.0, 0.0], 0.5)

    def rolled(self: MadeUp, frame: Frame) -> Landmarks:
        height, width = frame.image.shape[:2]
        return landmarks_of(frame.index, frame.time, (width, height), angle=0.2, turn=turn)

    monkeypatch.setattr(MadeUp, "process", rolled)


@pytest.fixture
def wave() -> Callable[..., Landmarks]:
    """See `landmarks_of`."""
    return landmarks_of


@pytest.fixture
def walk_away(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Move the synthetic performer a metre aside and 0.3 m higher when called."""

    def aside(_self: MadeUp, frame: Frame) -> Landmarks:
        height, width = frame.image.shape[:2]
        return landmarks_of(frame.index, frame.time, (width, height), angle=0.2, place=(1.0, 4.0, 0.3))

    return lambda: monkeypatch.setattr(MadeUp, "process", aside)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    """A video of two seconds of grey."""
    return _film(tmp_path / "film.avi", frames=50)


def _film(path: Path, *, frames: int, shade: int = 128) -> Path:
    cv2 = opencv.load()
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"MJPG"), 25.0, (64, 48))
    assert writer.isOpened()
    for _ in range(frames):
        writer.write(np.full((48, 64, 3), shade, np.uint8))
    writer.release()
    return path


@pytest.fixture
def make_film() -> Callable[..., Path]:
    """Write a video of one shade: `make_film(path, frames=, shade=)`."""
    return _film


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """Tick as Blender's timer does until a condition holds."""
    from mimic.addon.runtime import runtime

    def wait(so: Callable[[], object]) -> None:
        limit = time.monotonic() + POLL_SECONDS
        while not so():
            assert time.monotonic() < limit, "it never came to be so"
            runtime().timer.tick()
            time.sleep(0.005)

    return wait


class Camera:
    """A network camera. `size` and `shade` may be changed while it runs; `unplug` ends its stream.

    While `frozen` is set it keeps the connection open and sends nothing.
    """

    def __init__(self) -> None:
        self.size = (64, 48)
        self.shade: tuple[int, int, int] | None = None
        self.frozen = threading.Event()
        self._gone = threading.Event()
        camera = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
                self.end_headers()
                cv2 = opencv.load()
                for number in itertools.count():
                    width, height = camera.size
                    while camera.frozen.is_set():
                        if camera._gone.wait(0.02):
                            return
                    shade = camera.shade or 3 * (100 + number % 100,)
                    picture = np.full((height, width, 3), shade, np.uint8)
                    data = cv2.imencode(".jpg", picture)[1].tobytes()
                    head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                    try:
                        self.wfile.write(head.encode() + data + b"\r\n")
                    except (BrokenPipeError, ConnectionResetError):
                        return
                    if camera._gone.wait(0.02):
                        return

            def log_message(self, *_args: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}/camera.mjpg"
        threading.Thread(target=self._server.serve_forever, name="camera", daemon=True).start()

    def unplug(self) -> None:
        self._gone.set()

    def close(self) -> None:
        self.unplug()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def camera() -> Iterator[Camera]:
    """A running network camera."""
    here = Camera()
    yield here
    here.close()


@pytest.fixture
def avatar(add_on: ModuleType) -> Any:
    """The built-in character."""
    add_on.ops.mimic.avatar_add()
    return add_on.context.object


@pytest.fixture
def started(add_on: ModuleType, avatar: Any, film: Path, until: Callable[[Callable[[], object]], None]) -> Any:
    """A running session that has already shown some poses."""
    from mimic.addon.runtime import runtime

    add_on.ops.mimic.session_start(source=str(film))
    running = runtime().sessions.required()
    until(lambda: running.count > 3)
    return running


class Arm:
    """The left arm, which the synthetic performer waves."""

    def __init__(self, until: Callable[[Callable[[], object]], None]) -> None:
        self._until = until

    def turn(self, armature: Any) -> np.ndarray:
        return np.array(armature.pose.bones["mixamorig:LeftArm"].rotation_quaternion)

    def poses(self, armature: Any, running: Any, count: int = 12) -> np.ndarray:
        """Rotations (count, 4) at consecutive poses."""
        found = []
        for _ in range(count):
            number = running.count
            self._until(lambda number=number: running.count > number)
            found.append(self.turn(armature))
        return np.array(found)


@pytest.fixture
def arm(until: Callable[[Callable[[], object]], None]) -> Arm:
    """The rotations of the left arm."""
    return Arm(until)
