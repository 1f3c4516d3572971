# SPDX-License-Identifier: GPL-3.0-or-later
"""Train the lifter on pairs: seeded, resumable after every epoch, with a log of one JSON line per epoch and a plot."""

import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from math import cos, pi
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from ....pipeline.solve.lifter.frames import SOLVED, Rest
from ...body.joints import JOINTS
from ..pairs import dataset
from ..pairs.batches import NO_AUGMENTATION, Augmentation, Batches
from ..pairs.dataset import Dataset
from .losses import LiftingLoss, LossWeights
from .network import Lifter, NetworkSize
from .plot import write_plot

Array = NDArray[np.float64]

CHECKPOINT: Final = "checkpoint.pt"
LOG: Final = "log.jsonl"
PLOT: Final = "plot.svg"
_WARM_UP_STEPS: Final = 200
"""Steps over which the learning rate rises."""
_LIMBS: Final = ("Arm", "ForeArm", "UpLeg", "Leg")


@dataclass(frozen=True)
class TrainingSettings:
    """Settings of the training; stored in the lifter's file.

    Attributes:
        epochs: number of passes over the pairs.
        batch: pairs per step.
        rate: learning rate of AdamW.
        level: fraction of the passes in which the rate is constant; then it falls to zero (a quarter of a cosine).
            Before it falls, pairs and passes can still be added.
        decay: weight decay of AdamW.
        average: decay of the running average of the weights, which is the result.
        seed: random seed.
        half: multiply in bfloat16, which is several times faster on current processors.
        threads: number of threads.
        size: size of the network.
        augmentation: random variation of the batches.
        weights: weights of the losses.
    """

    epochs: int = 20
    batch: int = 256
    rate: float = 2.5e-3
    level: float = 0.5
    decay: float = 0.02
    average: float = 0.998
    seed: int = 1
    half: bool = True
    threads: int = 1
    size: NetworkSize = field(default_factory=NetworkSize)
    augmentation: Augmentation = field(default_factory=Augmentation)
    weights: LossWeights = field(default_factory=LossWeights)


@dataclass(frozen=True)
class EpochResult:
    """The result of one epoch, a line of the log: losses, and rotation errors of limbs and fingers on held-out data.

    The errors are in degrees. `held_out_fingers` is of hands that were found; NaN if there are none.
    """

    epoch: int
    loss: float
    held_out_loss: float
    held_out_limbs: float
    held_out_fingers: float
    seconds: float


