# SPDX-License-Identifier: GPL-3.0-or-later
"""``mimic evaluate --sides``, ``--gravity``, ``--crossings``, ``--refined`` and ``--cameras``: rendered clips."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...pipeline.outputs import check_output, replacing
from .console import say
from .training_packages import check_installed

if TYPE_CHECKING:
    from ...models.training.scenes.film import Truth
    from ...models.training.scenes.library import ClipSet

_NEEDED: Final = ("anny", "moderngl", "scipy", "torch")
_REAL: Final = {
    "bodypose3d": "groundtruth/bodypose3d/media/cam0_test.mp4",
    "squats": "groundtruth/pose-detection/test_data/pose_squats.mp4",
    "gestures": "media/mediapipe-samples/gesture_recognizer__test_video.mp4",
}
"""Real clips by name, with their paths in the folder of data."""


def evaluate_scenes(options: argparse.Namespace) -> int:
    """Render the clips of a set that are missing, capture them and write tables of how well they are understood."""
    check_installed(_NEEDED)
    check_output(options.output, force=options.force)
    text = {"cameras": _cameras, "refined": _refined}.get(options.scenes, _clips_of_one_camera)(options)
    with replacing(options.output, force=options.force) as part:
        part.write_text(text, encoding="utf-8")
    say(f"Table: {options.output}")
    return 0


def _clips_of_one_camera(options: argparse.Namespace) -> str:
    from ...models.training.scenes.library import make_clips

    name: ClipSet = options.scenes
    for step in make_clips(options.datasets, options.data / "mocap", name):
        say(step)
    return {"sides": _sides, "gravity": _gravity, "people": _people}[name](options)


def _cameras(options: argparse.Namespace) -> str:
    from ...models.training.evaluation.camera_clips import TAKE, captured_cameras, score_clip
    from ...models.training.evaluation.camera_tables import camera_tables
    from ...models.training.scenes import stages
    from ...models.training.scenes.library import camera_folder, make_cameras
    from ...models.training.scenes.several import LETTERS

    for step in make_cameras(options.datasets, options.data / "mocap"):
        say(step)
    scores, with_two, by_angle = {}, {}, {}
    for plan in stages.cameras():
        folder = camera_folder(options.datasets, plan)
        take, warned = captured_cameras(folder)
        known = None if plan.cameras_of is None else folder.parent / plan.cameras_of / TAKE
        scores[plan.name] = score_clip(folder, take, warned=warned, cameras_of=known)
        say(f"{plan.name}: {scores[plan.name].summary}")
        if len(plan.eyes) > 2:
            take, _ = captured_cameras(folder, "ab.take", letters="ab")
            with_two[plan.name] = score_clip(folder, take, letters="ab")
    folder = camera_folder(options.datasets, stages.angles())
    for letter, angle in zip(LETTERS[1:], stages.ANGLES, strict=True):
        take, _ = captured_cameras(folder, f"a{letter}.take", letters=f"a{letter}")
        by_angle[angle] = score_clip(folder, take, letters=f"a{letter}")
        say(f"{angle} degrees: {by_angle[angle].summary}")
    if options.sheet is not None:
        _write_camera_sheet(options)
    return camera_tables(scores, with_two, by_angle)


def _write_camera_sheet(options: argparse.Namespace) -> None:
    """Draw the clip that was filmed as the page on two cameras says."""
    from ...models.training.evaluation.camera_sheet import write_camera_sheet
    from ...models.training.scenes.library import camera_folder, read_bodies
    from ...models.training.scenes.stages import phones

    write_camera_sheet(options.sheet, camera_folder(options.datasets, phones()), read_bodies(options.datasets))
    say(f"Sheet: {options.sheet}")


def _sides(options: argparse.Namespace) -> str:
    from ...models.training.evaluation.clip_takes import captured
    from ...models.training.evaluation.scene_tables import sides_tables
    from ...models.training.evaluation.side_scores import SideScore, score_clip, score_real

    scores: dict[str, SideScore] = {}
    for video, truth in _clips(options, "sides"):
        scores[video.stem] = score = score_clip(truth, captured(video, video.parent))
        say(f"{video.stem}: {score.take.exchanged} exchanged, {score.take.left} after, {score.take.spoilt} spoilt")
    videos = {name: options.data / path for name, path in _REAL.items()}
    folder = options.datasets / "scenes" / "real"
    real = {name: score_real(captured(path, folder)) for name, path in videos.items() if path.is_file()}
    return sides_tables(scores, real)


def _gravity(options: argparse.Namespace) -> str:
    from ...models.training.evaluation.clip_takes import captured
    from ...models.training.evaluation.gravity_scores import GravityScore, score_gravity
    from ...models.training.evaluation.scene_tables import gravity_tables

    scores: list[GravityScore] = []
    for video, truth in _clips(options, "gravity"):
        score = score_gravity(video.stem, truth, captured(video, video.parent))
        scores.append(score)
        say(f"{score.name}: {score.found:.1f} degrees off, {score.none:.1f} without correction")
    return gravity_tables(scores)


def _refined(options: argparse.Namespace) -> str:
    from ...models.training.evaluation.clip_takes import captured
    from ...models.training.evaluation.refine_scores import Refinement, refine_table, score_bodypose3d, score_clip
    from ...models.training.scenes.library import make_clips

    scores: dict[str, Refinement] = {}
    names: tuple[ClipSet, ...] = ("sides", "gravity")
    for name in names:
        for step in make_clips(options.datasets, options.data / "mocap", name):
            say(step)
        for video, truth in _clips(options, name):
            scores[video.stem] = score = score_clip(truth, captured(video, video.parent, again=False))
            say(
                f"{video.stem}: path off by {score.before.along:.0f} mm along the lens, {score.after.along:.0f} refined"
            )
    real = options.data / _REAL["bodypose3d"]
    if real.is_file():
        take = captured(real, options.datasets / "scenes" / "real", again=False)
        scores["bodypose3d"] = score_bodypose3d(real.parent.parent, take)
    return refine_table(scores)


def _people(options: argparse.Namespace) -> str:
    from ...models.training.evaluation.clip_takes import EVERYONE, summary
    from ...models.training.evaluation.people_scores import PeopleScore, score_people
    from ...models.training.evaluation.scene_tables import people_tables

    scores: dict[str, PeopleScore] = {}
    for video, truth in _clips(options, "people"):
        take = video.with_suffix(".take")
        warning = summary(video, take, people=EVERYONE).warning
        scores[video.stem] = score = score_people(truth, take, reported=warning or "")
        say(f"{video.stem}: {score.people} people, {score.numbers} numbers, {score.exchanges} exchanges")
    return people_tables(scores)


def _clips(options: argparse.Namespace, name: "ClipSet") -> "Iterator[tuple[Path, Truth]]":
    from ...models.training.scenes.film import Truth
    from ...models.training.scenes.library import videos

    for video in videos(options.datasets, name):
        yield video, Truth.read(video.with_suffix(".npz"))
