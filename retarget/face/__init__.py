# SPDX-License-Identifier: GPL-3.0-or-later
"""Expressions onto characters: shape keys and face bones."""
