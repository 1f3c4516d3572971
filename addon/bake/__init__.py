# SPDX-License-Identifier: GPL-3.0-or-later
"""Motion onto characters of the open scene, as new actions: from takes, from videos, and from file to file."""
