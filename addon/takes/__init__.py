# SPDX-License-Identifier: GPL-3.0-or-later
"""The takes recorded in Blender: their list and its operators."""
