# SPDX-License-Identifier: GPL-3.0-or-later
"""Use the zip in Blender's window like a user, from install to uninstall, with screenshots of every step.

blender -P drive.py -- ZIP VIDEO STREAM FOLDER        run by .ci/gui, which prepares everything
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import bpy

sys.path.insert(0, str(Path(__file__).parent))
from hands import (
    ADD_ON,
    Eyes,
    Panel,
    Script,
    clear_scene,
    drag,
    install_extension,
    notice,
    open_sidebar,
    perform,
    point_at_viewport,
    press,
    session,
    until,
)

ARCHIVE, VIDEO, STREAM, FOLDER = sys.argv[sys.argv.index("--") + 1 :][:4]
FILE, ADDRESS, STOP = 0.66, 0.85, 0.25
"""Positions of these buttons along their rows; Stop is beside Pause."""

FACE_MOVES = 0.05
"""Least range of the shape key that moves most."""

WRONG = "http://127.0.0.1:9/nothing"

eyes = Eyes(Path(FOLDER))
panel = Panel.empty()
seen: dict[str, Any] = {"blender": bpy.app.version_string}


def day() -> Script:
    yield from install()
    yield from add_avatar()
    yield from follow_a_video()
    yield from record()
    yield from play_back()
    yield from follow_a_stream()
    yield from be_told_what_is_wrong()
    yield from uninstall()
    judge()


def install() -> Script:
    install_extension(ARCHIVE)
    yield from until(lambda: ADD_ON in bpy.context.preferences.addons, "the extension is enabled")
    seen["heavy_after_enable"] = [name for name in ("cv2", "onnxruntime") if name in sys.modules]
    yield from open_sidebar("Mimic")
    eyes.see("installed")


def add_avatar() -> Script:
    clear_scene()
    yield from panel.look()
    seen["buttons"] = sorted(panel.places)
    yield from panel.click("mimic.avatar_add")
    yield from until(lambda: armature() is not None, "the avatar is there")
    yield from look_at_it()
    eyes.see("avatar")


def look_at_it() -> Script:
    """Show the whole avatar in front view."""
    point_at_viewport()
    press("KP_1")
    yield 1.0
    press("Home")
    yield 1.0


def follow_a_video() -> Script:
    yield from panel.click("mimic.source", share=FILE)
    yield from panel.look("mimic.filepath", "mimic.session_start", "mimic.take_record")
    yield from panel.fill("mimic.filepath", VIDEO)
    eyes.see("video-chosen")
    yield from start()
    seen["video"] = yield from watch()
    eyes.see("following-a-video")


def start() -> Script:
    yield from panel.click("mimic.session_start")
    yield from until(lambda: session() is not None and session().count > 20, "the avatar follows")


def stop() -> Script:
    yield from panel.find("mimic.session_pause", below="mimic.session_start")
    yield from panel.click("mimic.session_pause", share=STOP)
    yield from until(lambda: session() is None, "the session ends")
    yield 1.0


def watch(seconds: float = 5.0) -> Script:
    """Measure the moving avatar for some seconds: poses a second, milliseconds, and the ranges of hand and face."""
    before, places, faces, began = session().count, [], [], time.monotonic()
    for _ in range(round(seconds / 0.25)):
        places.append(armature().pose.bones["mixamorig:LeftHand"].head.copy())
        faces.append(expressions())
        yield 0.25
    costs, delays = sorted(session().costs), sorted(session().delays)
    return {
        "poses_a_second": (session().count - before) / (time.monotonic() - began),
        "main_thread_ms": {"median": 1e3 * costs[len(costs) // 2], "99th": 1e3 * costs[int(0.99 * len(costs))]},
        "delay_ms": {"median": 1e3 * delays[len(delays) // 2], "95th": 1e3 * delays[int(0.95 * len(delays))]},
        "hand_travels_m": max((a - b).length for a in places for b in places),
        "face_moves": max(max(values) - min(values) for values in zip(*faces, strict=True)),
    }


def expressions() -> list[float]:
    """Values of the shape keys of the avatar's face."""
    blocks = bpy.data.objects["Avatar Head"].data.shape_keys.key_blocks
    return [block.value for block in blocks][1:]


