# SPDX-License-Identifier: GPL-3.0-or-later
"""The way over the floor: standing feet carry the body, and the camera says where that leads in the long run.

One camera sees distance badly, but legs well: while a foot stands, the hips move as the leg says. Both words are
joined as a complementary filter joins a gyroscope and a compass, here without lag: of all paths, the one is taken
whose steps differ least from those of the feet and whose places differ least from those of the camera.
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
"""Seconds over which the camera's word outweighs the feet's."""

FOR_EVER: Final = 1e3
"""The same where the camera says nothing."""

CARRY_CUTOFF: Final = 1.2
"""Hertz above which the feet's word is not passed on to the hips: a leg takes up that much by itself."""


def path_on_feet(time: Array, path: Array, soles: PosedSoles, contacts: Contacts, *, memory: float = MEMORY) -> Array:
    """A path (n, 3) in metres on which standing feet slip as little as may be.

    Args:
        time: (n,) seconds.
        path: (n, 3) of the hips, as the camera saw it, floor at z = 0. Heights are left as they are.
        soles: the feet on that path.
        contacts: when they stand.
        memory: seconds over which the camera's word outweighs the feet's.
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
    # The first place is where the take begins, whatever was learnt of it later.
    result[:, :2] += path[0, :2] - result[0, :2]
    return result


def _slip(soles: PosedSoles, contacts: Contacts) -> Array:
    """How far (n - 1, 2) the standing soles move over the floor between frames; 0 where none stands."""
    total, count = np.zeros((len(soles.ball) - 1, 2)), np.zeros((len(soles.ball) - 1, 1))
    for points, stands in ((soles.heel, contacts.heel), (soles.ball, contacts.ball)):
        both = stands[1:] & stands[:-1]
        total += np.where(both[..., None], np.diff(points[..., :2], axis=0), 0.0).sum(axis=1)
        count += both.sum(axis=1, keepdims=True)
    return total / np.maximum(count, 1.0)
