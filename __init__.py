# SPDX-License-Identifier: GPL-3.0-or-later
"""Mimic: motion capture from a webcam or a video, onto any humanoid rig in Blender.

This folder is both the Blender extension and the Python package ``mimic``. Importing it costs nothing:
Blender, OpenCV and ONNX Runtime are imported where they are first used.
"""


def register() -> None:
    """Add Mimic's operators and panels to Blender (called by Blender when the extension is enabled)."""
    from .addon import registration

    registration.register()


def unregister() -> None:
    """Take everything that `register` added out of Blender again."""
    from .addon import registration

    registration.unregister()
