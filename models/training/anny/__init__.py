# SPDX-License-Identifier: GPL-3.0-or-later
"""Anny, the parametric body that the run-time body, the avatar and the people of training pictures are made from."""
