# SPDX-License-Identifier: GPL-3.0-or-later
"""Training pairs: the landmarks that the networks find in a picture, and the true pose of the person."""
