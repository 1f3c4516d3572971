# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses and motion for training: motion capture, and typical poses in front of cameras."""
