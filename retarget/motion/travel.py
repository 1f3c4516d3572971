# SPDX-License-Identifier: GPL-3.0-or-later
"""Travel over the floor: combine the steps of the standing feet with the camera's position of the hips.

One camera measures distance badly, but legs well: while a foot stands, the hips move as the leg implies. Both sources
are combined as a complementary filter combines a gyroscope and a compass, but without lag, by least squares: the path
whose steps differ least from those of the feet and whose positions differ least from the camera's.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .contacts import Contacts
from .penalised import penalised, solve_banded
from .soles import PosedSoles
from .spans import rising

Array = NDArray[np.float64]

MEMORY: Final = 1.5
"""Seconds beyond which the camera outweighs the feet."""

LOCATED: Final = 0.2
"""`MEMORY` for a motion that several cameras locate: feet that seem to stand would lead it 10 to 20 cm astray."""

FEET_ONLY: Final = 1e3
"""`MEMORY` for a motion whose root is unknown, so that the feet alone count."""

CARRY_CUTOFF: Final = 1.2
"""Hertz above which corrections from the feet are not passed on to the hips; the leg absorbs them."""


def path_on_feet(time: Array, path: Array, soles: PosedSoles, contacts: Contacts, *, memory: float = MEMORY) -> Array:
    """Return a path (n, 3) of the hips in metres on which standing feet slip as little as possible.

    Args:
        time: (n,) seconds.
        path: (n, 3) of the hips as the camera saw it, floor at z = 0. Heights are kept.
        soles: the feet on that path.
        contacts: when they stand.
        memory: seconds beyond which the camera outweighs the feet.
    """
    slip = _slip(soles, contacts)
    if len(time) < 3 or not slip.any():
        return path
    step = np.diff(rising(time))
    share = np.empty(len(time))
    share[1:-1] = 0.5 * (step[:-1] + step[1:])
    share[0], share[-1] = step[0], step[-1]
    bands = np.zeros((3, len(time), 1))
    bands[0, :, 0] = share / memory**2
    bands[0, :-1, 0] += 1.0 / step
    bands[0, 1:, 0] += 1.0 / step
    bands[1, :-1, 0] = -1.0 / step
    pull = slip / step[:, None]
    right = np.zeros((len(time), 1, 2))
    right[:-1, 0] += pull
    right[1:, 0] -= pull
    correction = solve_banded(bands, right)
    calm = penalised(
        time, correction, weights=np.ones(step.shape[0] + 1)[:, None], cutoff=np.full((len(time), 1), CARRY_CUTOFF)
    )
    result = np.array(path)
    result[:, :2] += calm[:, 0]
    # The take still begins where the given path began.
    result[:, :2] += path[0, :2] - result[0, :2]
    return result


def _slip(soles: PosedSoles, contacts: Contacts) -> Array:
    """Return how far (n - 1, 2) the standing soles slip over the floor between frames; 0 where none stands."""
    total, count = np.zeros((len(soles.ball) - 1, 2)), np.zeros((len(soles.ball) - 1, 1))
    for points, stands in ((soles.heel, contacts.heel), (soles.ball, contacts.ball)):
        both = stands[1:] & stands[:-1]
        total += np.where(both[..., None], np.diff(points[..., :2], axis=0), 0.0).sum(axis=1)
        count += both.sum(axis=1, keepdims=True)
    return total / np.maximum(count, 1.0)
