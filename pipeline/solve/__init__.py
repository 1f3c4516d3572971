# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks to joint rotations: by geometry (analytic) or by a small network (lifter)."""
