# SPDX-License-Identifier: GPL-3.0-or-later
"""Calibrate, pause, record takes in all ways, manage takes, and bake a video in the background.

blender -P takes.py -- ZIP VIDEO STREAM FOLDER        run by .ci/gui, which prepares everything; use SIZE=1000x1200
"""

import json
import shutil
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from hands import (
    ADD_ON,
    Eyes,
    Script,
    area,
    clear_scene,
    drag,
    install_extension,
    open_sidebar,
    perform,
    point_at_viewport,
    press,
    region,
    session,
    until,
    window,
)

ARCHIVE, VIDEO, STREAM, FOLDER = sys.argv[sys.argv.index("--") + 1 :][:4]
TAKES = Path(FOLDER) / "takes"
TRIES = 10
"""Attempts at steps that a slow machine may fail."""

UNTURNED = (1.0, 0.0, 0.0, 0.0)

eyes = Eyes(Path(FOLDER))
seen: dict[str, Any] = {"blender": bpy.app.version_string}
draws = [0]


def day() -> Script:
    yield from prepare()
    yield from bake_a_video()
    yield from cancel_a_bake()
    yield from pause_and_calibrate()
    yield from record_on_a_countdown()
    yield from record_with_the_timeline()
    yield from recover()
    yield from look_after_takes()


def prepare() -> Script:
    install_extension(ARCHIVE)
    bpy.context.preferences.addons[ADD_ON].preferences.takes_folder = str(TAKES)
    clear_scene()
    bpy.ops.mimic.avatar_add()
    settings().source, settings().filepath = "FILE", VIDEO
    bpy.types.SpaceView3D.draw_handler_add(count_draw, (), "WINDOW", "POST_PIXEL")
    point_at_viewport()
    press("KP_1", "Home")
    yield 1.0
    yield from open_sidebar("Mimic")


def bake_a_video() -> Script:
    click("video_bake")
    yield from until(lambda: (progress() or 0.0) > 0.05, "the bake gets on")
    eyes.see("baking-a-video")
    before, view = draws[0], tuple(region("WINDOW").data.view_rotation)
    yield from drag(button=2, by=(160, 60))
    seen["redraws_while_baking"] = draws[0] - before
    if tuple(region("WINDOW").data.view_rotation) == view:
        raise ValueError("the view did not turn while a video was baked")
    yield from until(lambda: part("runtime").runtime().jobs.current is None, "the video is baked", seconds=600.0)
    eyes.see("video-baked")
    seen["baked"] = {"action": action().name, "frames": list(action().frame_range)}
    if "performer" not in action().name:
        raise ValueError("the video's keys are not there")


def cancel_a_bake() -> Script:
    actions = len(bpy.data.actions)
    click("video_bake")
    yield from until(lambda: (progress() or 0.0) > 0.05, "another bake gets on")
    click("job_cancel")
    yield from until(lambda: part("runtime").runtime().jobs.current is None, "the bake is cancelled")
    yield 1.0
    eyes.see("bake-cancelled")
    seen["takes_after_cancelling"] = names()
    if len(bpy.data.actions) != actions:
        raise ValueError("a bake that was cancelled left an action")
    if len(names()) < 2:
        raise ValueError("what was captured until the bake was cancelled is not kept as a take")


def pause_and_calibrate() -> Script:
    bpy.ops.mimic.session_start(source=STREAM)
    yield from until(lambda: session() is not None and session().count > 10, "the avatar follows")
    click("session_pause")
    yield from stand_still()
    eyes.see("paused")
    count = session().count
    click("session_pause")
    yield from until(lambda: session().count > count + 4, "the avatar follows again")
    for _ in range(TRIES):
        bpy.ops.mimic.session_calibrate(countdown=2.0)
        yield 0.7
        eyes.see("calibrating")
        yield from until(lambda: session().stance.calibrating is None, "the countdown ends")
        yield 1.0
        if tuple(settings().calibration) != UNTURNED:
            break
    else:
        raise ValueError("the calibration is not kept")
    eyes.see("calibrated")
    bpy.ops.mimic.calibration_clear()


def stand_still() -> Script:
    """Wait until no more poses are shown; one may still be in progress."""
    counts = [-1, 0]
    for _ in range(TRIES):
        yield 2.0
        counts = [counts[-1], session().count]
        if counts[0] == counts[1]:
            return
    raise ValueError("a paused session goes on")


