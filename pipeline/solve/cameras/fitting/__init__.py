# SPDX-License-Identifier: GPL-3.0-or-later
"""One body, fitted to the landmarks of all views."""
