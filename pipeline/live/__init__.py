# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of a live session that do not need Blender: the threads that read, solve and record."""
