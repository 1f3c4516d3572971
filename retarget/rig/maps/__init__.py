# SPDX-License-Identifier: GPL-3.0-or-later
"""Bone maps, one small file for each family of rigs."""