def record_on_a_countdown() -> Script:
    settings().countdown = 2
    click("take_record")
    if not session().recording.remaining or session().recording.frames:
        raise ValueError("the countdown is not waited for")
    yield 0.7
    eyes.see("counting-down")
    yield from until(lambda: session().recording.frames > 12, "a take is recorded")
    settings().countdown = 0
    baked = action()
    click("take_record")
    yield from until(lambda: action() is not baked, "the take is baked")


def record_with_the_timeline() -> Script:
    scene = bpy.context.scene
    scene.frame_set(100)
    scene.frame_end = 220
    settings().with_timeline = True
    click("take_record")
    yield from until(lambda: scene.frame_current != 100, "the timeline plays along")
    eyes.see("recording-with-the-timeline")
    baked = action()
    yield from until(lambda: not session().recording.requested, "the take ends with the timeline")
    yield from until(lambda: action() is not baked, "it is baked")
    settings().with_timeline = False
    seen["with_timeline"] = {"frames": list(action().frame_range), "playing": window().screen.is_animation_playing}
    first, last = action().frame_range
    if first < 99.0 or last > 221.0 or window().screen.is_animation_playing:
        raise ValueError("the take does not lie where the timeline was, or the timeline plays on")


def recover() -> Script:
    """Recover an unfinished take, as left when Blender is killed; see tests/bench/kill_recordings.py."""
    click("take_record")
    yield from until(lambda: session().recording.seconds > 2.0, "two seconds are recorded")
    click("take_record")
    yield from until(lambda: not session().recording.requested, "the take ends")
    bpy.ops.mimic.session_stop()
    yield from until(lambda: session() is None and part("runtime").runtime().jobs.current is None, "the session ends")
    shutil.copyfile(TAKES / f"{names()[0]}.take", TAKES / "Lost.take")
    with closing(sqlite3.connect(TAKES / "Lost.take")) as take, take:
        take.execute("UPDATE about SET value = 'false' WHERE name = 'complete'")
    bpy.ops.mimic.takes_refresh()
    yield 1.0
    eyes.see("offered")
    lost = entry("Lost")
    seen["lost"] = {"complete": lost.complete, "readable": lost.readable}
    bpy.ops.mimic.take_recover(take="Lost")
    yield 1.0
    eyes.see("recovered")
    seen["recovered"] = {"complete": entry("Lost").complete, "seconds": entry("Lost").seconds}
    if seen["lost"] != {"complete": False, "readable": True} or entry("Lost").seconds < 0.5:
        raise ValueError("a take that was cut short is not offered, or not recovered")
    yield from bake("Lost")


def look_after_takes() -> Script:
    bpy.ops.mimic.take_rename(take="Lost", name="Found")
    bpy.ops.mimic.take_export(take="Found", filepath=str(Path(FOLDER) / "found.json"))
    kept = len(names())
    bpy.ops.mimic.take_delete(take="Found")
    yield 1.0
    eyes.see("looked-after")
    exported = json.loads((Path(FOLDER) / "found.json").read_text())
    seen["exported"] = len(exported["frames"])
    if not exported["frames"] or "Found" in names() or len(names()) != kept - 1:
        raise ValueError("a take is not exported, or not deleted")


def bake(take: str) -> Script:
    baked = action()
    with bpy.context.temp_override(window=window(), area=area(), region=region("WINDOW")):
        bpy.ops.mimic.take_bake("INVOKE_DEFAULT", take=take)
    yield from until(lambda: action() is not baked, f"the take {take} is baked")


def click(operator: str) -> None:
    """Invoke an operator as its button does."""
    with bpy.context.temp_override(window=window(), area=area(), region=region("WINDOW")):
        getattr(bpy.ops.mimic, operator)("INVOKE_DEFAULT")


def part(name: str) -> Any:
    return sys.modules[f"{ADD_ON}.addon.{name}"]


def settings() -> Any:
    return bpy.context.scene.mimic


def progress() -> float | None:
    """Return the progress of the background job, 0 to 1 as in the panel, or None."""
    job = part("runtime").runtime().jobs.current
    return None if job is None else job.progress.share


def names() -> list[str]:
    return [each.name for each in bpy.context.window_manager.mimic_takes.entries]


def entry(take: str) -> Any:
    return bpy.context.window_manager.mimic_takes.entries[take]


def action() -> Any:
    animated = bpy.data.objects["Avatar"].animation_data
    return None if animated is None else animated.action


def count_draw() -> None:
    draws[0] += 1


def report() -> None:
    (Path(FOLDER) / "seen.json").write_text(json.dumps(seen, indent=1))


perform(day(), eyes, end=report)
