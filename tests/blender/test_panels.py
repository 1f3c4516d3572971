# SPDX-License-Identifier: GPL-3.0-or-later
"""What the panels say in every state, and that nothing in them is missing in Blender.

Without a window Blender draws no panel, so they are drawn on a layout that keeps a list.
"""

import re
from types import SimpleNamespace
from typing import Any

import pytest


class Layout:
    """Stands in for Blender's layout: keeps what is drawn, and checks that Blender has it."""

    def __init__(self, bpy: Any, drawn: list[tuple[str, str]] | None = None) -> None:
        object.__setattr__(self, "bpy", bpy)
        object.__setattr__(self, "drawn", [] if drawn is None else drawn)

    def __setattr__(self, name: str, value: Any) -> None:
        assert name in self.bpy.types.UILayout.bl_rna.properties, name

    def _part(self, **_how: Any) -> "Layout":
        return Layout(self.bpy, self.drawn)

    row = column = split = box = _part

    def separator(self) -> None:
        pass

    def label(self, *, text: str, icon: str = "NONE", **_how: Any) -> None:
        self._check(icon)
        self.drawn.append(("label", text))

    def prop(self, data: Any, name: str, **_how: Any) -> None:
        assert name in data.bl_rna.properties, name
        self.drawn.append(("prop", name))

    def prop_search(self, data: Any, name: str, where: Any, names: str, **_how: Any) -> None:
        self.prop(data, name)
        assert names in where.bl_rna.properties, names

    def operator(self, name: str, *, text: str | None = None, icon: str = "NONE", **_how: Any) -> Any:
        self._check(icon)
        module, _, verb = name.partition(".")
        kind = getattr(getattr(self.bpy.ops, module), verb).get_rna_type()
        self.drawn.append(("operator", name))
        self.drawn.append(("text", kind.name if text is None else text))
        return Given(kind)

    def menu(self, name: str, *, icon: str = "NONE") -> None:
        self._check(icon)
        self.drawn.append(("text", getattr(self.bpy.types, name).bl_label))

    def template_list(self, kind: str, _id: str, data: Any, name: str, *_active: Any, **_how: Any) -> None:
        assert hasattr(self.bpy.types, kind)
        assert name in data.bl_rna.properties, name

    def progress(self, *, factor: float, text: str) -> None:
        assert 0.0 <= factor <= 1.0
        self.drawn.append(("progress", text))

    def _check(self, icon: str) -> None:
        assert icon in self.bpy.types.UILayout.bl_rna.functions["label"].parameters["icon"].enum_items, icon


class Given:
    """Properties of a button, each of which its operator must have."""

    def __init__(self, kind: Any) -> None:
        object.__setattr__(self, "_kind", kind)

    def __setattr__(self, name: str, value: Any) -> None:
        assert name in self._kind.properties, name


@pytest.fixture
def add_on(bpy, tmp_path, monkeypatch):
    """Blender with Mimic enabled, and afterwards without."""
    import mimic

    monkeypatch.setattr("mimic.addon.takes.store.takes_folder", lambda: str(tmp_path))
    mimic.register()
    yield bpy
    mimic.unregister()


def panels(bpy):
    return [getattr(bpy.types, name) for name in dir(bpy.types) if name.startswith("MIMIC_PT_")]


def draw(bpy, panel) -> list[tuple[str, str]]:
    """What a panel shows; nothing if it is not there."""
    layout = Layout(bpy)
    if not hasattr(panel, "poll") or panel.poll(bpy.context):
        panel.draw(SimpleNamespace(layout=layout, headings=getattr(panel, "headings", {})), bpy.context)
    return layout.drawn


def draw_all(bpy) -> list[tuple[str, str]]:
    return [each for panel in panels(bpy) for each in draw(bpy, panel)]


def shown(bpy, name) -> list[str]:
    """Sentences, buttons and other texts of a panel."""
    return [text for kind, text in draw(bpy, getattr(bpy.types, name)) if kind in {"label", "text", "progress"}]


def test_panels_of_an_empty_scene_offer_start_and_no_bone_map(add_on):
    drawn = draw_all(add_on)
    assert ("label", "No armature chosen") in drawn
    assert ("operator", "mimic.session_start") in drawn
    assert not shown(add_on, "MIMIC_PT_bone_map")


