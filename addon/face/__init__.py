# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces of characters in Blender: which shape keys and bones follow which expressions."""
