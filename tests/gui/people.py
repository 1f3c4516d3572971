# SPDX-License-Identifier: GPL-3.0-or-later
"""Choose a person in the camera's picture, level the camera, and let two people move two characters.

blender -P people.py -- ZIP VIDEO STREAM FOLDER        run by .ci/gui, which prepares everything; use SIZE=1280x1200

The video with two people is made of two halves of the given one, which shows one.
"""

import json
import math
import sys
from collections.abc import Generator
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

ARCHIVE, VIDEO, _STREAM, FOLDER = sys.argv[sys.argv.index("--") + 1 :][:4]
PAIR = Path(FOLDER) / "pair.mp4"
LATER = 40
"""Frames by which the person on the right is ahead."""

OPEN = ("MIMIC_PT_avatar", "MIMIC_PT_live", "MIMIC_PT_people")
"""Panels that are shown, opened; the others would only be in the way."""

eyes = Eyes(Path(FOLDER))
panel = Panel.empty()
seen: dict[str, Any] = {"blender": bpy.app.version_string}


def day() -> Script:
    install_extension(ARCHIVE)
    yield from until(lambda: ADD_ON in bpy.context.preferences.addons, "the extension is enabled")
    make_pair()
    clear_scene()
    show_panels()
    yield from open_sidebar("Mimic")
    bpy.ops.mimic.avatar_add()
    bpy.context.scene.mimic.source = "FILE"
    bpy.context.scene.mimic.filepath = str(PAIR)
    yield from choose_people()
    yield from level()
    yield from follow_two()
    judge()


def make_pair() -> None:
    """Write a video of two people: the middle of the given one, and beside it the same mirrored and later."""
    import cv2
    import numpy as np

    reader = cv2.VideoCapture(VIDEO)
    rate, frames = reader.get(cv2.CAP_PROP_FPS), []
    more, frame = reader.read()
    while more:
        quarter = frame.shape[1] // 4
        frames.append(frame[:, quarter : 3 * quarter])
        more, frame = reader.read()
    height, width = frames[0].shape[:2]
    writer = cv2.VideoWriter(str(PAIR), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"mp4v"), rate, (2 * width, height))
    for number, frame in enumerate(frames):
        writer.write(np.hstack([frame, frames[(number + LATER) % len(frames)][:, ::-1]]))
    writer.release()


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


def choose_people() -> Script:
    """Follow the person on the right, then the one on the left, by clicks on the camera's picture."""
    yield from panel.look("mimic.session_start")
    yield from start()
    yield from panel.look("mimic.person_choose")  # it is lower now: the state is above it
    for side, across in (("right", 0.75), ("left", 0.25)):
        yield from panel.click("mimic.person_choose")
        eyes.see(f"choosing-{side}")
        yield from click_in_picture(across, 0.55)
        yield 1.0
        eyes.see(f"chose-{side}")
        seen[side] = yield from place_of_person(f"Person on the {side}")
    count = session().count
    yield from panel.click("mimic.person_choose")
    view = region("WINDOW")
    point(view.x + 0.5 * view.width, view.y + 0.9 * view.height)
    yield HOVER
    xdotool("click", 1)
    yield 0.5
    eyes.see("clicked-elsewhere")
    yield from until(lambda: session().count > count + 2, "the session goes on")


def click_in_picture(across: float, up: float) -> Script:
    """Click at fractions of the width and height of the camera's picture in the viewport's lower left corner."""
    preview = sys.modules[f"{ADD_ON}.addon.live.preview"]
    view, pixels = region("WINDOW"), session().picture.pixels
    scale = bpy.context.preferences.system.ui_scale
    x, y, width, height = preview.place(view.width, view.height, (pixels.shape[1], pixels.shape[0]), scale=scale)
    point(view.x + region("TOOLS").width + x + across * width, view.y + y + up * height)
    yield HOVER
    xdotool("click", 1)
    yield 0.5


def place_of_person(name: str) -> Script:
    """Record a second, and return where person 0 is across the picture: 0 left, 1 right."""
    store, take = (sys.modules[f"{ADD_ON}.{module}"] for module in ("addon.takes.store", "pipeline.takes.take"))
    bpy.ops.mimic.take_record(take=name, bake=False)
    yield from until(lambda: session().recording.seconds > 0.6, "something is recorded")
    bpy.ops.mimic.take_record()
    yield from until(lambda: not session().recording.paths, "the take is closed")
    with take.Take.open(store.path_of(name)) as opened:
        places = [frame.pose.image[:, 0].mean() / frame.size[0] for frame in opened.frames() if frame.pose is not None]
    return sum(places) / len(places)


