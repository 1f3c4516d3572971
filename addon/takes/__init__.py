# SPDX-License-Identifier: GPL-3.0-or-later
"""The takes that were recorded in Blender: their list, and what is done with them."""
