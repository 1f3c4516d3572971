# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses and movement to learn from: motion capture, and what people do before cameras."""
