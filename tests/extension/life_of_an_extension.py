# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by test_install.py in a Blender of its own: what a user does with the zip, from install to uninstall.

    python life_of_an_extension.py ZIP VIDEO STREAM FOLDER       (BLENDER_USER_RESOURCES names an empty folder)

It writes what it saw to FOLDER/seen.json and leaves judging to the test.
"""

import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import bpy

ADD_ON = "bl_ext.user_default.mimic"
HEAVY = ("cv2", "onnxruntime", "rich", "onnx", "torch")


def main(archive: Path, video: Path, stream: str, folder: Path) -> dict[str, Any]:
    seen: dict[str, Any] = {"blender": bpy.app.version_string, "before": state()}
    seen["install"] = timed(lambda: install(archive))
    seen["enabled"] = ADD_ON in bpy.context.preferences.addons
    seen["registered"] = state()["classes"]
    seen["heavy_after_enable"] = [name for name in HEAVY if name in sys.modules]
    prefer_wheels_of_the_extension()
    seen["avatar"] = use_operators(video, folder)
    seen["bake"] = command("bake", str(video), "-o", str(folder / "out.glb"), "--end", "0.5")
    seen["libraries"] = {name: sys.modules[name].__file__ for name in ("cv2", "onnxruntime", "rich")}
    seen["update"] = timed(lambda: install(archive))
    seen["after_update"] = {"enabled": ADD_ON in bpy.context.preferences.addons, **state()}
    seen["performed"] = {"video": perform(str(video), "Video"), "stream": perform(stream, "Stream")}
    seen["without_a_network"] = miss_a_network(video)
    seen["session"] = start_session(str(video))
    bpy.ops.preferences.addon_disable(module=ADD_ON)
    seen["disabled"] = state()
    seen["enable"] = timed(lambda: bpy.ops.preferences.addon_enable(module=ADD_ON))
    seen["enabled_again"] = state()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    seen["works_again"] = list(bpy.ops.mimic.avatar_add())
    bpy.ops.preferences.addon_disable(module=ADD_ON)
    bpy.ops.extensions.package_uninstall(repo_index=repository(), pkg_id="mimic")
    seen["uninstalled"] = state()
    return seen


def install(archive: Path) -> None:
    bpy.ops.extensions.package_install_files(filepath=str(archive), repo="user_default", enable_on_install=True)


def use_operators(video: Path, folder: Path) -> dict[str, Any]:
    """Capture by command, then add the avatar and key the take by operators."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    status = command("capture", str(video), "-o", str(folder / "a.take"), "--end", "0.5")
    bpy.ops.mimic.avatar_add()
    outcome = bpy.ops.mimic.take_bake(filepath=str(folder / "a.take"))
    action = bpy.context.object.animation_data.action
    return {"capture": status, "bake_take": list(outcome), "action": action.name, "range": list(action.frame_range)}


