# SPDX-License-Identifier: GPL-3.0-or-later
"""Transfer joint rotations of the body to bone rotations of a rig, relative to both rest poses, with IK controls."""
