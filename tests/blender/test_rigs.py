# SPDX-License-Identifier: GPL-3.0-or-later
"""Every rig at hand is mapped without help and stands, as Blender itself evaluates it, where the body stands."""

from importlib.util import module_from_spec, spec_from_file_location
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import FINGERS, INDEX, JOINTS, PARENTS
from mimic.models.body.model import neutral_body
from mimic.models.body.motion import BodyMotion

pytestmark = pytest.mark.slow

_spec = spec_from_file_location("rig_gallery", Path(__file__).with_name("rig_gallery.py"))
rig_gallery = module_from_spec(_spec)
_spec.loader.exec_module(rig_gallery)

RIGS = rig_gallery.gallery(Path(__file__).resolve().parents[3] / "shared" / "data" / "rigs")

SEGMENTS = [
    (f"{side}{joint}", f"{side}{end}")
    for side in ("Left", "Right")
    for joint, end in [
        ("Arm", "ForeArm"),
        ("ForeArm", "Hand"),
        ("UpLeg", "Leg"),
        ("Leg", "Foot"),
        *((f"Hand{finger}{k}", f"Hand{finger}{k + 1}") for finger in FINGERS for k in (1, 2)),
    ]
]
TRUNK = ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head", "LeftShoulder", "RightShoulder")


class Stage:
    """A rig with a motion on it."""

    def __init__(self, bpy, load):
        from mimic.addon.character.armature import rig_of
        from mimic.retarget.rig.mapping import map_rig
        from mimic.retarget.rig.rest import rest_as_posed

        try:
            self.armature = load(bpy)
        except LookupError as fault:
            pytest.skip(str(fault))
        self.bpy = bpy
        rig = rig_of(self.armature)
        self.rig_map = map_rig(rig, name=self.armature.name)
        self.rig = rest_as_posed(rig, self.rig_map)

    def play(self, motion: BodyMotion) -> dict[str, np.ndarray]:
        """Key a motion, and give all bones' matrices (n, 4, 4) in armature space as Blender has them."""
        from mimic.addon.bake.keys import assign, motion_action
        from mimic.addon.character.armature import set_switches
        from mimic.retarget.transfer.plan import RetargetPlan

        set_switches(self.armature, self.rig_map.switches)
        self.moved = RetargetPlan(neutral_body(), self.rig, self.rig_map).motion(motion)
        assign(
            self.armature, motion_action(self.armature, self.moved, np.arange(1.0, len(motion.time) + 1.0), name="Test")
        )
        found = {name: [] for name in self.rig.names}
        for frame in range(1, len(motion.time) + 1):
            self.bpy.context.scene.frame_set(frame)
            posed = self.armature.evaluated_get(self.bpy.context.evaluated_depsgraph_get()).pose.bones
            for name, matrices in found.items():
                matrices.append(np.array(posed[name].matrix))
        return {name: np.array(matrices) for name, matrices in found.items()}

    @property
    def measured(self) -> dict[str, str]:
        """Joint -> the bone that shows where it is: of a control rig, one of those that follow the controls."""
        from mimic.retarget.rig.families import families, match_family

        if not self.rig_map.constrained:
            return dict(self.rig_map.bones)
        metarig = next(family for family in families() if family.name == "Blender human metarig")
        return dict(match_family(metarig, tuple(name for name in self.rig.names if name.startswith("ORG-"))).bones)

    def turns(self, matrices):
        """Turns (n, 52, 4) of the joints in the body's axes, the bones' own rests aligned; NaN without a bone."""
        from mimic.retarget.rig.rest import alignment, body_axes, joint_positions

        positions = joint_positions(self.rig, self.rig_map)
        axes = body_axes(positions)
        aligned = alignment(positions, neutral_body().rest, axes)
        found = np.full((len(self.moved.rotations), len(JOINTS), 4), np.nan)
        for joint, bone in self.measured.items():
            rest = self.rig.rest[self.rig.names.index(bone), :3, :3]
            turn = rot.from_matrix(_plain(matrices[bone], rest))
            turn = rot.multiply(turn, rot.conjugate(aligned[INDEX[joint]]))
            found[:, INDEX[joint]] = rot.multiply(rot.multiply(rot.conjugate(axes), turn), axes)
        return found

    def directions(self, matrices):
        """Segment -> directions (n, 3) in the world, turned into the body's axes."""
        from mimic.retarget.rig.rest import body_axes, joint_positions

        world = np.array(self.armature.matrix_world)
        axes = rot.to_matrix(body_axes(joint_positions(self.rig, self.rig_map)))
        upright = _orthonormal(world[:3, :3]) @ axes
        heads = {
            joint: np.einsum("ij,nj->ni", world[:3, :3], matrices[bone][:, :3, 3])
            for joint, bone in self.measured.items()
        }
        return {
            (joint, end): rot.unit((heads[end] - heads[joint]) @ upright)
            for joint, end in SEGMENTS
            if joint in heads and end in heads
        }

    def whole(self, joint):
        """Whether a bone turns as one joint does, or shares no more than its twist."""
        bone = self.rig_map.bones.get(joint, "")
        share = self.rig_map.shares.get(bone)
        return bone and (share is None or share.twist or (share.end == joint and share.part == 1.0))

    @property
    def one_to_one(self):
        """Segments that the body has too."""
        return {(joint, end) for joint, end in SEGMENTS if self.whole(joint) and end in self.rig_map.bones}


