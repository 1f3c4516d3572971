# SPDX-License-Identifier: GPL-3.0-or-later
"""Recognise the bones of a humanoid by shape alone, for rigs with unknown bone names.

A humanoid is a midline with two pairs of long limbs, mirrored across a plane of armature space: the pair that
branches off further up the midline are the arms. Everything is read from the heads of bones and the hierarchy.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..errors import RigUnmapped
from .bone_tree import BoneTree
from .digits import fingers_of
from .families import spine_joints
from .names import plain
from .rig import Rig

Array = NDArray[np.float64]

_NEAR: Final = 0.03
"""Fraction of the rig's size: largest distance of a midline bone from the mirror plane, and tolerance for the tips of
mirrored limbs."""

_LONG: Final = 0.2
"""Fraction of the rig's size: least length of a limb."""

_SAME: Final = 0.005
"""Fraction of the rig's size within which the heads of two bones coincide."""

_COLLAR: Final = 0.7
"""Largest distance between the heads of both collar bones, as a fraction of that of the next bones. Upper arms begin
further apart."""

_BEND: Final = np.radians(35.0)
"""A leg ends at the ankle, where the chain bends by more than this."""


@dataclass(frozen=True)
class LimbPair:
    """A pair of mirrored chains that branch off the midline.

    Attributes:
        stem: midline bone that is their parent; -1 for none.
        first: their first bones, one on each side.
        extent: length of the longest chain in them.
    """

    stem: int
    first: tuple[int, int]
    extent: float


def bones_by_structure(rig: Rig, *, name: str = "The armature") -> dict[str, str]:
    """Map joints to bones of a humanoid with any bone names.

    Raises:
        RigUnmapped: the rig does not look like a humanoid.
    """
    tree = BoneTree(rig)
    best: tuple[list[LimbPair], set[int], int] = ([], set(), 0)
    for axis in range(3):
        # The median is the mirror plane unless one side has many extra bones, such as hair; then try the first bone.
        for center in {float(np.median(tree.heads[:, axis])), float(tree.heads[0, axis])} if tree.size else ():
            limbs, middle = _limb_pairs(tree, axis, center)
            if len(limbs) > len(best[0]):
                best = limbs, middle, axis
    limbs, middle, axis = best
    if len(limbs) < 2:
        raise RigUnmapped(_no_humanoid(name, len(limbs)))
    legs, arms = _legs_and_arms(tree, limbs, middle, name)
    return _named(tree, legs, arms, middle, axis=axis, name=name)


def _no_humanoid(name: str, pairs: int) -> str:
    found = "only one pair of limbs" if pairs else "no pair of limbs"
    return (
        f"{name} has bone names that Mimic does not know, and {found} in its shape; "
        "choose the bones in the bone map, or use a humanoid with two arms and two legs."
    )


def four_legged_message(name: str) -> str:
    """Return the error message for an animal."""
    return f"{name} stands on four legs; Mimic supports humanoids only: to try it, choose its bones in the bone map."


def _limb_pairs(tree: BoneTree, axis: int, center: float) -> tuple[list[LimbPair], set[int]]:
    """Find pairs of long chains mirrored across `center` on an axis of armature space, and the midline bones."""
    tolerance = _NEAR * tree.size
    offset = tree.heads[:, axis] - center
    middle = {bone for bone in range(len(offset)) if abs(offset[bone]) < tolerance}
    limbs: list[LimbPair] = []
    sign = np.where(np.arange(3) == axis, -1.0, 1.0)
    # Collar bones begin near the midline: a limb begins with the first bone whose whole chain leaves it.
    starts = [b for b in range(len(offset)) if tree.parents[b] in middle | {-1} and _leaves(tree, b, middle)]
    for one in starts:
        for other in starts:
            if offset[tree.longest(one)[-1]] <= 0.0 or offset[tree.longest(other)[-1]] >= 0.0:
                continue
            if tree.parents[one] != tree.parents[other]:
                continue
            tips = [tree.heads[tree.longest(bone)[-1]] for bone in (one, other)]
            mirror = (tips[1] - center * (1.0 - sign) / 2.0) * sign + center * (1.0 - sign) / 2.0
            extent = min(tree.extent[one], tree.extent[other])
            if extent > _LONG * tree.size and np.linalg.norm(tips[0] - mirror) < 4.0 * tolerance:
                limbs.append(LimbPair(tree.parents[one], (one, other), extent))
    distinct = {limb.first[0]: limb for limb in limbs}
    return list(distinct.values()), middle - {bone for limb in limbs for bone in limb.first}


