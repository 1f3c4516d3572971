# SPDX-License-Identifier: GPL-3.0-or-later
"""How good lifters are, beside landmarks and geometry, on people that none was trained on."""
