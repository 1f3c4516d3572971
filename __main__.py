# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m mimic``: the same command line as ``blender --command mimic``."""

from .addon.command_line import run_and_exit

run_and_exit()
