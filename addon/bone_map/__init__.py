# SPDX-License-Identifier: GPL-3.0-or-later
"""The bone map in Blender: which bone follows which joint, to view and edit."""
