# SPDX-License-Identifier: GPL-3.0-or-later
"""The training's loss curves as a small SVG."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

_WIDTH, _HEIGHT, _MARGIN = 640, 360, 48


class _Epoch(Protocol):
    @property
    def loss(self) -> float: ...
    @property
    def held_out_loss(self) -> float: ...


def write_plot(epochs: Sequence[_Epoch], path: Path) -> None:
    """Draw the loss of every epoch on the training data and on the held-out data."""
    curves = {"trained on": ([e.loss for e in epochs], "#888"), "held out": ([e.held_out_loss for e in epochs], "#06c")}
    values = np.concatenate([curve for curve, _ in curves.values()])
    low, high = float(values.min()), float(values.max())
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        f'<text x="4" y="{_MARGIN}">{high:.3f}</text><text x="4" y="{_HEIGHT - _MARGIN}">{low:.3f}</text>',
        f'<text x="{_WIDTH // 2}" y="{_HEIGHT - 12}" text-anchor="middle">epochs: {len(epochs)}; loss</text>',
    ]
    for place, (name, (curve, colour)) in enumerate(curves.items()):
        x = _MARGIN + (_WIDTH - 2 * _MARGIN) * np.arange(len(curve)) / max(1, len(curve) - 1)
        y = _MARGIN + (_HEIGHT - 2 * _MARGIN) * (high - np.array(curve)) / max(high - low, 1e-9)
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts.append(f'<text x="{_WIDTH - 120}" y="{24 + 16 * place}" fill="{colour}">{name}</text>')
    path.write_text("\n".join([*parts, "</svg>", ""]))
