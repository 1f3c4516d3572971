# SPDX-License-Identifier: GPL-3.0-or-later
"""Several videos of one scene, baked from Blender as one take; and what is said when they are none."""

from types import SimpleNamespace

import pytest

from mimic.pipeline.errors import CamerasUnclear
from mimic.pipeline.takes.geometry import CameraGeometry
from mimic.pipeline.takes.take import Take

GEOMETRY = (
    CameraGeometry(focal=64.0, size=(64, 48), people=(0,)),
    CameraGeometry((0.5**0.5, 0.0, 0.0, 0.5**0.5), (4.0, 4.0, 0.0), focal=64.0, size=(64, 48), people=(0,)),
)

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("performer_in_numbers")]


@pytest.fixture
def side(tmp_path, make_film):
    """What a second camera filmed, a little shorter."""
    return make_film(tmp_path / "side.avi", frames=30)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "takes"


@pytest.fixture
def find(monkeypatch):
    """Replaces what finds cameras by what the test says: cameras 90 degrees apart, or an error."""
    asked = []

    def run(take, *, sync, cameras_of, **_how):
        asked.append(sync if cameras_of is None else cameras_of.name)
        if find.fault is not None:
            raise find.fault
        quality = SimpleNamespace(summary="The cameras were found (good).")
        return SimpleNamespace(cameras=GEOMETRY, quality=quality, doubt="")

    find = SimpleNamespace(fault=None, asked=asked)
    monkeypatch.setattr("mimic.pipeline.solve.cameras.finding.find_cameras", run)
    return find


@pytest.fixture
def bake(add_on, avatar, film, find):
    """Bake the film with further videos."""

    def run(*further, **options):
        rows = [{"name": str(row)} for row in further]
        return add_on.ops.mimic.video_bake(filepath=str(film), further_sources=rows, **options)

    return run


def geometry(folder, name="film"):
    with Take.open(folder / f"{name}.take") as take:
        return take.info.cameras


def warning(folder, name="film"):
    with Take.open(folder / f"{name}.take") as take:
        return " ".join(take.info.warnings) or None


def files(folder):
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def notice(kind="info"):
    from mimic.addon.runtime import runtime

    return getattr(runtime().notices, kind)("bake")


def test_bake_of_two_videos_makes_one_take_of_two_cameras(avatar, bake, side, folder):
    bake(side, fields_of_view="50,70")
    assert avatar.animation_data.action.name == "film"
    assert files(folder) == ["film.take"]
    with Take.open(folder / "film.take") as take:
        assert take.camera_count == 2
        assert [take.camera(k).frame_count for k in range(2)] == [50, 30]
        assert [take.camera(k).info.settings["field_of_view"] for k in range(2)] == [50.0, 70.0]


def test_bake_of_two_videos_says_how_good_their_cameras_are_and_keeps_them(bake, side, folder, find):
    bake(side, sync="1.5,2.25")
    assert "The cameras were found (good)." in notice()
    assert find.asked == [(1.5, 2.25)]
    assert geometry(folder) == GEOMETRY
    assert warning(folder) is None


def test_bake_of_videos_whose_cameras_cannot_be_found_says_why_and_bakes_the_first(avatar, bake, side, folder, find):
    find.fault = CamerasUnclear("Nobody moves: film somebody who walks about.")
    bake(side)
    assert avatar.animation_data.action.name == "film"
    assert notice().count("Nobody moves: film somebody who walks about. Until the cameras are found, only") == 1
    assert geometry(folder) == ()
    assert "Nobody moves" in warning(folder)


@pytest.mark.usefixtures("avatar")
def test_bake_flips_the_pictures_of_the_camera_that_is_a_selfie_video(bake, side, folder):
    bake(side, mirror_cameras="2")
    with Take.open(folder / "film.take") as take:
        assert [take.camera(k).info.mirrored for k in range(2)] == [False, True]


@pytest.mark.usefixtures("avatar")
def test_cameras_that_were_not_found_can_be_found_later_without_capturing_again(add_on, bake, side, folder, find):
    find.fault = CamerasUnclear("Nobody moves.")
    bake(side)
    (entry,) = add_on.context.window_manager.mimic_takes.entries
    assert not entry.cameras_found
    assert entry.cameras_said.startswith("Nobody moves.")
    find.fault = None
    assert add_on.ops.mimic.cameras_find(sync="none") == {"FINISHED"}
    assert find.asked == ["auto", "none"]
    assert (geometry(folder), warning(folder), notice()) == (GEOMETRY, None, "The cameras were found (good).")
    (entry,) = add_on.context.window_manager.mimic_takes.entries
    assert entry.cameras_found
    assert "90 degrees from the first one" in entry.cameras_said


