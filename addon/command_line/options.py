# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of options as flags of the command line, and back: one flag each, with the option's one name.

A switch that is on by default has a flag that turns it off: ``--no-hands``. Old names of flags work for one more
version, with a warning.
"""

import argparse
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ...retarget.face.options import FaceOptions
from ...retarget.motion.option_table import Option, read
from ...retarget.motion.options import DEFAULT_SMOOTHNESS, REGION_OPTIONS, REGIONS, MotionOptions
from ..bake.options import BakeOptions, CaptureOptions, SolveOptions, fields_of_view_of, options_of
from ..bake.rig_files import RigFile

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Parser = argparse.ArgumentParser | argparse._ArgumentGroup

IMPLIED: Final = "by_region"
"""The switch without a flag: giving the smoothing of one region turns it on."""

_SHORT: Final = {"field_of_view": "--fov"}
"""Shorter flags, for options whose names are long."""

_UNSET: Final = {*REGION_OPTIONS.values(), "people"}
"""Flags of which it matters whether they are given: regions are smoothed as the body is, and all of a take is baked."""

_NUMBERS: Final = {"sync": "S,S,...", "mirror_cameras": "K,K,..."}
"""What stands for the numbers that a text may have instead of words; a point unless said here."""

_NAMES: Final = {"cameras": "FROM.take"}
"""What stands for a text without words."""

_METAVARS: Final = {"": "N", "factor": "{minimum:g}..{maximum:g}", "seconds": "S", "degrees": "DEGREES"}


def add_options(parser: "Parser", *groups: "type[DataclassInstance]", only: Collection[str] = ()) -> None:
    """Add the flags of groups of options, or of some of them only."""
    for option in options_of(*groups):
        if option.name != IMPLIED and (not only or option.name in only):
            _add(parser, option)


def _add(parser: "Parser", option: Option) -> None:
    flags = [_SHORT[option.name]] if option.name in _SHORT else []
    flags.append(f"--{option.name.replace('_', '-')}")
    words = _lower_first(option.description)
    default: Any = None if option.name in _UNSET else option.default
    if option.kind == "switch":
        if option.default:
            flag = f"--no-{option.name.replace('_', '-')}"
            parser.add_argument(flag, dest=option.name, action="store_false", help=option.without)
        else:
            parser.add_argument(*flags, dest=option.name, action="store_true", help=words)
    elif option.kind == "choice":
        known = [value for value, _, _ in option.choices]
        each = ", ".join(f"{value} ({_lower_first(what)})" for value, _, what in option.choices)
        words = f"{words}: {each}; default: {option.default}"
        parser.add_argument(*flags, dest=option.name, choices=known, default=default, help=words)
    elif option.kind == "text":
        numbers = _NUMBERS.get(option.name, "X,Y")
        checked = {"type": partial(_text, option), "metavar": "|".join([*option.suggestions, numbers])}
        more: dict[str, Any] = checked if option.pattern else {"metavar": _NAMES.get(option.name, "NAME")}
        words += f" (default: {default})" if default else ""
        parser.add_argument(*flags, dest=option.name, default=default, help=words, **more)
    elif option.name == "field_of_view":
        words += " (default: 0); of several cameras one for each, separated by commas"
        kind: Any = partial(_Views, option=option)
        parser.add_argument(*flags, dest=option.name, action=kind, default=default, metavar="DEGREES[,...]", help=words)
    else:
        shown = "as --smoothing" if option.name in REGION_OPTIONS.values() else f"{option.default:g}"
        parser.add_argument(
            *flags,
            dest=option.name,
            type=partial(_number, option),
            default=default,
            metavar=_METAVARS[option.unit].format(minimum=option.minimum, maximum=option.maximum)
            + (f"|{option.unset_word}" if option.unset_word else ""),
            help=f"{words} (default: {shown})",
        )


class _Views(argparse.Action):
    """An angle of one camera or of several: that of the first one is the option, all are kept as they were said."""

    def __init__(self, *words: Any, option: Option, **more: Any) -> None:
        super().__init__(*words, **more)
        self.option = option

    def __call__(self, _parser: object, namespace: argparse.Namespace, values: Any, _flag: str | None = None) -> None:
        try:
            views = [_number(self.option, text) for text in str(values).split(",")]
        except argparse.ArgumentTypeError as fault:
            raise argparse.ArgumentError(self, str(fault)) from fault
        setattr(namespace, self.dest, views[0])
        namespace.fields_of_view = values if len(views) > 1 else ""


def fields_of_view(given: argparse.Namespace, cameras: int) -> tuple[float | None, ...]:
    """Return the angle of each of several cameras, None where unknown; none if one is said of all.

    Raises:
        InvalidOption: there are not as many as cameras.
    """
    views: str = getattr(given, "fields_of_view", "")
    return fields_of_view_of(views, cameras) if views else ()


def _lower_first(words: str) -> str:
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def _text(option: Option, text: str) -> str:
    if not option.allows(text):
        raise argparse.ArgumentTypeError(f"“{text}” is not {option.wanted}")
    return text


def _number(option: Option, text: str) -> float:
    if option.unset is not None and text and text == option.unset_word:
        return option.unset
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not option.allows(value):
        word = f" (or {option.unset_word})" if option.unset_word else ""
        raise argparse.ArgumentTypeError(f"“{text}” is not {option.wanted}{word}")
    return int(value) if option.whole else value


def add_trim(parser: "Parser") -> None:
    """Add ``--trim FROM TO``, which stands for both flags of the trim."""
    start, end = (option for option in options_of(MotionOptions) if option.name in {"trim_start", "trim_end"})

    class Trim(argparse.Action):
        def __call__(
            self, _parser: object, namespace: argparse.Namespace, values: Any, _flag: str | None = None
        ) -> None:
            try:
                for option, text in zip((start, end), values, strict=True):
                    setattr(namespace, option.name, option.default if text == "-" else _number(option, text))
            except argparse.ArgumentTypeError as fault:
                raise argparse.ArgumentError(self, str(fault)) from fault

    parser.add_argument(
        "--trim",
        nargs=2,
        action=Trim,
        metavar=("FROM", "TO"),
        help="both at once: bake only this part of the take; - stands for its beginning or end",
    )


def add_rigs(parser: "Parser") -> None:
    """Add ``--rig``, ``--armature`` and ``--map``, each as often as there are people."""

    class OfRig(argparse.Action):
        """What is said of the rig named before it, or after it if none was; an armature more is a character more."""

        def __call__(
            self, _parser: object, namespace: argparse.Namespace, values: Any, _flag: str | None = None
        ) -> None:
            rigs: list[RigFile] = list(getattr(namespace, self.dest) or [])
            if self.const == "path":
                waiting = [replace(rig, path=values) if rig.path is None else rig for rig in rigs]
                rigs = waiting if waiting != rigs else [*rigs, RigFile(path=values)]
            elif not rigs:
                rigs = [RigFile(**{self.const: values})]
            elif self.const == "armature" and rigs[-1].armature is not None:
                rigs.append(RigFile(path=rigs[-1].path, armature=values))
            else:
                rigs[-1] = replace(rigs[-1], **{self.const: values})
            setattr(namespace, self.dest, rigs)

    add: Any = partial(parser.add_argument, dest="rigs", action=OfRig, default=())
    whose = "of the --rig before it"
    words = "character to animate, once for each person (default: the built-in avatar)"
    add("--rig", const="path", type=Path, metavar="FILE", help=words)
    add("--armature", const="armature", metavar="NAME", help=f"name of the armature, in a file with several, {whose}")
    words = f"bone map {whose}, as saved by the panel in Blender"
    add("--map", const="bone_map", type=Path, metavar="FILE.toml", help=words)


class _Old(argparse.Action):
    """An old name of a flag; it does what the new one does, and remembers that it was used."""

    def __init__(self, *words: Any, now: str, **more: Any) -> None:
        super().__init__(*words, **more)
        self.now = now

    def __call__(self, _parser: object, namespace: argparse.Namespace, values: Any, flag: str | None = None) -> None:
        if self.dest == "smooth_region":
            region, value = values
            setattr(namespace, REGION_OPTIONS[region], value)
        else:
            setattr(namespace, self.dest, self.const if self.nargs == 0 else values)
        said = f"{flag} is now called {self.now}; the old name will be removed in the next version."
        namespace.deprecated = list(dict.fromkeys([*getattr(namespace, "deprecated", []), said]))


def add_old_capture_flags(parser: "Parser") -> None:
    """Add the old names of a capture's flags."""
    _add_old(parser, "--look-twice", "--second-look", dest="second_look", nargs=0, const=True)


