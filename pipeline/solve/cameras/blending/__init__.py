# SPDX-License-Identifier: GPL-3.0-or-later
"""One motion from what each camera's view was solved to."""
