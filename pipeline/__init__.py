# SPDX-License-Identifier: GPL-3.0-or-later
"""Pixels to landmarks to joint rotations, and takes on disk. Never imports bpy."""
