# SPDX-License-Identifier: GPL-3.0-or-later
"""The parametric body: joint table, rotations and rest positions, used by both pipeline and retarget."""