@pytest.mark.parametrize("source", ["CAMERA", "FILE", "STREAM"])
@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_source_panel_mentions_the_terminal_only_for_a_camera_on_macos(add_on, source, platform, monkeypatch):
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr("os.getppid", lambda: 1)
    add_on.context.scene.mimic.source = source
    said = " ".join(shown(add_on, "MIMIC_PT_source"))
    assert ("Terminal" in said) is (source == "CAMERA" and platform == "darwin")


def test_panels_with_the_avatar_show_its_fit_and_a_field_for_each_joint(add_on):
    add_on.ops.mimic.avatar_add()
    assert "Avatar: 52 of 52 joints, Mixamo" in " ".join(shown(add_on, "MIMIC_PT_avatar"))
    assert "Detected Automatically" in shown(add_on, "MIMIC_PT_bone_map")
    fields = [name for kind, name in draw(add_on, add_on.types.MIMIC_PT_bone_map_body) if kind == "prop"]
    fingers = [
        name
        for side in ("left", "right")
        for kind, name in draw(add_on, getattr(add_on.types, f"MIMIC_PT_bone_map_{side}"))
        if kind == "prop"
    ]
    from mimic.models.body.joints import JOINTS

    assert sorted(fields + fingers) == sorted(JOINTS)
    assert len(fields) == 22


def test_panels_with_a_changed_bone_map_name_the_joints_without_a_bone(add_on):
    add_on.ops.mimic.avatar_add()
    fields = add_on.context.scene.mimic_bones
    for joint in ("Neck", "Head", "LeftHandThumb1", "LeftHandThumb2", "LeftHandThumb3"):
        setattr(fields, joint, "")
    assert "Chosen by Hand" in shown(add_on, "MIMIC_PT_bone_map")
    said = " ".join(shown(add_on, "MIMIC_PT_avatar"))
    assert "47 of 52" in said
    assert re.search(r"Joints without a bone: Neck, Head, Left Thumb 1, Left\s+Thumb 2 and 1 more", said)
    fields.Hips = ""
    assert "no bone for Hips" in " ".join(shown(add_on, "MIMIC_PT_avatar"))


def test_bone_map_panel_shows_eyedroppers_only_with_an_active_pose_bone(add_on):
    add_on.ops.mimic.avatar_add()
    assert ("operator", "mimic.bone_choose") not in draw_all(add_on)
    add_on.ops.object.mode_set(mode="POSE")
    armature = add_on.context.object
    armature.data.bones.active = armature.data.bones[0]
    assert draw_all(add_on).count(("operator", "mimic.bone_choose")) == 52


@pytest.mark.parametrize("layer", ["action", "stash", "additive"])
@pytest.mark.parametrize("by_region", [False, True])
def test_panels_show_exactly_the_bake_settings_that_count(add_on, layer, by_region):
    from mimic.addon.bake.options import KEPT, options_of
    from mimic.retarget.motion.options import REGION_OPTIONS

    settings = add_on.context.scene.mimic
    settings.layer, settings.by_region, settings.camera_pitch, settings.source = layer, by_region, 5.0, "FILE"
    settings.further_sources.add()
    fields = {name for kind, name in draw_all(add_on) if kind == "prop"}
    idle = set() if layer == "additive" else {"onto"}
    idle |= set() if by_region else set(REGION_OPTIONS.values())
    assert {option.name for option in options_of(*KEPT)} - fields == idle


def test_panels_of_all_sources_and_layers_show_every_setting_of_the_scene(add_on):
    settings = add_on.context.scene.mimic
    found = {"calibration", "neutral_face", "further_sources"}  # buttons set them
    settings.people, settings.camera_pitch = 8, 5.0  # a row for each, and a tilt that is set
    settings.further_sources.add()
    for settings.source in ("CAMERA", "FILE", "STREAM"):
        for settings.layer, settings.by_region in (("action", False), ("additive", True)):
            found |= {name for kind, name in draw_all(add_on) if kind == "prop"}
    assert {each.identifier for each in settings.bl_rna.properties} - {"rna_type", "name"} - found == set()


def test_takes_panel_shows_a_row_for_each_of_several_people(add_on):
    from mimic.addon.takes.properties import mark_read, takes_list

    takes_list().entries.clear()  # what other tests recorded
    entry = takes_list().entries.add()
    entry.name, entry.readable, entry.complete, takes_list().active = "Duet", True, True, 0
    mark_read()
    for entry.people, rows in ((1, 0), (2, 2), (10, 8)):
        drawn = draw(add_on, add_on.types.MIMIC_PT_takes)
        named = [text for kind, text in drawn if kind == "label" and text.startswith("Person ")]
        assert named == [f"Person {number + 1}" for number in range(rows)]
        assert drawn.count(("operator", "mimic.take_bake")) == rows + 1
    takes_list().entries.clear()


