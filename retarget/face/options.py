# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of the face: how strongly expressions move a character."""

from dataclasses import dataclass

from ...models.body.expressions import FaceRegion
from ..motion.option_table import check, number, switch


def _gain(label: str, parts: str) -> float:
    return number(
        1.0, label, f"Strength of the expressions of {parts}; 1 as captured", minimum=0.0, maximum=3.0, unit="factor"
    )


def _gate(label: str, parts: str) -> float:
    return number(
        0.0,
        label,
        f"Expressions of {parts} weaker than this are ignored, to keep noise off a face at rest",
        minimum=0.0,
        maximum=0.5,
        unit="factor",
    )


@dataclass(frozen=True)
class FaceOptions:
    """How expressions move a character's face.

    Raises:
        InvalidOption: an option has an invalid value.
    """

    expressions: bool = switch(
        True,
        "Expressions",
        "Animate the character's face: its shape keys and the bones of eyes and jaw",
        without="leave the character's face as it is",
    )
    expression_strength: float = number(
        1.0, "Strength", "Strength of all expressions; 1 as captured", minimum=0.0, maximum=3.0, unit="factor"
    )
    strength_brows: float = _gain("Brows", "the brows")
    strength_eyes: float = _gain("Eyes", "the eyes")
    strength_mouth: float = _gain("Mouth", "mouth, cheeks and nose")
    strength_jaw: float = _gain("Jaw", "jaw and tongue")
    gate_brows: float = _gate("Brows", "the brows")
    gate_eyes: float = _gate("Eyes", "the eyes")
    gate_mouth: float = _gate("Mouth", "mouth, cheeks and nose")
    gate_jaw: float = _gate("Jaw", "jaw and tongue")

    def __post_init__(self) -> None:
        check(self)

    def gain(self, region: FaceRegion) -> float:
        """Return the strength of a region, all in all."""
        own: dict[FaceRegion, float] = {
            "brows": self.strength_brows,
            "eyes": self.strength_eyes,
            "mouth": self.strength_mouth,
            "jaw": self.strength_jaw,
        }
        return self.expression_strength * own[region]

    def gate(self, region: FaceRegion) -> float:
        """Return the value below which expressions of a region are ignored."""
        own: dict[FaceRegion, float] = {
            "brows": self.gate_brows,
            "eyes": self.gate_eyes,
            "mouth": self.gate_mouth,
            "jaw": self.gate_jaw,
        }
        return own[region]
