# SPDX-License-Identifier: GPL-3.0-or-later
"""Run by test_install.py in a Blender of its own: what a user does with the zip, from install to uninstall.

    python life_of_an_extension.py ZIP VIDEO FOLDER       (BLENDER_USER_RESOURCES names an empty folder)

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


def main(archive: Path, video: Path, folder: Path) -> dict[str, Any]:
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
    seen["session"] = start_session(video)
    bpy.ops.preferences.addon_disable(module=ADD_ON)
    seen["disabled"] = state()
    seen["enable"] = timed(lambda: bpy.ops.preferences.addon_enable(module=ADD_ON))
    seen["enabled_again"] = state()
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    seen["works_again"] = list(bpy.ops.mimic.add_avatar())
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
    bpy.ops.mimic.add_avatar()
    outcome = bpy.ops.mimic.bake_take(filepath=str(folder / "a.take"))
    action = bpy.context.object.animation_data.action
    return {"capture": status, "bake_take": list(outcome), "action": action.name, "range": list(action.frame_range)}


def start_session(video: Path) -> dict[str, Any]:
    """Let the avatar follow a video. There is no event loop here, so the timer's work is done by hand."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.ops.mimic.add_avatar()
    outcome = bpy.ops.mimic.start(source=str(video))
    session = sys.modules[f"{ADD_ON}.addon.live.session"].current()
    end = perf_counter() + 60.0
    while session.count < 5 and perf_counter() < end:
        sys.modules[f"{ADD_ON}.addon.pulse"].beat()
        sleep(0.01)
    return {"outcome": list(outcome), "poses": session.count, "threads": state()["threads"]}


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
        "threads": sorted(thread.name for thread in threading.enumerate()),
        "files": sorted(str(path.relative_to(extensions)) for path in extensions.rglob("*") if is_left(path)),
    }


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
    target = Path(sys.argv[3])
    status = 1
    try:
        (target / "seen.json").write_text(json.dumps(main(Path(sys.argv[1]), Path(sys.argv[2]), target)))
        status = 0
    except Exception:  # noqa: BLE001 - whatever it is, the test shows it
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # Blender's module crashes (4.2) or hangs (4.5) when Python takes it down
