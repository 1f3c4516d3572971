# SPDX-License-Identifier: GPL-3.0-or-later
"""Further cameras of a scene: their rows in the panel, and what is known of their files."""