def add_old_motion_flags(parser: "Parser") -> None:
    """Add the old names of a bake's flags."""
    named = {option.name: option for option in options_of(MotionOptions, BakeOptions)}
    smoothing, simplify = (partial(_number, named[name]) for name in ("smoothing", "simplify"))

    def of_region(text: str) -> tuple[str, float]:
        region, _, value = text.partition("=")
        if region not in REGIONS or not value:
            raise argparse.ArgumentTypeError(
                f"“{text}” is not REGION=NUMBER with a number from 0 to 1 and one of {', '.join(REGIONS)}"
            )
        return region, smoothing(value)

    _add_old(parser, "--smooth", "--smoothing", dest="smoothing", type=smoothing)
    _add_old(parser, "--smooth-region", "--smoothing-REGION", dest="smooth_region", type=of_region)
    _add_old(parser, "--keep-tilt", "--no-upright", dest="upright", nargs=0, const=False)
    _add_old(parser, "--reduce", "--simplify", dest="simplify", type=simplify)


def _add_old(parser: "Parser", flag: str, now: str, **more: Any) -> None:
    parser.add_argument(flag, action=_Old, now=now, default=argparse.SUPPRESS, help=argparse.SUPPRESS, **more)


def old_flags(given: argparse.Namespace) -> Sequence[str]:
    """Return a sentence about each flag that was given by an old name."""
    return getattr(given, "deprecated", [])