@pytest.mark.usefixtures("avatar")
def test_cameras_of_an_earlier_take_are_used_again_or_refused_with_a_sentence(  # noqa: PLR0917
    add_on, film, bake, side, folder, find
):
    add_on.ops.mimic.video_bake(filepath=str(film), end=0.2)  # by one camera
    with pytest.raises(RuntimeError, match="“film” says of none where they stood, and there are 2"):
        bake(side, cameras="film")
    assert files(folder) == ["film.take"]
    bake(side)
    bake(side, cameras="film 001", sync="none")
    assert find.asked == ["auto", "film 001.take"]
    assert geometry(folder, "film 002") == GEOMETRY
    with pytest.raises(RuntimeError, match="“film” was recorded by one camera"):
        add_on.ops.mimic.cameras_find(take="film")
    assert warning(folder) is None


@pytest.mark.usefixtures("avatar")
def test_camera_of_a_take_of_one_is_added_with_its_lens(add_on, film):
    add_on.ops.mimic.video_bake(filepath=str(film), field_of_view=40.0)
    add_on.context.scene.mimic.filepath = str(film)
    add_on.context.scene.render.fps = 25
    assert add_on.ops.mimic.cameras_add() == {"FINISHED"}
    assert notice() == 'Added 1 camera in the collection "Cameras of film".'
    (camera,) = add_on.data.collections["Cameras of film"].objects
    assert camera.data.angle_x == pytest.approx(40.0 * 3.14159265 / 180.0, abs=1e-3)
    assert camera.data.background_images[0].clip.filepath == str(film)


@pytest.mark.usefixtures("avatar")
def test_avatar_is_fitted_to_what_one_camera_saw_too(add_on, film):
    add_on.ops.mimic.video_bake(filepath=str(film))
    assert add_on.ops.mimic.avatar_fit() == {"FINISHED"}
    assert notice().startswith('Added "Avatar of film" in place of "Avatar", which is hidden: 1.')


def test_api_captures_several_videos_and_finds_their_cameras_or_says_why_not(film, side, tmp_path, find):
    from mimic import api

    options = api.CaptureOptions(sync="none")
    summary = api.capture_cameras([film, side], tmp_path / "scene.take", options=options, fields_of_view=[60.0, None])
    assert ([each.frames for each in summary.cameras], summary.warnings) == ([50, 30], ())
    assert find.asked == ["none"]
    assert geometry(tmp_path, "scene") == GEOMETRY
    find.fault = CamerasUnclear("Nobody moves.")
    summary = api.capture_cameras([film, side], tmp_path / "scene.take", force=True)
    assert summary.warnings == ("Nobody moves. Until the cameras are found, only what the first one saw is baked.",)
    with pytest.raises(api.MimicError, match="Cameras 1 and 2 are the same file"):
        api.capture_cameras([film, film], tmp_path / "twice.take")


@pytest.mark.usefixtures("avatar")
def test_take_of_two_cameras_is_listed_with_them_and_has_a_button_for_them(add_on, bake, side):
    bake(side)
    (entry,) = add_on.context.window_manager.mimic_takes.entries
    assert entry.cameras == 2
    assert entry.cameras_said
    assert add_on.ops.mimic.cameras_add() == {"FINISHED"}
    assert notice().startswith("Added ")


@pytest.mark.usefixtures("avatar")
def test_bake_of_the_panels_video_takes_its_further_ones_and_a_script_only_its_own(add_on, film, side, folder, until):
    from mimic.addon.runtime import runtime

    settings = add_on.context.scene.mimic
    settings.source, settings.filepath = "FILE", str(film)
    settings.further_sources.add().filepath = str(side)
    assert add_on.ops.mimic.video_bake(wait=False) == {"FINISHED"}
    begun = []

    def done():
        job = runtime().jobs.current
        begun.append("" if job is None else job.progress.doing[1])
        return job is None

    until(done)
    add_on.ops.mimic.video_bake(filepath=str(film), end=0.2)
    counts = []
    for name in ("film.take", "film 001.take"):
        with Take.open(folder / name) as take:
            counts.append(take.camera_count)
    assert counts == [2, 1]
    assert set(begun) <= {"film.avi", "film.avi (1/2)", "side.avi (2/2)", "film", ""}


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        (["film.avi"], {}, "Cameras 1 and 2 are the same file, “film.avi”: choose what another camera filmed"),
        (["side.avi", "side.avi"], {}, "Cameras 2 and 3 are the same file, “side.avi”"),
        (["side.avi", ""], {}, "Camera 3 has no source: choose its video, or remove it under Source"),
        (["none.avi"], {}, "There is no file or folder “.*none.avi”"),
        (["broken.avi"], {}, "broken.avi"),
        (["side.avi"], {"sync": "1.5,2.5,3"}, "Option sync has 3 seconds for 2 cameras: give one for each"),
        (["side.avi"], {"mirror_cameras": "3"}, "Option mirror_cameras names camera 3 of 2: give numbers from 1 to 2"),
        (["side.avi"], {"mirror_cameras": "2;"}, "give nothing, or numbers of cameras such as 2 or 1,3"),
        (["side.avi"], {"sync": "soon"}, 'Option sync is "soon": give one of auto, none, or seconds of each camera'),
        (["side.avi"], {"fields_of_view": "70"}, "1 field of view is given for 2 cameras: give one for each"),
        (["side.avi"], {"fields_of_view": "70,3"}, "give a number of degrees from 5 to 170, or 0 of each camera"),
        (["side.avi"], {"cameras": "Yesterday"}, "There is no take “Yesterday”"),
    ],
)
def test_bake_of_what_cannot_be_several_cameras_is_refused_before_any_work(  # noqa: PLR0917
    avatar, bake, side, folder, tmp_path, rows, options, said
):
    (tmp_path / "broken.avi").write_bytes(b"RIFF" + bytes(2000))
    with pytest.raises(RuntimeError, match=said):
        bake(*[str(tmp_path / row) if row else "" for row in rows], **options)
    assert files(folder) == []
    assert avatar.animation_data is None
    assert notice("error")


