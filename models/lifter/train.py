# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the lifter on pairs. Seeded, resumable at every epoch, with a log of one JSON line an epoch and a plot."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from ...pipeline import lifter_tokens as lt
from ..body.joints import JOINTS
from . import dataset
from .dataset import Dataset, Noise
from .losses import Judge, Weights
from .network import Lifter, Size
from .plot import write_plot

Array = NDArray[np.float64]

CHECKPOINT: Final = "checkpoint.pt"
LOG: Final = "log.jsonl"
PLOT: Final = "plot.svg"
_LIMBS: Final = ("Arm", "ForeArm", "UpLeg", "Leg")


@dataclass(frozen=True)
class Plan:
    """How to train.

    Attributes:
        epochs: passes over the pairs; the learning rate falls to zero over them (one cosine).
        batch: pairs a step.
        rate: highest learning rate of AdamW, and `decay` its weight decay.
        average: how much of the running average of the weights is kept at each step; that average is the result.
        seed: of all chance.
    """

    epochs: int = 15
    batch: int = 64
    rate: float = 3e-3
    decay: float = 0.02
    average: float = 0.998
    seed: int = 1
    size: Size = field(default_factory=Size)
    noise: Noise = field(default_factory=Noise)
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True)
class Progress:
    """What one epoch came to: losses, and degrees of limbs' turns on what was not trained on."""

    epoch: int
    loss: float
    held_out_loss: float
    held_out_limbs: float
    seconds: float


def train(data: Dataset, held_out: Dataset, offsets: Array, plan: Plan, folder: Path) -> Iterator[Progress]:
    """Train into a folder, going on from its checkpoint if there is one; yields after every epoch."""
    folder.mkdir(parents=True, exist_ok=True)
    body = dataset.trained_body(offsets)
    rest = lt.rest_frames(body)
    run = _Run(plan, Judge(body, plan.weights), rest, steps=plan.epochs * -(-len(data) // plan.batch))
    first = run.resume(folder / CHECKPOINT)
    for epoch in range(first, plan.epochs):
        began = time.monotonic()
        loss = run.epoch(data, np.random.default_rng([plan.seed, epoch]))
        held_out_loss, degrees = run.judge(held_out)
        progress = Progress(epoch, loss, held_out_loss, degrees, time.monotonic() - began)
        run.save(folder / CHECKPOINT, epoch + 1)
        with (folder / LOG).open("a") as log:
            log.write(json.dumps(asdict(progress)) + "\n")
        write_plot(read_log(folder / LOG), folder / PLOT)
        yield progress


def read_log(path: Path) -> list[Progress]:
    """The epochs of a log; of an epoch that was run twice, the later."""
    lines = (Progress(**json.loads(line)) for line in path.read_text().splitlines())
    return list({progress.epoch: progress for progress in lines}.values())


def load(path: Path) -> Lifter:
    """The averaged network of a checkpoint."""
    state = torch.load(path, weights_only=True)
    network = Lifter(Size(**state["size"]))
    network.load_state_dict(state["average"])
    return network.eval()


class _Run:
    def __init__(self, plan: Plan, judge: Judge, rest: Array, *, steps: int) -> None:
        torch.manual_seed(plan.seed)
        self._plan, self._judge, self._rest = plan, judge, rest
        self._network, self._average = Lifter(plan.size), Lifter(plan.size)
        self._average.load_state_dict(self._network.state_dict())
        self._optimizer = torch.optim.AdamW(self._network.parameters(), lr=plan.rate, weight_decay=plan.decay)
        self._schedule = torch.optim.lr_scheduler.OneCycleLR(
            self._optimizer, max_lr=plan.rate, total_steps=steps + 1, pct_start=0.05
        )

    def resume(self, path: Path) -> int:
        """Take up a checkpoint; returns the epoch to begin with."""
        if not path.exists():
            return 0
        state = torch.load(path, weights_only=True)
        self._network.load_state_dict(state["network"])
        self._average.load_state_dict(state["average"])
        self._optimizer.load_state_dict(state["optimizer"])
        self._schedule.load_state_dict(state["schedule"])
        return int(state["epoch"])

    def save(self, path: Path, epoch: int) -> None:
        """Write a checkpoint from which `epoch` is the next."""
        part = path.with_suffix(".part")
        state = {
            "network": self._network.state_dict(),
            "average": self._average.state_dict(),
            "optimizer": self._optimizer.state_dict(),
            "schedule": self._schedule.state_dict(),
            "size": asdict(self._plan.size),
            "epoch": epoch,
        }
        torch.save(state, part)
        part.replace(path)

    def epoch(self, data: Dataset, rng: np.random.Generator) -> float:
        """One pass over the pairs; the mean loss."""
        self._network.train()
        losses = []
        for base, tokens, true in self._batches(data, rng.permutation(len(data)), rng, self._plan.noise):
            loss, _ = self._judge(base, self._network(tokens, base), true)
            self._optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
            self._optimizer.step()
            self._schedule.step()
            self._follow()
            losses.append(float(loss.detach()))
        return float(np.mean(losses))

    def judge(self, data: Dataset) -> tuple[float, float]:
        """Loss, and degrees of limbs' turns, of the averaged network on the real network's landmarks."""
        self._average.eval()
        plain = replace(self._plan.noise, real=(1.0, 1.0), isotropic=0.0, roll=0.0)
        rng = np.random.default_rng(0)
        losses, degrees = [], []
        for base, tokens, true in self._batches(data, np.arange(len(data)), rng, plain):
            with torch.no_grad():
                loss, off = self._judge(base, self._average(tokens, base), true)
            losses.append(float(loss))
            degrees.append(off.numpy())
        limbs = [
            i for i, joint in enumerate(lt.SOLVED) if JOINTS[joint].removeprefix("Left").removeprefix("Right") in _LIMBS
        ]
        return float(np.mean(losses)), float(np.mean(degrees, axis=0)[limbs].mean())

    def _batches(
        self, data: Dataset, order: NDArray[np.int64], rng: np.random.Generator, noise: Noise
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
        for start in range(0, len(order), self._plan.batch):
            chosen = data.part(np.sort(order[start : start + self._plan.batch]))
            made = dataset.batch(chosen, rng, noise, self._rest)
            yield torch.from_numpy(made.base), torch.from_numpy(made.tokens), torch.from_numpy(made.frames)

    def _follow(self) -> None:
        # Early on the average would drag the first steps along.
        step = self._schedule.last_epoch
        keep = min(self._plan.average, (1.0 + step) / (10.0 + step))
        with torch.no_grad():
            for average, now in zip(self._average.parameters(), self._network.parameters(), strict=True):
                average.lerp_(now, 1.0 - keep)
