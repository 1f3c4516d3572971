# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of the analytic solver compared with those of its input, the world landmarks, and the speed of all solvers.

    .venv/bin/python tests/bench/bench_solver.py [--model lite|full|heavy] [--frames N] [--out FILE.json]

The ground truth is `bodypose3d` in the team's shared data: 12 joints seen by two calibrated cameras (order 11 to 16,
then 23 to 28), 187 frames of one person, in units of their own, scaled so that the torso is 0.5 m. "Raw" are the world
landmarks of MediaPipe's pose network as our pipeline finds them; "solved" are the same points on the neutral body,
posed with the solver's rotations. The body has its own proportions, so its joints may be elsewhere even if its limbs
have the right direction: judge a solver by limb directions.

Speed is processor time of one thread on the clip, with the solvers taking turns so that a busy machine slows all
alike: frames one at a time as in a live session (the median), and all of them at once.

Then come errors by group of joints on the repository's clip, whose rotations are all known. They come from another
rig, whose elbows bend about an axis 21 degrees from ours: errors of upper arms cannot be smaller than that.
"""

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from mimic.models.body import rotations as rot
from mimic.models.body.joints import FINGERS, INDEX
from mimic.models.body.model import neutral_body
from mimic.models.body.motion import BodyMotion
from mimic.models.training.evaluation import metrics
from mimic.models.training.evaluation.bodypose3d import VIDEO, truth
from mimic.models.training.evaluation.trials import track_slice
from mimic.pipeline.landmarks import scheduler
from mimic.pipeline.landmarks.data import LandmarkTrack
from mimic.pipeline.landmarks.settings import HolisticSettings, Model
from mimic.pipeline.solve import axes
from mimic.pipeline.solve.analytic.settings import AnalyticSettings
from mimic.pipeline.solve.analytic.solver import AnalyticSolver
from mimic.pipeline.solve.camera import CameraSettings
from mimic.pipeline.solve.lifter.solver import LifterSettings, LifterSolver
from mimic.pipeline.solve.solver import Solver
from mimic.pipeline.sources import open_source

Array = NDArray[np.float64]

ROOT: Final = Path(__file__).resolve().parents[2]
DATA: Final = ROOT.parent / "shared" / "data" / "groundtruth" / "bodypose3d"
UNITS: Final = {
    "procrustes": "joints after Procrustes, mm",
    "root": "joints with mid-hip on mid-hip, mm",
    "directions": "directions of the 8 limbs, degrees",
}
REFERENCE: Final = {"procrustes": 70.0, "root": 104.0, "directions": 13.6}
"""Measured with mp.solutions.pose on this video before there was a solver: mm, mm, degrees."""
GROUPS: Final = {
    "hips": ["Hips"],
    "chest": ["Spine2"],
    "head": ["Head"],
    **{
        name: [f"Left{part}", f"Right{part}"]
        for name, part in (
            ("upper arms", "Arm"),
            ("forearms", "ForeArm"),
            ("hands", "Hand"),
            ("thighs", "UpLeg"),
            ("shanks", "Leg"),
            ("feet", "Foot"),
        )
    },
    "fingers": [f"{side}Hand{finger}{k}" for side in ("Left", "Right") for finger in FINGERS[1:] for k in (1, 2, 3)],
    "thumbs": [f"{side}HandThumb{k}" for side in ("Left", "Right") for k in (1, 2, 3)],
}


SOLVERS: Final[dict[str, Callable[[], Solver]]] = {
    "analytic": lambda: AnalyticSolver(neutral_body()),
    "lifter": lambda: LifterSolver(neutral_body()),
    "lifter, one look": lambda: LifterSolver(neutral_body(), settings=LifterSettings(second_look=False)),
}
_FIRST: Final = 5
"""First frames, which are not timed because they include one-time setup."""


@dataclass(frozen=True)
class Errors:
    """Means over frames: joints in mm after Procrustes alignment and relative to the mid-hip, limbs in degrees."""

    procrustes: float
    root: float
    directions: float
    limbs: dict[str, float]


def errors(points: Array, true: Array) -> Errors:
    """Return the errors of points (n, 12, 3) against the truth, frame by frame."""
    limbs = dict(zip(metrics.LIMBS, map(float, metrics.directions(points, true).mean(axis=0)), strict=True))
    return Errors(
        procrustes=float(metrics.pa_mpjpe(points, true).mean()),
        root=float(metrics.mpjpe(points, true).mean()),
        directions=float(np.mean(list(limbs.values())[: metrics.OF_LIMBS])),
        limbs=limbs,
    )


def landmarks(video: Path, *, model: Model, frames: int) -> LandmarkTrack:
    """Run the networks over a video."""
    with open_source(video) as source:
        pictures = (frame for frame in source if frame.index < frames)
        return LandmarkTrack.of(list(scheduler.run(pictures, HolisticSettings(model=model, face=False))))


def posed(motion: BodyMotion) -> Array:
    """Return the 12 joints (n, 12, 3) of the posed body, in the axes of world landmarks."""
    return axes.from_blender(neutral_body().landmark_positions(motion.rotations, np.zeros(3)))[:, metrics.POINTS]


def table(results: dict[str, Errors], *, title: str, reference: dict[str, float] | None = None) -> Table:
    """Format errors of points as a table."""
    shown = Table("", *results, *(["raw, reference"] if reference else []), title=title)
    for measure, unit in UNITS.items():
        values = [f"{getattr(e, measure):.2f}" for e in results.values()]
        known = [f"{reference[measure]}"] if reference else []
        shown.add_row(unit, *values, *known, end_section=measure == "directions")
    for limb in metrics.LIMBS:
        shown.add_row(f"  {limb}, degrees", *(f"{e.limbs[limb]:.1f}" for e in results.values()))
    return shown


@dataclass(frozen=True)
class ClipErrors:
    """Errors on the clip: points as above, and means over frames of global rotations by group in degrees, and roots.

    `roots` are mm sideways and in depth, with the known focal length and with the assumed one.
    """

    points: dict[str, Errors]
    turns: dict[str, float]
    roots: dict[str, tuple[float, float]]


def on_clip(clip: Path, *, model: Model) -> ClipErrors:
    """Measure errors on the clip with known rotations."""
    with np.load(clip.with_suffix(".npz")) as data:
        rotations, root, focal = data["rotations"], data["root"], float(data["focal"][0])
    body, track = neutral_body(), landmarks(clip, model=model, frames=len(root))
    known = AnalyticSolver(body, settings=AnalyticSettings(camera=CameraSettings(focal=focal))).solve(track)
    assumed = AnalyticSolver(body).solve(track)
    found = np.isfinite(track.pose_world).all(axis=(1, 2))
    true = axes.from_blender(body.landmark_positions(rotations, root))[:, metrics.POINTS]
    apart = rot.angle(rot.multiply(rot.conjugate(body.globals(known.rotations)), body.globals(rotations)))
    return ClipErrors(
        points={
            "raw": errors(track.pose_world[found][:, metrics.POINTS], true[found]),
            "solved": errors(posed(known)[found], true[found]),
        },
        turns={
            group: float(np.degrees(apart[found][:, [INDEX[joint] for joint in joints]]).mean())
            for group, joints in GROUPS.items()
        },
        roots={name: _root_error(m.root[found], root[found]) for name, m in (("known", known), ("assumed", assumed))},
    )


def _root_error(found: Array, true: Array) -> tuple[float, float]:
    sideways, depth = np.linalg.norm((found - true)[:, [0, 2]], axis=-1), np.abs(found - true)[:, 1]
    return 1000.0 * float(sideways.mean()), 1000.0 * float(depth.mean())


def clip_table(result: ClipErrors) -> Table:
    """Format errors of rotations and roots as a table."""
    shown = Table("", "mean", title="the repository's clip, solved")
    for group, value in result.turns.items():
        shown.add_row(f"global rotation of {group}, degrees", f"{value:.1f}")
    for name, (sideways, depth) in result.roots.items():
        shown.add_row(f"root with the focal length {name}, mm", f"{sideways:.0f} sideways, {depth:.0f} in depth")
    return shown


@dataclass(frozen=True)
class Speed:
    """Milliseconds a frame: one at a time, and all at once."""

    single: float
    whole: float


def speeds(track: LandmarkTrack, *, rounds: int = 5) -> dict[str, Speed]:
    """Measure the speed of all solvers on a track, as medians over rounds and frames."""
    frames = [track_slice(track, slice(i, i + 1)) for i in range(len(track.time))]
    single: dict[str, list[float]] = {name: [] for name in SOLVERS}
    whole: dict[str, list[float]] = {name: [] for name in SOLVERS}
    for _ in range(rounds):
        started = {name: start() for name, start in SOLVERS.items()}
        for i, frame in enumerate(frames):
            spent = {name: _spent(solver.update, frame) for name, solver in started.items()}
            for name in SOLVERS if i >= _FIRST else ():
                single[name].append(spent[name])
        for name, start in SOLVERS.items():
            whole[name].append(_spent(start().solve, track) / len(frames))
    return {name: Speed(float(np.median(single[name])), float(np.median(whole[name]))) for name in SOLVERS}


def _spent(solve: Callable[[LandmarkTrack], BodyMotion], track: LandmarkTrack) -> float:
    """Return the milliseconds of this thread's processor time for solving a track."""
    began = time.thread_time()
    solve(track)
    return 1000.0 * (time.thread_time() - began)