def _leaves(tree: BoneTree, bone: int, middle: set[int]) -> bool:
    """Return whether a chain leaves the midline for good, with its first or second bone."""
    path = tree.longest(bone)
    return path[-1] not in middle and (bone not in middle or (len(path) > 1 and path[1] not in middle))


def _legs_and_arms(tree: BoneTree, limbs: list[LimbPair], middle: set[int], name: str) -> tuple[LimbPair, LimbPair]:
    """Return the legs and the arms: the arms are the pair above which the midline continues to a head."""
    depth = {limb: len(tree.above(limb.stem)) if limb.stem >= 0 else 0 for limb in limbs}
    longest = sorted(limbs, key=lambda limb: limb.extent, reverse=True)
    pairs = [(a, b) for a in longest for b in longest if depth[a] < depth[b]]
    # Hair and skirts branch off the head and hips too, but only at the chest does the midline continue to the head.
    humanoid = [
        (legs, arms) for legs, arms in pairs if any(c in middle for c in tree.children[arms.stem]) or not limbs[2:]
    ]
    if not humanoid:
        raise RigUnmapped(_no_humanoid(name, 1))
    legs, arms = max(humanoid, key=lambda pair: pair[0].extent + pair[1].extent)
    up = tree.heads[list(legs.first)].mean(axis=0) - _tip(tree, legs)
    back = tree.heads[arms.stem] - tree.heads[list(legs.first)].mean(axis=0)
    down = _tip(tree, arms) - tree.heads[list(arms.first)].mean(axis=0)
    lying = float(back @ up) < 0.5 * float(np.linalg.norm(back) * np.linalg.norm(up))
    if lying and float(down @ up) < -0.7 * float(np.linalg.norm(down) * np.linalg.norm(up)):
        raise RigUnmapped(four_legged_message(name))
    return legs, arms


def _tip(tree: BoneTree, limb: LimbPair) -> Array:
    """Return the mean position of both ends of a pair of limbs."""
    return np.mean([tree.heads[tree.longest(bone)[-1]] for bone in limb.first], axis=0)


def _named(tree: BoneTree, legs: LimbPair, arms: LimbPair, middle: set[int], *, axis: int, name: str) -> dict[str, str]:
    """Map joints to bone names, given the two pairs of limbs."""
    feet = [_leg(tree, first) for first in legs.first]
    hands = [_arm(tree, *pair) for pair in (arms.first, arms.first[::-1])]
    if any(len(leg) < 3 for leg in feet) or any("ForeArm" not in arm for arm in hands):
        raise RigUnmapped(_no_humanoid(name, 1))
    numbers: dict[str, int] = {}
    for place, side in enumerate(_sides(tree, feet, axis)):
        numbers |= {f"{side}{part}": bone for part, bone in zip(_LEG, feet[place], strict=False)}
        numbers |= {f"{side}{part}": bone for part, bone in hands[place].items()}
        if "Hand" in hands[place]:
            numbers |= {f"{side}Hand{k}": b for k, b in fingers_of(tree, hands[place]["Hand"]).items()}
    hips, spine = _back(tree, legs, arms)
    head = _head(tree, arms.stem, middle)
    over = tree.heads[arms.stem] - tree.heads[list(arms.first)].mean(axis=0)
    if "Neck" not in head and len(spine) > 1 and float(over @ (tree.heads[arms.stem] - tree.heads[hips])) > 0.0:
        # The arms are children of the neck, as in 3ds Max: its head is above them.
        head |= {"Neck": spine.pop()}
    numbers |= {"Hips": hips} | head
    names = {joint: tree.rig.names[bone] for joint, bone in numbers.items()}
    return names | spine_joints([tree.rig.names[bone] for bone in spine])


_LEG: Final = ("UpLeg", "Leg", "Foot", "ToeBase")


def _sides(tree: BoneTree, feet: list[list[int]], axis: int) -> tuple[str, str]:
    """Return the sides of the first and second bone of each pair, by the toes, by names, or by how knees bend."""
    hips, knees, ankles = (np.mean([tree.heads[leg[i]] for leg in feet], axis=0) for i in range(3))
    toes = [tree.heads[leg[3]] - tree.heads[leg[2]] for leg in feet if len(leg) > 3]
    if not toes:
        named = {plain(tree.rig.names[bone]).side for leg in feet[:1] for bone in leg} - {""}
        if len(named) == 1:
            return ("Left", "Right") if named == {"Left"} else ("Right", "Left")
    forward = np.mean(toes, axis=0) if toes else knees - 0.5 * (hips + ankles)
    left = float(np.cross(hips - ankles, forward)[axis])
    return ("Left", "Right") if left >= 0.0 else ("Right", "Left")


