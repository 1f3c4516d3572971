# SPDX-License-Identifier: GPL-3.0-or-later
"""Add a second camera, move about until both are found, and record both, by mouse in Blender's window.

blender -P live_cameras.py -- ZIP VIDEO STREAM FOLDER [FRONT SIDE]    run by .ci/gui, which prepares everything; use
                                                                     SIZE=1280x1200

FRONT and SIDE are videos of one scene that began at the same moment. Without them the given video is both cameras, of
which the second is ahead: then no cameras can be found, and the panel has to say so.
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
    HOVER,
    Eyes,
    Panel,
    Script,
    clear_scene,
    install_extension,
    notice,
    open_sidebar,
    perform,
    point,
    point_at_viewport,
    press,
    region,
    session,
    until,
    xdotool,
)

ARCHIVE, VIDEO, _STREAM, FOLDER, *REST = sys.argv[sys.argv.index("--") + 1 :]
AHEAD = 40
"""Frames by which the second camera is ahead, if it shows the same video."""

OPEN = ("MIMIC_PT_source", "MIMIC_PT_live")
"""Panels that are shown, opened; the others would only be in the way."""

WINDOW = 10.0
"""Seconds over which poses are counted."""

eyes = Eyes(Path(FOLDER))
panel = Panel.empty()
seen: dict[str, Any] = {"blender": bpy.app.version_string}


def day() -> Script:
    install_extension(ARCHIVE)
    yield from until(lambda: ADD_ON in bpy.context.preferences.addons, "the extension is enabled")
    front, side = REST if REST else (VIDEO, make_side())
    clear_scene()
    show_panels()
    yield from open_sidebar("Mimic")
    bpy.ops.mimic.avatar_add()
    settings = bpy.context.scene.mimic
    settings.source, settings.filepath = "FILE", front
    yield from look_at_everything()
    yield from panel.look("mimic.session_start")
    yield from start()
    seen["poses_a_second_with_one"] = yield from poses()
    bpy.ops.mimic.session_stop()
    yield from until(lambda: session() is None, "the session ends")
    yield from add_camera(side)
    yield from find_cameras()
    if REST:
        seen["poses_a_second_with_two"] = yield from poses()
        seen["share"] = seen["poses_a_second_with_two"] / seen["poses_a_second_with_one"]
    yield from click_in_second_picture()
    yield from record()
    bpy.ops.mimic.session_stop()
    yield from refuse_the_same(front)
    judge()


def make_side() -> str:
    """Write the given video once more, from a later frame on, and return its path."""
    import cv2

    path, reader, frames = str(Path(FOLDER) / "side.mp4"), cv2.VideoCapture(VIDEO), []
    more, frame = reader.read()
    while more:
        frames.append(frame)
        more, frame = reader.read()
    height, width = frames[0].shape[:2]
    rate = reader.get(cv2.CAP_PROP_FPS)
    writer = cv2.VideoWriter(path, cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"mp4v"), rate, (width, height))
    for number in range(len(frames)):
        writer.write(frames[(number + AHEAD) % len(frames)])
    writer.release()
    return path


def panels() -> list[Any]:
    """Return the classes of all panels of Mimic, parents before their children."""
    registered = sys.modules[f"{ADD_ON}.addon.registration"]._CLASSES
    return [each for each in registered if issubclass(each, bpy.types.Panel)]


def show_panels() -> None:
    """Open the panels that are used, and take away the others."""
    for kind in reversed(panels()):
        bpy.utils.unregister_class(kind)
    for kind in panels():
        if kind.__name__ in OPEN:
            kind.bl_options = set()
            bpy.utils.register_class(kind)


def show_all_panels() -> None:
    """Show the others again, or disabling Mimic would fail to unregister them."""
    for kind in panels():
        if kind.__name__ not in OPEN:
            bpy.utils.register_class(kind)


def look_at_everything() -> Script:
    """Show the character in front view."""
    point_at_viewport()
    press("KP_1")
    yield 1.0
    press("Home")
    yield 1.0


def start() -> Script:
    yield from panel.click("mimic.session_start")
    yield from until(lambda: session() is not None and session().count > 20, "the avatar follows")


def poses() -> Script:
    """Count poses a second."""
    before, began = session().count, time.monotonic()
    while time.monotonic() - began < WINDOW:
        yield 0.5
    return (session().count - before) / (time.monotonic() - began)


def add_camera(side: str) -> Script:
    """Click on Add Camera and name its file in the row that comes; then start."""
    yield from panel.look("mimic.source_add")
    yield from panel.click("mimic.source_add")
    settings = bpy.context.scene.mimic
    seen["rows"] = len(settings.further_sources)
    settings.further_sources[0].filepath = side
    yield 1.0
    eyes.see("second-camera")
    yield from panel.look("mimic.session_start")
    yield from start()


def find_cameras() -> Script:
    """Wait until the cameras are found, or it is said why they are not."""
    second = session().second_camera
    yield from until(lambda: second.state.stage.value == "moving", "both cameras see the performer")
    yield 3.0
    eyes.see("moving-about")
    yield from until(lambda: second.state.stage.value in {"found", "failed"}, "it is known how they stand")
    yield 1.0
    seen["stage"], seen["said"] = second.state.stage.value, second.state.said
    runtime = sys.modules[f"{ADD_ON}.addon.runtime"].runtime()
    seen["info"] = runtime.notices.info("live")
    eyes.see(seen["stage"])


def click_in_second_picture() -> Script:
    """Choose a person in the second camera's picture, which chooses nobody; the session goes on."""
    preview = sys.modules[f"{ADD_ON}.addon.live.preview"]
    yield from until(lambda: session().picture is not None, "there is a picture")
    picture, view = session().picture, region("WINDOW")
    size, scale = (picture.pixels.shape[1], picture.pixels.shape[0]), bpy.context.preferences.system.ui_scale
    x, y, width, height = preview.place(view.width, view.height, size, scale=scale, share=picture.share)
    seen["picture"] = [picture.share, width / height]
    yield from panel.look("mimic.person_choose")
    yield from panel.click("mimic.person_choose")
    point(view.x + region("TOOLS").width + x + 0.8 * width, view.y + y + 0.5 * height)
    yield HOVER
    count = session().count
    xdotool("click", 1)
    yield 0.5
    eyes.see("clicked-in-second-picture")
    yield from until(lambda: session().count > count + 2, "the session goes on")


