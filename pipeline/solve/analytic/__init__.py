# SPDX-License-Identifier: GPL-3.0-or-later
"""The analytic solver: from landmarks to joint rotations by geometry alone."""
