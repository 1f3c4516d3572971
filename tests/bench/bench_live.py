# SPDX-License-Identifier: GPL-3.0-or-later
"""A live session from a network camera: poses a second, latency, and the cost of a pose on Blender's main thread.

Beforehand the cost of a pose with a face of 5 meshes with 52 shape keys each, all of which change with every pose.

    python tests/bench/bench_live.py [VIDEO] [--seconds S] [--model lite|full|heavy] [--people N]

With several people, the video should show them: each gets an avatar.

The camera is another process that sends the video as 1280x720 at 30 frames a second over loopback. Blender's Python
module draws nothing; tests/gui/drive.py measures the same in a window.
"""

import argparse
import gc
import os
import subprocess
import sys
import time
from pathlib import Path

import bpy
import numpy as np

import mimic
from mimic.addon.live.pipeline import LivePipeline, LiveSettings
from mimic.addon.live.session import INTERVAL, Session
from mimic.addon.live.target import Target
from mimic.addon.runtime import runtime
from mimic.models.body.expressions import EXPRESSIONS
from mimic.models.body.rotations import identity
from mimic.retarget.transfer.faces import with_face
from mimic.retarget.transfer.pose import RigPose

ROOT = Path(__file__).resolve().parent.parent.parent
PORT = 8097
WARM_UP = 3.0
MESHES, POSES = 5, 300


def run(seconds: float) -> tuple[Session, float]:
    """Tick as Blender's timer would, for `seconds` after warming up; return the session and its memory when warm."""
    running = runtime().sessions.required()
    until = time.monotonic() + 60.0
    while running.count == 0 and time.monotonic() < until and runtime().session is running:
        runtime().timer.tick()
        time.sleep(INTERVAL)
    began, warm = time.monotonic(), 0.0
    while runtime().session is running and time.monotonic() < began + WARM_UP + seconds:
        if time.monotonic() < began + WARM_UP:
            running.costs.clear()
            running.delays.clear()
            warm = memory()
        runtime().timer.tick()
        time.sleep(INTERVAL)
    return running, warm


def face_cost() -> None:
    """Print what a pose with a large face costs Blender's main thread, besides drawing it."""
    armature = bpy.context.object
    for number in range(MESHES):
        mesh = bpy.data.meshes.new(f"Face {number}")
        mesh.from_pydata(np.random.default_rng(0).random((1000, 3)).tolist(), [], [])
        thing = bpy.data.objects.new(mesh.name, mesh)
        bpy.context.scene.collection.objects.link(thing)
        thing.parent = armature
        for name in ("Basis", *EXPRESSIONS):
            thing.shape_key_add(name=name, from_mix=False).value = 0.0
    target, rng = Target(armature), np.random.default_rng(0)
    pipeline = LivePipeline(target.rig, target.rig_map, LiveSettings(), face=target.face)
    plan, bones = pipeline._face_plan, pipeline._transfer._plan.bones
    seconds = []
    for _ in range(POSES):
        body = RigPose(bones, np.tile(identity(), (len(bones), 1)), target.rig_map.root_bone, np.zeros(3))
        pose = with_face(body, plan, plan.values(rng.random(len(EXPRESSIONS)), identity(2)))
        began = time.perf_counter()
        target.find()
        target.reread_if_edited(armature)
        target.reread_face_if_edited(armature)
        target.apply(armature, pose)
        seconds.append(time.perf_counter() - began)
    cost = 1e3 * np.array(seconds)
    sys.stdout.write(
        f"{'face':>8}: ms a pose of {len(pose.keys)} shape keys on the main thread: median {np.median(cost):.2f}, "
        f"99th {np.percentile(cost, 99):.2f}\n"
    )
    sys.stdout.flush()


def memory() -> float:
    """Resident memory of this process in MB."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def report(name: str, running: Session, seconds: float) -> None:
    """Print one line of the table."""
    if not running.costs:
        sys.stdout.write(f"{name:>8}: no pose came. {runtime().notices.error('live')}\n")
        return
    cost, delay = 1e3 * np.array(running.costs), 1e3 * np.array(running.delays)
    sys.stdout.write(
        f"{name:>8}: {len(cost) / seconds:5.1f} poses a second, {running.reader.missed} frames skipped; ms a pose "
        f"on the main thread: median {np.median(cost):.2f}, 99th {np.percentile(cost, 99):.2f}; ms from frame to "
        f"bone: median {np.median(delay):.0f}, 95th {np.percentile(delay, 95):.0f}\n"
    )
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("video", nargs="?", default=str(ROOT / "tests" / "clips" / "performer.mp4"))
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--model", choices=("lite", "full", "heavy"), action="append")
    parser.add_argument("--people", type=int, default=1)
    options = parser.parse_args()
    server = ROOT / "tests" / "gui" / "mjpeg_server.py"
    camera = subprocess.Popen([sys.executable, str(server), options.video, str(PORT), "1280", "720", "30"])
    try:
        time.sleep(4.0)  # it encodes its pictures first
        mimic.register()
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        bpy.ops.mimic.avatar_add()
        sys.stdout.write(
            f"Blender {bpy.app.version_string}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}\n"
        )
        face_cost()
        for _ in range(options.people - 1):
            bpy.ops.mimic.avatar_add()
            bpy.ops.mimic.person_add()
        for model in options.model or ("lite", "full"):
            bpy.context.scene.mimic.model = model
            bpy.ops.mimic.session_start(source=f"http://127.0.0.1:{PORT}/")
            used = time.process_time()
            running, before = run(options.seconds)
            used = time.process_time() - used
            after = memory()
            runtime().sessions.stop()
            running.join()
            report(model, running, options.seconds)
            sys.stdout.write(
                f"{'':>8}  memory: {before:.0f} MB when warm, {after:.0f} MB at the end; "
                f"{1e3 * used / max(1, running.count):.0f} ms of processor time a frame, seen: "
                f"{() if running.shown is None else running.shown.in_view}\n"
            )
            gc.collect()
        mimic.unregister()
    finally:
        camera.terminate()
    sys.stdout.flush()
    os._exit(0)  # Blender's module may hang when Python takes it down.


if __name__ == "__main__":
    main()
