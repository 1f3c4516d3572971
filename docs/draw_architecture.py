#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw docs/architecture.svg: the folders, what they import of each other, and a motion's way through them.

    python docs/draw_architecture.py

Boxes and arrows are read from the checkout; only the words and the motion's way are written here. An arrow is left out
where a longer way of arrows says the same. Run it again when a folder or an arrow comes or goes: a test compares.
"""

import ast
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

ROOT: Final = Path(__file__).resolve().parent.parent
PICTURE: Final = ROOT / "docs" / "architecture.svg"

LAYERS: Final = {
    "models": "what was learnt",
    "pipeline": "pixels to rotations",
    "retarget": "rotations to any rig",
    "addon": "Blender, and nothing else",
}
WORDS: Final = {
    "models/body": "the body: joint table, rotations, rest positions",
    "models/networks": "MediaPipe's networks: catalogue, fetch, ONNX",
    "models/training": "how lifter and face corrector are trained; never shipped",
    "pipeline/sources": "cameras, videos, pictures, streams",
    "pipeline/landmarks": "body, hands and face by MediaPipe's networks",
    "pipeline/takes": "landmarks on disk: capture, export, overlay",
    "pipeline/solve": "landmarks to joint rotations",
    "pipeline/live": "threads of a live session: read, solve, record",
    "retarget/rig": "the rig as data; which bone follows which joint",
    "retarget/motion": "clean, upright, on feet that stand",
    "retarget/transfer": "joint rotations to bone rotations; IK, reach",
    "retarget/face": "expressions to shape keys and face bones",
    "addon/bake": "motion to keys of an action",
    "addon/bone_map": "bones chosen by hand",
    "addon/character": "armatures, their files, the avatar",
    "addon/command_line": "mimic capture, bake, solve, doctor ...",
    "addon/face": "the face in the panel",
    "addon/live": "the session: poses to the viewport",
    "addon/sources": "further cameras of a scene: their rows, and their files",
    "addon/takes": "the list of recorded takes",
    "addon/translations": "the panel's other languages",
}
# A motion's way: from, to, and what is handed on.
WAY: Final = (
    ("pipeline/sources", "pipeline/landmarks", "Frame"),
    ("pipeline/landmarks", "pipeline/takes", "Landmarks"),
    ("pipeline/takes", "pipeline/solve", "Take"),
    ("pipeline/solve", "retarget/motion", "BodyMotion"),
    ("retarget/motion", "retarget/transfer", "BodyMotion"),
    ("retarget/transfer", "addon/bake", "RigMotion"),
    ("retarget/transfer", "addon/live", ""),
)
STATIONS: Final = tuple(dict.fromkeys(place for start, stop, _ in WAY for place in (start, stop)))

INK, SOFT, WAY_INK, PAPER, PANEL, LINE = "#1f2430", "#5b6475", "#c2410c", "#ffffff", "#f3f5f9", "#c9d0dc"
SANS, MONO = "Helvetica, Arial, 'DejaVu Sans', sans-serif", "Menlo, Consolas, 'DejaVu Sans Mono', monospace"

MARGIN, GUTTER, WIDTH, PAD, LANES = 20, 64, 256, 14, 30
TOP, HEAD, BOX, ROW, GAP = 92, 60, 76, 18, 30

Arrows = set[tuple[str, str]]
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle: left, top, width, height, in pixels."""

    x: float
    y: float
    w: float
    h: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.w

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.h

    @property
    def middle(self) -> float:
        """Half way down."""
        return self.y + self.h / 2


def folders() -> list[str]:
    """The folders that have boxes: `layer/name`, those with Python in them."""
    found = [path.parent for layer in LAYERS for path in (ROOT / layer).glob("*/__init__.py")]
    return sorted(path.relative_to(ROOT).as_posix() for path in found)


def imports() -> Arrows:
    """Which folder imports of which other, as `layer/name` both. What lies beside the folders is left out."""
    known, arrows = set(folders()), set()
    for layer in LAYERS:
        for path in (ROOT / layer).rglob("*.py"):
            package = path.relative_to(ROOT).parent.parts
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.ImportFrom) or not node.level:
                    continue
                base = (*package[: len(package) - node.level + 1], *(node.module or "").split("."))
                for alias in node.names:
                    target = "/".join([part for part in (*base, alias.name) if part][:2])
                    arrows.add(("/".join(package[:2]), target))
    return {(a, b) for a, b in arrows if a != b and a in known and b in known}


