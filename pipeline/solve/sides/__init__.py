# SPDX-License-Identifier: GPL-3.0-or-later
"""Left stays left: exchanges of a person's sides are found and undone."""
