# SPDX-License-Identifier: GPL-3.0-or-later
"""Cameras and streams: found by number or name, stamped by the clock, read ahead without leaving a thread behind."""

import http.server
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import count, pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimic.pipeline import opencv
from mimic.pipeline.errors import CameraUnavailable, SourceMissing, UnreadableVideo
from mimic.pipeline.sources import cameras, open_source, read_ahead
from mimic.pipeline.sources.devices import Camera, _mac_cameras, camera_named


def test_missing_camera_is_refused_by_number_and_by_name() -> None:
    with pytest.raises(CameraUnavailable, match="Camera 77 cannot be opened"):
        open_source("77")
    with pytest.raises(SourceMissing, match="neither a file nor a camera called “Front Door”"):
        open_source("Front Door")


def test_cameras_on_linux_are_listed_by_name_without_metadata_nodes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for node, name, index in (("video10", "Capture Card", "0"), ("video0", "Webcam", "0"), ("video1", "Webcam", "1")):
        (tmp_path / node).mkdir()
        (tmp_path / node / "name").write_text(f"{name}\n")
        (tmp_path / node / "index").write_text(f"{index}\n")
    monkeypatch.setattr("platform.system", lambda: "Linux")
    found = cameras(sysfs=tmp_path)
    assert found == [Camera(0, "Webcam"), Camera(10, "Capture Card")]
    assert camera_named("capture card", found) == Camera(10, "Capture Card")
    assert camera_named("cam", found) == Camera(0, "Webcam")
    assert camera_named("door", found) is None


def test_cameras_on_macos_are_listed_by_system_name_in_opencvs_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    listed = [
        {"_name": "USB Camera", "spcamera_unique-id": "0x1100000046d082d"},
        {"_name": "Anna's iPhone", "spcamera_unique-id": "B41E2C0A-5C6C-4E38-9A0C-1B0E00000001"},
        {"_name": "FaceTime HD Camera", "spcamera_unique-id": "0x8020000005ac8514"},
    ]
    answers = iter([json.dumps({"SPCameraDataType": listed}), json.dumps({}), "no JSON"])

    def run(command: list[str], **_more: object) -> SimpleNamespace:
        assert command[0] == "system_profiler"
        return SimpleNamespace(stdout=next(answers))

    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("subprocess.run", run)
    _mac_cameras.cache_clear()
    found = cameras()
    assert found == [Camera(0, "USB Camera"), Camera(1, "FaceTime HD Camera"), Camera(2, "Anna's iPhone")]
    for _ in range(2):  # whatever else it may say: cameras can still be opened by number
        _mac_cameras.cache_clear()
        assert cameras() == []
    _mac_cameras.cache_clear()