def _leg(tree: BoneTree, first: int) -> list[int]:
    """Return upper leg, lower leg, foot and, if there is one, the toe bone."""
    path = tree.longest(first)
    start = tree.heads[first]
    ankle = len(path) - 1
    for i in range(2, len(path) - 1):
        line, on = tree.heads[path[i]] - start, tree.heads[path[i + 1]] - tree.heads[path[i]]
        cosine = float(line @ on) / (float(np.linalg.norm(line) * np.linalg.norm(on)) or 1.0)
        if cosine < np.cos(_BEND):
            ankle = i
            break
    if ankle < 2:
        return path[:1]
    half = 0.5 * float(np.linalg.norm(tree.heads[path[ankle]] - start))
    knee = min(range(1, ankle), key=lambda i: abs(float(np.linalg.norm(tree.heads[path[i]] - start)) - half))
    return [path[0], path[knee], path[ankle], *path[ankle + 1 : ankle + 2]]


def _arm(tree: BoneTree, first: int, other: int) -> dict[str, int]:
    """Map parts of an arm (Shoulder, Arm, ForeArm, Hand) to bones, given its first bone and the other arm's."""
    path, twin = tree.longest(first), tree.longest(other)
    gaps = [float(np.linalg.norm(tree.heads[a] - tree.heads[b])) for a, b in zip(path, twin, strict=False)]
    # A hand is where several chains branch off; twist bones have no children and do not count.
    hand = next((i for i, bone in enumerate(path[2:], 2) if sum(map(bool, _chains(tree, bone))) >= 2), 0)
    ends = [hand] if hand else list(range(2, len(path)))
    # Collar bones begin closer together than upper arms.
    start = int(max(ends, default=0) > 2 and len(gaps) > 1 and gaps[0] < _COLLAR * gaps[1])
    best: tuple[float, int, int] = (0.0, 0, 0)
    for wrist in ends:
        for elbow in range(start + 1, wrist):
            upper = float(np.linalg.norm(tree.heads[path[elbow]] - tree.heads[path[start]]))
            lower = float(np.linalg.norm(tree.heads[path[wrist]] - tree.heads[path[elbow]]))
            best = max(best, ((min(upper, lower) / (max(upper, lower) or 1.0)) ** 3 * (upper + lower), elbow, wrist))
    _, elbow, wrist = best
    if not elbow:
        return {}
    shoulder = {"Shoulder": path[0]} if start else {}
    return shoulder | {"Arm": path[start], "ForeArm": path[elbow], "Hand": path[wrist]}


def _chains(tree: BoneTree, bone: int) -> list[list[int]]:
    """Return the children of each child of a bone."""
    return [tree.children[child] for child in tree.children[bone]]


def _back(tree: BoneTree, legs: LimbPair, arms: LimbPair) -> tuple[int, list[int]]:
    """Return the hips, and the spine from there to the parent of the arms."""
    line = tree.above(arms.stem)[::-1]
    below = tree.above(legs.stem) if legs.stem >= 0 else []
    last = next((i for i in reversed(range(len(line))) if line[i] in below), -1)
    middle = tree.heads[list(legs.first)].mean(axis=0)
    # The legs' parent may also be a root bone on the floor, or the first bone of the spine.
    reachable = range(len(line) - 1)
    nearest = min(reachable, key=lambda i: float(np.linalg.norm(tree.heads[line[i]] - middle)), default=0)
    hips = last if last >= 0 and _near(tree, line[last], line[nearest], middle) else nearest
    return line[hips], line[hips + 1 :]


def _near(tree: BoneTree, bone: int, best: int, place: Array) -> bool:
    distance = [float(np.linalg.norm(tree.heads[b] - place)) for b in (bone, best)]
    return distance[0] < distance[1] + 0.1 * tree.size


def _head(tree: BoneTree, chest: int, middle: set[int]) -> dict[str, int]:
    """Find neck and head on the midline above the chest. The head is its longest bone, or has eyes or ears."""
    line: list[int] = []
    bone = chest
    while True:
        following = [child for child in tree.children[bone] if child in middle]
        if not following:
            break
        bone = max(following, key=lambda child: tree.length(child) + tree.extent[child])
        line.append(bone)
        if any(child not in middle for child in tree.children[bone]):
            break
    if len(line) > 1 and tree.length(line[-1]) < _SAME * tree.size:
        line.pop()
    if not line:
        return {}
    if len(line) == 1:
        return {"Head": line[0]}
    if any(child not in middle for child in tree.children[line[-1]]):
        return {"Neck": line[0], "Head": line[-1]}
    spans = [tree.length(after) for after in line[1:]]
    head = max(1, int(np.argmax(spans))) if len(line) > 2 else 1
    return {"Neck": line[0], "Head": line[head]}
