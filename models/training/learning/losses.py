# SPDX-License-Identifier: GPL-3.0-or-later
"""The loss: turns, directions of bones, posed landmarks, and misjudging itself."""

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
"""Weight of each joint in the losses on turns and directions; 1 for the others."""
_UNSEEN: Final = 0.1
"""What the fingers of a hand that is not seen count beside those of one that is."""


@dataclass(frozen=True)
class LossWeights:
    """How much each loss counts: frames, bones' directions, landmarks (a metre), fingers, the own estimate, shape."""

    frame: float = 1.0
    direction: float = 2.0
    landmark: float = 6.0
    fingers: float = 0.7
    estimate: float = 0.1
    shape: float = 0.2


@dataclass(frozen=True)
class LossResult:
    """The loss of a batch, a scalar, and by how many degrees joints (b, 22) and fingers (b, 2, 15) are off."""

    loss: Tensor
    joints: Tensor
    fingers: Tensor


class LiftingLoss:
    """Computes the loss of a batch. Lengths of vectors, not squares: what cannot be known should not rule what can.

    Args:
        body: that is posed, the neutral one with BlazePose's own landmarks.
        weights: how much each loss counts.
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
        """Loss and errors of the network's output for a batch."""
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
        """(n, 33, 3) landmarks in metres about the hips joint of the neutral body, its joints' frames as given."""
        turns = joint_frames @ self._rest
        positions = [torch.zeros_like(turns[:, 0, :, 0])]
        bones = (turns[:, [max(parent, 0) for parent in SOLVED_PARENTS]] @ self._bones[..., None])[..., 0]
        for joint, parent in list(enumerate(SOLVED_PARENTS))[1:]:
            positions.append(positions[parent] + bones[:, joint])
        carried = (turns[:, self._carriers] @ self._offsets[..., None])[..., 0]
        return torch.stack(positions, dim=1)[:, self._carriers] + carried


def _distance_and_angle(found: Tensor, true: Tensor) -> tuple[Tensor, Tensor]:
    """Frobenius distance of frames (..., 3, 3), and the angle between them in radians."""
    distance = _length((found - true).flatten(-2))
    # The Frobenius distance of two rotations is 2 sqrt(2) sin(angle / 2).
    return distance, 2.0 * torch.asin((distance / (2.0 * sqrt(2.0))).clamp(max=0.999))


def _laplace_cost(angle: Tensor, log_error: Tensor) -> Tensor:
    """Negative log-likelihood of an error whose mean was expected (Laplace's); its gradient moves only that."""
    return angle.detach() * torch.exp(-log_error) + log_error


def _length(vectors: Tensor) -> Tensor:
    """Lengths, smooth at 0."""
    return torch.sqrt((vectors**2).sum(-1) + 1e-6)


def _tensor(values: NDArray[np.float64]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)
