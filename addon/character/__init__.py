# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters in Blender: armatures, their constraints, their files, and the built-in avatar."""