def test_bake_settings_are_those_of_the_panel(add_on):
    from mimic.addon.bake import requests as baking
    from mimic.addon.bake.options import BakeOptions
    from mimic.retarget.motion.options import MotionOptions, region_smoothness

    add_on.ops.mimic.avatar_add()
    settings, armature = add_on.context.scene.mimic, add_on.context.object
    plain = baking.bake_settings(settings, [armature], "Walk")
    assert plain.bake_options == BakeOptions()
    assert region_smoothness(plain.motion_options) == region_smoothness(MotionOptions())
    settings.fingers, settings.smoothing_head = False, 1.0
    settings.reach = settings.ik = settings.by_region = True
    told = baking.bake_settings(settings, [armature], "Walk")
    assert (told.bake_options.fingers, told.motion_options.reach, told.bake_options.ik) == (False, True, True)
    assert region_smoothness(told.motion_options)["head"] == 1.0
    assert region_smoothness(told.motion_options)["legs"] == settings.smoothing_legs < 1.0


def test_bake_settings_without_travel_keep_the_root_in_place(add_on):
    from mimic.addon.bake import requests as baking

    add_on.ops.mimic.avatar_add()
    settings, armature = add_on.context.scene.mimic, add_on.context.object
    assert baking.bake_settings(settings, [armature], "Walk").motion_options.root == "full"
    settings.travel = False
    assert baking.bake_settings(settings, [armature], "Walk").motion_options.root == "in-place"


def test_bake_without_fingers_keeps_the_pose_of_the_fingers(add_on, make):
    from mimic.addon.bake.apply import apply_motion
    from mimic.addon.bake.options import BakeOptions
    from mimic.retarget.motion.options import MotionOptions

    armature = make.armature(add_on)
    thumb = armature.pose.bones["mixamorig:LeftHandThumb2"]
    thumb.rotation_mode = "QUATERNION"
    thumb.rotation_quaternion = held = (0.8, 0.6, 0.0, 0.0)
    apply_motion(armature, make.walk(40), name="Walk", options=MotionOptions(), bake_options=BakeOptions(fingers=False))
    pose = make.posed(add_on, armature, 20.0)
    assert tuple(pose[thumb.name].rotation_quaternion) == pytest.approx(held)
    assert abs(pose["mixamorig:LeftHand"].rotation_quaternion.w) < 0.9999


def running(
    state,
    *,
    hands=(True, True),
    rate=12.0,
    requested=False,
    remaining=0.0,
    calibrating=None,
    model="full",
    count=10,
    making=0.3,
    drawing=0.02,
    face=True,
    face_size=100.0,
    moves_face=True,
):
    """A session as the panel sees it."""
    result = SimpleNamespace(left_hand=hands[0], right_hand=hands[1], face=face, face_size=face_size, in_view=(True,))
    landmarks = SimpleNamespace(hands=True, model=model, face_settings=SimpleNamespace(min_size=56.0))
    return SimpleNamespace(
        state=state,
        rate=rate,
        delay=0.05 if rate else None,
        shown=result if rate else None,
        count=count,
        worker=SimpleNamespace(pace=SimpleNamespace(pose_seconds=making, draw_seconds=drawing)),
        settings=SimpleNamespace(landmarks=landmarks),
        moves_face=moves_face,
        characters=("one",),
        second_camera=None,
        recording=SimpleNamespace(requested=requested, remaining=remaining, seconds=2.5),
        stance=SimpleNamespace(calibrating=calibrating, levelling=None),
    )


@pytest.fixture
def live(add_on):
    """Draw the Live panel while a session runs like this."""
    from mimic.addon.runtime import runtime

    def drawn(state, **more):
        runtime().sessions.current = running(state, **more)
        return draw(add_on, add_on.types.MIMIC_PT_live)

    yield drawn
    runtime().sessions.current = None


def test_live_panel_in_every_state_keeps_its_buttons_in_place(live):
    from mimic.addon.live.session import State

    seen = {
        tuple(
            (i, text)
            for i, (kind, text) in enumerate(live(state, hands=hands, rate=rate, count=count))
            if kind == "operator"
        )
        for state in State
        for hands in ((True, True), (False, False), (True, False))
        for rate in (0.0, 1.0, 30.0)
        for count in (10, 100)
    }
    assert len(seen) == 1
    (buttons,) = seen
    names = [name for _, name in buttons]
    assert names[:3] == ["mimic.session_stop", "mimic.session_pause", "mimic.take_record"]


