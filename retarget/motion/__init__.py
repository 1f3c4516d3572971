# SPDX-License-Identifier: GPL-3.0-or-later
"""What makes captured motion fit to keep: calm, upright, on the floor, on feet that stand."""
