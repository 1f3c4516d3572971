# SPDX-License-Identifier: GPL-3.0-or-later
"""MediaPipe Holistic as a worker process in its own environment, for the frames of a .npy file.

Commands and answers are JSON objects, one a line. {"open": {"complexity": 1, "refine_face": false}} reloads the
networks and answers {"opened": true}. {"run": [3, 4, 5]} processes those frames in that order and answers {"seconds":
wall time, "cpu": CPU seconds, "found": frames with pose, left hand, right hand, face}. It ends when its input ends.

`process()` waits for the result, so frames are processed one at a time, MediaPipe's only mode in Python.
"""

import json
import sys
import time
from typing import Any

import mediapipe
import numpy as np
from numpy.typing import NDArray


def measure(holistic: Any, frames: NDArray[Any], order: list[int]) -> dict[str, Any]:
    """Process the frames listed in `order` and return the time spent and how often each part was found."""
    found = [0, 0, 0, 0]
    wall, cpu = time.perf_counter(), time.process_time()
    for index in order:
        seen = holistic.process(frames[index])
        parts = (seen.pose_landmarks, seen.left_hand_landmarks, seen.right_hand_landmarks, seen.face_landmarks)
        found = [n + (part is not None) for n, part in zip(found, parts, strict=True)]
    return {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "found": found}


def main() -> None:
    """Serve the commands on standard input."""
    frames = np.load(sys.argv[1])
    holistic = None
    for line in sys.stdin:
        command = json.loads(line)
        if "open" in command:
            if holistic is not None:
                holistic.close()
            holistic = mediapipe.solutions.holistic.Holistic(
                model_complexity=command["open"]["complexity"],
                refine_face_landmarks=command["open"]["refine_face"],
            )
            answer: dict[str, Any] = {"opened": True}
        else:
            answer = measure(holistic, frames, command["run"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
