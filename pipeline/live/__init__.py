# SPDX-License-Identifier: GPL-3.0-or-later
"""What of a live session needs no Blender: threads that read, solve and record."""
