# SPDX-License-Identifier: GPL-3.0-or-later
"""The live session: a camera in one thread, networks in another, and bones posed on Blender's main thread.

`pipeline.live` keeps the newest frame and makes a pose of it with this folder's `pipeline`; `session` shows the newest
pose from a timer. The threads do not use Blender, and Blender's main thread never waits for them.
"""
