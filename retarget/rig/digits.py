# SPDX-License-Identifier: GPL-3.0-or-later
"""Fingers of a hand told by where they begin: the thumb nearest to the wrist and most astray, the others in a row."""

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
"""Fingers beside the thumb, by how many there are."""

_IN_THE_PALM: Final = 0.5
"""A first bone that begins nearer to the wrist than this part of the way to the knuckles lies in the palm."""


def fingers_of(tree: BoneTree, hand: int) -> dict[str, int]:
    """Finger and knuckle ("Index1") -> bone, of the chains that hang on a hand."""
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
    """Chains of two bones and more that hang on a hand, or side by side on a bone in its palm."""
    chains = []
    for child in (child for child in tree.children[hand] if tree.children[child]):
        branches = [branch for branch in tree.children[child] if tree.children[branch]]
        chains += [tree.longest(first) for first in (branches if len(branches) > 1 else [child])]
    return chains


def _numbered(finger: str, chain: list[int]) -> dict[str, int]:
    return {f"{finger}{k}": bone for k, bone in enumerate(chain[:3], 1)}


def _knuckles(tree: BoneTree, chain: list[int], wrist: Array, *, thumb: bool = False) -> list[int]:
    """A finger's chain without the bone in the palm and without the one that marks the tip."""
    if not thumb and len(chain) > 3:
        distance = [float(np.linalg.norm(tree.heads[bone] - wrist)) for bone in chain[:2]]
        if distance[0] < _IN_THE_PALM * distance[1]:
            chain = chain[1:]
    return chain[:3]
