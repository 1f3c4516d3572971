# SPDX-License-Identifier: GPL-3.0-or-later
"""Where cameras stood, their lenses and clocks: found from the people they saw."""