def train(
    data: Dataset, held_out: Dataset, offsets: Array, settings: TrainingSettings, folder: Path
) -> Iterator[EpochResult]:
    """Train with checkpoints in a folder, resuming from an existing one; yields the result of every epoch."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(settings.threads)
    body = dataset.trained_body(offsets)
    rest = Rest.of(body)
    run = _Trainer(settings, LiftingLoss(body, settings.weights))
    seen, unseen = Batches(data, rest), Batches(held_out, rest)
    for epoch in range(run.resume(folder / CHECKPOINT), settings.epochs):
        began = time.monotonic()
        loss = run.epoch(seen, epoch)
        progress = EpochResult(epoch, loss, *run.evaluate(unseen), time.monotonic() - began)
        run.save(folder / CHECKPOINT, epoch + 1)
        with (folder / LOG).open("a") as log:
            log.write(json.dumps(asdict(progress)) + "\n")
        write_plot(read_log(folder / LOG), folder / PLOT)
        yield progress


def read_log(path: Path) -> list[EpochResult]:
    """Read the epochs of a log; the last result of an epoch that was run several times."""
    lines = (EpochResult(**json.loads(line)) for line in path.read_text().splitlines())
    return list({progress.epoch: progress for progress in lines}.values())


def load(path: Path) -> Lifter:
    """Load the averaged network of a checkpoint."""
    state = torch.load(path, weights_only=True)
    network = Lifter(NetworkSize(**state["size"]))
    network.load_state_dict(state["average"])
    return network.eval()


class _Trainer:
    """The network, the running average of its weights, and the optimizer."""

    def __init__(self, settings: TrainingSettings, loss: LiftingLoss) -> None:
        torch.manual_seed(settings.seed)
        self._settings, self._loss = settings, loss
        self._network, self._average = Lifter(settings.size), Lifter(settings.size)
        self._average.load_state_dict(self._network.state_dict())
        self._optimizer = torch.optim.AdamW(
            self._network.parameters(), lr=settings.rate, weight_decay=settings.decay, fused=True
        )
        self._steps = 0

    def resume(self, path: Path) -> int:
        """Resume from a checkpoint, if there is one. Return the next epoch."""
        if not path.exists():
            return 0
        state = torch.load(path, weights_only=True)
        for part, name in self._parts():
            part.load_state_dict(state[name])
        self._steps = int(state["steps"])
        return int(state["epoch"])

    def save(self, path: Path, epoch: int) -> None:
        """Write a checkpoint with `epoch` as the next one."""
        unfinished = path.with_suffix(".part")
        state: dict[str, Any] = {name: part.state_dict() for part, name in self._parts()}
        torch.save(state | {"size": asdict(self._settings.size), "epoch": epoch, "steps": self._steps}, unfinished)
        unfinished.replace(path)

    def epoch(self, data: Batches, number: int) -> float:
        """Run one pass over the pairs. Return the mean loss."""
        settings = self._settings
        order = np.random.default_rng([settings.seed, number]).permutation(len(data))
        self._network.train()
        losses = []
        batches = -(-len(data) // settings.batch)
        drawn = data.iterate(order, settings.batch, settings.augmentation, [settings.seed, number, 1])
        for i, batch in enumerate(drawn):
            self._set_learning_rate((number + i / batches) / settings.epochs)
            with torch.autocast("cpu", torch.bfloat16, enabled=settings.half):
                output = self._network(*batch.inputs.tensors())
            result = self._loss(batch, tuple(x.float() for x in output))
            self._optimizer.zero_grad()
            result.loss.backward()
            torch.nn.utils.clip_grad_norm_(self._network.parameters(), 1.0)
            self._optimizer.step()
            self._update_average()
            losses.append(float(result.loss.detach()))
        return float(np.mean(losses))

    def evaluate(self, data: Batches) -> tuple[float, float, float]:
        """Return the averaged network's loss, and rotation errors in degrees of limbs and of found hands' fingers."""
        self._average.eval()
        losses, joints, fingers = [], [], []
        for batch in data.iterate(np.arange(len(data)), 512, NO_AUGMENTATION, [0]):
            with torch.no_grad():
                result = self._loss(batch, self._average(*batch.inputs.tensors()))
            losses.append(float(result.loss))
            joints.append(result.joints.numpy())
            fingers.append(result.fingers.numpy()[batch.inputs.palms[..., -1].numpy() > 0.5])
        names = [JOINTS[joint].removeprefix("Left").removeprefix("Right") for joint in SOLVED]
        limbs = np.concatenate(joints)[:, [name in _LIMBS for name in names]]
        seen = np.concatenate(fingers)
        return float(np.mean(losses)), float(limbs.mean()), float(seen.mean()) if len(seen) else float("nan")

    def _parts(self) -> list[tuple[Any, str]]:
        return [
            (self._network, "network"),
            (self._average, "average"),
            (self._optimizer, "optimizer"),
        ]

    def _set_learning_rate(self, done: float) -> None:
        """Set the learning rate after a fraction `done` of the training."""
        fall = max(0.0, done - self._settings.level) / (1.0 - self._settings.level)
        warm = min(1.0, (self._steps + 1) / _WARM_UP_STEPS)
        for group in self._optimizer.param_groups:
            group["lr"] = self._settings.rate * warm * cos(0.5 * pi * min(fall, 1.0))

    def _update_average(self) -> None:
        # Shorter at the beginning, so that the average forgets the initial weights.
        self._steps += 1
        keep = min(self._settings.average, (1.0 + self._steps) / (10.0 + self._steps))
        with torch.no_grad():
            torch._foreach_lerp_(list(self._average.parameters()), list(self._network.parameters()), 1.0 - keep)