def start_session(source: str) -> dict[str, Any]:
    """Let the avatar follow a performer."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.mimic.avatar_add()
    outcome = bpy.ops.mimic.session_start(source=source)
    running = runtime().session
    work_until(lambda: running.count >= 5)
    return {"outcome": list(outcome), "poses": running.count, "threads": state()["threads"]}


def perform(source: str, take: str) -> dict[str, Any]:
    """Follow a performer, record, stop, play back: how many places the left hand got to, live and played."""
    seen = start_session(source)
    avatar, running = bpy.context.object, runtime().session
    live = set()
    bpy.ops.mimic.take_record(take=take)

    def enough() -> bool:
        live.add(hand_of(avatar))
        return running.recording.frames > 12

    work_until(enough)
    bpy.ops.mimic.take_record()
    work_until(lambda: avatar.animation_data is not None and avatar.animation_data.action is not None)
    bpy.ops.mimic.session_stop()
    work_until(lambda: runtime().timer.tick() is None)
    first, last = map(int, avatar.animation_data.action.frame_range)
    played = set()
    for frame in range(first, last + 1):
        bpy.context.scene.frame_set(frame)
        played.add(hand_of(avatar))
    return {**seen, "live": len(live), "played": len(played), "takes": sorted(takes()), "threads_after": threads()}


def hand_of(avatar: Any) -> tuple[float, ...]:
    bpy.context.view_layer.update()
    return tuple(round(value, 3) for value in avatar.pose.bones["mixamorig:LeftHand"].head)


def takes() -> set[str]:
    bpy.ops.mimic.takes_refresh()
    return {entry.name for entry in bpy.context.window_manager.mimic_takes.entries}


def miss_a_network(video: Path) -> str:
    """What is said when one of the networks that came with the extension is gone."""
    network = Path(sys.modules[ADD_ON].__file__).parent / "models" / "networks" / "pose_landmark_heavy.onnx"
    data = network.read_bytes()
    network.unlink()
    bpy.context.scene.mimic.model = "heavy"  # one that was not loaded yet
    bpy.ops.mimic.session_start(source=str(video))
    work_until(lambda: runtime().session is None)
    network.write_bytes(data)
    return str(runtime().notices.error("live"))


def part(name: str) -> Any:
    return sys.modules[f"{ADD_ON}.addon.{name}"]


def runtime() -> Any:
    """What the add-on remembers."""
    return part("runtime").runtime()


def work_until(so: Callable[[], bool]) -> None:
    """There is no event loop here, so the timer's work is done by hand."""
    end = perf_counter() + 120.0
    while not so():
        if perf_counter() > end:
            raise TimeoutError(f"it never came to be so; the panel says: {runtime().notices.error('live')}")
        runtime().timer.tick()
        sleep(0.01)


def command(*arguments: str) -> int:
    """Run the same function that `blender --command mimic` does."""
    return sys.modules[f"{ADD_ON}.addon.command_line"].run_command(arguments)


def prefer_wheels_of_the_extension() -> None:
    """Put them before those of the environment that runs the tests; a real Blender has no others."""
    own = [place for place in sys.path if ".local" in Path(place).parts]
    sys.path[:] = own + [place for place in sys.path if place not in own]


def repository() -> int:
    return [each.module for each in bpy.context.preferences.extensions.repos].index("user_default")


def state() -> dict[str, Any]:
    """Everything of which Mimic could leave something behind."""
    extensions = Path(bpy.utils.user_resource("EXTENSIONS"))
    handlers = {name: len(calls) for name in dir(bpy.app.handlers) if isinstance(calls := handlers_of(name), list)}
    owners = (bpy.types.Scene, bpy.types.WindowManager, bpy.types.Object, bpy.types.Armature, bpy.types.ID)
    return {
        "classes": sorted(name for name in dir(bpy.types) if name.upper().startswith("MIMIC")),
        "groups": sorted(each.__name__ for each in bpy.types.PropertyGroup.__subclasses__() if is_ours(each)),
        "properties": sorted(name for owner in owners for name in dir(owner) if "mimic" in name.lower()),
        "operators": sorted(dir(bpy.ops.mimic)),
        "handlers": handlers,
        "threads": threads(),
        "files": sorted(str(path.relative_to(extensions)) for path in extensions.rglob("*") if is_left(path)),
    }


def threads() -> list[str]:
    return sorted(thread.name for thread in threading.enumerate())


def handlers_of(name: str) -> Any:
    return getattr(bpy.app.handlers, name)


def is_ours(each: type) -> bool:
    return each.__module__.startswith(ADD_ON) and each.is_registered


def is_left(path: Path) -> bool:
    """Blender's own caches are not ours."""
    return path.is_file() and path.suffix != ".pyc" and not {".cache", ".blender_ext"} & set(path.parts)


def timed(action: Callable[[], object]) -> float:
    began = perf_counter()
    action()
    return perf_counter() - began


if __name__ == "__main__":
    target = Path(sys.argv[4])
    status = 1
    try:
        (target / "seen.json").write_text(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], target)))
        status = 0
    except Exception:  # noqa: BLE001 - whatever it is, the test shows it
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # Blender's module crashes (4.2) or hangs (4.5) when Python takes it down
