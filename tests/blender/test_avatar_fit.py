# SPDX-License-Identifier: GPL-3.0-or-later
"""An avatar of a take's performer: with their proportions, doing what they did; other characters stay as they are."""

from dataclasses import replace

import numpy as np
import pytest

from mimic.pipeline.solve.cameras.fitting.performer import Performer

TALL = np.array([0.3, 2 / 3, 0.6, 0.5, 0.8, 0.5])


@pytest.fixture
def add_on(bpy, tmp_path, monkeypatch):
    """Blender with Mimic enabled, and afterwards without."""
    import mimic

    monkeypatch.setattr("mimic.addon.takes.store.takes_folder", lambda: str(tmp_path))
    (tmp_path / "Walk.take").touch()
    mimic.register()
    yield bpy
    mimic.unregister()


@pytest.fixture
def known(monkeypatch, make):
    """Let takes be of one person or two, whose shapes are given; None for one that nothing tells."""

    def tell(*shapes):
        people = make.solved(*[make.walk(frames=30, seed=number) for number in range(len(shapes))])
        fitted = tuple(
            each if shape is None else _of(each, Performer.of_shape(np.asarray(shape)))
            for each, shape in zip(people.people, shapes, strict=True)
        )
        monkeypatch.setattr("mimic.addon.bake.avatar_fit.solved_of", lambda *_given: replace(people, people=fitted))
        monkeypatch.setattr("mimic.addon.bake.requests.solved_of", lambda *_given: replace(people, people=fitted))
        monkeypatch.setattr("mimic.addon.bake.requests.people_in", lambda _path: len(shapes))

    return tell


def _of(solved, performer):
    """What was solved of the only person of a take, whose body was fitted."""
    return replace(solved, performer=performer, scale=performer.scale)


def heads(armature):
    return {bone.name: np.array(bone.head_local) for bone in armature.data.bones}


def notice():
    from mimic.addon.runtime import runtime

    return runtime().notices.info("bake")


def test_fitted_avatar_has_the_performers_joints_and_does_what_they_did(add_on, known):
    known(TALL)
    add_on.ops.mimic.avatar_add()
    old = add_on.context.object
    before = heads(old)
    old.location = (1.0, 2.0, 0.0)
    add_on.ops.mimic.take_bake(take="Walk", start_frame=11.0)
    action = old.animation_data.action
    assert add_on.ops.mimic.avatar_fit(take="Walk") == {"FINISHED"}

    new = add_on.data.objects["Avatar of Walk"]
    assert add_on.context.scene.mimic.armature is new
    body = Performer.of_shape(TALL).body
    offset = heads(new)["mixamorig:Hips"] - body.rest[0]
    assert np.abs(offset).max() < 0.03
    assert heads(new)["mixamorig:LeftHand"] - offset == pytest.approx(body.rest[9], abs=1e-4)
    assert tuple(new.location) == (1.0, 2.0, 0.0)
    assert new.animation_data.action is not action
    assert new.animation_data.action.frame_range[:] == pytest.approx(action.frame_range[:])
    # The old one keeps all it had, out of sight.
    assert old.animation_data.action is action
    assert {name: tuple(place) for name, place in heads(old).items()} == {n: tuple(p) for n, p in before.items()}
    assert old.hide_get()
    assert all(child.hide_get() for child in old.children)
    assert not new.hide_get()
    assert notice().startswith('Added "Avatar of Walk" in place of "Avatar", which is hidden: 2.')
    assert "m tall, arms of" in notice()
    assert "Keyed 30 frames" in notice()


def test_fitted_avatar_travels_as_far_as_the_performer_did(add_on, known):
    known(TALL)
    add_on.context.scene.mimic.feet = "off"
    add_on.ops.mimic.avatar_fit(take="Walk")
    add_on.ops.mimic.avatar_add()
    add_on.ops.mimic.take_bake(take="Walk", armature="Avatar")
    ways = []
    for name in ("Avatar of Walk", "Avatar"):
        armature, places = add_on.data.objects[name], []
        for frame in (1, 25):
            add_on.context.scene.frame_set(frame)
            places.append(np.array(armature.matrix_world @ armature.pose.bones["mixamorig:Hips"].head)[:2])
        ways.append(np.linalg.norm(places[1] - places[0]))
    assert ways[0] / ways[1] == pytest.approx(Performer.of_shape(TALL).scale, rel=0.02)


def test_fitted_avatar_takes_the_place_of_one_with_a_part_in_an_excluded_collection(add_on, known):
    known(TALL)
    add_on.ops.mimic.avatar_add()
    scene, old = add_on.context.scene, add_on.data.objects["Avatar"]
    part, drawer = old.children[0], add_on.data.collections.new("Drawer")
    scene.collection.children.link(drawer)
    for collection in part.users_collection:
        collection.objects.unlink(part)
    drawer.objects.link(part)
    add_on.context.view_layer.layer_collection.children["Drawer"].exclude = True
    assert add_on.ops.mimic.avatar_fit(take="Walk") == {"FINISHED"}
    assert old.hide_get()
    assert part.hide_render


def test_fitted_avatar_leaves_a_users_own_rig_in_sight(add_on, known, make):
    known(TALL)
    rig = make.armature(add_on, name="Hero")
    add_on.context.scene.mimic.armature = rig
    add_on.ops.mimic.avatar_fit(take="Walk")
    assert not rig.hide_get()
    assert rig.animation_data is None
    assert "hidden" not in notice()


def test_fitted_avatar_leaves_an_avatar_in_sight_that_does_something_else(add_on, known):
    known(TALL)
    add_on.ops.mimic.avatar_add()
    add_on.ops.mimic.take_bake(take="Walk", action="Dance")
    add_on.ops.mimic.avatar_fit(take="Walk")
    assert not add_on.data.objects["Avatar"].hide_get()
    assert "hidden" not in notice()


def test_fitted_avatar_can_be_of_the_second_person(add_on, known):
    known(None, TALL)
    add_on.ops.mimic.avatar_fit(take="Walk", only_person=2)
    assert "Avatar of Walk" in add_on.data.objects
    with pytest.raises(RuntimeError, match="The take has 2 people, and no person 3"):
        add_on.ops.mimic.avatar_fit(take="Walk", only_person=3)


def test_fitted_avatar_of_a_motion_that_cannot_be_keyed_is_not_left_behind(add_on, known):
    known(TALL)
    add_on.context.scene.mimic.trim_start = 60.0
    with pytest.raises(RuntimeError, match="The motion has no frames between 60 s"):
        add_on.ops.mimic.avatar_fit(take="Walk")
    assert not add_on.data.objects
    assert not add_on.data.armatures