def record() -> Script:
    yield from click_record(requested=True)
    yield from until(lambda: session().recording.seconds > 4.0, "four seconds are recorded")
    eyes.see("recording")
    yield from click_record(requested=False)
    yield from until(lambda: action() is not None, "the take is baked")
    yield from stop()
    seen["action"] = {"name": action().name, "frames": list(action().frame_range)}
    eyes.see("recorded")


def click_record(*, requested: bool) -> Script:
    """Click the record button, whose place does not depend on the tracking."""
    yield from panel.click("mimic.take_record")
    yield from until(lambda: session().recording.requested is requested, "the button for recording is hit")


def play_back() -> Script:
    point_at_viewport()
    press("shift+Left")
    bpy.context.scene.sync_mode = "FRAME_DROP"
    places = []
    press("space")
    for _ in range(12):
        places.append((bpy.context.scene.frame_current, armature().pose.bones["mixamorig:LeftHand"].head.copy()))
        yield 0.25
    eyes.see("playing-back")
    press("space")
    yield 0.5
    seen["played"] = {
        "frames": len({frame for frame, _ in places}),
        "hand_travels_m": max((a - b).length for _, a in places for _, b in places),
    }


def follow_a_stream() -> Script:
    yield from panel.look("mimic.source")
    yield from panel.click("mimic.source", share=ADDRESS)
    yield from panel.look("mimic.address", "mimic.session_start")
    yield from panel.fill("mimic.address", STREAM)
    yield from start()
    seen["stream"] = yield from watch()
    eyes.see("following-a-stream")
    yield from drag(button=2, by=(160, 60))
    seen["stream_while_orbiting"] = yield from watch(2.0)
    eyes.see("orbited")
    yield from stop()


def be_told_what_is_wrong() -> Script:
    yield from panel.look("mimic.address", "mimic.session_start")
    yield from panel.fill("mimic.address", WRONG)
    yield from panel.click("mimic.session_start")
    yield from until(lambda: bool(notice()), "the panel says what is wrong")
    yield 1.0
    seen["notice"] = notice()
    eyes.see("told-what-is-wrong")


def uninstall() -> Script:
    bpy.ops.preferences.addon_disable(module=ADD_ON)
    repositories = [each.module for each in bpy.context.preferences.extensions.repos]
    bpy.ops.extensions.package_uninstall(repo_index=repositories.index("user_default"), pkg_id="mimic")
    yield 1.0
    seen["left"] = sorted(name for name in dir(bpy.types) if name.startswith("MIMIC"))
    eyes.see("uninstalled")


def judge() -> None:
    """Raise an error that lists all faults. Speed is not checked, because this is software OpenGL."""
    travels = {name: seen[name]["hand_travels_m"] for name in ("video", "played", "stream", "stream_while_orbiting")}
    still = [name for name, travel in travels.items() if travel < 0.02]
    first, last = seen["action"]["frames"]
    faults = [
        *(f"{name} was imported by enabling" for name in seen["heavy_after_enable"]),
        *(f"the hand stood still: {name}" for name in still),
        *(f"the face stood still: {name}" for name in ("video", "stream") if seen[name]["face_moves"] < FACE_MOVES),
        *(["the action is too short"] if last - first < 20 else []),
        *(["the panel does not name the address that is wrong"] if WRONG not in seen["notice"] else []),
        *(f"{name} is left behind" for name in seen["left"]),
    ]
    if faults:
        raise ValueError("; ".join(faults))


def armature() -> Any:
    return next((each for each in bpy.context.scene.objects if each.type == "ARMATURE"), None)


def action() -> Any:
    animated = armature().animation_data
    return None if animated is None else animated.action


def report() -> None:
    (Path(FOLDER) / "seen.json").write_text(json.dumps(seen, indent=1))


perform(day(), eyes, end=report)
