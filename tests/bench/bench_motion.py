# SPDX-License-Identifier: GPL-3.0-or-later
"""Effect of polishing on walks seen by one camera: foot sliding, floor penetration, jitter, lag, fast gestures.

    .venv/bin/python tests/bench/bench_motion.py [--clips N] [--seed N] [--smoothing 0..1] [--noise 0..] [--solver NAME]
        [--half even|odd]

Foot contacts were last tuned on the even walks, but the figures of the odd ones were visible after each choice.

CMU's walks (in the team's shared data) are applied to the neutral body, which represents any rig of its proportions,
and pass the camera at an angle. Landmarks get BlazePose's noise: white noise as measured on two videos (third
differences of world and image landmarks), a wobble with a time constant of a sixth of a second, and a slow error with
one of two seconds, which cannot be measured on videos without ground truth. They are solved like any video. Jitter is
given relative to that of the raw solve, which solves each frame separately, and to that of the default solve: the
lifter averages whole takes over 0.07 s. A sole counts as planted where the walker's own ball of the foot was on the
floor in the original capture, independently of the result measured.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from mimic.models.body import rotations as rot
from mimic.models.body.joints import FINGERS, INDEX, JOINTS
from mimic.models.body.model import Body, neutral_body
from mimic.models.body.motion import BodyMotion
from mimic.models.training.poses.motion_capture import read_points, track_of
from mimic.pipeline.landmarks.data import FACE_POINTS, LandmarkTrack
from mimic.pipeline.solve import axes
from mimic.pipeline.solve.analytic.solver import AnalyticSolver
from mimic.pipeline.solve.lifter.solver import LifterSettings, LifterSolver
from mimic.retarget.motion.contacts import find_contacts, speed_of
from mimic.retarget.motion.options import AS_SOLVED, MotionOptions
from mimic.retarget.motion.polish import polish
from mimic.retarget.motion.soles import PosedSoles
from mimic.retarget.motion.spans import runs

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
Solve = Callable[[LandmarkTrack, Body], BodyMotion]

ROOT: Final = Path(__file__).resolve().parents[2]
DATA: Final = ROOT.parent / "shared" / "data" / "mocap"
SIZE: Final = np.array([1280.0, 720.0])
FOCAL: Final = 0.5 * 1280.0 / np.tan(np.radians(32.5))
DISTANCE: Final = 4.5
SLANT: Final = np.radians(30.0)
LIMBS: Final = np.array([0.5] * 11 + [1.0, 1.0, 1.4, 1.4, 1.8, 1.8] + [2.0] * 6 + [0.15, 0.15] + [1.0] * 2 + [1.3] * 6)
"""Noise of each of the 33 points relative to that of a shoulder, as measured."""
WHITE, WOBBLE, SLOW = 1.0, 2.5, 5.0
"""Amplitudes of the three parts of the noise, relative to the measured white noise."""
WORLD: Final = np.array([0.0022, 0.0032, 0.0055])
PIXELS: Final = np.array([0.5, 0.6])


def solve_analytic(track: LandmarkTrack, body: Body) -> BodyMotion:
    """Solve by geometry alone."""
    return AnalyticSolver(body).solve(track)


def solve_lifter(track: LandmarkTrack, body: Body) -> BodyMotion:
    """Solve with the lifter, as takes are."""
    return LifterSolver(body).solve(track)


def solve_raw(track: LandmarkTrack, body: Body) -> BodyMotion:
    """Solve with the lifter, each frame separately and without smoothing."""
    return LifterSolver(body, settings=LifterSettings(window=0.0)).solve(track)


SOLVERS: Final[dict[str, tuple[Solve, Solve]]] = {
    "analytic": (solve_analytic, solve_analytic),
    "lifter": (solve_lifter, solve_raw),
}
"""The default solve of a take, and its raw solve; the analytic solver treats each frame separately anyway."""

MAIN: Final = [i for i, name in enumerate(JOINTS) if not any(finger in name for finger in FINGERS)]
"""All joints except the fingers, which the walks do not contain."""


@dataclass(frozen=True)
class Walk:
    """One clip: the true motion of the body in front of the camera, and when each ball of the foot (n, 2) stood."""

    name: str
    truth: BodyMotion
    planted: Mask


@dataclass(frozen=True)
class Figures:
    """Measurements of one result: cm/s, cm, m/s2, milliseconds, and degrees from the truth.

    `lag` is relative to the truth and includes errors of the solver, which may differ as a limb moves out and back;
    `delay` is relative to the solved motion, and so that of polishing alone.
    """

    slide: float
    worst_slide: float
    penetration: float
    acceleration: float
    lag: float
    delay: float
    error: float
    found: float


def walks(folder: Path, body: Body) -> Iterator[Walk]:
    """Yield the walking clips."""
    for file in sorted((folder / "cmu_npz30").glob("*.npz")):
        with np.load(file) as data:
            label = str(data["label"])
        if "walk" in label and "uneven" not in label:
            yield read_walk(file, body, f"{file.stem.split('__')[1]} {label.partition(': ')[2]}")


def read_walk(file: Path, body: Body, name: str) -> Walk:
    """Read a clip, apply it to the body, and let it pass a camera at hip height at an angle."""
    time, points = read_points(file)
    time, points = time[2:], points[2:]  # Some begin with a jump out of the T-pose.
    hips = points[:, 23:25].mean(axis=1)
    legs = np.linalg.norm(points[:, 25] - points[:, 23], axis=-1) + np.linalg.norm(
        points[:, 27] - points[:, 25], axis=-1
    )
    own = np.linalg.norm(body.landmarks[25] - body.landmarks[23]) + np.linalg.norm(
        body.landmarks[27] - body.landmarks[25]
    )
    points, hips = points * (own / legs.mean()), hips * (own / legs.mean())
    motion = solve_analytic(track_of(points, time), body)
    to_joint = body.rest[0] - body.landmarks[23:25].mean(axis=0)
    root = hips + rot.rotate(motion.rotations[:, 0], to_joint)
    # Rotate and centre the walk, so that it follows the slant in the middle of the picture.
    way = root[-1] - root[0]
    turn = rot.from_axis_angle([0.0, 0.0, 1.0], np.asarray(-SLANT - np.arctan2(way[1], way[0])))
    rotations = motion.rotations.copy()
    rotations[:, 0] = rot.multiply(turn, rotations[:, 0])
    root = rot.rotate(turn, root)
    middle = 0.5 * (root.min(axis=0) + root.max(axis=0))
    root = root - middle + [0.0, DISTANCE, 0.0]
    truth = replace(motion, rotations=rot.continuous(rotations), root=root)
    return Walk(name, truth, _planted(time, points[:, [31, 32]]))


def _leg(points: Array) -> Array:
    """Return the length (...) of the left leg of BlazePose's points (..., 33, 3)."""
    hip, knee, ankle = (points[..., i, :] for i in (23, 25, 27))
    return np.linalg.norm(knee - hip, axis=-1) + np.linalg.norm(ankle - knee, axis=-1)