def _orthonormal(matrix):
    u, _, vt = np.linalg.svd(matrix)
    return u @ vt


def _plain(matrices, rest):
    """Rotation matrices of posed bones, from their rest."""
    return np.array([_orthonormal(matrix) for matrix in matrices[:, :3, :3]]) @ rest.T


def random_motion(frames=12, seed=0) -> BodyMotion:
    rng = np.random.default_rng(seed)
    axes = rot.unit(rng.normal(size=(len(JOINTS), 3)))
    angles = np.cumsum(rng.normal(scale=0.12, size=(frames, len(JOINTS))), axis=0)
    root = np.cumsum(rng.normal(scale=0.02, size=(frames, 3)), axis=0) + np.array([0.2, 3.0, 0.1])
    return BodyMotion(
        np.arange(frames) / 30.0, rot.from_axis_angle(axes, angles), root, np.empty(0), np.ones((frames, len(JOINTS)))
    )


def motions():
    ten, wild = rig_gallery.poses(), random_motion()
    return BodyMotion(
        np.arange(len(ten.time) + len(wild.time)) / 30.0,
        np.concatenate([ten.rotations, wild.rotations]),
        np.concatenate([np.broadcast_to(wild.root[:1], ten.root.shape), wild.root]),
        np.empty(0),
        np.ones((len(ten.time) + len(wild.time), len(JOINTS))),
    )


def degrees(turns):
    return np.degrees(rot.angle(turns))


@pytest.mark.parametrize("label", RIGS)
def test_gallery_rig_in_motion_points_and_turns_as_the_body(bpy, shared_data, label):
    stage = Stage(bpy, RIGS[label])
    motion = motions()
    matrices = stage.play(motion)
    body = neutral_body()
    points = body.positions(motion.rotations, motion.root)
    seen = stage.directions(matrices)
    assert len(stage.one_to_one) >= 8
    for joint, end in stage.one_to_one:
        theirs = points[:, INDEX[end]] - points[:, INDEX[joint]]
        assert degrees(rot.between(theirs, seen[joint, end])).max() < 1.0, (joint, end)
    wanted, turns = body.globals(motion.rotations), stage.turns(matrices)
    ends = ["Hips", "Spine2", "Neck", "Head"] + [f"{s}{j}" for s in ("Left", "Right") for j in ("Hand", "Foot")]
    for joint in (joint for joint in ends if stage.whole(joint)):
        found = degrees(rot.multiply(rot.conjugate(turns[:, INDEX[joint]]), wanted[:, INDEX[joint]]))
        assert found.max() < 3.0, joint


