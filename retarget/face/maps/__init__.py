# SPDX-License-Identifier: GPL-3.0-or-later
"""Families of faces, one TOML file each."""
