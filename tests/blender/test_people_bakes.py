# SPDX-License-Identifier: GPL-3.0-or-later
"""A take of several people onto characters of the open scene: who follows whom, refusals, and one step to undo."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mimic.models.body import rotations as rot
from mimic.models.body.joints import JOINTS
from mimic.models.body.motion import BodyMotion
from mimic.pipeline.errors import PersonMissing
from mimic.pipeline.landmarks.data import Landmarks
from mimic.pipeline.takes.writer import TakeWriter


def person(at, *, frames=31) -> BodyMotion:
    """Someone who stands still."""
    return BodyMotion(
        time=np.arange(frames) / 30.0,
        rotations=rot.identity(frames, len(JOINTS)),
        root=np.tile(np.array(at, dtype=float), (frames, 1)),
        shape=np.empty(0),
        confidence=np.ones((frames, len(JOINTS))),
    )


PEOPLE = [person([-0.6, 3.0, 0.0]), person([0.6, 4.0, 0.0]), person([1.4, 3.0, 0.0])]


@pytest.fixture
def add_on(bpy):
    """Blender with Mimic enabled, and afterwards without."""
    import mimic

    mimic.register()
    bpy.context.scene.render.fps = 30
    yield bpy
    mimic.unregister()


@pytest.fixture
def pair(add_on, make, monkeypatch):
    """Two armatures, the first one active, and a take of two people whose sides were mended in two frames."""
    take_of(monkeypatch, make, PEOPLE[:2])
    other = make.armature(add_on, name="Bob")
    other.location = (3.0, 0.0, 0.0)
    other.select_set(False)
    make.armature(add_on, name="Anna")
    add_on.context.view_layer.update()
    return add_on


def take_of(monkeypatch, make, motions):
    monkeypatch.setattr("mimic.addon.bake.requests.people_in", lambda _path: len(motions))
    monkeypatch.setattr("mimic.addon.bake.requests.solved_of", lambda _path, _how: make.solved(*motions, mended=2))


def bake(bpy, **more):
    assert bpy.ops.mimic.take_bake(filepath="pair.take", **more) == {"FINISHED"}


def hips(bpy, name) -> np.ndarray:
    bpy.context.scene.frame_set(15)
    armature = bpy.data.objects[name].evaluated_get(bpy.context.evaluated_depsgraph_get())
    return np.array(armature.matrix_world @ armature.pose.bones["mixamorig:Hips"].head)


def action_of(bpy, name) -> str:
    data = bpy.data.objects[name].animation_data
    return "" if data is None or data.action is None else data.action.name


def test_take_of_two_people_is_baked_onto_two_armatures_where_they_stood(pair):
    pair.context.scene.mimic.armature_2 = pair.data.objects["Bob"]
    bake(pair)
    assert [action_of(pair, name) for name in ("Anna", "Bob")] == ["pair 1", "pair 2"]
    np.testing.assert_allclose((hips(pair, "Bob") - hips(pair, "Anna"))[:2], [1.2, 1.0], atol=0.05)
    assert tuple(pair.data.objects["Bob"].location) == (3.0, 0.0, 0.0)


def test_bake_of_two_people_says_what_was_mended_for_each_and_how_the_camera_was(pair):
    from mimic.addon.runtime import runtime

    bake(pair, armature="Anna", armature_2="Bob")
    said = runtime().notices.info("bake")
    assert 'Anna: Keyed 31 frames as action "pair 1".' in said
    assert "Bob: Left and right were exchanged in 2 of 31 frames and are in order now." in said
    assert said.count("The camera is level") == 1


def test_another_selected_armature_is_the_second_person(pair):
    pair.data.objects["Bob"].select_set(True)
    bake(pair)
    assert action_of(pair, "Bob") == "pair 2"
    assert len([thing for thing in pair.data.objects if thing.type == "ARMATURE"]) == 2


def test_people_without_an_armature_get_avatars_in_clothes_of_other_colours(add_on, make, monkeypatch):
    take_of(monkeypatch, make, PEOPLE)
    anna = make.armature(add_on, name="Anna")
    anna.select_set(True)
    bake(add_on)
    assert [action_of(add_on, name) for name in ("Anna", "Avatar", "Avatar.001")] == ["pair 1", "pair 2", "pair 3"]
    assert add_on.context.view_layer.objects.active == anna
    assert add_on.context.selected_objects == [anna]
    np.testing.assert_allclose((hips(add_on, "Avatar.001") - hips(add_on, "Anna"))[:2], [2.0, 0.0], atol=0.05)
    shirts = [add_on.data.materials[name].diffuse_color[:] for name in ("Shirt", "Shirt.001")]
    assert shirts[0] != shirts[1]


@pytest.mark.parametrize("chosen", ["panel", "operator"])
def test_one_armature_for_two_people_is_refused_with_a_sentence(pair, chosen):
    pair.context.scene.mimic.armature_2 = pair.data.objects["Anna"] if chosen == "panel" else None
    words = {"armature_2": "Anna"} if chosen == "operator" else {}
    with pytest.raises(RuntimeError, match=r"One armature cannot follow two people: choose another one for Person 2\."):
        bake(pair, armature="Anna", **words)
    assert not pair.data.actions


def test_one_armature_in_two_rows_does_not_matter_for_a_take_of_one_person(pair, make, monkeypatch):
    take_of(monkeypatch, make, PEOPLE[:1])
    pair.context.scene.mimic.armature_2 = pair.data.objects["Anna"]
    bake(pair, armature="Anna")
    assert action_of(pair, "Anna") == "pair"


def test_armature_of_the_second_person_that_is_no_humanoid_is_refused_before_anything_is_keyed(pair):
    lamp = pair.data.objects.new("Lamp", pair.data.armatures.new("Lamp"))
    pair.context.scene.collection.objects.link(lamp)
    with pytest.raises(RuntimeError, match="Lamp"):
        bake(pair, armature_2="Lamp")
    assert not pair.data.actions


def test_bake_of_two_people_that_fails_leaves_no_avatar_behind(pair):
    before = {thing.name for thing in pair.data.objects}
    with pytest.raises(RuntimeError, match="no frames between 50 s"):
        bake(pair, trim_start=50.0)
    assert {thing.name for thing in pair.data.objects} == before
    assert not pair.data.actions


def test_bake_of_two_people_is_one_step_to_undo(pair):
    pair.ops.ed.undo_push(message="Before")
    bake(pair)
    pair.ops.ed.undo_push(message="Bake Take")
    assert len(pair.data.actions) >= 2
    assert "Avatar" in pair.data.objects
    pair.ops.ed.undo()
    assert not pair.data.actions
    assert "Avatar" not in pair.data.objects


def test_one_person_alone_is_baked_onto_their_own_armature_at_its_rest(pair):
    pair.context.scene.mimic.armature_2 = pair.data.objects["Bob"]
    bake(pair, only_person=2)
    assert (action_of(pair, "Anna"), action_of(pair, "Bob")) == ("", "pair")
    np.testing.assert_allclose(hips(pair, "Bob")[0], 3.0, atol=0.05)
    with pytest.raises(RuntimeError, match="The take has 2 people, and no person 3"):
        bake(pair, only_person=3)


def test_bake_beside_blender_of_two_people_makes_one_undo_step(pair, monkeypatch):
    from mimic.addon.bake import requests
    from mimic.addon.runtime import runtime

    made = []
    monkeypatch.setattr(requests, "push_undo", made.append)
    bake(pair, wait=False)
    while runtime().jobs.current is not None:
        runtime().timer.tick()
    assert made == ["Bake Take"]
    assert action_of(pair, "Avatar") == "pair 2"


def test_take_of_several_people_shows_their_number_and_a_row_for_each(add_on, make, monkeypatch, tmp_path):
    from mimic.addon.takes.properties import people_in_active, read_takes, takes_list

    monkeypatch.setattr("mimic.addon.takes.store.takes_folder", lambda: str(tmp_path))
    with TakeWriter(tmp_path / "pair.take", source="pair", size=(640, 480), fps=30.0) as writer:
        for index in range(3):
            nobody = Landmarks(index / 30.0, index, (640, 480))
            writer.add(nobody, [Landmarks(index / 30.0, index, (640, 480), person=1)])
    read_takes()
    assert takes_list().entries[0].people == people_in_active() == 2


def test_one_person_alone_is_chosen_by_number_even_if_somebody_between_was_dropped(bpy):
    from mimic.addon.bake.requests import SolvedPeople, chosen_of

    people: Any = tuple(SimpleNamespace(person=number) for number in (0, 3))
    for only, found in ((0, [0]), (3, [3])):
        settings: Any = SimpleNamespace(only=only)
        assert [each.person for each in chosen_of(SolvedPeople(people), settings).people] == found
    settings = SimpleNamespace(only=1)
    with pytest.raises(PersonMissing, match=r"^The take has 2 people, and no person 2: choose another one"):
        chosen_of(SolvedPeople(people), settings)
