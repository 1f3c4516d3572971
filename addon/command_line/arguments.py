# SPDX-License-Identifier: GPL-3.0-or-later
"""The grammar of the command line: commands, options and their help."""

import argparse
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from math import isfinite, nan
from pathlib import Path
from typing import NoReturn

from ...retarget.face.options import FaceOptions
from ...retarget.motion.options import MotionOptions
from ..bake.options import BakeOptions, CaptureOptions, SolveOptions, SourceSpan
from .options import add_old_capture_flags, add_old_motion_flags, add_options, add_rigs, add_trim

Command = Callable[[argparse.Namespace], int]


class _Parser(argparse.ArgumentParser):
    """A parser that answers a mistake with one sentence, instead of with all options before it."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}; `{self.prog} --help` lists all options\n")


def _lazily(module: str, function: str = "run") -> Command:
    """Return a command whose module is imported when it runs, so that ``--help`` stays instant."""

    def run(options: argparse.Namespace) -> int:
        command: Command = getattr(import_module(f".{module}", __package__), function)
        return command(options)

    return run


def _whole(text: str, *, least: int = 0) -> int:
    value = int(text) if text.isdecimal() else -1
    if value < least:
        raise argparse.ArgumentTypeError(f"“{text}” is not a whole number, {least} or more")
    return value


def _count(text: str) -> int:
    return _whole(text, least=1)


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value <= 1000.0:
        raise argparse.ArgumentTypeError(f"“{text}” is not a frame rate, a number above 0 and up to 1000")
    return value


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = nan
    if not isfinite(value):
        raise argparse.ArgumentTypeError(f"“{text}” is not a number of seconds")
    return value


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.lower().partition("x")
    if not cross or not width.isdecimal() or not height.isdecimal() or not int(width) or not int(height):
        raise argparse.ArgumentTypeError(f"“{text}” is not a size in pixels such as 1280x720")
    return int(width), int(height)


def _add_source_options(command: argparse.ArgumentParser) -> None:
    group = command.add_argument_group("capture")
    add_options(group, SourceSpan, CaptureOptions)
    add_old_capture_flags(group)
    group.add_argument(
        "--size", type=_size, metavar="WxH", help="picture size to request from a camera, such as 1280x720"
    )
    group.add_argument(
        "--overlay",
        type=Path,
        metavar="OUT.mp4",
        help="also write the source as a video with its landmarks drawn on it",
    )


def _add_further_sources(command: argparse.ArgumentParser) -> None:
    words = "further cameras that filmed the same scene at the same time; their places and lenses need not be known"
    command.add_argument("further_sources", nargs="*", default=[], metavar="source", help=words)


def _add_output_options(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument("-o", "--output", type=Path, required=True, metavar="OUT", help=what)
    command.add_argument("--force", action="store_true", help="overwrite files that already exist")


def _add_number(command: argparse.ArgumentParser, flag: str, what: str, *, default: int | None) -> None:
    words = f"{what}, by the number that capture and its overlay give, from 1 (default: {default or 'everyone'})"
    command.add_argument(flag, type=_count, default=default, metavar="K", help=words)


def _add_motion_options(command: argparse.ArgumentParser) -> None:
    motion, face, keys = (command.add_argument_group(name) for name in ("motion", "expressions", "keys"))
    add_options(motion, MotionOptions)
    add_trim(motion)
    add_options(face, FaceOptions)
    add_options(keys, BakeOptions)
    add_old_motion_flags(motion)


def _add_capture(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("capture", help="record the landmarks of a video, pictures or a camera in a take")
    command.add_argument("source", help="video file, folder of pictures, stream address, or name or number of a camera")
    _add_further_sources(command)
    _add_output_options(command, "take to write")
    _add_source_options(command)
    command.set_defaults(run=_lazily("capture"))


def _add_bake(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("bake", help="bake the motion of a source or a take onto a character")
    command.add_argument(
        "source", help="take, or anything that capture accepts: video file, folder of pictures, camera, stream"
    )
    _add_further_sources(command)
    _add_output_options(command, "file to write: .blend, .glb, .fbx or .bvh; or .vrma, a VRM animation")
    add_rigs(command)
    _add_number(command, "--only-person", "bake only one of several people", default=None)
    command.add_argument("--fps", type=_rate, metavar="N", help="frame rate of the keys (default: the source's own)")
    command.add_argument(
        "--face-take",
        type=Path,
        metavar="FACE.take",
        help="take whose face the character gets, such as a close-up filmed at the same time",
    )
    command.add_argument(
        "--face-offset",
        type=_seconds,
        metavar="S",
        help="seconds from the first frame to that of the face's take (default: found by the motion of the head)",
    )
    add_options(command, SolveOptions)
    _add_motion_options(command)
    command.add_argument(
        "--take", type=Path, metavar="FILE", help="also keep the landmarks as a take, to bake them again"
    )
    command.add_argument(
        "--report", type=Path, metavar="FILE.json", help="write a report with results and timings as JSON"
    )
    _add_source_options(command)
    command.set_defaults(run=_lazily("bake"))


def _add_solve(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("solve", help="turn a take into joint rotations, as NumPy arrays")
    command.add_argument("take", type=Path, help="take to read")
    _add_output_options(command, "file to write: .npz")
    _add_number(command, "--person", "person to solve", default=1)
    add_options(command, SolveOptions)
    add_options(command, CaptureOptions, only=("field_of_view",))
    command.set_defaults(run=_lazily("takes", "solve"))


def _add_export(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("export", help="export the landmarks of a take as JSON or CSV")
    command.add_argument("take", type=Path, help="take to read")
    _add_output_options(command, "file to write: .json (in the format of the web pose-detection API) or .csv")
    _add_number(command, "--person", "person to export", default=1)
    words = "camera whose landmarks are exported, in the order in which they were captured, from 1 (default: 1)"
    command.add_argument("--camera", type=_count, default=1, metavar="K", help=words)
    command.set_defaults(run=_lazily("takes", "export"))


def _add_models(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("models", help="list, fetch or verify the neural networks")
    actions = command.add_subparsers(required=True, metavar="list|fetch|verify")
    actions.add_parser("list", help="list all networks and show which are installed").set_defaults(
        run=_lazily("models", "show")
    )
    fetch = actions.add_parser("fetch", help="download the networks and convert them")
    fetch.add_argument("names", nargs="*", metavar="NAME", help="networks to fetch (default: all)")
    fetch.add_argument(
        "--from",
        dest="packages",
        action="append",
        type=Path,
        default=[],
        metavar="FILE",
        help="read this wheel or npm archive instead of downloading; can be repeated",
    )
    fetch.add_argument(
        "--segmentation",
        action="store_true",
        help="keep the part of the network that segments the person from the background",
    )
    fetch.set_defaults(run=_lazily("models", "fetch"))
    verify = actions.add_parser("verify", help="compare the converted networks with the originals")
    verify.add_argument("names", nargs="*", metavar="NAME", help="networks to verify (default: those installed)")
    verify.set_defaults(run=_lazily("models", "verify"))


def _add_training(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    _add_train(commands)
    _add_evaluate(commands)
    # The name from version 0.1 works for one more version; no help lists it.
    old = commands.add_parser("lifter").add_subparsers(required=True, metavar="train|evaluate")
    _add_train(old)
    _add_evaluate(old)


def _add_train(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    words = "train the lifter, the network that turns landmarks into joint rotations"
    command = commands.add_parser("train", help=words)
    command.add_argument(
        "--epochs", type=_count, default=20, metavar="N", help="passes over the training pairs (default: 20)"
    )
    command.add_argument(
        "--clean", action="store_true", help="train on exact landmarks with noise added, as a baseline for comparison"
    )
    command.add_argument(
        "--faces", action="store_true", help="train the corrector of expressions instead, on rendered faces"
    )
    _add_dataset_options(command)
    command.set_defaults(run=_lazily("training", "train"))


def _add_evaluate(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    words = "measure the lifter against raw landmarks and the analytic solver, on held-out data"
    command = commands.add_parser("evaluate", help=words)
    command.add_argument(
        "--lifter", type=Path, metavar="FILE.onnx", help="network to measure (default: the one that comes with Mimic)"
    )
    command.add_argument(
        "--baseline",
        type=Path,
        metavar="FILE.onnx",
        help="second network to compare with, trained with --clean",
    )
    instead = command.add_mutually_exclusive_group()
    instead.add_argument("--faces", action="store_true", help="measure expressions and gaze instead, on rendered faces")
    for flag, scenes, words in (
        ("--sides", "sides", "measure how exchanged sides are mended instead, on rendered clips"),
        ("--gravity", "gravity", "measure how the vertical is found instead, on rendered clips"),
        ("--crossings", "people", "measure how several people are told apart instead, on rendered clips"),
        ("--cameras", "cameras", "measure what further cameras add instead, on rendered clips"),
        ("--refined", "refined", "measure what refining takes of one camera does instead, on rendered clips"),
    ):
        instead.add_argument(flag, dest="scenes", action="store_const", const=scenes, help=words)
    command.add_argument(
        "--sheet", type=Path, metavar="FILE.jpg", help="also draw ten pictures of each test beside their solved bodies"
    )
    _add_output_options(command, "file to write: .md")
    _add_dataset_options(command)
    command.set_defaults(run=_lazily("training", "evaluate"))


def _add_dataset_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "datasets", type=Path, metavar="DATASETS", help="folder for the data sets and the trained network"
    )
    command.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="DATA",
        help="folder with motion capture in mocap/, and rigs/ and groundtruth/ for tests",
    )
    command.add_argument(
        "--people", type=_count, default=40, metavar="N", help="number of dressed bodies (default: 40)"
    )
    command.add_argument(
        "--shards",
        type=_whole,
        default=400,
        metavar="N",
        help="number of shards with 256 training pairs each (default: 400)",
    )
    command.add_argument(
        "--test-shards",
        type=_whole,
        default=5,
        metavar="N",
        help="number of shards for each test on held-out pairs (default: 5)",
    )
    command.add_argument(
        "--clip-shards",
        type=_whole,
        default=75,
        metavar="N",
        help="number of shards with 20 training clips each (default: 75)",
    )
    command.add_argument(
        "--test-clip-shards",
        type=_whole,
        default=9,
        metavar="N",
        help="number of shards for each test on held-out clips (default: 9)",
    )
    command.add_argument(
        "--processes",
        type=_count,
        default=1,
        metavar="N",
        help="number of processes that render in parallel (default: 1)",
    )


def _add_bench(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser("bench", help="measure how fast this computer turns video into poses")
    command.add_argument("video", nargs="?", type=Path, help="video of a person (default: the demo clip)")
    command.add_argument(
        "--frames", type=_count, default=90, metavar="N", help="number of frames to measure (default: 90)"
    )
    command.add_argument(
        "--model",
        choices=("lite", "full", "heavy"),
        action="append",
        help="size of the pose network; can be repeated (default: all that are installed)",
    )
    add_options(command, CaptureOptions, only=("hands", "face"))
    add_options(command, SolveOptions, only=("solver",))
    command.add_argument("--json", type=Path, metavar="FILE", help="also write the results as JSON")
    command.add_argument("--force", action="store_true", help="overwrite that file if it already exists")
    command.set_defaults(run=_lazily("bench"))


def parser() -> argparse.ArgumentParser:
    """The whole command line. Every command leaves a function of the parsed options in ``options.run``."""
    top: argparse.ArgumentParser = _Parser(
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
    commands.add_parser("doctor", help="check what works on this computer and what is missing").set_defaults(
        run=_lazily("doctor")
    )
    return top