@pytest.mark.parametrize("label", RIGS)
def test_gallery_rig_in_motion_travels_with_its_hips_as_the_body(bpy, shared_data, label):
    from mimic.retarget.motion.root import ground
    from mimic.retarget.rig.rest import body_axes, joint_positions, size_ratio

    stage = Stage(bpy, RIGS[label])
    motion = random_motion()
    matrices = stage.play(motion)
    body = neutral_body()
    positions = joint_positions(stage.rig, stage.rig_map)
    axes = body_axes(positions)
    size = size_ratio(positions, body.rest, axes)
    path = rot.rotate(rot.conjugate(axes), matrices[stage.measured["Hips"]][:, :3, 3]) / size
    expected = ground(motion, body)
    np.testing.assert_allclose(path - path[0], expected - expected[0], atol=0.002)


@pytest.mark.parametrize("label", RIGS)
def test_gallery_rig_in_a_squat_keeps_its_feet_at_their_rest_height(bpy, shared_data, label):
    """The feet keep the height that they have at rest, wherever the rig has its hips bone."""
    from mimic.models.body.model import hip_height
    from mimic.retarget.motion.options import MotionOptions
    from mimic.retarget.motion.polish import polish
    from mimic.retarget.rig.rest import body_axes, joint_positions
    from mimic.retarget.transfer.proportions import with_proportions

    stage = Stage(bpy, RIGS[label])
    body, time = neutral_body(), np.arange(60) / 30.0
    rotations = rot.identity(60, len(JOINTS))
    dip = np.radians(45.0) * (1.0 - np.cos(2.0 * np.pi * time / 2.0)) / 2.0
    for side in ("Left", "Right"):
        for part, share in (("UpLeg", -1.0), ("Leg", 2.0), ("Foot", -1.0)):
            rotations[:, INDEX[side + part]] = rot.from_axis_angle([1.0, 0.0, 0.0], share * dip)
    squat = BodyMotion(time, rotations, np.full((60, 3), np.nan), np.empty(0), np.ones((60, len(JOINTS))))
    shape = with_proportions(body, stage.rig, stage.rig_map)
    matrices = stage.play(polish(squat, shape, MotionOptions()))
    positions = joint_positions(stage.rig, stage.rig_map)
    up = rot.rotate(body_axes(positions), [0.0, 0.0, 1.0])
    feet = [f"{side}Foot" for side in ("Left", "Right") if f"{side}Foot" in stage.measured]
    heights = np.stack([matrices[stage.measured[foot]][:, :3, 3] @ up for foot in feet], axis=1)
    rest = np.array([positions[INDEX[foot]] @ up for foot in feet])
    assert np.abs(heights - rest).max() < 0.03 * hip_height(positions, up)
    assert np.ptp(heights, axis=0).max() < 0.005 * hip_height(positions, up)


def recovered(stage, matrices, time):
    """The body's motion that a rig shows; joints without a bone of their own stay as their parents."""
    turns = stage.turns(matrices)
    own = {
        joint
        for joint, bone in stage.rig_map.bones.items()
        if bone not in stage.rig_map.shares and np.isfinite(turns[:, INDEX[joint]]).all()
    }
    local = rot.identity(len(time), len(JOINTS))
    for joint, parent in enumerate(PARENTS):
        before = turns[:, parent] if parent >= 0 else rot.identity()
        if JOINTS[joint] not in own:
            turns[:, joint] = before
        local[:, joint] = rot.multiply(rot.conjugate(before), turns[:, joint])
    motion = BodyMotion(time, local, np.full((len(time), 3), np.nan), np.empty(0), np.ones((len(time), len(JOINTS))))
    return motion, own


@pytest.mark.parametrize(("a", "b"), list(pairwise([*RIGS, next(iter(RIGS))])))
def test_gallery_rig_given_its_motion_back_from_another_points_the_same_way(bpy, shared_data, a, b):
    motion = motions()
    first = Stage(bpy, RIGS[a])
    matrices = first.play(motion)
    before = first.directions(matrices)
    there, own = recovered(first, matrices, motion.time)
    second = Stage(bpy, RIGS[b])
    back, kept = recovered(second, second.play(there), motion.time)
    again = Stage(bpy, RIGS[a])
    after = again.directions(again.play(back))
    common = [segment for segment in before if segment in again.one_to_one and segment[0] in own & kept]
    assert len(common) >= 8
    for segment in common:
        assert degrees(rot.between(before[segment], after[segment])).max() < 1.0, segment
