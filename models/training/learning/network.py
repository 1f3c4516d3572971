# SPDX-License-Identifier: GPL-3.0-or-later
"""The lifter's network: MLP-Mixers (Tolstikhin et al., NeurIPS 2021) over landmarks and joints, in PyTorch.

As in BlazePose GHUM Holistic (Grishchenko et al., 2022), each of the 75 landmarks is a token. The joints are tokens
too: the input of each is its frame from geometry, the output a correction to that frame. Both hands first go through
one small mixer, the right hand mirrored, which corrects their fingers and passes a summary to the body's mixer.
"""

from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ....pipeline.solve.lifter.frames import SOLVED
from ....pipeline.solve.lifter.tokens import FEATURES, HAND_FEATURES, PALM_FEATURES

POINTS, HAND_POINTS, FINGERS = 33, 21, 15
PHENOTYPES = 6


@dataclass(frozen=True)
class NetworkSize:
    """Channels per token, hidden units of the mixers and number of mixers; then the same of the hands' mixer."""

    channels: int = 96
    across_tokens: int = 96
    across_channels: int = 192
    layers: int = 4
    hand_channels: int = 32
    hand_hidden: int = 64
    hand_layers: int = 3


@dataclass(frozen=True)
class NetworkInput:
    """A batch of the network's inputs as tensors; see `pipeline.solve.lifter.tokens.LifterInput`.

    Attributes:
        tokens: (n, 33, 14).
        hands: (n, 2, 21, 13).
        palms: (n, 2, 12).
        base: (n, 22, 3, 3) frames of the joints.
        fingers: (n, 2, 15, 3, 3) frames of the finger joints in the palm's frame.
    """

    tokens: Tensor
    hands: Tensor
    palms: Tensor
    base: Tensor
    fingers: Tensor

    def tensors(self) -> tuple[Tensor, ...]:
        """Return the tensors in the order of `INPUTS`."""
        return self.tokens, self.hands, self.palms, self.base, self.fingers


INPUTS = ("tokens", "hands", "palms", "base", "fingers")
OUTPUTS = ("correction", "finger_correction", "log_error", "finger_log_error", "shape")


class Mixer(nn.Module):  # type: ignore[misc]
    """One mixer layer: first across tokens, then across channels."""

    def __init__(self, tokens: int, channels: int, across_tokens: int, across_channels: int) -> None:
        super().__init__()
        self.before_tokens = nn.LayerNorm(channels)
        self.tokens = _mlp(tokens, across_tokens)
        self.before_channels = nn.LayerNorm(channels)
        self.channels = _mlp(channels, across_channels)

    def forward(self, x: Tensor) -> Tensor:
        """Map (n, tokens, channels) to the same shape."""
        x = x + self.tokens(self.before_tokens(x).transpose(1, 2)).transpose(1, 2)
        mixed: Tensor = x + self.channels(self.before_channels(x))
        return mixed


