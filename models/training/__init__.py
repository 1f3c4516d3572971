# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifter's training: poses, pictures of them, what the landmark networks say of those, a network that learns."""
