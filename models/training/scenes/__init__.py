# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendered clips with known truth: people in a room, filmed by a tilted camera."""
