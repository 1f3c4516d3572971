# SPDX-License-Identifier: GPL-3.0-or-later
"""The joint table: 52 joints, parents first, left and right alike."""

from mimic.models.body.joints import INDEX, JOINTS, PARENTS, mirrored


def test_joint_table_lists_parents_before_their_children():
    assert len(JOINTS) == len(set(JOINTS)) == 52
    assert PARENTS[0] == -1
    assert all(0 <= parent < joint for joint, parent in enumerate(PARENTS) if joint)


def test_joint_table_of_one_side_mirrors_the_other():
    for name in JOINTS:
        other = mirrored(name)
        assert mirrored(other) == name
        parent = PARENTS[INDEX[name]]
        if parent >= 0:
            assert JOINTS[PARENTS[INDEX[other]]] == mirrored(JOINTS[parent])
