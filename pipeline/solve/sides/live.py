# SPDX-License-Identifier: GPL-3.0-or-later
"""Exchanged sides frame by frame, without delay."""

import numpy as np

from ...landmarks.data import Landmarks
from .evidence import right_handed_evidence
from .exchange import Exchange, exchanged


class SideKeeper:
    """Undoes exchanges of sides in a stream of one person's landmarks, as found."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget all frames so far."""
        self._odds = 0.0

    def frame(self, landmarks: Landmarks) -> Landmarks:
        """Return the next frame's landmarks with their sides in order."""
        hands = [np.nan if hand is None else hand.right_handed for hand in (landmarks.left_hand, landmarks.right_hand)]
        self._odds = float(np.clip(self._odds + right_handed_evidence(np.array([hands]))[0], -12.0, 12.0))
        return exchanged(landmarks, Exchange.WHOLE if self._odds > 6.0 else Exchange.NONE)
