# SPDX-License-Identifier: GPL-3.0-or-later
"""What numpy computed is what Blender's own evaluation shows."""

import numpy as np
import pytest

from mimic.models.body import rotations as rot

TURNED = rot.to_matrix(rot.from_axis_angle(rot.unit([1.0, 2.0, -1.0]), 1.1))


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("rest", ["own", "t_pose"])
def test_baked_limbs_point_where_the_body_points(bpy, make, seed, rest):
    from mimic.addon.bake.apply import apply_motion

    armature = make.armature(bpy, make.t_pose() if rest == "t_pose" else None, seed=seed, root=bool(seed))
    motion = make.walk(seed=seed)
    applied = apply_motion(armature, motion, name="Walk")
    seen = make.directions(bpy, armature, applied.frames)
    assert make.degrees_apart(seen, make.body_directions(motion)) < 0.01


def test_bake_onto_a_moved_and_scaled_object_gives_the_same_pose(bpy, make):
    from mimic.addon.bake.apply import apply_motion

    motion = make.walk()
    matrices = []
    for scale, turn in ((1.0, np.eye(3)), (0.01, TURNED)):
        armature = make.armature(bpy, name=f"Rig {scale}")
        world = np.eye(4)
        world[:3, :3] = turn * scale
        world[:3, 3] = [3.0, 2.0, 1.0]
        armature.matrix_world = [list(row) for row in world]
        applied = apply_motion(armature, motion, name="Walk")
        matrices.append(np.array([bone.matrix for bone in make.posed(bpy, armature, applied.frames[-1])]))
    np.testing.assert_allclose(matrices[0], matrices[1], atol=1e-5)


@pytest.mark.parametrize("local_location", [True, False])
@pytest.mark.parametrize("root", [True, False])
def test_bake_onto_bones_with_other_inheritance_flags_moves_as_the_body(bpy, make, local_location, root):
    from mimic.addon.bake.apply import apply_motion
    from mimic.models.body.model import neutral_body
    from mimic.retarget.motion.root import ground

    armature = make.armature(bpy, root=root, seed=5)
    hips = armature.data.bones["mixamorig:Hips"]
    hips.use_local_location = local_location
    hips.use_inherit_rotation = not root
    for name in ("LeftForeArm", "RightLeg", "Neck", "LeftHandIndex2"):
        armature.data.bones[f"mixamorig:{name}"].use_inherit_rotation = False
    if root:
        # The parent stands turned at rest; only then do the axes of a location differ.
        armature.data.bones["Root"].use_local_location = False
    motion = make.walk(seed=6)
    applied = apply_motion(armature, motion, name="Walk")
    assert make.degrees_apart(make.directions(bpy, armature, applied.frames), make.body_directions(motion)) < 0.01
    path = []
    for frame in applied.frames:
        path.append(np.array(make.posed(bpy, armature, frame)["mixamorig:Hips"].head))
    np.testing.assert_allclose(np.array(path), ground(motion, neutral_body()), atol=1e-5)


def test_bake_onto_an_fbx_in_centimetres_with_y_up_moves_as_the_body(bpy, make, tmp_path):
    """As Mixamo's FBX arrives: Y up inside, 100 units a metre, the object scaled by 0.01 and turned upright."""
    from mimic.addon.bake.apply import apply_motion
    from mimic.addon.character.files import open_rig
    from mimic.models.body.model import neutral_body
    from mimic.retarget.motion.root import ground

    lying = rot.to_matrix(rot.from_axis_angle([1.0, 0.0, 0.0], np.radians(-90.0)))
    armature = make.armature(bpy, make.t_pose() @ lying.T * 100.0)
    make.skin(bpy, armature)
    armature.rotation_euler = (np.radians(90.0), 0.0, 0.0)
    armature.scale = (0.01, 0.01, 0.01)
    path = tmp_path / "mixamo.fbx"
    bpy.ops.export_scene.fbx(filepath=str(path), add_leaf_bones=True)
    armature = open_rig(path)
    assert len(armature.data.bones) > 52
    motion = make.walk(seed=2)
    applied = apply_motion(armature, motion, name="Walk")
    upright = np.array(armature.matrix_world)[:3, :3] * 100.0
    seen = rot.unit(make.directions(bpy, armature, applied.frames) @ upright.T)
    assert make.degrees_apart(seen, make.body_directions(motion)) < 0.05
    hips = [armature.matrix_world @ make.posed(bpy, armature, f)["mixamorig:Hips"].head for f in applied.frames]
    np.testing.assert_allclose(np.array(hips), ground(motion, neutral_body()), atol=1e-4)


@pytest.mark.slow
@pytest.mark.parametrize("file", [f"mh_mixamo_{who}.{kind}" for who in ("male", "female") for kind in ("fbx", "glb")])
def test_bake_onto_a_makehuman_file_maps_52_bones_and_points_as_the_body(bpy, make, shared_data, file):
    from mimic.addon.bake.apply import apply_motion
    from mimic.addon.character.files import open_rig

    path = shared_data / "rigs" / "makehuman_mixamo_CC0" / file
    if not path.is_file():
        pytest.skip("needs the MakeHuman rigs of the team's shared data")
    armature = open_rig(path)
    motion = make.walk()
    applied = apply_motion(armature, motion, name="Walk")
    assert len(applied.rig_map.bones) == 52
    assert applied.warnings == ()
    assert make.degrees_apart(make.directions(bpy, armature, applied.frames), make.body_directions(motion)) < 0.05
