# SPDX-License-Identifier: GPL-3.0-or-later
"""Batches in PyTorch: pairs with random roll, mirroring and hidden parts, as the lifter will meet them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ....pipeline.landmarks.names import POSE_MIRROR
from ....pipeline.solve.lifter.frames import HAND_PLACES, NEEDED, SOLVED_MIRROR, Rest
from ..learning.network import NetworkInput
from .dataset import Dataset

_LEGS: Final = list(range(25, 33))


@dataclass(frozen=True)
class Augmentation:
    """Random variation of a batch.

    Attributes:
        roll: standard deviation of the camera's roll in degrees.
        mirror: fraction of the pairs that are mirrored.
        no_hands: fraction of the hands that are hidden.
        no_legs: fraction of the people whose legs are hidden.
        noise: standard deviation of noise on directions and features, in units of the person's spread.
    """

    roll: float = 12.0
    mirror: float = 0.5
    no_hands: float = 0.1
    no_legs: float = 0.02
    noise: float = 0.0


NO_AUGMENTATION: Final = Augmentation(roll=0.0, mirror=0.0, no_hands=0.0, no_legs=0.0)


@dataclass(frozen=True)
class Batch:
    """The network's inputs, and the true frames (b, 22, 3, 3), finger frames (b, 2, 15, 3, 3) and shape (b, 6)."""

    inputs: NetworkInput
    true: Tensor
    true_fingers: Tensor
    shape: Tensor


class Batches:
    """Draws batches from a data set. `rest` are the frames relative to which its rotations are measured."""

    def __init__(self, data: Dataset, rest: Rest) -> None:
        self._data = {name: torch.from_numpy(getattr(data, name)) for name in data.__dataclass_fields__}
        self._rest = torch.tensor(rest.frames, dtype=torch.float32)
        self._rest_fingers = torch.tensor(rest.fingers, dtype=torch.float32)
        self._signs = torch.tensor(rest.signs, dtype=torch.float32)[:, None]
        self._needed = torch.from_numpy(NEEDED.astype(np.float32))

    def __len__(self) -> int:
        return len(self._data["tokens"])

    def iterate(
        self, order: NDArray[np.int64], size: int, augmentation: Augmentation, seed: list[int]
    ) -> Iterator[Batch]:
        """Yield the pairs with the indices `order` in batches of `size`."""
        generator = torch.Generator().manual_seed(int(np.random.default_rng(seed).integers(2**62)))
        for start in range(0, len(order), size):
            rows = torch.from_numpy(np.sort(order[start : start + size]))
            yield self._batch(
                {name: value[rows].float() for name, value in self._data.items()}, augmentation, generator
            )

    def _batch(self, d: dict[str, Tensor], augmentation: Augmentation, generator: torch.Generator) -> Batch:
        count = len(d["tokens"])
        self._hide(d, augmentation, generator)
        if augmentation.noise > 0.0:
            d["tokens"][..., :11] += augmentation.noise * torch.randn(d["tokens"][..., :11].shape, generator=generator)
        if augmentation.roll > 0.0:
            _roll(d, np.radians(augmentation.roll) * torch.randn(count, generator=generator))
        if augmentation.mirror > 0.0:
            flip = torch.rand(count, generator=generator) < augmentation.mirror
            for name, value in self._mirrored(d).items():
                d[name] = torch.where(flip.view(-1, *[1] * (value.dim() - 1)), value, d[name])
        inputs = NetworkInput(*(d[name] for name in ("tokens", "hands", "palms", "base", "fingers")))
        return Batch(inputs, d["true"], d["true_fingers"], d["shape"])

    def _hide(self, d: dict[str, Tensor], augmentation: Augmentation, generator: torch.Generator) -> None:
        """Hide hands and legs as if they had not been found."""
        count = len(d["tokens"])
        kept = (torch.rand(count, 2, generator=generator) >= augmentation.no_hands).float()
        d["palms"] *= kept[..., None]
        d["hands"] *= kept[..., None, None]
        d["fingers"] = torch.where(kept[..., None, None, None] > 0, d["fingers"], self._rest_fingers)
        for side, joint in enumerate(HAND_PLACES):
            d["base"][:, joint] = torch.where(kept[:, side, None, None] > 0, d["base"][:, joint], d["rough"][:, side])
        if augmentation.no_legs > 0.0:
            hidden = torch.zeros(count, 33)
            hidden[:, _LEGS] = (torch.rand(count, 1, generator=generator) < augmentation.no_legs).float()
            d["tokens"] *= 1.0 - hidden[..., None]
            lost = (hidden @ self._needed.T > 0)[..., None, None]
            d["base"] = torch.where(lost, self._rest, d["base"])

    def _mirrored(self, d: dict[str, Tensor]) -> dict[str, Tensor]:
        across = torch.tensor([-1.0, 1.0, 1.0])
        points, joints = list(POSE_MIRROR), list(SOLVED_MIRROR)
        tokens = d["tokens"][:, points].clone()
        tokens[..., [0, 3, 5, 8]] *= -1.0
        hands, palms = d["hands"].flip(1), d["palms"].flip(1)
        palms[..., [0, 3, 6, 8]] *= -1.0
        result = {"tokens": tokens, "hands": hands, "palms": palms}
        for name in ("base", "true"):
            result[name] = d[name][:, joints] * across[:, None] * self._signs
        for name in ("fingers", "true_fingers"):
            result[name] = d[name].flip(1)
        return result


def _roll(d: dict[str, Tensor], angle: Tensor) -> None:
    """Rotate all data as for a camera that is rolled by `angle` (b,) about its axis."""
    c, s = torch.cos(angle), torch.sin(angle)
    flat = torch.stack([torch.stack([c, -s], -1), torch.stack([s, c], -1)], -2)
    zero, one = torch.zeros_like(c), torch.ones_like(c)
    # A rotation about +Y, which points into the picture, moves Z towards X: clockwise on screen.
    rows = [torch.stack(row, -1) for row in ((c, zero, s), (zero, one, zero), (-s, zero, c))]
    matrix = torch.stack(rows, -2)
    # The data of a right hand is mirrored, so it rolls the other way.
    for side, planar_rotation in enumerate((flat, flat.transpose(1, 2))):
        offsets = d["hands"][:, side, :, 9:11]
        d["hands"][:, side, :, 9:11] = offsets @ planar_rotation.transpose(1, 2)
    for name, planar, spatial in (("tokens", (0, 3), (5, 8)), ("palms", (6, 8), (0, 3))):
        value = d[name].flatten(1, -2)
        for start in planar:
            value[..., start : start + 2] = value[..., start : start + 2] @ flat.transpose(1, 2)
        for start in spatial:
            value[..., start : start + 3] = value[..., start : start + 3] @ matrix.transpose(1, 2)
        d[name] = value.view_as(d[name])
    for name in ("base", "true"):
        d[name] = matrix[:, None] @ d[name]
