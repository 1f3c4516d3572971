# SPDX-License-Identifier: GPL-3.0-or-later
"""What a scene keeps of the panel: the types that mypy sees, and files that were saved under old names."""

from typing import get_type_hints

import pytest

from mimic.addon.bake.options import BAKING, CAPTURING, KEPT, options_of


@pytest.fixture
def add_on(bpy):
    """Blender with Mimic enabled, and afterwards without."""
    import mimic

    mimic.register()
    yield bpy
    mimic.unregister()


def test_scene_settings_have_exactly_the_typed_attributes(add_on):
    from mimic.addon.scene_settings import SceneSettings

    kept = {each.identifier for each in add_on.context.scene.mimic.bl_rna.properties if each.is_runtime}
    assert kept - {"name"} == set(get_type_hints(SceneSettings, localns={"bpy": add_on}))


@pytest.mark.parametrize(("operator", "groups"), [("take_bake", BAKING), ("video_bake", (*BAKING, *CAPTURING))])
def test_bake_operators_have_every_option_of_the_table_with_its_default(add_on, operator, groups):
    properties = getattr(add_on.ops.mimic, operator).get_rna_type().properties
    for option in options_of(*groups):
        assert properties[option.name].default == pytest.approx(option.default), option.name
        assert properties[option.name].name == option.label


def test_scene_settings_have_every_option_of_the_table_with_its_default(add_on):
    settings = add_on.context.scene.mimic
    for option in options_of(*KEPT):
        assert getattr(settings, option.name) == pytest.approx(option.default), option.name


def test_scene_settings_saved_under_old_names_keep_their_values(add_on, tmp_path):
    scene = add_on.context.scene
    scene.mimic.smoothing_arms = 0.25
    holder = scene.bl_system_properties_get() if hasattr(scene, "bl_system_properties_get") else scene
    kept = holder["mimic"]
    kept["smooth_head"], kept["smooth_arms"], kept["smooth"] = 0.75, 0.9, False
    kept["calm_legs"] = 0.8
    path = str(tmp_path / "old.blend")
    add_on.ops.wm.save_as_mainfile(filepath=path)
    add_on.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    assert add_on.context.scene.mimic.smoothing_head == 0.5
    add_on.ops.wm.open_mainfile(filepath=path)
    settings = add_on.context.scene.mimic
    assert (settings.smoothing_head, settings.smooth_landmarks) == (0.75, False)
    assert settings.live_smoothing_legs == pytest.approx(0.8)
    assert settings.smoothing_arms == 0.25  # the new name counts where there are both
