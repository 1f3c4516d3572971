# SPDX-License-Identifier: GPL-3.0-or-later
"""Constraints of an armature's bones: IK within the armature, and dependency cycles."""

from collections.abc import Iterator

import bpy

from ...retarget.rig.rig import InverseKinematics


def inverse_kinematics(armature: bpy.types.Object) -> Iterator[InverseKinematics]:
    """Yield the IK constraints whose targets are bones of the same armature."""
    for bone in _bones(armature):
        for constraint in bone.constraints:
            if not isinstance(constraint, bpy.types.KinematicConstraint):
                continue
            if constraint.target != armature or not constraint.subtarget:
                continue
            chain = bent_chain(bone, constraint)
            if chain:
                yield InverseKinematics(
                    chain=chain,
                    target=constraint.subtarget,
                    pole=constraint.pole_subtarget if constraint.pole_target == armature else "",
                    pole_angle=constraint.pole_angle,
                    muted=is_muted(constraint),
                )


def bent_chain(bone: bpy.types.PoseBone, constraint: bpy.types.KinematicConstraint) -> tuple[str, ...]:
    """Return the chain of bones of an IK constraint on `bone`, its base first."""
    chain = [bone, *bone.parent_recursive][0 if constraint.use_tail else 1 :]
    return tuple(each.name for each in reversed(chain[: constraint.chain_count or None]))


def is_muted(constraint: bpy.types.Constraint) -> bool:
    """Return whether a constraint has no effect."""
    return constraint.mute or constraint.influence == 0.0


def dependency_cycle(armature: bpy.types.Object) -> list[str]:
    """Return the bones of a dependency cycle of constraints and parents; empty if there is none."""
    dependencies = {bone.name: [name for name in _dependencies(armature, bone) if name] for bone in _bones(armature)}
    done: set[str] = set()
    for start, first in dependencies.items():
        path, branches = [start], [iter(first)]
        while branches:
            following = next(branches[-1], "")
            if not following:
                done.add(path.pop())
                branches.pop()
            elif following in path:
                return path[path.index(following) :]
            elif following not in done and following in dependencies:
                path.append(following)
                branches.append(iter(dependencies[following]))
    return []


def _dependencies(armature: bpy.types.Object, bone: bpy.types.PoseBone) -> Iterator[str]:
    """Yield the bones of the same armature that Blender must evaluate before this one."""
    if bone.parent is not None:
        yield bone.parent.name
    for constraint in bone.constraints:
        if is_muted(constraint):
            continue
        if isinstance(constraint, bpy.types.ArmatureConstraint):
            yield from (t.subtarget for t in constraint.targets if t.target == armature and t.weight > 0.0)
            continue
        for kind in ("", "pole_"):
            if getattr(constraint, f"{kind}target", None) == armature:
                yield getattr(constraint, f"{kind}subtarget")


def _bones(armature: bpy.types.Object) -> list[bpy.types.PoseBone]:
    return list(armature.pose.bones) if armature.pose is not None else []
