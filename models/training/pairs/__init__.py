# SPDX-License-Identifier: GPL-3.0-or-later
"""Pairs to learn from: what the landmark networks say of a picture, and how the person really is."""