def test_bake_with_a_further_video_without_people_says_so_and_bakes_the_other(avatar, bake, make_film, tmp_path):
    bake(make_film(tmp_path / "dark.avi", frames=20, shade=0))
    assert avatar.animation_data.action.name == "film"
    assert "Camera 2 is left out: no person was found in “dark.avi”" in notice()


def test_bake_that_is_cancelled_in_the_second_video_keeps_both_streams(  # noqa: PLR0917
    add_on, avatar, bake, side, folder, until, performer_in_numbers, monkeypatch
):
    from mimic.addon.runtime import runtime

    find, seen = performer_in_numbers.process, []

    def slow(self, frame):
        seen.append(frame.index)
        if len(seen) == 60:
            runtime().jobs.cancel()
        return find(self, frame)

    monkeypatch.setattr(performer_in_numbers, "process", slow)
    bake(side, wait=False)
    until(lambda: runtime().jobs.current is None)
    assert "Cancelled; the frames captured so far are in the take" in notice()
    assert avatar.animation_data is None
    with Take.open(folder / "film.take") as take:
        assert take.info.complete
        assert take.frame_count == 50
        assert 0 < take.camera(1).frame_count < 30


def test_rows_of_further_cameras_show_what_is_known_of_their_files(add_on, film, side, tmp_path):
    from mimic.addon.runtime import runtime

    media, asked = runtime().media, []
    path = str(side)
    assert media.of(path, asked.append) is None
    asked[0]()
    known = media.of(path, asked.append)
    assert (known.size, known.fps, known.frames, known.seconds, known.problem) == ((64, 48), 25.0, 30, 1.2, "")
    media.of(str(tmp_path / "none.avi"), asked.append)
    media.read()
    assert "There is no file" in media.of(str(tmp_path / "none.avi"), asked.append).problem
    media.forget()
    assert media.of(path, asked.append) is None


def test_camera_rows_are_added_and_removed_up_to_the_most_of_a_take(add_on):
    settings = add_on.context.scene.mimic
    for number in range(7):
        add_on.ops.mimic.source_add()
        settings.further_sources[number].filepath = f"{number + 2}.mp4"
    assert not add_on.ops.mimic.source_add.poll()
    add_on.ops.mimic.source_remove(number=3)
    assert [row.filepath for row in settings.further_sources] == [f"{n}.mp4" for n in (2, 4, 5, 6, 7, 8)]
    assert add_on.ops.mimic.source_add.poll()


def test_bake_whose_second_video_breaks_off_keeps_what_was_captured(  # noqa: PLR0917
    add_on, avatar, bake, side, folder, performer_in_numbers, monkeypatch, until
):
    from mimic.addon.runtime import runtime
    from mimic.pipeline.errors import UnreadableVideo

    find, seen = performer_in_numbers.process, []

    def breaks(self, frame):
        seen.append(frame.index)
        if len(seen) == 60:
            raise UnreadableVideo("“side.avi” cannot be read any further: copy it again.")
        return find(self, frame)

    monkeypatch.setattr(performer_in_numbers, "process", breaks)
    bake(side, wait=False)
    until(lambda: runtime().jobs.current is None)
    assert "“side.avi” cannot be read any further" in notice("error")
    assert notice() == 'The frames captured so far are in the take "film".'
    assert avatar.animation_data is None
    with Take.open(folder / "film.take") as take:
        assert take.frame_count == 50
    assert [entry.frames for entry in add_on.context.window_manager.mimic_takes.entries] == [50]
    add_on.ops.mimic.take_bake()
    assert avatar.animation_data.action.name == "film"
