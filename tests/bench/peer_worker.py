# SPDX-License-Identifier: GPL-3.0-or-later
"""MediaPipe Holistic as a worker: runs in its own environment, on frames that lie in a .npy file, when told to.

One JSON object a line. It reads {"open": {"complexity": 1, "refine_face": false}}, which loads the networks anew and
answers {"opened": true}; and {"run": [3, 4, 5]}, which processes those frames in that order and answers {"seconds":
wall time, "cpu": CPU seconds, "found": frames with pose, left hand, right hand, face}. It ends when its input ends.

`process()` waits for the result, so this is one frame at a time; it is MediaPipe's only mode in Python.
"""

import json
import sys
import time
from typing import Any

import mediapipe
import numpy as np
from numpy.typing import NDArray


def measure(holistic: Any, frames: NDArray[Any], order: list[int]) -> dict[str, Any]:
    """Process the frames named in `order` and return seconds spent and how often each part was found."""
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
