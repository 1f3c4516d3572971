# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of people: dressed bodies, rendered before rooms by cameras."""
