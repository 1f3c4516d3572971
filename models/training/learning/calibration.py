# SPDX-License-Identifier: GPL-3.0-or-later
"""Calibrate the errors that a lifter predicts against its actual errors on held-out pairs."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from ....pipeline.solve.lifter.frames import Rest
from ...body.model import Body
from ..pairs.batches import NO_AUGMENTATION, Batches
from ..pairs.dataset import Dataset
from .losses import LiftingLoss, LossWeights
from .network import Lifter

Array = NDArray[np.float64]

_POWERS: Final = np.linspace(0.3, 2.0, 35)
_MIN_SAMPLES: Final = 200
"""Errors of joints with fewer samples are not calibrated, such as fingers if few hands were found."""


@dataclass(frozen=True)
class ErrorSamples:
    """The errors of one joint in radians, as expected by the network and as measured, (m,) each."""

    expected: Array
    measured: Array


def collect_errors(network: Lifter, data: Dataset, body: Body) -> list[ErrorSamples]:
    """Run the network on all pairs. Return errors of the 22 joints, then of the 15 finger joints of found hands."""
    loss, batches = LiftingLoss(body, LossWeights()), Batches(data, Rest.of(body))
    network.eval()
    expected: tuple[list[Array], list[Array]] = ([], [])
    measured: tuple[list[Array], list[Array]] = ([], [])
    for batch in batches.iterate(np.arange(len(data)), 512, NO_AUGMENTATION, [0]):
        with torch.no_grad():
            output = network(*batch.inputs.tensors())
            found = loss(batch, output)
        seen = batch.inputs.palms[..., -1] > 0.5
        for part, (predicted, off) in enumerate(((output[2], found.joints), (output[3][seen], found.fingers[seen]))):
            expected[part].append(np.exp(predicted.numpy().astype(float)))
            measured[part].append(np.radians(off.numpy().astype(float)))
    result = []
    for predicted, off in zip(expected, measured, strict=True):
        columns = zip(np.concatenate(predicted).T, np.concatenate(off).T, strict=True)
        result += [ErrorSamples(e, m) for e, m in columns]
    return result


def fit(cases: list[ErrorSamples]) -> Array:
    """Return factor and power (37, 2) for each joint: ``factor * expected ** power`` is the mean measured error.

    It is the maximum-likelihood fit for exponentially distributed errors.
    """
    result = np.ones((len(cases), 2))
    for row, case in zip(result, cases, strict=True):
        if len(case.measured) < _MIN_SAMPLES:
            continue
        scaled = [case.expected**power for power in _POWERS]
        factors = [float((case.measured / s).mean()) for s in scaled]
        costs = [np.mean(np.log(f * s)) + 1.0 for f, s in zip(factors, scaled, strict=True)]
        best = int(np.argmin(costs))
        row[:] = factors[best], _POWERS[best]
    return result
