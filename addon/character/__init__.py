# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters as Blender has them: armatures, their constraints, their files, and the built-in avatar."""
