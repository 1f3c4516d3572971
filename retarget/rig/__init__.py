# SPDX-License-Identifier: GPL-3.0-or-later
"""The rig as data, its rest pose, and which of its bones follows which joint of the body."""
