# SPDX-License-Identifier: GPL-3.0-or-later
"""Learn the corrector: expressions from how the points of a face differ from those of the same face at rest.

It is learnt from Anny's faces. Another maker's heads, which nothing is learnt from, decide which expressions it may
correct: those that it reads better there as well.
"""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from ....pipeline.solve.face.correction import Corrector, angles_of_looks, write_corrector
from ....pipeline.solve.face.gaze import head_angles
from ....pipeline.solve.face.head_frame import HeadFrame
from ...body.expressions import EXPRESSION_INDEX, EXPRESSIONS, MIRROR
from .face_scores import OPEN, Reader, Reading, correlations, mediapipe, true_gaze
from .face_sets import NEUTRALS, OTHERS, read_learning, read_tests
from .pictures import FaceShots

if TYPE_CHECKING:
    import torch

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Single = NDArray[np.float32]

FILE: Final = "face_corrector.npz"
FEATURES: Final = 64
_HIDDEN: Final = (256,)
_EPOCHS: Final = 90
_BATCH: Final = 128
_RATE: Final = 2e-3
_DECAY: Final = 1e-3
_DROPOUT: Final = 0.3
_NOISE: Final = 0.1
_LEAST_VARIANCE: Final = 0.005
_HELD_OUT: Final = 5
"""One in so many people decides how far the corrector is believed."""
_WORTH: Final = 0.03
_LEAST: Final = 0.25
"""Correlation that a reading has to add on Anny's faces, and that it has to reach there."""
_HARM: Final = 0.02
"""Correlation that it may lose on another maker's faces."""
_LIMITS: Final = {"": 1.5, "mouthSmile": 6.0}
"""How many times what the points show MediaPipe's values are believed, by how the names begin; the longest that fits
counts. Points show a quarter of a real woman's smile."""
_LEFT_ALONE: Final = ("eyeBlink", "eyeLook")
"""Lids are sharpened by thresholds of MediaPipe's values, and where eyes look is corrected as angles."""
_NEVER_FOUND: Final = ("jawLeft", "jawRight")
"""They are only taken away where the points show nothing of them: a real woman's jaw seemed to move aside by 0.6."""
_BLINKS: Final = [EXPRESSION_INDEX["eyeBlinkLeft"], EXPRESSION_INDEX["eyeBlinkRight"]]


def train_corrector(folder: Path, *, seed: int = 0) -> Path:
    """Learn a corrector from the data sets in a folder and write it there; returns its file."""
    learn = _found(read_learning(folder))
    held_out = learn.person % _HELD_OUT == 0
    blind = _fitted(learn.where(~held_out), seed=seed)
    chosen = _choose(blind, learn.where(held_out), read_tests(folder).get(OTHERS))
    corrector = replace(_fitted(learn, seed=seed), share=chosen.share, limit=chosen.limit, gaze=chosen.gaze)
    path = folder / FILE
    write_corrector(corrector, path)
    return path


def corrected(corrector: Corrector) -> Reader:
    """Return a reader that corrects what MediaPipe's network and the irises say."""

    def read(shots: FaceShots) -> Reading:
        own, new = mediapipe(shots), corrector.read(*relative_features(corrector, shots))
        return Reading(corrector.correct(own.expressions, new), corrector.correct_gaze(own.gaze, new))

    return read


def relative_features(corrector: Corrector, shots: FaceShots) -> tuple[Array, Array]:
    """Return features (n, f) relative to each person's rest, and the angles (n, 2) of heads."""
    frame = HeadFrame.of(shots.points)
    features = corrector.features(frame.to_head(shots.points))
    for person in np.unique(shots.person):
        rows = shots.person == person
        features[rows] -= np.median(features[np.flatnonzero(rows)[:NEUTRALS]], axis=0)
    return features, head_angles(frame)


def _found(shots: FaceShots) -> FaceShots:
    return shots.where(np.isfinite(shots.points[:, 0, 0]))


