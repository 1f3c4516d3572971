# SPDX-License-Identifier: GPL-3.0-or-later
"""How wrong an estimate of a motion from one camera typically is, joint by joint: the prior of the fit.

Measured on the rendered clips of turning, dancing, exercising, walking and lying people, 3624 frames solved by the
lifter, 28 November 2026: standard deviations from the median of absolute errors.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .....models.body import rotations as rot
from .....models.body.joints import JOINTS
from .skeleton import COUNT, FITTED, FITTED_PARENTS, UNKNOWNS

Array = NDArray[np.float64]

_LINKS: Final = {
    # Degrees of the rotation relative to the parent, about the parent's axes, then degrees per root of a second by
    # which the error of the global rotation changes.
    "Hips": ((9.0, 9.0, 9.0), 5.7),
    "Spine": ((2.0, 4.4, 2.0), 5.0),
    "Spine1": ((2.0, 4.0, 3.0), 5.0),
    "Spine2": ((1.5, 3.5, 2.0), 5.5),
    "Neck": ((5.5, 3.0, 5.0), 5.3),
    "Head": ((2.4, 2.0, 3.2), 6.3),
    "Shoulder": ((1.5, 2.0, 2.5), 5.3),
    "Arm": ((14.0, 10.0, 18.0), 14.3),
    "ForeArm": ((17.0, 11.0, 15.0), 15.4),
    "Hand": ((17.0, 15.0, 17.0), 20.0),
    "UpLeg": ((10.0, 11.0, 8.0), 8.5),
    "Leg": ((12.5, 3.0, 3.0), 7.8),
    "Foot": ((10.5, 3.7, 10.7), 10.5),
}
_OF_JOINT: Final = [_LINKS[JOINTS[i].removeprefix("Left").removeprefix("Right")] for i in FITTED]
_LINK: Final = np.radians([link for link, _ in _OF_JOINT])
_CHANGE: Final = np.radians([change for _, change in _OF_JOINT])
_PARENTS: Final = list(FITTED_PARENTS)
_LEAST_STEP: Final = 1.0 / 240.0


@dataclass(frozen=True)
class DoubtSettings:
    """How far an estimate is trusted. Errors are standard deviations.

    Attributes:
        sure: error in degrees, about each axis, of a global rotation with confidence 1.
        unsure: by how many degrees more if the confidence is 0.
        link: factor of the errors of rotations relative to their parents.
        astray: expected errors from which a rotation of the estimate counts less and less.
        hinge: degrees by which forearms and shanks are beside the plane in which their hinges move them.
        backward: degrees by which elbows and knees bend backward.
        root: error of the path in metres.
        change: factor of the rate at which the errors of rotations change.
        root_change: metres per root of a second by which the error of the path changes.
    """

    sure: float = 4.0
    unsure: float = 32.0
    link: float = 2.0
    astray: float = 1.5
    hinge: float = 5.0
    backward: float = 3.0
    root: float = 0.5
    change: float = 0.8
    root_change: float = 0.08


class Prior:
    """What an estimate says of the unknowns, which counts less and less the farther it is contradicted.

    Args:
        turns: (n, 20, 4) the estimate's global rotations.
        confidence: (n, 20) its confidence.
        settings: how far it is trusted.
    """

    def __init__(self, turns: Array, confidence: Array, settings: DoubtSettings) -> None:
        self._settings = settings
        error = np.radians(settings.sure + settings.unsure * (1.0 - np.clip(confidence, 0.0, 1.0)))
        self._own = error**-2.0
        parents = rot.to_matrix(turns[:, _PARENTS])
        self._links = parents * (settings.link * _LINK[1:, None, :]) ** -2.0 @ np.swapaxes(parents, -1, -2)

    def precision(self, added: Array) -> Array:
        """Return the precision (n, 63, 63) of what is added to the estimate, given what was added so far (n, 63)."""
        n, far = len(added), self._settings.astray**2
        turned = added[:, :-3].reshape(n, COUNT, 3)
        own = self._own / (1.0 + self._own * (turned**2).sum(axis=-1) / (3.0 * far))
        result = np.zeros((n, COUNT + 1, 3, COUNT + 1, 3))
        places = range(COUNT)
        for axis in range(3):
            result[:, places, axis, places, axis] = own
        bent = (turned[:, 1:] - turned[:, _PARENTS])[..., None]
        strain = (bent * (self._links @ bent)).sum(axis=(-1, -2))
        links = self._links / (1.0 + strain / (3.0 * far))[..., None, None]
        for joint, parent in enumerate(_PARENTS, start=1):
            link = links[:, joint - 1]
            result[:, joint, :, joint] += link
            result[:, parent, :, parent] += link
            result[:, joint, :, parent] -= link
            result[:, parent, :, joint] -= link
        result[:, COUNT, range(3), COUNT, range(3)] = self._settings.root**-2.0
        return result.reshape(n, UNKNOWNS, UNKNOWNS)


def steadiness(time: Array, settings: DoubtSettings) -> Array:
    """Return the precision (n - 1, 63) of the change from one frame to the next of what is added to an estimate."""
    rate = np.concatenate([np.repeat(settings.change * _CHANGE, 3), [settings.root_change] * 3])
    return 1.0 / (rate**2 * np.maximum(np.diff(time), _LEAST_STEP)[:, None])
