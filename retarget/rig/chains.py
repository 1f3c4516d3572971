# SPDX-License-Identifier: GPL-3.0-or-later
"""Chains with more or fewer bones than the body's: how bend and twist are distributed over their bones."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Final

import numpy as np

from ...models.body.joints import FINGERS, INDEX, JOINTS, PARENTS
from ...models.body.model import neutral_body
from .families import SPINE
from .names import words
from .rig import Rig, RigMap, Share

_SIDES: Final = ("Left", "Right")

_TWISTING: Final = ("twist", "roll", "twst")
"""Words in the names of twist bones."""

_ENDS: Final = ("end", "tip", "nub")
"""Words in the names of bones that only mark the end of their parent."""

_ON_THE_LINE: Final = 0.2
"""Distance from a limb's segment, as a fraction of its length, up to which a bone shares its twist."""

_SEGMENTS: Final = [
    *((f"{side}Arm", f"{side}ForeArm", True) for side in _SIDES),
    *((f"{side}UpLeg", f"{side}Leg", True) for side in _SIDES),
    *((f"{side}ForeArm", f"{side}Hand", False) for side in _SIDES),
    *((f"{side}Leg", f"{side}Foot", False) for side in _SIDES),
]
"""Segments of the limbs by their joints, and whether their twist comes from the trunk (or from hand or foot)."""


def complete_map(rig: Rig, rig_map: RigMap) -> RigMap:
    """Complete a map with all that follows from its joints: shares, root bone, missing joints and unmapped bones.

    Args:
        rig: the rig.
        rig_map: its bones by joint, including the hips.
    """
    tree = _Tree(rig)
    bones = rig_map.bones
    shares: dict[str, Share] = {}
    root = rig_map.root or tree.common_ancestor([bones[j] for j in ("Hips", "LeftUpLeg", "RightUpLeg") if j in bones])
    if not rig_map.root:
        root = tree.common_ancestor([root, *(bones[j] for j in SPINE if j in bones)]) if root else ""
    root = root or bones["Hips"]
    if root != bones["Hips"]:
        shares[root] = Share("Hips", "Hips", 0.0)
    if not rig_map.constrained:
        shares |= _spine(tree, bones, rig_map.weights)
        shares |= _neck(tree, bones, rig_map.weights)
        for segment in _SEGMENTS:
            shares |= _twist(tree, bones, rig_map.weights, segment)
    for side in _SIDES:
        for finger in FINGERS:
            shares |= _finger(tree, bones, rig_map.weights, f"{side}Hand{finger}")
    used = {*bones.values(), *shares}
    return replace(
        rig_map,
        root=root,
        shares=shares,
        missing=tuple(joint for joint in JOINTS if joint not in bones),
        unmapped=tuple(bone for bone in rig.names if bone not in used),
    )


class _Tree:
    """Hierarchy and positions of a rig's bones, by name."""

    def __init__(self, rig: Rig) -> None:
        self.heads = {name: rig.rest[i, :3, 3] for i, name in enumerate(rig.names)}
        self.parent = {name: rig.names[p] if p >= 0 else "" for name, p in zip(rig.names, rig.parents, strict=True)}
        self.children: dict[str, list[str]] = {name: [] for name in ("", *rig.names)}
        for name, parent in self.parent.items():
            self.children[parent].append(name)

    def ancestors(self, bone: str) -> list[str]:
        """Return the bone itself and all its ancestors, the nearest first."""
        chain = [bone]
        while self.parent[chain[-1]]:
            chain.append(self.parent[chain[-1]])
        return chain

    def path(self, above: str, below: str) -> list[str]:
        """Return the bones strictly between a bone and its descendant; empty if it is not one."""
        chain = self.ancestors(below)
        return chain[1 : chain.index(above)][::-1] if above in chain else []

    def common_ancestor(self, bones: list[str]) -> str:
        """Return the nearest common ancestor, which may be one of the bones; empty if there is none."""
        chains = [self.ancestors(bone) for bone in bones]
        return next((bone for bone in chains[0] if all(bone in chain for chain in chains)), "")

    def lengths(self, chain: list[str]) -> list[float]:
        """Return the distances from head to head along a chain."""
        return [float(np.linalg.norm(self.heads[b] - self.heads[a])) for a, b in pairwise(chain)]


