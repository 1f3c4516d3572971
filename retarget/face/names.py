# SPDX-License-Identifier: GPL-3.0-or-later
"""Find known names among a character's own, whatever stands before and after them and however they are spelt.

`eyeBlinkLeft`, `eye_blink_L` and `EyeBlinkLeft` are equal. Whatever stands around them (`AK_09_`, `head.`) is
a frame: one mesh has one frame, the one in which most names are known, so that a lone likeness does not count.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from ..rig.names import sides_and_words

_OPPOSITE: Final = {"Left": "Right", "Right": "Left"}

_BARE_LETTERS: Final = 5
_FRAMED_LETTERS: Final = 7
"""Letters of known names that a frame must have in all, without and with words around the names."""

_SIGN: Final = 3
"""Letters that a letter of another alphabet counts as, as it is less likely a chance."""


class Label(NamedTuple):
    """A name without spelling: "Eye_L_Look_R" has the sides Left, Right and the text "eyelook"."""

    sides: tuple[str, ...]
    text: str

    @property
    def mirrored(self) -> "Label":
        """The same name on the other side."""
        return Label(tuple(_OPPOSITE[side] for side in self.sides), self.text)

    @property
    def letters(self) -> int:
        """How much a match tells."""
        return len(self.text) * (1 if self.text.isascii() else _SIGN)


class Frame(NamedTuple):
    """Words around a name, with # for numbers."""

    before: tuple[str, ...]
    after: tuple[str, ...]


BARE: Final = Frame((), ())


@cache
def label_of(name: str) -> Label:
    """Return a name's label."""
    sides, words = _parts(name)
    return Label(sides, "".join(words))


def _parts(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split a name into sides and words; also one in lower case throughout, such as "eyeblinkleft"."""
    sides, words = sides_and_words(name)
    if not sides and words:
        for side in _OPPOSITE:
            short = words[-1].removesuffix(side.lower())
            if short and short != words[-1]:
                return (side,), (*words[:-1], short)
    return sides, words


def frame_around(name: str, text: str) -> Frame:
    """Return what stands around a text in a name: around "head" in "Bip01 Head" it is bip and a number."""
    _, words = _parts(name)
    plain = tuple("#" if word.isdecimal() else word for word in words)
    return Frame(plain[: words.index(text)], plain[words.index(text) + 1 :]) if text in words else BARE


@dataclass(frozen=True)
class NameIndex:
    """Names of one mesh, or of the bones, by every label that is a part of them.

    Attributes:
        found: label -> frame -> the names, in order.
    """

    found: Mapping[Label, Mapping[Frame, tuple[str, ...]]]

    @classmethod
    def of(cls, names: Iterable[str]) -> "NameIndex":
        """Index some names."""
        found: dict[Label, dict[Frame, tuple[str, ...]]] = defaultdict(dict)
        for name in names:
            sides, words = _parts(name)
            plain = tuple("#" if word.isdecimal() else word for word in words)
            for start in range(len(words)):
                for end in range(start + 1, len(words) + 1):
                    frames = found[Label(sides, "".join(words[start:end]))]
                    frame = Frame(plain[:start], plain[end:])
                    frames[frame] = (*frames.get(frame, ()), name)
        return cls(found)

    def in_frame(self, labels: Iterable[Label], frame: Frame) -> dict[Label, tuple[str, ...]]:
        """Return the names of labels within one frame."""
        matches = ((label, self.found.get(label, {}).get(frame, ())) for label in labels)
        return {label: names for label, names in matches if names}

    def best(self, labels: Iterable[Label]) -> dict[Label, tuple[str, ...]]:
        """Return the names of labels within the frame that has most of them; none if they are too few to tell."""
        wanted = tuple(dict.fromkeys(labels))
        frames = dict.fromkeys([BARE, *self._frames(wanted)])
        matches = {frame: self.in_frame(wanted, frame) for frame in frames}
        best = max(matches, key=lambda frame: len(matches[frame]))
        least = _BARE_LETTERS if best == BARE else _FRAMED_LETTERS
        return matches[best] if sum(label.letters for label in matches[best]) >= least else {}

    def _frames(self, labels: Iterable[Label]) -> Iterator[Frame]:
        for label in labels:
            yield from self.found.get(label, ())
