# SPDX-License-Identifier: GPL-3.0-or-later
"""When cameras filmed, and who is who in them: from how people move."""
