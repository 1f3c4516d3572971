# SPDX-License-Identifier: GPL-3.0-or-later
"""Several cameras of one scene: where they stood, found from the people in them, and the body that fits all of them."""
