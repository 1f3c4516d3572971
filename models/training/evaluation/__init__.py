# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluation of lifters against raw landmarks and the analytic solver, on held-out people."""
