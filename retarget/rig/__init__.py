# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig as data, its rest pose, and the mapping of its bones to the joints of the body."""
