# SPDX-License-Identifier: GPL-3.0-or-later
"""Two videos of one scene as one source: add the second, bake, add the cameras, fit an avatar; then what cannot be.

blender -P cameras.py -- ZIP VIDEO STREAM FOLDER [FRONT SIDE]     run by .ci/gui; use SIZE=1100x1400. FRONT and SIDE are
two videos of one scene, as seen in the chroot, below /mimic; those of tests/clips/two_cameras unless given.
"""

import sys
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
    install_extension,
    open_sidebar,
    perform,
    point_at_viewport,
    press,
    region,
    until,
    window,
)

ARCHIVE, VIDEO, _STREAM, FOLDER, *GIVEN = sys.argv[sys.argv.index("--") + 1 :]
CLIPS = Path(VIDEO).parent / "two_cameras"
FRONT, SIDE = GIVEN or (str(CLIPS / "front.mp4"), str(CLIPS / "side.mp4"))
TAKES = Path(FOLDER) / "takes"

eyes = Eyes(Path(FOLDER))


def day() -> Script:
    yield from prepare()
    yield from add_the_second_camera()
    yield from bake()
    yield from look_through_the_cameras()
    yield from fit_an_avatar()
    yield from refuse_the_same_file_twice()


def prepare() -> Script:
    install_extension(ARCHIVE)
    bpy.context.preferences.addons[ADD_ON].preferences.takes_folder = str(TAKES)
    clear_scene()
    bpy.context.scene.render.fps = 30  # that of the videos, so that they run behind the character in time
    bpy.ops.mimic.avatar_add()
    point_at_viewport()
    press("KP_1", "Home")
    yield 1.0
    yield from open_sidebar("Mimic")


def add_the_second_camera() -> Script:
    settings().source, settings().filepath = "FILE", FRONT
    area().tag_redraw()
    yield 2.0
    eyes.see("one-video")
    click("source_add")
    area().tag_redraw()
    yield 2.0
    eyes.see("empty-row")
    settings().further_sources[0].filepath = SIDE
    area().tag_redraw()
    yield 3.0
    eyes.see("two-videos")


def bake() -> Script:
    click("video_bake")
    yield from until(lambda: "(2/2)" in doing(), "the second video is captured", seconds=600.0)
    yield 1.0
    eyes.see("second-video-is-captured")
    yield from until(idle, "the videos are baked", seconds=900.0)
    yield 1.0
    eyes.see("baked")
    if bpy.data.objects["Avatar"].animation_data.action is None:
        raise ValueError("nothing was baked")
    said = part("runtime").runtime().notices.info("bake")
    if "The cameras were found" not in said:
        raise ValueError(f"the cameras: {said}")


def look_through_the_cameras() -> Script:
    click("cameras_add")
    yield from until(idle, "the cameras are there", seconds=300.0)
    cameras = [thing for thing in bpy.data.objects if thing.type == "CAMERA"]
    for number, camera in enumerate(cameras, start=1):
        bpy.context.scene.camera = camera
        area().spaces.active.region_3d.view_perspective = "CAMERA"
        for frame in (1, 60):
            bpy.context.scene.frame_set(frame)
            yield 2.0
            eyes.see(f"camera-{number}-frame-{frame}")


def fit_an_avatar() -> Script:
    click("avatar_fit")
    yield from until(idle, "the avatar is fitted", seconds=300.0)
    yield 1.0
    eyes.see("fitted-avatar")
    press("ctrl+z")
    yield 2.0
    eyes.see("undone")


def refuse_the_same_file_twice() -> Script:
    settings().further_sources[0].filepath = settings().filepath
    click("video_bake")
    yield 1.0
    eyes.see("same-file-twice")
    if "are the same file" not in part("runtime").runtime().notices.error("bake"):
        raise ValueError("one file as two cameras was not refused")


def click(operator: str) -> None:
    """Invoke an operator as its button does; one that is refused says so in the panel."""
    with bpy.context.temp_override(window=window(), area=area(), region=region("WINDOW")):
        try:
            getattr(bpy.ops.mimic, operator)("INVOKE_DEFAULT")
        except RuntimeError as fault:
            sys.stdout.write(f"{fault}\n")


def part(name: str) -> Any:
    return sys.modules[f"{ADD_ON}.addon.{name}"]


def settings() -> Any:
    return bpy.context.scene.mimic


def idle() -> bool:
    return part("runtime").runtime().jobs.current is None


def doing() -> str:
    """What the job in the background is about, as the panel says it."""
    job = part("runtime").runtime().jobs.current
    return "" if job is None else str(job.progress.doing[1])


perform(day(), eyes, end=lambda: None)
