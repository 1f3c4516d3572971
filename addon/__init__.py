# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender: panels, operators, live session, keys, and the command line. Only this package imports bpy."""
