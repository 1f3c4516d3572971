# SPDX-License-Identifier: GPL-3.0-or-later
"""The parametric body: joint table, rotations, rest positions. Both pipeline and retarget stand on it."""