def reached(start: str, arrows: Arrows) -> set[str]:
    """Every folder to which arrows lead from `start`."""
    found: set[str] = set()
    rest = [start]
    while rest:
        here = rest.pop()
        new = {b for a, b in arrows if a == here} - found
        found |= new
        rest += new
    return found


def reduced(arrows: Arrows) -> Arrows:
    """The arrows without those that a longer way of arrows says too. Those of a circle all stay."""
    places = {place for arrow in arrows for place in arrow}
    below = {place: reached(place, arrows) for place in places}

    def between(a: str, b: str) -> bool:
        middle = below[a] - {a, b}
        return any(b in below[c] and a not in below[c] and c not in below[b] for c in middle)

    return {(a, b) for a, b in arrows if not between(a, b)}


def ordered(layer: str, arrows: Arrows) -> list[str]:
    """A layer's folders from top to bottom: what a motion's way needs, the way itself, and who only uses it."""
    own = [place for place in folders() if layer_of(place) == layer]
    inside = {(a, b) for a, b in arrows if a in own and b in own}
    own.sort(key=lambda place: (len(reached(place, inside) - {place}), place))
    way = sorted((place for place in own if place in STATIONS), key=STATIONS.index)
    under = set().union(*(reached(place, inside) for place in way)) if way else set(own)
    rest = [place for place in own if place not in way]
    return [*(p for p in rest if p in under), *way, *(p for p in rest if p not in under)]


def layer_of(place: str) -> str:
    """The top folder of a place."""
    return place.split("/", maxsplit=1)[0]


def text(at: Point, words: str, *, size: float = 14, ink: str = INK, more: str = "") -> str:
    """One line of text; `more` are further attributes."""
    return f'<text x="{at[0]:g}" y="{at[1]:g}" font-size="{size:g}" fill="{ink}" {more}>{escape(words)}</text>'


def line(points: Iterable[Point], *, way: bool = False, dashed: bool = False) -> str:
    """A line with an arrowhead at its end and round corners: a motion's way, or an import."""
    (x, y), *rest = points
    path, radius = f"M {x:g} {y:g}", 8.0
    for k, (px, py) in enumerate(rest):
        if k + 1 == len(rest):
            path += f" L {px:g} {py:g}"
            break
        (nx, ny), (lx, ly) = rest[k + 1], ([(x, y), *rest])[k]
        back, on = ((lx - px, ly - py), (nx - px, ny - py))
        (bx, by), (ox, oy) = (_shortened(v, radius) for v in (back, on))
        path += f" L {px + bx:g} {py + by:g} Q {px:g} {py:g} {px + ox:g} {py + oy:g}"
    ink, width, head = (WAY_INK, 3, "way") if way else (SOFT, 1.6, "import")
    dash = ' stroke-dasharray="5 4"' if dashed else ""
    return f'<path d="{path}" fill="none" stroke="{ink}" stroke-width="{width}"{dash} marker-end="url(#{head})"/>'


def _shortened(vector: Point, most: float) -> Point:
    length = max(abs(vector[0]), abs(vector[1]), 1e-9)  # every line is level or upright
    scale = min(most, length / 2) / length
    return vector[0] * scale, vector[1] * scale


def rectangle(box: Box, *, fill: str, radius: float = 8) -> str:
    """A rectangle with round corners."""
    return (
        f'<rect x="{box.x:g}" y="{box.y:g}" width="{box.w:g}" height="{box.h:g}" rx="{radius:g}" fill="{fill}" '
        f'stroke="{LINE}"/>'
    )