def level() -> Script:
    """Level the camera by whoever stands there."""
    yield from look_at_everything()
    yield from panel.look("mimic.camera_level")
    yield from panel.click("mimic.camera_level")
    settings = bpy.context.scene.mimic
    yield from until(lambda: settings.camera_pitch > -90.0, "the camera is level")
    seen["tilt"] = [settings.camera_pitch, settings.camera_roll]
    yield 0.5
    eyes.see("level")
    before, count = lean(), session().count
    settings.camera_roll = 25.0
    yield from until(lambda: session().count > count + 3, "it is shown from another angle")
    seen["rolled_by"] = lean() - before
    eyes.see("rolled-by-25")
    settings.camera_roll = seen["tilt"][1]
    bpy.ops.mimic.session_stop()
    yield 1.0


def lean() -> float:
    """Return how far the feet of the character are to the right of the head, in degrees from straight below it."""
    bones = bpy.context.scene.mimic.armature.pose.bones
    feet = 0.5 * (bones["mixamorig:LeftFoot"].head + bones["mixamorig:RightFoot"].head)
    down = feet - bones["mixamorig:Head"].head
    return math.degrees(math.atan2(down.x, -down.z))


def follow_two() -> Script:
    """Add a second avatar and person, and follow both."""
    bpy.ops.mimic.avatar_add()
    yield from panel.look("mimic.person_add", "mimic.session_start")
    yield from panel.click("mimic.person_add")
    settings = bpy.context.scene.mimic
    seen["rows"] = [settings.people, settings.armature.name, settings.armature_2 and settings.armature_2.name]
    eyes.see("two-rows")
    yield from panel.look("mimic.session_start")
    yield from start()
    yield from until(lambda: all(session().shown.in_view), "both are in view")
    yield from look_at_everything()
    before, travels = session().count, [travel_of(each) for each in (settings.armature, settings.armature_2)]
    for _ in range(16):
        yield 0.25
        for each in travels:
            next(each)
    seen["poses_a_second"] = (session().count - before) / 4.0
    seen["hands_travel_m"] = [next(each) for each in travels]
    hips = [each.pose.bones["mixamorig:Hips"].head.x for each in (settings.armature, settings.armature_2)]
    seen["apart_m"] = hips[1] - hips[0]
    eyes.see("two-people")
    bpy.ops.mimic.session_stop()
    settings.armature_2 = settings.armature
    yield 0.5
    yield from panel.click("mimic.session_start")
    yield 1.0
    seen["refused"] = notice()
    eyes.see("one-armature-for-two")


def look_at_everything() -> Script:
    """Show all characters in front view."""
    point_at_viewport()
    press("KP_1")
    yield 1.0
    press("Home")
    yield 1.0


def start() -> Script:
    yield from panel.click("mimic.session_start")
    yield from until(lambda: session() is not None and session().count > 20, "the avatar follows")
    yield from until(lambda: session().picture is not None, "there is a picture")


def travel_of(armature: Any) -> Generator[float, None, None]:
    """Yield how far the left hand of an armature has moved since the first call."""
    places = []
    while True:
        places.append(armature.pose.bones["mixamorig:LeftHand"].head.copy())
        yield max((a - b).length for a in places for b in places)


def judge() -> None:
    """Raise an error that lists all faults."""
    faults = [
        *(["a click on the right followed somebody else"] if seen["right"] < 0.5 else []),
        *(["a click on the left followed somebody else"] if seen["left"] > 0.5 else []),
        *(["the tilt is not that of a level camera"] if max(map(abs, seen["tilt"])) > 15.0 else []),
        *(["the slider of the roll did not turn the character"] if abs(seen["rolled_by"]) < 12.0 else []),
        *(["a hand stood still"] if min(seen["hands_travel_m"]) < 0.02 else []),
        *(["the characters do not stand side by side"] if abs(seen["apart_m"]) < 0.3 else []),
        *(["one armature for two people was not refused"] if "cannot follow two people" not in seen["refused"] else []),
    ]
    if faults:
        raise ValueError("; ".join(faults))


def report() -> None:
    show_all_panels()
    PAIR.unlink(missing_ok=True)
    (Path(FOLDER) / "seen.json").write_text(json.dumps(seen, indent=1))


perform(day(), eyes, end=report)
