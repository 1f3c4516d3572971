# SPDX-License-Identifier: GPL-3.0-or-later
"""Anny, the parametric body from which the run-time body, the avatar and the people in training pictures are made."""
