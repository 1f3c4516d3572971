# SPDX-License-Identifier: GPL-3.0-or-later
"""Joint rotations of the body to bone rotations of a rig, relative to both rest poses; IK and reach."""
