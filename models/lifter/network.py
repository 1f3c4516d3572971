# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifter's network: an MLP-Mixer (Tolstikhin et al., NeurIPS 2021) over landmarks and joints, in PyTorch.

As in BlazePose GHUM Holistic (Grishchenko et al., 2022) each landmark is a token. The joints are tokens too: each
starts as the frame that plain geometry gives it and ends as a correction to that frame.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ...pipeline import lifter_tokens as lt

POINTS = 33


@dataclass(frozen=True)
class Size:
    """How large the network is: channels of a token, hidden units of the mixers, how many mixers."""

    channels: int = 64
    across_tokens: int = 96
    across_channels: int = 128
    layers: int = 4
    dropout: float = 0.0


class Mixer(nn.Module):  # type: ignore[misc]
    """One mixer: first across tokens, then across channels."""

    def __init__(self, tokens: int, size: Size) -> None:
        super().__init__()
        self.before_tokens = nn.LayerNorm(size.channels)
        self.tokens = _mlp(tokens, size.across_tokens, size.dropout)
        self.before_channels = nn.LayerNorm(size.channels)
        self.channels = _mlp(size.channels, size.across_channels, size.dropout)

    def forward(self, x: Tensor) -> Tensor:
        """(n, tokens, channels) to the same."""
        x = x + self.tokens(self.before_tokens(x).transpose(1, 2)).transpose(1, 2)
        mixed: Tensor = x + self.channels(self.before_channels(x))
        return mixed


class Lifter(nn.Module):  # type: ignore[misc]
    """Corrections (n, 22, 6) and the logarithm of the error in radians that is left (n, 22).

    In: `tokens` (n, 33, 9) and `base` (n, 22, 3, 3), see `lifter_tokens.Seen`.
    """

    def __init__(self, size: Size | None = None) -> None:
        super().__init__()
        self.size = size = size or Size()
        joints = len(lt.SOLVED)
        self.embed_points = nn.Linear(lt.FEATURES, size.channels)
        self.embed_joints = nn.Linear(6, size.channels)
        self.names = nn.Parameter(0.1 * torch.randn(POINTS + joints, size.channels))
        self.mixers = nn.Sequential(*(Mixer(POINTS + joints, size) for _ in range(size.layers)))
        self.last = nn.LayerNorm(size.channels)
        # Every joint has a head of its own; all begin by correcting nothing.
        self.head = nn.Parameter(torch.zeros(joints, size.channels, 7))
        self.bias = nn.Parameter(torch.tensor([0.0] * 6 + [-1.5]).repeat(joints, 1))

    def forward(self, tokens: Tensor, base: Tensor) -> tuple[Tensor, Tensor]:
        """See the class."""
        directions = base[..., 1:].transpose(2, 3).flatten(2)
        x = torch.cat([self.embed_points(tokens), self.embed_joints(directions)], dim=1) + self.names
        x = self.last(self.mixers(x))[:, POINTS:]
        out = torch.einsum("njc,jco->njo", x, self.head) + self.bias
        return out[..., :6], out[..., 6]


def frames(base: Tensor, correction: Tensor) -> Tensor:
    """Frames (n, 22, 3, 3) of base and correction: `lifter_tokens.rotations_of` before it turns to rotations."""
    y = nn.functional.normalize(base[..., 1] + correction[..., :3], dim=-1, eps=1e-4)
    beside = base[..., 2] + correction[..., 3:]
    z = nn.functional.normalize(beside - (beside * y).sum(-1, keepdim=True) * y, dim=-1, eps=1e-4)
    return torch.stack([torch.linalg.cross(y, z, dim=-1), y, z], dim=-1)


def _mlp(width: int, hidden: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Dropout(dropout), nn.Linear(hidden, width))
