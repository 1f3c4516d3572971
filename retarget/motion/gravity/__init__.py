# SPDX-License-Identifier: GPL-3.0-or-later
"""Which way is up in a motion that was filmed with a tilted camera."""
