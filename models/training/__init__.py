# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifter's training: poses, pictures of people in them, the landmarks found in the pictures, and the network."""
