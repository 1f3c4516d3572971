# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifter: landmarks to joint rotations by a small network that corrects plain geometry."""