def _weighed(chain: list[str], lengths: list[float], weights: Mapping[str, float]) -> list[float]:
    """Return the share of each bone in the bend of a chain: the map's weights if it has any for it, else its length."""
    return [weights.get(bone, 0.0) for bone in chain] if any(weights.get(bone) for bone in chain) else lengths


def _spine(tree: _Tree, bones: Mapping[str, str], weights: Mapping[str, float]) -> dict[str, Share]:
    """Distribute the bend of the back by weight or length over a spine of more or fewer than three bones."""
    if "Spine2" not in bones:
        return {}
    chest = bones["Spine2"]
    chain = [*tree.path(bones["Hips"], chest), chest]
    if len(chain) == 1:
        chain = [bones[joint] for joint in SPINE if joint in bones]
    # Bones that also carry the legs belong to the pelvis.
    legs = [bones[joint] for joint in ("LeftUpLeg", "RightUpLeg") if joint in bones]
    pelvis = [bone for bone in chain if legs and all(bone in tree.ancestors(leg) for leg in legs)]
    shares = {bone: Share("Hips", "Hips", 0.0) for bone in pelvis}
    chain = [bone for bone in chain if bone not in pelvis]
    if not pelvis and chain == [bones.get(joint) for joint in SPINE] and not any(weights.get(bone) for bone in chain):
        return {}
    end = bones.get("Neck", bones.get("Head", ""))
    lengths = tree.lengths([*chain, end]) if end else [1.0] * len(chain)
    return shares | _bent(chain, _weighed(chain, lengths, weights), ("Hips", *SPINE))


def _neck(tree: _Tree, bones: Mapping[str, str], weights: Mapping[str, float]) -> dict[str, Share]:
    """Distribute the bend of the neck over several bones."""
    if "Head" not in bones or "Neck" not in bones:
        return {}
    chain = tree.path(bones.get("Spine2", bones["Neck"]), bones["Head"])
    if bones["Neck"] not in chain or len(chain) < 2:
        return {}
    chain = chain[chain.index(bones["Neck"]) :]
    if len(chain) < 2:
        return {}
    lengths = tree.lengths([*chain, bones["Head"]])
    return _bent(chain, _weighed(chain, lengths, weights), ("Spine2", "Neck"))


def _bent(chain: list[str], lengths: list[float], joints: tuple[str, ...]) -> dict[str, Share]:
    """Share out a bend: each bone turns as far as the body does at that bone's end, the last one as the last joint.

    Args:
        chain: bones from below upwards.
        lengths: lengths or weights of those bones.
        joints: the parent joint of the body's chain, then the joints of the chain.
    """
    body = neutral_body()
    numbers = [INDEX[joint] for joint in joints[1:]]
    own = np.linalg.norm(body.ends[numbers] - body.rest[numbers], axis=-1)
    knots = np.concatenate([[0.0], np.cumsum(own) / own.sum()])
    total = sum(lengths) or 1.0
    shares = {}
    for bone, bent_so_far in zip(chain, accumulate(lengths), strict=True):
        place = float(np.interp(1.0 if bone == chain[-1] else bent_so_far / total, knots, np.arange(len(joints))))
        before = min(int(place), len(joints) - 2)
        shares[bone] = Share(joints[before], joints[before + 1], place - before)
    return shares