class Picture:
    """Places everything, then says it as SVG."""

    def __init__(self) -> None:
        self.arrows = imports()
        self.places: dict[str, Box] = {}
        self.panels: dict[str, Box] = {}
        columns = {layer: ordered(layer, self.arrows) for layer in LAYERS}
        tall = {layer: sum(height_of(place) for place in column) for layer, column in columns.items()}
        self.height = HEAD + max(tall[layer] + (len(columns[layer]) - 1) * GAP for layer in LAYERS) + PAD
        for k, (layer, column) in enumerate(columns.items()):
            x = MARGIN + k * (WIDTH + GUTTER)
            self.panels[layer] = Box(x, TOP, WIDTH, self.height)
            gap = (self.height - HEAD - PAD - tall[layer]) / max(len(column) - 1, 1)
            y: float = TOP + HEAD
            for place in column:
                self.places[place] = Box(x + PAD, y, WIDTH - PAD - LANES, height_of(place))
                y += height_of(place) + gap
        self.width = 2 * MARGIN + len(LAYERS) * WIDTH + (len(LAYERS) - 1) * GUTTER

    def svg(self) -> str:
        """The whole picture."""
        parts = [*self._panels(), *self._between_layers(), *self._within_layers(), *self._way(), *self._boxes()]
        parts += self._bars()
        above = 0 if (ROOT / "api.py").is_file() else TOP - MARGIN
        height = TOP + self.height + 208 - above
        markers = "".join(
            f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="{size}" markerHeight="{size}" '
            f'orient="auto" markerUnits="userSpaceOnUse"><path d="M0 0 L10 5 L0 10 z" fill="{ink}"/></marker>'
            for name, ink, size in (("way", WAY_INK, 13), ("import", SOFT, 9))
        )
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 {above} {self.width} {height:g}" '
            f'font-family="{SANS}" role="img">'
        )
        title = "<title>Mimic: folders, their imports, and a motion's way through them</title>"
        paper = f'<rect y="{above}" width="{self.width}" height="{height:g}" fill="{PAPER}"/>'
        return "\n".join([head, title, f"<defs>{markers}</defs>", paper, *parts, "</svg>", ""])

    def _panels(self) -> Iterator[str]:
        for layer, panel in self.panels.items():
            yield rectangle(panel, fill=PANEL, radius=12)
            yield text(
                (panel.x + PAD, panel.y + 27), f"{layer}/", size=19, more=f'font-family="{MONO}" font-weight="700"'
            )
            yield text((panel.x + PAD, panel.y + 46), LAYERS[layer], size=14, ink=SOFT)

    def _boxes(self) -> Iterator[str]:
        for place, box in self.places.items():
            yield rectangle(box, fill=PAPER)
            name = place.split("/", maxsplit=1)[1]
            yield text((box.x + 12, box.y + 25), name, size=16, more=f'font-family="{MONO}" font-weight="700"')
            for k, words in enumerate(textwrap.wrap(words_of(place), 28)):
                yield text((box.x + 12, box.y + 45 + ROW * k), words, size=14, ink=SOFT)
            inner = inner_rows(place)
            for k, names in enumerate(inner):
                y = box.bottom - 12 - ROW * (len(inner) - 1 - k)
                yield text((box.x + 12, y), names, size=13, more=f'font-family="{MONO}"')

    def _bars(self) -> Iterator[str]:
        bottom = TOP + self.height + 112
        bars = [("errors.py", "MimicError, which every part shares; imports nothing of Mimic", bottom)]
        if (ROOT / "api.py").is_file():
            bars.append(("api.py", "one door for scripts: what the panel does, from Python", 20.0))
        for name, words, y in bars:
            yield rectangle(Box(MARGIN, y, self.width - 2 * MARGIN, 48), fill=PANEL, radius=12)
            yield text((MARGIN + PAD, y + 30), name, size=16, more=f'font-family="{MONO}" font-weight="700"')
            yield text((MARGIN + PAD + 110, y + 30), words, ink=SOFT)
        y, x = bottom + 78, MARGIN
        for words, way, dashed, room in (
            ("imports", False, False, 150),
            ("imports, when networks are trained", False, True, 340),
            ("a motion's way, and what is handed on", True, False, 0),
        ):
            yield line([(x, y), (x + 46, y)], way=way, dashed=dashed)
            yield text((x + 58, y + 5), words, ink=WAY_INK if way else SOFT)
            x += room

    def _between_layers(self) -> Iterator[str]:
        order = list(LAYERS)
        pairs = sorted({(layer_of(a), layer_of(b)) for a, b in self.arrows if layer_of(a) != layer_of(b)})
        apart = [pair for pair in pairs if abs(order.index(pair[0]) - order.index(pair[1])) > 1]
        # Lanes that turn up soonest lie highest.
        apart.sort(key=lambda pair: (order.index(pair[0]), -order.index(pair[1])))
        ends = {layer: [pair for pair in apart if layer in pair] for layer in LAYERS}
        for lane, (start, stop) in enumerate(apart):
            y = TOP + self.height + 24 + 28 * lane
            x, to = (self._port(layer, ends[layer].index((start, stop)), len(ends[layer])) for layer in (start, stop))
            bottom = TOP + self.height
            yield line([(x, bottom), (x, y), (to, y), (to, bottom)])
            yield self._label((x - 36, y), f"{start} imports {self._named(start, stop, of=1)}")
        for start, stop in pairs:
            if (start, stop) in apart:
                continue
            a, b = self.panels[start], self.panels[stop]
            source = self._named(start, stop, of=0)
            if "/" in source:  # one folder's own right, not its layer's
                box = self.places[source]
                a, y = box, box.middle
            else:
                y = TOP + 22
            yield line([(a.x, y), (b.right, y)] if a.x > b.x else [(a.right, y), (b.x, y)], dashed="/" in source)

    def _port(self, layer: str, number: int, of: int) -> float:
        panel = self.panels[layer]
        return panel.x + panel.w * (number + 1) / (of + 1)

    def _named(self, start: str, stop: str, *, of: int) -> str:
        """The one folder at this end (0: start, 1: stop) of all arrows between two layers, or else the layer."""
        found = {arrow[of] for arrow in self.arrows if (layer_of(arrow[0]), layer_of(arrow[1])) == (start, stop)}
        return found.pop() if len(found) == 1 else (start, stop)[of]

    def _label(self, at: Point, words: str, *, ink: str = SOFT) -> str:
        """Words that end here on a level line, which is not seen behind them."""
        width = 7.3 * len(words) + 12
        back = f'<rect x="{at[0] - width + 6:g}" y="{at[1] - 10:g}" width="{width:g}" height="20" fill="{PAPER}"/>'
        return back + text((at[0], at[1] + 5), words, size=13.5, ink=ink, more='text-anchor="end"')

    def _within_layers(self) -> Iterator[str]:
        for layer in LAYERS:
            column = [place for place in self.places if layer_of(place) == layer]
            inside = reduced({(a, b) for a, b in self.arrows if a in column and b in column})
            far: dict[str, list[str]] = {}
            for a, b in sorted(inside):
                start, stop, down = self.places[a], self.places[b], column.index(a) < column.index(b)
                if abs(column.index(a) - column.index(b)) > 1:
                    far.setdefault(b, []).append(a)
                    continue
                x = start.x + start.w * (0.88 if down else 0.76)
                yield line([(x, start.bottom), (x, stop.y)] if down else [(x, start.y), (x, stop.bottom)])
            # Those that pass others by, on the right: one lane for each folder that they lead to.
            for lane, (b, sources) in enumerate(sorted(far.items(), key=lambda item: column.index(item[0]))):
                stop, x = self.places[b], self.places[b].right + 8 + 6 * lane
                for a in sources:
                    start = self.places[a]
                    y, to = start.middle - 6 + 6 * lane, stop.middle - 14
                    yield line([(start.right, y), (x, y), (x, to), (stop.right, to)])

    def _way(self) -> Iterator[str]:
        for start, stop, what in WAY:
            a, b = self.places[start], self.places[stop]
            if layer_of(start) == layer_of(stop):
                x = a.x + a.w * 0.2
                yield line([(x, a.bottom), (x, b.y)], way=True)
                yield text((x + 12, (a.bottom + b.y) / 2 + 5), what, size=13.5, ink=WAY_INK)
            else:
                middle = self.panels[layer_of(start)].right + GUTTER / 2
                yield line([(a.right, a.middle), (middle, a.middle), (middle, b.middle), (b.x, b.middle)], way=True)
                if what and abs(a.middle - b.middle) > 8 * len(what):
                    at = (middle - 6, (a.middle + b.middle) / 2)
                    turned = f'text-anchor="middle" transform="rotate(-90 {at[0]:g} {at[1]:g})"'
                    yield text(at, what, size=13.5, ink=WAY_INK, more=turned)


def inner_rows(place: str) -> list[str]:
    """The names of the folders inside a folder, as many in a row as fit into its box."""
    names = sorted(f"{path.parent.name}/" for path in (ROOT / place).glob("*/__init__.py"))
    return textwrap.wrap(" ".join(names), 24)


def height_of(place: str) -> int:
    """How tall a folder's box is: a name, two lines, and the folders inside."""
    return BOX + ROW * len(inner_rows(place))


def words_of(place: str) -> str:
    """What lives in a folder, in a few words.

    Raises:
        SystemExit: nobody has written them yet.
    """
    if place not in WORDS:
        raise SystemExit(f"{place} is new: say in WORDS of {Path(__file__).name} what lives there.")
    return WORDS[place]


def main() -> None:
    """Write the picture."""
    PICTURE.write_text(Picture().svg(), encoding="utf-8")
    sys.stdout.write(f"{PICTURE.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
