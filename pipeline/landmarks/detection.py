# SPDX-License-Identifier: GPL-3.0-or-later
"""Single-shot detectors: their anchors, and decoding their raw outputs to boxes with key points.

The formulas are MediaPipe's (ssd_anchors, tensors_to_detections and weighted non_max_suppression calculators). Boxes
and points are fractions of the detector's square input.
"""

from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from math import ceil, log
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...models.body.curves import sigmoid
from .data import Floats
from .settings import DetectionSettings


@dataclass(frozen=True)
class Detector:
    """Name of a detector's network, side of its square input in pixels, and strides of its anchor layers."""

    network: str
    size: int
    strides: tuple[int, ...]


POSE_DETECTOR: Final = Detector("pose_detection", 224, (8, 16, 32, 32, 32))
PALM_DETECTOR: Final = Detector("palm_detection_full", 192, (8, 16, 16, 16))
FACE_DETECTOR: Final = Detector("face_detection_short_range", 128, (8, 16, 16, 16))


@dataclass(frozen=True)
class Detection:
    """One detection: score 0..1, box (4,) as x0, y0, x1, y1, key points (k, 2)."""

    score: float
    box: Floats
    points: Floats


@lru_cache
def anchors(detector: Detector) -> NDArray[np.float32]:
    """Return the anchors' centres (n, 2), in the order of the network's outputs: layer, row, column, anchor in a cell.

    Layers of equal stride share a grid; each layer adds two anchors to every cell.
    """
    layers = []
    for stride, run in groupby(detector.strides):
        cells = ceil(detector.size / stride)
        steps = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(steps, steps, indexing="ij")
        layers.append(np.repeat(np.stack([x.ravel(), y.ravel()], axis=1), 2 * len(list(run)), axis=0))
    return np.concatenate(layers).astype(np.float32)


def decode(detector: Detector, boxes: Floats, scores: Floats, *, min_score: float) -> tuple[Floats, Floats, Floats]:
    """Return scores (m,), boxes (m, 4) and key points (m, k, 2) of the anchors that reach `min_score`, best first.

    Args:
        detector: the detector that the outputs come from.
        boxes: (1, n, 4 + 2k) raw output: centre, size and key points relative to the anchor, in pixels of the input.
        scores: (1, n, 1) raw output: logits.
        min_score: 0 < min_score < 1.
    """
    logits = scores.reshape(-1)
    kept = np.flatnonzero(logits >= log(min_score / (1 - min_score)))
    kept = kept[np.argsort(-logits[kept], kind="stable")]
    raw = boxes.reshape(len(logits), -1)[kept] / np.float32(detector.size)
    kept = kept[(raw[:, 2] >= 0) & (raw[:, 3] >= 0)]
    raw = raw[(raw[:, 2] >= 0) & (raw[:, 3] >= 0)]
    centres = anchors(detector)[kept]
    middle, half = raw[:, :2] + centres, raw[:, 2:4] / 2
    points = raw[:, 4:].reshape(len(raw), (raw.shape[1] - 4) // 2, 2) + centres[:, None]
    probability = sigmoid(logits[kept].astype(float))
    return probability, np.concatenate([middle - half, middle + half], axis=1), points


def merge(scores: Floats, boxes: Floats, points: Floats, *, min_overlap: float) -> list[Detection]:
    """Merge overlapping boxes by weighted non-maximum suppression.

    Boxes that overlap the best one are averaged with it, weighted by score; then the next best of the rest, and so on.

    Args:
        scores: (m,), best first.
        boxes: (m, 4).
        points: (m, k, 2).
        min_overlap: intersection over union above which two boxes are the same detection.
    """
    detections = []
    left = np.arange(len(scores))
    while len(left):
        same = _overlap(boxes[left[0]], boxes[left]) > min_overlap
        same[0] = True  # a box without area does not overlap even itself
        group = left[same]
        weight = scores[group] / scores[group].sum()
        detections.append(
            Detection(
                score=float(scores[group[0]]),
                box=weight @ boxes[group],
                points=np.einsum("m,mkc->kc", weight, points[group]),
            )
        )
        left = left[~same]
    return detections


def _overlap(one: Floats, many: Floats) -> Floats:
    """Return the intersection over union of a box (4,) with boxes (m, 4); 0 where both have no area."""
    size = np.minimum(one[2:], many[:, 2:]) - np.maximum(one[:2], many[:, :2])
    shared = np.prod(np.maximum(size, 0), axis=1)
    union = np.prod(one[2:] - one[:2]) + np.prod(many[:, 2:] - many[:, :2], axis=1) - shared
    return np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)


def all_detections(detector: Detector, outputs: dict[str, Floats], settings: DetectionSettings) -> list[Detection]:
    """Return what a detector found, best score first."""
    scores, boxes, points = decode(detector, outputs["boxes"], outputs["scores"], min_score=settings.min_score)
    return merge(scores, boxes, points, min_overlap=settings.min_overlap)


def best_detection(detector: Detector, outputs: dict[str, Floats], settings: DetectionSettings) -> Detection | None:
    """Return a detector's best detection, or None."""
    return next(iter(all_detections(detector, outputs, settings)), None)