def _planted(time: Array, balls: Array) -> Mask:
    """Return when balls of the feet (n, 2, 3) stood still for at least a sixth of a second, as none does in the air."""
    still = speed_of(time, balls) < 0.3
    result = np.zeros_like(still)
    for foot in (0, 1):
        for start, end in runs(still[:, foot]):
            if time[end - 1] - time[start] > 1.0 / 6.0:
                result[start + 1 : end - 1, foot] = True
    return result


def seen(truth: BodyMotion, body: Body, *, noise: float, seed: int = 0) -> LandmarkTrack:
    """Return the landmarks of a true motion with BlazePose's noise."""
    rng = np.random.default_rng(seed)
    n = len(truth.time)
    points = body.landmark_positions(truth.rotations, truth.root)[:, :33]
    pixels = 0.5 * SIZE + FOCAL * points[..., [0, 2]] / points[..., [1]] * [1.0, -1.0]
    world = axes.from_blender(points - points[:, 23:25].mean(axis=1, keepdims=True))
    world += noise * WORLD * LIMBS[:, None] * _wander(truth.time, (33, 3), rng)
    pixels += noise * PIXELS * np.maximum(LIMBS, 0.5)[:, None] * _wander(truth.time, (33, 2), rng)
    hands = np.full((n, 2, 21, 3), np.nan)
    return LandmarkTrack(
        time=truth.time,
        size=np.tile(SIZE, (n, 1)),
        pose_image=np.concatenate([pixels, np.zeros((n, 33, 1))], axis=-1),
        pose_world=world,
        visibility=np.full((n, 33), 0.95),
        presence=np.full((n, 33), 0.99),
        hand_image=hands,
        hand_world=hands,
        hand_presence=np.full((n, 2), np.nan),
        face_image=np.full((n, len(FACE_POINTS), 3), np.nan),
    )


