# SPDX-License-Identifier: GPL-3.0-or-later
"""Kill recording sessions again and again, and measure how much of each take is lost.

    python tests/bench/kill_recordings.py [--times N] [VIDEO]

Each session runs in a process of its own, with the real networks, and prints the time of every recorded frame; it is
sent SIGKILL at a random moment. Exit status 1 if a take does not open or lacks more than a second.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LOSS = 1.0
"""Seconds at the end that a take may lack."""


def record(video: str, folder: str) -> None:
    """Run a session that records until it is killed."""
    import bpy

    import mimic
    from mimic.addon.live.session import INTERVAL
    from mimic.addon.runtime import runtime
    from mimic.addon.takes import store as takes

    takes.takes_folder = lambda: folder
    mimic.register()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.mimic.avatar_add()
    bpy.context.scene.mimic.model = "lite"
    bpy.ops.mimic.session_start(source=video)
    running = runtime().sessions.required()
    bpy.ops.mimic.take_record(take="Killed", bake=False)
    while runtime().session is running:
        runtime().timer.tick()
        if running.recording.frames:
            os.write(1, f"{running.recording.frames} {running.recording.seconds:.4f}\n".encode())
        time.sleep(INTERVAL)


def kill_one(video: str, wait: float) -> tuple[int, float, int, float]:
    """Kill one session; return the frames and seconds that it recorded, then those that the take contains."""
    from mimic.pipeline.takes.take import Take, recover

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--record", folder, video]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as recording:
            said = recording.stdout
            if said is None:
                raise RuntimeError("the session's output is not read")
            last = (0, 0.0)
            for line in said:
                frames, seconds = line.split()
                last = int(frames), float(seconds)
                if last[1] > wait and recording.returncode is None:
                    recording.send_signal(signal.SIGKILL)
                    break
            for line in said:
                words = line.split()
                last = (int(words[0]), float(words[1])) if line.endswith("\n") and len(words) == 2 else last
        path = Path(folder) / "Killed.take"
        recover(path)
        with Take.open(path) as take:
            return *last, take.frame_count, take.duration


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", nargs="?", default=str(ROOT / "tests" / "clips" / "performer.mp4"))
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--record", metavar="FOLDER", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.record:
        record(options.video, options.record)
        return
    chance, worst = random.Random(0), 0.0
    for number in range(options.times):
        frames, seconds, kept, kept_seconds = kill_one(options.video, chance.uniform(0.3, 4.0))
        worst = max(worst, seconds - kept_seconds)
        sys.stdout.write(
            f"{number + 1:3}: killed at {frames} frames, {seconds:.2f} s; the take has {kept}, {kept_seconds:.2f} s\n"
        )
        sys.stdout.flush()
    sys.stdout.write(f"{options.times} takes opened; at most {worst:.2f} s were lost\n")
    sys.exit(worst > LOSS)


if __name__ == "__main__":
    main()
