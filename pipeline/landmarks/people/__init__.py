# SPDX-License-Identifier: GPL-3.0-or-later
"""Several people in a picture: whom to follow, and who is who from frame to frame."""