def capture_options(given: argparse.Namespace) -> CaptureOptions:
    """Return the capture options of a command line."""
    default = {option.name: option.default for option in options_of(CaptureOptions)}

    def value(name: str) -> Any:
        found = getattr(given, name)
        return default[name] if found is None else found

    return read(CaptureOptions, value)


def solve_options(given: argparse.Namespace) -> SolveOptions:
    """Return the solve options of a command line."""
    return read(SolveOptions, partial(getattr, given))


def motion_options(given: argparse.Namespace) -> MotionOptions:
    """Return the motion options of a command line. Regions without a flag are smoothed as the whole body is.

    Raises:
        InvalidOption: options contradict each other.
    """
    regions = {name: getattr(given, name) for name in REGION_OPTIONS.values()}
    by_region = any(value is not None for value in regions.values())
    rest = given.smoothing if by_region else DEFAULT_SMOOTHNESS
    known: dict[str, Any] = {name: rest if value is None else value for name, value in regions.items()}
    known[IMPLIED] = by_region

    def value(name: str) -> Any:
        return known[name] if name in known else getattr(given, name)

    return read(MotionOptions, value)


def bake_options(given: argparse.Namespace) -> BakeOptions:
    """Return the bake options of a command line."""
    return read(BakeOptions, partial(getattr, given))


def face_options(given: argparse.Namespace) -> FaceOptions:
    """Return the options of the face of a command line."""
    return read(FaceOptions, partial(getattr, given))