def test_camera_forbidden_by_macos_is_refused_with_the_setting_to_change(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("platform.system", lambda: "Darwin")
    monkeypatch.setattr("mimic.pipeline.sources.devices._mac_cameras", lambda _moment: ())
    with pytest.raises(CameraUnavailable, match="System Settings, Privacy & Security, Camera"):
        open_source("77")


def test_cameras_on_windows_are_listed_once_with_virtual_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    def enumerate_cameras() -> list[SimpleNamespace]:
        found = ((1400, "Webcam"), (1401, "Webcam"), (1402, "Capture Card"), (700, "Webcam"), (703, "Virtual Camera"))
        return [SimpleNamespace(index=index, name=name) for index, name in found]

    monkeypatch.setattr("platform.system", lambda: "Windows")
    monkeypatch.setitem(sys.modules, "cv2_enumerate_cameras", SimpleNamespace(enumerate_cameras=enumerate_cameras))
    assert [(camera.index, camera.name) for camera in cameras()] == [
        (1400, "Webcam"),
        (1401, "Webcam"),
        (1402, "Capture Card"),
        (703, "Virtual Camera"),
    ]
    monkeypatch.setitem(sys.modules, "cv2_enumerate_cameras", None)
    assert cameras() == []


@pytest.fixture
def stream() -> Iterator[str]:
    """Address of a camera that sends pictures over HTTP, forty of them, as network cameras do."""
    cv2 = opencv.load()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=frame")
            self.end_headers()
            for shade in range(0, 200, 5):
                data = cv2.imencode(".jpg", np.full((48, 64, 3), shade, np.uint8))[1].tobytes()
                head = f"--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
                try:
                    self.wfile.write(head.encode() + data + b"\r\n")
                except (BrokenPipeError, ConnectionResetError):
                    return
                time.sleep(0.01)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/video.mjpg"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
def test_stream_is_a_live_source_timed_by_the_wall_clock(stream: str) -> None:
    with open_source(stream) as source:
        frames = list(source)
    assert source.live
    assert source.size == (64, 48)
    assert source.frame_count is None
    assert len(frames) > 20
    assert frames[0].time == 0.0
    assert all(earlier.time < later.time for earlier, later in pairwise(frames))
    assert frames[-1].time < 60.0
    assert source.warning is not None
    assert "stopped sending" in source.warning


def test_camera_size_is_requested_of_a_camera_but_not_of_a_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    cv2 = opencv.load()
    asked: dict[int, float] = {}

    class Webcam:
        def __init__(self, *_args: object) -> None:
            pass

        def isOpened(self) -> bool:
            return True

        def set(self, what: int, value: float) -> bool:
            asked[what] = value
            return False

        def get(self, _what: int) -> float:
            return 0.0

        def read(self) -> tuple[bool, np.ndarray]:
            return True, np.zeros((36, 64, 3), np.uint8)

        def release(self) -> None:
            pass

    monkeypatch.setattr(cv2, "VideoCapture", Webcam)
    with open_source("0", camera_size=(1280, 720)) as source:
        assert source.size == (64, 36)  # what it gives, whatever it was asked for
        assert source.fps == 30.0
    assert (asked[cv2.CAP_PROP_FRAME_WIDTH], asked[cv2.CAP_PROP_FRAME_HEIGHT]) == (1280, 720)
    asked.clear()
    open_source("0").close()
    open_source("http://127.0.0.1:9/", camera_size=(1280, 720)).close()
    assert not asked


def test_camera_interrupted_during_warm_up_is_released(monkeypatch: pytest.MonkeyPatch) -> None:
    released: list[bool] = []

    def interrupt() -> None:
        raise KeyboardInterrupt

    webcam = SimpleNamespace(isOpened=lambda: True, read=interrupt, release=lambda: released.append(True))
    monkeypatch.setattr(opencv.load(), "VideoCapture", lambda *_: webcam)
    with pytest.raises(KeyboardInterrupt):
        open_source("0")
    assert released


def test_missing_stream_is_refused() -> None:
    with pytest.raises(CameraUnavailable, match="check the address"):
        open_source("http://127.0.0.1:9/video.mjpg")


@settings(max_examples=25, deadline=None)
@given(items=st.lists(st.integers(), max_size=30), depth=st.integers(1, 5))
def test_read_ahead_yields_the_same_items_in_order(items: list[int], depth: int) -> None:
    assert list(read_ahead(items, depth)) == items


def test_read_ahead_stops_its_thread_when_closed() -> None:
    before = threading.active_count()
    with closing(read_ahead(count(), 3)) as numbers:
        assert [next(numbers) for _ in range(5)] == [0, 1, 2, 3, 4]
    assert threading.active_count() == before


def test_read_ahead_raises_an_error_after_the_items_before_it() -> None:
    def failing() -> Iterator[int]:
        yield 1
        yield 2
        raise UnreadableVideo("gone")

    numbers = read_ahead(failing(), 4)
    assert [next(numbers), next(numbers)] == [1, 2]
    with pytest.raises(UnreadableVideo, match="gone"):
        next(numbers)


def test_read_ahead_of_a_live_source_drops_the_oldest() -> None:
    ready = threading.Event()

    def burst() -> Iterator[int]:
        yield from range(100)
        ready.set()

    numbers = read_ahead(burst(), 2, newest=True)
    first = next(numbers)
    assert ready.wait(10.0)
    rest = list(numbers)
    assert rest[-1] == 99
    assert len(rest) <= 3
    assert [first, *rest] == sorted({first, *rest})
