# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is who: the cheapest assignment of people to what was found in a picture."""

import numpy as np

from ..data import Floats


def assign(costs: Floats, limit: float) -> list[tuple[int, int]]:
    """Return the pairs (row, column) of the assignment of least total cost, by row.

    A row or column that is left alone costs half of `limit`, so that no pair costs more than `limit`.

    Args:
        costs: (rows, columns); infinite where a pair is impossible.
        limit: the highest cost of a pair.
    """
    rows, columns = costs.shape
    size = rows + columns
    square = np.full((size, size), 0.0)
    square[:rows, :columns] = np.where(np.isfinite(costs), costs, 1e6)
    square[:rows, columns:] = square[rows:, :columns] = 0.5 * limit
    pairs = [(row, column) for row, column in enumerate(_least(square)) if row < rows and column < columns]
    return [(row, column) for row, column in pairs if costs[row, column] <= limit]


def _least(costs: Floats) -> list[int]:
    """Return each row's column in the assignment of least cost of a square matrix (Kuhn and Munkres, O(n^3))."""
    size = len(costs)
    row_price, column_price = np.zeros(size + 1), np.zeros(size + 1)
    row_of, before = np.zeros(size + 1, int), np.zeros(size + 1, int)  # rows and columns from 1; 0 is none
    for row in range(1, size + 1):
        row_of[0], column = row, 0
        slack, used = np.full(size + 1, np.inf), np.zeros(size + 1, bool)
        while row_of[column] != 0:
            used[column] = True
            current = row_of[column]
            reduced = costs[current - 1] - row_price[current] - column_price[1:]
            nearer = ~used[1:] & (reduced < slack[1:])
            slack[1:][nearer], before[1:][nearer] = reduced[nearer], column
            free = np.where(used, np.inf, slack)
            free[0] = np.inf
            following = int(np.argmin(free))
            step = free[following]
            row_price[row_of[used]] += step
            column_price[used] -= step
            slack[~used] -= step
            column = following
        while column:
            row_of[column], column = row_of[before[column]], before[column]
    columns = [0] * size
    for column in range(1, size + 1):
        columns[row_of[column] - 1] = column - 1
    return columns
