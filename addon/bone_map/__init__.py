# SPDX-License-Identifier: GPL-3.0-or-later
"""Which bone follows which joint, as the user of Blender sees and changes it."""
