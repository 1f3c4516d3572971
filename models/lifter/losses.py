# SPDX-License-Identifier: GPL-3.0-or-later
"""What the network is punished for: turns, directions of bones, posed landmarks, and misjudging itself."""

from dataclasses import dataclass
from math import sqrt
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ...pipeline import lifter_tokens as lt
from ..body.joints import JOINTS
from ..body.model import Body
from .network import frames

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


@dataclass(frozen=True)
class Weights:
    """How much each loss counts: frames, bones' directions, landmarks (a metre), the network's own estimate."""

    frame: float = 1.0
    direction: float = 2.0
    landmark: float = 6.0
    estimate: float = 0.1


class Judge:
    """Computes the loss. Lengths of vectors, not squares: what cannot be known should not rule what can."""

    def __init__(self, body: Body, weights: Weights) -> None:
        self._weights = weights
        names = [JOINTS[joint].removeprefix("Left").removeprefix("Right") for joint in lt.SOLVED]
        importance = torch.tensor([_IMPORTANCE.get(name, 1.0) for name in names])
        self._importance = importance / importance.sum()
        self._rest = _tensor(lt.rest_frames(body)).transpose(-1, -2)
        at = body.rest[list(lt.SOLVED)]
        self._bones = _tensor(at - at[np.maximum(lt.SOLVED_PARENTS, 0)])
        carriers = [lt.SOLVED.index(int(joint)) for joint in body.landmark_joints[:33]]
        self._carriers = torch.tensor(carriers)
        self._offsets = _tensor(body.landmarks[:33] - at[carriers])

    def __call__(self, base: Tensor, answer: tuple[Tensor, Tensor], true: Tensor) -> tuple[Tensor, Tensor]:
        """The loss, and degrees (22,) that the joints' turns are off on average, of a batch."""
        w = self._weights
        correction, log_error = answer
        found = frames(base, correction)
        apart = _length((found - true).flatten(2))
        # The Frobenius distance of two rotations is 2 sqrt(2) sin(angle / 2).
        angle = 2.0 * torch.asin((apart / (2.0 * sqrt(2.0))).clamp(max=0.999))
        direction = _length(found[..., 1] - true[..., 1])
        landmark = _length(self.landmarks(found) - self.landmarks(true)).mean()
        estimate = (angle.detach() * torch.exp(-log_error) + log_error) * self._importance
        loss = ((w.frame * apart + w.direction * direction) * self._importance).sum(-1).mean()
        loss = loss + w.landmark * landmark + w.estimate * estimate.sum(-1).mean()
        return loss, torch.rad2deg(angle.detach()).mean(0)

    def landmarks(self, joint_frames: Tensor) -> Tensor:
        """(n, 33, 3) landmarks in metres about the hips joint of the neutral body, its joints' frames as given."""
        turns = joint_frames @ self._rest
        at = [torch.zeros_like(turns[:, 0, :, 0])]
        for joint, parent in list(enumerate(lt.SOLVED_PARENTS))[1:]:
            at.append(at[parent] + turns[:, parent] @ self._bones[joint])
        carried = torch.einsum("nkij,kj->nki", turns[:, self._carriers], self._offsets)
        return torch.stack(at, dim=1)[:, self._carriers] + carried


def _length(vectors: Tensor) -> Tensor:
    """Lengths, smooth at 0."""
    return torch.sqrt((vectors**2).sum(-1) + 1e-6)


def _tensor(values: NDArray[np.float64]) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)