def speed_table(results: dict[str, Speed]) -> Table:
    """Format speeds as a table."""
    shown = Table("", "one at a time", "all at once", title="ms a frame on one thread")
    for name, speed in results.items():
        shown.add_row(name, f"{speed.single:.2f}", f"{speed.whole:.2f}")
    return shown


def main() -> None:
    """Measure, print tables, and write JSON if requested."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--clip", type=Path, default=ROOT / "tests" / "clips" / "performer.mp4")
    parser.add_argument("--model", choices=["lite", "full", "heavy"], default="full")
    parser.add_argument("--frames", type=int, default=10**6, help="stop after this many frames")
    parser.add_argument("--out", type=Path, help="write the results here as JSON")
    options = parser.parse_args()
    if not options.data.is_dir():
        raise SystemExit(f"There is no folder {options.data}; give that of bodypose3d with --data.")
    true = truth(options.data)
    track = landmarks(options.data / VIDEO, model=options.model, frames=options.frames)
    found = np.isfinite(track.pose_world).all(axis=(1, 2))
    motion = AnalyticSolver(neutral_body()).solve(track)
    true = true[: len(found)][found]
    results = {
        "raw": errors(track.pose_world[found][:, metrics.POINTS], true),
        "solved": errors(posed(motion)[found], true),
    }
    console = Console()
    console.print(table(results, title=f"bodypose3d, {found.sum()} frames", reference=REFERENCE))
    clip = on_clip(options.clip, model=options.model)
    console.print(table(clip.points, title="the repository's clip"), clip_table(clip))
    fast = speeds(landmarks(options.clip, model=options.model, frames=options.frames))
    console.print(speed_table(fast))
    if options.out is not None:
        both = {
            "bodypose3d": {name: asdict(e) for name, e in results.items()},
            "clip": asdict(clip),
            "speed": {name: asdict(speed) for name, speed in fast.items()},
        }
        options.out.write_text(json.dumps(both, indent=2) + "\n")


if __name__ == "__main__":
    main()
