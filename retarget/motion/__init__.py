# SPDX-License-Identifier: GPL-3.0-or-later
"""Clean up captured motion: smoothing, joint limits, vertical, floor, foot locking, loops."""
