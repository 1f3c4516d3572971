# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw every rig at hand in the same ten poses: ``python tests/blender/contact_sheet.py RIGS OUT.png``.

RIGS is a folder of rig files; Blender's own metarigs and Rigify's rigs come from Blender. Rendered with Workbench.
"""

import argparse
import os
import sys
import tempfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import bpy
import numpy as np
from mathutils import Matrix, Vector

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS, PARENTS

WIDTH, HEIGHT, LABEL = 100, 112, 15


def sibling(name: str) -> ModuleType:
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def solid_bones(armature, rig, rig_map):
    """A skin for rigs that have none: a slim block from each joint to the next, moved by the bone between them."""
    heads = {joint: rig.rest[rig.names.index(bone), :3, 3] for joint, bone in rig_map.bones.items()}
    size = float(np.ptp(np.array(list(heads.values())), axis=0).max())
    for joint, head in heads.items():
        above = PARENTS[INDEX[joint]]
        while above >= 0 and JOINTS[above] not in heads:
            above = PARENTS[above]
        if above < 0:
            continue
        block(armature, rig_map.bones[JOINTS[above]], heads[JOINTS[above]], head, thick=0.02 * size)
    top = heads["Head"] + 0.07 * size * rot.unit(heads["Head"] - heads["Spine2"])
    block(armature, rig_map.bones["Head"], heads["Head"], top, thick=0.045 * size)


def block(armature, bone, start, end, *, thick):
    """A block from one place to another that moves with a bone."""
    along = end - start
    thick = min(thick, 0.25 * float(np.linalg.norm(along)))
    across = np.eye(3)[int(np.argmin(np.abs(along)))]
    frame = rot.frame(along, across)
    corners = [
        tuple(start + frame[:, 0] * x * thick + along * y + frame[:, 2] * z * thick)
        for x in (-1, 1) for y in (0, 1) for z in (-1, 1)
    ]  # fmt: skip
    mesh = bpy.data.meshes.new("Block")
    mesh.from_pydata(corners, [], [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)])
    thing = bpy.data.objects.new("Block", mesh)
    bpy.context.scene.collection.objects.link(thing)
    thing.parent = armature
    thing.modifiers.new("Armature", "ARMATURE").object = armature
    armature.data.bones[bone].use_deform = True
    thing.vertex_groups.new(name=bone).add(range(8), 1.0, "REPLACE")


def skins_of(armature):
    from mimic.addon.character.files import character_of

    return [thing for thing in character_of(armature) if thing.type == "MESH" and len(thing.data.polygons) > 20]


def camera_on(armature, rig, rig_map, skins):
    """An orthographic camera before the character, a little to its left, that sees it and its skins."""
    from mimic.retarget.rig.rest import body_axes, joint_positions

    positions = joint_positions(rig, rig_map)
    axes = rot.to_matrix(body_axes(positions))
    world = np.array(armature.matrix_world)
    joints = rig.rest[[rig.names.index(bone) for bone in rig_map.bones.values()], :3, 3] @ world[:3, :3].T
    corners = [list(skin.matrix_world @ Vector(corner)) for skin in skins for corner in skin.bound_box]
    heads = np.array([*(joints + world[:3, 3]), *corners])
    upright = world[:3, :3] @ axes
    upright /= np.linalg.norm(upright, axis=0)
    height = float(np.ptp(heads @ upright[:, 2]))
    back = rot.rotate(rot.from_axis_angle([0.0, 0.0, 1.0], np.radians(28.0)), [0.0, -1.0, 0.12])
    back = upright @ rot.unit(back)
    camera = bpy.data.objects.new("Sheet", bpy.data.cameras.new("Sheet"))
    bpy.context.scene.collection.objects.link(camera)
    camera.data.type = "ORTHO"
    camera.data.ortho_scale = 1.32 * height
    camera.data.clip_end = 100.0 * height
    side = rot.unit(np.cross(upright[:, 2], back))
    turn = np.stack([side, np.cross(back, side), back], axis=-1)
    place = 0.5 * (heads.max(axis=0) + heads.min(axis=0)) + upright[:, 2] * 0.04 * height
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = turn, place + back * 10.0 * height
    camera.matrix_world = Matrix(matrix.tolist())
    bpy.context.scene.camera = camera


def workbench():
    scene = bpy.context.scene
    scene.render.engine = "BLENDER_WORKBENCH"
    scene.display.shading.light = "STUDIO"
    scene.display.shading.color_type = "SINGLE"
    scene.display.shading.single_color = (0.75, 0.62, 0.5)
    scene.display.shading.show_cavity = True
    scene.display.render_aa = "8"
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.render.resolution_percentage = 100
    scene.render.dither_intensity = 0.0
    if scene.world is None:
        scene.world = bpy.data.worlds.new("World")
    scene.world.color = (0.8, 0.8, 0.8)
    scene.view_settings.view_transform = "Standard"
    scene.render.image_settings.file_format = "PNG"


def strip(load, motion, folder):
    """Pictures (ten, HEIGHT, WIDTH, 3) of one rig, and what kind it is."""
    import cv2

    from mimic.addon.bake.keys import write_motion
    from mimic.addon.character.armature import rig_of, set_switches
    from mimic.models.body.model import neutral_body
    from mimic.retarget.rig.mapping import map_rig
    from mimic.retarget.rig.rest import rest_as_posed
    from mimic.retarget.transfer.plan import RetargetPlan

    armature = load(bpy)
    rig = rig_of(armature)
    rig_map = map_rig(rig)
    rig = rest_as_posed(rig, rig_map)
    shown = skins_of(armature)
    if not shown:
        solid_bones(armature, rig, rig_map)
    for thing in bpy.context.scene.objects:
        thing.hide_render = bool(shown) and thing.type == "MESH" and thing not in shown
        if thing.name.startswith("WGT"):
            thing.hide_render = True
    set_switches(armature, rig_map.switches)
    write_motion(
        armature, RetargetPlan(neutral_body(), rig, rig_map).motion(motion), np.arange(1.0, 11.0), name="Poses"
    )
    camera_on(armature, rig, rig_map, shown)
    workbench()
    pictures = []
    for frame in range(1, len(motion.time) + 1):
        bpy.context.scene.frame_set(frame)
        bpy.context.scene.render.filepath = str(folder / f"{frame}.png")
        bpy.ops.render.render(write_still=True)
        pictures.append(cv2.imread(str(folder / f"{frame}.png"))[:, :, :3])
    return np.array(pictures), f"{rig_map.family}, {len(rig_map.bones)} of 52"


def main() -> None:
    import cv2

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rigs", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    gallery = sibling("rig_gallery")
    motion = gallery.poses()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for label, load in gallery.gallery(options.rigs).items():
            if options.only and options.only not in label:
                continue
            pictures, kind = strip(load, motion, Path(folder))
            title = np.full((LABEL, WIDTH * len(pictures), 3), 40, np.uint8)
            cv2.putText(title, f"{label}: {kind}", (4, 11), cv2.FONT_HERSHEY_SIMPLEX, 0.36, (255,) * 3, 1, cv2.LINE_AA)
            rows.append(np.concatenate([title, np.concatenate(list(pictures), axis=1)]))
    half = (len(rows) + 1) // 2
    rows += [np.full_like(rows[0], 255)] * (2 * half - len(rows))
    sheet = np.concatenate([np.concatenate(rows[:half]), np.concatenate(rows[half:])], axis=1)
    sheet = (sheet // 8 * 8 + 4).astype(np.uint8)  # Few shades, a small file.
    cv2.imwrite(str(options.out), sheet, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    sys.stdout.flush()
    os._exit(0)  # Blender's own way out may hang.


if __name__ == "__main__":
    main()