def record() -> Script:
    """Record both cameras for two seconds."""
    store, take = (sys.modules[f"{ADD_ON}.{module}"] for module in ("addon.takes.store", "pipeline.takes.take"))
    bpy.ops.mimic.take_record(take="Both", bake=False)
    yield from until(lambda: session().recording.seconds > 2.0, "something is recorded")
    eyes.see("recording")
    bpy.ops.mimic.take_record()
    yield from until(lambda: not session().recording.paths, "the take is closed")
    with take.Take.open(store.path_of("Both")) as opened:
        seen["streams"] = [opened.camera(k).frame_count for k in range(opened.camera_count)]
        seen["cameras_kept"] = len(opened.info.cameras)


def refuse_the_same(front: str) -> Script:
    """Name the first camera's file for the second one too."""
    yield from until(lambda: session() is None, "the session ends")
    bpy.context.scene.mimic.further_sources[0].filepath = front
    yield from panel.look("mimic.session_start")
    yield from panel.click("mimic.session_start")
    yield 1.0
    seen["refused"] = notice()
    eyes.see("same-camera-twice")


def judge() -> None:
    """Raise an error that lists all faults."""
    expected = "found" if REST else "failed"
    kept = 2 if REST else 0
    faults = [
        *(["the button added no row"] if seen["rows"] != 1 else []),
        *([f"the cameras were {seen['stage']}, not {expected}"] if seen["stage"] != expected else []),
        *(["nothing was said of the cameras"] if seen["said"] not in seen["info"] or not seen["said"] else []),
        *(["the pictures are not side by side"] if not 0.2 < seen["picture"][0] < 0.8 else []),
        *(["not both cameras were recorded"] if len(seen["streams"]) != 2 or min(seen["streams"]) < 5 else []),
        *(["the take does not keep where the cameras stood"] if seen["cameras_kept"] != kept else []),
        *(["the same camera twice was not refused"] if "same as camera 1" not in seen["refused"] else []),
    ]
    if faults:
        raise ValueError("; ".join(faults))


def report() -> None:
    show_all_panels()
    (Path(FOLDER) / "side.mp4").unlink(missing_ok=True)
    (Path(FOLDER) / "seen.json").write_text(json.dumps(seen, indent=1))


perform(day(), eyes, end=report)
