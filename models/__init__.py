# SPDX-License-Identifier: GPL-3.0-or-later
"""The networks (catalogue, download, conversion) and the body model."""