def _fitted(shots: FaceShots, *, seed: int) -> Corrector:
    """Fit a corrector that is not yet told what to correct."""
    differences = _differences(shots)
    mirror = mirror_points(HeadFrame.of(shots.points).to_head(shots.points))
    basis, flips = _basis(differences, mirror)
    corrector = Corrector(
        basis=basis.astype(np.float32),
        flips=flips.astype(np.float32),
        layers=(),
        share=np.zeros(len(EXPRESSIONS)),
        limit=np.full(len(EXPRESSIONS), np.inf),
        gaze=np.array([[1.0, 1.0], [0.0, 0.0]]),
    )
    features, head = relative_features(corrector, shots)
    inputs = np.concatenate([features, head], axis=1)
    mirrored = np.concatenate([features * flips, head * [-1.0, 1.0]], axis=1)
    truth = shots.expressions
    both = np.concatenate([truth, truth[:, list(MIRROR)]])
    layers = _train(np.concatenate([inputs, mirrored]), both, seed=seed)
    return _still(replace(corrector, layers=layers))


def _still(corrector: Corrector) -> Corrector:
    """Return the corrector with nothing read from a face at rest that looks into the camera."""
    at_rest = corrector.read(np.zeros((1, len(corrector.flips))), np.zeros((1, 2)))[0]
    *hidden, (weights, bias) = corrector.layers
    return replace(corrector, layers=(*hidden, (weights, (bias - at_rest).astype(np.float32))))


def _differences(shots: FaceShots) -> Array:
    """Return how points (n, 478, 3) differ from those of each person at rest, in the head's frame."""
    points = HeadFrame.of(shots.points).to_head(shots.points)
    for person in np.unique(shots.person):
        rows = shots.person == person
        points[rows] -= np.median(points[np.flatnonzero(rows)[:NEUTRALS]], axis=0)
    return points


def mirror_points(points: Array) -> Ints:
    """Return the index (478,) of the point on the other side of the face, by the mean of points (n, 478, 3)."""
    mean = points.mean(axis=0)
    apart = np.linalg.norm(mean[:, None] - mean * [-1.0, 1.0, 1.0], axis=2)
    return np.asarray(apart.argmin(axis=1))


def _basis(differences: Array, mirror: Ints) -> tuple[Array, Array]:
    """Return directions (478 * 3, f) in which points differ most, and their signs (f,) on a mirrored face.

    Each direction is symmetric or antisymmetric, so mirroring a face only changes signs.
    """
    flat = differences.reshape(len(differences), -1)
    other = (differences[:, mirror] * [-1.0, 1.0, 1.0]).reshape(len(differences), -1)
    found = []
    for sign in (1.0, -1.0):
        part = 0.5 * (flat + sign * other)
        variance, directions = np.linalg.eigh(part.T @ part / len(part))
        found += [(variance[-i], sign, directions[:, -i]) for i in range(1, FEATURES + 1)]
    found.sort(key=lambda each: -each[0])
    chosen = found[:FEATURES]
    basis = np.stack([direction / np.sqrt(variance) for variance, _, direction in chosen], axis=1)
    return basis, np.array([sign for _, sign, _ in chosen])


