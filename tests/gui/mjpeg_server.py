# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated network camera on loopback: a video in a loop, as Motion JPEG, in real time.

    python mjpeg_server.py VIDEO PORT [WIDTH HEIGHT RATE]

PORT 0 chooses a free one; the address is the last word of the line printed when the camera is ready.
Each picture is encoded once, before the first client connects, so that serving costs next to nothing.
"""

import http.server
import sys
import time
from pathlib import Path

import cv2

BOUNDARY = b"frame"


def encode(video: Path, size: tuple[int, int] | None) -> list[bytes]:
    """Return all frames of a video as JPEG, fitted into `size` (width, height) with black bars if given."""
    capture = cv2.VideoCapture(str(video))
    pictures = []
    while True:
        found, image = capture.read()
        if not found:
            break
        if size is not None:
            image = fit(image, size)
        pictures.append(cv2.imencode(".jpg", image)[1].tobytes())
    capture.release()
    if not pictures:
        raise SystemExit(f"mjpeg_server: {video} has no pictures")
    return pictures


def fit(image: cv2.typing.MatLike, size: tuple[int, int]) -> cv2.typing.MatLike:
    """Fit an image into another size, with black bars."""
    width, height = size
    scale = min(width / image.shape[1], height / image.shape[0])
    kind = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(image, None, fx=scale, fy=scale, interpolation=kind)
    top, left = (height - scaled.shape[0]) // 2, (width - scaled.shape[1]) // 2
    bottom, right = height - scaled.shape[0] - top, width - scaled.shape[1] - left
    return cv2.copyMakeBorder(scaled, top, bottom, left, right, cv2.BORDER_CONSTANT)


class Camera(http.server.BaseHTTPRequestHandler):
    """Sends pictures until the client disconnects. A slow client misses pictures, as with a real camera."""

    pictures: list[bytes]
    rate: float

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY.decode()}")
        self.end_headers()
        began = time.monotonic()
        sent = -1
        while True:
            due = int((time.monotonic() - began) * self.rate)
            if due <= sent:
                time.sleep(max(0.0, (sent + 1) / self.rate - (time.monotonic() - began)) + 1e-4)
                continue
            sent = due
            picture = self.pictures[due % len(self.pictures)]
            head = b"--%b\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % (BOUNDARY, len(picture))
            try:
                self.wfile.write(head + picture + b"\r\n")
            except OSError:
                return

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name is the base class's
        """Do not log requests."""


def main() -> None:
    video, port = Path(sys.argv[1]), int(sys.argv[2])
    size = (int(sys.argv[3]), int(sys.argv[4])) if len(sys.argv) > 4 else None
    Camera.pictures = encode(video, size)
    Camera.rate = float(sys.argv[5]) if len(sys.argv) > 5 else 30.0
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Camera)
    sys.stdout.write(f"{len(Camera.pictures)} pictures at http://127.0.0.1:{server.server_port}/\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
