# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognise the fingers of a hand by position: the thumb diverges most, the others form a row beside it."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .bone_tree import BoneTree

Array = NDArray[np.float64]

_ROWS: Final = {
    1: ("Index",),
    2: ("Index", "Pinky"),
    3: ("Index", "Middle", "Pinky"),
    4: ("Index", "Middle", "Ring", "Pinky"),
}
"""Names of the fingers other than the thumb, by their number."""

_IN_THE_PALM: Final = 0.5
"""A finger's first bone is a metacarpal if it begins within this fraction of the way from wrist to knuckles."""


def fingers_of(tree: BoneTree, hand: int) -> dict[str, int]:
    """Map finger joints ("Index1") to bones, for the chains below a hand."""
    chains = _chains(tree, hand)
    if len(chains) < 2 or len(chains) > 5:
        return {}
    wrist = tree.heads[hand]
    tips = np.array([tree.heads[chain[-1]] - wrist for chain in chains])
    ahead = tips.mean(axis=0) / (float(np.linalg.norm(tips.mean(axis=0))) or 1.0)
    thumb = min(range(len(chains)), key=lambda i: float(tips[i] @ ahead))
    rest = [i for i in range(len(chains)) if i != thumb]
    knuckles = [_knuckles(tree, chains[i], wrist) for i in rest]
    bases = np.array([tree.heads[chain[0]] for chain in knuckles])
    # Across the palm, from the thumb's side.
    across = bases.mean(axis=0) - tree.heads[_knuckles(tree, chains[thumb], wrist, thumb=True)[0]]
    across -= (across @ ahead) * ahead
    if len(bases) > 1:
        spread = np.linalg.svd(bases - bases.mean(axis=0))[2][0]
        across = spread * (1.0 if float(spread @ across) >= 0.0 else -1.0)
    order = sorted(range(len(rest)), key=lambda i: float(bases[i] @ across))
    found = _numbered("Thumb", _knuckles(tree, chains[thumb], wrist, thumb=True))
    for finger, i in zip(_ROWS[len(rest)], order, strict=True):
        found |= _numbered(finger, knuckles[i])
    return found


def _chains(tree: BoneTree, hand: int) -> list[list[int]]:
    """Return the chains of two or more bones below a hand, or side by side below a bone in its palm."""
    chains = []
    for child in (child for child in tree.children[hand] if tree.children[child]):
        branches = [branch for branch in tree.children[child] if tree.children[branch]]
        chains += [tree.longest(first) for first in (branches if len(branches) > 1 else [child])]
    return chains


def _numbered(finger: str, chain: list[int]) -> dict[str, int]:
    return {f"{finger}{k}": bone for k, bone in enumerate(chain[:3], 1)}


def _knuckles(tree: BoneTree, chain: list[int], wrist: Array, *, thumb: bool = False) -> list[int]:
    """Return a finger's chain without its metacarpal and without an end bone."""
    if not thumb and len(chain) > 3:
        distance = [float(np.linalg.norm(tree.heads[bone] - wrist)) for bone in chain[:2]]
        if distance[0] < _IN_THE_PALM * distance[1]:
            chain = chain[1:]
    return chain[:3]
