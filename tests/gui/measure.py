# SPDX-License-Identifier: GPL-3.0-or-later
"""Cost of a live session in Blender's window, from a network camera with 1280x720 at 30 frames a second.

    blender -P measure.py -- ZIP VIDEO STREAM FOLDER [MINUTES]        run by .ci/gui, which prepares everything

Redraws a second are counted while the viewport redraws continuously: without a session, with one, and beside idle
loops that use as much processor time as the session at the same priority. As software OpenGL draws with all cores, the
last figure is the best that a session can reach. Memory is that of the process, every half minute.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import bpy
import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
from hands import ADD_ON, Eyes, Script, area, clear_scene, install_extension, perform, press, session, until

ARCHIVE, _VIDEO, STREAM, FOLDER, *REST = sys.argv[sys.argv.index("--") + 1 :]
MINUTES = float(REST[0]) if REST else 1.0
WINDOW = 15.0
"""Seconds over which rates are measured."""

eyes = Eyes(Path(FOLDER))
seen: dict[str, Any] = {"blender": bpy.app.version_string}
draws = [0]


def day() -> Script:
    install_extension(ARCHIVE)
    clear_scene()
    bpy.ops.mimic.avatar_add()
    bpy.types.SpaceView3D.draw_handler_add(count_draw, (), "WINDOW", "POST_PIXEL")
    yield 1.0
    press("KP_1")
    press("Home")
    yield 2.0
    seen["redraws_a_second_without"] = yield from redraws()
    bpy.ops.mimic.session_start(source=STREAM)
    yield from until(lambda: session() is not None and session().count > 20, "the avatar follows", seconds=120.0)
    before, count, began = worked(), session().count, time.monotonic()
    seen["redraws_a_second_with"] = yield from redraws()
    seen["poses_a_second_meanwhile"] = (session().count - count) / (time.monotonic() - began)
    cores = (worked() - before) / (time.monotonic() - began)
    seen["kept"] = seen["redraws_a_second_with"] / seen["redraws_a_second_without"]
    session().costs.clear()
    session().delays.clear()
    seen["poses_a_second"] = yield from poses()
    seen["main_thread_ms"] = spread(session().costs, 50, 99)
    seen["frame_to_bone_ms"] = spread(session().delays, 50, 95)
    eyes.see("measured")
    seen["megabytes"] = yield from memory()
    bpy.ops.mimic.session_stop()
    yield from until(lambda: session() is None, "the session ends")
    yield 2.0
    if cores:  # Unknown where threads have no names.
        seen["cores_used"] = cores
        seen["redraws_a_second_beside_as_much_work"] = yield from beside(cores)


def count_draw() -> None:
    draws[0] += 1


def redraws() -> Script:
    """Measure viewport redraws a second while it redraws continuously."""
    began, before = time.monotonic(), draws[0]
    while time.monotonic() - began < WINDOW:
        area().tag_redraw()
        yield 0.0
    return (draws[0] - before) / (time.monotonic() - began)


def worked() -> float:
    """Return the processor seconds of the session's threads so far. Threads have names from Python 3.14 on."""
    ticks = 0
    for task in Path("/proc/self/task").iterdir():
        name, _, rest = (task / "stat").read_text().partition("(")[2].rpartition(")")
        if name.startswith("mimic"):
            ticks += sum(map(int, rest.split()[11:13]))
    return ticks / os.sysconf("SC_CLK_TCK")


def beside(cores: float) -> Script:
    """Measure redraws a second while two processes together keep `cores` busy, at the priority of the worker."""
    nice = sys.modules[f"{ADD_ON}.addon.priority"].NICE
    dumb = f"""import os, time
os.nice({nice})
busy = {0.05 * cores / 2}
while True:
    until = time.thread_time() + busy
    while time.thread_time() < until:
        pass
    time.sleep(max(0.0, 0.05 - busy))
"""
    idlers = [subprocess.Popen(["python3", "-c", dumb]) for _ in range(2)]
    rate = yield from redraws()
    for idler in idlers:
        idler.kill()
    return rate


def poses() -> Script:
    """Measure poses a second while the viewport redraws only after changes."""
    began, before = time.monotonic(), session().count
    while time.monotonic() - began < WINDOW:
        yield 0.5
    return (session().count - before) / (time.monotonic() - began)


def memory() -> Script:
    """Measure the process's resident megabytes, now and every half minute."""
    taken = [resident()]
    began = time.monotonic()
    while time.monotonic() - began < 60.0 * MINUTES:
        yield 30.0
        taken.append(resident())
    return taken


def resident() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmRSS"))


def spread(seconds: Any, *percents: int) -> dict[str, float]:
    return {str(percent): float(np.percentile(1e3 * np.array(seconds), percent)) for percent in percents}


def report() -> None:
    (Path(FOLDER) / "seen.json").write_text(json.dumps(seen, indent=1))


perform(day(), eyes, end=report)
