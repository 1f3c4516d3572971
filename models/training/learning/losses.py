# SPDX-License-Identifier: GPL-3.0-or-later
"""The loss: rotations, bone directions, posed landmarks, and the network's own error estimate."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ....pipeline.solve.lifter.frames import SOLVED, SOLVED_PARENTS, Rest
from ...body.joints import JOINTS
from ...body.model import Body
from ..pairs.batches import Batch
from .network import frames

NetworkOutput = tuple[Tensor, Tensor, Tensor, Tensor, Tensor]
"""In the order of `network.OUTPUTS`; their shapes are in `network.Lifter`."""

_IMPORTANCE: Final = {
    "Spine": 0.4,
    "Spine1": 0.4,
    "Neck": 0.5,
    "Shoulder": 0.4,
    "Arm": 1.5,
    "ForeArm": 1.5,
    "Hand": 0.7,
    "UpLeg": 1.5,
    "Leg": 1.5,
    "Foot": 0.7,
    "ToeBase": 0.2,
}
"""Weight of each joint in the losses of frames and directions; 1 for the others."""
_UNSEEN: Final = 0.1
"""Weight of the fingers of hands that were not found, relative to those that were."""


@dataclass(frozen=True)
class LossWeights:
    """Weights of the losses: frames, bone directions, landmarks (per metre), fingers, error estimate, shape."""

    frame: float = 1.0
    direction: float = 2.0
    landmark: float = 6.0
    fingers: float = 0.7
    estimate: float = 0.1
    shape: float = 0.2


@dataclass(frozen=True)
class LossResult:
    """The scalar loss of a batch, and the errors in degrees of joints (b, 22) and fingers (b, 2, 15)."""

    loss: Tensor
    joints: Tensor
    fingers: Tensor


class LiftingLoss:
    """Computes the loss of a batch, from distances instead of squares, so that unavoidable errors do not dominate.

    Args:
        body: the body to pose: the neutral one with BlazePose's own landmarks.
        weights: weights of the losses.
    """

    def __init__(self, body: Body, weights: LossWeights) -> None:
        self._weights = weights
        names = [JOINTS[joint].removeprefix("Left").removeprefix("Right") for joint in SOLVED]
        importance = torch.tensor([_IMPORTANCE.get(name, 1.0) for name in names])
        self._importance = importance / importance.sum()
        self._rest = _tensor(Rest.of(body).frames).transpose(-1, -2)
        positions = body.rest[list(SOLVED)]
        self._bones = _tensor(positions - positions[np.maximum(SOLVED_PARENTS, 0)])
        carriers = [SOLVED.index(int(joint)) for joint in body.landmark_joints[:33]]
        self._carriers = torch.tensor(carriers)
        self._offsets = _tensor(body.landmarks[:33] - positions[carriers])

    def __call__(self, batch: Batch, output: NetworkOutput) -> LossResult:
        """Return the loss and errors of the network's output for a batch."""
        w = self._weights
        correction, finger_correction, log_error, finger_log_error, shape = output
        found = frames(batch.inputs.base, correction)
        fingers = frames(batch.inputs.fingers, finger_correction)
        turn, angle = _distance_and_angle(found, batch.true)
        finger_turn, finger_angle = _distance_and_angle(fingers, batch.true_fingers)
        direction = _length(found[..., 1] - batch.true[..., 1])
        finger_direction = _length(fingers[..., 1] - batch.true_fingers[..., 1])
        landmark = _length(self.landmarks(found) - self.landmarks(batch.true)).mean()
        seen = _UNSEEN + (1.0 - _UNSEEN) * batch.inputs.palms[..., -1:]
        loss = ((w.frame * turn + w.direction * direction) * self._importance).sum(-1).mean() + w.landmark * landmark
        loss = loss + w.fingers * ((finger_turn + finger_direction) * seen).mean()
        estimate = (_laplace_cost(angle, log_error) * self._importance).sum(-1).mean()
        loss = loss + w.estimate * (estimate + (_laplace_cost(finger_angle, finger_log_error) * seen).mean())
        known = torch.isfinite(batch.shape)
        loss = loss + w.shape * (torch.where(known, batch.shape, shape) - shape).abs().mean()
        return LossResult(loss, torch.rad2deg(angle.detach()), torch.rad2deg(finger_angle.detach()))

    def landmarks(self, joint_frames: Tensor) -> Tensor:
        """Return the neutral body's landmarks (n, 33, 3) in metres relative to the hips joint, for joint frames."""
        turns = joint_frames @ self._rest
        positions = [torch.zeros_like(turns[:, 0, :, 0])]
        bones = (turns[:, [max(parent, 0) for parent in SOLVED_PARENTS]] @ self._bones[..., None])[..., 0]
        for joint, parent in list(enumerate(SOLVED_PARENTS))[1:]:
            positions.append(positions[parent] + bones[:, joint])
        carried = (turns[:, self._carriers] @ self._offsets[..., None])[..., 0]
        return torch.stack(positions, dim=1)[:, self._carriers] + carried


def _distance_and_angle(found: Tensor, true: Tensor) -> tuple[Tensor, Tensor]:
    """Return the Frobenius distance of frames (..., 3, 3), and the angle between them in radians."""
    distance = _length((found - true).flatten(-2))
    # The Frobenius distance of two rotations is 2 sqrt(2) sin(angle / 2).
    return distance, 2.0 * torch.asin((distance / (2.0 * sqrt(2.0))).clamp(max=0.999))


def _laplace_cost(angle: Tensor, log_error: Tensor) -> Tensor:
    """Return the negative log-likelihood of an error (Laplace); only its predicted mean has a gradient."""
    return angle.detach() * torch.exp(-log_error) + log_error


def _length(vectors: Tensor) -> Tensor:
    """Return lengths with a finite gradient at 0."""
    return torch.sqrt((vectors**2).sum(-1) + 1e-6)


def _tensor(values: NDArray[np.float64]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)