def test_live_panel_shows_state_rate_hands_and_advice(live):
    from mimic.addon.live.session import State

    def says(text, state=State.RUNNING, **more):
        return text in [each for _, each in live(state, **more)]

    assert all(says(state.value, state) for state in State)
    assert says("1 pose per second, 50 ms delay", rate=0.9)
    assert says("0 poses per second, 50 ms delay", rate=0.2)
    assert says("30 poses per second, 50 ms delay", rate=30.0)
    assert says("Left hand not in view", hands=(False, True))
    assert says("Right hand not in view", hands=(True, False))
    assert says("Hands not in view", hands=(False, False))
    assert not says("Hands not in view", State.NOBODY, hands=(False, False))
    assert says("Face not in view", face=False, hands=(False, False))
    assert says("Face too small: come 1.4 times nearer", face=False, face_size=42.0)
    assert says("Face too small: come 2.8 times nearer", face=False, face_size=20.0)
    assert not any("Face" in text for _, text in live(State.RUNNING, face=False, face_size=42.0, moves_face=False))
    assert not any("Face" in text for _, text in live(State.NOBODY, face=False, face_size=0.0))
    assert says("Slow: choose Settings > Model > Lite", rate=2.0, count=100)
    assert says("Slow: turn off Follow > Hands", rate=2.0, count=100, model="lite")
    assert says("Slow viewport: hide or simplify objects", rate=2.0, count=100, drawing=0.4)
    assert not any("Slow" in text for _, text in live(State.RUNNING, rate=2.0, count=100, making=0.03))
    assert not any(says("Slow: choose Settings > Model > Lite", rate=rate, count=100) for rate in (12.0, 30.0))
    assert says("Resume", State.PAUSED)
    assert says("Pause")
    assert says("Record")
    assert says("Recording in 3 s", requested=True, remaining=2.6)
    assert says("End Take (2.5 s)", requested=True)
    assert says("Stand Upright, Face Forward: 2 s", calibrating=2.2, moves_face=False)
    assert says("Face Forward and Relax: 2 s", calibrating=2.2)


def test_takes_panel_during_a_job_shows_progress_and_cancel_in_place_of_bake(add_on):
    from mimic.addon.jobs import Job
    from mimic.addon.runtime import runtime

    job = Job("Solving {name}", lambda _progress: None, lambda _result: None, name="waltz")
    job.progress.tell(1, 4)
    runtime().jobs._current = job
    drawn = draw(add_on, add_on.types.MIMIC_PT_takes)
    runtime().jobs._current = None
    assert ("progress", "Solving waltz") in drawn
    assert ("operator", "mimic.job_cancel") in drawn
    assert ("operator", "mimic.take_bake") not in drawn


@pytest.mark.slow
def test_panel_errors_stay_until_dismissed(add_on):
    from mimic.addon.runtime import runtime

    places = {"live": "live", "record": "live", "bake": "takes", "takes": "takes", "map": "bone_map"}
    for topic, panel in places.items():
        runtime().notices.set_error(topic, f"{topic} is wrong: put it right.")
        add_on.ops.mimic.avatar_add()
        assert f"{topic} is wrong" in " ".join(shown(add_on, f"MIMIC_PT_{panel}"))
    add_on.ops.mimic.messages_dismiss()
    assert "is wrong" not in " ".join(text for _, text in draw_all(add_on))


def test_motion_menu_lists_the_main_operators_for_search(add_on):
    """Blender's search looks through menus."""
    drawn = draw(add_on, add_on.types.MIMIC_MT_motion)
    assert {"mimic.session_start", "mimic.take_record", "mimic.video_bake"} <= {
        name for kind, name in drawn if kind == "operator"
    }


def test_menus_have_entries_only_while_mimic_is_enabled(bpy):
    import mimic
    from mimic.addon import menus

    mimic.register()
    try:
        for menu, entry in menus._ENTRIES:
            layout = Layout(bpy)
            entry(SimpleNamespace(layout=layout), bpy.context)
            assert layout.drawn
            assert entry in getattr(bpy.types, menu).draw._draw_funcs
    finally:
        mimic.unregister()
    for menu, entry in menus._ENTRIES:
        assert entry not in getattr(getattr(bpy.types, menu).draw, "_draw_funcs", [])
