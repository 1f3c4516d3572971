# SPDX-License-Identifier: GPL-3.0-or-later
"""Use Blender in all sorts of ways during a live session: none of them may crash Blender or lose a take.

blender -P mishaps.py -- ZIP VIDEO STREAM FOLDER        run by .ci/gui, which prepares everything

The last step quits Blender while a take is recorded; the take is checked when Python exits.
"""

import atexit
import json
import os
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
    draw_fast,
    install_extension,
    notice,
    open_sidebar,
    perform,
    point_at_viewport,
    press,
    region,
    session,
    type_text,
    until,
    window,
)

ARCHIVE, _VIDEO, STREAM, FOLDER = sys.argv[sys.argv.index("--") + 1 :][:4]
WORK = Path(FOLDER) / "work.blend"
TAKES = Path(FOLDER) / "takes"

eyes = Eyes(Path(FOLDER))
seen: dict[str, Any] = {"blender": bpy.app.version_string}


def day() -> Script:
    yield from prepare()
    yield from play_the_timeline()
    yield from orbit()
    yield from undo()
    yield from edit_a_material()
    yield from rename()
    yield from open_and_close_a_window()
    yield from maximise_an_area()
    yield from delete_the_armature()
    yield from begin_a_new_file()
    yield from open_a_file()
    yield from quit_blender()


def prepare() -> Script:
    install_extension(ARCHIVE)
    bpy.context.preferences.addons[ADD_ON].preferences.takes_folder = str(TAKES)
    yield from set_up()
    eyes.see("before")


def set_up() -> Script:
    """Make a scene with the avatar alone, its head keyed, in front view, and start a session."""
    clear_scene()
    bpy.ops.mimic.avatar_add()
    bone = avatar().pose.bones["mixamorig:Head"]
    for frame, turn in ((1, (1.0, 0.0, 0.0, 0.0)), (50, (0.0, 0.0, 1.0, 0.0))):
        bone.rotation_quaternion = turn
        bone.keyframe_insert("rotation_quaternion", frame=frame)
    with bpy.context.temp_override(window=window()):
        bpy.ops.ed.undo_push(message="Set Up")
    point_at_viewport()
    press("KP_1", "Home")
    yield 1.0
    yield from open_sidebar("Mimic")
    yield from start()


def start() -> Script:
    bpy.ops.mimic.session_start(source=STREAM)
    yield from follows("after the start", poses=10)


def follows(when: str, *, poses: int = 4) -> Script:
    """Wait until the session shows more poses and the avatar's bones rotate."""
    count, before = session().count, turns()
    yield from until(lambda: session() is not None and session().count > count + poses, f"poses come {when}")
    yield from until(lambda: turns() != before, f"bones turn {when}")


def play_the_timeline() -> Script:
    point_at_viewport()
    press("space")
    frames = set()
    for _ in range(10):
        yield 0.3
        frames.add(bpy.context.scene.frame_current)
    yield from follows("while the timeline plays")
    eyes.see("playing")
    press("space")
    yield 0.5
    seen["frames_played"] = len(frames)
    if len(frames) < 3:
        raise ValueError("the timeline did not play")


def orbit() -> Script:
    before = region_turn()
    yield from drag(button=2, by=(160, 60))
    yield from follows("after orbiting")
    eyes.see("orbited")
    if region_turn() == before:
        raise ValueError("the view did not turn")
    press("KP_1")
    yield 0.5


def undo() -> Script:
    select()
    point_at_viewport()
    press("g", "x", "2", "Return")
    yield from until(lambda: avatar().location.x > 1.0, "the avatar is moved")
    yield from follows("after a move")
    eyes.see("moved")
    press("ctrl+z")
    yield from until(lambda: avatar().location.x < 1.0, "the move is undone")
    yield from follows("after undoing")
    press("ctrl+shift+z")
    yield from until(lambda: avatar().location.x > 1.0, "the move is done again")
    yield from follows("after redoing")
    press("ctrl+z")
    yield from follows("after undoing once more")
    eyes.see("undone")


def edit_a_material() -> Script:
    """Change viewport colours; EEVEE would take minutes with software OpenGL."""
    area().spaces.active.shading.color_type = "MATERIAL"
    mesh = next(each for each in bpy.data.objects if each.type == "MESH" and each.parent == avatar())
    for material in mesh.data.materials:
        material.diffuse_color = (0.8, 0.1, 0.1, 1.0)
        material.roughness = 0.9
        with bpy.context.temp_override(window=window()):
            bpy.ops.ed.undo_push(message="Edit Material")
        yield from follows("while a material is edited", poses=1)
    eyes.see("material-edited")