def _wander(time: Array, shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Return the sum (n, *shape) of white noise, wobble and slow error."""
    total = WHITE * rng.normal(size=(len(time), *shape))
    for size, memory in ((WOBBLE, 1.0 / 6.0), (SLOW, 2.0)):
        state = rng.normal(size=shape)
        keep = np.exp(-float(np.median(np.diff(time))) / memory)
        for i in range(len(time)):
            total[i] += size * state
            state = keep * state + np.sqrt(1.0 - keep * keep) * rng.normal(size=shape)
    return total


def measure(walk: Walk, motion: BodyMotion, body: Body, *, solved: BodyMotion) -> Figures:
    """Measure a polished motion, given the solved motion that it was made from."""
    time = walk.truth.time
    soles = PosedSoles.of(body, motion.rotations, motion.root)
    step = np.diff(time)[:, None]
    slide = np.linalg.norm(np.diff(soles.ball[..., :2], axis=0), axis=-1) / step
    stands = walk.planted[1:] & walk.planted[:-1]
    contacts = find_contacts(time, soles, "auto").ball
    return Figures(
        slide=100.0 * float(slide[stands].mean()),
        worst_slide=100.0 * float(np.percentile(slide[stands], 95.0)),
        penetration=100.0 * float(max(0.0, -soles.lowest.min())),
        acceleration=_acceleration(motion, body),
        lag=1000.0 * lag(time, angles(motion), angles(walk.truth)),
        delay=1000.0 * lag(time, angles(motion), angles(solved)),
        error=float(
            np.degrees(_apart(body.globals(motion.rotations), body.globals(walk.truth.rotations))[:, MAIN].mean())
        ),
        found=float(contacts[walk.planted].mean()),
    )


def _apart(a: Array, b: Array) -> Array:
    return rot.angle(rot.multiply(rot.conjugate(a), b))


def angles(motion: BodyMotion) -> Array:
    """Return the rotation angles (n, 8) of arms and legs in radians, as signals for measuring lag."""
    names = [f"{side}{part}" for side in ("Left", "Right") for part in ("UpLeg", "Leg", "Arm", "ForeArm")]
    return rot.angle(motion.rotations[:, [INDEX[name] for name in names]])


def lag(time: Array, late: Array, early: Array) -> float:
    """Return the seconds by which one set of signals (n, k) follows another, at their highest correlation."""
    step = 0.002
    even = np.arange(time[0] + 0.3, time[-1] - 0.3, step)

    def at(signals: Array, shift: float) -> Array:
        values = np.stack([np.interp(even + shift, time, s) for s in signals.T])
        return values - values.mean(axis=1, keepdims=True)

    reference = at(early, 0.0)
    shifts = np.arange(-0.1, 0.1 + step, step)
    likeness = [np.sum(reference * at(late, shift)) / np.linalg.norm(at(late, shift)) for shift in shifts]
    best = int(np.clip(np.argmax(likeness), 1, len(shifts) - 2))
    before, here, after = likeness[best - 1 : best + 2]
    # The vertex of the parabola through the best three gives more precision than the step.
    return float(shifts[best] + 0.5 * step * (before - after) / (before - 2.0 * here + after))


def accents(options: MotionOptions, body: Body, *, noise: float) -> dict[str, float]:
    """Return the percentage of the amplitude of single fast movements that polishing keeps, by their duration."""
    time, moved = np.arange(120) / 30.0, [INDEX[name] for name in ("LeftForeArm", "RightArm", "LeftUpLeg")]
    options = replace(options, feet="off", upright=False, limits=False)
    shake = noise * np.radians(0.5) * np.random.default_rng(1).normal(size=(120, len(JOINTS), 4))
    result = {}
    for width in (0.3, 0.2, 0.15):
        pulse = np.radians(80.0) * np.exp(-4.0 * np.log(2.0) * ((time - 2.0) / width) ** 2)
        rotations = rot.identity(120, len(JOINTS))
        rotations[:, moved] = rot.from_axis_angle([0.0, 0.0, 1.0], pulse)[:, None]
        root, sure = np.tile(body.rest[0], (120, 1)), np.ones((120, len(JOINTS)))
        motion = BodyMotion(time, rot.unit(rotations + shake), root, np.empty(0), sure)
        heights = np.degrees(rot.angle(polish(motion, body, options).rotations[:, moved])).max(axis=0)
        result[f"{width:g} s wide"] = 100.0 * float(heights.min()) / 80.0
    return result


def standing(walk: Walk, options: MotionOptions, body: Body, *, noise: float, solver: Solve) -> tuple[float, float]:
    """Return the mean acceleration of the joints in m/s2 while holding a pose for 4 s, as solved and as polished."""
    frames = 120
    still = replace(
        walk.truth,
        time=np.arange(frames) / 30.0,
        rotations=np.repeat(walk.truth.rotations[:1], frames, axis=0),
        root=np.repeat(walk.truth.root[:1], frames, axis=0),
        confidence=np.repeat(walk.truth.confidence[:1], frames, axis=0),
    )
    solved = solver(seen(still, body, noise=noise), body)
    before, after = (polish(solved, body, way) for way in (AS_SOLVED, options))
    return _acceleration(before, body), _acceleration(after, body)


def _acceleration(motion: BodyMotion, body: Body) -> float:
    joints = body.positions(motion.rotations, motion.root)[:, MAIN]
    return float(np.linalg.norm(np.diff(joints, 2, axis=0), axis=-1).mean() / np.median(np.diff(motion.time)) ** 2)


def main() -> None:
    """Measure and print tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--clips", type=int, default=100)
    parser.add_argument("--smoothing", type=float, default=0.5)
    parser.add_argument("--noise", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--solver", choices=tuple(SOLVERS), default="lifter")
    parser.add_argument("--half", choices=("even", "odd"), help="every other walk only")
    options = parser.parse_args()
    body = neutral_body()
    solver, raw = SOLVERS[options.solver]
    full = MotionOptions(smoothing=options.smoothing)
    first, step = {"even": (0, 2), "odd": (1, 2), None: (0, 1)}[options.half]
    ways = {"as solved": AS_SOLVED, "smoothed": replace(full, feet="off"), "locked": full}
    results: dict[str, list[Figures]] = {name: [] for name in ("truth", "raw", *ways)}
    still: list[tuple[float, float]] = []
    per_clip = Table("clip", *(f"slide, {name}" for name in results), "jitter kept", title="cm/s, each walk")
    for walk in islice(walks(options.data, body), first, options.clips, step):
        track = seen(walk.truth, body, noise=options.noise, seed=options.seed)
        solved, unsmoothed = solver(track, body), raw(track, body)
        results["raw"].append(measure(walk, polish(unsmoothed, body, AS_SOLVED), body, solved=solved))
        results["truth"].append(measure(walk, polish(walk.truth, body, AS_SOLVED), body, solved=walk.truth))
        for name, way in ways.items():
            results[name].append(measure(walk, polish(solved, body, way), body, solved=solved))
        still.append(standing(walk, full, body, noise=options.noise, solver=solver))
        last = {name: figures[-1] for name, figures in results.items()}
        kept = last["locked"].acceleration / last["raw"].acceleration
        per_clip.add_row(walk.name, *(f"{f.slide:.1f}" for f in last.values()), f"{kept:.2f}")
    table = Table("", *results, title=f"{len(results['truth'])} walks, mean over clips")
    for field, unit in (
        ("slide", "slide of planted balls, cm/s"),
        ("worst_slide", "  its 95th percentile, cm/s"),
        ("penetration", "deepest below the floor, cm"),
        ("acceleration", "mean acceleration of joints, m/s2"),
        ("delay", "lag behind the motion as solved, ms"),
        ("lag", "lag behind the truth, ms"),
        ("error", "global turns from the truth, degrees"),
        ("found", "planted frames found"),
    ):
        table.add_row(unit, *(f"{np.mean([getattr(f, field) for f in figures]):.2f}" for figures in results.values()))
    jitter = [np.mean([f.acceleration for f in figures]) for figures in results.values()]
    for name, of in (("  as part of the raw solve's", jitter[1]), ("  as part of that as solved", jitter[2])):
        table.add_row(name, *(f"{value / of:.3f}" for value in jitter))
    calm = np.mean(still, axis=0)
    table.add_row("  of someone who holds a pose", "0.00", "", f"{calm[0]:.2f}", "", f"{calm[1]:.2f}")
    kept = Table("accent of 80 degrees", "height kept, %", title="accents")
    for name, value in accents(full, body, noise=options.noise).items():
        kept.add_row(name, f"{value:.1f}")
    Console().print(per_clip, table, kept)


if __name__ == "__main__":
    main()
