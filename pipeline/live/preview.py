# SPDX-License-Identifier: GPL-3.0-or-later
"""The small picture of a frame with its landmarks that is shown while a live session runs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..landmarks.data import Landmarks
from ..sources.frame import Frame

PREVIEW_WIDTH: Final = 288
"""Pixels: enough to see the fingers, and small enough to hand over sixty times a second."""


@dataclass(frozen=True)
class Picture:
    """A frame with landmarks drawn on it.

    Attributes:
        number: number of the frame in its session, from 1.
        size: width and height in pixels of the frame, which the picture shows smaller.
        pixels: linear RGBA float32 (height, width, 4), 0..1, bottom row first.
        share: part of the width that the frame takes, from the left; a second camera's takes the rest.
    """

    number: int
    size: tuple[int, int]
    pixels: NDArray[np.float32]
    share: float = 1.0

    def beside(self, other: NDArray[np.float32]) -> "Picture":
        """Return the picture with the pixels of a second camera's to the right, as high as this one."""
        height, width = self.pixels.shape[:2]
        # Rows and columns are repeated or left out, which is quick; it is the size of a stamp.
        across = max(1, round(other.shape[1] * height / other.shape[0]))
        rows, columns = (np.arange(n) * of // n for n, of in zip((height, across), other.shape[:2], strict=True))
        pixels = np.concatenate([self.pixels, other[rows][:, columns]], axis=1)
        return replace(self, pixels=pixels, share=width / (width + across))


def _linear() -> NDArray[np.float32]:
    """Return the linear values (256,) of sRGB bytes (IEC 61966-2-1)."""
    values = np.arange(256) / 255.0
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4).astype(np.float32)


_LINEAR: Final = _linear()


def draw_preview(frame: Frame, people: Sequence[Landmarks]) -> NDArray[np.float32]:
    """Return the pixels of a `Picture`: the frame with the landmarks of people, numbered from 1 if they are several."""
    from .. import opencv
    from ..takes.overlay import draw

    cv2 = opencv.load()
    height, width = frame.image.shape[:2]
    scale = min(1.0, PREVIEW_WIDTH / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(frame.image, size, interpolation=cv2.INTER_AREA)
    return _LINEAR[cv2.cvtColor(draw(small, *people), cv2.COLOR_RGB2RGBA)[::-1]]
