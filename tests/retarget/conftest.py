# SPDX-License-Identifier: GPL-3.0-or-later
"""Synthetic rigs: the body's own joints in other rest poses, spaces and sizes, and with random bone axes."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import INDEX, JOINTS, PARENTS
from mimic.models.body.model import Body, neutral_body
from mimic.models.body.motion import BodyMotion
from mimic.retarget.rig.rig import Rig, RigMotion


def rest_pose(body: Body, droop: float) -> np.ndarray:
    """Joints (52, 3) of the body with straight arms `droop` radians below a T-pose, palms down or in."""
    turns = rot.identity(len(JOINTS))
    for side, sign in (("Left", 1.0), ("Right", -1.0)):
        along = np.array([sign * np.cos(droop), 0.0, -np.sin(droop)])
        for name, end in (("Arm", "ForeArm"), ("ForeArm", "Hand")):
            joint = INDEX[side + name]
            turns[joint] = rot.between(body.rest[INDEX[side + end]] - body.rest[joint], along)
        hand = INDEX[f"{side}Hand"]
        middle, index, pinky = (body.rest[INDEX[f"{side}Hand{f}1"]] for f in ("Middle", "Index", "Pinky"))
        palm = rot.frame(middle - body.rest[hand], index - pinky)
        turns[hand] = rot.from_matrix(rot.frame(along, [0.0, -1.0, 0.0]) @ palm.T)
        for name in JOINTS:
            if name.startswith(f"{side}Hand"):
                turns[INDEX[name]] = turns[hand]
    local = turns.copy()
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            local[joint] = rot.multiply(rot.conjugate(turns[parent]), turns[joint])
    return body.positions(local, body.rest[0])


def build(
    points: np.ndarray,
    *,
    prefix: str = "mixamorig:",
    seed: int = 0,
    space: np.ndarray | None = None,
    scale: float = 1.0,
    without: tuple[str, ...] = (),
    root_bone: bool = False,
    extra: dict[str, str] | None = None,
    rigid: tuple[str, ...] = (),
) -> Rig:
    """A rig whose bones are at `points` (52, 3), rotated into `space` (4,), scaled, with random bone axes.

    Args:
        points: joints of the body in its axes, metres.
        prefix: prefix of each bone's name.
        seed: seed of the bone axes.
        space: the body's axes in armature space.
        scale: armature units per metre.
        without: joints that get no bone.
        root_bone: parent the hips to a bone on the floor.
        extra: end bones, name -> parent joint.
        rigid: joints whose bones do not inherit rotation.
    """
    rng = np.random.default_rng(seed)
    space = rot.identity() if space is None else space
    names, parents, heads = (["Root"], [-1], [np.zeros(3)]) if root_bone else ([], [], [])
    for joint, name in enumerate(JOINTS):
        if name in without:
            continue
        above = PARENTS[joint]
        while above >= 0 and JOINTS[above] in without:
            above = PARENTS[above]
        parents.append(names.index(prefix + JOINTS[above]) if above >= 0 else len(names) - 1 if root_bone else -1)
        names.append(prefix + name)
        heads.append(points[joint])
    for name, joint in (extra or {}).items():
        parents.append(names.index(prefix + joint))
        names.append(prefix + name)
        heads.append(points[INDEX[joint]] + [0.0, 0.0, 0.05])
    rest = np.tile(np.eye(4), (len(names), 1, 1))
    rest[:, :3, :3] = rot.to_matrix(rot.unit(rng.normal(size=(len(names), 4))))
    rest[:, :3, 3] = rot.rotate(space, np.array(heads)) * scale
    return Rig(
        names=tuple(names),
        parents=np.array(parents),
        rest=rest,
        lengths=np.full(len(names), 0.1 * scale),
        inherit_rotation=np.array([name.removeprefix(prefix) not in rigid for name in names]),
        local_location=np.ones(len(names), dtype=bool),
    )


def evaluate(rig: Rig, motion: RigMotion) -> np.ndarray:
    """Evaluate a motion as Blender does: bone matrices (n, bones, 4, 4) in armature space."""
    count = len(motion.rotations)
    result = np.empty((count, len(rig.names), 4, 4))
    for bone, name in enumerate(rig.names):
        basis = np.tile(np.eye(4) if rig.basis is None or name in motion.bones else rig.basis[bone], (count, 1, 1))
        if name in motion.bones:
            basis[:, :3, :3] = rot.to_matrix(motion.rotations[:, motion.bones.index(name)])
        if name == motion.root and motion.location is not None:
            basis[:, :3, 3] = motion.location
        parent = rig.parents[bone]
        if parent < 0:
            result[:, bone] = rig.rest[bone] @ basis
            continue
        offset = np.linalg.inv(rig.rest[parent]) @ rig.rest[bone]
        place = result[:, parent] @ offset @ basis
        result[:, bone] = place
        if not rig.inherit_rotation[bone]:
            result[:, bone, :3, :3] = (rig.rest[bone] @ basis)[:, :3, :3]
    return result


def random_motion(seed: int, *, frames: int = 5, size: float = 0.5) -> BodyMotion:
    """A smooth motion of all joints about random axes, with a path in front of a camera."""
    rng = np.random.default_rng(seed)
    axes = rot.unit(rng.normal(size=(len(JOINTS), 3)))
    angles = np.cumsum(rng.normal(scale=size, size=(frames, len(JOINTS))), axis=0)
    return BodyMotion(
        time=np.arange(frames) / 30.0,
        rotations=rot.from_axis_angle(axes, angles),
        root=np.cumsum(rng.normal(scale=0.1, size=(frames, 3)), axis=0) + np.array([0.3, 3.0, 0.2]),
        shape=np.empty(0),
        confidence=np.ones((frames, len(JOINTS))),
    )


@pytest.fixture(scope="session")
def body() -> Body:
    return neutral_body()


@pytest.fixture(scope="session")
def t_pose(body: Body) -> np.ndarray:
    return rest_pose(body, 0.0)


@pytest.fixture(scope="session")
def hanging(body: Body) -> np.ndarray:
    return rest_pose(body, np.radians(80.0))


@pytest.fixture(scope="session")
def rigs() -> SimpleNamespace:
    """Functions that build rigs and motions, and the reference evaluation."""
    return SimpleNamespace(build=build, evaluate=evaluate, motion=random_motion, rest_pose=rest_pose)


@pytest.fixture(scope="session")
def still() -> Callable[[int], BodyMotion]:
    """Make a motion of the body in its rest pose, at its rest position."""

    def make(frames: int = 2) -> BodyMotion:
        root = np.tile(neutral_body().rest[0], (frames, 1))
        everything = rot.identity(frames, len(JOINTS))
        return BodyMotion(np.arange(frames) / 30.0, everything, root, np.empty(0), np.ones((frames, len(JOINTS))))

    return make