def rename() -> Script:
    select()
    point_at_viewport()
    yield 0.3
    # The same as F2, a key that does not reach Blender here.
    with bpy.context.temp_override(window=window(), area=area(), region=region("WINDOW")):
        bpy.ops.wm.call_panel("INVOKE_DEFAULT", name="TOPBAR_PT_name", keep_open=False)
    yield 0.8
    press("ctrl+a")
    type_text("Someone")
    yield 0.3
    press("Return")
    yield from until(lambda: "Someone" in bpy.data.objects, "the armature has another name")
    yield from follows("after the armature was renamed")
    seen["followed"] = session().target.name
    if seen["followed"] != "Someone":
        raise ValueError("the session does not know the armature's new name")
    eyes.see("renamed")


def open_and_close_a_window() -> Script:
    bpy.ops.wm.window_new_main()
    yield from until(lambda: len(bpy.context.window_manager.windows) == 2, "there are two windows")
    yield from follows("with two windows")
    eyes.see("two-windows")
    second = bpy.context.window_manager.windows[-1]
    with bpy.context.temp_override(window=second):
        bpy.ops.wm.window_close()
    yield from until(lambda: len(bpy.context.window_manager.windows) == 1, "there is one window again")
    yield from follows("after a window was closed")


def maximise_an_area() -> Script:
    point_at_viewport()
    press("ctrl+space")
    yield 1.0
    yield from follows("with the viewport alone")
    eyes.see("viewport-alone")
    press("ctrl+space")
    yield 1.0
    yield from follows("with all editors again")


def delete_the_armature() -> Script:
    select()
    point_at_viewport()
    yield 0.3
    press("x")
    yield 0.8
    press("Return")
    yield from until(lambda: avatar() is None, "the armature is deleted")
    yield from until(lambda: session() is None, "the session ends")
    yield 1.0
    seen["deleted"] = notice()
    eyes.see("deleted")
    point_at_viewport()
    press("ctrl+z")
    yield from until(lambda: avatar() is not None, "the armature is back")
    bpy.context.scene.mimic.armature = avatar()
    yield from start()
    seen["after_undeleting"] = notice()


def begin_a_new_file() -> Script:
    bpy.ops.wm.save_as_mainfile(filepath=str(WORK))
    yield from follows("after saving")
    bpy.ops.wm.read_homefile(use_factory_startup=False)
    yield 1.0
    seen["new_file"] = notice()
    eyes.see("new-file")
    if session() is not None:
        raise ValueError("the session outlives its file")
    draw_fast()
    yield from set_up()


def open_a_file() -> Script:
    bpy.ops.wm.open_mainfile(filepath=str(WORK))
    yield 1.0
    seen["opened_file"] = notice()
    if session() is not None:
        raise ValueError("the session outlives its file")
    yield from start()
    eyes.see("opened-file")


def quit_blender() -> Script:
    bpy.ops.mimic.take_record(take="Quitting")
    yield from until(lambda: session().recording.frames > 20, "a take is recorded")
    judge()
    report()
    bpy.ops.wm.save_mainfile()
    atexit.register(look_back)
    eyes.see("quitting")
    point_at_viewport()
    press("ctrl+q")
    yield 60.0
    raise TimeoutError("Blender does not quit")


def judge() -> None:
    faults = [
        *([] if "deleted" in seen["deleted"] else ["no message about the deleted armature"]),
        *(f"no message: {name}" for name in ("new_file", "opened_file") if "file" not in seen[name]),
        *(["an error message remains after its cause is gone"] if seen["after_undeleting"] else []),
    ]
    if faults:
        raise ValueError("; ".join(faults))


def look_back() -> None:
    """Check that the take is complete after Blender has unregistered its add-ons."""
    with closing(sqlite3.connect(TAKES / "Quitting.take")) as take:
        whole = json.loads(take.execute("SELECT value FROM about WHERE name = 'complete'").fetchone()[0])
        frames = take.execute("SELECT count(*) FROM frame").fetchone()[0]
    seen["take_after_quitting"] = {"complete": whole, "frames": frames}
    report()
    if not whole or frames < 20:
        os._exit(1)


def avatar() -> Any:
    return next((each for each in bpy.data.objects if each.type == "ARMATURE" and each.users_scene), None)


def select() -> None:
    for each in bpy.context.view_layer.objects:
        each.select_set(each is avatar())
    bpy.context.view_layer.objects.active = avatar()


def turns() -> list[list[float]]:
    bones = avatar().pose.bones
    return [list(bones[f"mixamorig:{name}"].rotation_quaternion) for name in ("LeftArm", "RightArm", "Spine")]


def region_turn() -> tuple[float, ...]:
    return tuple(region("WINDOW").data.view_rotation)


def report() -> None:
    (Path(FOLDER) / "seen.json").write_text(json.dumps(seen, indent=1))


perform(day(), eyes, end=report)
