# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions and gaze of a face over time, from its landmarks."""
