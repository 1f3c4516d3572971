# SPDX-License-Identifier: GPL-3.0-or-later
"""The names of the solvers."""

from typing import Final, Literal

SolverName = Literal["analytic", "lifter"]

DEFAULT_SOLVER: Final[SolverName] = "lifter"