def _twist(
    tree: _Tree, bones: Mapping[str, str], weights: Mapping[str, float], segment: tuple[str, str, bool]
) -> dict[str, Share]:
    """Distribute a limb segment's twist over the bones in it, by the map's weights or their positions along it."""
    joint, end, from_trunk = segment
    if joint not in bones or end not in bones:
        return {}
    start, stop = tree.heads[bones[joint]], tree.heads[bones[end]]
    length = float(np.linalg.norm(stop - start)) or 1.0
    along = (stop - start) / length

    def place(bone: str) -> float:
        return float((tree.heads[bone] - start) @ along) / length

    def beside(bone: str) -> float:
        return float(np.linalg.norm(tree.heads[bone] - start - place(bone) * length * along)) / length

    inline = [bone for bone in tree.path(bones[joint], bones[end]) if beside(bone) < _ON_THE_LINE]
    leaves = [bone for bone in _twist_leaves(tree, [bones[joint], *inline], set(bones.values())) if bone not in inline]
    places = {bone: float(np.clip(place(bone), 0.0, 1.0)) for bone in leaves}
    stops = [0.0, *(place(bone) for bone in inline), 1.0]
    if inline:
        # A bone in the chain turns as the limb does at the middle of that bone.
        places |= {bone: 0.5 * (a + b) for bone, a, b in zip([bones[joint], *inline], stops, stops[1:], strict=False)}
        if not from_trunk:
            del places[bones[joint]]
    places |= {bone: float(np.clip(weights[bone], 0.0, 1.0)) for bone in places if bone in weights}
    if from_trunk:
        above = JOINTS[PARENTS[INDEX[joint]]]
        return {bone: Share(joint, above, 1.0 - part, twist=True) for bone, part in places.items()}
    return {bone: Share(joint, end, part, twist=True) for bone, part in places.items()}


def _twist_leaves(tree: _Tree, stems: list[str], mapped: set[str]) -> list[str]:
    """Return the twist bones, told by their names, below the segment's bones or below each other."""
    found: list[str] = []
    waiting = list(stems)
    while waiting:
        for bone in tree.children[waiting.pop()]:
            if bone not in mapped and any(word in words(bone) for word in _TWISTING):
                found.append(bone)
                waiting.append(bone)
    return found


def _finger(tree: _Tree, bones: Mapping[str, str], weights: Mapping[str, float], finger: str) -> dict[str, Share]:
    """Distribute the bend of a finger of more or fewer than three bones.

    Each bone takes the mean rotation of the part of the body's finger that it covers.
    """
    joints = [f"{finger}{k}" for k in (1, 2, 3)]
    mapped = [bones[joint] for joint in joints if joint in bones]
    if not mapped or joints[0] not in bones:
        return {}
    chain = [*mapped, *_further(tree, mapped[-1], set(bones.values()))] if len(mapped) == len(joints) else mapped
    if len(chain) == len(joints) and not any(weights.get(bone) for bone in chain):
        return {}
    body = neutral_body()
    own = np.array([np.linalg.norm(body.ends[INDEX[j]] - body.rest[INDEX[j]]) for j in joints])
    knots = np.concatenate([[0.0], np.cumsum(own) / own.sum()])
    tips = [child for child in tree.children[chain[-1]] if child not in chain]
    lengths = tree.lengths([*chain, *tips[:1]])
    if not tips:
        lengths.append(float(np.mean(lengths)) if lengths else 1.0)
    lengths = _weighed(chain, lengths, weights)
    stops = np.concatenate([[0.0], np.cumsum(lengths) / (sum(lengths) or 1.0)])
    shares = {}
    for bone, a, b in zip(chain, stops, stops[1:], strict=False):
        # Position along the finger, in joints, of the mean rotation of what the bone covers.
        covered = np.clip(np.minimum(knots[1:], b) - np.maximum(knots[:-1], a), 0.0, None)
        mean = float(covered @ np.arange(3) / (covered.sum() or 1.0))
        first = min(int(mean), len(joints) - 2)
        shares[bone] = Share(joints[first], joints[first + 1], mean - first)
    return shares


def _further(tree: _Tree, bone: str, mapped: set[str]) -> list[str]:
    """Return the bones of a finger beyond its third that bend too, without a bone that only marks the tip."""
    found: list[str] = []
    while len(children := [child for child in tree.children[bone] if child not in mapped]) == 1:
        bone = children[0]
        if not _bears_a_bone(tree, bone):
            break
        found.append(bone)
    return found


def _bears_a_bone(tree: _Tree, bone: str) -> bool:
    """Return whether a bone has a child other than an end bone."""
    return any(not any(word in _ENDS for word in words(child)) for child in tree.children[bone])
