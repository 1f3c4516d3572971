# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks (catalogue, download, conversion), the body model, and the lifter's training."""
