# SPDX-License-Identifier: GPL-3.0-or-later
"""Left and right of one camera, settled by the others."""