class Heads(nn.Module):  # type: ignore[misc]
    """Computes a correction and the logarithm of the remaining error for each joint from its token.

    Every joint has its own head; initially the corrections are 0.
    """

    def __init__(self, joints: int, channels: int) -> None:
        super().__init__()
        self.before = nn.LayerNorm(channels)
        self.weight = nn.Parameter(torch.zeros(joints, channels, 7))
        self.bias = nn.Parameter(torch.tensor([0.0] * 6 + [-1.5]).repeat(joints, 1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Map (n, joints, channels) to (n, joints, 6) and (n, joints)."""
        x = self.before(x)
        # With joints as the first axis it is one matrix product per joint.
        out = torch.matmul(x.transpose(0, 1), self.weight).transpose(0, 1) + self.bias
        return out[..., :6], out[..., 6]


class HandMixer(nn.Module):  # type: ignore[misc]
    """Mixers over m left hands: tokens (m, 21, 13) and finger frames (m, 15, 3, 3) to corrections and a summary."""

    def __init__(self, size: NetworkSize) -> None:
        super().__init__()
        channels, count = size.hand_channels, HAND_POINTS + FINGERS + 1
        self.embed_points = nn.Linear(HAND_FEATURES, channels)
        self.embed_joints = nn.Linear(6, channels)
        self.names = nn.Parameter(0.1 * torch.randn(count, channels))
        widths = (count, channels, size.hand_hidden, size.hand_hidden)
        self.mixers = nn.Sequential(*(Mixer(*widths) for _ in range(size.hand_layers)))
        self.heads = Heads(FINGERS, channels)

    def forward(self, hands: Tensor, fingers: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return corrections (m, 15, 6), logarithms of errors (m, 15) and a summary (m, c)."""
        points = self.embed_points(hands)
        joints = self.embed_joints(_directions(fingers))
        x = torch.cat([torch.zeros_like(points[:, :1]), points, joints], dim=1) + self.names
        x = self.mixers(x)
        return *self.heads(x[:, 1 + HAND_POINTS :]), x[:, 0]


class Lifter(nn.Module):  # type: ignore[misc]
    """The whole network, with the inputs `INPUTS` (see `NetworkInput`) and the outputs `OUTPUTS`.

    The outputs are corrections (n, 22, 6) and (n, 2, 15, 6), logarithms of the remaining errors in radians (n, 22) and
    (n, 2, 15), and the phenotype (n, 6).
    """

    def __init__(self, size: NetworkSize | None = None) -> None:
        super().__init__()
        self.size = size = size or NetworkSize()
        joints = len(SOLVED)
        self.reader = HandMixer(size)
        self.embed_points = nn.Linear(FEATURES, size.channels)
        self.embed_joints = nn.Linear(6, size.channels)
        self.embed_palms = nn.Linear(PALM_FEATURES, size.channels)
        self.embed_summary = nn.Linear(size.hand_channels, size.channels)
        self.names = nn.Parameter(0.1 * torch.randn(POINTS + joints + 2, size.channels))
        widths = (POINTS + joints + 2, size.channels, size.across_tokens, size.across_channels)
        self.mixers = nn.Sequential(*(Mixer(*widths) for _ in range(size.layers)))
        self.heads = Heads(joints, size.channels)
        self.shape = nn.Linear(size.channels, PHENOTYPES)
        self.absent = nn.Parameter(torch.zeros(FINGERS, 7))

    def forward(
        self, tokens: Tensor, hands: Tensor, palms: Tensor, base: Tensor, fingers: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """Return the outputs; see the class."""
        present = palms[..., -1:]
        outputs = self._read_hands(hands, fingers, present)
        correction, log_error, summary = (x.unflatten(0, (-1, 2)) for x in outputs)
        correction = torch.where(present[..., None] > 0.5, correction, self.absent[:, :6])
        log_error = torch.where(present > 0.5, log_error, self.absent[:, 6])
        seen = self.embed_palms(palms) + self.embed_summary(summary) * present
        joints = self.embed_joints(_directions(base))
        x = torch.cat([self.embed_points(tokens), joints, seen], dim=1) + self.names
        x = self.mixers(x)
        body, body_error = self.heads(x[:, POINTS:-2])
        return body, correction, body_error, log_error, torch.sigmoid(self.shape(x.mean(1)))

    def _read_hands(self, hands: Tensor, fingers: Tensor, present: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        hands, fingers = hands.flatten(0, 1), fingers.flatten(0, 1)
        if not self.training:
            outputs: tuple[Tensor, Tensor, Tensor] = self.reader(hands, fingers)
            return outputs
        # In most pictures no hand is found, so training only processes the hands that were.
        (rows,) = torch.nonzero(present.flatten() > 0.5, as_tuple=True)
        if not len(rows):
            rows = torch.zeros(1, dtype=torch.long)
        found = self.reader(hands[rows], fingers[rows])
        return tuple(x.new_zeros(len(hands), *x.shape[1:]).index_copy(0, rows, x) for x in found)


def scale_corrections(network: Lifter, share: float) -> Lifter:
    """Return a copy of the network with the corrections of the body's joints, but not of fingers, scaled by `share`."""
    result = deepcopy(network)
    with torch.no_grad():
        result.heads.weight[..., :6] *= share
        result.heads.bias[..., :6] *= share
    return result


def frames(base: Tensor, correction: Tensor) -> Tensor:
    """Return frames (..., k, 3, 3) from base and correction, like `corrected` of the lifter's `frames`, in PyTorch."""
    y = nn.functional.normalize(base[..., 1] + correction[..., :3], dim=-1, eps=1e-4)
    beside = base[..., 2] + correction[..., 3:]
    z = nn.functional.normalize(beside - (beside * y).sum(-1, keepdim=True) * y, dim=-1, eps=1e-4)
    return torch.stack([torch.linalg.cross(y, z, dim=-1), y, z], dim=-1)


def _directions(joint_frames: Tensor) -> Tensor:
    """Return Y and Z (..., 6) of frames (..., 3, 3)."""
    return joint_frames[..., 1:].transpose(-1, -2).flatten(-2)


def _mlp(width: int, hidden: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width))
