# SPDX-License-Identifier: GPL-3.0-or-later
"""Generate Rigify's rig from one of Blender's metarigs and save it: `python generate_rigify.py KIND FILE.blend`.

A process of its own, because Rigify in bpy 4.2 leaves `bpy.context` owned by the scene that was open: after the next
file is opened, whatever sets a property of `bpy.context.window`, as the glTF importer does, touches freed memory.
"""

import os
import sys

NO_RIGIFY = 3


def main(kind: str, path: str) -> int:
    """Exit status `NO_RIGIFY` where this Blender has none."""
    import bpy

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    import addon_utils  # It lies in a folder that only bpy knows.

    if addon_utils.enable("rigify", default_set=True) is None:
        return NO_RIGIFY
    getattr(bpy.ops.object, f"armature_{kind}_metarig_add")()
    metarig = bpy.context.object
    bpy.ops.pose.rigify_generate()
    bpy.data.objects.remove(metarig)
    bpy.ops.wm.save_as_mainfile(filepath=path)
    return 0


if __name__ == "__main__":
    os._exit(main(*sys.argv[1:]))  # bpy 4.5 hangs when the interpreter tears it down after this.
