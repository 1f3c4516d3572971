# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of people: dressed bodies, rendered in random scenes with simulated cameras."""
