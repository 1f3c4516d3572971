# SPDX-License-Identifier: GPL-3.0-or-later
"""The Blender side: panels, operators, live session, baking and the command line. Only this package imports bpy."""