def _train(inputs: Array, truth: Array, *, seed: int) -> tuple[tuple[Single, Single], ...]:
    """Train a small network; returns weights (i, o) and biases (o,) of its layers."""
    import torch

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    x, y = (torch.tensor(values, dtype=torch.float32) for values in (inputs, truth))
    weight = torch.tensor(1.0 / np.maximum(truth.var(axis=0), _LEAST_VARIANCE), dtype=torch.float32)
    network = _network(x.shape[1], y.shape[1])
    optimizer = torch.optim.AdamW(network.parameters(), lr=_RATE, weight_decay=_DECAY)
    steps = _EPOCHS * (len(x) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _RATE, total_steps=steps + 1)
    for _ in range(steps):
        rows = torch.randint(len(x), (_BATCH,))
        noisy = x[rows] + _NOISE * torch.randn(_BATCH, x.shape[1])
        loss = (weight * (network(noisy) - y[rows]) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    return tuple(
        (layer.weight.detach().numpy().T, layer.bias.detach().numpy())
        for layer in network
        if isinstance(layer, torch.nn.Linear)
    )


def _network(inputs: int, outputs: int) -> "torch.nn.Sequential":
    import torch

    layers: list[Any] = []
    for before, after in zip((inputs, *_HIDDEN[:-1]), _HIDDEN, strict=True):
        layers += [torch.nn.Linear(before, after), torch.nn.SiLU(), torch.nn.Dropout(_DROPOUT)]
    return torch.nn.Sequential(*layers, torch.nn.Linear(_HIDDEN[-1], outputs))


def _choose(corrector: Corrector, held_out: FaceShots, others: FaceShots | None) -> Corrector:
    """Return the corrector as far as it is worth being believed.

    First, for which expressions MediaPipe's values are limited by what the points show; then, in which it finds what
    MediaPipe does not say. People that nothing was learnt from decide, and another maker's heads. What MediaPipe says
    and the points confirm is kept: real faces, which nothing here is learnt from, give it its scale.
    """
    own, new = mediapipe(held_out), corrector.read(*relative_features(corrector, held_out))
    free = np.array([name.startswith(_LEFT_ALONE) for name in EXPRESSIONS])
    unreal = np.array([name in _NEVER_FOUND for name in EXPRESSIONS])
    limited = replace(corrector, limit=np.where(free, np.inf, [_limit(name) for name in EXPRESSIONS]))
    worth = _worth(corrector, limited, held_out, others, 0.0)
    limited = replace(limited, limit=np.where(worth, limited.limit, np.inf))
    open_eyes = held_out.expressions[:, _BLINKS].max(axis=1) < OPEN
    angles, truth = angles_of_looks(new), true_gaze(held_out)
    both = own.gaze.mean(axis=1)
    gaze = [_mixture([both[open_eyes, i], angles[open_eyes, i]], truth[open_eyes, i]) for i in range(2)]
    trial = replace(limited, share=np.where(free | unreal, 0.0, 1.0), gaze=np.array(gaze).T)
    worth = _worth(limited, trial, held_out, others, _WORTH)
    worth &= _alike(correlations(corrected(trial)(held_out).expressions, held_out.expressions)) >= _LEAST
    return replace(trial, share=np.where(worth, trial.share, 0.0))


def _limit(name: str) -> float:
    return _LIMITS[max((start for start in _LIMITS if name.startswith(start)), key=len)]


def _worth(
    corrector: Corrector, better: Corrector, held_out: FaceShots, others: FaceShots | None, least: float
) -> Flags:
    """Return for which expressions (52,) another corrector adds at least so much correlation, and does no harm."""
    worth: Flags = _alike(_gained(corrector, better, held_out)) >= least
    if others is not None:
        worth &= _alike(_gained(corrector, better, others)) >= -_HARM
    return worth


def _alike(values: Array) -> Array:
    """Return values (..., 52) that are the same for both sides of the face."""
    return np.asarray(0.5 * (values + values[..., list(MIRROR)]))


def _mixture(parts: list[Array], truth: Array) -> Array:
    """Return how much (k,) of each of k parts (n,), none of it negative, comes nearest to the truth (n,)."""
    from scipy.optimize import nnls

    return np.asarray(nnls(np.stack(parts, axis=1), truth)[0])


def _gained(corrector: Corrector, better: Corrector, shots: FaceShots) -> Array:
    """Return the correlation (52,) that another corrector adds."""
    before, after = (
        correlations(corrected(each)(shots).expressions, shots.expressions) for each in (corrector, better)
    )
    return after - before
