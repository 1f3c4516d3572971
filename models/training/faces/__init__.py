# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces with known expressions: rendered to measure the landmark networks, and to learn what they miss."""
