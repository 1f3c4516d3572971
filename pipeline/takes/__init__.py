# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmarks to disk and back: takes, their export, and the overlay on the video."""
